"""An HTTP/1.1 server: it listens, counts its connections, and stops in good order.

Each connection has a task of its own; `connection` reads requests there and sends the responses.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Protocol

from sim.http1.connection import Answer, Connection
from sim.http1.endpoints import Networks
from sim.http1.limits import DEFAULT_LIMITS, Limits
from sim.http1.peer import Done, Peer, TlsFacts
from sim.http1.proxy_header import ProxyHeaderListener
from sim.http1.stream import ReceivedProxyHeader, Stream

__all__ = ["Answer", "Conversation", "Done", "Peer", "Server", "TlsFacts", "serve"]


class Conversation(Protocol):
    """One client's connection, as its server sees it."""

    is_idle: bool

    async def converse(self) -> None:
        """Answer requests until one side ends the connection."""

    def leave(self) -> None:
        """Close the connection while it is idle."""

    def turn_away(self) -> None:
        """Refuse the connection, since there are too many."""


class Server:
    """A listening server.

    Parameters
    ----------
    answer : callable
        ``answer(request, peer)`` returns an awaitable of the response.
    limits : Limits
        Bounds on connections and requests.
    tls : ssl.SSLContext or None
        Certificate and key, where it terminates TLS.
    on_done : callable or None
        Called after each request that was answered, refused or given up.
    proxies_in_front : tuple of network, optional
        Blocks of addresses of proxies in front, which begin each connection with a PROXY header; connections of
        other peers are then closed.

    Attributes
    ----------
    ip, port : str, int
        Where it listens; the real port where 0 was asked for.
    """

    def __init__(
        self,
        answer: Answer,
        limits: Limits = DEFAULT_LIMITS,
        tls: ssl.SSLContext | None = None,
        on_done: Callable[[Done], None] | None = None,
        proxies_in_front: Networks | None = None,
    ) -> None:
        self.proxies_in_front = proxies_in_front
        self.answer = answer
        self.on_done = on_done
        self.limits = limits
        self.tls = tls
        self.is_stopping = False
        self.ip = ""
        self.port = 0
        self._connections: dict[Conversation, asyncio.Task[None]] = {}
        self._listener: asyncio.Server | ProxyHeaderListener | None = None

    async def start(self, ip: str, port: int) -> None:
        """Bind and listen; port 0 takes a free one."""
        if self.proxies_in_front is None:
            self._listener = await asyncio.get_running_loop().create_server(
                lambda: Stream(self._accept),
                ip,
                port,
                ssl=self.tls,
                ssl_handshake_timeout=self._handshake_s,
                backlog=1024,
            )
        else:
            self._listener = ProxyHeaderListener(self.proxies_in_front, self.limits, self._welcome, self._note_refused)
            self._listener.listen(ip, port)
        self.ip, self.port = self._listener.sockets[0].getsockname()[:2]

    @property
    def _handshake_s(self) -> float | None:
        return self.limits.head_timeout_s if self.tls else None

    async def _welcome(self, sock: socket.socket, proxy_header: ReceivedProxyHeader) -> None:
        """Take over a connection whose PROXY header has been read."""
        with suppress(OSError):  # a failed TLS handshake ends that connection alone
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: Stream(self._accept, proxy_header), sock, ssl=self.tls, ssl_handshake_timeout=self._handshake_s
            )

    def _note_refused(self, ip: str) -> None:
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
        """Return the conversation for a new connection."""
        return Connection(self, stream)

    def _close_an_idle_one(self) -> bool:
        for connection in self._connections:  # oldest first
            if connection.is_idle:
                connection.leave()
                return True
        return False

    async def stop(self, grace_s: float = 5.0) -> None:
        """Stop listening, let requests in flight finish, then cancel those that are left.

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
    proxies_in_front: Networks | None = None,
) -> AsyncIterator[Server]:
    """Serve for as long as the block lasts.

    Parameters
    ----------
    answer : callable
        ``answer(request, peer)`` returns an awaitable of the response.
    ip : str
        Address to listen at.
    port : int
        Port to listen at; 0 takes a free one.
    tls : ssl.SSLContext, optional
        Certificate and key, to terminate TLS.
    limits : Limits
        Bounds on connections and requests.
    proxies_in_front : tuple of network, optional
        Proxies in front, which begin each connection with a PROXY header.

    Yields
    ------
    Server
        With the real port.
    """
    server = Server(answer, limits, tls, proxies_in_front=proxies_in_front)
    await server.start(ip, port)
    try:
        yield server
    finally:
        await server.stop()
