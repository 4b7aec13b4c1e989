"""A server of HTTP/1.1: connections in, requests to whoever answers, answers back.

It listens, keeps count of its connections, and ends in good order; what happens on a connection is `connection`'s.
One task goes with each.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Protocol

from sim.http1.connection import Answer, Connection, Done, Peer, TlsFacts
from sim.http1.endpoints import Networks
from sim.http1.limits import DEFAULT_LIMITS, Limits
from sim.http1.proxy_header import Introductions
from sim.http1.stream import Introduction, Stream

__all__ = ["Answer", "Conversation", "Done", "Peer", "Server", "TlsFacts", "serve"]


class Conversation(Protocol):
    """What a server has with one client."""

    is_idle: bool

    async def converse(self) -> None:
        """Answer until one side has had enough."""

    def leave(self) -> None:
        """End it while it is idle."""

    def turn_away(self) -> None:
        """End it before it begins, since there are too many."""


class Server:
    """A listening server.

    Parameters
    ----------
    answer : callable
        ``answer(request, peer)`` gives an awaitable of the response.
    limits : Limits
        What it puts up with.
    tls : ssl.SSLContext or None
        Certificate and key, where it terminates TLS.
    on_done : callable or None
        Told of each request that was answered, refused or given up.
    introducers : tuple of network, optional
        Blocks of addresses of proxies in front, which begin each connection with a PROXY header; nobody else is
        listened to then.

    Attributes
    ----------
    ip, port : str, int
        Where it listens; the port is the real one also if 0 was asked for.
    """

    def __init__(
        self,
        answer: Answer,
        limits: Limits = DEFAULT_LIMITS,
        tls: ssl.SSLContext | None = None,
        on_done: Callable[[Done], None] | None = None,
        introducers: Networks | None = None,
    ) -> None:
        self.introducers = introducers
        self.answer = answer
        self.on_done = on_done
        self.limits = limits
        self.tls = tls
        self.is_stopping = False
        self.ip = ""
        self.port = 0
        self._connections: dict[Conversation, asyncio.Task[None]] = {}
        self._listener: asyncio.Server | Introductions | None = None

    async def start(self, ip: str, port: int) -> None:
        """Bind and listen; port 0 takes a free one."""
        if self.introducers is None:
            self._listener = await asyncio.get_running_loop().create_server(
                lambda: Stream(self._accept),
                ip,
                port,
                ssl=self.tls,
                ssl_handshake_timeout=self._handshake_s,
                backlog=1024,
            )
        else:
            self._listener = Introductions(self.introducers, self.limits, self._welcome, self._tell_refused)
            self._listener.listen(ip, port)
        self.ip, self.port = self._listener.sockets[0].getsockname()[:2]

    @property
    def _handshake_s(self) -> float | None:
        return self.limits.head_timeout_s if self.tls else None

    async def _welcome(self, sock: socket.socket, introduction: Introduction) -> None:
        """Begin with a connection of which it is known for whom it is."""
        with suppress(OSError):  # a handshake that fails is its client's affair
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: Stream(self._accept, introduction), sock, ssl=self.tls, ssl_handshake_timeout=self._handshake_s
            )

    def _tell_refused(self, ip: str) -> None:
        if self.on_done is not None:
            self.on_done(Done(ip, None, None, 0, 0, 0.0))

    def _accept(self, stream: Stream) -> None:
        connection = self._connection(stream)
        if self.is_stopping or (len(self._connections) >= self.limits.connections and not self._close_an_idle_one()):
            connection.turn_away()
            return
        task = asyncio.create_task(connection.converse())
        self._connections[connection] = task
        task.add_done_callback(lambda _: self._connections.pop(connection, None))

    def _connection(self, stream: Stream) -> Conversation:
        """Make what answers on a new connection."""
        return Connection(self, stream)

    def _close_an_idle_one(self) -> bool:
        for connection in self._connections:  # the oldest first
            if connection.is_idle:
                connection.leave()
                return True
        return False

    async def stop(self, grace_s: float = 5.0) -> None:
        """Listen no more, let requests in flight finish, then break off what is left.

        Parameters
        ----------
        grace_s : float
            How long to wait for them, in seconds.
        """
        self.is_stopping = True
        if self._listener is not None:
            self._listener.close()
        for connection in list(self._connections):
            if connection.is_idle:
                connection.leave()
        await self._finish(grace_s)
        for task in self._connections.values():
            task.cancel()
        await self._finish(grace_s)
        if self._listener is not None:
            await self._listener.wait_closed()

    async def _finish(self, grace_s: float) -> None:
        if self._connections:
            await asyncio.wait(set(self._connections.values()), timeout=grace_s)


@asynccontextmanager
async def serve(
    answer: Answer,
    ip: str,
    port: int,
    *,
    tls: ssl.SSLContext | None = None,
    limits: Limits = DEFAULT_LIMITS,
    introducers: Networks | None = None,
) -> AsyncIterator[Server]:
    """Serve for as long as the block lasts.

    Parameters
    ----------
    answer : callable
        ``answer(request, peer)`` gives an awaitable of the response.
    ip : str
        Address to listen at.
    port : int
        Port to listen at; 0 takes a free one.
    tls : ssl.SSLContext, optional
        Certificate and key, to terminate TLS.
    limits : Limits
        What it puts up with.
    introducers : tuple of network, optional
        Proxies in front, which begin each connection with a PROXY header.

    Yields
    ------
    Server
        With the real port.
    """
    server = Server(answer, limits, tls, introducers=introducers)
    await server.start(ip, port)
    try:
        yield server
    finally:
        await server.stop()
