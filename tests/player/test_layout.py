"""Where nodes stand: tiers from left to right, long ways drawn long, sites around their own nodes only."""

from __future__ import annotations

import pytest

from sim.player.layout import layout


def nodes(**roles):
    return {name: {"role": role, "site": site} for name, (role, site) in roles.items()}


def link(sender, receiver, delay_s=0.001):
    return {"sender": sender, "receiver": receiver, "delay_s": delay_s}


CAMPUS = nodes(
    c=("client", "campus"),
    p=("forward_proxy", "campus"),
    g=("reverse_proxy", "far"),
    a=("backend", "far"),
    b=("backend", "far"),
)
LINKS = [link("c", "p"), link("p", "g", 0.1), link("g", "a"), link("g", "b")]


def test_tiers_stand_from_left_to_right_inside_the_stage():
    places = layout(CAMPUS, LINKS).places
    assert 0 < places["c"][0] < places["p"][0] < places["g"][0] < places["a"][0] == places["b"][0] < 1
    assert places["a"][1] != places["b"][1]


def test_a_long_way_is_drawn_long():
    places = layout(CAMPUS, LINKS).places
    assert places["g"][0] - places["p"][0] > 1.5 * (places["p"][0] - places["c"][0])


def test_tiers_without_delays_are_evenly_spaced():
    links = [{**one, "delay_s": None} for one in LINKS]
    x = [layout(CAMPUS, links).places[name][0] for name in "cpga"]
    assert x == pytest.approx([0.125, 0.375, 0.625, 0.875])


def test_crossing_links_are_straightened():
    roles = nodes(
        c=("client", ""), p=("forward_proxy", ""), q=("forward_proxy", ""), a=("backend", ""), b=("backend", "")
    )
    places = layout(roles, [link("c", "p"), link("c", "q"), link("p", "b"), link("q", "a")]).places
    assert (places["p"][1] < places["q"][1]) == (places["b"][1] < places["a"][1])


def test_a_site_is_one_area_around_its_nodes():
    areas = layout(CAMPUS, LINKS).areas
    assert [(area["site"], area["nodes"]) for area in areas] == [("campus", ["c", "p"]), ("far", ["g", "a", "b"])]


def test_a_site_never_takes_in_somebody_elses_node():
    roles = nodes(c=("client", "one"), p=("forward_proxy", "other"), a=("backend", "one"))
    areas = layout(roles, [link("c", "p"), link("p", "a")]).areas
    assert [(area["site"], area["nodes"]) for area in areas] == [("one", ["c"]), ("one", ["a"]), ("other", ["p"])]


def test_a_ring_of_nodes_is_placed_by_role():
    roles = nodes(p=("forward_proxy", ""), q=("forward_proxy", ""))
    places = layout(roles, [link("p", "q"), link("q", "p")]).places
    assert places["p"][0] == places["q"][0]
