"""nginx: the configuration of a proxy (docs at nginx.org; the directives' modules are named beside them)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sim.policies.stage import Settings
from sim.products.capabilities import TOGETHER, Table, draft, field_writers, kinds, note_choice
from sim.products.draft import Configuration, ConfigurationDraft
from sim.products.syntax import (
    endpoint,
    header,
    identifier,
    indented,
    outermost,
    possible_paths,
    whole_milliseconds,
    whole_seconds,
)
from sim.products.task import ServerPool, Task
from sim.scenario.schema import Cache, Connections
from sim.units import Capacity

SECTIONS = ("http", "upstream", "server", "retry", "location")

BALANCING: Mapping[str, str] = {
    "round_robin": "",
    "least_connections": "least_conn;",
    "random": "random;",
    "client_hash": "hash $realip_remote_addr;",
}
"""Directive by the name of a policy (ngx_http_upstream_module)."""

NO_VALUE = '""'
"""An empty value takes a field out (proxy_set_header)."""

NO_RETRY = ["proxy_next_upstream off;  # a failure is passed on, not tried again"]

RETRY_WORDS: Mapping[int, Sequence[str]] = {
    500: ["http_500"],
    502: ["error", "invalid_header", "http_502"],
    503: ["http_503"],
    504: ["timeout", "http_504"],
}
"""proxy_next_upstream by the status of a failed attempt; nginx itself answers 502 for an error, 504 for a timeout."""

BYTES_PER_KEY = 128
LEAST_KEYS_MIB = 10
"""Room for the keys of about 80,000 stored responses (ngx_http_proxy_module, proxy_cache_path: keys_zone)."""

CANNOT = {
    "cache.replacement": "nginx's cache removes what was used least recently, not by {value}",
    "proxy_protocol": "nginx sends PROXY protocol headers for streams alone, not over HTTP: none is sent",
}


def configuration(task: Task) -> Configuration:
    """Write nginx.conf.

    Parameters
    ----------
    task : Task
        The proxy's work.

    Returns
    -------
    Configuration
        For ``nginx -c FILE``; it stays in the foreground.

    Examples
    --------
    >>> from pathlib import Path
    >>> from sim.products.task import task
    >>> from sim.scenario import library, load
    >>> gateway = task(load.load(library.path("reverse-proxy")), "gateway", Path("/run/gateway"))
    >>> [line.strip() for line in configuration(gateway).text.splitlines() if "proxy_pass " in line]
    ['proxy_pass http://gateway-backends;']
    """
    made = draft("nginx", task, SECTIONS, CAN, CANNOT)
    location = [
        "location / {",
        *indented([*(made["retry"] or NO_RETRY), "proxy_buffering on;", *made["location"]]),
        "}",
    ]
    http = [
        *_surroundings(task),
        *made["http"],
        *(line for pool in task.pools for line in _upstream(pool, made["upstream"])),
        "server {",
        *indented([*made["server"], *location]),
        "}",
    ]
    return made.finished([*_main(task), "http {", *indented(http), "}"])


def _main(task: Task) -> list[str]:
    return [
        *header("nginx", task.name, task.run),
        *(["user root;"] if task.stays_root else []),
        "daemon off;",
        "worker_processes 1;  # one queue, one balancer",
        f"pid {task.run}/nginx.pid;",
        f"error_log {task.run}/error.log warn;",
        "events { worker_connections 1024; }",
    ]


def _surroundings(task: Task) -> list[str]:
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    return [
        *(f"{kind}_temp_path {task.run}/{kind};" for kind in kinds),
        f"access_log {task.run}/access.log;",
        "server_tokens off;",
        "keepalive_requests 1000000;",
        "client_max_body_size 0;",
    ]


def _upstream(pool: ServerPool, directives: Sequence[str]) -> list[str]:
    servers = [
        f"server {endpoint(server.place)} max_fails=0{server.weighted};  # {server.name}" for server in pool.servers
    ]
    # keepalive must come after the balancing method (ngx_http_upstream_module), and both may stand behind the servers.
    return [f"upstream {pool.name} {{", *indented([*servers, *directives]), "}"]


def _blocklist(made: ConfigurationDraft, listed: Any) -> None:
    """Refuse hosts and paths (ngx_http_rewrite_module); $request_uri is the path as it was sent, like a target."""
    if hosts := [_pattern(host) for host in outermost(listed.hosts)]:
        made.add("server", f'if ($host ~* "(^|\\.)({"|".join(hosts)})$") {{ return 403; }}')
    if paths := [_pattern(path) for path in possible_paths(listed.paths)]:
        made.add("server", f'if ($request_uri ~ "^({"|".join(paths)})") {{ return 403; }}')


def _pattern(text: str) -> str:
    r"""Return a regular expression for a text, of signs that mean nothing in a configuration.

    >>> _pattern('/a.b"$')
    '/a\\x2eb\\x22\\x24'
    """
    return re.sub(r"[^A-Za-z0-9/_-]", lambda sign: rf"\x{ord(sign[0]):02x}", text)


def _retry(made: ConfigurationDraft, rule: Any) -> None:
    """Try another server (ngx_http_proxy_module, proxy_next_upstream), POST and PATCH only before they were sent."""
    words = [word for status in rule.statuses for word in RETRY_WORDS.get(status, ())]
    made.add("retry", f"proxy_next_upstream {' '.join(words) or 'off'};", f"proxy_next_upstream_tries {rule.attempts};")
    made.note("nginx tries each server once at most, and a POST again where no connection was made")
    if others := [status for status in rule.statuses if status not in RETRY_WORDS]:
        made.note(f"nginx makes no further attempt after {', '.join(map(str, others))}", f"{made.path}.statuses")


def _compress(made: ConfigurationDraft, coding: Any) -> None:
    """Compress all types of content, for other proxies too (ngx_http_gzip_module)."""
    made.add("http", "gzip on;", "gzip_types *;", "gzip_proxied any;", "gzip_vary on;")
    made.add("http", f"gzip_comp_level {coding.level};", f"gzip_min_length {coding.min_length_bytes:.0f};")
    made.note("nginx compresses a content of no declared length whatever its length", f"{made.path}.min_length")


def _forward_proxy(made: ConfigurationDraft, _role: str) -> None:
    made.note("nginx is no forward proxy: CONNECT is refused, and only the scenario's hosts are known")
    _preserve_host(made)
    made.add("upstream", BALANCING["client_hash"])
    note_choice(made, "")


def _forward_to(made: ConfigurationDraft, upstream: str | None) -> None:
    """Pass requests to a further forward proxy, or to the server of the host that is asked for."""
    pools = made.task.pools
    if upstream is not None:
        made.note("nginx cannot ask a forward proxy: it sends the path alone, not the whole URI")
        made.add("location", f"proxy_pass http://{pools[0].name};")
        return
    hosts = [f"{pool.host} {pool.name};" for pool in pools]
    made.add("http", "map $host $proxysim_next {", *indented([*hosts, 'default "";']), "}")
    made.add("server", 'if ($proxysim_next = "") { return 502; }')
    made.add("location", "proxy_pass http://$proxysim_next$request_uri;")


def _backends(made: ConfigurationDraft, _names: Sequence[str]) -> None:
    made.add("location", f"proxy_pass http://{made.task.pools[0].name};")


def _balancing(made: ConfigurationDraft, policy: Settings) -> None:
    if BALANCING[policy.kind]:
        made.add("upstream", BALANCING[policy.kind])
    if policy.kind in ("client_hash", "random"):
        note_choice(made)


def _address(made: ConfigurationDraft, _address: str) -> None:
    """Listen, for a PROXY protocol header too (ngx_http_core_module, listen; ngx_http_realip_module)."""
    task = made.task
    made.add("server", f"listen {endpoint(task.listen)}{' proxy_protocol' if task.expects_proxy_header else ''};")
    if task.expects_proxy_header:
        blocks = [f"set_real_ip_from {ip};" for ip in task.proxy_header_senders]
        made.add("http", *blocks, "real_ip_header proxy_protocol;")
        made.note(
            "nginx takes the client's address from the PROXY protocol header, and looks no further",
            "trusted_proxies",
        )
    elif task.proxy_header_senders:
        made.note("nginx expects a PROXY protocol header from every sender to a port, or from none", "proxy_protocol")


def _trusted_proxies(made: ConfigurationDraft, blocks: Sequence[str]) -> None:
    """Walk through trusted proxies (ngx_http_realip_module)."""
    if made.task.expects_proxy_header or not blocks:
        return
    made.note("nginx walks through X-Forwarded-For alone, not through Forwarded or X-Real-IP")
    made.add("http", *(f"set_real_ip_from {block};" for block in made.task.trusted))
    made.add("http", "real_ip_header X-Forwarded-For;", "real_ip_recursive on;")


def _outbound_address(made: ConfigurationDraft, _address: str | None) -> None:
    if made.task.source_ip:
        made.add("location", f"proxy_bind {made.task.source_ip};")


def _connections(made: ConfigurationDraft, connections: Connections) -> None:
    """Keep connections to clients (ngx_http_core_module) and to servers (ngx_http_upstream_module)."""
    idle_s = whole_seconds(connections.idle_timeout_s)
    made.add("http", f"keepalive_timeout {idle_s if connections.keep_alive else 0};")
    if connections.keep_alive and connections.max_idle:
        kept = [f"keepalive {connections.max_idle};", f"keepalive_timeout {idle_s}s;", "keepalive_requests 1000000;"]
        made.add("upstream", *kept)
        made.add("location", "proxy_http_version 1.1;", 'proxy_set_header Connection "";')


def _response_timeout(made: ConfigurationDraft, timeout_s: float | None) -> None:
    made.add("location", f"proxy_read_timeout {whole_milliseconds(timeout_s)}ms;")


def _preserve_host(made: ConfigurationDraft) -> None:
    made.add("location", 'proxy_set_header Host "$http_host";')


def _host(made: ConfigurationDraft, mode: str) -> None:
    """Keep the client's Host; nginx's own is the upstream's name, which is the name of the group of backends."""
    if mode == "preserve":
        _preserve_host(made)


