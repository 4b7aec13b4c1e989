"""From stories to steps: whose moments and exchanges they are, and in which order they stand."""

from __future__ import annotations

from sim.nodes.steps import BackendStep, ClientStep
from sim.trace import recorded_rows
from sim.trace.recorder import Recorder
from tests.trace.test_recorder import PAGE, Journey, hop, recorder_with_fields, spawned, trace_of

COLUMNS = ["request_id", "time_s", "detail"]


def test_steps_of_all_parts_are_told_in_the_order_of_time_and_then_of_beginning():
    recorder = recorder_with_fields()
    sent = recorder.step_path.later[-1, "students", ClientStep.SEND, "own", ""]
    own = sent.later[0, "app-1", BackendStep.RECEIVE, "own", ""]
    parts = [spawned(recorder, 1, 0, 0), spawned(recorder, 1, 0)]
    for request_id in (0, 1):
        recorder.write_hop(hop(request_id))
        recorder.ended(Journey(request_id, 9.0, own, [0.0, 1.0]), PAGE)
    for part in reversed(parts):
        recorder.task_ended(part)
    told = trace_of(recorder).steps[COLUMNS].to_numpy().tolist()
    assert told[:2] == [[0, 0.0, "own"], [0, 1.0, "own"]]
    assert told[2:5] == [[1, 0.0, "own"], [1, 0.0, "aside 1"], [1, 0.0, "aside 2"]]
    assert told[5:] == [[1, 1.0, "own"], [1, 1.0, "aside 1"]]


def test_words_stand_in_the_order_in_which_the_rows_need_them():
    recorder = recorder_with_fields()
    later = recorder.step_path.later[-1, "students", ClientStep.SEND, "z", ""]
    first = recorder.step_path.later[-1, "students", ClientStep.SEND, "a", ""]
    for request_id, story in ((1, later), (0, first)):
        recorder.write_hop(hop(request_id))
        recorder.ended(Journey(request_id, 9.0, story, [1.0]), PAGE)
    assert trace_of(recorder).steps["detail"].cat.categories.tolist() == ["a", "z"]


def test_many_requests_are_told_block_by_block(monkeypatch):
    told = []
    for block in (1, 2, 100):
        monkeypatch.setattr(recorded_rows, "BLOCK_ROWS", block)
        recorder = recorder_with_fields()
        for request_id in (2, 0, 1):
            story = recorder.step_path
            for moment in range(request_id):
                story = story.later[0, "app-1", BackendStep.RECEIVE, str(moment), ""]
            recorder.write_hop(hop(request_id))
            recorder.ended(Journey(request_id, 9.0, story, [float(request_id)] * request_id), PAGE)
        told.append(trace_of(recorder).steps[[*COLUMNS, "hop_id"]].to_numpy().tolist())
    assert told == [[[1, 1.0, "0", 1], [2, 2.0, "0", 2], [2, 2.0, "1", 2]]] * 3


def test_nothing_told_is_no_row():
    assert len(trace_of(Recorder()).steps) == 0


def test_a_step_names_the_stage_that_acted():
    recorder = Recorder()
    own = recorder.step_path.later[0, "app-1", BackendStep.RECEIVE, "", ""]
    recorder.ended(Journey(0, 2.0, own[0, "app-1", BackendStep.RECEIVE, "refused", "rate_limit"], [1.0]), PAGE)
    steps = trace_of(recorder).steps
    assert list(zip(steps["stage"], steps["detail"], strict=True)) == [("", ""), ("rate_limit", "refused")]
