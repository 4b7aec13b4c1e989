"""Squid: the configuration of a proxy (squid.conf, documented at squid-cache.org/Doc/config)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sim.policies.stage import Settings
from sim.products.capabilities import TOGETHER, Table, draft, field_writers, kinds, note_choice
from sim.products.draft import Configuration, ConfigurationDraft
from sim.products.syntax import endpoint, header, identifier, outermost, possible_paths, whole_seconds
from sim.products.task import ServerPool, Task
from sim.scenario.schema import Cache, Connections
from sim.units import Capacity, format_seconds

SECTIONS = ("port", "access", "balancing", "peer", "lines")
"""``balancing`` and ``peer`` hold options of each server's cache_peer."""

BALANCING: Mapping[str, str] = {"round_robin": "round-robin", "client_hash": "sourcehash"}
"""Option of cache_peer by the name of a policy."""

REPLACEMENT: Mapping[str, str] = {"lru": "lru", "lfu": "heap LFUDA"}
"""memory_replacement_policy by the name of a policy."""

FORWARDED_FOR: Mapping[str, str] = {"append": "on", "replace": "truncate", "delete": "delete", "off": "transparent"}
"""forwarded_for by what a node does with the field."""

OBJECT_MIB = 64
"""Largest response that is kept in memory."""

OWN_COMMENT = "squid"
"""What Squid writes behind its name in Via ("httpd_suppress_version_string on")."""

CANNOT = {
    "resilience.retry": "Squid tries other servers by rules of its own (forward_max_tries)",
    "transforms.compress": "Squid does not compress",
    "cache.replacement": "Squid has no {value}; it removes what was used least recently",
    "proxy_protocol": "Squid expects PROXY protocol headers but does not send them: none is sent",
}


def configuration(task: Task) -> Configuration:
    """Write squid.conf.

    Parameters
    ----------
    task : Task
        The proxy's work.

    Returns
    -------
    Configuration
        For ``squid -N -f FILE``, which stays in the foreground.  Next nodes are peers, so that no name is looked up.

    Examples
    --------
    >>> from pathlib import Path
    >>> from sim.products.task import task
    >>> from sim.scenario import library, load
    >>> proxy = task(load.load(library.path("forward-proxy")), "campus-proxy", Path("/run/proxy"))
    >>> [line for line in configuration(proxy).text.splitlines() if line.startswith(("http_port", "via"))]
    ['http_port 10.2.0.1:3128', 'via on']
    """
    made = draft("Squid", task, SECTIONS, CAN, CANNOT)
    lines = [
        *header("Squid", task.name, task.run),
        *made["port"],
        *_constants(task),
        *made["access"],
        *(line for pool in task.pools for line in _peers(pool, made)),
        *made["lines"],
    ]
    return made.finished(lines)


def _constants(task: Task) -> list[str]:
    return [
        f"visible_hostname {task.pseudonym}",
        "httpd_suppress_version_string on",
        f"pid_filename {task.run}/squid.pid",
        f"cache_log {task.run}/cache.log",
        f"access_log stdio:{task.run}/access.log",
        f"coredump_dir {task.run}",
        "netdb_filename none",
        "pinger_enable off",
        "shutdown_lifetime 0 seconds",
        "never_direct allow all",
        "nonhierarchical_direct off",
        "connect_retries 0",
    ]


def _peers(pool: ServerPool, made: ConfigurationDraft) -> list[str]:
    """Return the lines of a pool's servers (cache_peer)."""
    balancing = (made["balancing"] or [BALANCING["round_robin"]]) if len(pool.servers) > 1 else []
    options = " ".join(["no-query no-digest no-netdb-exchange", *made["peer"], *balancing])
    host = f"to_{identifier(pool.host)}"
    lines = [f"acl {host} dstdomain {pool.host}"] if pool.host else []
    for server in pool.servers:
        name = f"{identifier(pool.name)}_{identifier(server.name)}"
        ip, port = server.place
        lines.append(f"cache_peer {ip} parent {port} 0 {options}{server.weighted} name={name}")
        if pool.host:
            lines += [f"cache_peer_access {name} allow {host}", f"cache_peer_access {name} deny all"]
    return lines