def _peer_ip(task: Task) -> str:
    """Return the variable with the peer's address, or the one in the PROXY protocol header of the connection."""
    return "$proxy_protocol_addr" if task.expects_proxy_header else "$realip_remote_addr"


def _field(name: str, value: str, made: ConfigurationDraft, mode: str) -> None:
    """Write a request field (ngx_http_proxy_module, proxy_set_header)."""
    if mode != "off":
        made.add("location", f"proxy_set_header {name} {value if mode == 'replace' else NO_VALUE};")


def _list_field(name: str, value: str, made: ConfigurationDraft, mode: str) -> None:
    """Write a request field that is a list; a map appends to the value received, if there is one."""
    if mode != "append":
        _field(name, f'"{value}"', made, mode)
        return
    variable = identifier(name).lower()
    received = f"$http_{variable}"
    made.add("http", f'map {received} $proxysim_{variable} {{ "" "{value}"; default "{received}, {value}"; }}')
    made.add("location", f"proxy_set_header {name} $proxysim_{variable};")


def _forwarded_for(made: ConfigurationDraft, mode: str) -> None:
    _list_field("X-Forwarded-For", _peer_ip(made.task), made, mode)


def _forwarded(made: ConfigurationDraft, mode: str) -> None:
    """Write Forwarded, an IPv6 address and a host with a port in quotes (RFC 7239 section 4)."""
    if mode in ("append", "replace"):
        peer_ip = _peer_ip(made.task)
        made.add(
            "http",
            f'map {peer_ip} $proxysim_for {{ ~: "\\"[{peer_ip}]\\""; default {peer_ip}; }}',
            r'map $http_host $proxysim_host { "~[^A-Za-z0-9.-]" "\"$http_host\""; default $http_host; }',
        )
    _list_field("Forwarded", "for=$proxysim_for;host=$proxysim_host;proto=$scheme", made, mode)


