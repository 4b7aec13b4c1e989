"""Every rule on how the parts fit together: one spoilt place, exactly one message."""

import pytest

from sim.scenario import checks
from sim.scenario.load import load
from tests.scenario.campus import problems_of, spoilt

POPULATION = {"role": "client", "count": 5, "proxy": "edge", "arrivals": {"kind": "poisson", "rate": "1/s"}}
LINK = {"from": "visitors", "to": "edge"}

CASES = {
    "unknown_proxy": (
        {"nodes.students.proxy": "egde"},
        "nodes.students.proxy: unknown node 'egde' (did you mean 'edge'?)",
    ),
    "proxy_of_wrong_role": (
        {"nodes.students.proxy": "gateway"},
        "nodes.students.proxy: 'gateway' is a reverse_proxy; a client's proxy must be a forward_proxy (there is edge)",
    ),
    "unknown_content_class": (
        {"nodes.students.content": ["pagse"]},
        "nodes.students.content.0: unknown content class 'pagse' (did you mean 'pages'?)",
    ),
    "upstream_of_wrong_role": (
        {"nodes.edge.upstream": "app-1"},
        "nodes.edge.upstream: 'app-1' is a backend; an upstream must be a forward_proxy (there is edge)",
    ),
    "no_backends": (
        {"nodes.gateway.backends": []},
        "nodes.gateway.backends: a reverse proxy needs at least one backend (write backends: [app-1, app-2])",
    ),
    "unknown_backend": (
        {"nodes.gateway.backends": ["app-1", "app-2", "ap-3"]},
        "nodes.gateway.backends.2: unknown node 'ap-3' (did you mean 'app-2'?)",
    ),
    "backend_of_wrong_role": (
        {"nodes.gateway.backends": ["app-1", "app-2", "edge"]},
        (
            "nodes.gateway.backends.2: 'edge' is a forward_proxy; a reverse proxy forwards to a backend or another "
            "reverse_proxy (there is gateway, app-1, app-2)"
        ),
    ),
    "backend_named_twice": (
        {"nodes.gateway.backends": ["app-1", "app-2", "app-1"]},
        "nodes.gateway.backends: 'app-1' is named twice",
    ),
    "served_by_unknown": (
        {"content.pages.served_by": ["gateway", "app1"]},
        "content.pages.served_by: unknown node 'app1' (did you mean 'app-1'?)",
    ),
    "served_by_client": (
        {"content.pages.served_by": ["gateway", "students"]},
        (
            "content.pages.served_by: 'students' is a client; content is served by a backend or a reverse_proxy "
            "(there is gateway, app-1, app-2)"
        ),
    ),
    "served_by_forward_proxy": (
        {"content.pages.served_by": ["gateway", "edge"]},
        (
            "content.pages.served_by: 'edge' is a forward_proxy; content is served by a backend or a reverse_proxy "
            "(there is gateway, app-1, app-2)"
        ),
    ),
    "one_host_two_places": (
        {"content.api": {"host": "www.example.org", "served_by": "app-1"}, "links.4": {"from": "edge", "to": "app-1"}},
        (
            "content.api.served_by: host 'www.example.org' is served by 'app-1', but in 'pages' by 'gateway' "
            "(a host name resolves to the same nodes for all content)"
        ),
    ),
    "link_to_unknown_node": (
        {"links.4": {"from": "gatewya", "to": "app-1"}},
        "links.4.from: unknown node 'gatewya' (did you mean 'gateway'?)",
    ),
    "link_with_itself": ({"links.4": {"from": "edge", "to": "edge"}}, "links.4: links 'edge' with itself"),
    "link_twice": (
        {"links.4": {"from": "gateway", "to": "app-1"}},
        "links.4: 'gateway' and 'app-1' are already linked by links.2 (a link serves both directions)",
    ),
    "no_link": (
        {"links.1": {"from": "students", "to": "gateway"}},
        (
            "links: there is no link between 'edge' and 'gateway' (students requests 'pages', served by gateway; "
            "add - {from: edge, to: gateway, preset: lan})"
        ),
    ),
    "jitter_above_delay": (
        {"links.1.jitter": "30 ms"},
        "links.1: jitter 30 ms is larger than delay 20 ms (a message cannot arrive before it was sent)",
    ),
    "jitter_above_preset_delay": (
        {"links.0": {"from": "students", "to": "edge", "preset": "wifi", "delay": "0.5 ms"}},
        "links.0: jitter 1 ms is larger than delay 500 µs (a message cannot arrive before it was sent)",
    ),
    "unreachable_backend": (
        {"nodes.app-3": {"role": "backend", "address": "203.0.113.13"}},
        (
            "nodes.app-3: no request can reach this node (name it in the served_by of a content class, or in the "
            "backends of a proxy that is used)"
        ),
    ),
    "unreachable_proxy": (
        {"nodes.spare": {"role": "forward_proxy", "address": "10.2.0.9"}},
        (
            "nodes.spare: no request can reach this node (name it as the proxy of a client, or as the upstream of a "
            "proxy that is used)"
        ),
    ),
    "address_twice": (
        {"nodes.app-2.address": "203.0.113.11"},
        "nodes.app-2.address: address 203.0.113.11 already belongs to 'app-1'",
    ),
    "outbound_address_taken": (
        {"nodes.gateway.outbound_address": "203.0.113.12"},
        "nodes.app-2.address: address 203.0.113.12 already belongs to 'gateway'",
    ),
    "address_of_a_client": (
        {"nodes.edge.address": "10.1.0.20"},
        "nodes.edge.address: address 10.1.0.20 already belongs to 'students'",
    ),
    "overlapping_populations": (
        {"nodes.visitors": {**POPULATION, "addresses": "10.1.0.16/28"}, "links.4": LINK},
        (
            "nodes.visitors.addresses: address 10.1.0.17 already belongs to 'students' "
            "(give each population a block of its own)"
        ),
    ),
    "block_too_small": (
        {"nodes.students.addresses": "10.1.0.0/28"},
        "nodes.students.addresses: 10.1.0.0/28 has 14 host addresses, but there are 20 clients (a /27 is large enough)",
    ),
    "weights_not_objects": (
        {"content.pages.popularity": {"kind": "weighted", "weights": [3, 2, 1]}, "content.pages.objects": 4},
        "content.pages.popularity.weights: there are 3 weights for 4 objects (give one weight for each object)",
    ),
    "no_end": (
        {"run": {}},
        ("run: the run has no end: the requests of 'students' would go on for ever (set 'requests' or 'duration')"),
    ),
    "sessions_without_end": (
        {"run": {}, "nodes.students.arrivals": {"kind": "sessions", "think": "2 s"}},
        ("run: the run has no end: the requests of 'students' would go on for ever (set 'requests' or 'duration')"),
    ),
    "warm_up_of_everything": (
        {"run": {"duration": "1 min", "warm_up": "60 s"}},
        "run.warm_up: a warm-up of 1 min leaves nothing of a run of 1 min (it must be shorter than 'duration')",
    ),
    "too_many_requests": (
        {"run": {"duration": "100 d"}, "nodes.students.arrivals.rate": "15/ms"},
        (
            "run.duration: about 1.3e+11 requests are expected; at most 100,000,000 are allowed "
            "(shorten it, lower the rates, or limit 'requests')"
        ),
    ),
    "no_content": ({"content": {}}, "content: there is no content class (describe at least one)"),
}


