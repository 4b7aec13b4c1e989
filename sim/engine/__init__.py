"""The SimPy world: simulated time behind the nodes' ``World`` interface.

``kernel`` is the clock, ``stations`` and ``links`` are what takes time, ``world`` hands each node its exchange,
``run`` issues the requests of a workload and makes the trace, and ``replay`` runs an access log through one
cache without any time at all.  ``CONTRACT.md`` says what another engine must do alike.
"""
