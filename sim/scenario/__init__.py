"""Scenarios: read from YAML, checked as a whole, and turned into a graph.

``load`` reads a file, ``schema`` and ``distributions`` define its settings, `sim.units` reads its quantities,
``checks`` looks at all nodes together, ``routes`` lists the pairs of nodes that exchange requests, ``topology`` makes
the graph, ``identity`` computes the hash, ``library`` finds the scenarios that are shipped, and ``json_schema`` is the
file's format for editors.
"""
