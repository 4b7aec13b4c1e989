"""What a proxy tells of its client, and whom it believes."""

from ipaddress import ip_address

from hypothesis import given
from hypothesis import strategies as st

from sim.rules.client_address import (
    Identity,
    RequestContext,
    claims,
    origin,
    sender_address,
    told_addresses,
    with_client_fields,
)
from sim.rules.forwarding import field_value
from tests.rules.cases import cases, fields
from tests.rules.strategies import any_fields

MODES = st.sampled_from(["append", "replace", "delete", "off"])
CLAIMS = ["x-forwarded-for", "forwarded", "x-real-ip"]
hostile = st.lists(
    st.tuples(
        st.sampled_from(CLAIMS),
        st.text() | st.sampled_from(["10.3.0.1, x", "for=10.3.0.1", "for=_a;by=unknown", "[::"]),
    ),
    max_size=4,
).map(tuple)


@cases("with_client_fields")
def test_introduced(exchange, expected):
    said = dict(exchange)
    before = fields(said.pop("fields"))
    asked = RequestContext(said.pop("peer"), said.pop("host", ""), said.pop("scheme", "http"))
    identity = Identity(**{**said, "trusted": tuple(said.get("trusted", ()))})
    assert with_client_fields(before, asked, identity) == fields(expected)


@cases("sender_address")
def test_asker(exchange, expected):
    assert sender_address(exchange.get("told", ""), exchange["peer"], tuple(exchange["trusted"])) == expected


@cases("origin")
def test_origin(exchange, expected):
    found = origin(fields(exchange["fields"]), exchange["peer"], tuple(exchange["trusted"]))
    assert found._asdict() == {key: tuple(said) if isinstance(said, list) else said for key, said in expected.items()}


@cases("told_addresses")
def test_told_addresses(exchange, expected):
    assert list(told_addresses(exchange)) == expected


def test_it_tells_of_the_target_only_if_a_setting_says_so():
    assert not Identity("append", x_real_ip="replace", forwarded="delete", x_forwarded_host="off").tells_target
    for said in ({"forwarded": "append"}, {"x_forwarded_proto": "replace"}, {"x_forwarded_host": "replace"}):
        assert Identity(**said).tells_target


@given(any_fields, MODES)
def test_other_fields_are_passed_on_untouched_and_in_order(said, mode):
    before = [pair for pair in said if pair[0] != "x-forwarded-for"]
    after = with_client_fields(said, RequestContext("10.0.0.1"), Identity(mode))
    assert [pair for pair in after if pair[0] != "x-forwarded-for"] == before


@given(any_fields)
def test_who_deletes_leaves_no_trace_of_the_client(said):
    assert (
        field_value(with_client_fields(said, RequestContext("10.0.0.1"), Identity("delete")), "x-forwarded-for") == ""
    )


@given(any_fields, MODES)
def test_the_peer_is_named_exactly_if_the_mode_says_so(said, mode):
    told = with_client_fields(said, RequestContext("198.51.100.77"), Identity(mode))
    named = field_value(told, "x-forwarded-for").split(", ")[-1]
    assert (named == "198.51.100.77") is (mode in {"append", "replace"})


@given(hostile, st.sampled_from(["10.3.0.1", "10.9.0.1", "2001:db8::1"]))
def test_the_client_is_an_address_that_a_trusted_party_saw(said, peer):
    found = origin(said, peer, ("10.3.0.0/16",))
    ip_address(found.client_ip)
    if not peer.startswith("10.3."):
        assert found == (peer, (), claims(said)), "who is not trusted is believed nothing"
    assert all(ip.startswith("10.3.") for ip in found.trusted_path)


@given(st.lists(st.sampled_from(["192.0.2.66", "10.3.0.9", "unknown", "x"]), max_size=4))
def test_what_the_client_writes_never_changes_who_it_is(spoofed):
    lines = (("x-forwarded-for", ", ".join(spoofed)),) if spoofed else ()
    told = with_client_fields(lines, RequestContext("10.1.0.1"), Identity("append"))
    found = origin(told, "10.3.0.1", ("10.3.0.0/16",))
    assert found == ("10.1.0.1", ("10.3.0.1",), tuple(spoofed))


@given(st.text())
def test_told_addresses_are_addresses(value):
    assert all(ip_address(one) for one in told_addresses(value))
