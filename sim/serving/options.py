"""What may be said about a proxy in the foreground: one field for each option of the command line, with its help.

Words are kept as they were written; `sim.serving.commands` reads them.  Nothing heavy is imported here, since the
command line is made from these classes before it is known whether they are wanted.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NamedTuple


class Said(NamedTuple):
    """What the command line's help says of an option, what stands for its value there, and its own name."""

    text: str
    metavar: str | None = None
    flag: str | None = None


@dataclass(frozen=True, kw_only=True)
class ListenOptions:
    """What all have in common: whom they answer, where they may send, and how long they wait."""

    name: Annotated[str, Said("What it calls itself in Via, Cache-Status and Proxy-Status.")] = "proxysim"
    allow_from: Annotated[
        tuple[str, ...], Said("Answer these addresses too; this machine alone if absent.", "BLOCK")
    ] = ()
    allow_to: Annotated[
        tuple[str, ...], Said("Send to these addresses too; this machine alone if absent.", "BLOCK")
    ] = ()
    known_name: Annotated[tuple[str, ...], Said("Address of a name, known without asking.", "NAME=IP")] = ()
    resolve: Annotated[bool, Said("Look up other names; what comes of it must be allowed.")] = False
    max_connections: Annotated[int, Said("503 beyond, if no idle connection can make room.")] = 1000
    idle_timeout: Annotated[str, Said("How long a connection without a request is kept.", "DURATION")] = "60 s"
    head_timeout: Annotated[str, Said("408 if a request's head takes longer.", "DURATION")] = "10 s"
    grace: Annotated[str, Said("How long requests in flight may go on at the end.", "DURATION")] = "10 s"
    accept_proxy_protocol: Annotated[
        bool, Said("Each connection begins with a PROXY header (v1 or v2) that says for whom it is; others are closed.")
    ] = False
    proxy_protocol_from: Annotated[
        tuple[str, ...], Said("Believe PROXY headers of these too; of this machine alone if absent.", "BLOCK")
    ] = ()
    send_proxy_protocol: Annotated[
        str | None, Said("Tell the next node with a PROXY header for whom a connection is: v1 or v2.", "VERSION")
    ] = None
    quiet: Annotated[bool, Said("No line for each request.")] = False


@dataclass(frozen=True, kw_only=True)
class ProxyOptions(ListenOptions):
    """What forward and reverse proxies have in common."""

    cache: Annotated[str | None, Said("Capacity of its cache, such as '64 MiB'; none if absent.", "CAPACITY")] = None
    replacement: Annotated[str, Said("Which stored response leaves when room is needed.", "POLICY")] = "lru"
    like: Annotated[
        str | None, Said("What it does with fields that name clients, as this product by itself.", "PRODUCT")
    ] = None
    forwarded_for: Annotated[str | None, Said("X-Forwarded-For: append, replace, delete or off.", "MODE")] = None
    timeout: Annotated[str | None, Said("504 if the next node takes longer, such as '10 s'.", "DURATION")] = None
    settings: Annotated[
        tuple[str, ...], Said("Any setting of its node as in a scenario, such as via=false.", "KEY=VALUE", "--set")
    ] = ()
    tls: Annotated[bool, Said("Terminate TLS with a throw-away certificate; says where its authority's is.")] = False
    tls_cert: Annotated[Path | None, Said("Terminate TLS with this certificate (PEM).", "FILE")] = None
    tls_key: Annotated[Path | None, Said("Its key (PEM).", "FILE")] = None
    tls_name: Annotated[tuple[str, ...], Said("Name in the throw-away certificate, beside localhost.", "NAME")] = ()
    ca_file: Annotated[
        tuple[Path, ...], Said("Trust these authorities too, where it speaks TLS itself (PEM).", "FILE")
    ] = ()
    ca_out: Annotated[Path | None, Said("Where to write the throw-away authority's certificate.", "FILE")] = None
    body_limit: Annotated[str | None, Said("413 for a larger content of a request.", "SIZE")] = None
    steps: Annotated[bool, Said("A line for each numbered step.")] = False


@dataclass(frozen=True, kw_only=True)
class ForwardOptions(ProxyOptions):
    """A forward proxy."""

    listen: Annotated[str, Said("Where it listens; port 0 takes a free one.", "HOST:PORT")] = "127.0.0.1:3128"
    connect_port: Annotated[tuple[int, ...], Said("CONNECT may go to these ports; to 443 if absent.", "PORT")] = ()
    upstream: Annotated[str | None, Said("A further forward proxy that it sends everything to.", "HOST:PORT")] = None


@dataclass(frozen=True, kw_only=True)
class ReverseOptions(ProxyOptions):
    """A reverse proxy."""

    listen: Annotated[str, Said("Where it listens; port 0 takes a free one.", "HOST:PORT")] = "127.0.0.1:8002"
    backend: Annotated[
        tuple[str, ...], Said("Where it sends, https:// to speak TLS; repeatable.", "[SCHEME://]HOST:PORT")
    ] = ()
    balancing: Annotated[str, Said("How it picks one of several backends.", "POLICY")] = "round_robin"


@dataclass(frozen=True, kw_only=True)
class PassthroughOptions(ListenOptions):
    """A proxy that passes TLS on unread, and chooses by the name that is asked for."""

    listen: Annotated[str, Said("Where it listens; port 0 takes a free one.", "HOST:PORT")] = "127.0.0.1:8443"
    route: Annotated[tuple[str, ...], Said("Where a name leads; '*' stands for all others.", "NAME=HOST:PORT")] = ()
