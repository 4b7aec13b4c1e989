"""A proxy in the foreground: listens, writes a line for each request, and ends in good order when it is told to."""

from __future__ import annotations

import asyncio
import gc
import signal
import tempfile
from collections.abc import Callable
from dataclasses import replace
from enum import IntEnum
from math import inf
from pathlib import Path
from ssl import SSLContext

from sim.errors import EndpointError
from sim.lab import certificates
from sim.lab.access_line import access_line
from sim.lab.destinations import Backends, Destinations, OpenHosts, Reach, UpstreamProxy
from sim.lab.endpoints import LOOPBACK, Endpoint, is_within, parse_endpoint, parse_networks
from sim.lab.faults import RefusedError
from sim.lab.limits import Limits
from sim.lab.live_world import Live
from sim.lab.options import ForwardOptions, ProxyOptions, ReverseOptions
from sim.lab.pool import Pool
from sim.lab.proxy_nodes import forward_node, reverse_node
from sim.lab.server import Done, Peer, Server
from sim.messages import Request, Response
from sim.nodes.world import Node
from sim.scenario.units import DURATION, SIZE

Say = Callable[[str], None]

LOCAL_NAMES = ("localhost", "*.localhost", "127.0.0.1", "::1")


def forward(options: ForwardOptions, say: Say) -> None:
    """Run a forward proxy until SIGTERM or Ctrl-C.

    Parameters
    ----------
    options : ForwardOptions
        What was said of it.
    say : callable
        Prints a line.

    Raises
    ------
    SimError
        If something that was said makes no sense.
    """
    reach = replace(_reach(options), connect_ports=frozenset(options.connect_port or [443]))
    destinations: Destinations = OpenHosts(reach, certificates.trusting(*options.ca_file))
    if options.upstream is not None:
        destinations = UpstreamProxy(parse_endpoint(options.upstream, "--upstream"), reach)
    _run(forward_node(options), destinations, options, options.listen, say)


def reverse(options: ReverseOptions, say: Say) -> None:
    """Run a reverse proxy until SIGTERM or Ctrl-C.

    Parameters
    ----------
    options : ReverseOptions
        What was said of it.
    say : callable
        Prints a line.

    Raises
    ------
    SimError
        If something that was said makes no sense.
    """
    if not options.backend:
        raise EndpointError("no backend was named", path="--backend", hint="such as --backend 127.0.0.1:8000")
    endpoints = {f"backend-{i + 1}": parse_endpoint(text, "--backend") for i, text in enumerate(options.backend)}
    destinations = Backends(endpoints, _reach(options), certificates.trusting(*options.ca_file))
    _run(reverse_node(options, tuple(endpoints)), destinations, options, options.listen, say)


def _reach(options: ProxyOptions) -> Reach:
    names = dict(_known_name(text) for text in options.known_name)
    allowed = parse_networks(options.allow_to, "--allow-to")
    return Reach(LOOPBACK + allowed, names=names, may_resolve=options.resolve)


def _known_name(text: str) -> tuple[str, str]:
    name, equals, ip = text.partition("=")
    if not equals or not name:
        raise EndpointError(f"{text!r} is not NAME=IP", path="--known-name", hint="such as a.example=127.0.0.1")
    parse_networks([ip], "--known-name")
    return name.lower(), ip


def _limits(options: ProxyOptions) -> Limits:
    return Limits(
        body_bytes=inf if options.body_limit is None else SIZE.parse(options.body_limit),
        connections=options.max_connections,
        idle_timeout_s=DURATION.parse(options.idle_timeout),
        head_timeout_s=DURATION.parse(options.head_timeout),
    )


def _tls(options: ProxyOptions, say: Say) -> SSLContext | None:
    if options.tls_cert is not None or options.tls_key is not None:
        if options.tls_cert is None or options.tls_key is None:
            raise EndpointError("a certificate and its key go together", path="--tls-cert/--tls-key")
        return certificates.context_from_files(options.tls_cert, options.tls_key)
    if not options.tls:
        return None
    authority = certificates.Authority()
    file = options.ca_out or Path(tempfile.mkdtemp(prefix="proxysim-")) / "authority.pem"
    say(f"certificate of the throw-away authority: {authority.write(file)}")
    return authority.server_context(*LOCAL_NAMES, *options.tls_name)


def _run(node: Node, destinations: Destinations, options: ProxyOptions, listen: str, say: Say) -> None:
    place = parse_endpoint(listen, "--listen")
    limits, tls = _limits(options), _tls(options, say)
    grace_s = DURATION.parse(options.grace)
    asyncio.run(_Foreground(node, destinations, options, limits, say).run(place, tls, grace_s))


class _Foreground:
    """What listens and what answers, from start to end."""

    def __init__(self, node: Node, destinations: Destinations, options: ProxyOptions, limits: Limits, say: Say) -> None:
        self._say = say
        self._allowed = LOOPBACK + parse_networks(options.allow_from, "--allow-from")
        self._known: dict[str, bool] = {}
        self._node = node
        self._destinations = destinations
        self._limits = limits
        self._is_quiet = options.quiet
        self._tells_steps = options.steps

    async def run(self, place: Endpoint, tls: SSLContext | None, grace_s: float) -> None:
        """Listen, wait for the signal to end, and let what is in flight finish."""
        tell = self._tell_step if self._tells_steps else None
        pool = Pool("", self._limits)
        live = self._live = Live(self._node, self._destinations, pool, kept_bytes=self._limits.kept_bytes, tell=tell)
        server = Server(self._answer, self._limits, tls, on_done=None if self._is_quiet else self._tell_done)
        await _listen(server, place)
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, ended.set)
        gc.freeze()  # what was made for the start stays: looking through it again and again would cost every request
        self._say(f"{self._node.name} listens at {Endpoint('https' if tls else 'http', server.ip, server.port)}")
        await ended.wait()
        await server.stop(grace_s)
        await live.finish(grace_s)
        self._say(f"{self._node.name} has ended")

    async def _answer(self, request: Request, peer: Peer) -> Response:
        allowed = self._known.get(peer.ip)
        if allowed is None:
            if len(self._known) > 10_000:  # noqa: PLR2004
                self._known.clear()
            allowed = self._known[peer.ip] = is_within(peer.ip, self._allowed)
        if not allowed:
            raise RefusedError(403, f"{peer.ip} is not allowed to ask")
        return await self._live.answer(request, peer)

    def _tell_done(self, done: Done) -> None:
        self._say(access_line(done))

    def _tell_step(self, number: int, step: IntEnum, detail: str) -> None:
        self._say(f"  #{number} step {step.value} {step.name.lower().replace('_', ' ')} {detail}".rstrip())


async def _listen(server: Server, place: Endpoint) -> None:
    try:
        await server.start(place.host, place.port)
    except OSError as error:
        reason = error.strerror or str(error)
        raise EndpointError(f"cannot listen at {place.host}:{place.port}: {reason}", path="--listen") from error
