"""Squid: the configuration of a node's work (squid.conf, documented at squid-cache.org/Doc/config)."""

from __future__ import annotations

from sim.products.task import (
    Configuration,
    Group,
    Task,
    Unsupported,
    endpoint,
    header,
    identifier,
    say_what_nobody_can,
    whole_seconds,
)

BALANCING = {"round_robin": "round-robin", "client_hash": "sourcehash"}
"""Options of cache_peer by the name of a policy."""

REPLACEMENT = {"lru": "lru", "lfu": "heap LFUDA"}
"""memory_replacement_policy by the name of a policy; LFUDA is LFU that lets old fame fade."""

FORWARDED_FOR = {"append": "on", "replace": "truncate", "delete": "delete", "off": "transparent"}
"""forwarded_for by what a node does."""

OBJECT_MIB = 64
"""Largest response that is kept in memory."""

OWN_COMMENT = "squid"
"""What Squid writes behind its name in Via ("httpd_suppress_version_string on")."""


def configuration(task: Task) -> Configuration:
    """Write squid.conf.

    Parameters
    ----------
    task : Task
        What it has to do.

    Returns
    -------
    Configuration
        For ``squid -N -f FILE``, which stays in the foreground.  Next nodes are peers, so that no name is looked up.

    Examples
    --------
    >>> from pathlib import Path
    >>> from sim.products.task import task
    >>> from sim.scenario import library, load
    >>> said = task(load.load(library.path("forward-proxy")), "campus-proxy", Path("/run/proxy"))
    >>> [line for line in configuration(said).text.splitlines() if line.startswith(("http_port", "via"))]
    ['http_port 10.2.0.1:3128', 'via on']
    """
    unsupported = Unsupported(task.name)
    say_what_nobody_can(task, unsupported)
    lines = [
        *header("Squid", task),
        *_port(task, unsupported),
        *_surroundings(task),
        *_access(task),
        *(line for group in task.groups for line in _peers(group, task, unsupported)),
        *_told(task, unsupported),
        *_cache(task, unsupported),
        *_connections(task, unsupported),
    ]
    return Configuration("\n".join([*lines, ""]), tuple(unsupported.problems))


def _port(task: Task, unsupported: Unsupported) -> list[str]:
    """Listen, and hear from whomever tells it for whom a connection is (http_port, proxy_protocol_access)."""
    if task.settings.proxy_protocol:
        unsupported.note("proxy_protocol", "Squid hears the PROXY protocol but does not speak it: nothing is told")
    port = f"http_port {endpoint(task.listen)}{'' if task.is_forward else ' accel'}"
    if task.introducers and not task.hears_all:
        unsupported.note("proxy_protocol", "Squid hears the PROXY protocol from all who ask at a port, or from nobody")
    if not task.hears_all:
        return [port]
    return [
        f"{port} require-proxy-header",
        f"acl proxysim_introducers src {' '.join(task.introducers)}",
        "proxy_protocol_access allow proxysim_introducers",
        "proxy_protocol_access deny all",
    ]


def _surroundings(task: Task) -> list[str]:
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
        *([f"tcp_outgoing_address {task.source_ip}"] if task.source_ip else []),
    ]


def _access(task: Task) -> list[str]:
    """Let a forward proxy serve only its own clients; a reverse proxy serves everybody, but only for its backends."""
    if not task.is_forward:
        return ["http_access allow all"]
    return [
        *(f"acl proxysim_clients src {block}" for block in task.clients),
        "http_access allow proxysim_clients",
        "http_access deny all",
    ]


def _peers(group: Group, task: Task, unsupported: Unsupported) -> list[str]:
    """Name the next nodes (cache_peer); an origin server gets the path alone, a further proxy the whole URI."""
    option = BALANCING.get(task.balancing, "round-robin") if len(group.servers) > 1 else ""
    if len(group.servers) > 1:
        _say_of_balancing(task, unsupported)
    kind = "default" if task.has_upstream else "originserver"
    forced = f" forceddomain={task.host}" if task.host else ""
    lines = []
    for server in group.servers:
        name = f"{identifier(group.name)}_{identifier(server.name)}"
        ip, port = server.place
        options = f"no-query no-digest no-netdb-exchange {kind} {option}".rstrip()
        lines.append(f"cache_peer {ip} parent {port} 0 {options} name={name}{forced}")
        if group.host:
            lines.append(f"cache_peer_access {name} allow {_host_acl(group)}")
            lines.append(f"cache_peer_access {name} deny all")
    acl = [f"acl {_host_acl(group)} dstdomain {group.host}"] if group.host else []
    return [*acl, *lines]


def _host_acl(group: Group) -> str:
    return f"to_{identifier(group.host)}"


