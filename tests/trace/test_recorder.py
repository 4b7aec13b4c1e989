"""The recorder: what is taken down comes back as it was, in the promised order."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import nan

import numpy as np
import pytest

import sim
from sim.messages import CacheStatus, Response
from sim.nodes.steps import ClientStep
from sim.scenario import topology
from sim.trace.meta import describe
from sim.trace.recorded_rows import HOP_ROW, REQUEST_ROW
from sim.trace.recorder import Recorder, pack_hop, pack_request

PAGE = Response(200, (), 1000)


@dataclass
class Journey:
    request_id: int
    time_s: float
    step_path: object
    moments_s: list = field(default_factory=list)
    task: int = 0


def trace_of(recorder):
    """Make the trace of what was taken down in a scenario of three requests to one of three backends."""
    scenario = sim.load("direct", ["run.requests=3"])
    workload = sim.draw(scenario)
    meta = describe(scenario, topology.build(scenario), workload, engine="test", world="test")
    return recorder.trace(workload, workload.arrival_s, {**meta, "cut_short": True})


def hop(request_id, *, index=0, sent_s=1.0, returned_s=9.0, edge=0):
    times = (sent_s, sent_s + 1.0, returned_s - 1.0, returned_s)
    numbers = (request_id, *times, 0.0, 0.0, 0.0, 0.0, 400, 1000, index, -1)
    return pack_hop(*numbers, 0, edge, 0, 200, 0, 0, CacheStatus.NONE, True)


def recorder_with_fields(**said):
    recorder = Recorder(**said)
    assert recorder.fields[(), "www.example.org", ""] == 0
    return recorder


def test_a_packed_row_is_read_back_to_the_bit():
    row = (2**40, 0.1, nan, 1e-300, 1e300, 0.2, 0.3, 0.4, 0.5, 2**50, 3, 4, -1, 6, 2**16 - 1, 8, 504, 9, 1, 5, True)
    read = np.frombuffer(pack_hop(*row), HOP_ROW)[0].tolist()
    assert [repr(value) for value in read] == [repr(value) for value in row]
    row = (2**40, 0.1, 2**50, 1, 2, 503)
    assert np.frombuffer(pack_request(*row), REQUEST_ROW)[0].tolist() == row


def test_it_counts_what_is_over_and_knows_when():
    recorder = Recorder()
    assert (recorder.requests, recorder.end_s) == (0, 0.0)
    for request_id, time_s in enumerate((2.0, 7.0, 4.0)):
        recorder.ended(Journey(request_id, time_s, recorder.step_path), PAGE)
    assert (recorder.requests, recorder.end_s) == (3, 7.0)


def test_nothing_taken_down_is_an_empty_trace():
    trace = trace_of(Recorder())
    assert [len(table) for table in trace.tables.recorded().values()] == [0, 0, 0]
    trace.check()


def test_what_the_client_got_is_in_the_row_of_its_request():
    recorder = Recorder()
    recorder.ended(Journey(1, 5.5, recorder.step_path), Response(504, (), 200, error="http_response_timeout"))
    recorder.ended(Journey(0, 4.5, recorder.step_path), PAGE)
    columns = ["request_id", "completion_s", "status", "response_bytes", "error"]
    rows = trace_of(recorder).requests[columns].to_numpy().tolist()
    assert rows == [[0, 4.5, 200, 1000, ""], [1, 5.5, 504, 200, "http_response_timeout"]]


def test_a_request_that_is_not_over_leaves_no_row():
    recorder = recorder_with_fields()
    for request_id in (2, 0, 1):
        recorder.write_hop(hop(request_id))
    recorder.ended(Journey(2, 9.0, recorder.step_path), PAGE)
    recorder.ended(Journey(0, 9.0, recorder.step_path), PAGE)
    trace = trace_of(recorder)
    assert trace.requests["request_id"].tolist() == trace.hops["request_id"].tolist() == [0, 2]
    assert trace.hops["hop_id"].tolist() == [0, 1]


def test_moments_belong_to_the_request_that_told_them():
    recorder = recorder_with_fields()
    sends = recorder.step_path.later[-1, "students", ClientStep.SEND, "app-1", ""]
    receives = sends.later[-1, "students", ClientStep.RECEIVE, "", ""]
    for request_id, moments_s in ((2, [1.0, 9.0]), (0, [3.0, 9.0]), (1, [2.0, 9.0])):
        recorder.write_hop(hop(request_id))
        recorder.ended(Journey(request_id, 9.0, receives, moments_s), PAGE)
    steps = trace_of(recorder).steps[["request_id", "time_s", "name"]].to_numpy().tolist()
    pairs = [(0, 3.0), (1, 2.0), (2, 1.0)]
    assert steps == [row for i, time_s in pairs for row in ([i, time_s, "send"], [i, 9.0, "receive"])]


def spawned(recorder, request_id, *exchanges):
    """Begin something aside for a request, which tells a step in each of some exchanges, a second apart."""
    number, story = recorder.spawned(request_id), recorder.step_path
    for exchange in exchanges:
        story = story.later[exchange, "students", ClientStep.SEND, f"aside {number}", ""]
    return Journey(request_id, 4.0, story, [float(i) for i, _ in enumerate(exchanges)], task=number)


def test_a_request_is_over_when_all_is_that_was_begun_aside():
    recorder = recorder_with_fields()
    first, second = spawned(recorder, 1, 0, 0), spawned(recorder, 1, 0)
    recorder.write_hop(hop(1))
    recorder.task_ended(second)
    recorder.ended(Journey(1, 9.0, recorder.step_path), PAGE)
    assert (recorder.requests, len(trace_of(recorder).hops)) == (0, 0)
    recorder.task_ended(first)
    assert recorder.requests == 1
    assert trace_of(recorder).requests["completion_s"].tolist() == [9.0]


def test_the_end_is_that_of_what_was_begun_aside():
    recorder = Recorder()
    later = spawned(recorder, 0)
    recorder.ended(Journey(0, 3.0, recorder.step_path), PAGE)
    recorder.task_ended(later)
    assert recorder.end_s == 4.0


def test_without_steps_a_trace_says_that_none_were_recorded():
    recorder = Recorder(steps=False)
    recorder.ended(Journey(0, 9.0, recorder.step_path), PAGE)
    trace = trace_of(recorder)
    assert (trace.meta["recorded"], len(trace.steps)) == (["requests", "hops"], 0)


def test_ctrl_c_in_the_middle_of_taking_down_leaves_a_trace():
    recorder = recorder_with_fields()
    story = recorder.step_path.later[-1, "students", ClientStep.SEND, "app-1", ""]
    recorder.write_hop(hop(0))
    recorder.ended(Journey(0, 9.0, story, [1.0]), PAGE)
    recorder.write_hop(hop(1))

    def interrupted(*_):
        raise KeyboardInterrupt

    story.pack_moments = interrupted
    with pytest.raises(KeyboardInterrupt):
        recorder.ended(Journey(1, 9.0, story, [2.0]), PAGE)
    trace = trace_of(recorder)
    assert trace.requests["request_id"].tolist() == [0]
    assert trace.steps["time_s"].tolist() == [1.0]