def test_the_unspoilt_scenario_has_no_problem():
    assert problems_of() == []


@pytest.mark.parametrize("name", CASES)
def test_one_fault_gives_one_message(name):
    changes, message = CASES[name]
    found = problems_of(changes)
    if name in ("no_backends", "no_content"):  # what follows from it is said too
        assert message in found
    else:
        assert found == [message]


def test_two_default_blocks_overlap():
    found = problems_of({"nodes.students.addresses": None, "nodes.visitors": POPULATION, "links.4": LINK})
    assert any("address 10.0.0.1 already belongs to" in problem for problem in found)


def test_an_address_inside_the_block_but_above_the_used_range_is_free():
    assert problems_of({"nodes.edge.address": "10.1.0.21"}) == []


def test_a_loop_of_upstream_proxies_is_told_as_a_loop():
    second = {"role": "forward_proxy", "address": "10.2.0.2", "upstream": "edge"}
    found = problems_of(
        {"nodes.second": second, "nodes.edge.upstream": "second", "links.4": {"from": "edge", "to": "second"}}
    )
    assert "nodes.edge.upstream: requests would go in a loop: edge → second → edge" in found
    assert sum("loop" in problem for problem in found) == 1


def test_a_loop_of_reverse_proxies_is_told_as_a_loop():
    inner = {"role": "reverse_proxy", "address": "203.0.113.2", "backends": ["gateway"]}
    found = problems_of(
        {
            "nodes.inner": inner,
            "nodes.gateway.backends": ["app-1", "app-2", "inner"],
            "links.4": {"from": "gateway", "to": "inner"},
        }
    )
    assert found == ["nodes.gateway.backends: requests would go in a loop: gateway → inner → gateway"]


def test_a_proxy_that_is_its_own_upstream():
    assert "nodes.edge.upstream: requests would go in a loop: edge → edge" in problems_of(
        {"nodes.edge.upstream": "edge"}
    )


def test_a_replayed_log_needs_exactly_one_class(tmp_path):
    log = tmp_path / "a.log"
    log.write_text("")
    second = {"host": "api.example.org", "served_by": "gateway"}
    arrivals = {"kind": "access_log", "file": str(log)}
    changes = {"run": {}, "nodes.students.arrivals": arrivals}
    assert problems_of(changes) == []
    assert problems_of({**changes, "content.api": second, "nodes.students.content": ["api"]}) == []
    assert problems_of({**changes, "content.api": second}) == [
        (
            "nodes.students.content: a replayed log needs exactly one content class, whose 'served_by' serves it; here "
            "are 2 (write content: [name-of-the-class])"
        )
    ]


def test_no_client():
    data = {"nodes.students": None, "links.0": {"from": "edge", "to": "app-1"}}
    assert "nodes: there is no client, so no request would be issued (add a node with role: client)" in problems_of(
        data
    )


def test_requests_limit_a_long_run():
    many = {"run": {"duration": "100 d", "requests": 10}, "nodes.students.arrivals.rate": "15/ms"}
    assert problems_of(many) == []


def test_problems_of_a_scenario_object():
    scenario = load(spoilt())
    assert checks.problems(scenario) == []
    without = scenario.model_copy(update={"links": scenario.links[1:]})
    assert [problem.path for problem in checks.problems(without)] == ["links"]
