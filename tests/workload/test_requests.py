"""Rows become messages: the same in whatever parts they are made."""

from __future__ import annotations

import numpy as np

from sim.workload.draw import draw
from sim.workload.requests import looked_up, requests
from tests.support.builders import scenario

CONTENT = {"pages": {"cache_control": "max-age=60"}, "api": {"dynamic": True, "method": "POST"}}


def test_a_request_says_what_its_row_says():
    drawn = draw(scenario(run={"requests": 50}, content=CONTENT))
    for row, request in enumerate(requests(drawn, slice(0, 50))):
        kind = drawn.content_class(row)
        assert request.request_id == row
        assert request.method == {"pages": "GET", "api": "POST"}[kind.name]
        assert (request.target, request.host) == (drawn.catalogue.urls[drawn.target[row]], kind.host)
        assert request.size_bytes == drawn.request_bytes[row]
        assert request.draws.service_demand_s == drawn.service_demand_s[row]
        assert request.draws.response_fields == kind.response_fields
        assert request.draws.link_draw == int(drawn.link_draw[row])
        assert request.body is None


def test_parts_make_up_the_whole():
    drawn = draw(scenario(run={"requests": 50}, content=CONTENT))
    assert [*requests(drawn, slice(0, 17)), *requests(drawn, slice(17, 50))] == list(requests(drawn, slice(0, 50)))


def test_a_text_is_made_once_however_often_it_is_wanted():
    class Made:
        def __init__(self):
            self.asked = []

        def __getitem__(self, number):
            self.asked.append(number)
            return str(number)

    made = Made()
    assert list(looked_up(made, np.array([4, 4, 2, 4], dtype=np.int32))) == ["4", "4", "2", "4"]
    assert sorted(made.asked) == [2, 4]
