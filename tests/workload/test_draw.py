import hashlib
import os
import subprocess
import sys
from dataclasses import fields

import numpy as np
import pytest

from sim.errors import AccessLogError, ScenarioError
from sim.scenario import checks, library
from sim.scenario.load import load
from sim.workload import Streams, Workload, draw
from sim.workload.columns import COLUMNS
from tests.support.builders import scenario

SESSIONS = {"kind": "sessions", "think": {"kind": "exponential", "mean": "2 s"}}
CONTENT = {
    "pages": {"share": 3, "size": {"kind": "lognormal", "mean": "10 kB", "sigma": 1}},
    "api": {"dynamic": True, "method": "POST", "service_demand": {"kind": "erlang", "mean": "20 ms", "stages": 3}},
}
MIXED = {
    "students": {"count": 20, "arrivals": {"kind": "poisson", "rate": "50/s"}},
    "staff": {"count": 3, "arrivals": SESSIONS},
}


def mixed(requests=600, **changes):
    return scenario(run={"requests": requests}, clients={**MIXED, **changes}, content=CONTENT)


def digest(workload: Workload) -> str:
    columns = b"".join(getattr(workload, name).tobytes() for name in COLUMNS)
    return hashlib.sha256(columns + "\n".join(workload.catalogue.urls).encode()).hexdigest()


def test_the_same_seed_gives_the_same_workload_in_another_run_of_python():
    code = (
        "from tests.workload.test_draw import digest, mixed\n"
        "from sim.workload import draw\n"
        "print(digest(draw(mixed(), 5, 2)))"
    )
    for hash_seed in ("1", "999"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": "."}
        answer = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True)
        assert answer.stdout.decode().strip() == digest(draw(mixed(), 5, 2))


def test_another_seed_or_replication_changes_every_drawn_column():
    first = draw(mixed(), 1, 0)
    for other in (draw(mixed(), 2, 0), draw(mixed(), 1, 1)):
        for name in {*COLUMNS} - {"session", "request_bytes"}:
            assert not np.array_equal(getattr(first, name), getattr(other, name)), name
    assert (first.seed, first.replication) == (1, 0)


def test_dtypes_are_those_of_the_contract():
    said = {field.name: str(field.type) for field in fields(Workload)}
    drawn = draw(mixed())
    for name in COLUMNS:
        assert said[name] == f"NDArray[np.{getattr(drawn, name).dtype}]"
    assert drawn.clients.population_of.dtype == drawn.catalogue.class_of.dtype == np.int16


def of_population(workload, name):
    number = workload.clients.populations.index(name)
    return np.flatnonzero(workload.clients.population_of[workload.client] == number)


def test_a_further_population_leaves_the_requests_of_others_alone():
    run, alone = {"duration": "20 s"}, {"students": MIXED["students"]}
    before = draw(scenario(run=run, clients=alone, content=CONTENT))
    after = draw(scenario(run=run, clients={"staff": MIXED["staff"], **alone}, content=CONTENT))
    rows = of_population(after, "students")
    for name in {*COLUMNS} - {"client", "target"}:
        assert np.array_equal(getattr(before, name), getattr(after, name)[rows]), name
    asked = [[drawn.catalogue.urls[t] for t in drawn.target] for drawn in (before, after)]
    assert asked[0] == [asked[1][row] for row in rows]
    assert np.array_equal(before.client, after.client[rows] - 3)


def test_designs_with_and_without_proxies_are_given_the_same_requests():
    workloads = [draw(load(library.path(name))) for name in ("direct", "forward-proxy", "reverse-proxy", "layered")]
    assert len({digest(workload) for workload in workloads}) == 1
    assert len({workload.scenario_hash for workload in workloads}) == 4


def test_rows_are_in_the_order_of_arrival_then_of_rounds_and_sessions():
    more = {"tutors": {"count": 2, "arrivals": SESSIONS}}
    drawn = draw(mixed(900, **more))
    known = ~np.isnan(drawn.arrival_s)
    assert known[: known.sum()].all()
    assert (np.diff(drawn.arrival_s[known]) >= 0).all()
    # Of 900 requests the two closed populations have 600: 120 for each of 5 sessions, the first of which has a time.
    assert drawn.session[~known].tolist() == [0, 1, 2, 3, 4] * 119
    assert drawn.client[~known].tolist() == [20, 21, 22, 23, 24] * 119


def test_ties_are_in_the_order_of_the_populations():
    clock = {"count": 1, "arrivals": {"kind": "deterministic", "rate": "10/s"}}
    drawn = draw(scenario(run={"requests": 6}, clients={"b": clock, "a": clock}))
    assert drawn.client.tolist() == [0, 1, 0, 1, 0, 1]


