"""Pydantic's errors in plain words, each with its path as in the file."""

import pytest

from sim.scenario.problems import shown
from tests.scenario.campus import problems_of

NODE = "nodes.students"


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("contnt", {}, "contnt: unknown key 'contnt' (did you mean 'content'?)"),
        ("extend", "base.yaml", "extend: unknown key 'extend' (did you mean 'extends'?)"),
        ("nodes.edge.cache", {"cpacity": "1 MiB", "capacity": "1 MiB"},
         "nodes.edge.cache.cpacity: unknown key 'cpacity' (did you mean 'capacity'?)"),
        ("nodes.edge.cache", {}, ("nodes.edge.cache: missing key 'capacity' (How much it holds: '64 MiB', or "
                                 "'1000 objects')")),
        ("nodes.edge.cache", {"capacity": 64}, ("nodes.edge.cache.capacity: a capacity needs a unit: write '64 MiB' or "
                                               "'1000 objects', not 64")),
        ("nodes.edge.cache", {"capacity": "1 MiB", "replacement": "lur"},
         "nodes.edge.cache.replacement: unknown replacement policy 'lur' (did you mean 'lru'?)"),
        ("nodes.gateway.balancing", "round_robbin",
         "nodes.gateway.balancing: unknown balancing policy 'round_robbin' (did you mean 'round_robin'?)"),
        ("nodes.edge.role", "forward-proxy",
         ("nodes.edge.role: role 'forward-proxy' is not known; allowed: backend, client, forward_proxy, reverse_proxy "
         "(did you mean 'forward_proxy'?)")),
        ("nodes.edge.role", None, ("nodes.edge: missing key 'role' (one of backend, client, forward_proxy, "
                                  "reverse_proxy)")),
        ("nodes.edge.forwarded_for", "hide",
         "nodes.edge.forwarded_for: must be one of append, replace, delete, off, not 'hide'"),
        ("nodes.edge.via", "maybe", "nodes.edge.via: must be true or false, not 'maybe'"),
        ("nodes.edge.address", "300.1.2.3",
         ("nodes.edge.address: '300.1.2.3' is not an IP address (write four numbers from 0 to 255, such as 192.0.2.10, "
         "or an IPv6 address, such as 2001:db8::10)")),
        ("nodes.edge.site", 7, "nodes.edge.site: must be a text, not 7"),
        ("nodes.gateway.backends", "app-1", "nodes.gateway.backends: must be a list, not 'app-1'"),
        ("nodes.app-1.workers", 0, "nodes.app-1.workers: must be at least 1, not 0"),
        ("nodes.app-1.workers", -5, "nodes.app-1.workers: must be at least 1, not -5"),
        ("nodes.app-1.workers", 2.5, "nodes.app-1.workers: must be a whole number, not 2.5"),
        ("nodes.app-1.workers", "many", "nodes.app-1.workers: must be a whole number, not 'many'"),
        ("nodes.app-1.speed", "fast", "nodes.app-1.speed: must be a number, not 'fast'"),
        ("nodes.app-1", 7, "nodes.app-1: must be a mapping of keys to values, not 7"),
        ("nodes.app-1", [], "nodes.app-1: must be a mapping of keys to values, not a list"),
        (f"{NODE}.arrivals.rate", None, ("nodes.students.arrivals: missing key 'rate' (Mean rate of the whole "
                                        "population)")),
        (f"{NODE}.arrivals.rate", 15, ("nodes.students.arrivals.rate: a rate needs a unit: write '15/s' or '15/min', "
                                      "not 15")),
        (f"{NODE}.arrivals.rate", "0/s", "nodes.students.arrivals.rate: must be greater than 0, not '0/s'"),
        (f"{NODE}.arrivals.kind", "posson",
         ("nodes.students.arrivals.kind: kind 'posson' is not known; allowed: access_log, deterministic, mmpp, "
         "piecewise, poisson, sessions (did you mean 'poisson'?)")),
        (f"{NODE}.count", 20_000_000, "nodes.students.count: must be at most 10,000,000, not 20000000"),
        (f"{NODE}.response_timeout", "soon",
         "nodes.students.response_timeout: 'soon' is not a duration: write it as '20 ms' or '20 s'"),
        ("content.pages.service_demand", 20,
         "content.pages.service_demand: a duration needs a unit: write '20 ms' or '20 s', not 20"),
        ("content.pages.size", {"kind": "lognormal", "mean": "10 KiB", "sigma": 0},
         "content.pages.size.sigma: must be greater than 0, not 0"),
        ("content.pages.size", {"kind": "empirical", "values": ["1 KiB", 2]},
         "content.pages.size.values.1: a size needs a unit: write '2 KiB' or '2 MiB', not 2"),
        ("content.pages.size", {"kind": "empirical", "values": []},
         "content.pages.size.values: needs at least 1 entry, not 0"),
        ("content.pages.popularity", {"kind": "zipf", "exponent": -1},
         "content.pages.popularity.exponent: must be at least 0, not -1"),
        ("content.pages.host", "a b", "content.pages.host: 'a b' is not a name that can stand here"),
        ("links.0.preset", "lann", ("links.0.preset: must be one of lan, wifi, dsl, 4g, cross-country, "
                                    "cross-continent, satellite, not 'lann' (did you mean 'lan'?)")),
        ("links.0.delay", 20, "links.0.delay: a duration needs a unit: write '20 ms' or '20 s', not 20"),
        ("links.0.bandwidth", "100 Mbps",
         ("links.0.bandwidth: unknown unit 'Mbps' in '100 Mbps'; a bandwidth is written as '100 Mbit/s' or '100 MB/s' "
         "(did you mean 'Mbit/s'?)")),
        ("links.0", 7, "links.0: must be a mapping of keys to values, not 7"),
        ("links", {}, "links: must be a list, not a mapping"),
        ("run", "long", "run: must be a mapping of keys to values, not 'long'"),
        ("run.requests", 200_000_000, "run.requests: must be at most 100,000,000, not 200000000"),
        ("run.requests", "x" * 100, "run.requests: must be a whole number, not '" + "x" * 58 + "…"),
    ],
)  # fmt: skip
def test_one_wrong_value_gives_one_message(path, value, message):
    wrong = {"run": {path.partition(".")[2]: value}} if path.startswith("run.") else {path: value}
    assert problems_of(wrong) == [message]


