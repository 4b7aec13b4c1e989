"""The SimPy world: simulated time behind the nodes' ``World`` interface.

``kernel`` is the clock, ``sharing`` and ``connections`` are what takes time beside ``sim.nodes.disciplines`` and
``sim.nodes.line``, ``network`` builds nodes and edges, ``world`` hands each node its exchange, ``run`` issues the
requests of a workload and makes the trace, and ``replay`` runs an access log through one cache without any time at all.
``CONTRACT.md`` states what another engine must do alike.
"""
