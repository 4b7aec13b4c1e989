"""Runs a proxy in the foreground: it listens, prints a line for each request, and ends in good order at a signal."""

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
from sim.http1.pool import ConnectionPool
from sim.http1.server import Done, Server
from sim.nodes.world import Node
from sim.serving.access_line import access_line
from sim.serving.client_filter import ClientFilter
from sim.serving.destinations import Backends, NamedServers, OpenHosts, Reach, ResolveDestination, UpstreamProxy
from sim.serving.live_world import Live
from sim.serving.passthrough import PassthroughServer
from sim.serving.proxy_nodes import forward_node, reverse_node
from sim.serving.proxy_options import ForwardOptions, ListenOptions, PassthroughOptions, ProxyOptions, ReverseOptions
from sim.units import DURATION, SIZE

PrintLine = Callable[[str], None]

_VERSIONS = {None: 0, "v1": 1, "v2": 2}
"""Versions of the PROXY protocol, by the option's values."""

LOCAL_NAMES = ("localhost", "*.localhost", "127.0.0.1", "::1")


def forward(options: ForwardOptions, print_line: PrintLine) -> None:
    """Run a forward proxy until SIGTERM or Ctrl-C.

    Parameters
    ----------
    options : ForwardOptions
        Its options.
    print_line : callable
        Prints a line.

    Raises
    ------
    SimError
        If an option's value is wrong.
    """
    reach = replace(_reach(options), connect_ports=frozenset(options.connect_port or [443]))
    destinations: ResolveDestination = OpenHosts(reach, certificates.trusting(*options.ca_file))
    if options.upstream is not None:
        destinations = UpstreamProxy(parse_endpoint(options.upstream, "--upstream"), reach)
    _run(forward_node(options), destinations, options, options.listen, print_line)


def reverse(options: ReverseOptions, print_line: PrintLine) -> None:
    """Run a reverse proxy until SIGTERM or Ctrl-C.

    Parameters
    ----------
    options : ReverseOptions
        Its options.
    print_line : callable
        Prints a line.

    Raises
    ------
    SimError
        If an option's value is wrong.
    """
    if not options.backend:
        raise EndpointError("no backend is given", path="--backend", hint="such as --backend 127.0.0.1:8000")
    endpoints = {f"backend-{i + 1}": parse_endpoint(text, "--backend") for i, text in enumerate(options.backend)}
    destinations = Backends(endpoints, _reach(options), certificates.trusting(*options.ca_file))
    _run(reverse_node(options, tuple(endpoints)), destinations, options, options.listen, print_line)


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
            "PROXY headers are not accepted at all", path="--proxy-protocol-from", hint="add --accept-proxy-protocol"
        )
    return LOOPBACK + more if options.accept_proxy_protocol else None


def _version(options: ListenOptions) -> int:
    version = options.send_proxy_protocol
    if version not in _VERSIONS:
        raise EndpointError(
            f"{version!r} is not a version of the PROXY protocol", path="--send-proxy-protocol", hint="v1 or v2"
        )
    return _VERSIONS[version]


def _tls(options: ProxyOptions, print_line: PrintLine) -> certificates.TlsContext | None:
    if options.tls_cert is not None or options.tls_key is not None:
        if options.tls_cert is None or options.tls_key is None:
            raise EndpointError("a certificate needs its key, and a key its certificate", path="--tls-cert/--tls-key")
        return certificates.context_from_files(options.tls_cert, options.tls_key)
    if not options.tls:
        return None
    authority = certificates.Authority()
    file = options.ca_out or Path(tempfile.mkdtemp(prefix="proxysim-")) / "authority.pem"
    print_line(f"certificate of the throw-away authority: {authority.write(file)}")
    return authority.server_context(*LOCAL_NAMES, *options.tls_name)


def _run(
    node: Node, destinations: ResolveDestination, options: ProxyOptions, listen: str, print_line: PrintLine
) -> None:
    place = parse_endpoint(listen, "--listen")
    limits, tls = _limits(options, options.body_limit), _tls(options, print_line)
    clients = LOOPBACK + parse_networks(options.allow_from, "--allow-from")
    proxies_in_front, version = _proxies_in_front(options), _version(options)

    async def serve() -> None:
        on_step = partial(_print_step, print_line) if options.steps else None
        live = Live(node, destinations, ConnectionPool("", limits, version), on_step=on_step)
        allowed = ClientFilter(live.answer, clients)
        server = Server(
            allowed.answer, limits, tls, on_done=_log_with(options, print_line), proxies_in_front=proxies_in_front
        )
        await _until_signal(server, place, live.finish, options, print_line)

    asyncio.run(serve())


def _log_with(options: ListenOptions, print_line: PrintLine) -> Callable[[Done], None] | None:
    return None if options.quiet else lambda done: print_line(access_line(done))


def _print_step(print_line: PrintLine, number: int, step: IntEnum, detail: str, stage: str) -> None:
    named = step.name.lower().replace("_", " ")
    print_line(" ".join(part for part in (f"  #{number} step {step.value} {named}", stage, detail) if part))


async def _until_signal(
    server: Server,
    place: Endpoint,
    finish: Callable[[float], Awaitable[None]],
    options: ListenOptions,
    print_line: PrintLine,
) -> None:
    """Listen until a signal to end, then let requests in flight finish."""
    grace_s = DURATION.parse(options.grace)
    try:
        await server.start(place.host, place.port)
    except OSError as error:
        reason = error.strerror or str(error)
        raise EndpointError(f"cannot listen at {place.host}:{place.port}: {reason}", path="--listen") from error
    ended = _signal_to_end()
    # What was made at the start stays, and what a request makes is freed by reference counts: collecting after every
    # few requests would cost a tenth of their time.
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    print_line(f"{options.name} listens at {Endpoint('https' if server.tls else 'http', server.ip, server.port)}")
    await ended.wait()
    print_line(f"{options.name} is ending; a second signal cancels requests in flight")
    await server.stop(grace_s)
    await finish(grace_s)
    print_line(f"{options.name} has ended")


def _signal_to_end() -> asyncio.Event:
    """Return an event that the first signal to end sets; a second one ends the program at once."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()

    def end() -> None:
        ended.set()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    return ended


def passthrough(options: PassthroughOptions, print_line: PrintLine) -> None:
    """Relay TLS unread until SIGTERM or Ctrl-C.

    Parameters
    ----------
    options : PassthroughOptions
        Its options.
    print_line : callable
        Prints a line.

    Raises
    ------
    SimError
        If an option's value is wrong.
    """
    if not options.route:
        raise EndpointError("no route is given", path="--route", hint="such as --route a.example=127.0.0.1:9443")
    clients = LOOPBACK + parse_networks(options.allow_from, "--allow-from")
    routes = NamedServers(dict(_route(text) for text in options.route), _reach(options), clients)
    place, limits = parse_endpoint(options.listen, "--listen"), _limits(options)
    proxies_in_front, version = _proxies_in_front(options), _version(options)

    async def serve() -> None:
        pool = ConnectionPool("", limits, version)
        server = PassthroughServer(routes.address, pool, limits, _log_with(options, print_line), proxies_in_front)
        await _until_signal(server, place, lambda _: pool.close(), options, print_line)

    asyncio.run(serve())


def _route(text: str) -> tuple[str, Endpoint]:
    name, equals, place = text.partition("=")
    if not equals or not name:
        raise EndpointError(f"{text!r} is not NAME=HOST:PORT", path="--route", hint="such as a.example=127.0.0.1:9443")
    return name.lower(), parse_endpoint(place, "--route")
