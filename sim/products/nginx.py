"""nginx: the configuration of a node's work (docs at nginx.org; the directives' modules are named beside them)."""

from __future__ import annotations

from sim.products.task import (
    Configuration,
    Group,
    Task,
    Unsupported,
    endpoint,
    header,
    indented,
    say_what_nobody_can,
    whole_seconds,
)
from sim.scenario.schema import Cache

BALANCING = {
    "round_robin": (),
    "least_connections": ("least_conn;",),
    "random": ("random;",),
    "client_hash": ("hash $realip_remote_addr;",),
}
"""ngx_http_upstream_module by the name of a policy."""

ZONE_BYTES_PER_KEY = 128
KNOWN_KEYS_MIB = 10
"""Room for the keys of about 80,000 stored responses (ngx_http_proxy_module, proxy_cache_path: keys_zone)."""


def configuration(task: Task) -> Configuration:
    """Write nginx.conf.

    Parameters
    ----------
    task : Task
        What it has to do.

    Returns
    -------
    Configuration
        For ``nginx -c FILE``; it stays in the foreground.

    Examples
    --------
    >>> from pathlib import Path
    >>> from sim.products.task import task
    >>> from sim.scenario import library, load
    >>> said = task(load.load(library.path("reverse-proxy")), "gateway", Path("/run/gateway"))
    >>> [line.strip() for line in configuration(said).text.splitlines() if "proxy_pass " in line]
    ['proxy_pass http://gateway-backends;']
    """
    unsupported = Unsupported(task.name)
    say_what_nobody_can(task, unsupported)
    http = [
        *_surroundings(task),
        *_maps(task),
        *_trust(task, unsupported),
        *_cache_path(task, unsupported),
        *(line for group in task.groups for line in _upstream(group, task, unsupported)),
        *_server(task, unsupported),
    ]
    return Configuration("\n".join([*_main(task), "http {", *indented(http), "}", ""]), tuple(unsupported.problems))


def _main(task: Task) -> list[str]:
    return [
        *header("nginx", task),
        *(["user root;"] if task.stays_root else []),
        "daemon off;",
        "worker_processes 1;  # one queue, one balancer",
        f"pid {task.run}/nginx.pid;",
        f"error_log {task.run}/error.log warn;",
        "events { worker_connections 1024; }",
    ]


def _surroundings(task: Task) -> list[str]:
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    connections = task.settings.connections
    idle_s = whole_seconds(connections.idle_timeout_s) if connections.keep_alive else 0
    return [
        *(f"{kind}_temp_path {task.run}/{kind};" for kind in kinds),
        f"access_log {task.run}/access.log;",
        "server_tokens off;",
        f"keepalive_timeout {idle_s};",
        "keepalive_requests 1000000;",
        "client_max_body_size 0;",
    ]


def _maps(task: Task) -> list[str]:
    """Make the values of fields that are lists, with the peer's address and the protocol's version in their forms."""
    settings, asker = task.settings, _asker(task)
    lines = []
    if task.via:
        added = f"$proxysim_protocol {task.via}"
        lines += [
            'map $server_protocol $proxysim_protocol { "~^HTTP/(.+)$" $1; default 1.1; }',
            *_list("via", "$http_via", added),
        ]
    if settings.forwarded_for == "append":
        lines += _list("forwarded_for", "$http_x_forwarded_for", asker)
    if settings.forwarded in ("append", "replace"):
        lines += [
            f'map {asker} $proxysim_for {{ ~: "\\"[{asker}]\\""; default {asker}; }}',
            r'map $http_host $proxysim_host { "~[^A-Za-z0-9.-]" "\"$http_host\""; default $http_host; }',
            *_list("forwarded", "$http_forwarded", "for=$proxysim_for;host=$proxysim_host;proto=$scheme"),
        ]
    if task.is_forward and not task.has_upstream:
        known = [f"{group.host} {group.name};" for group in task.groups if group.host]
        lines += ["map $host $proxysim_next {", *indented([*known, 'default "";']), "}"]
    return lines


