"""The laboratory: the same nodes over real sockets, in wall-clock time.

``wire`` turns HTTP/1.1 (h11) into messages and back, ``server`` answers, ``pool`` asks; neither knows of nodes.
"""
