import numpy as np
import pytest
from scipy import stats

from sim.workload.population_rows import draw_rows
from sim.workload.sessions import Timing, open_timing
from sim.workload.streams import Streams
from tests.support.builders import scenario

CONTENT = {
    "pages": {"share": 3, "size": {"kind": "lognormal", "mean": "10 kB", "sigma": 1}, "service_demand": "5 ms"},
    "api": {"share": 1, "dynamic": True, "method": "POST", "size": "2 kB", "request_size": "900 B"},
}


def rows(count=20_000, content=CONTENT, timing=None, asks_for=None):
    known = scenario(clients={"students": {"count": 20, "content": asks_for}}, content=content)
    kind_of = {name: number for number, name in enumerate(content)}
    timing = timing or open_timing(np.arange(float(count)))
    return draw_rows("students", known.nodes["students"], known.content, timing, Streams(1), kind_of)


def test_clients_are_uniform():
    found = np.bincount(rows().client, minlength=20)
    assert stats.chisquare(found).pvalue > 0.01


def test_a_session_is_one_client():
    session = np.array([0, 1, 2, 0], np.int32)
    timing = Timing(np.array([1, 1, 1, np.nan]), np.ones(4), session, np.array([0, 0, 0, 1], np.int32))
    assert rows(timing=timing).client.tolist() == [0, 1, 2, 0]


def test_classes_have_their_shares():
    found = np.bincount(rows().kind)
    assert stats.chisquare(found, [15_000, 5_000]).pvalue > 0.01


def test_a_population_asks_for_its_own_classes_only():
    assert set(rows(100, asks_for=["api"]).kind.tolist()) == {1}


def test_each_row_has_what_its_class_says():
    drawn = rows()
    pages, api = drawn.kind == 0, drawn.kind == 1
    assert set(drawn.method[pages].tolist()) == {0}
    assert set(drawn.method[api].tolist()) == {2}
    assert set(drawn.request_bytes[pages].tolist()) == {400}
    assert set(drawn.request_bytes[api].tolist()) == {900}
    assert set(drawn.service_demand_s[pages].tolist()) == {0.005}
    assert set(drawn.response_bytes[api].tolist()) == {2000}


def test_a_static_object_keeps_its_size_and_a_dynamic_one_does_not():
    size = {"kind": "lognormal", "mean": "10 kB", "sigma": 1}
    kept = rows(content={"pages": {"size": size, "objects": 10}})
    anew = rows(content={"pages": {"size": size, "objects": 10, "dynamic": True}})
    for number in range(10):
        assert len(np.unique(kept.response_bytes[kept.number == number])) == 1
        assert len(np.unique(anew.response_bytes[anew.number == number])) > 500
    assert len(np.unique(kept.response_bytes)) == 10


def test_the_number_of_requests_changes_no_objects_size():
    few, many = rows(100), rows(20_000)
    size_of = dict(zip(many.number[many.kind == 0], many.response_bytes[many.kind == 0], strict=True))
    pages = few.kind == 0
    assert [size_of[n] for n in few.number[pages]] == few.response_bytes[pages].tolist()


def test_a_further_class_leaves_the_draws_of_a_class_alone():
    alone, both = rows(content={"pages": CONTENT["pages"]}), rows()
    pages = both.kind == 0
    for column in ("number", "response_bytes", "service_demand_s"):
        assert np.array_equal(getattr(both, column)[pages], getattr(alone, column)[: pages.sum()])


@pytest.mark.parametrize(("method", "smallest"), [("HEAD", 0), ("GET", 10240)])
def test_the_answer_to_head_has_no_content(method, smallest):
    assert set(rows(100, content={"pages": {"method": method}}).response_bytes.tolist()) == {smallest}