def _say_of_balancing(task: Task, unsupported: Unsupported) -> None:
    if task.balancing not in BALANCING:
        unsupported.note("balancing", f"Squid has no {task.balancing!r}; it goes round the backends in turn")
    elif task.balancing == "client_hash":
        setting = "" if task.is_forward else "balancing"
        unsupported.note(setting, "Squid hashes in its own way: it picks another server of a group than we do")


def _told(task: Task, unsupported: Unsupported) -> list[str]:
    settings = task.settings
    if settings.via and settings.via_comment != OWN_COMMENT:
        unsupported.note(
            "via_comment", f"Squid writes '({OWN_COMMENT})' behind its name in Via, not {settings.via_comment!r}"
        )
    if settings.forwarded in ("append", "replace"):
        unsupported.note("forwarded", "Squid puts no quotes around an IPv6 address or a host with a port in Forwarded")
    fields = [
        ("Forwarded", settings.forwarded, f"for=%>a;host={_as_received('Host')};proto=http"),
        ("X-Real-IP", settings.x_real_ip, "%>a"),
        ("X-Forwarded-Proto", settings.x_forwarded_proto, "http"),
        ("X-Forwarded-Host", settings.x_forwarded_host, _as_received("Host")),
    ]
    return [
        f"via {'on' if settings.via else 'off'}",
        f"forwarded_for {FORWARDED_FOR[settings.forwarded_for]}",
        *(line for field in fields for line in _edited(*field)),
        *_server(settings.server),
        *_trust(task, unsupported),
    ]


def _edited(name: str, mode: str, value: str) -> list[str]:
    """Take a field out, then add it again: in the line that was there, for many overlook a second one."""
    deny = f"request_header_access {name} deny all"
    has = f"has_{identifier(name)}"
    joined = [
        f"acl {has} req_header {name} .",
        deny,
        f'request_header_add {name} "{_as_received(name)}, {value}" {has}',
        f'request_header_add {name} "{value}" !{has}',
    ]
    return {"append": joined, "replace": [deny, f'request_header_add {name} "{value}" all'], "delete": [deny]}.get(
        mode, []
    )


def _as_received(name: str) -> str:
    """Give logformat's code for a field of the request, with nothing in it escaped."""
    return f"%'{{{name}}}>h"


def _server(server: str) -> list[str]:
    return ["reply_header_access Server deny all", f"reply_header_replace Server {server}"] if server else []


def _trust(task: Task, unsupported: Unsupported) -> list[str]:
    """Walk through trusted proxies (follow_x_forwarded_for)."""
    if not task.trusted:
        return []
    unsupported.note("trusted_proxies", "Squid walks through X-Forwarded-For alone, not through Forwarded or X-Real-IP")
    return [
        *(f"acl proxysim_trusted src {block}" for block in task.trusted),
        "follow_x_forwarded_for allow proxysim_trusted",
        "follow_x_forwarded_for deny all",
    ]


def _cache(task: Task, unsupported: Unsupported) -> list[str]:
    """Keep responses in memory alone, so that nothing is left on the disk (cache_mem)."""
    cache = task.settings.cache
    if cache is None:
        return ["cache deny all"]
    if cache.replacement not in REPLACEMENT:
        unsupported.note(
            "cache.replacement", f"Squid has no {cache.replacement!r}; it forgets what was used least recently"
        )
    elif cache.replacement == "lfu":
        unsupported.note("cache.replacement", "Squid's LFU lets old fame fade (LFUDA)")
    size = f"{max(1, cache.capacity.amount // 1024)} KB"
    if cache.capacity.unit == "objects":
        unsupported.note(
            "cache.capacity", f"Squid's cache counts bytes, not objects; it has 256 MB, not {cache.capacity.amount}"
        )
        size = "256 MB"
    if cache.collapse:
        unsupported.note("cache.collapse_timeout", "Squid lets requests wait for as long as the first one takes")
    return [
        f"collapsed_forwarding {'on' if cache.collapse else 'off'}",
        f"refresh_pattern . 0 {round(100 * cache.heuristic_ratio)}% 525600",
        f"cache_mem {size}",
        f"maximum_object_size_in_memory {OBJECT_MIB} MB",
        f"memory_replacement_policy {REPLACEMENT.get(cache.replacement, 'lru')}",
        "memory_cache_shared off",
    ]


def _connections(task: Task, unsupported: Unsupported) -> list[str]:
    connections = task.settings.connections
    if connections.keep_alive:
        unsupported.note("connections.max_idle", "Squid keeps as many idle connections as there are")
    kept, idle_s = "on" if connections.keep_alive else "off", whole_seconds(connections.idle_timeout_s)
    return [
        "never_direct allow all",
        "nonhierarchical_direct off",
        "connect_retries 0",
        f"client_persistent_connections {kept}",
        f"server_persistent_connections {kept}",
        f"client_idle_pconn_timeout {idle_s} seconds",
        f"server_idle_pconn_timeout {idle_s} seconds",
        f"read_timeout {whole_seconds(task.timeout_s)} seconds",
    ]
