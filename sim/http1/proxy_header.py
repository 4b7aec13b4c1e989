"""A listener whose connections begin with a PROXY header, which carries the addresses of the client's connection.

The header precedes everything else, even a TLS handshake.  It is therefore read from the bare socket, exactly to its
last byte, before the stream is made.  Connections from untrusted peers are closed, and so are those without a valid
header ("The PROXY protocol", section 2).
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable

from sim.errors import MessageError
from sim.http1.endpoints import Networks, is_within
from sim.http1.limits import Limits
from sim.http1.stream import ReceivedProxyHeader
from sim.rules.proxy_protocol import ProxiedAddresses, parse

LONGEST_BYTES = 4096
"""Longest header that is accepted: the addresses take at most 52 bytes, and the TLVs after them are not used here."""

PAUSE_S = 0.1
"""Pause after a failed accept, which mostly means that too many files are open."""

log = logging.getLogger("proxysim.lab")


class ProxyHeaderListener:
    """Accepts connections, reads the PROXY header of each, and hands them on.

    Parameters
    ----------
    trusted : tuple of network
        Blocks of addresses of the proxies that are believed; the connections of other peers are closed.
    limits : Limits
        How long a header may take, and how many connections may await theirs at once.
    welcome : callable
        ``welcome(sock, header)`` takes the connection over.
    on_refused : callable, optional
        Called with the peer's address for each connection that was closed.

    Attributes
    ----------
    sockets : list of socket
        The listening socket.
    """

    def __init__(
        self,
        trusted: Networks,
        limits: Limits,
        welcome: Callable[[socket.socket, ReceivedProxyHeader], Awaitable[None]],
        on_refused: Callable[[str], None] | None = None,
    ) -> None:
        self.sockets: list[socket.socket] = []
        self._trusted = trusted
        self._limits = limits
        self._welcome = welcome
        self._on_refused = on_refused
        self._tasks: set[asyncio.Task[None]] = set()
        self._unread: set[socket.socket] = set()

    def listen(self, ip: str, port: int) -> None:
        """Bind and listen; port 0 takes a free one."""
        family = socket.AF_INET6 if ":" in ip else socket.AF_INET
        listener = socket.create_server((ip, port), family=family, backlog=1024)
        listener.setblocking(False)
        self.sockets.append(listener)
        self._begin(self._accept_all(listener))

    def close(self) -> None:
        """Stop listening, and stop reading headers."""
        for task in self._tasks:
            task.cancel()

    async def wait_closed(self) -> None:
        """Wait until everything is closed."""
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for sock in (*self.sockets, *self._unread):
            sock.close()

    def _begin(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _accept_all(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        try:
            while True:
                try:
                    sock, place = await loop.sock_accept(listener)
                except OSError as error:
                    log.warning("accepting a connection: %s", error)
                    await asyncio.sleep(PAUSE_S)
                    continue
                if len(self._tasks) <= self._limits.connections and is_within(place[0], self._trusted):
                    self._unread.add(sock)
                    self._begin(self._read_header(sock, place[:2]))
                else:
                    self._refuse(sock, place[0])
        finally:
            listener.close()

    async def _read_header(self, sock: socket.socket, place: tuple[str, int]) -> None:
        """Read the header, and hand the connection on."""
        try:
            async with asyncio.timeout(self._limits.head_timeout_s):
                ends = await read_proxy_header(sock)
        except (OSError, MessageError) as fault:  # a TimeoutError is an OSError
            log.info("no PROXY header from %s: %s", place[0], fault)
            self._refuse(sock, place[0])
        else:
            self._unread.discard(sock)
            await self._welcome(sock, ReceivedProxyHeader(place, ends))

    def _refuse(self, sock: socket.socket, ip: str) -> None:
        self._unread.discard(sock)
        sock.close()
        if self._on_refused is not None:
            self._on_refused(ip)


async def read_proxy_header(sock: socket.socket) -> ProxiedAddresses | None:
    """Read a PROXY header from a socket, and not one byte more.

    Parameters
    ----------
    sock : socket.socket
        A connected socket in non-blocking mode.

    Returns
    -------
    ProxiedAddresses or None
        The addresses of the client's connection; None where the socket's own count (LOCAL).

    Raises
    ------
    MessageError
        If what is received is no complete PROXY header.
    OSError
        If the connection broke.

    Examples
    --------
    >>> import asyncio, socket
    >>> async def read() -> tuple[str, bytes]:
    ...     proxy, sock = socket.socketpair()
    ...     with proxy, sock:
    ...         sock.setblocking(False)
    ...         proxy.sendall(b"PROXY TCP4 192.0.2.1 203.0.113.1 4711 80" + bytes([13, 10]) + b"GET")
    ...         ends = await read_proxy_header(sock)
    ...         return ends.source_ip, sock.recv(10)
    >>> asyncio.run(read())
    ('192.0.2.1', b'GET')
    """
    early = b""
    while len(early) < LONGEST_BYTES:
        await _readable(sock)
        seen = sock.recv(LONGEST_BYTES - len(early), socket.MSG_PEEK)
        if not seen:
            raise MessageError("the connection ended before its PROXY header")
        header = parse(early + seen)
        # While the header is incomplete, everything received belongs to it.
        wanted = len(seen) if header is None else header.length_bytes - len(early)
        early += sock.recv(wanted)
        if header is not None:
            return header.ends
    raise MessageError(f"a PROXY header of more than {LONGEST_BYTES} bytes")


async def _readable(sock: socket.socket) -> None:
    """Wait until something can be read, without reading it."""
    loop = asyncio.get_running_loop()
    there = loop.create_future()
    loop.add_reader(sock, _wake, there)
    try:
        await there
    finally:
        loop.remove_reader(sock)


def _wake(there: asyncio.Future[None]) -> None:
    if not there.done():
        there.set_result(None)
