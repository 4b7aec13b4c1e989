"""A backend works on each request, or has no place for it."""

import pytest

from sim.messages import CacheStatus, Draws
from sim.nodes.steps import BackendStep
from tests.support.parties import backend
from tests.support.scripted_world import Conversation, fresh

PAGE = Draws(service_demand_s=0.3, response_bytes=2345, response_fields=fresh(60))


def test_it_answers_what_was_drawn_once_a_worker_is_done():
    talk = Conversation(backend())
    said = talk.at(0).ask(draws=PAGE)
    assert said.works == ("app", 0.3)
    assert said.got is None
    talk.at(0.3)
    said.served()
    assert said.got[:4] == (200, fresh(60), 2345, CacheStatus.NONE)
    assert said.steps == [("app", 0.0, BackendStep.RECEIVE, ""), ("app", 0.3, BackendStep.RESPOND, "")]


def test_503_when_the_queue_is_full():
    said = Conversation(backend()).ask(draws=PAGE).turned_away()
    assert (said.got.status, said.got.fields, said.got.size_bytes) == (503, (), 200)
    assert said.details("app") == {"RESPOND": "503"}


@pytest.mark.parametrize(("speed", "demand_s"), [(1.0, 0.3), (2.0, 0.15), (0.5, 0.6)])
def test_a_faster_machine_needs_less_time(speed, demand_s):
    assert Conversation(backend(speed=speed)).ask(draws=PAGE).works == ("app", pytest.approx(demand_s))


def test_even_work_that_takes_no_time_needs_a_worker():
    assert Conversation(backend()).ask(draws=PAGE._replace(service_demand_s=0.0)).works == ("app", 0.0)


def test_who_has_it_already_is_told_so():
    tagged = PAGE._replace(response_fields=(*fresh(60), ("etag", '"1"')))
    asks = (("if-none-match", '"1"'),)
    said = Conversation(backend()).ask(draws=tagged, fields=asks).served()
    assert (said.got.status, said.got.fields, said.got.size_bytes) == (304, tagged.response_fields, 200)
    assert said.details("app") == {"RESPOND": "304"}
    assert Conversation(backend()).ask(draws=tagged, fields=(("if-none-match", '"0"'),)).served().got.status == 200
    assert Conversation(backend()).ask(draws=PAGE, fields=asks).served().got.status == 200, "it has no tag"