def test_a_column_belongs_to_its_row_after_sorting():
    """Each population has its own class, so that every column of a row tells its population."""
    content = {
        "pages": {"request_size": "100 B", "size": "1 kB", "service_demand": "1 ms", "method": "GET"},
        "api": {"request_size": "200 B", "size": "2 kB", "service_demand": "2 ms", "method": "PUT"},
    }
    clients = {"students": {"content": ["pages"]}, "staff": {"count": 4, "content": ["api"], "arrivals": SESSIONS}}
    drawn = draw(scenario(clients=clients, content=content))
    is_staff = drawn.clients.population_of[drawn.client] == 1
    assert 0 < is_staff.sum() < len(drawn)
    assert np.array_equal(drawn.request_bytes, np.where(is_staff, 200, 100))
    assert np.array_equal(drawn.response_bytes, np.where(is_staff, 2000, 1000))
    assert np.array_equal(drawn.service_demand_s, np.where(is_staff, 0.002, 0.001))
    assert np.array_equal(drawn.method, np.where(is_staff, 3, 0))
    assert np.array_equal(drawn.session >= 0, is_staff)
    assert np.array_equal(drawn.catalogue.class_of[drawn.target], is_staff.astype(np.int16))


def test_the_first_rows_stay_when_more_requests_are_drawn():
    students = {"students": MIXED["students"]}
    few, many = (draw(scenario(run={"requests": n}, clients=students, content=CONTENT)) for n in (100, 5000))
    for name in {*COLUMNS} - {"target"}:
        assert np.array_equal(getattr(few, name), getattr(many, name)[:100]), name
    assert [few.catalogue.urls[t] for t in few.target] == [many.catalogue.urls[t] for t in many.target[:100]]


def test_provenance():
    known = mixed()
    drawn = draw(known, 4, 3)
    assert (drawn.seed, drawn.replication, drawn.scenario_hash) == (4, 3, known.hash)


def test_a_hundred_million_objects_cost_what_is_asked_for():
    drawn = draw(scenario(content={"pages": {"objects": 100_000_000, "popularity": {"kind": "uniform"}}}))
    assert len(drawn.catalogue.class_of) <= 1000


def test_a_scenario_that_does_not_hold_together_is_refused():
    with pytest.raises(ScenarioError, match=r"nodes.students.content.*nonsense"):
        draw(scenario(clients={"students": {"content": ["nonsense"]}}))


def test_no_request_at_all_is_refused():
    slow = {"kind": "deterministic", "rate": "1/h"}
    with pytest.raises(ScenarioError, match="run: no request is issued before the end"):
        draw(scenario(run={"duration": "1 s"}, arrivals=slow))


def test_too_many_requests_are_refused_before_they_are_drawn():
    with pytest.raises(ScenarioError, match="100,000,000"):
        draw(scenario(run={"duration": "20000 s"}, arrivals={"kind": "poisson", "rate": "10000/s"}))


def test_too_many_requests_of_a_log_are_refused(monkeypatch, repository):
    monkeypatch.setattr(checks, "MOST_REQUESTS", 1000)
    log = {"kind": "access_log", "file": str(repository / "scenarios" / "sample-access.log.gz")}
    with pytest.raises(ScenarioError, match="run: there are 1,994 requests; at most 1,000 are allowed"):
        draw(scenario(run={"duration": "30 d"}, arrivals=log))


@pytest.mark.parametrize(
    "think", ["0 s", {"kind": "empirical", "values": ["0 s"]}, {"kind": "empirical", "values": ["1 us", "2 us"]}]
)
def test_sessions_that_hardly_think_need_a_number_of_requests(think):
    arrivals = {"kind": "sessions", "think": think}
    with pytest.raises(ScenarioError, match=r"nodes.students.arrivals: the sessions might issue more than 100,000,000"):
        draw(scenario(run={"duration": "1 h"}, arrivals=arrivals))
    assert len(draw(scenario(run={"requests": 50}, arrivals=arrivals))) == 50


def test_a_rate_that_flickers_is_refused():
    rates = {"quiet_rate": "1/s", "burst_rate": "2/s", "quiet_time": "1 ns", "burst_time": "1 ns"}
    for run in ({"duration": "1 h"}, {"requests": 1000}):
        with pytest.raises(ScenarioError, match="the rate would change more than 100,000,000 times"):
            draw(scenario(run=run, arrivals={"kind": "mmpp", **rates}))


def test_a_missing_log_is_told():
    with pytest.raises(AccessLogError):
        draw(scenario(arrivals={"kind": "access_log", "file": "no-such-file.log"}))


def test_the_public_names():
    assert Streams(1).seed == 1