def _asker(task: Task) -> str:
    """Name the variable that holds who asks: the peer, or whom it told by the PROXY protocol."""
    return "$proxy_protocol_addr" if task.hears_all else "$realip_remote_addr"


def _list(name: str, held: str, added: str) -> list[str]:
    return [f'map {held} $proxysim_{name} {{ "" "{added}"; default "{held}, {added}"; }}']


def _trust(task: Task, unsupported: Unsupported) -> list[str]:
    """Walk through trusted proxies (ngx_http_realip_module)."""
    if task.settings.proxy_protocol:
        unsupported.note(
            "proxy_protocol", "nginx speaks the PROXY protocol for streams alone, not over HTTP: nothing is told"
        )
    if task.introducers and not task.hears_all:
        unsupported.note("proxy_protocol", "nginx hears the PROXY protocol from all who ask at a port, or from nobody")
    if task.hears_all:
        unsupported.note("trusted_proxies", "nginx takes the address that the PROXY protocol told, and no further one")
        blocks = [f"set_real_ip_from {ip};" for ip in task.introducers]
        return [*blocks, "real_ip_header proxy_protocol;"]
    if not task.trusted:
        return []
    unsupported.note("trusted_proxies", "nginx walks through X-Forwarded-For alone, not through Forwarded or X-Real-IP")
    return [
        *(f"set_real_ip_from {block};" for block in task.trusted),
        "real_ip_header X-Forwarded-For;",
        "real_ip_recursive on;",
    ]


def _cache_path(task: Task, unsupported: Unsupported) -> list[str]:
    cache = task.settings.cache
    if cache is None:
        return []
    unsupported.note("cache", "nginx sends no Age with what it has stored")
    if cache.heuristic_ratio:
        unsupported.note("cache.heuristic_ratio", "nginx stores no answer that does not say how long it is fresh")
    if cache.replacement != "lru":
        unsupported.note(
            "cache.replacement", f"nginx's cache forgets what was used least recently, not by {cache.replacement!r}"
        )
    zone = f"keys_zone=proxysim:{_keys_mib(cache, unsupported)}m{_max_size(cache)}"
    return [f"proxy_cache_path {task.run}/cache levels=1:2 {zone} inactive=365d use_temp_path=off;"]


def _max_size(cache: Cache) -> str:
    return f" max_size={max(1, cache.capacity.amount // 1024)}k" if cache.capacity.unit == "bytes" else ""


