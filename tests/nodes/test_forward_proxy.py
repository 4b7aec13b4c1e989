"""The forward proxy's seven steps, its cache that all clients share, and what it tells of them."""

import pytest

from sim.messages import CacheStatus
from sim.nodes.next_hops import NextHops
from tests.support.parties import client, forward_proxy
from tests.support.scripted_world import Conversation, edge


def test_a_miss_takes_all_steps_in_the_textbooks_order():
    said = Conversation(forward_proxy(cache="1 MiB")).ask("/a")
    assert said.numbers("proxy") == [2, 3, 4]
    assert said.asks == "app"
    said.answer(fresh_for_s=60)
    assert said.numbers("proxy") == [2, 3, 4, 5, 6, 7]
    assert said.details("proxy") == {"LOOK_UP": "uri-miss", "FORWARD": "app", "STORE": "stored"}
    assert (said.got.status, said.got.cache_status) == (200, CacheStatus.URI_MISS)


def test_a_hit_answers_without_asking_anybody():
    talk = Conversation(forward_proxy(cache="1 MiB"))
    talk.ask("/a").answer(fresh_for_s=60)
    said = talk.at(10).ask("/a")
    assert said.numbers("proxy") == [2, 3, 7]
    assert said.sent == []
    assert (said.got.status, said.got.cache_status, said.got.age_s) == (200, CacheStatus.HIT, 10.0)


def test_a_copy_is_asked_for_again_once_it_is_stale():
    talk = Conversation(forward_proxy(cache="1 MiB"))
    talk.at(0).ask("/a").answer(fresh_for_s=60)
    assert talk.at(59).ask("/a").got.cache_status is CacheStatus.HIT

    stale = talk.at(61).ask("/a")
    assert stale.details("proxy")["LOOK_UP"] == "stale"
    assert stale.asks == "app"
    stale.answer(fresh_for_s=60)
    assert stale.got.cache_status is CacheStatus.STALE
    assert talk.at(120).ask("/a").got.age_s == 59.0


def test_what_one_client_fetched_another_one_gets():
    talk = Conversation(forward_proxy(cache="1 MiB"))
    talk.ask("/a", peer_ip="10.0.0.1").answer(fresh_for_s=60)
    assert talk.ask("/a", peer_ip="10.0.0.2").got.cache_status is CacheStatus.HIT
    assert talk.ask("/b", peer_ip="10.0.0.2").asks == "app"


def test_two_clients_that_ask_at_once_both_go_to_the_server():
    talk = Conversation(forward_proxy(cache="1 MiB"))
    first, second = talk.ask("/a"), talk.ask("/a")
    assert (first.asks, second.asks) == ("app", "app")
    second.answer(fresh_for_s=60)
    assert first.got is None
    assert talk.ask("/a").got.cache_status is CacheStatus.HIT


def test_without_a_cache_nothing_is_looked_up_or_stored():
    talk = Conversation(forward_proxy())
    for _ in range(2):
        said = talk.ask("/a").answer(fresh_for_s=60)
        assert said.numbers("proxy") == [2, 4, 5, 7]
        assert said.got.cache_status is CacheStatus.NONE


def test_what_may_not_be_stored_is_not():
    talk = Conversation(forward_proxy(cache="1 MiB"))
    said = talk.ask("/a").answer(fields=(("cache-control", "no-store"),))
    assert said.details("proxy")["STORE"] == "not stored"
    assert talk.ask("/a").asks == "app"


def test_its_own_work_comes_before_the_look_up():
    talk = Conversation(forward_proxy(cache="1 MiB", service_demand="5 ms"))
    said = talk.ask("/a")
    assert said.works == ("proxy", 0.005)
    assert said.numbers("proxy") == [2]
    talk.at(0.005)
    said.served().answer(fresh_for_s=60)
    assert talk.ask("/a").served().got.cache_status is CacheStatus.HIT


@pytest.mark.parametrize(
    ("mode", "carried"),
    [("append", "203.0.113.9, 10.0.0.1"), ("replace", "10.0.0.1"), ("delete", None), ("off", "203.0.113.9")],
)
def test_what_it_does_with_forwarded_for(mode, carried):
    talk = Conversation(forward_proxy(forwarded_for=mode))
    said = talk.ask(fields=(("x-forwarded-for", "203.0.113.9"),), peer_ip="10.0.0.1")
    assert said.forwarded("app").get("x-forwarded-for") == carried


def test_by_default_it_hides_its_clients_and_names_itself():
    said = Conversation(forward_proxy()).ask(fields=(("x-forwarded-for", "203.0.113.9"),))
    assert said.forwarded("app") == {"via": "1.1 proxy"}


def test_it_can_keep_silent_about_itself():
    assert Conversation(forward_proxy(via=False)).ask().forwarded("app") == {}


def test_a_chain_of_proxies():
    campus = forward_proxy("campus", asks="isp", forwarded_for="append")
    isp = forward_proxy("isp", forwarded_for="append")
    students = client(asks="campus")
    said = Conversation(students, campus, isp, addresses={"campus": "192.0.2.7"}).ask(peer_ip="10.0.0.1")
    assert [receiver for receiver, _ in said.sent] == ["campus", "isp", "app"]
    assert said.forwarded("isp") == {"x-forwarded-for": "10.0.0.1", "via": "1.1 campus"}
    assert said.forwarded("app") == {"x-forwarded-for": "10.0.0.1, 192.0.2.7", "via": "1.1 campus, 1.1 isp"}


def test_a_second_cache_counts_the_age_of_the_first():
    near = forward_proxy("near", asks="far", cache="1 MiB")
    far = forward_proxy("far", cache="1 MiB")
    talk = Conversation(near, far)
    talk.at(0).ask("/a").answer(fresh_for_s=60)

    # Somebody else's near proxy asks the far one at 40 s, and stores what is 40 s old already.
    other = forward_proxy("near", asks="far", cache="1 MiB")
    talk = Conversation(other, far).at(40)
    assert talk.ask("/a").got.age_s == 40.0
    assert talk.at(59).ask("/a").got.age_s == 59.0
    assert talk.at(61).ask("/a").asks == "app", "stale after 60 s in both, not after 60 s in each"


def test_a_server_that_takes_too_long():
    talk = Conversation(forward_proxy(cache="1 MiB", response_timeout="3 s"))
    said = talk.at(1).ask("/a")
    talk.at(4)
    assert (said.got.status, said.got.error) == (504, "http_response_timeout")
    assert said.numbers("proxy") == [2, 3, 4, 5, 6, 7]
    assert talk.ask("/a").asks == "app", "an error is not stored"


def test_each_client_keeps_to_one_of_several_servers():
    servers = NextHops(None, {"a.example": (edge("proxy", "app-0", 0), edge("proxy", "app-1", 1))})
    talk = Conversation(forward_proxy(routes=servers))
    asked = [talk.ask(peer_ip=f"10.0.0.{number}").asks for number in (2, 3, 4, 5, 2, 3)]
    assert asked == ["app-0", "app-1", "app-0", "app-1", "app-0", "app-1"]
