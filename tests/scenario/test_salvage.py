"""What can be read of a faulty scenario."""

from sim.scenario import salvage
from sim.scenario.load import load
from tests.scenario.campus import spoilt


def test_everything_of_a_good_scenario():
    found = salvage.partial_of(load(spoilt()))
    assert found.is_complete
    assert (len(found.nodes), len(found.links), len(found.content), found.unreadable) == (5, 4, 1, frozenset())


def test_good_parts_beside_bad_ones_keep_their_places():
    data = spoilt({"nodes.edge.address": "x", "links.0": 7, "content.pages.size": 3, "run": None})
    found = salvage.salvage(data)
    assert not found.is_complete
    assert found.unreadable == {"edge", "pages"}
    assert set(found.nodes) == {"students", "gateway", "app-1", "app-2"}
    assert set(found.links) == {1, 2, 3}
    assert (found.content, found.run) == ({}, None)


def test_nothing_to_read():
    for data in ({}, {"nodes": [], "links": {}, "content": 7, "run": "x"}):
        found = salvage.salvage(data)
        assert (found.nodes, found.links, found.content, found.run) == ({}, {}, {}, None)
