"""The laboratory: a scenario's nodes over real sockets, in wall-clock time.

``run`` measures a scenario: every node at its own loopback address (``addresses``), links by message (``hop``), workers
in real time (``lab_stations``), real products in the place of proxies if wanted (``substitutes``, ``product_run``), and
the same trace in the end.  The connections are `sim.http1`'s.
"""
