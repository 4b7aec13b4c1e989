"""Who may ask: a proxy that answers strangers is an open proxy."""

from __future__ import annotations

from collections.abc import Awaitable
from functools import lru_cache

from sim.http1.endpoints import Networks, is_within
from sim.http1.errors import RefusedError
from sim.http1.server import Answer, Peer
from sim.messages import Request, Response


class Guard:
    """Stands before what answers, and turns strangers away.

    Parameters
    ----------
    answer : callable
        What answers.
    networks : tuple of network
        Blocks of addresses of those who may ask.
    """

    def __init__(self, answer: Answer, networks: Networks) -> None:
        self._answer = answer
        self._may_ask = lru_cache(maxsize=4096)(lambda ip: is_within(ip, networks))

    def answer(self, request: Request, peer: Peer) -> Awaitable[Response]:
        """Answer, if the peer may ask.

        Parameters
        ----------
        request : Request
            As it was received.
        peer : Peer
            From whom.

        Returns
        -------
        awaitable of Response
            The answer.

        Raises
        ------
        RefusedError
            With 403 for a stranger.
        """
        if not self._may_ask(peer.ip):
            raise RefusedError(403, f"{peer.ip} is not allowed to ask")
        return self._answer(request, peer)
