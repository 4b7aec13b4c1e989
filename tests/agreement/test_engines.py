"""Two engines that share only the nodes and the rule for ties leave the same rows, bit for bit."""

from __future__ import annotations

import pytest

import sim
from sim.scenario import library
from tests.support.tiny_engine import TinyEngine

CAMPUS = [name for name in library.names() if name not in {"access-log", "base"}]

VARIANTS = {
    "no waiting place": ("reverse-proxy", [f"nodes.app-{i}.queue_capacity=0" for i in (1, 2, 3)]),
    "processor sharing": ("layered", [f"nodes.app-{i}.discipline=processor_sharing" for i in (1, 2, 3)]),
    "sharing, few places": (
        "direct",
        [f"nodes.app-{i}.{said}" for i in (1, 2, 3) for said in ("discipline=processor_sharing", "queue_capacity=1")],
    ),
    "thin lines": ("forward-proxy", ["nodes.campus-proxy.cache=null", "nodes.students.arrivals.rate=30/s"]),
    "a slow proxy": ("layered", ["nodes.campus-proxy.service_demand=15 ms", "nodes.campus-proxy.workers=1"]),
    "impatient proxies": (
        "layered",
        ["nodes.gateway.response_timeout=100 ms", "nodes.campus-proxy.response_timeout=150 ms"],
    ),
    "impatient clients": (
        "reverse-proxy",
        ["nodes.students.response_timeout=120 ms", "nodes.gateway.response_timeout=200 ms"],
    ),
    "no patience at all": ("layered", ["nodes.students.response_timeout=0 s"]),
    "impatience under sharing": (
        "direct",
        ["nodes.students.response_timeout=100 ms"] + [f"nodes.app-{i}.discipline=processor_sharing" for i in (1, 2, 3)],
    ),
    "no kept connections": ("layered", ["nodes.gateway.connections={keep_alive: false}"]),
    "short idle timeouts": (
        "direct",
        ["nodes.students.connections={idle_timeout: 400 ms}", "nodes.app-1.connections={idle_timeout: 150 ms}"],
    ),
    "like products": (
        "layered",
        [
            "nodes.campus-proxy.like=squid",
            "nodes.gateway.like=nginx",
            "nodes.gateway.x_real_ip=replace",
            "nodes.gateway.forwarded=append",
            "nodes.gateway.trusted_proxies=[198.51.100.0/24]",
        ],
    ),
    "a block list, and compression that takes work": (
        "layered",
        [
            "nodes.campus-proxy.guards=[{kind: blocklist, paths: [/pages/1]}]",
            "nodes.gateway.transforms=[{kind: compress, speed: 1 MB/s}]",
        ],
    ),
    "attempts at other members": (
        "reverse-proxy",
        [
            "nodes.gateway.resilience=[{kind: retry, attempts: 3}]",
            *(f"nodes.app-{i}.queue_capacity=0" for i in (1, 2, 3)),
            "nodes.students.response_timeout=300 ms",
        ],
    ),
    "pools and weights": (
        "layered",
        [
            "nodes.gateway.backends=[]",
            "nodes.gateway.pools={few: {backends: [app-1]}, many: {backends: [app-2, app-3], balancing: "
            "{kind: round_robin, weights: {app-2: 3}}}}",
            "nodes.gateway.routing=[{kind: by_path, paths: {/pages/1: few, /pages: many}}]",
        ],
    ),
    "told by the PROXY protocol": (
        "layered",
        [
            "nodes.campus-proxy.proxy_protocol=v2",
            "nodes.gateway.trusted_proxies=[198.51.100.1/32]",
            "nodes.students.count=40",
        ],
    ),
    "validated": (
        "layered",
        ["content.pages.objects=20", "content.pages.entity_tag=true", "content.pages.cache_control=max-age=1"],
    ),
    "a crowd that waits": (
        "layered",
        [
            *(f"nodes.{name}.cache.collapse=true" for name in ("campus-proxy", "gateway")),
            "nodes.gateway.cache.collapse_timeout=60 ms",
            "nodes.students.arrivals.rate=200/s",
            "content.pages.objects=20",
            "content.pages.cache_control=max-age=1",
        ],
    ),
    "stale while validated": (
        "layered",
        ["content.pages.objects=20", "content.pages.cache_control='max-age=1, stale-while-revalidate=5'"],
    ),
    "stale if an error": (
        "reverse-proxy",
        [
            "content.pages.objects=20",
            "content.pages.cache_control='max-age=1, stale-if-error=60'",
            "nodes.gateway.response_timeout=100 ms",
        ],
    ),
    "all under TLS 1.2": ("layered", [f'links.{i}.tls="1.2"' for i in range(5)]),
    "TLS, and no kept connections": (
        "tls-offload",
        ['links.1.tls="1.3"', "nodes.gateway.connections={keep_alive: false}", "nodes.students.response_timeout=90 ms"],
    ),
    "sessions": ("layered", ["nodes.students.arrivals={kind: sessions, think: 200 ms}"]),
    "sessions that end": (
        "direct",
        ["nodes.students.arrivals={kind: sessions, think: {kind: exponential, mean: 50 ms}}", "run.duration=8 s"],
    ),
}


