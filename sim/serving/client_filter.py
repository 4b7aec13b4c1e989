"""From which addresses requests are taken: a proxy that serves everybody is an open proxy."""

from __future__ import annotations

from collections.abc import Awaitable
from functools import lru_cache

from sim.http1.endpoints import Networks, is_within
from sim.http1.errors import RefusedError
from sim.http1.server import Answer, Peer
from sim.messages import Request, Response


class ClientFilter:
    """Refuses requests from addresses that are not allowed.

    Parameters
    ----------
    answer : callable
        Answers the requests that are allowed.
    networks : tuple of network
        Blocks of addresses from which requests are allowed.
    """

    def __init__(self, answer: Answer, networks: Networks) -> None:
        self._answer = answer
        self._is_allowed = lru_cache(maxsize=4096)(lambda ip: is_within(ip, networks))

    def answer(self, request: Request, peer: Peer) -> Awaitable[Response]:
        """Answer a request, if its peer is allowed.

        Parameters
        ----------
        request : Request
            As it was received.
        peer : Peer
            The client.

        Returns
        -------
        awaitable of Response
            Of the callable that answers.

        Raises
        ------
        RefusedError
            With 403 if the peer's address is not allowed.
        """
        if not self._is_allowed(peer.ip):
            raise RefusedError(403, f"{peer.ip} is not allowed to use this proxy")
        return self._answer(request, peer)
