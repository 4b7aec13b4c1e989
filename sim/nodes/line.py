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

    __slots__ = ("_bandwidth_bytes_per_s", "_delay_s", "_edge_index", "_free_at_s", "_jitter_s", "_shared", "is_plain")

    def __init__(self, edge: Edge) -> None:
        self._delay_s = edge.delay_s
        self._bandwidth_bytes_per_s = edge.bandwidth_bytes_per_s
        self._jitter_s = edge.jitter_s
        self._shared = edge.shared
        self._edge_index = edge.index
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
        # scalar.departure_s and scalar.delay_with_jitter_s, written out: to call them for every message took 3 % of a
        # run.  A test holds the two equal.
        bandwidth_bytes_per_s, jitter_s = self._bandwidth_bytes_per_s, self._jitter_s
        if bandwidth_bytes_per_s != inf:
            free_at_s, place = self._free_at_s[direction], 0 if self._shared else client
            now_s = free_at_s[place] = max(now_s, free_at_s.get(place, -inf)) + size_bytes / bandwidth_bytes_per_s
        if not jitter_s:
            return now_s + self._delay_s
        draw = jitter_draw(link_draw, self._edge_index, direction)
        return now_s + (self._delay_s + jitter_s * (2 * draw - 1))
