"""The storyboard as data: what it holds of a trace, when outcomes are decided, what is sampled and said."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim.errors import TraceError
from sim.player.storyboard import storyboard
from sim.trace import schema
from sim.trace.examples import build, three_requests, to_app, to_proxy
from sim.trace.files import RECORDED
from sim.trace.table import Table
from sim.trace.trace import Trace


@pytest.fixture(scope="module")
def trace():
    return sim.simulate(sim.load("layered", ["run.requests=300", "run.warm_up=0 s"]), seed=1)


@pytest.fixture(scope="module")
def board(trace):
    return storyboard(trace)


def test_columns_are_typed(board):
    assert board.requests["arrival_s"].dtype == board.hops["sent_s"].dtype == np.float64
    assert board.requests["client"].dtype == board.hops["edge"].dtype == board.hops["parent"].dtype == np.int16


def test_hops_follow_their_requests(trace, board):
    counts = np.diff(board.requests["hops"])
    assert counts.sum() == len(trace.tables["hops"])
    ids = np.repeat(board.requests["id"], counts)
    assert ids.tolist() == trace.tables["hops"].numbers("request_id").tolist()


def test_words_can_be_read_back(trace, board):
    targets = [board.said["words"]["target"][code] for code in board.requests["target"]]
    assert targets == trace.tables["requests"].words("target").texts().tolist()
    sources = [board.said["words"]["address"][code] for code in board.hops["source"]]
    assert sources == trace.tables["hops"].words("source_ip").texts().tolist()


def test_edges_name_the_nodes_at_their_ends(trace, board):
    nodes, edges = board.said["nodes"], board.said["edges"]
    senders = [nodes[edges[edge]["sender"]]["name"] for edge in board.hops["edge"]]
    assert senders == trace.tables["hops"].words("sender").texts().tolist()


def test_an_outcome_is_decided_where_the_answer_is_made():
    board = storyboard(three_requests())
    assert board.requests["decided_s"].tolist() == pytest.approx([1.2, 0.6, 2.2])


def test_an_outcome_is_never_decided_before_it_is_asked_nor_after_it_is_known(board):
    decided_s = board.requests["decided_s"]
    assert (decided_s >= board.requests["arrival_s"]).all()
    assert (decided_s <= board.requests["completion_s"]).all()


def test_a_failure_is_decided_when_the_sender_gives_up():
    lost = to_proxy(0, 0.0, status=0, error="connection_timeout")
    lost |= {"received_s": np.nan, "answered_s": np.nan, "returned_s": 5.0, "cache_status": ""}
    board = storyboard(build([lost]))
    assert board.requests["decided_s"].tolist() == [5.0]


def test_where_the_maker_was_not_asked_the_last_exchange_decides():
    board = storyboard(build([to_proxy(0, 0.0, cache_status="collapsed", collapse_wait_s=0.4)]))
    assert board.requests["decided_s"].tolist() == pytest.approx([0.5])


def test_of_several_tries_the_last_one_decides():
    hops = [to_proxy(0, 0.0, inside_s=0.6), to_app(0, 0.1, parent=0, status=503), to_app(0, 0.4, parent=0, attempt=1)]
    assert storyboard(build(hops)).requests["decided_s"].tolist() == pytest.approx([0.5])


def test_what_is_done_aside_keeps_a_request_on_the_stage():
    late = to_app(0, 0.1, parent=0, service_s=9.0)
    board = storyboard(build([to_proxy(0, 0.0), late]))
    assert board.requests["end_s"][0] > board.requests["completion_s"][0]
    assert board.index.at(8.0).tolist() == [0]


def test_of_many_requests_each_kth_is_kept_and_it_is_said(trace):
    board = storyboard(trace, most_requests=100)
    assert (board.said["each"], board.said["issued"], len(board.requests["id"])) == (3, 300, 100)
    assert sum(board.said["timeline"]["arrivals"]) == 300


def test_fields_as_carried_are_named(board):
    assert board.said["fields"]["via"] == ["request", "Via"]
    assert set(board.said["fields"]) <= set(board.hops)


def test_an_empty_trace_is_refused():
    empty = Trace(*(Table.empty(schema.TABLES[name]) for name in RECORDED), meta={"nodes": {}})
    with pytest.raises(TraceError, match="nothing to play"):
        storyboard(empty)


def test_a_link_that_the_scenario_does_not_name_is_drawn_all_the_same():
    trace = build([to_proxy(0, 0.0)], edges=[])
    assert [edge["delay_s"] for edge in storyboard(trace).said["edges"]] == [None]
