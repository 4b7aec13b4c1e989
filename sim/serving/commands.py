"""A proxy in the foreground: listens, writes a line for each request, and ends in good order when it is told to."""

from __future__ import annotations

import asyncio
import gc
import signal
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import replace
from enum import IntEnum
from functools import partial
from math import inf
from pathlib import Path

from sim.errors import EndpointError
from sim.http1 import certificates
from sim.http1.endpoints import LOOPBACK, Endpoint, Networks, parse_endpoint, parse_networks
from sim.http1.limits import Limits
from sim.http1.pool import Pool
from sim.http1.server import Done, Server
from sim.nodes.world import Node
from sim.serving.access_line import access_line
from sim.serving.destinations import Backends, NamedServers, OpenHosts, Reach, ResolveDestination, UpstreamProxy
from sim.serving.guard import Guard
from sim.serving.live_world import Live
from sim.serving.options import ForwardOptions, ListenOptions, PassthroughOptions, ProxyOptions, ReverseOptions
from sim.serving.passthrough import PassthroughServer
from sim.serving.proxy_nodes import forward_node, reverse_node
from sim.units import DURATION, SIZE

Say = Callable[[str], None]

_VERSIONS = {None: 0, "v1": 1, "v2": 2}
"""Of the PROXY protocol, by how they are written."""

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
    destinations: ResolveDestination = OpenHosts(reach, certificates.trusting(*options.ca_file))
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


def _reach(options: ListenOptions) -> Reach:
    names = dict(_known_name(text) for text in options.known_name)
    allowed = parse_networks(options.allow_to, "--allow-to")
    return Reach(LOOPBACK + allowed, names=names, may_resolve=options.resolve)


def _known_name(text: str) -> tuple[str, str]:
    name, equals, ip = text.partition("=")
    if not equals or not name:
        raise EndpointError(f"{text!r} is not NAME=IP", path="--known-name", hint="such as a.example=127.0.0.1")
    parse_networks([ip], "--known-name")
    return name.lower(), ip


def _limits(options: ListenOptions, body_limit: str | None = None) -> Limits:
    return Limits(
        body_bytes=inf if body_limit is None else SIZE.parse(body_limit),
        connections=options.max_connections,
        idle_timeout_s=DURATION.parse(options.idle_timeout),
        head_timeout_s=DURATION.parse(options.head_timeout),
    )


def _proxies_in_front(options: ListenOptions) -> Networks | None:
    more = parse_networks(options.proxy_protocol_from, "--proxy-protocol-from")
    if more and not options.accept_proxy_protocol:
        raise EndpointError(
            "PROXY headers are not accepted", path="--proxy-protocol-from", hint="add --accept-proxy-protocol"
        )
    return LOOPBACK + more if options.accept_proxy_protocol else None


def _version(options: ListenOptions) -> int:
    said = options.send_proxy_protocol
    if said not in _VERSIONS:
        raise EndpointError(f"{said!r} is no version of it", path="--send-proxy-protocol", hint="v1 or v2")
    return _VERSIONS[said]


def _tls(options: ProxyOptions, say: Say) -> certificates.TlsContext | None:
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


def _run(node: Node, destinations: ResolveDestination, options: ProxyOptions, listen: str, say: Say) -> None:
    place = parse_endpoint(listen, "--listen")
    limits, tls = _limits(options, options.body_limit), _tls(options, say)
    asked = parse_networks(options.allow_from, "--allow-from")
    proxies_in_front, version = _proxies_in_front(options), _version(options)

    async def serve() -> None:
        tell = partial(_tell_step, say) if options.steps else None
        live = Live(node, destinations, Pool("", limits, version), tell=tell)
        guard = Guard(live.answer, LOOPBACK + asked)
        server = Server(guard.answer, limits, tls, on_done=_teller(options, say), proxies_in_front=proxies_in_front)
        await _until_told(server, place, live.finish, options, say)

    asyncio.run(serve())


def _teller(options: ListenOptions, say: Say) -> Callable[[Done], None] | None:
    return None if options.quiet else lambda done: say(access_line(done))


def _tell_step(say: Say, number: int, step: IntEnum, detail: str, stage: str) -> None:
    named = step.name.lower().replace("_", " ")
    say(" ".join(part for part in (f"  #{number} step {step.value} {named}", stage, detail) if part))


async def _until_told(
    server: Server, place: Endpoint, finish: Callable[[float], Awaitable[None]], options: ListenOptions, say: Say
) -> None:
    """Listen, wait for the signal to end, and let what is in flight finish."""
    grace_s = DURATION.parse(options.grace)
    try:
        await server.start(place.host, place.port)
    except OSError as error:
        reason = error.strerror or str(error)
        raise EndpointError(f"cannot listen at {place.host}:{place.port}: {reason}", path="--listen") from error
    ended = _signal_to_end()
    # What was made for the start stays, and what a request makes goes without the collector's help: its going
    # through everything after every few requests is a tenth of their cost.
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    say(f"{options.name} listens at {Endpoint('https' if server.tls else 'http', server.ip, server.port)}")
    await ended.wait()
    say(f"{options.name} is ending; once more breaks off what is in flight")
    await server.stop(grace_s)
    await finish(grace_s)
    say(f"{options.name} has ended")


def _signal_to_end() -> asyncio.Event:
    """Give what is set by the first signal to end; a second one ends the program as it would any other."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()

    def end() -> None:
        ended.set()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    return ended


def passthrough(options: PassthroughOptions, say: Say) -> None:
    """Pass TLS on unread until SIGTERM or Ctrl-C.

    Parameters
    ----------
    options : PassthroughOptions
        What was said of it.
    say : callable
        Prints a line.

    Raises
    ------
    SimError
        If something that was said makes no sense.
    """
    if not options.route:
        raise EndpointError("no route was named", path="--route", hint="such as --route a.example=127.0.0.1:9443")
    askers = LOOPBACK + parse_networks(options.allow_from, "--allow-from")
    routes = NamedServers(dict(_route(text) for text in options.route), _reach(options), askers)
    place, limits = parse_endpoint(options.listen, "--listen"), _limits(options)
    proxies_in_front, version = _proxies_in_front(options), _version(options)

    async def serve() -> None:
        pool = Pool("", limits, version)
        server = PassthroughServer(routes.address, pool, limits, _teller(options, say), proxies_in_front)
        await _until_told(server, place, lambda _: pool.close(), options, say)

    asyncio.run(serve())


def _route(text: str) -> tuple[str, Endpoint]:
    name, equals, place = text.partition("=")
    if not equals or not name:
        raise EndpointError(f"{text!r} is not NAME=HOST:PORT", path="--route", hint="such as a.example=127.0.0.1:9443")
    return name.lower(), parse_endpoint(place, "--route")
