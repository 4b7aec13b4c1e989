"""From a recorder's rows to columns, and from the columns of any engine to a trace."""

from __future__ import annotations

import numpy as np

import sim
from sim.messages import CacheStatus, Response
from sim.scenario import topology
from sim.trace import assembly
from sim.trace.meta import describe
from sim.trace.recorder import Recorder
from sim.trace.run_columns import RunColumns
from tests.trace.test_recorder import Journey, hop, trace_of


def test_columns_are_contiguous_and_hold_nothing_else_alive():
    recorder = Recorder()
    assert recorder.fields[(), "www.example.org", ""] == 0
    for request_id in (0, 1):
        recorder.write_hop(hop(request_id))
        recorder.ended(Journey(request_id, 9.0, recorder.step_path), Response(200, (), 1000))
    requests = trace_of(recorder).tables["requests"]
    for name in ("completion_s", "status", "response_bytes"):
        assert requests.numbers(name).flags.c_contiguous
        assert requests.numbers(name).base is None


def test_an_engine_may_hand_over_columns():
    scenario = sim.load("direct", ["run.requests=2"])
    workload = sim.draw(scenario)
    meta = describe(scenario, topology.build(scenario), workload, engine="test", world="test")
    moments = ("sent_s", "received_s", "answered_s", "returned_s")
    times = {name: np.array([t, t + 1.0]) for t, name in enumerate(moments)}
    zeros = {name: np.zeros(2) for name in ("connect_s", "waiting_s", "service_s", "collapse_wait_s")}
    small = {name: np.zeros(2, dtype=np.int16) for name in ("index", "edge", "fields", "error", "task", "attempt")}
    hops = {
        "request_id": np.array([0, 1]), **times, **zeros, **small,
        "request_bytes": np.array([400, 400]), "response_bytes": np.array([9, 9]), "parent": np.array([-1, -1]),
        "status": np.array([200, 200]), "cache_status": np.full(2, CacheStatus.NONE),
        "connection_reused": np.array([True, True]),
    }  # fmt: skip
    requests = {"request_id": np.array([0, 1]), "completion_s": times["returned_s"], "response_bytes": np.array([9, 9])}
    requests |= {"status": np.array([200, 200]), "error": np.zeros(2, dtype=np.int32)}
    columns = RunColumns(requests, hops, None, [((("via", "1.1 b"),), "a.example", "")], ("",))
    made = assembly.trace(columns, workload, np.array([0.0, 1.0]), meta)
    assert made.meta["recorded"] == ["requests", "hops"]
    assert made.requests["outcome"].tolist() == ["bypass", "bypass"]
    assert made.hops["via"].tolist() == ["1.1 b", "1.1 b"]
    assert made.hops["hop_id"].tolist() == [0, 1]
