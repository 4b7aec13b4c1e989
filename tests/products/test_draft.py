"""Lines by section, and notes with their paths."""

from pathlib import Path

import pytest

import sim
from sim.products.draft import ConfigurationDraft
from sim.products.task import task


@pytest.fixture
def draft():
    return ConfigurationDraft("nginx", task(sim.load("reverse-proxy"), "gateway", Path("/run")), ("http", "server"))


def test_lines_keep_their_order_within_a_section(draft):
    draft.add("server", "c;")
    draft.add("http", "a;", "b;")
    draft.add("server", "d;")
    made = draft.finished([*draft["http"], *draft["server"]])
    assert made.text == "a;\nb;\nc;\nd;\n"
    assert made.unsupported == ()


def test_a_section_that_nobody_declared_is_a_mistake(draft):
    with pytest.raises(KeyError):
        draft.add("sever", "lost;")


def test_a_note_belongs_to_the_setting_being_written_or_to_another_one_or_to_the_node(draft):
    draft.path = "guards.0"
    draft.note("near enough")
    draft.note("left out", "cache.capacity")
    draft.note("no TLS", "")
    assert [(note.path, note.message) for note in draft.finished([]).unsupported] == [
        ("nodes.gateway.guards.0", "near enough"),
        ("nodes.gateway.cache.capacity", "left out"),
        ("nodes.gateway", "no TLS"),
    ]
