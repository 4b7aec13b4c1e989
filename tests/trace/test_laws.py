"""Each law is tripped by a trace that breaks it and no other."""

from __future__ import annotations

import numpy as np
import pytest

from sim.errors import TraceError
from sim.trace import laws
from sim.trace.examples import STUDENTS, build, exchange, three_requests, to_app, to_proxy
from tests.support.traces import change


def answered_after_its_return():
    early = change(three_requests(), "hops", 2, returned_s=0.55, transfer_s=0.05)
    return change(early, "requests", 1, completion_s=0.55)


def told_of_what_was_not_carried():
    row = three_requests().sightings.query("observer == 'app'").index[0]
    return change(three_requests(), "sightings", row, claimed_client_ips=STUDENTS[0])


def seen_by_one_who_was_not_there():
    row = three_requests().sightings.query("observer == 'proxy'").index[0]
    return change(three_requests(), "sightings", row, observer="app")


def seen_under_a_false_address():
    return change(three_requests(), "sightings", 0, source_ip="203.0.113.9")


def read_through_encryption():
    clear = three_requests()
    hidden = change(clear, "hops", 0, tls_mode="tls")
    hidden.tables["sightings"] = clear.tables["sightings"]
    return hidden


def two_at_one_worker():
    return change(three_requests(), "hops", 4, waiting_s=0.0, service_s=1.2)


def changing_answers(*, size=400, service_s=0.5):
    """A proxy with transforms and one worker; two requests are at it at the same time, for 1.5 s each."""
    proxy = {**three_requests().nodes["proxy"], "workers": 1, "discipline": "fifo", "transforms": ["compress"]}
    hops = []
    for request_id, sent_s in ((0, 0.0), (1, 0.1)):
        parent, said = len(hops), {"service_s": service_s, "inside_s": 1.5 - service_s}
        hops += [
            to_proxy(request_id, sent_s, response_bytes=size, **said),
            to_app(request_id, sent_s + 0.2, parent=parent),
        ]
    return build(hops, nodes={**three_requests().nodes, "proxy": proxy})


def with_something_aside(**said):
    """After a miss, the proxy answers from its store and asks the backend aside, which takes half a second."""
    aside = {"parent": 2, "task": 1, **said}
    hops = [to_proxy(0, 0.0, inside_s=1.2), to_app(0, 0.1, parent=0, connect_s=0.2, service_s=0.8)]
    hops += [to_proxy(1, 5.0, cache_status="stale"), to_app(1, 5.1, service_s=0.5, **aside)]
    return build(hops)


def begun_by_what_was_begun_aside(*, inside_s=1.0, **said):
    """What the proxy starts in the background asks the backend, and that asks another one."""
    nodes = {**three_requests().nodes, "far": {**three_requests().nodes["app"], "workers": None}}
    there = {"sender": "app", "receiver": "far", "source_ip": "198.51.100.1", "destination_ip": "198.51.100.9"}
    hops = [to_proxy(0, 0.0, cache_status="hit"), to_app(0, 0.1, parent=0, task=1, inside_s=inside_s)]
    hops.append(exchange(0, **{"sent_s": 0.3, **there, "parent_hop_id": 1, "task": 1, **said}))
    return build(hops, nodes=nodes)


def hit_asks_on():
    return to_app(0, 0.1, parent=0, service_s=0.8)


BROKEN = [
    ("children_lie_inside_parents", lambda: with_something_aside(task=0)),
    ("children_lie_inside_parents", lambda: begun_by_what_was_begun_aside(service_s=3.0)),
    ("children_lie_inside_parents", lambda: begun_by_what_was_begun_aside(service_s=0.6, task=0)),
    ("work_fits_into_residence", lambda: change(three_requests(), "hops", 3, collapse_wait_s=2.0)),
    ("rows_point_to_rows", lambda: change(three_requests(), "hops", 1, parent_hop_id=2)),
    ("rows_point_to_rows", lambda: change(three_requests(), "hops", 1, parent_hop_id=99)),
    ("rows_point_to_rows", lambda: change(three_requests(), "hops", 1, sender="students")),
    ("rows_point_to_rows", lambda: change(three_requests(), "hops", 4, hop_id=7)),
    ("rows_point_to_rows", lambda: change(three_requests(), "hops", 2, request_id=9)),
    ("outcomes_follow_from_hops", lambda: change(three_requests(), "requests", 0, outcome="vanished")),
    ("outcomes_follow_from_hops", lambda: change(three_requests(), "requests", 1, answered_by="app")),
    ("every_request_ends_once", lambda: build([to_proxy(0, 0.0, cache_status=""), to_proxy(2, 1.0)], issued=3)),
    ("times_are_in_order", answered_after_its_return),
    ("causes_add_up", lambda: change(three_requests(), "hops", 2, connect_s=0.1)),
    ("work_fits_into_residence", lambda: change(three_requests(), "hops", 3, waiting_s=2.0)),
    ("children_lie_inside_parents", lambda: change(three_requests(), "hops", 1, sent_s=0.05, connect_s=0.25)),
    ("the_client_got_what_was_carried", lambda: change(three_requests(), "requests", 1, response_bytes=501)),
    ("the_client_got_what_was_carried", lambda: change(three_requests(), "requests", 1, status=404)),
    ("bytes_are_conserved", lambda: change(three_requests(), "hops", 1, response_bytes=900)),
    ("bytes_are_conserved", lambda: change(three_requests(), "hops", 1, request_bytes=-1)),
    ("workers_serve_one_at_a_time", two_at_one_worker),
    ("workers_serve_one_at_a_time", lambda: changing_answers(service_s=1.2)),
    ("hits_go_no_further", lambda: build([to_proxy(0, 0.0, cache_status="hit", inside_s=1.0), hit_asks_on()])),
    ("hits_go_no_further", lambda: build([to_proxy(0, 0.0, cache_status="collapsed", inside_s=1.0), hit_asks_on()])),
    ("outcomes_follow_from_hops", lambda: change(three_requests(), "hops", 2, cache_status="uri-miss")),
    ("outcomes_follow_from_hops", lambda: change(three_requests(), "requests", 1, outcome="revalidated")),
    ("outcomes_follow_from_hops", lambda: change(three_requests(), "requests", 1, outcome="stale")),
    ("outcomes_follow_from_hops", lambda: change(three_requests(), "requests", 1, outcome="collapsed")),
    ("nobody_sees_what_is_hidden", told_of_what_was_not_carried),
    ("nobody_sees_what_is_hidden", seen_by_one_who_was_not_there),
    ("nobody_sees_what_is_hidden", seen_under_a_false_address),
    ("nobody_sees_what_is_hidden", read_through_encryption),
    ("littles_law_holds", lambda: change(three_requests(), "requests", 1, arrival_s=0.4)),
    ("littles_law_holds", lambda: change(three_requests(), "hops", 4, service_s=0.9)),
]


