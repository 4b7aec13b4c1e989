"""A listener whose connections begin with a PROXY header: a proxy in front says first for whom it opened them.

The header stands before everything else, a TLS handshake too.  It is therefore read from the bare socket, exactly
to its last byte, and only then is there a stream.  Whoever is not trusted is not listened to, and whoever says
nothing, or nonsense, gets no answer ("The PROXY protocol", section 2): it could not know whom the answer is for.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable

from sim.errors import MessageError
from sim.http1.endpoints import Networks, is_within
from sim.http1.limits import Limits
from sim.http1.stream import Introduction
from sim.rules.proxy_protocol import ProxiedAddresses, parse

LONGEST_BYTES = 4096
"""A longer header is refused: the addresses take 52 bytes at most, and what may follow them is not read here."""

PAUSE_S = 0.1
"""How long nothing is accepted after that has failed, since too many files are open."""

log = logging.getLogger("proxysim.lab")


class Introductions:
    """Listens, hears for whom each connection is, and hands it on.

    Parameters
    ----------
    trusted : tuple of network
        Blocks of addresses of those who are believed; the connections of others are closed.
    limits : Limits
        How long a header may take, and how many may be awaited at once.
    welcome : callable
        ``welcome(sock, introduction)`` takes the connection over.
    on_refused : callable, optional
        Told of the address of each whose connection was closed.

    Attributes
    ----------
    sockets : list of socket
        The one at which it listens.
    """

    def __init__(
        self,
        trusted: Networks,
        limits: Limits,
        welcome: Callable[[socket.socket, Introduction], Awaitable[None]],
        on_refused: Callable[[str], None] | None = None,
    ) -> None:
        self.sockets: list[socket.socket] = []
        self._trusted = trusted
        self._limits = limits
        self._welcome = welcome
        self._on_refused = on_refused
        self._tasks: set[asyncio.Task[None]] = set()
        self._unheard: set[socket.socket] = set()

    def listen(self, ip: str, port: int) -> None:
        """Bind and listen; port 0 takes a free one."""
        family = socket.AF_INET6 if ":" in ip else socket.AF_INET
        listener = socket.create_server((ip, port), family=family, backlog=1024)
        listener.setblocking(False)
        self.sockets.append(listener)
        self._begin(self._accept_all(listener))

    def close(self) -> None:
        """Listen no more, and hear nobody out."""
        for task in self._tasks:
            task.cancel()

    async def wait_closed(self) -> None:
        """Wait until that is done."""
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for sock in (*self.sockets, *self._unheard):
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
                    self._unheard.add(sock)
                    self._begin(self._hear(sock, place[:2]))
                else:
                    self._refuse(sock, place[0])
        finally:
            listener.close()

    async def _hear(self, sock: socket.socket, place: tuple[str, int]) -> None:
        """Read the header, and hand the connection on."""
        try:
            async with asyncio.timeout(self._limits.head_timeout_s):
                ends = await read_introduction(sock)
        except (OSError, MessageError) as fault:  # too late is an OSError too
            log.info("%s does not say for whom it asks: %s", place[0], fault)
            self._refuse(sock, place[0])
        else:
            self._unheard.discard(sock)
            await self._welcome(sock, Introduction(place, ends))

    def _refuse(self, sock: socket.socket, ip: str) -> None:
        self._unheard.discard(sock)
        sock.close()
        if self._on_refused is not None:
            self._on_refused(ip)


async def read_introduction(sock: socket.socket) -> ProxiedAddresses | None:
    """Read a PROXY header from a socket, and not one byte more.

    Parameters
    ----------
    sock : socket.socket
        A connection; does not block.

    Returns
    -------
    ProxiedAddresses or None
        For whom it is; None where its own addresses count.

    Raises
    ------
    MessageError
        If what comes is no PROXY header, or none that is whole.
    OSError
        If the connection broke.

    Examples
    --------
    >>> import asyncio, socket
    >>> async def hear() -> tuple[str, bytes]:
    ...     proxy, sock = socket.socketpair()
    ...     with proxy, sock:
    ...         sock.setblocking(False)
    ...         proxy.sendall(b"PROXY TCP4 192.0.2.1 203.0.113.1 4711 80" + bytes([13, 10]) + b"GET")
    ...         ends = await read_introduction(sock)
    ...         return ends.source_ip, sock.recv(10)
    >>> asyncio.run(hear())
    ('192.0.2.1', b'GET')
    """
    early = b""
    while len(early) < LONGEST_BYTES:
        await _readable(sock)
        seen = sock.recv(LONGEST_BYTES - len(early), socket.MSG_PEEK)
        if not seen:
            raise MessageError("the connection ended before its PROXY header")
        header = parse(early + seen)
        # As long as it is not whole, all that is there belongs to it.
        wanted = len(seen) if header is None else header.length_bytes - len(early)
        early += sock.recv(wanted)
        if header is not None:
            return header.ends
    raise MessageError(f"a PROXY header of more than {LONGEST_BYTES} bytes")


async def _readable(sock: socket.socket) -> None:
    """Wait until something is there, and leave it there."""
    loop = asyncio.get_running_loop()
    there = loop.create_future()
    loop.add_reader(sock, _tell, there)
    try:
        await there
    finally:
        loop.remove_reader(sock)


def _tell(there: asyncio.Future[None]) -> None:
    if not there.done():
        there.set_result(None)
