"""Lines: when a message that is sent over a link has arrived.

A node forwards a message when it has received all of it (store and forward).  Each direction of a link is a FIFO queue
for its bandwidth: a message starts when the one before it has left, takes its bytes / bandwidth, and then propagates.
Between a population of clients and the next node each client has its own line unless the link is shared.
"""

from __future__ import annotations

from math import inf

from sim.rules.scalar import jitter_draw
from sim.scenario.topology import Edge


class Line:
    """One link, with the queues of both directions.

    Parameters
    ----------
    edge : Edge
        Delay, bandwidth and jitter.

    Attributes
    ----------
    is_plain : bool
        Whether each message takes the same delay, whatever its size and whatever else is sent.

    Examples
    --------
    >>> line = Line(Edge(0, "a", "b", 0.5, 100.0, 0.0, True))
    >>> [line.arrival_s(1.0, 200, 0, 0, 0) for _ in range(2)]
    [3.5, 5.5]
    """

    def __init__(self, edge: Edge) -> None:
        self._edge = edge
        self._free_at_s = (dict[int, float](), dict[int, float]())
        self.is_plain = edge.bandwidth_bytes_per_s == inf and edge.jitter_s == 0.0

    def arrival_s(self, now_s: float, size_bytes: int, client: int, direction: int, link_draw: int) -> float:
        """Send a message, and return when the whole of it has arrived.

        Parameters
        ----------
        now_s : float
            When it is ready to be sent, in seconds.
        size_bytes : int
            Its size.
        client : int
            Number of the sending client within its population; 0 for any other sender.
        direction : {0, 1}
            Outward or back.
        link_draw : int
            The request's random bits, for jitter.

        Returns
        -------
        float
            In seconds, on the clock of `now_s`.
        """
        edge = self._edge
        if edge.bandwidth_bytes_per_s != inf:
            free_at_s, place = self._free_at_s[direction], 0 if edge.shared else client
            # `departure_s` and `delay_with_jitter_s`, written out: every message passes here, and the calls cost 4 %
            # of a run.  tests/nodes/test_line.py holds them equal.
            leaves_s = max(now_s, free_at_s.get(place, -inf)) + size_bytes / edge.bandwidth_bytes_per_s
            now_s = free_at_s[place] = leaves_s
        delay_s = edge.delay_s
        if edge.jitter_s:
            delay_s += edge.jitter_s * (2 * jitter_draw(link_draw, edge.index, direction) - 1)
        return now_s + delay_s
