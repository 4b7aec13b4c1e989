import numpy as np
import pytest

from sim.scenario.distributions import AccessLog
from sim.workload import recorded
from sim.workload.draw import draw
from tests.support.builders import scenario

LINES = """\
203.0.113.7 - - [01/Mar/2024:10:00:00 +0000] "GET /a HTTP/1.1" 200 1000
198.51.100.2 - - [01/Mar/2024:10:00:05 +0000] "GET /a HTTP/1.1" 304 -
203.0.113.7 - - [01/Mar/2024:10:00:03 +0000] "POST /form HTTP/1.1" 200 70
this is no log line
203.0.113.9 - - [01/Mar/2024:10:00:09 +0000] "GET http://other.example/b HTTP/1.1" 200 500
203.0.113.7 - - [01/Mar/2024:10:00:08 +0000] "PURGE /a HTTP/1.1" 405 9
"""


@pytest.fixture
def replay(tmp_path):
    file = tmp_path / "access.log"
    file.write_text(LINES)

    def drawn(pace="recorded", run=None, **content):
        visitors = {"arrivals": {"kind": "access_log", "file": str(file), "pace": pace}}
        return draw(scenario(run=run or {"requests": 100}, clients={"visitors": visitors}, content={"site": content}))

    return drawn


def urls(workload):
    return [workload.catalogue.urls[target] for target in workload.target]


def test_recorded_time_is_sorted(replay):
    drawn = replay()
    assert drawn.arrival_s.tolist() == [0, 3, 5, 8, 9]
    assert [path.removeprefix("http://www.example.org") for path in urls(drawn)] == [
        "/a",
        "/form",
        "/a",
        "/a",
        "http://other.example/b",
    ]


def test_at_a_rate_the_order_is_that_of_the_file(replay):
    drawn = replay("10/s")
    assert drawn.arrival_s == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5])
    assert urls(drawn)[1:3] == ["http://www.example.org/a", "http://www.example.org/form"]
    assert drawn.session.tolist() == [-1] * 5


def test_as_fast_as_possible_is_one_session_without_thinking(replay):
    drawn = replay("as_fast_as_possible")
    assert drawn.arrival_s[0] == 0
    assert np.isnan(drawn.arrival_s[1:]).all()
    assert drawn.session.tolist() == [0] * 5
    assert drawn.think_s.tolist() == [0] * 5
    assert drawn.client.tolist() == [0, 1, 0, 2, 0]


def test_clients_get_addresses_in_the_order_of_first_appearance(replay):
    drawn = replay("10/s")
    assert len(drawn.clients.population_of) == 3
    assert [drawn.clients.addresses[client] for client in drawn.client] == [
        "10.1.0.1",
        "10.1.0.2",
        "10.1.0.1",
        "10.1.0.3",
        "10.1.0.1",
    ]


def test_methods_are_those_of_the_log(replay):
    assert replay("10/s").method.tolist() == [0, 0, 2, 0, 9]


def test_a_cacheable_answer_has_the_size_of_the_object(replay):
    assert replay("10/s").response_bytes.tolist() == [1000, 1000, 70, 500, 9]


def test_what_the_log_shows_as_not_cacheable_is_not_to_be_stored(replay):
    drawn = replay("10/s", cache_control="max-age=60")
    fields = [drawn.content_class(request).response_fields for request in range(5)]
    stored, unstored = (("cache-control", "max-age=60"),), (("cache-control", "no-store"),)
    assert fields == [stored, stored, unstored, stored, stored]


def test_a_workload_holds_the_classes_that_are_asked_for(replay):
    assert [known.name for known in replay().catalogue.classes] == ["site", "site (not cacheable)"]


def test_a_log_and_drawn_requests_stand_side_by_side(tmp_path):
    (tmp_path / "access.log").write_text(LINES)
    visitors = {"arrivals": {"kind": "access_log", "file": str(tmp_path / "access.log")}, "content": ["site"]}
    clients = {"visitors": visitors, "students": {"count": 4, "content": ["api"]}}
    drawn = draw(scenario(run={"duration": "10 s"}, clients=clients, content={"site": {}, "api": {}}))
    logged = drawn.client < 3
    assert logged.sum() == 5
    assert len(drawn) == pytest.approx(1005, abs=100)
    assert {drawn.content_class(row).name for row in np.flatnonzero(~logged)} == {"api"}
    assert {drawn.content_class(row).name for row in np.flatnonzero(logged)} == {"site", "site (not cacheable)"}


def test_bad_lines_are_noted(replay):
    assert any("1 line did not parse: 4" in note for note in replay().notes)


def test_a_run_cuts_the_log(replay):
    assert len(replay(run={"requests": 2})) == 2
    assert replay(run={"duration": "5 s"}).arrival_s.tolist() == [0, 3, 5]
    assert len(replay("10/s", run={"duration": "200 ms"})) == 2


def test_service_demand_and_request_size_are_those_of_the_class(replay):
    drawn = replay(service_demand="7 ms", request_size="300 B")
    assert set(drawn.service_demand_s.tolist()) == {0.007}
    assert set(drawn.request_bytes.tolist()) == {300}


def test_a_changed_file_is_read_again(tmp_path):
    file = tmp_path / "access.log"
    law = AccessLog(kind="access_log", file=str(file))
    for lines in (1, 2):
        file.write_text("\n".join(LINES.splitlines()[:lines]) + "\n")
        assert len(recorded.read(law, None).log) == lines
