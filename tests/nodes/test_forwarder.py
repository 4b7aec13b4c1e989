"""What both proxies do when they pass a request on and an answer back."""

import pytest

from sim.nodes.forwarder import GATEWAY_TIMEOUT
from tests.support.parties import forward_proxy, reverse_proxy
from tests.support.scripted_world import Conversation


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


def test_an_answer_is_passed_back_without_what_was_for_one_connection_and_with_via():
    for proxy in (forward_proxy("it"), reverse_proxy("it")):
        said = (
            Conversation(proxy).ask().answer(fields=(("keep-alive", "timeout=5"), ("via", "1.1 app"), ("etag", '"1"')))
        )
        assert said.got.fields == (("etag", '"1"'), ("via", "1.1 app, 1.1 it"))


def test_a_stored_answer_says_by_whom_it_was_passed_on():
    talk = Conversation(reverse_proxy(cache="1 MiB"))
    talk.ask("/a").answer(fresh_for_s=60)
    assert ("via", "1.1 gateway") in talk.ask("/a").got.fields


def test_an_answer_of_its_own_is_passed_on_by_nobody():
    talk = Conversation(reverse_proxy(response_timeout="2 s"))
    said = talk.ask()
    talk.at(2)
    assert said.got.fields == ()


def test_a_request_that_was_here_before_goes_no_further():
    said = Conversation(reverse_proxy()).ask(fields=(("via", "1.1 gateway, 1.1 other"),))
    assert (said.got.status, said.got.error, said.sent) == (508, "proxy_loop_detected", [])
    assert Conversation(reverse_proxy()).ask(fields=(("via", "1.1 other"),)).asks == "app"
    silent = Conversation(reverse_proxy(via=False)).ask(fields=(("via", "1.1 gateway"),))
    assert silent.asks == "app", "who does not write itself into Via cannot find itself there"


def test_max_forwards_is_counted_down_and_ends_the_way():
    near, far = forward_proxy("near", asks="far"), forward_proxy("far")
    said = Conversation(near, far).ask(method="TRACE", fields=(("max-forwards", "1"),))
    assert [receiver for receiver, _ in said.sent] == ["far"]
    assert (
        said.got.body
        == b"TRACE http://a.example/a HTTP/1.1\r\nhost: a.example\r\nmax-forwards: 0\r\nvia: 1.1 near\r\n\r\n"
    )
    said = Conversation(near, far).ask(method="OPTIONS", fields=(("max-forwards", "2"),))
    assert said.forwarded("app")["max-forwards"] == "0"


def test_connection_named_fields_cannot_take_away_what_the_proxy_tells():
    said = Conversation(reverse_proxy()).ask(fields=(("connection", "x-forwarded-for, via"),), peer_ip="10.0.0.1")
    assert said.forwarded("app") == {"x-forwarded-for": "10.0.0.1", "via": "1.1 gateway"}


@pytest.mark.parametrize(
    ("like", "told", "host", "server"),
    [
        ("nginx", {"x-forwarded-for": "203.0.113.9"}, "gateway-backends", "nginx"),
        ("squid", {"x-forwarded-for": "203.0.113.9, 10.0.0.1", "via": "1.1 gateway (squid)"}, "a.example", "app"),
        ("haproxy", {"x-forwarded-for": "203.0.113.9"}, "a.example", "app"),
    ],
)
def test_a_reverse_proxy_like_a_product(like, told, host, server):
    said = Conversation(reverse_proxy(like=like)).ask(fields=(("x-forwarded-for", "203.0.113.9"),), peer_ip="10.0.0.1")
    assert said.forwarded("app") == told
    ((_, message),) = said.sent
    assert (message.host, message.target) == (host, f"http://{host}/a")
    got = dict(said.answer(fields=(("server", "app"),)).got.fields)
    assert got.get("server") == server
    assert got.get("via") == told.get("via")


