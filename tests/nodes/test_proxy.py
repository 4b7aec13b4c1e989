"""What all proxies do, stage by stage: guards, transforms, and the order in which they act."""

import ast
import inspect
from pathlib import Path

import pytest

from sim.messages import Draws
from sim.nodes import proxy
from sim.policies import guards
from sim.policies.guards import Delay, Guard, Refusal
from tests.support.parties import forward_proxy, reverse_proxy
from tests.support.registered import forgetting
from tests.support.scripted_world import Conversation, fresh, request

PROXIES = {"forward": forward_proxy, "reverse": reverse_proxy}
every_proxy = pytest.mark.parametrize("make", PROXIES.values(), ids=PROXIES)
BLOCKLIST = {"kind": "blocklist", "paths": ["/secret"]}
COMPRESS = {"kind": "compress", "ratio": 4, "speed": "1 MB/s", "min_length": "0 B"}


@pytest.fixture
def slow_down(monkeypatch):
    """A guard that holds every request for two seconds, and then lets it pass."""
    forgetting(monkeypatch)

    @guards.registry.register("slow_down")
    class SlowDown(Guard):
        """Slow down: holds every request for two seconds."""

        def judge(self, visit):
            return Delay(2.0)


def stages(said):
    return [(step.name, stage) for _, step, stage in said.stages if stage]


@every_proxy
def test_a_guard_refuses_before_the_cache_is_asked(make):
    talk = Conversation(make(cache="1 MiB", guards=[BLOCKLIST]))
    said = talk.ask("/secret/plan")
    assert (said.got.status, said.got.error) == (403, "http_request_denied")
    assert said.sent == []
    assert [stage for _, stage in stages(said)] == ["blocklist"]
    assert "blocked" in said.details(next(iter(said.steps))[0]).values()
    assert talk.ask("/public").asks == "app"


@every_proxy
def test_a_refusal_takes_no_more_steps_than_it_needs(make):
    said = Conversation(make(guards=[BLOCKLIST])).ask("/secret")
    numbers = said.numbers(next(iter(said.steps))[0])
    assert numbers == ([2, 3, 7] if make is forward_proxy else [1, 2, 6])


@pytest.mark.usefixtures("slow_down")
@every_proxy
def test_a_guard_delays(make):
    talk = Conversation(make(guards=["slow_down", BLOCKLIST]))
    said = talk.at(0).ask("/a")
    assert said.asks is None
    talk.at(2)
    assert said.asks == "app"
    refused = talk.ask("/secret")
    talk.at(4)
    assert refused.got.status == 403


@every_proxy
def test_a_transform_changes_what_is_sent_and_not_what_is_stored(make):
    talk = Conversation(make(cache="1 MiB", transforms=[COMPRESS]))
    said = talk.ask("/a").answer(fresh_for_s=60, size_bytes=1000)
    assert said.works[1] == pytest.approx(0.001)
    said.served()
    assert said.got.size_bytes == 250
    assert dict(said.got.fields)["content-encoding"] == "gzip"
    assert stages(said)[-1][1] == "compress"
    again = talk.ask("/a").served()
    assert (again.got.size_bytes, again.sent) == (250, [])
    plain = talk.ask("/a", fields=(("accept-encoding", "identity"),))
    assert (plain.got.size_bytes, plain.sent) == (1000, [])


def test_handle_reads_like_the_textbook():
    """Issue and design: at most 25 lines."""
    source = inspect.getsource(proxy.ProxyNode.handle)
    code = [line for line in source.splitlines() if line.strip() and not line.strip().startswith(("#", '"""'))]
    assert len(code) <= 25


@pytest.mark.parametrize("path", sorted(Path(proxy.__file__).parent.glob("*.py")), ids=lambda path: path.stem)
def test_values_have_names_and_are_not_found_by_number(path):
    """No index-by-number in nodes, but for the first of a heap or a queue, which has no other name in Python."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = {ast.unparse(node) for node in ast.walk(tree) if _is_index(node)}
    assert found <= {"self._free_at_s[0]", "starts_s[0]", "self._jobs[0]"}


def _is_index(node):
    return isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and type(node.slice.value) is int


def test_a_refusal_carries_its_own_fields(monkeypatch):
    forgetting(monkeypatch)

    @guards.registry.register("closed")
    class Closed(Guard):
        """Closed: refuses everything for a minute."""

        def judge(self, visit):
            return Refusal(429, (("retry-after", "60"),))

    got = Conversation(reverse_proxy(guards=["closed"])).ask().got
    assert (got.status, got.fields) == (429, (("retry-after", "60"),))


def test_requests_of_the_tests_have_a_drawn_size():
    assert request().draws.response_bytes > Draws().response_bytes


def test_a_cache_in_front_freshens_what_a_compressing_proxy_confirms():
    """RFC 9111 section 4.3.4: the 304's tag names the stored response, though its content was coded on the way."""
    talk = Conversation(
        forward_proxy(cache="1 MiB", asks="gateway"),
        reverse_proxy(cache="1 MiB", transforms=[COMPRESS | {"speed": "1 GB/s"}]),
    )
    tagged = (*fresh(60), ("etag", '"1"'))
    talk.at(0).ask("/a").answer(fields=tagged).served()
    again = talk.at(60).ask("/a").answer(304, fields=tagged)
    assert again.got.cache_status.name == "REVALIDATED"
    assert talk.at(119).ask("/a").got.cache_status.name == "HIT"