def test_a_name_with_a_dot():
    backend = {"role": "backend", "address": "192.0.2.1"}
    assert problems_of(overrides={"nodes": {"a.b": backend, "c": backend}})[0] == (
        "nodes.a.b: a name has at most 64 characters, no dots, and no space at its beginning "
        "(use letters, digits, '-' and '_')"
    )


def test_a_node_may_be_called_like_a_role():
    found = problems_of({"nodes.client": {"role": "backend", "address": "203.0.113.13", "worker": 1}})
    assert found == ["nodes.client.worker: unknown key 'worker' (did you mean 'workers'?)"]


def test_missing_sections():
    assert problems_of({"run": None}) == ["missing key 'run' (How long it runs, and what part of it counts)"]
    assert problems_of({"nodes": None}) == ["missing key 'nodes' (All parties, by name)"]


def test_problems_of_different_kinds_come_together():
    found = problems_of(
        {"nodes.app-1.workers": 0, "nodes.students.proxy": "gateway", "links.4": {"from": "edge", "to": "app-1x"}}
    )
    assert [problem.split(":")[0] for problem in found] == ["nodes.app-1.workers", "nodes.students.proxy", "links.4.to"]


def test_a_node_that_could_not_be_read_is_no_unknown_node():
    assert problems_of({"nodes.app-1.workers": 0}) == ["nodes.app-1.workers: must be at least 1, not 0"]


def test_shown_is_short():
    assert shown(True) == "true"
    assert shown([1]) == "a list"
    assert len(shown("x" * 1000)) == 60
