"""The idle connections of an edge in simulated time.

Connections carry one exchange at a time, as HTTP/1.1 does (RFC 9112 section 9).
"""

from __future__ import annotations

from sim.nodes.pool_terms import PoolTerms


class SimulatedPool:
    """The idle connections from one sender to one receiver, last used first.

    Parameters
    ----------
    terms : PoolTerms
        What a new one costs, and how long an idle one is kept.
    """

    def __init__(self, terms: PoolTerms) -> None:
        self.terms = terms
        self._idle: dict[int, list[float]] = {}

    def take(self, now_s: float, client: int) -> tuple[float, bool]:
        """Take an idle connection that is still open when the request arrives, or open one.

        Parameters
        ----------
        now_s : float
            Time now, in seconds.
        client : int
            The client whose connections they are; 0 where connections carry requests of all.

        Returns
        -------
        connect_s : float
            Time that opening takes; 0 for a kept one.
        reused : bool
            Whether an idle connection was taken.
        """
        idle = self._idle.get(client)
        if idle:
            if now_s < idle.pop():
                return 0.0, True
            # Those below it were used longer ago, so they have been closed too.
            idle.clear()
        return self.terms.connect_s, False

    def give_back(self, answered_s: float, returned_s: float, client: int) -> None:
        """Keep a connection open after an exchange, if both ends do so and there is room.

        Parameters
        ----------
        answered_s, returned_s : float
            When the receiver sent its answer, and when the sender had it, in seconds.
        client : int
            As for `take`.
        """
        terms = self.terms
        if terms.keeps:
            idle = self._idle.setdefault(client, [])
            if len(idle) < terms.max_idle:
                # scalar.idle_end_s, written out: its call can be measured.  A test holds the two equal.
                idle.append(min(returned_s + terms.sender_idle_s, answered_s + terms.receiver_idle_s))