def test_a_single_setting_wins_over_the_likeness():
    said = Conversation(reverse_proxy(like="nginx", forwarded_for="append", x_real_ip="replace", host="preserve"))
    asked = said.ask(peer_ip="10.0.0.1")
    assert asked.forwarded("app") == {"x-forwarded-for": "10.0.0.1", "x-real-ip": "10.0.0.1"}
    assert asked.sent[0][1].host == "a.example"


def test_all_that_can_be_told_of_a_client():
    all_of_them = {"x_real_ip": "replace", "x_forwarded_proto": "replace", "x_forwarded_host": "replace"}
    gateway = reverse_proxy(forwarded_for="off", forwarded="append", via=False, **all_of_them)
    assert Conversation(gateway).ask(peer_ip="2001:db8::1").forwarded("app") == {
        "forwarded": 'for="[2001:db8::1]";host=a.example;proto=http',
        "x-real-ip": "2001:db8::1",
        "x-forwarded-proto": "http",
        "x-forwarded-host": "a.example",
    }


def test_only_a_trusted_proxy_is_believed():
    gateway = reverse_proxy(x_real_ip="replace", trusted_proxies=["198.51.100.0/24"])
    told = (("x-forwarded-for", "192.0.2.66, 10.0.0.1"),)
    for peer, client_ip in (("198.51.100.1", "10.0.0.1"), ("203.0.113.9", "203.0.113.9")):
        assert Conversation(gateway).ask(fields=told, peer_ip=peer).forwarded("app")["x-real-ip"] == client_ip


def test_by_a_clock_on_the_wall_an_answer_has_a_date(monkeypatch):
    assert dict(Conversation(reverse_proxy()).ask().answer().got.fields).get("date") is None
    monkeypatch.setattr("tests.support.scripted_world.Exchange.epoch_s", 784111700.0)
    talk = Conversation(reverse_proxy()).at(77)
    assert dict(talk.ask().answer().got.fields)["date"] == "Sun, 06 Nov 1994 08:49:37 GMT"


TOLD = "10.1.0.1"


@pytest.mark.parametrize(("trusted", "asker"), [("198.51.100.0/24", "10.1.0.1"), ("192.0.2.0/24", "198.51.100.1")])
def test_a_trusted_proxy_tells_for_whom_it_asks_by_the_proxy_protocol(trusted, asker):
    settings = {"x_real_ip": "replace", "proxy_protocol": "v2", "via": False, "trusted_proxies": [trusted]}
    said = Conversation(reverse_proxy(**settings)).ask(proxied_for=TOLD, peer_ip="198.51.100.1")
    assert said.forwarded("app") == {"x-forwarded-for": asker, "x-real-ip": asker}
    assert said.sent[-1][1].proxied_for == asker


def test_what_was_told_of_a_connection_goes_no_further():
    gateway = reverse_proxy(trusted_proxies=["198.51.100.1/32"])
    said = Conversation(gateway).ask(proxied_for=TOLD, peer_ip="198.51.100.1")
    assert said.forwarded("app") == {"x-forwarded-for": "10.1.0.1", "via": "1.1 gateway"}
    assert said.sent[-1][1].proxied_for == ""
    said = Conversation(reverse_proxy()).ask(method="TRACE", proxied_for=TOLD, fields=(("max-forwards", "0"),))
    assert b"10.1.0.1" not in said.got.body


def test_two_proxies_in_a_row_tell_of_the_client_though_no_field_does():
    near = forward_proxy("near", asks="gateway", proxy_protocol="v1", via=False)
    far = reverse_proxy(forwarded_for="off", via=False, proxy_protocol="v2", trusted_proxies=["0.0.0.0/0"])
    said = Conversation(near, far).ask(peer_ip="10.1.0.7")
    assert said.forwarded("app") == {}
    assert [message.proxied_for for _, message in said.sent] == ["10.1.0.7", "10.1.0.7"]
