"""The topology: widths and labels are the flows, and nothing covers a name."""

from __future__ import annotations

import pytest
from matplotlib.patches import PathPatch

from sim.charts import topology
from sim.charts.slide import Box
from sim.charts.topology import overlap
from sim.trace.examples import EDGES, NODES, three_requests
from tests.charts import looking


def edge(sender, receiver):
    return {**EDGES[0], "sender": sender, "receiver": receiver}


def links(ax):
    return {patch.get_gid(): patch for patch in ax.patches if isinstance(patch, PathPatch)}


def test_a_link_is_as_thick_as_what_it_carried():
    widths = {gid: patch.get_linewidth() for gid, patch in links(topology(three_requests())).items()}
    assert widths["link:proxy–app"] / widths["link:students–proxy"] == pytest.approx(2 / 3)


def test_labels_say_rate_delay_and_hits():
    found = looking.words(topology(three_requests()).figure)
    assert {"1.2/s", "0.83/s", "100 ms", "33 % hits", "2 clients", "1 worker"} <= set(found)


def test_a_link_under_tls_says_so():
    trace = three_requests()
    near, far = trace.meta["edges"]
    trace.meta["edges"] = [near, {**far, "tls": "1.3"}]
    assert {"100 ms", "100 ms, TLS 1.3"} <= set(looking.words(topology(trace).figure))


def test_roles_have_shapes_of_their_own():
    shapes = {patch.get_gid(): len(patch.get_path()) for patch in topology(three_requests()).patches if patch.get_gid()}
    roles = {gid: corners for gid, corners in shapes.items() if gid.startswith("role:")}
    assert len(set(roles.values())) == 3


ODD_NAMES = {
    "dollars": {"students": "$tu_dents$", "proxy": "<proxy>&", "app": "a_{b}^c"},
    "long": {"students": "s" * 64, "proxy": "the-forward-proxy-of-the-northern-campus", "app": "W" * 64},
    "foreign": {"students": "\u5b66\u751f", "proxy": "прокси", "app": "δ"},
}


def renamed(names):
    nodes = {names[name]: node for name, node in NODES.items()}
    edges = [edge(names["students"], names["proxy"]), edge(names["proxy"], names["app"])]
    return three_requests(nodes=nodes, edges=edges)


@pytest.mark.parametrize("names", ODD_NAMES.values(), ids=ODD_NAMES)
def test_odd_names_are_drawn_literally_and_fit(names):
    ax = topology(renamed(names))
    looking.check(ax.figure)
    assert not looking.overlapping(looking.texts(ax.figure))
    assert not any(text.get_parse_math() for text in ax.texts)
    if "$tu_dents$" in names.values():
        assert set(names.values()) <= set(looking.words(ax.figure))


def crowd(clients, proxies, backends):
    nodes = {f"client-{n}": NODES["students"] for n in range(clients)}
    nodes |= {f"proxy-{n}": NODES["proxy"] for n in range(proxies)}
    nodes |= {f"app-{n}": NODES["app"] for n in range(backends)}
    edges = [edge(f"client-{a}", f"proxy-{b}") for a in range(clients) for b in range(proxies)]
    edges += [edge(f"proxy-{a}", f"app-{b}") for a in range(proxies) for b in range(backends)]
    return three_requests(nodes=nodes, edges=edges)


@pytest.mark.parametrize("sizes", [(1, 1, 1), (3, 1, 3), (7, 4, 7), (50, 20, 50)])
def test_names_and_labels_never_cover_each_other(sizes):
    ax = topology(crowd(*sizes))
    looking.check(ax.figure)
    assert not looking.overlapping(looking.texts(ax.figure))


def test_a_site_that_would_cover_a_stranger_is_not_drawn():
    nodes = {
        "a": {**NODES["students"], "site": "home"},
        "p": {**NODES["proxy"], "site": "abroad"},
        "b": {**NODES["app"], "site": "home"},
    }
    found = looking.words(topology(three_requests(nodes=nodes, edges=[edge("a", "p"), edge("p", "b")])).figure)
    assert "abroad" in found
    assert "home" not in found


def test_a_title_of_ones_own_is_written():
    assert topology(three_requests(), title="Mine").figure.headline.get_text() == "Mine"


def test_overlap_is_symmetric():
    one, other = Box(0, 0, 1, 1), Box(0.5, 0.5, 3, 3)
    assert overlap(one, other)
    assert overlap(other, one)
