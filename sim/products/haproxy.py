"""HAProxy: the configuration of a proxy (the Configuration Manual at docs.haproxy.org, version 2.6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sim.policies.stage import Settings
from sim.products.capabilities import TOGETHER, Table, draft, field_writers, kinds, note_choice
from sim.products.draft import Configuration, ConfigurationDraft
from sim.products.syntax import endpoint, header, identifier, indented, outermost, possible_paths, whole_milliseconds
from sim.products.task import ServerPool, Task
from sim.rules.methods import IDEMPOTENT
from sim.scenario.schema import Cache, Connections
from sim.units import Capacity

SECTIONS = ("defaults", "retry", "cache", "bind", "request", "store", "response", "route", "backend", "server")
"""``request`` to ``route`` are parts of the frontend, ``server`` holds options of each server's line."""

BALANCING: Mapping[str, str] = {
    "round_robin": "roundrobin",
    "least_connections": "leastconn",
    "random": "random(1)",
    "client_hash": "source",
}
"""balance (section 4.2) by the name of a policy."""

SEND_PROXY = {None: (), "v1": ("send-proxy",), "v2": ("send-proxy-v2",)}
"""Option of server (section 5.2) by the version of the PROXY protocol."""

RETRY_WORDS: Mapping[int, Sequence[str]] = {
    500: ["500"],
    501: ["501"],
    502: ["conn-failure", "empty-response", "junk-response", "502"],
    503: ["503"],
    504: ["response-timeout", "504"],
}
"""retry-on (section 4.2) by the status of a failed attempt."""

LONGEST_WALK = 6
"""How many entries of X-Forwarded-For are looked at, from the right."""

SMALLEST_CACHE_MIB, LARGEST_CACHE_MIB = 1, 2047
CACHE_OF_OBJECTS_MIB = 256
LONGEST_AGE_S = 86400

CANNOT = {
    "transforms.compress.level": "HAProxy compresses with an effort of its own, not at level {value}",
    "cache.collapse": "HAProxy lets no request wait for another one",
    "cache.collapse_timeout": "HAProxy lets no request wait for another one, be it {value} or less",
    "cache.replacement": "HAProxy's cache removes what is oldest, not by {value}",
}


def configuration(task: Task) -> Configuration:
    """Write haproxy.cfg.

    Parameters
    ----------
    task : Task
        The proxy's work.

    Returns
    -------
    Configuration
        For ``haproxy -db -f FILE``, which stays in the foreground.

    Examples
    --------
    >>> from pathlib import Path
    >>> from sim.products.task import task
    >>> from sim.scenario import library, load
    >>> gateway = task(load.load(library.path("reverse-proxy")), "gateway", Path("/run/gateway"))
    >>> [line.strip() for line in configuration(gateway).text.splitlines() if "balance" in line]
    ['balance leastconn']
    """
    made = draft("HAProxy", task, SECTIONS, CAN, CANNOT)
    # What is stored passes the frontend's response rules again when it is used: hence it is stored before a rule adds
    # anything to it.
    frontend = [line for section in ("bind", "request", "store", "response", "route") for line in made[section]]
    lines = [
        *header("HAProxy", task.name, task.run),
        "global",
        *indented([f"pidfile {task.run}/haproxy.pid", "log stdout format raw daemon notice", "nbthread 1"]),
        "defaults",
        *indented([*_constants(), *(made["retry"] or ["retries 0"]), *made["defaults"]]),
        *made["cache"],
        "frontend clients",
        *indented(frontend),
        *(line for pool in task.pools for line in _backend(pool, made)),
    ]
    return made.finished(lines)


def _constants() -> list[str]:
    return [
        "mode http",
        "log global",
        "option httplog",
        "http-reuse safe",
        "timeout connect 10s",
        "timeout client 1d",
    ]


def _backend(pool: ServerPool, made: ConfigurationDraft) -> list[str]:
    options = " ".join(made["server"])
    servers = [
        f"server {server.name} {endpoint(server.place)} {options}{server.weighted.replace('=', ' ')}"
        for server in pool.servers
    ]
    return [f"backend {identifier(pool.name)}", *indented([*made["backend"], *servers])]


def _blocklist(made: ConfigurationDraft, listed: Any) -> None:
    """Refuse hosts and paths (section 4.2, http-request deny)."""
    host, refuse = "req.hdr(host),field(1,:)", "http-request deny deny_status 403 if"
    for name in outermost(listed.hosts):
        made.add("request", f"{refuse} {{ {host} -i {name} }} || {{ {host} -i -m end .{name} }}")
    made.add("request", *(f"{refuse} {{ path_beg {_quoted(path)} }}" for path in possible_paths(listed.paths)))


def _quoted(word: str) -> str:
    """Return a word in strong quotes, within which no sign means anything (section 2.2)."""
    return "'" + word.replace("'", "'\\''") + "'"


