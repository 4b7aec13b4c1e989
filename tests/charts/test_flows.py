"""Tiers from left to right, flows on links, and many parties drawn as one."""

from __future__ import annotations

import pytest

from sim.charts.flows import MOST_OUTSIDE, flows, tier_names
from sim.trace.examples import EDGES, NODES, three_requests


def edge(sender, receiver, delay_s=0.1):
    return {"sender": sender, "receiver": receiver, "delay_s": delay_s, "bandwidth_bytes_per_s": None, "jitter_s": 0.0}


def test_flows_are_exchanges_per_second():
    first, second = flows(three_requests()).links
    assert first.requests_per_s == pytest.approx(3 / 2.4)  # three requests in a run of 2.4 s
    assert second.requests_per_s == pytest.approx(2 / 2.4)
    assert (first.delay_s, second.delay_s) == (0.1, 0.1)


def test_caches_tell_their_hits_and_populations_their_size():
    (students,), (proxy,), (app,) = flows(three_requests()).tiers
    assert (students.note, proxy.hits, app.note) == ("2 clients", "33 %", "1 worker")


def test_chained_proxies_stand_behind_each_other():
    nodes = {"c": "client", "p1": "forward_proxy", "p2": "forward_proxy", "g": "reverse_proxy", "b": "backend"}
    nodes = {name: {"role": role} for name, role in nodes.items()}
    edges = [edge("c", "p1"), edge("p1", "p2"), edge("p2", "g"), edge("g", "b")]
    assert tier_names(nodes, edges) == [["c"], ["p1"], ["p2"], ["g"], ["b"]]


def test_parties_of_a_site_stand_together():
    nodes = {name: {"role": "backend", "site": site} for name, site in (("a", "east"), ("b", "west"), ("c", "east"))}
    assert tier_names(nodes, []) == [["a", "c", "b"]]


def test_more_parties_than_fit_are_drawn_as_one_with_all_their_links():
    many = {f"app-{n}": NODES["app"] for n in range(30)}
    edges = [EDGES[0], *(edge("proxy", name, 0.1 + 0.01 * n) for n, name in enumerate(many))]
    drawn = flows(three_requests(nodes={**NODES, **many}, edges=edges))
    last = drawn.tiers[-1]
    assert len(last) == MOST_OUTSIDE
    assert last[-1].name == "25 more backends"
    assert len(last[-1].stands_for) == 25
    assert [link.delay_s for link in drawn.links if link.receiver == last[-1].key] == [None]
