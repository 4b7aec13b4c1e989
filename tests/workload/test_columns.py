from dataclasses import replace

import numpy as np
import pytest

from sim.workload.columns import COLUMNS
from sim.workload.draw import draw
from tests.support.builders import scenario

SESSIONS = {"kind": "sessions", "think": "2 s"}
CONTENT = {"pages": {}, "api": {"dynamic": True}}


@pytest.fixture(scope="module")
def workload():
    clients = {"students": {"count": 5}, "staff": {"count": 2, "arrivals": SESSIONS}}
    return draw(scenario(run={"requests": 100}, clients=clients, content=CONTENT))


def changed(workload, name, row, value):
    column = getattr(workload, name).copy()
    column[row] = value
    return replace(workload, **{name: column})


@pytest.mark.parametrize(
    ("name", "row", "value", "message"),
    [
        ("arrival_s", 0, 1e9, "arrival_s must not decrease"),
        ("arrival_s", 0, np.nan, "arrival_s must not decrease"),
        ("arrival_s", 0, -1.0, "arrival_s must not be negative"),
        ("session", -1, -1, "must belong to a session"),
        ("client", 3, 7, "client must be from 0 to 6, not 0 to 7"),
        ("target", 3, -1, "target must be from 0"),
        ("method", 3, 10, "method must be from 0 to 9"),
        ("think_s", 3, -0.1, "think_s must not be negative"),
        ("response_bytes", 3, -5, "response_bytes must not be negative"),
    ],
)
def test_what_no_world_can_run_is_refused(workload, name, row, value, message):
    with pytest.raises(ValueError, match=message):
        changed(workload, name, row, value)


def test_columns_of_unequal_length_are_refused(workload):
    with pytest.raises(ValueError, match="equal length"):
        replace(workload, client=workload.client[:-1])


def test_head_keeps_the_first_rows(workload):
    first = workload.head(7)
    assert len(first) == 7
    for name in COLUMNS:
        assert np.array_equal(getattr(first, name), getattr(workload, name)[:7], equal_nan=True)
    assert first.catalogue is workload.catalogue
    assert len(workload.head(10**9)) == len(workload)
    assert len(workload.head(-1)) == 0


def test_content_class_of_a_request(workload):
    for request in range(100):
        known = workload.content_class(request)
        assert f"/{known.name}/" in workload.catalogue.urls[workload.target[request]]
        assert known.dynamic is (known.name == "api")


def test_frame_has_names_for_numbers(workload):
    frame = workload.frame()
    assert frame.index.name == "request_id"
    assert list(frame.columns) == [*COLUMNS, "client_ip", "content"]
    row = frame.iloc[3]
    assert row["client"] == workload.clients.populations[workload.clients.population_of[workload.client[3]]]
    assert row["client_ip"] == workload.clients.addresses[workload.client[3]]
    assert row["target"] == workload.catalogue.urls[workload.target[3]]
    assert row["method"] == "GET"
    assert frame["arrival_s"].isna().sum() == np.isnan(workload.arrival_s).sum() > 0


def test_html_shows_the_first_rows_and_escapes(workload):
    shown = replace(workload, notes=("<script>",))._repr_html_()
    assert "100 requests of 7 clients" in shown
    assert "<script>" not in shown
    assert shown.count("<tr") == 2 + 5  # two lines of header
