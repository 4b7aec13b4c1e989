"""Traces made by hand say what they promise."""

from __future__ import annotations

import numpy as np
import pytest

from sim.trace import schema
from sim.trace.examples import APP, PROXY_OUT, build, exchange, three_requests, to_app, to_proxy


def test_the_three_requests_take_the_times_that_are_promised():
    requests = three_requests().requests
    assert (requests["completion_s"] - requests["arrival_s"]).tolist() == pytest.approx([1.4, 0.2, 1.6])
    assert requests["outcome"].tolist() == ["miss", "hit", "miss"]
    three_requests().check()


def test_an_exchange_spends_half_of_its_link_time_each_way():
    row = exchange(0, 10.0, link_s=1.0, connect_s=0.5, waiting_s=0.25, service_s=0.25)
    assert (row["received_s"], row["answered_s"], row["returned_s"]) == (11.0, 11.5, 12.0)


def test_what_is_said_wins_over_what_is_worked_out():
    assert exchange(0, 0.0, returned_s=9.0)["returned_s"] == 9.0


def test_exchanges_carry_the_addresses_of_their_ends():
    row = to_app(0, 0.0, parent=0)
    assert (row["source_ip"], row["destination_ip"]) == (PROXY_OUT, APP)


@pytest.mark.parametrize(
    ("said", "outcome", "answered_by"),
    [
        ({"cache_status": "hit"}, "hit", "proxy"),
        ({"cache_status": "uri-miss"}, "miss", "proxy"),
        ({"cache_status": ""}, "bypass", "proxy"),
        ({"status": 503}, "failed", "proxy"),
        ({"status": 0, "answered_s": np.nan}, "failed", ""),
        ({"status": 403, "error": "http_request_denied"}, "blocked", "proxy"),
        ({"status": 429, "error": "http_request_denied"}, "limited", "proxy"),
    ],
)
def test_requests_end_as_their_exchanges_say(said, outcome, answered_by):
    row = build([to_proxy(0, 0.0, **said)]).requests.iloc[0]
    assert (row["outcome"], row["answered_by"]) == (outcome, answered_by)


def test_tables_have_the_columns_of_the_schema():
    assert build([]).tables["hops"].names == tuple(column.name for column in schema.HOPS)
