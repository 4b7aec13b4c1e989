"""HAProxy: the configuration of a node's work (the Configuration Manual at docs.haproxy.org, version 2.6)."""

from __future__ import annotations

from sim.products.task import (
    Configuration,
    Group,
    Task,
    Unsupported,
    endpoint,
    header,
    identifier,
    indented,
    say_what_nobody_can,
)

BALANCING = {
    "round_robin": "roundrobin",
    "least_connections": "leastconn",
    "random": "random(1)",
    "client_hash": "source",
}
"""balance (section 4.2) by the name of a policy."""

SEND_PROXY = {None: "", "v1": " send-proxy", "v2": " send-proxy-v2"}
"""Option of server (section 5.2) by the version of the PROXY protocol."""

LONGEST_WALK = 6
"""How many entries of X-Forwarded-For are looked at, from the right."""

SMALLEST_CACHE_MIB, LARGEST_CACHE_MIB = 1, 2047
LONGEST_AGE_S = 86400


def configuration(task: Task) -> Configuration:
    """Write haproxy.cfg.

    Parameters
    ----------
    task : Task
        What it has to do.

    Returns
    -------
    Configuration
        For ``haproxy -db -f FILE``, which stays in the foreground.

    Examples
    --------
    >>> from pathlib import Path
    >>> from sim.products.task import task
    >>> from sim.scenario import library, load
    >>> said = task(load.load(library.path("reverse-proxy")), "gateway", Path("/run/gateway"))
    >>> [line.strip() for line in configuration(said).text.splitlines() if "balance" in line]
    ['balance leastconn']
    """
    unsupported = Unsupported(task.name)
    say_what_nobody_can(task, unsupported)
    lines = [
        *header("HAProxy", task),
        *_general(task),
        *_cache(task, unsupported),
        "frontend clients",
        *indented(_frontend(task, unsupported)),
        *(line for group in task.groups for line in _backend(group, task, unsupported)),
    ]
    return Configuration("\n".join([*lines, ""]), tuple(unsupported.problems))


def _general(task: Task) -> list[str]:
    connections = task.settings.connections
    idle_ms = max(1, round(connections.idle_timeout_s * 1000))
    return [
        "global",
        *indented([f"pidfile {task.run}/haproxy.pid", "log stdout format raw daemon notice", "nbthread 1"]),
        "defaults",
        *indented(
            [
                "mode http",
                "log global",
                "option httplog",
                "option http-keep-alive" if connections.keep_alive else "option httpclose",
                "http-reuse safe",
                "retries 0",
                "timeout connect 10s",
                "timeout client 1d",
                f"timeout http-keep-alive {idle_ms}ms",
                f"timeout server {max(1, round(task.timeout_s * 1000))}ms",
            ]
        ),
    ]


def _cache(task: Task, unsupported: Unsupported) -> list[str]:
    """Keep small copies of 200 answers to GET (section 6)."""
    cache = task.settings.cache
    if cache is None:
        return []
    if cache.replacement != "lru":
        unsupported.note("cache.replacement", f"HAProxy's cache forgets what is oldest, not by {cache.replacement!r}")
    unsupported.note(
        "cache", "HAProxy stores only answers with status 200 to GET, and never asks whether a stale one is still good"
    )
    unsupported.note(
        "cache.heuristic_ratio", "HAProxy keeps any answer for a day at most, and for a day where it has only an ETag"
    )
    if cache.collapse:
        unsupported.note("cache.collapse", "HAProxy lets no request wait for another one")
    mib = cache.capacity.amount // 2**20
    if cache.capacity.unit == "objects":
        unsupported.note(
            "cache.capacity", f"HAProxy's cache counts bytes, not objects; it has 256 MB, not {cache.capacity.amount}"
        )
        mib = 256
    elif not SMALLEST_CACHE_MIB <= mib <= LARGEST_CACHE_MIB:
        unsupported.note("cache.capacity", f"HAProxy's cache has {SMALLEST_CACHE_MIB} to {LARGEST_CACHE_MIB} MB")
    mib = min(max(mib, SMALLEST_CACHE_MIB), LARGEST_CACHE_MIB)
    lines = [f"total-max-size {mib}", f"max-object-size {mib * 2**20 // 2}", f"max-age {LONGEST_AGE_S}"]
    return ["cache proxysim", *indented([*lines, "process-vary on"])]


def _frontend(task: Task, unsupported: Unsupported) -> list[str]:
    cached = task.settings.cache is not None
    return [
        *_bind(task),
        *_trust(task, unsupported),
        *_told(task),
        *(["http-request cache-use proxysim"] if cached else []),
        # What is stored comes by here again when it is used: so it is stored before anything is added.
        *(["http-response cache-store proxysim"] if cached else []),
        *_answering(task),
        *_routes(task, unsupported),
    ]


def _bind(task: Task) -> list[str]:
    """Listen, and hear from whomever tells it for whom a connection is (section 5.1, accept-proxy)."""
    bind = f"bind {endpoint(task.listen)}"
    if task.hears_all:
        return [f"{bind} accept-proxy"]
    telling = " ".join(task.introducers)
    return [bind, *([f"tcp-request connection expect-proxy layer4 if {{ src {telling} }}"] if telling else [])]