@pytest.mark.parametrize(("law", "broken"), BROKEN, ids=[f"{i}-{law}" for i, (law, _) in enumerate(BROKEN)])
def test_a_broken_law_is_named_and_no_other(law, broken):
    assert {line.partition(":")[0] for line in laws.violations(broken())} == {law}


def test_every_law_has_a_trace_that_breaks_it():
    assert {law for law, _ in BROKEN} == {law.__name__ for law in (*laws.FOUNDATIONS, *laws.LAWS)}


def test_a_sound_trace_has_nothing_to_complain_of():
    assert laws.violations(three_requests()) == []


def test_what_was_begun_aside_may_outlast_its_parent():
    assert laws.violations(with_something_aside()) == []
    assert laws.violations(begun_by_what_was_begun_aside(service_s=0.6)) == []
    # Begun while the first was still under way aside: a journey of its own.
    assert laws.violations(begun_by_what_was_begun_aside(inside_s=0.0, service_s=3.0, sent_s=0.2, task=2)) == []


def test_a_request_may_be_held_for_another():
    assert laws.violations(build([to_proxy(0, 0.0, cache_status="hit", collapse_wait_s=0.5)])) == []


def test_an_empty_trace_is_sound():
    assert laws.violations(build([])) == []


def test_an_answer_that_never_came_is_sound():
    gone = {"answered_s": np.nan, "response_bytes": 0, "status": 0, "transfer_s": np.nan}
    trace = build([to_proxy(0, 0.0, **gone, returned_s=5.0, error="connection_read_timeout")])
    assert laws.violations(trace) == []


def test_a_request_may_be_missing_from_a_run_cut_short():
    hops = [to_proxy(1, 0.0, cache_status="hit"), to_proxy(4, 1.0, cache_status="hit")]
    assert laws.violations(build(hops, cut_short=True, issued=5)) == []
    assert laws.violations(build(hops, issued=5)) == ["every_request_ends_once: requests are missing"]


def test_a_proxy_that_answers_by_itself_need_not_pass_on_the_bytes():
    hops = [to_proxy(0, 0.0, inside_s=1.0, status=502, response_bytes=0, error="http_protocol_error")]
    hops.append(to_app(0, 0.1, parent=0, service_s=0.8))
    assert laws.violations(build(hops)) == []


def test_processor_sharing_serves_many_at_once():
    trace = two_at_one_worker()
    trace.meta["nodes"] = {**trace.nodes, "app": {**trace.nodes["app"], "discipline": "processor_sharing"}}
    assert laws.violations(trace) == []


def test_all_complaints_are_raised_together_with_their_rows():
    broken = change(change(three_requests(), "requests", 0, outcome="lost"), "hops", 2, connect_s=0.1)
    with pytest.raises(TraceError) as raised:
        broken.check()
    assert "outcomes_follow_from_hops: its outcome is not that of its hops: request 0" in str(raised.value)
    assert "causes_add_up: connect + tls + transfer + residence is not returned - sent: hop 2" in str(raised.value)


def test_many_faulty_rows_make_one_complaint():
    broken = change(change(three_requests(), "requests", 0, outcome="lost"), "requests", 2, outcome="lost")
    what = "outcomes_follow_from_hops: its outcome is not that of its hops"
    assert laws.violations(broken) == [f"{what}: request 0 and 1 more"]


def with_a_probe(**said):
    """The proxy asks the backend by itself whether it is well, while a student asks."""
    probe = to_app(-1, 0.0, **{"parent": -1, "via": "", "service_s": 0.1, **said})
    return build([probe, to_proxy(0, 1.0, cache_status="hit")])


def test_probes_obey_the_laws():
    with_a_probe().check()
    assert with_a_probe().requests["request_id"].tolist() == [0]


@pytest.mark.parametrize(("hop", "purpose"), [(0, "request"), (0, "background"), (1, "probe"), (1, "background")])
def test_a_purpose_follows_from_request_id_and_task(hop, purpose):
    with pytest.raises(TraceError, match="purpose is not that of its request_id and task"):
        change(with_a_probe(), "hops", hop, purpose=purpose).check()


def test_a_node_with_transforms_may_change_bytes_and_work_late():
    assert laws.violations(changing_answers()) == []
    plain = changing_answers()
    plain.meta["nodes"]["proxy"]["transforms"] = []
    assert {line.partition(":")[0] for line in laws.violations(plain)} >= {"bytes_are_conserved"}