def both(name, overrides):
    """Run a scenario in both engines."""
    scenario = sim.load(name, ["run.requests=1200", "run.warm_up=0 s", *overrides])
    workload = sim.draw(scenario, seed=7)
    return sim.simulate(scenario, workload), TinyEngine(scenario, workload).run()


def _rows(frame, columns):
    return list(frame[columns].astype(object).itertuples(index=False, name=None))


def _same(ours, theirs):
    # repr: NaN equals NaN, and a float is equal to the last bit.
    assert [repr(row) for row in ours] == [repr(row) for row in theirs]


def agree(trace, tiny):
    """Hold two traces together, row by row."""
    requests = ["request_id", "arrival_s", "completion_s", "status", "response_bytes"]
    _same(_rows(trace.requests, requests), tiny.requests)
    first_hop = trace.hops.groupby("request_id")["hop_id"].transform("min")
    hops = trace.hops.assign(
        number=trace.hops["hop_id"] - first_hop,
        parent=(trace.hops["parent_hop_id"] - first_hop).where(trace.hops["parent_hop_id"] >= 0, -1),
    )
    columns = ["request_id", "number", "parent", "attempt", "task", "sender", "receiver", "source_ip"]
    columns += ["sent_s", "received_s", "answered_s", "returned_s"]
    columns += ["connect_s", "tls_s", "waiting_s", "service_s", "collapse_wait_s"]
    columns += ["connection_reused", "request_bytes", "response_bytes", "status", "cache_status"]
    columns += ["forwarded_for", "x_real_ip", "forwarded", "via", "proxy_protocol", "host", "error"]
    _same(_rows(hops, columns), tiny.hops)
    start = dict(zip(hops["request_id"], first_hop, strict=True))
    hops_and_requests = zip(trace.steps["hop_id"], trace.steps["request_id"], strict=True)
    steps = trace.steps.assign(number=[-1 if hop < 0 else hop - start[request] for hop, request in hops_and_requests])
    columns = ["request_id", "time_s", "node", "step", "name", "stage", "number", "detail"]
    _same(_rows(steps, columns), tiny.steps)


@pytest.mark.parametrize("name", CAMPUS)
def test_engines_agree_on_shipped_scenarios(name):
    trace, tiny = both(name, [])
    trace.check()
    agree(trace, tiny)


@pytest.mark.parametrize("variant", VARIANTS)
def test_engines_agree_on_variants(variant):
    trace, tiny = both(*VARIANTS[variant])
    trace.check()
    agree(trace, tiny)