def _retry(made: ConfigurationDraft, rule: Any) -> None:
    """Try again, elsewhere if the balancing says so (section 4.2, retries, retry-on, option redispatch)."""
    words = [word for status in rule.statuses for word in RETRY_WORDS.get(status, ())]
    made.add("retry", f"retries {rule.attempts - 1}", "option redispatch 1", f"retry-on {' '.join(words) or 'none'}")
    made.add("request", f"http-request disable-l7-retry unless {{ method {' '.join(sorted(IDEMPOTENT))} }}")
    made.note("HAProxy's balancing may pick the same server again; where no connection was made, it retries a POST too")
    if others := [status for status in rule.statuses if status not in RETRY_WORDS]:
        made.note(f"HAProxy makes no further attempt after {', '.join(map(str, others))}", f"{made.path}.statuses")


def _compress(made: ConfigurationDraft, coding: Any) -> None:
    """Compress all types of content (section 4.2, compression)."""
    made.add("bind", "compression algo gzip")
    least = f"{coding.min_length_bytes:.0f}"
    made.note(f"HAProxy compresses from the first byte on, not from {least} bytes on", f"{made.path}.min_length")


def _forward_proxy(made: ConfigurationDraft, _role: str) -> None:
    made.note("HAProxy is no forward proxy: CONNECT is refused, and only the scenario's hosts are known")
    made.add("route", "http-request deny deny_status 405 if METH_CONNECT")
    made.add("backend", f"balance {BALANCING['client_hash']}")
    note_choice(made, "")


def _forward_to(made: ConfigurationDraft, upstream: str | None) -> None:
    """Pass whole URIs to a further forward proxy, or paths to the server of the host that is asked for."""
    pools = made.task.pools
    if upstream is not None:
        whole = 'http-request set-uri "http://%[req.hdr(host)]%[pathq]"'
        made.add("route", whole, f"default_backend {identifier(pools[0].name)}")
        return
    is_host = {pool: f"{{ req.hdr(host),field(1,:) -i {pool.host} }}" for pool in pools}
    made.add("route", f"http-request deny deny_status 502 unless {' || '.join(is_host.values())}")
    made.add("route", 'http-request set-uri "%[pathq]"')
    made.add("route", *(f"use_backend {identifier(pool.name)} if {test}" for pool, test in is_host.items()))


def _backends(made: ConfigurationDraft, _names: Sequence[str]) -> None:
    made.add("route", f"default_backend {identifier(made.task.pools[0].name)}")


def _balancing(made: ConfigurationDraft, policy: Settings) -> None:
    made.add("backend", f"balance {BALANCING[policy.kind]}")
    if policy.kind in ("client_hash", "random"):
        note_choice(made)


def _address(made: ConfigurationDraft, _address: str) -> None:
    """Listen, for a PROXY protocol header too (section 5.1, accept-proxy; section 4.2, tcp-request connection)."""
    task = made.task
    made.add("bind", f"bind {endpoint(task.listen)}{' accept-proxy' if task.expects_proxy_header else ''}")
    if task.proxy_header_senders and not task.expects_proxy_header:
        senders = " ".join(task.proxy_header_senders)
        made.add("bind", f"tcp-request connection expect-proxy layer4 if {{ src {senders} }}")


def _trusted_proxies(made: ConfigurationDraft, blocks: Sequence[str]) -> None:
    """Walk through trusted proxies, one rule for each step: HAProxy has no loops."""
    if not blocks:
        return
    made.note(
        f"HAProxy looks at the last {LONGEST_WALK} entries of X-Forwarded-For alone, not at Forwarded or X-Real-IP"
    )
    made.add("request", "http-request set-var(txn.client) src", "http-request set-var(txn.walks) bool(true)")
    for step in range(1, LONGEST_WALK + 1):
        made.add("request", *_step(step, " ".join(made.task.trusted)))


def _step(step: int, blocks: str) -> list[str]:
    entry = f"req.hdr_ip(x-forwarded-for,-{step})"
    known = f"{{ req.hdr_cnt(x-forwarded-for) ge {step} }} {{ {entry} -m found }}"
    return [
        f"http-request set-var(txn.walks) bool(false) unless {{ var(txn.client) -m ip {blocks} }} {known}",
        f"http-request set-var(txn.client) {entry} if {{ var(txn.walks) -m bool }}",
    ]


def _field(name: str, value: str, made: ConfigurationDraft, mode: str) -> None:
    """Write a request field (section 4.2, http-request)."""
    if mode == "append":
        made.add("request", *_list("request", name, value))
    elif mode == "replace":
        made.add("request", f'http-request set-header {name} "{value}"')
    elif mode == "delete":
        made.add("request", f"http-request del-header {name}")


def _list(message: str, name: str, value: str) -> list[str]:
    """Add a member to a list, in the line that is there; HAProxy alone would begin a new one, which many overlook."""
    fetch = "req" if message == "request" else "res"
    one = f"{{ {fetch}.fhdr_cnt({name}) eq 1 }}"
    return [
        f'http-{message} set-header {name} "%[{fetch}.fhdr({name})], {value}" if {one}',
        f'http-{message} add-header {name} "{value}" unless {one}',
    ]


