"""What is to be simulated: read from YAML, checked as a whole, and turned into a graph.

``load`` reads a file, ``schema`` and ``distributions`` say what may stand in it, ``units`` reads its quantities,
``checks`` looks at all nodes together, ``routes`` says who talks to whom, ``topology`` makes the graph,
``library`` knows the scenarios that are shipped, and ``json_schema`` tells editors about the file.
"""