def test_variants_do_what_they_are_for():
    told = both(*VARIANTS["like products"])[0].hops.query("sender == 'gateway'")
    assert (told["x_real_ip"] == told["forwarded_for"]).all()
    assert set(told["host"]) == {"gateway-backends"}
    assert told["forwarded"].str.startswith("for=198.51.100.1;").all()
    introduced = both(*VARIANTS["told by the PROXY protocol"])[0]
    hops = introduced.hops.merge(introduced.requests[["request_id", "client_ip"]], on="request_id")
    inside = hops.query("sender == 'campus-proxy'")
    assert (inside["proxy_protocol"].astype(str) == inside["client_ip"].astype(str)).all()
    # As many pools as clients: more new connections than with one pool for all.
    silent = both("layered", ["nodes.students.count=40"])[0].hops.query("sender == 'campus-proxy'")
    assert (~inside["connection_reused"]).sum() > 2 * (~silent["connection_reused"]).sum()
    found_good = both(*VARIANTS["validated"])[0]
    assert (found_good.requests["outcome"] == "revalidated").sum() > 50
    assert set(found_good.hops.query("status == 304")["receiver"]) == {"gateway", "app-1", "app-2", "app-3"}
    assert (found_good.requests["status"] != 304).all(), "clients did not ask for that"
    crowd = both(*VARIANTS["a crowd that waits"])[0]
    assert (crowd.requests["outcome"] == "collapsed").sum() > 50
    validated = both(*VARIANTS["stale while validated"])[0]
    assert (validated.requests["outcome"] == "stale").sum() > 50
    assert (validated.hops["task"] > 0).any()
    covered = both(*VARIANTS["stale if an error"])[0]
    assert (covered.requests.query("outcome == 'stale'")["status"] == 200).any()
    refused = both(*VARIANTS["no waiting place"])[0]
    assert (refused.requests["status"] == 503).any()
    gave_up = both(*VARIANTS["impatient clients"])[0]
    assert (gave_up.requests["error"] == "http_response_timeout").any()
    timed_out = both(*VARIANTS["impatient proxies"])[0]
    assert (timed_out.requests["status"] == 504).any()
    closed = both(*VARIANTS["short idle timeouts"])[0]
    assert 0.2 < closed.hops["connection_reused"].mean() < 0.98


@pytest.mark.parametrize(
    ("client_s", "gateway_s", "access_s", "inside_s", "service_s"),
    [
        (0.125, 0.125, 0, 0, 0.25),
        (None, 0.125, 0.125, 0, 0.25),
        (0.125, 0.125, 0, 0, 0),
        (0.25, 0.125, 0.125, 0.0625, 0.25),
    ],
)
def test_engines_agree_when_moments_coincide(client_s, gateway_s, access_s, inside_s, service_s):
    """Deadlines, arrivals and departures at one moment: binary fractions make them fall together exactly."""
    quick = {"handshake": False}
    client = {"role": "client", "arrivals": {"kind": "deterministic", "rate": "1/s"}, "connections": quick}
    gateway = {"role": "reverse_proxy", "address": "203.0.113.1", "backends": ["app"], "connections": quick}
    for node, patience_s in ((client, client_s), (gateway, gateway_s)):
        if patience_s:
            node["response_timeout"] = f"{patience_s} s"
    scenario = sim.load(
        {
            "run": {"requests": 5},
            "nodes": {"client": client, "gateway": gateway, "app": {"role": "backend", "address": "203.0.113.2"}},
            "links": [
                {"from": "client", "to": "gateway", "delay": f"{access_s} s"},
                {"from": "gateway", "to": "app", "delay": f"{inside_s} s"},
            ],
            "content": {"page": {"host": "w.example", "served_by": "gateway", "service_demand": f"{service_s} s"}},
        }
    )
    workload = sim.draw(scenario, seed=1)
    trace = sim.simulate(scenario, workload)
    trace.check()
    agree(trace, TinyEngine(scenario, workload).run())
