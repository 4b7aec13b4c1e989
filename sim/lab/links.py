"""Links in real time: when a message may be handed on, so that it takes as long as on the scenario's link.

The bytes themselves cross loopback at once.  A message is handed on when the whole of it would have arrived (store and
forward, as in the simulator): after the messages before it on the same line, its bytes / bandwidth, and the delay with
its jitter.  That holds for messages, not for packets: TCP's slow start and acknowledgements are not imitated, and
a new connection costs one round trip, which `sim.lab.hop` sees to.
"""

from __future__ import annotations

from math import inf

from sim.scenario.topology import Edge
from sim.workload.jitter import jitter_draw


class Line:
    """One link, both directions; each client of a population has its own unless the link is shared.

    Parameters
    ----------
    edge : Edge
        Delay, bandwidth and jitter.

    Examples
    --------
    >>> line = Line(Edge(0, "a", "b", 0.5, 100.0, 0.0, True))
    >>> [line.arrival_s(1.0, 200, client=0, direction=0, link_draw=0) for _ in range(2)]
    [3.5, 5.5]
    """

    def __init__(self, edge: Edge) -> None:
        self._edge = edge
        self._free_at_s: dict[tuple[int, int], float] = {}

    def arrival_s(self, ready_s: float, size_bytes: int, *, client: int, direction: int, link_draw: int) -> float:
        """Send a message, and say when the whole of it has arrived.

        Parameters
        ----------
        ready_s : float
            When it is ready to leave, in seconds.
        size_bytes : int
            Its size.
        client : int
            Number of the client whose line it is; 0 for any other sender.
        direction : {0, 1}
            Outward or back.
        link_draw : int
            The request's random bits, for jitter.

        Returns
        -------
        float
            In seconds, on the clock of `ready_s`.
        """
        delay_s, bandwidth, jitter_s = self._edge.delay_s, self._edge.bandwidth_bytes_per_s, self._edge.jitter_s
        leaves_s = ready_s
        if bandwidth != inf:
            place = (direction, 0 if self._edge.shared else client)
            leaves_s = max(ready_s, self._free_at_s.get(place, -inf)) + size_bytes / bandwidth
            self._free_at_s[place] = leaves_s
        if jitter_s:
            delay_s += jitter_s * (2 * jitter_draw(link_draw, self._edge.index, direction) - 1)
        return leaves_s + delay_s
