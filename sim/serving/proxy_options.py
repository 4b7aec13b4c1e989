"""Options of a proxy in the foreground: one field for each option of the command line, with its help.

Values are kept as they were written; `sim.serving.commands` parses them.  Nothing heavy is imported here, since the
command line is built from these classes before it is known whether they are needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NamedTuple


class OptionHelp(NamedTuple):
    """Help of a command-line option, the placeholder of its value, and its flag if not made of the field's name."""

    text: str
    metavar: str | None = None
    flag: str | None = None


@dataclass(frozen=True, kw_only=True)
class ListenOptions:
    """Options of all proxies: names, addresses that are allowed, and times."""

    name: Annotated[str, OptionHelp("Its name in Via, Cache-Status and Proxy-Status.")] = "proxysim"
    allow_from: Annotated[
        tuple[str, ...],
        OptionHelp("Take requests from these addresses too; from this machine alone if absent.", "BLOCK"),
    ] = ()
    allow_to: Annotated[
        tuple[str, ...], OptionHelp("Send requests to these addresses too; to this machine alone if absent.", "BLOCK")
    ] = ()
    known_name: Annotated[tuple[str, ...], OptionHelp("Address of a name, used without a lookup.", "NAME=IP")] = ()
    resolve: Annotated[bool, OptionHelp("Look up other names; the address that is found must be allowed.")] = False
    max_connections: Annotated[
        int, OptionHelp("Most connections at once; 503 beyond, unless an idle one can be closed.")
    ] = 1000
    idle_timeout: Annotated[str, OptionHelp("How long an idle connection is kept.", "DURATION")] = "60 s"
    head_timeout: Annotated[str, OptionHelp("Longest time for a request's head; then 408.", "DURATION")] = "10 s"
    grace: Annotated[str, OptionHelp("How long requests in flight may take when the proxy ends.", "DURATION")] = "10 s"
    accept_proxy_protocol: Annotated[
        bool, OptionHelp("Expect a PROXY header (v1 or v2) at the start of each connection; close those without one.")
    ] = False
    proxy_protocol_from: Annotated[
        tuple[str, ...],
        OptionHelp("Accept PROXY headers from these addresses too; from this machine alone if absent.", "BLOCK"),
    ] = ()
    send_proxy_protocol: Annotated[
        str | None, OptionHelp("Begin each connection to a next node with a PROXY header: v1 or v2.", "VERSION")
    ] = None
    quiet: Annotated[bool, OptionHelp("Print no line for each request.")] = False


@dataclass(frozen=True, kw_only=True)
class ProxyOptions(ListenOptions):
    """Options of forward and reverse proxies."""

    cache: Annotated[str | None, OptionHelp("Capacity of its cache, such as '64 MiB'; none if absent.", "CAPACITY")] = (
        None
    )
    replacement: Annotated[str, OptionHelp("Replacement policy of the cache.", "POLICY")] = "lru"
    like: Annotated[
        str | None, OptionHelp("Treat fields that name clients as this product does by default.", "PRODUCT")
    ] = None
    forwarded_for: Annotated[str | None, OptionHelp("X-Forwarded-For: append, replace, delete or off.", "MODE")] = None
    timeout: Annotated[
        str | None, OptionHelp("Longest time for the next node, such as '10 s'; then 504.", "DURATION")
    ] = None
    settings: Annotated[
        tuple[str, ...], OptionHelp("Any setting of a proxy in a scenario, such as via=false.", "KEY=VALUE", "--set")
    ] = ()
    tls: Annotated[
        bool, OptionHelp("Terminate TLS with a throw-away certificate; prints where its authority's certificate is.")
    ] = False
    tls_cert: Annotated[Path | None, OptionHelp("Terminate TLS with this certificate (PEM).", "FILE")] = None
    tls_key: Annotated[Path | None, OptionHelp("Key of that certificate (PEM).", "FILE")] = None
    tls_name: Annotated[
        tuple[str, ...], OptionHelp("Name in the throw-away certificate, besides localhost.", "NAME")
    ] = ()
    ca_file: Annotated[
        tuple[Path, ...],
        OptionHelp("Trust these authorities too, on connections under TLS to next nodes (PEM).", "FILE"),
    ] = ()
    ca_out: Annotated[Path | None, OptionHelp("File for the throw-away authority's certificate.", "FILE")] = None
    body_limit: Annotated[str | None, OptionHelp("Largest content of a request; 413 beyond.", "SIZE")] = None
    steps: Annotated[bool, OptionHelp("Print a line for each numbered step.")] = False


@dataclass(frozen=True, kw_only=True)
class ForwardOptions(ProxyOptions):
    """Options of a forward proxy."""

    listen: Annotated[str, OptionHelp("Address and port to listen at; port 0 takes a free one.", "HOST:PORT")] = (
        "127.0.0.1:3128"
    )
    connect_port: Annotated[
        tuple[int, ...], OptionHelp("Ports to which CONNECT may open tunnels; 443 if absent.", "PORT")
    ] = ()
    upstream: Annotated[
        str | None, OptionHelp("A further forward proxy to which all requests are sent.", "HOST:PORT")
    ] = None


@dataclass(frozen=True, kw_only=True)
class ReverseOptions(ProxyOptions):
    """Options of a reverse proxy."""

    listen: Annotated[str, OptionHelp("Address and port to listen at; port 0 takes a free one.", "HOST:PORT")] = (
        "127.0.0.1:8002"
    )
    backend: Annotated[
        tuple[str, ...], OptionHelp("A backend, with https:// under TLS; repeatable.", "[SCHEME://]HOST:PORT")
    ] = ()
    balancing: Annotated[str, OptionHelp("Balancing policy among several backends.", "POLICY")] = "round_robin"


@dataclass(frozen=True, kw_only=True)
class PassthroughOptions(ListenOptions):
    """Options of a proxy that relays TLS unread, by the server name of the handshake."""

    listen: Annotated[str, OptionHelp("Address and port to listen at; port 0 takes a free one.", "HOST:PORT")] = (
        "127.0.0.1:8443"
    )
    route: Annotated[
        tuple[str, ...], OptionHelp("Destination of a server name; '*' stands for all others.", "NAME=HOST:PORT")
    ] = ()