def _via(made: ConfigurationDraft, _is_written: object) -> None:
    via = made.task.via
    if via:
        made.add("http", 'map $server_protocol $proxysim_protocol { "~^HTTP/(.+)$" $1; default 1.1; }')
        _list_field("Via", f"$proxysim_protocol {via}", made, "append")
        made.add("location", f'add_header Via "1.1 {via}" always;')


def _server(made: ConfigurationDraft, server: str) -> None:
    """Pass the backend's Server on, or write nginx's own (ngx_http_proxy_module, proxy_pass_header)."""
    if not server:
        made.add("location", "proxy_pass_header Server;")
    elif server != "nginx":
        made.note(f"nginx writes 'nginx' as Server, not {server!r}")


def _cache(made: ConfigurationDraft, cache: Cache | None) -> None:
    """Store responses (ngx_http_proxy_module, proxy_cache)."""
    if cache is not None:
        made.note("nginx sends no Age with what it has stored")
        key = 'proxy_cache_key "$scheme$http_host$request_uri";'
        made.add("location", "proxy_cache proxysim;", "proxy_cache_revalidate on;", key)
    if cache is not None and cache.collapse:
        timeout_ms = whole_milliseconds(cache.collapse_timeout_s)
        made.add("location", "proxy_cache_lock on;", f"proxy_cache_lock_timeout {timeout_ms}ms;")


