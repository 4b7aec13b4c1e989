"""What a proxy changes in the messages that it passes on."""

from email.utils import formatdate

from hypothesis import given
from hypothesis import strategies as st

from sim.rules import forwarding
from sim.rules.forwarding import HOP_BY_HOP, end_to_end, field_value
from tests.rules.cases import cases, fields
from tests.rules.strategies import any_fields
from tests.support.scripted_world import request

anything = st.lists(st.tuples(st.text(max_size=12), st.text()), max_size=5).map(tuple)


@cases("end_to_end")
def test_end_to_end(exchange, expected):
    assert end_to_end(fields(exchange)) == fields(expected)


@cases("with_via")
def test_with_via(exchange, expected):
    assert forwarding.with_via(fields(exchange["fields"]), exchange["via"]) == fields(expected)


@cases("has_looped")
def test_has_looped(exchange, expected):
    assert forwarding.has_looped(fields(exchange["fields"]), exchange["pseudonym"]) is expected


@cases("hops_left")
def test_hops_left(exchange, expected):
    assert forwarding.hops_left(fields(exchange)) == expected


@cases("one_hop_less")
def test_one_hop_less(exchange, expected):
    assert forwarding.one_hop_less(fields(exchange)) == fields(expected)


@cases("answered_here")
def test_answered_here(exchange, expected):
    answer = forwarding.answered_here(request(method=exchange["method"], fields=fields(exchange["fields"])))
    assert (answer and {"status": answer.status, "body": answer.body.decode()}) == expected
    assert answer is None or answer.size_bytes == len(answer.body)


@cases("returned_fields")
def test_returned_fields(exchange, expected):
    said = fields(exchange["fields"]), exchange["via"], exchange["server"]
    assert forwarding.returned_fields(*said) == fields(expected)


@cases("with_date")
def test_with_date(exchange, expected):
    assert forwarding.with_date(fields(exchange["fields"]), exchange["now_s"]) == fields(expected)


def test_a_field_that_is_not_there_is_empty():
    assert field_value((("via", "1.1 a"),), "accept") == ""


def test_another_host_in_a_target():
    assert forwarding.at_host("http://a.example", "b") == "http://b"
    assert forwarding.at_host("https://a.example:8443/x?y=/z", "b") == "https://b/x?y=/z"
    assert forwarding.at_host("http://a.example?y", "b") == "http://b?y"
    assert forwarding.at_host("a.example:443", "b") == "a.example:443", "CONNECT names no path"


@given(anything)
def test_what_goes_on_is_clean_and_nothing_is_made_up(said):
    after = end_to_end(said)
    assert all(not set("\r\n\0") & set(name + value) for name, value in after)
    assert {name for name, _ in after} <= {name for name, _ in said} - HOP_BY_HOP
    assert end_to_end(after) == after, "nothing more to do for the next proxy"


@given(any_fields)
def test_other_fields_are_passed_on_untouched_and_in_order(said):
    said = [pair for pair in said if pair[0] not in {"", "connection"}]
    proper = tuple((name, value) for name, value in said if not set("\r\n\0") & set(value))
    assert end_to_end(proper) == proper


@given(anything, st.text(max_size=12))
def test_nothing_that_is_written_raises(said, name):
    forwarding.has_looped(said, name)
    forwarding.hops_left((("max-forwards", name),))
    forwarding.at_host(name, "b")
    for method in ("TRACE", "OPTIONS"):
        answer = forwarding.answered_here(request(method=method, fields=(*said, ("max-forwards", "0"))))
        assert answer is None or answer.status == 200


@given(any_fields, st.text(max_size=12))
def test_who_has_added_itself_finds_itself(said, name):
    own = forwarding.pseudonym(f"x{name}")
    balanced = tuple(pair for pair in said if pair[0] != "via")
    assert forwarding.has_looped(forwarding.with_via(balanced, own), own)


@given(st.integers(0, 253402300799))
def test_dates_are_those_of_the_standard_library(unix_s):
    assert forwarding.with_date((), unix_s) == (("date", formatdate(unix_s, usegmt=True)),)


def test_names_in_fields_are_tokens():
    assert forwarding.pseudonym("my proxy\r\nvia: 1.1 evil") == "my-proxy-via-1.1-evil"
    assert forwarding.group_name("my gateway") == "my-gateway-backends"
