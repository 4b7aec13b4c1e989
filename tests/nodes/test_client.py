"""A client sends, waits, and may give up."""

from sim.nodes.steps import ClientStep
from tests.support.parties import client, forward_proxy
from tests.support.scripted_world import Conversation


def test_a_client_sends_and_has_the_answer():
    said = Conversation(client()).at(0).ask("/a")
    assert said.asks == "app"
    said.talk.at(0.2)
    said.answer(fresh_for_s=60)
    assert said.got.status == 200
    assert said.steps == [("students", 0.0, ClientStep.SEND, "app"), ("students", 0.2, ClientStep.RECEIVE, "")]


def test_a_client_sends_its_request_as_it_is():
    said = Conversation(client()).ask("/a", request_id=7, fields=(("accept", "*/*"),))
    ((_, message),) = said.sent
    assert (message.request_id, message.fields) == (7, (("accept", "*/*"),))


def test_without_a_timeout_a_client_waits_for_ever():
    talk = Conversation(client())
    said = talk.at(0).ask()
    talk.at(1e9)
    assert said.got is None


def test_a_client_gives_up():
    talk = Conversation(client(response_timeout="2 s"))
    said = talk.at(10).ask()
    talk.at(11.9)
    assert said.got is None
    talk.at(12)
    assert (said.got.status, said.got.size_bytes, said.got.error) == (0, 0, "http_response_timeout")
    assert said.numbers("students") == [1, 2]
    assert said.asks is None


def test_an_answer_in_time_ends_the_deadline():
    talk = Conversation(client(response_timeout="2 s"))
    said = talk.ask()
    talk.at(1.9)
    said.answer()
    talk.at(5)
    assert said.got.status == 200


def test_a_client_that_gives_up_interrupts_the_proxy_on_the_way():
    talk = Conversation(client(asks="proxy", response_timeout="2 s"), forward_proxy(response_timeout="3 s"))
    said = talk.ask()
    talk.at(10)
    assert said.got.status == 0, "it did not wait for the proxy's 504"
    assert said.numbers("proxy") == [2, 4], "nobody is left to whom the proxy could answer"


def test_the_proxy_gives_up_first_if_it_is_less_patient():
    talk = Conversation(client(asks="proxy", response_timeout="3 s"), forward_proxy(response_timeout="2 s"))
    said = talk.ask()
    talk.at(10)
    assert said.got.status == 504
    assert said.steps[-1][1] == 2.0
