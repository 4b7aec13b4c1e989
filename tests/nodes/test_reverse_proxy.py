"""The reverse proxy's six steps, how it picks a backend, and what it tells the balancer."""

import pytest

from sim.messages import CacheStatus
from tests.support.parties import backend, client, forward_proxy, reverse_proxy
from tests.support.scripted_world import Conversation

THREE = ("app-0", "app-1", "app-2")


def test_a_miss_takes_all_steps_in_the_textbooks_order():
    said = Conversation(reverse_proxy(cache="1 MiB")).ask("/a")
    assert said.numbers("gateway") == [1, 2, 3]
    said.answer(fresh_for_s=60)
    assert said.numbers("gateway") == [1, 2, 3, 4, 5, 6]
    assert said.details("gateway") == {"CHOOSE": "app", "FORWARD": "app", "STORE": "stored"}
    assert said.got.cache_status is CacheStatus.URI_MISS


def test_a_hit_spares_the_backends():
    talk = Conversation(reverse_proxy(cache="1 MiB"))
    talk.ask("/a").answer(fresh_for_s=60)
    said = talk.at(59).ask("/a")
    assert said.numbers("gateway") == [1, 2, 6]
    assert said.details("gateway") == {"CHOOSE": "hit"}
    assert (said.sent, said.got.age_s) == ([], 59.0)


def test_a_stale_copy_is_fetched_anew():
    talk = Conversation(reverse_proxy(cache="1 MiB"))
    talk.at(0).ask("/a").answer(fresh_for_s=60)
    said = talk.at(60).ask("/a")
    assert said.asks == "app"
    assert said.answer(fresh_for_s=60).got.cache_status is CacheStatus.STALE
    assert talk.at(119).ask("/a").got.cache_status is CacheStatus.HIT


def test_a_post_goes_past_the_cache():
    talk = Conversation(reverse_proxy(cache="1 MiB"))
    talk.ask("/a").answer(fresh_for_s=60)
    said = talk.ask("/a", method="POST").answer(fresh_for_s=60)
    assert said.got.cache_status is CacheStatus.METHOD
    assert said.details("gateway")["STORE"] == "invalidated"


def test_without_a_cache_it_only_balances():
    said = Conversation(reverse_proxy()).ask().answer(fresh_for_s=60)
    assert said.numbers("gateway") == [1, 2, 3, 4, 6]
    assert said.got.cache_status is CacheStatus.NONE


def test_its_own_work_comes_first():
    said = Conversation(reverse_proxy(service_demand="5 ms")).ask()
    assert (said.works, said.numbers("gateway")) == (("gateway", 0.005), [1])
    assert said.served().asks == "app"


def test_round_robin():
    talk = Conversation(reverse_proxy(backends=THREE))
    assert [talk.ask().asks for _ in range(4)] == ["app-0", "app-1", "app-2", "app-0"]


def test_least_connections_hears_of_answers():
    talk = Conversation(reverse_proxy(backends=THREE, balancing="least_connections"))
    said = [talk.ask() for _ in range(3)]
    assert [one.asks for one in said] == ["app-0", "app-1", "app-2"]
    said[1].answer()
    assert talk.ask().asks == "app-1"


def test_the_balancer_is_told_when_a_backend_takes_too_long():
    talk = Conversation(reverse_proxy(backends=THREE, balancing="least_connections", response_timeout="2 s"))
    said = talk.at(0).ask()
    talk.at(2)
    assert (said.got.status, said.got.error) == (504, "http_response_timeout")
    assert said.numbers("gateway") == [1, 2, 3, 4, 6]
    assert talk.ask().asks == "app-0"


def test_the_balancer_is_told_when_the_client_has_gone():
    gateway = reverse_proxy(backends=THREE, balancing="least_connections")
    talk = Conversation(client(asks="gateway", response_timeout="2 s"), gateway)
    said = talk.at(0).ask()
    talk.at(2)
    assert said.got.status == 0
    assert said.numbers("gateway") == [1, 2, 3], "it was interrupted while it waited"
    assert talk.ask().asks == "app-0", "or it would be taken for busy for ever"


@pytest.mark.parametrize(
    ("mode", "carried"),
    [("append", "203.0.113.9, 10.0.0.1"), ("replace", "10.0.0.1"), ("delete", None), ("off", "203.0.113.9")],
)
def test_what_it_does_with_forwarded_for(mode, carried):
    talk = Conversation(reverse_proxy(forwarded_for=mode))
    said = talk.ask(fields=(("x-forwarded-for", "203.0.113.9"),), peer_ip="10.0.0.1")
    assert said.forwarded("app").get("x-forwarded-for") == carried


def test_by_default_it_tells_the_backend_who_asked():
    said = Conversation(reverse_proxy()).ask(peer_ip="10.0.0.1")
    assert said.forwarded("app") == {"x-forwarded-for": "10.0.0.1", "via": "1.1 gateway"}


def test_a_client_that_is_remembered_by_its_address_stays_where_it_was():
    talk = Conversation(reverse_proxy(backends=THREE, balancing="client_hash"))
    asked = {
        ip: {talk.ask(peer_ip=ip).asks for _ in range(3)} for ip in ("10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4")
    }
    assert all(len(places) == 1 for places in asked.values())
    assert len(set.union(*asked.values())) > 1


def test_a_hit_in_the_reverse_proxy_is_a_miss_in_the_forward_proxy_before_it():
    gateway = reverse_proxy(cache="1 MiB")
    Conversation(gateway).at(0).ask("/a").answer(fresh_for_s=60)
    talk = Conversation(client(asks="proxy"), forward_proxy(asks="gateway", cache="1 MiB"), gateway)

    said = talk.at(50).ask("/a")
    assert (said.got.cache_status, said.got.age_s) == (CacheStatus.URI_MISS, 50.0)
    assert said.numbers("gateway") == [1, 2, 6]

    said = talk.at(59).ask("/a")
    assert (said.got.cache_status, said.got.age_s) == (CacheStatus.HIT, 59.0)
    assert said.numbers("gateway") == []
    assert talk.at(61).ask("/a").asks == "app"


def test_a_backends_refusal_reaches_the_client_and_is_not_stored():
    talk = Conversation(reverse_proxy(cache="1 MiB"), backend())
    said = talk.ask("/a").turned_away()
    assert said.got.status == 503
    assert talk.ask("/a").works == ("app", 0.5)