def _blocklist(made: ConfigurationDraft, listed: Any) -> None:
    """Refuse hosts and paths (acl dstdomain, acl urlpath_regex, http_access)."""
    acl = f"proxysim_{identifier(made.path)}"
    if hosts := outermost(listed.hosts):
        # -n: where a host is given as an address, no name is looked up for it.
        made.add("access", f"acl {acl}_hosts dstdomain -n {' '.join(f'.{host}' for host in hosts)}")
        made.add("access", f"http_access deny {acl}_hosts")
    if paths := [_pattern(path) for path in possible_paths(listed.paths)]:
        made.add("access", *(f"acl {acl}_paths urlpath_regex ^{path}" for path in paths))
        made.add("access", f"http_access deny {acl}_paths")
        made.note("Squid compares paths without their percent-encoding", f"{made.path}.paths")


def _pattern(text: str) -> str:
    r"""Return an extended regular expression (POSIX) for a text.

    >>> _pattern("/a.b^")
    '/a[.]b\\^'
    """
    return re.sub(r"[^A-Za-z0-9/_-]", lambda sign: rf"\{sign[0]}" if sign[0] in r"\^" else f"[{sign[0]}]", text)


def _forward_proxy(made: ConfigurationDraft, _role: str) -> None:
    """Serve the scenario's clients of this proxy, and nobody else (http_access)."""
    made.add("access", *(f"acl proxysim_clients src {block}" for block in made.task.clients))
    made.add("access", "http_access allow proxysim_clients", "http_access deny all")
    made.add("balancing", BALANCING["client_hash"])
    note_choice(made, "")


def _reverse_proxy(made: ConfigurationDraft, _role: str) -> None:
    """Serve everybody: a reverse proxy goes nowhere but to its own backends."""
    made.add("access", "http_access allow all")


def _forward_to(made: ConfigurationDraft, upstream: str | None) -> None:
    """Send the path alone to an origin server, the whole URI to a further forward proxy."""
    made.add("peer", "originserver" if upstream is None else "default")


def _backends(made: ConfigurationDraft, _names: Sequence[str]) -> None:
    made.add("peer", "originserver")


def _balancing(made: ConfigurationDraft, policy: Settings) -> None:
    made.add("balancing", BALANCING[policy.kind])
    if policy.kind == "client_hash":
        note_choice(made)


def _host(made: ConfigurationDraft, _mode: str) -> None:
    if made.task.host:
        made.add("peer", f"forceddomain={made.task.host}")


def _address(made: ConfigurationDraft, _address: str) -> None:
    """Listen, for a PROXY protocol header too (http_port, proxy_protocol_access)."""
    task = made.task
    port = f"http_port {endpoint(task.listen)}{'' if task.is_forward else ' accel'}"
    if not task.expects_proxy_header:
        made.add("port", port)
        if task.proxy_header_senders:
            made.note(
                "Squid expects a PROXY protocol header from all who connect to a port, or from nobody", "proxy_protocol"
            )
        return
    made.add(
        "port",
        f"{port} require-proxy-header",
        f"acl proxysim_senders src {' '.join(task.proxy_header_senders)}",
        "proxy_protocol_access allow proxysim_senders",
        "proxy_protocol_access deny all",
    )


def _outbound_address(made: ConfigurationDraft, _address: str | None) -> None:
    if made.task.source_ip:
        made.add("lines", f"tcp_outgoing_address {made.task.source_ip}")


def _via(made: ConfigurationDraft, _is_written: object) -> None:
    settings = made.task.settings
    made.add("lines", f"via {'on' if settings.via else 'off'}")
    if settings.via and settings.via_comment != OWN_COMMENT:
        made.note(f"Squid writes '({OWN_COMMENT})' behind its name in Via, not {settings.via_comment!r}", "via_comment")


def _forwarded_for(made: ConfigurationDraft, mode: str) -> None:
    made.add("lines", f"forwarded_for {FORWARDED_FOR[mode]}")


def _forwarded(made: ConfigurationDraft, mode: str) -> None:
    if mode in ("append", "replace"):
        made.note("Squid puts no quotes around an IPv6 address or a host with a port in Forwarded")
    _field("Forwarded", f"for=%>a;host={_as_received('Host')};proto=http", made, mode)


def _field(name: str, value: str, made: ConfigurationDraft, mode: str) -> None:
    """Take a field out, then add it again: in the line that was there, for many overlook a second one."""
    if mode != "off":
        made.add("lines", *([f"acl {_is_there(name)} req_header {name} ."] if mode == "append" else []))
        made.add("lines", f"request_header_access {name} deny all")
    if mode == "append":
        both = f'request_header_add {name} "{_as_received(name)}, {value}" {_is_there(name)}'
        made.add("lines", both, f'request_header_add {name} "{value}" !{_is_there(name)}')
    elif mode == "replace":
        made.add("lines", f'request_header_add {name} "{value}" all')