def _keys_mib(cache: Cache, unsupported: Unsupported) -> int:
    """Give the room for keys; where a cache counts objects, that is its limit, as near as nginx comes."""
    if cache.capacity.unit == "bytes":
        return KNOWN_KEYS_MIB
    unsupported.note(
        "cache.capacity", f"nginx's cache counts bytes, not objects; it is not limited to {cache.capacity.amount}"
    )
    return max(KNOWN_KEYS_MIB, cache.capacity.amount * ZONE_BYTES_PER_KEY // 2**20 + 1)


def _upstream(group: Group, task: Task, unsupported: Unsupported) -> list[str]:
    policy = BALANCING.get(task.balancing)
    if len(group.servers) > 1:
        _say_of_balancing(task, unsupported, known=policy is not None)
    connections = task.settings.connections
    kept = [
        f"keepalive {connections.max_idle};",
        f"keepalive_timeout {whole_seconds(connections.idle_timeout_s)}s;",
        "keepalive_requests 1000000;",
    ]
    lines = [
        *(policy or ()),
        *(f"server {endpoint(server.place)} max_fails=0;  # {server.name}" for server in group.servers),
        *(kept if connections.keep_alive and connections.max_idle else ()),
    ]
    return [f"upstream {group.name} {{", *indented(lines), "}"]


def _say_of_balancing(task: Task, unsupported: Unsupported, *, known: bool) -> None:
    if not known:
        unsupported.note("balancing", f"nginx has no {task.balancing!r}; it goes round the backends in turn")
    elif task.balancing in ("client_hash", "random"):
        setting = "" if task.is_forward else "balancing"
        unsupported.note(
            setting, "nginx hashes and throws dice in its own way: it picks another server of a group than we do"
        )


def _server(task: Task, unsupported: Unsupported) -> list[str]:
    if task.is_forward:
        _say_of_forward(task, unsupported)
    refuse = ['if ($proxysim_next = "") { return 502; }'] if task.is_forward and not task.has_upstream else []
    lines = [
        f"listen {endpoint(task.listen)}{' proxy_protocol' if task.hears_all else ''};",
        *refuse,
        "location / {",
        *indented([*_passing(task), *_told(task), *_answering(task, unsupported), *_caching(task)]),
        "}",
    ]
    return ["server {", *indented(lines), "}"]


def _say_of_forward(task: Task, unsupported: Unsupported) -> None:
    unsupported.note("role", "nginx is no forward proxy: CONNECT is refused, and only the scenario's hosts are known")
    if task.has_upstream:
        unsupported.note("upstream", "nginx cannot ask a forward proxy: it sends the path alone, not the whole URI")


def _passing(task: Task) -> list[str]:
    connections, named = task.settings.connections, task.is_forward and not task.has_upstream
    keeps = connections.keep_alive and connections.max_idle
    return [
        "proxy_pass http://$proxysim_next$request_uri;" if named else f"proxy_pass http://{task.groups[0].name};",
        *(["proxy_http_version 1.1;", 'proxy_set_header Connection "";'] if keeps else []),
        *([f"proxy_bind {task.source_ip};"] if task.source_ip else []),
        "proxy_next_upstream off;  # a failure is told, not tried again",
        f"proxy_read_timeout {whole_milliseconds(task.timeout_s)}ms;",
        "proxy_buffering on;",
    ]


def whole_milliseconds(seconds: float) -> int:
    """Give whole milliseconds, at least one.

    >>> whole_milliseconds(0.3)
    300
    """
    return max(1, round(seconds * 1000))


def _told(task: Task) -> list[str]:
    """Write the fields that tell of the client (ngx_http_proxy_module, proxy_set_header)."""
    settings = task.settings
    # A list is written by a map of its own.
    said = [
        ("Host", "off" if task.host else "replace", '"$http_host"'),
        ("X-Forwarded-For", settings.forwarded_for, f'"{_asker(task)}"'),
        ("Forwarded", settings.forwarded, '"for=$proxysim_for;host=$proxysim_host;proto=$scheme"'),
        ("X-Real-IP", settings.x_real_ip, '"$remote_addr"'),
        ("X-Forwarded-Proto", settings.x_forwarded_proto, '"$scheme"'),
        ("X-Forwarded-Host", settings.x_forwarded_host, '"$http_host"'),
        ("Via", "append" if task.via else "off", ""),
    ]
    return [f"proxy_set_header {name} {_written(name, mode, value)};" for name, mode, value in said if mode != "off"]


_LISTS = {"X-Forwarded-For": "$proxysim_forwarded_for", "Forwarded": "$proxysim_forwarded", "Via": "$proxysim_via"}


def _written(name: str, mode: str, value: str) -> str:
    """Give what is written; an empty value takes a field out."""
    if mode == "append":
        return _LISTS[name]
    return value if mode == "replace" else '""'


def _answering(task: Task, unsupported: Unsupported) -> list[str]:
    """Say who answers: Server and Via (ngx_http_proxy_module, proxy_pass_header; ngx_http_headers_module)."""
    server = task.settings.server
    if server not in ("", "nginx"):
        unsupported.note("server", f"nginx writes 'nginx' as Server, not {server!r}")
    return [
        *([] if server else ["proxy_pass_header Server;"]),
        *([f'add_header Via "1.1 {task.via}" always;'] if task.via else []),
    ]


def _caching(task: Task) -> list[str]:
    cache = task.settings.cache
    if cache is None:
        return []
    timeout_ms = whole_milliseconds(cache.collapse_timeout_s)
    lock = ["proxy_cache_lock on;", f"proxy_cache_lock_timeout {timeout_ms}ms;"] if cache.collapse else []
    return [
        *lock,
        "proxy_cache proxysim;",
        "proxy_cache_revalidate on;",
        'proxy_cache_key "$scheme$http_host$request_uri";',
    ]
