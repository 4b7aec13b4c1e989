"""Forwarded is read and written as RFC 7239 says, and nothing that somebody sends does harm."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import MessageError
from sim.rules import forwarded
from sim.rules.forwarded import Element, ForwardedNode
from tests.rules.cases import cases

addresses = st.ip_addresses().map(str).filter(lambda text: "%" not in text)
labels = st.text("abcXYZ019._-", min_size=1, max_size=8).map(lambda text: f"_{text}")
nodes = st.builds(
    ForwardedNode, addresses | labels | st.just("unknown"), st.just("") | labels | st.integers(0, 99999).map(str)
)
printable = st.text([chr(code) for code in range(32, 127)], max_size=12)
elements = st.builds(Element, st.none() | nodes, st.none() | nodes, printable, printable)


def element(said):
    """An element from what a case says of it."""
    named = {key: ForwardedNode(*said[key]) if key in said else None for key in ("for", "by")}
    return Element(named["for"], named["by"], said.get("host", ""), said.get("proto", ""))


@cases("forwarded_parse")
def test_parse(exchange, expected):
    if expected == "refused":
        with pytest.raises(MessageError):
            forwarded.parse(exchange)
    else:
        assert forwarded.parse(exchange) == tuple(element(said) for said in expected)


@cases("forwarded_write")
def test_write(exchange, expected):
    assert forwarded.write(tuple(element(said) for said in exchange)) == expected


@given(st.lists(elements.filter(any), max_size=3).map(tuple))
def test_what_is_written_is_read_again(said):
    assert forwarded.parse(forwarded.write(said)) == said


@given(
    st.text()
    | st.lists(st.sampled_from(["for=", "by", '"', "\\", "[", "]", ":", ";", ",", "_a", "1.2.3.4"])).map("".join)
)
def test_nothing_raises_but_our_own_error(value):
    with contextlib.suppress(MessageError):
        forwarded.parse(value)
    with contextlib.suppress(MessageError):
        forwarded.parse_node(value)


def test_a_node_without_an_address_has_none():
    assert [forwarded.parse_node(text).address for text in ("unknown", "_x", "192.0.2.1:80")] == ["", "", "192.0.2.1"]
