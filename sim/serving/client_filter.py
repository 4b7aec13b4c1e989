"""Access by the client's address: a proxy that serves any client is an open proxy."""

from __future__ import annotations

from collections.abc import Awaitable
from functools import lru_cache

from sim.http1.endpoints import Networks, is_within
from sim.http1.errors import RefusedError
from sim.http1.server import Answer, Peer
from sim.messages import Request, Response


<<<<<<<< HEAD:sim/serving/gatekeeper.py
class Gatekeeper:
    """Refuses requests of clients whose address is not allowed, and passes on all others.
========
class ClientFilter:
    """Refuses requests from addresses that are not allowed.
>>>>>>>> http1:sim/serving/client_filter.py

    Parameters
    ----------
    answer : callable
        Handles the requests that are passed on.
    networks : tuple of network
        Blocks of addresses of the clients that are allowed.
    """

    def __init__(self, answer: Answer, networks: Networks) -> None:
        self._answer = answer
        self._is_allowed = lru_cache(maxsize=4096)(lambda ip: is_within(ip, networks))

    def answer(self, request: Request, peer: Peer) -> Awaitable[Response]:
        """Return the response to a request, if its client is allowed.

        Parameters
        ----------
        request : Request
            As received.
        peer : Peer
            The client's end of the connection.

        Returns
        -------
        awaitable of Response
<<<<<<<< HEAD:sim/serving/gatekeeper.py
            Of the handler.
========
            Of the callable that answers.
>>>>>>>> http1:sim/serving/client_filter.py

        Raises
        ------
        RefusedError
            With 403 if the client is not allowed.
        """
        if not self._is_allowed(peer.ip):
            raise RefusedError(403, f"{peer.ip} is not allowed to use this proxy")
        return self._answer(request, peer)
