"""The laboratory: the same nodes over real sockets, in wall-clock time.

``wire`` turns HTTP/1.1 (h11) into messages and back, ``server`` answers, ``pool`` asks; neither knows of nodes.

Two worlds stand on these.  ``run`` measures a scenario: every node at its own loopback address (``addresses``), links
by message (``hop``), workers in real time (``lab_stations``), real products in the place of proxies if wanted
(``stand_ins``, ``products``), and the same trace in the end.  ``foreground`` lets anybody use one of the proxies.
"""
