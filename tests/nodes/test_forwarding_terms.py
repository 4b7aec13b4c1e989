"""What a proxy writes into messages, as constants of its settings."""

from dataclasses import FrozenInstanceError

import pytest

from sim.nodes.forwarding_terms import forwarded_fields, forwarding_terms
from sim.rules.client_address import RequestContext
from sim.scenario.schema import ForwardProxy, ReverseProxy

SENDER = RequestContext("10.0.0.1")


def terms(model, name="edge", **said):
    role = {ForwardProxy: "forward_proxy", ReverseProxy: "reverse_proxy"}[model]
    backends = {"backends": ["app"]} if model is ReverseProxy else {}
    return forwarding_terms(name, model.model_validate({"role": role, "address": "192.0.2.1", **backends, **said}))


def test_they_are_constants():
    with pytest.raises(FrozenInstanceError):
        terms(ForwardProxy).via = "other"
    assert terms(ForwardProxy) == terms(ForwardProxy)


@pytest.mark.parametrize(
    ("said", "pseudonym", "via"),
    [
        ({}, "edge", "edge"),
        ({"via_comment": "squid"}, "edge", "edge (squid)"),
        ({"via": False}, "", ""),
        ({"via": False, "via_comment": "squid"}, "", ""),
    ],
    ids=str,
)
def test_the_pseudonym_stands_in_via_or_nowhere(said, pseudonym, via):
    found = terms(ReverseProxy, **said)
    assert (found.pseudonym, found.via) == (pseudonym, via)


@pytest.mark.parametrize("like", [None, "nginx", "haproxy"])
def test_only_a_reverse_proxy_that_does_not_preserve_it_replaces_the_host(like):
    said = {} if like is None else {"like": like}
    assert terms(ReverseProxy, **said).next_host == ("edge-backends" if like == "nginx" else "")


def test_the_proxy_protocol_announces_the_client():
    assert not terms(ReverseProxy).announces_client
    assert terms(ReverseProxy, proxy_protocol="v2").announces_client


def test_a_forwarded_request_has_the_fields_of_the_terms_and_does_not_pass_twice():
    found = terms(ReverseProxy)
    fields = forwarded_fields(found, (("connection", "close"), ("accept", "*/*")), SENDER)
    assert fields == (("accept", "*/*"), ("x-forwarded-for", "10.0.0.1"), ("via", "1.1 edge"))
    assert forwarded_fields(found, fields, SENDER) is None
