"""Candidates, balancer and attempts: what is asked when a next node fails."""

import pytest

from sim.messages import StreamedContent
from sim.policies import resilience
from sim.policies.resilience import Resilience, Retry
from sim.policies.stage import Attempt, Visit
from tests.support.parties import forward_proxy, reverse_proxy
from tests.support.registered import forgetting
from tests.support.scripted_world import Conversation

THREE = ("app-0", "app-1", "app-2")
RETRY = {"kind": "retry", "attempts": 3}


def gateway(**said):
    return Conversation(reverse_proxy(backends=THREE, **said))


def test_a_failure_is_tried_again_at_another_member():
    said = gateway(resilience=[RETRY]).ask()
    assert said.asks == "app-0"
    said.answer(503)
    assert said.asks == "app-1"
    said.answer(200)
    assert said.got.status == 200
    assert said.attempts == [0, 1]
    chosen = [(step.name, stage) for _, step, stage in said.stages if step.name == "CHOOSE"]
    assert chosen == [("CHOOSE", ""), ("CHOOSE", "retry")]


def test_the_last_failure_is_passed_on_when_attempts_are_used_up():
    said = gateway(resilience=[RETRY]).ask()
    for status in (502, 503, 504):
        said.answer(status)
    assert said.got.status == 504
    assert len(said.sent) == 3


def test_when_all_members_were_tried_they_are_asked_again():
    said = Conversation(reverse_proxy(backends=THREE[:1], resilience=[RETRY])).ask()
    said.answer(503).answer(200)
    assert (said.got.status, len(said.sent)) == (200, 2)


def test_what_is_not_idempotent_is_asked_once():
    assert gateway(resilience=[RETRY]).ask(method="POST").answer(503).got.status == 503


def test_without_rules_nothing_is_tried_again():
    assert gateway().ask().answer(503).got.status == 503


def test_a_forward_proxy_tries_again_too():
    said = Conversation(forward_proxy(resilience=["retry"])).ask()
    assert said.answer(502).answer(200).got.status == 200


def test_a_timeout_is_a_failure_like_others():
    talk = gateway(resilience=[RETRY], response_timeout="2 s")
    said = talk.at(0).ask()
    talk.at(2)
    assert said.asks == "app-1"
    assert said.answer(200).got.status == 200


def test_the_balancer_hears_of_every_attempt():
    talk = gateway(resilience=[RETRY], balancing="least_connections")
    first = talk.ask()
    first.answer(503)
    assert first.asks == "app-1"
    # app-0 has answered, app-1 is busy: the next request may go to app-0.
    assert talk.ask().asks == "app-0"
    assert talk.ask().asks == "app-2"


@pytest.fixture
def rules(monkeypatch):
    forgetting(monkeypatch)

    @resilience.registry.register("not_app_0")
    class NotApp0(Resilience):
        """Not app-0: keeps one member out."""

        def admits(self, member, now_s):
            return member != "app-0"

    @resilience.registry.register("nobody")
    class Nobody(Resilience):
        """Nobody: keeps all members out."""

        def admits(self, member, now_s):
            return False

    @resilience.registry.register("after_a_while")
    class AfterAWhile(Resilience):
        """After a while: asks the same member again, five seconds later."""

        def again(self, visit, attempts):
            return Retry(5.0, same_member=True) if attempts[-1].status == 503 else None


@pytest.mark.usefixtures("rules")
def test_only_admitted_members_are_candidates():
    talk = gateway(resilience=["not_app_0"])
    assert {talk.ask().asks for _ in range(6)} == {"app-1", "app-2"}


@pytest.mark.usefixtures("rules")
def test_with_no_candidate_the_proxy_answers_itself():
    got = gateway(resilience=["nobody"]).ask().got
    # RFC 9209 section 2.3.4: "The intermediary considers the next hop to be unavailable".
    assert (got.status, got.error) == (503, "destination_unavailable")


@pytest.mark.usefixtures("rules")
def test_an_attempt_may_come_later_and_at_the_same_member():
    talk = Conversation(reverse_proxy(backends=THREE, resilience=["after_a_while"], balancing="client_hash"))
    said = talk.at(0).ask()
    first = said.asks
    said.answer(503)
    assert said.asks is None
    talk.at(5)
    assert said.asks == first
    assert said.answer(200).got.status == 200


def test_the_cache_learns_only_of_the_attempt_that_counts():
    talk = Conversation(reverse_proxy(backends=THREE, resilience=[RETRY], cache="1 MiB"))
    talk.ask("/a").answer(503).answer(fresh_for_s=60)
    assert talk.ask("/a").got.cache_status.name == "HIT"


@pytest.fixture
def watching(monkeypatch):
    """A rule that remembers all that it hears, and asks for one more attempt after any failure."""
    forgetting(monkeypatch)
    heard, visits = [], []

    @resilience.registry.register("watching")
    class Watching(Resilience):
        """Watching: remembers."""

        def admits(self, member, now_s):
            visits.append(now_s)
            return True

        def note(self, attempt):
            heard.append(attempt)

        def again(self, visit, attempts):
            visits.append(visit)
            return Retry(2.0) if len(attempts) < 2 and attempts[-1].status >= 500 else None

    return heard, visits


def test_rules_hear_of_every_attempt_how_it_ended_and_when(watching):
    heard, visits = watching
    talk = gateway(resilience=["watching"], response_timeout="1 s")
    said = talk.at(5).ask()
    talk.at(6)
    talk.at(8)
    said.answer(200)
    assert heard == [
        Attempt(0, "app-0", 504, "http_response_timeout", 5.0, 6.0),
        Attempt(1, "app-1", 200, "", 8.0, 8.0),
    ]
    assert [said for said in visits if isinstance(said, float)] == [5.0] * 3 + [8.0] * 3, "asked with the present time"


class Stream(StreamedContent):
    """A content that is still being received."""

    length = None

    def preceded_by(self, held): ...

    def when_whole(self, response, then): ...

    def encoded_by(self, encoder): ...

    def __aiter__(self):
        raise AssertionError("nobody reads it here")


@pytest.mark.parametrize(("body", "attempts"), [(None, 2), (b"all of it", 2), (Stream(), 1)])
def test_a_content_that_came_as_a_stream_is_not_sent_twice(body, attempts):
    said = gateway(resilience=[RETRY]).ask(method="PUT", body=body).answer(503)
    assert (said.got is None) is (attempts == 2)
    assert len(said.sent) == attempts


@pytest.mark.parametrize(
    ("trusted", "proxied_for", "client_ip"),
    [([], "10.9.9.9", "10.0.0.1"), (["10.0.0.0/24"], "10.9.9.9", "10.9.9.9"), (["10.0.0.0/24"], "", "192.0.2.7")],
)
def test_stages_know_the_client_that_trusted_proxies_name(trusted, proxied_for, client_ip, watching):
    _, visits = watching
    fields = (("x-forwarded-for", "192.0.2.7"),) if not proxied_for else ()
    talk = gateway(resilience=["watching"], trusted_proxies=trusted)
    talk.ask(fields=fields, proxied_for=proxied_for).answer(200)
    (visit,) = [one for one in visits if isinstance(one, Visit)]
    assert (visit.peer_ip, visit.client_ip) == ("10.0.0.1", client_ip)
