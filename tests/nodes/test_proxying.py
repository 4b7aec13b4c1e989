"""What both proxies do when they pass a request on and an answer back."""

from sim.messages import CacheStatus, Response
from sim.nodes.proxying import GATEWAY_TIMEOUT, Proxying
from tests.support.parties import forward_proxy, reverse_proxy
from tests.support.scripted_world import Conversation, fresh


def test_an_answer_is_passed_on_as_it_is_but_for_this_caches_status():
    answer = Response(200, fresh(60), 1234, CacheStatus.HIT, age_s=7.0, error="")
    assert Proxying.passed_on(answer, CacheStatus.STALE) == answer._replace(cache_status=CacheStatus.STALE)


def test_a_request_is_passed_on_as_it_is_but_for_its_fields():
    for proxy in (forward_proxy(), reverse_proxy()):
        said = Conversation(proxy).ask("/a", method="POST", request_id=3, fields=(("accept", "*/*"),))
        ((_, message),) = said.sent
        assert message[:4] == (3, "POST", "http://a.example/a", "a.example")
        assert ("accept", "*/*") in message.fields
        assert (message.size_bytes, message.draws.response_bytes) == (400, 1000)


def test_an_answer_at_the_last_moment_is_in_time():
    talk = Conversation(forward_proxy(response_timeout="2 s"))
    said = talk.at(0).ask()
    talk.at(1.999)
    said.answer()
    talk.at(3)
    assert said.got.status == 200


def test_no_answer_in_time_is_an_error_of_the_gateway():
    assert (GATEWAY_TIMEOUT.status, GATEWAY_TIMEOUT.error) == (504, "http_response_timeout")
    talk = Conversation(reverse_proxy(response_timeout="2 s"))
    said = talk.ask()
    talk.at(2)
    assert said.got == GATEWAY_TIMEOUT
    assert said.asks is None, "it no longer waits"


def test_of_two_proxies_in_a_row_the_less_patient_one_decides():
    near = forward_proxy("near", asks="gateway", response_timeout="5 s")
    talk = Conversation(near, reverse_proxy(response_timeout="2 s"))
    said = talk.ask()
    talk.at(10)
    assert said.got.status == 504
    assert [time_s for name, time_s, _, _ in said.steps if name == "near"][-1] == 2.0

    near = forward_proxy("near", asks="gateway", response_timeout="2 s")
    talk = Conversation(near, reverse_proxy(response_timeout="5 s"))
    said = talk.ask()
    talk.at(10)
    assert said.got.status == 504
    assert said.numbers("gateway") == [1, 2, 3], "nobody waits for its answer any more"