def _capacity(made: ConfigurationDraft, capacity: Capacity) -> None:
    """Bound the cache; where it counts objects, the room for keys is the limit, as near as nginx comes."""
    keys_mib, limit = LEAST_KEYS_MIB, f" max_size={max(1, capacity.amount // 1024)}k"
    if capacity.unit == "objects":
        made.note(f"nginx's cache counts bytes, not objects; it is not limited to {capacity.amount}")
        keys_mib, limit = max(LEAST_KEYS_MIB, capacity.amount * BYTES_PER_KEY // 2**20 + 1), ""
    zone = f"keys_zone=proxysim:{keys_mib}m{limit}"
    made.add("http", f"proxy_cache_path {made.task.run}/cache levels=1:2 {zone} inactive=365d use_temp_path=off;")


def _heuristic_ratio(made: ConfigurationDraft, ratio: float) -> None:
    if ratio:
        made.note(f"nginx stores no response that does not say how long it is fresh; the ratio {ratio:g} is left out")


CAN: Table = {
    **TOGETHER,
    "role.forward_proxy": _forward_proxy,
    "role.reverse_proxy": "backends",
    "address": _address,
    "guards.blocklist": _blocklist,
    "resilience.retry": _retry,
    "resilience.retry.attempts": "resilience.retry",
    "resilience.retry.statuses": "resilience.retry",
    "transforms.compress": _compress,
    "transforms.compress.level": "transforms.compress",
    "transforms.compress.min_length": "transforms.compress",
    "upstream": _forward_to,
    "backends": _backends,
    **kinds("balancing", BALANCING, _balancing),
    "connections": _connections,
    "outbound_address": _outbound_address,
    "response_timeout": _response_timeout,
    "trusted_proxies": _trusted_proxies,
    "host": _host,
    "forwarded_for": _forwarded_for,
    "forwarded": _forwarded,
    **field_writers(
        _field,
        {"x_real_ip": '"$remote_addr"', "x_forwarded_proto": '"$scheme"', "x_forwarded_host": '"$http_host"'},
    ),
    "via": _via,
    "server": _server,
    "cache": _cache,
    "cache.capacity": _capacity,
    "cache.heuristic_ratio": _heuristic_ratio,
    "cache.replacement.lru": "cache",
    "cache.collapse": "cache",
    "cache.collapse_timeout": "cache",
}
"""What nginx can be told, in the order of writing."""