def _trust(task: Task, unsupported: Unsupported) -> list[str]:
    """Walk through trusted proxies, one rule for each step: HAProxy has no loops."""
    if not task.trusted:
        return []
    unsupported.note(
        "trusted_proxies",
        f"HAProxy looks at the last {LONGEST_WALK} entries of X-Forwarded-For alone, not at Forwarded or X-Real-IP",
    )
    blocks = " ".join(task.trusted)
    return [
        "http-request set-var(txn.client) src",
        "http-request set-var(txn.walks) bool(true)",
        *(line for step in range(1, LONGEST_WALK + 1) for line in _step(step, blocks)),
    ]


def _step(step: int, blocks: str) -> list[str]:
    entry = f"req.hdr_ip(x-forwarded-for,-{step})"
    known = f"{{ req.hdr_cnt(x-forwarded-for) ge {step} }} {{ {entry} -m found }}"
    return [
        f"http-request set-var(txn.walks) bool(false) unless {{ var(txn.client) -m ip {blocks} }} {known}",
        f"http-request set-var(txn.client) {entry} if {{ var(txn.walks) -m bool }}",
    ]


def _told(task: Task) -> list[str]:
    """Write the fields that tell of the client (section 4.2, http-request)."""
    settings = task.settings
    client = "%[var(txn.client)]" if task.trusted else "%[src]"
    # What is told of the request as asked is told before Host is changed.
    lines = [
        *_edited("X-Forwarded-For", settings.forwarded_for, "%[src]"),
        *(_element() if settings.forwarded in ("append", "replace") else []),
        *_edited("Forwarded", settings.forwarded, "for=%[var(txn.for)];host=%[var(txn.host)];proto=http"),
        *_edited("X-Real-IP", settings.x_real_ip, client),
        *_edited("X-Forwarded-Proto", settings.x_forwarded_proto, "http"),
        *_edited("X-Forwarded-Host", settings.x_forwarded_host, "%[req.hdr(host)]"),
    ]
    if task.via:
        lines += _listed("request", "Via", f"%[req.ver] {task.via}")
    if task.host:
        lines.append(f"http-request set-header Host {task.host}")
    return lines


def _element() -> list[str]:
    return [
        'http-request set-var-fmt(txn.for) "%[src]"',
        'http-request set-var-fmt(txn.for) "\\"[%[src]]\\"" if { src -m sub : }',
        'http-request set-var-fmt(txn.host) "%[req.hdr(host)]"',
        'http-request set-var-fmt(txn.host) "\\"%[req.hdr(host)]\\"" if { req.hdr(host) -m reg [^A-Za-z0-9.-] }',
    ]


def _edited(name: str, mode: str, value: str) -> list[str]:
    return {
        "append": _listed("request", name, value),
        "replace": [f'http-request set-header {name} "{value}"'],
        "delete": [f"http-request del-header {name}"],
    }.get(mode, [])


def _listed(message: str, name: str, value: str) -> list[str]:
    """Add a member to a list, in the line that is there; HAProxy alone would begin a new one, which many overlook."""
    fetch = "req" if message == "request" else "res"
    one = f"{{ {fetch}.fhdr_cnt({name}) eq 1 }}"
    return [
        f'http-{message} set-header {name} "%[{fetch}.fhdr({name})], {value}" if {one}',
        f'http-{message} add-header {name} "{value}" unless {one}',
    ]


def _answering(task: Task) -> list[str]:
    via = _listed("response", "Via", f"%[res.ver] {task.via}") if task.via else []
    return [*via, *([f"http-response set-header Server {task.settings.server}"] if task.settings.server else [])]


def _routes(task: Task, unsupported: Unsupported) -> list[str]:
    if not task.is_forward:
        return [f"default_backend {identifier(task.groups[0].name)}"]
    unsupported.note("role", "HAProxy is no forward proxy: CONNECT is refused, and only the scenario's hosts are known")
    refuse = "http-request deny deny_status 405 if METH_CONNECT"
    if task.has_upstream:
        whole = 'http-request set-uri "http://%[req.hdr(host)]%[pathq]"'
        return [refuse, whole, f"default_backend {identifier(task.groups[0].name)}"]
    known = [f"{{ req.hdr(host),field(1,:) -i {group.host} }}" for group in task.groups]
    return [
        refuse,
        f"http-request deny deny_status 502 unless {' || '.join(known)}",
        'http-request set-uri "%[pathq]"',
        *(f"use_backend {identifier(group.name)} if {acl}" for group, acl in zip(task.groups, known, strict=True)),
    ]


def _backend(group: Group, task: Task, unsupported: Unsupported) -> list[str]:
    if len(group.servers) > 1:
        _say_of_balancing(task, unsupported)
    connections = task.settings.connections
    idle_ms = max(1, round(connections.idle_timeout_s * 1000))
    kept = f"pool-max-conn {connections.max_idle} pool-purge-delay {idle_ms}ms"
    source = f" source {task.source_ip}" if task.source_ip else ""
    tells = SEND_PROXY[task.settings.proxy_protocol]
    lines = [
        f"balance {BALANCING.get(task.balancing, 'roundrobin')}",
        *(f"server {server.name} {endpoint(server.place)} {kept}{source}{tells}" for server in group.servers),
    ]
    return [f"backend {identifier(group.name)}", *indented(lines)]


def _say_of_balancing(task: Task, unsupported: Unsupported) -> None:
    if task.balancing not in BALANCING:
        unsupported.note("balancing", f"HAProxy has no {task.balancing!r}; it goes round the backends in turn")
    elif task.balancing in ("client_hash", "random"):
        setting = "" if task.is_forward else "balancing"
        unsupported.note(
            setting, "HAProxy hashes and throws dice in its own way: it picks another server of a group than we do"
        )