def _is_there(name: str) -> str:
    """Return the name of the acl that holds where a request has a field."""
    return f"has_{identifier(name)}"


def _as_received(name: str) -> str:
    """Return logformat's code for a field of the request, with nothing in it escaped."""
    return f"%'{{{name}}}>h"


def _server(made: ConfigurationDraft, server: str) -> None:
    if server:
        made.add("lines", "reply_header_access Server deny all", f"reply_header_replace Server {server}")


def _trusted_proxies(made: ConfigurationDraft, blocks: Sequence[str]) -> None:
    """Walk through trusted proxies (follow_x_forwarded_for)."""
    if not blocks:
        return
    made.note("Squid walks through X-Forwarded-For alone, not through Forwarded or X-Real-IP")
    made.add("lines", *(f"acl proxysim_trusted src {block}" for block in made.task.trusted))
    made.add("lines", "follow_x_forwarded_for allow proxysim_trusted", "follow_x_forwarded_for deny all")


def _cache(made: ConfigurationDraft, cache: Cache | None) -> None:
    """Keep responses in memory alone, so that nothing is left on the disk (cache_mem)."""
    if cache is None:
        made.add("lines", "cache deny all")
        return
    made.add(
        "lines",
        f"maximum_object_size_in_memory {OBJECT_MIB} MB",
        "memory_cache_shared off",
        f"collapsed_forwarding {'on' if cache.collapse else 'off'}",
    )
    if cache.collapse:
        limit = format_seconds(cache.collapse_timeout_s)
        made.note(f"Squid lets requests wait for as long as the first one takes, not {limit}", "cache.collapse_timeout")


def _capacity(made: ConfigurationDraft, capacity: Capacity) -> None:
    size = f"{max(1, capacity.amount // 1024)} KB"
    if capacity.unit == "objects":
        size = "256 MB"
        made.note(f"Squid's cache counts bytes, not objects; it has {size}, not {capacity.amount}")
    made.add("lines", f"cache_mem {size}")


def _heuristic_ratio(made: ConfigurationDraft, ratio: float) -> None:
    made.add("lines", f"refresh_pattern . 0 {round(100 * ratio)}% 525600")


def _replacement(made: ConfigurationDraft, policy: str) -> None:
    made.add("lines", f"memory_replacement_policy {REPLACEMENT[policy]}")
    if policy == "lfu":
        made.note("Squid's LFU lets counts of old uses fade (LFUDA)")


def _connections(made: ConfigurationDraft, connections: Connections) -> None:
    kept, idle_s = "on" if connections.keep_alive else "off", whole_seconds(connections.idle_timeout_s)
    made.add(
        "lines",
        f"client_persistent_connections {kept}",
        f"server_persistent_connections {kept}",
        f"client_idle_pconn_timeout {idle_s} seconds",
        f"server_idle_pconn_timeout {idle_s} seconds",
    )
    if connections.keep_alive:
        made.note(f"Squid keeps all idle connections, not {connections.max_idle} at most", "connections.max_idle")


def _response_timeout(made: ConfigurationDraft, timeout_s: float | None) -> None:
    made.add("lines", f"read_timeout {whole_seconds(timeout_s)} seconds")


CAN: Table = {
    **TOGETHER,
    "guards.blocklist": _blocklist,
    "role.forward_proxy": _forward_proxy,
    "role.reverse_proxy": _reverse_proxy,
    "address": _address,
    "outbound_address": _outbound_address,
    "upstream": _forward_to,
    "backends": _backends,
    **kinds("balancing", BALANCING, _balancing),
    "host": _host,
    "via": _via,
    "forwarded_for": _forwarded_for,
    "forwarded": _forwarded,
    **field_writers(
        _field, {"x_real_ip": "%>a", "x_forwarded_proto": "http", "x_forwarded_host": _as_received("Host")}
    ),
    "server": _server,
    "trusted_proxies": _trusted_proxies,
    "cache": _cache,
    "cache.capacity": _capacity,
    "cache.heuristic_ratio": _heuristic_ratio,
    **kinds("cache.replacement", REPLACEMENT, _replacement),
    "cache.collapse": "cache",
    "cache.collapse_timeout": "cache",
    "connections": _connections,
    "response_timeout": _response_timeout,
}
"""What Squid can be told, in the order of writing."""