def _forwarded(made: ConfigurationDraft, mode: str) -> None:
    """Write Forwarded, an IPv6 address and a host with a port in quotes (RFC 7239 section 4)."""
    if mode in ("append", "replace"):
        made.add(
            "request",
            'http-request set-var-fmt(txn.for) "%[src]"',
            'http-request set-var-fmt(txn.for) "\\"[%[src]]\\"" if { src -m sub : }',
            'http-request set-var-fmt(txn.host) "%[req.hdr(host)]"',
            'http-request set-var-fmt(txn.host) "\\"%[req.hdr(host)]\\"" if { req.hdr(host) -m reg [^A-Za-z0-9.-] }',
        )
    _field("Forwarded", "for=%[var(txn.for)];host=%[var(txn.host)];proto=http", made, mode)


def _x_real_ip(made: ConfigurationDraft, mode: str) -> None:
    _field("X-Real-IP", "%[var(txn.client)]" if made.task.trusted else "%[src]", made, mode)


def _via(made: ConfigurationDraft, _is_written: object) -> None:
    if made.task.via:
        made.add("request", *_list("request", "Via", f"%[req.ver] {made.task.via}"))
        made.add("response", *_list("response", "Via", f"%[res.ver] {made.task.via}"))


def _host(made: ConfigurationDraft, _mode: str) -> None:
    if made.task.host:
        made.add("request", f"http-request set-header Host {made.task.host}")


def _server(made: ConfigurationDraft, server: str) -> None:
    if server:
        made.add("response", f"http-response set-header Server {server}")


def _cache(made: ConfigurationDraft, cache: Cache | None) -> None:
    """Keep small copies of 200 responses to GET (section 6)."""
    if cache is not None:
        made.add("request", "http-request cache-use proxysim")
        made.add("store", "http-response cache-store proxysim")
        made.note("HAProxy stores only responses with status 200 to GET, and never validates a stale one")


def _capacity(made: ConfigurationDraft, capacity: Capacity) -> None:
    mib = capacity.amount // 2**20
    if capacity.unit == "objects":
        mib = CACHE_OF_OBJECTS_MIB
        made.note(f"HAProxy's cache counts bytes, not objects; it has {mib} MB, not {capacity.amount}")
    elif not SMALLEST_CACHE_MIB <= mib <= LARGEST_CACHE_MIB:
        made.note(f"HAProxy's cache has {SMALLEST_CACHE_MIB} to {LARGEST_CACHE_MIB} MB, not {capacity.amount} bytes")
    mib = min(max(mib, SMALLEST_CACHE_MIB), LARGEST_CACHE_MIB)
    lines = [f"total-max-size {mib}", f"max-object-size {mib * 2**20 // 2}", f"max-age {LONGEST_AGE_S}"]
    made.add("cache", "cache proxysim", *indented([*lines, "process-vary on"]))


def _heuristic_ratio(made: ConfigurationDraft, ratio: float) -> None:
    made.note(
        "HAProxy keeps any response for a day at most, and for a day where it has only an ETag; "
        f"the ratio {ratio:g} is left out"
    )


def _connections(made: ConfigurationDraft, connections: Connections) -> None:
    idle_ms = whole_milliseconds(connections.idle_timeout_s)
    made.add("defaults", "option http-keep-alive" if connections.keep_alive else "option httpclose")
    made.add("defaults", f"timeout http-keep-alive {idle_ms}ms")
    made.add("server", f"pool-max-conn {connections.max_idle} pool-purge-delay {idle_ms}ms")


def _outbound_address(made: ConfigurationDraft, _address: str | None) -> None:
    if made.task.source_ip:
        made.add("server", f"source {made.task.source_ip}")


def _proxy_protocol(made: ConfigurationDraft, version: str | None) -> None:
    made.add("server", *SEND_PROXY[version])


def _response_timeout(made: ConfigurationDraft, timeout_s: float | None) -> None:
    made.add("defaults", f"timeout server {whole_milliseconds(timeout_s)}ms")


CAN: Table = {
    **TOGETHER,
    "role.forward_proxy": _forward_proxy,
    "role.reverse_proxy": "backends",
    "address": _address,
    "upstream": _forward_to,
    "backends": _backends,
    **kinds("balancing", BALANCING, _balancing),
    "connections": _connections,
    "outbound_address": _outbound_address,
    "proxy_protocol": _proxy_protocol,
    "response_timeout": _response_timeout,
    "trusted_proxies": _trusted_proxies,
    "guards.blocklist": _blocklist,
    "resilience.retry": _retry,
    "resilience.retry.attempts": "resilience.retry",
    "resilience.retry.statuses": "resilience.retry",
    "transforms.compress": _compress,
    "transforms.compress.min_length": "transforms.compress",
    # Fields that name the host as it was asked for are written before Host is changed.
    **field_writers(_field, {"forwarded_for": "%[src]"}),
    "forwarded": _forwarded,
    "x_real_ip": _x_real_ip,
    **field_writers(_field, {"x_forwarded_proto": "http", "x_forwarded_host": "%[req.hdr(host)]"}),
    "via": _via,
    "host": _host,
    "server": _server,
    "cache": _cache,
    "cache.capacity": _capacity,
    "cache.heuristic_ratio": _heuristic_ratio,
}
"""What HAProxy can be told, in the order of writing."""
