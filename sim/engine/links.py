"""Links: propagation delay, jitter, bandwidth for which messages queue, and the connections kept open.

A message is passed on whole (store and forward).  Each direction of a link is a FIFO queue for its
bandwidth: a message starts when the one before it has left, takes its bytes / bandwidth, and then
propagates.  Between a population of clients and the next node each client has its own line unless the link
is shared.  Connections carry one exchange at a time, as HTTP/1.1 does (RFC 9112 section 9).
"""

from __future__ import annotations

from math import inf

from sim.scenario.schema import Connections
from sim.scenario.topology import Edge
from sim.workload.jitter import jitter_draw


class Line:
    """One link as messages see it, in both directions.

    Parameters
    ----------
    edge : Edge
        Delay, bandwidth and jitter.
    """

    def __init__(self, edge: Edge) -> None:
        self._edge = edge
        self._free_at = (dict[int, float](), dict[int, float]())
        self.is_plain = edge.bandwidth_bytes_per_s == inf and edge.jitter_s == 0.0

    def carry(self, now_s: float, size_bytes: int, client: int, direction: int, link_draw: int) -> float:
        """Send a message.

        Parameters
        ----------
        now_s : float
            When it is ready to leave, in seconds.
        size_bytes : int
            Its size.
        client : int
            Which client of a population, for each has its own line unless the link is shared; 0 for any other sender.
        direction : {0, 1}
            Outward or back.
        link_draw : int
            The request's random bits, for jitter.

        Returns
        -------
        float
            When the whole of it has arrived, in seconds.
        """
        edge = self._edge
        if edge.bandwidth_bytes_per_s != inf:
            free_at, line = self._free_at[direction], 0 if edge.shared else client
            start_s = max(now_s, free_at.get(line, 0.0))
            now_s = free_at[line] = start_s + size_bytes / edge.bandwidth_bytes_per_s
        delay_s = edge.delay_s
        if edge.jitter_s:
            delay_s += edge.jitter_s * (2 * jitter_draw(link_draw, edge.index, direction) - 1)
        return now_s + delay_s


class ConnectionPool:
    """The idle connections from one sender to one receiver, last used first.

    Parameters
    ----------
    sender, receiver : Connections
        The settings of both ends.
    delay_s : float
        Propagation delay between them, one way.
    tls_round_trips : int
        Round trips of a TLS handshake; 0 if they speak plainly.
    """

    def __init__(self, sender: Connections, receiver: Connections, delay_s: float, tls_round_trips: int = 0) -> None:
        self.is_free = not sender.handshake
        self._connect_s = 2 * delay_s * (1 + tls_round_trips) if sender.handshake else 0.0
        self._keeps = sender.keep_alive and receiver.keep_alive and sender.max_idle > 0
        self._max_idle = sender.max_idle
        self._sender_timeout_s = sender.idle_timeout_s
        # The receiver closes counting from its answer, and a request is under way for one delay.
        self._receiver_timeout_s = receiver.idle_timeout_s - delay_s
        self._idle: dict[int, list[float]] = {}

    def take(self, now_s: float, client: int) -> tuple[float, bool]:
        """Take an idle connection that is still open when the request arrives, or open one.

        Parameters
        ----------
        now_s : float
            Time now, in seconds.
        client : int
            Which client of a population, or for which one; 0 for a sender whose connections are for all.

        Returns
        -------
        connect_s : float
            Time that opening takes: one round trip for TCP's handshake (RFC 9293 section 3.5) and those of TLS, or 0.
        reused : bool
            Whether an idle connection was taken.
        """
        idle = self._idle.get(client)
        if idle:
            if now_s < idle.pop():
                return 0.0, True
            # Those below it were used longer ago, so they have been closed too.
            idle.clear()
        return self._connect_s, False

    def give_back(self, answered_s: float, returned_s: float, client: int) -> None:
        """Keep a connection open after an exchange, if both ends do so and there is room.

        Parameters
        ----------
        answered_s, returned_s : float
            When the receiver sent its answer, and when the sender had it, in seconds.
        client : int
            As for `take`.
        """
        if self._keeps:
            idle = self._idle.setdefault(client, [])
            if len(idle) < self._max_idle:
                idle.append(min(returned_s + self._sender_timeout_s, answered_s + self._receiver_timeout_s))
