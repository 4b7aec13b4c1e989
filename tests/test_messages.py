"""Messages are frozen data with the words of the RFCs."""

from __future__ import annotations

import pickle

import pytest

from sim.messages import NO_DRAWS, NO_FIELDS, CacheStatus, Draws, Request, Response

REQUEST = Request(7, "GET", "http://example.org/a", "example.org", (("via", "1.1 edge"),), 400, Draws(0.02, 1000))
RESPONSE = Response(200, (("cache-control", "max-age=60"),), 1000, CacheStatus.HIT)


@pytest.mark.parametrize(("message", "name"), [(REQUEST, "method"), (RESPONSE, "status"), (Draws(), "link_draw")])
def test_messages_are_frozen(message, name):
    with pytest.raises(AttributeError):
        setattr(message, name, None)


def test_a_forwarded_request_keeps_its_number_and_its_draws():
    forwarded = REQUEST._replace(fields=(*REQUEST.fields, ("x-forwarded-for", "192.0.2.1")))
    assert (forwarded.request_id, forwarded.draws) == (REQUEST.request_id, REQUEST.draws)
    assert len(REQUEST.fields) == 1


@pytest.mark.parametrize("message", [REQUEST, RESPONSE])
def test_messages_are_values(message):
    assert pickle.loads(pickle.dumps(message)) == message
    assert hash(message) == hash(message._replace())


def test_a_bare_request_carries_no_chance():
    bare = Request(0, "GET", "http://example.org/", "example.org", NO_FIELDS)
    assert bare.draws == NO_DRAWS
    assert (NO_DRAWS.service_demand_s, NO_DRAWS.response_bytes, NO_DRAWS.response_fields) == (0.0, 0, ())


def test_a_bare_response_has_no_cache_and_no_error():
    bare = Response(200, NO_FIELDS, 0)
    assert (bare.cache_status, bare.error) == (CacheStatus.NONE, "")


def test_cache_status_codes_are_dense():
    assert [int(status) for status in CacheStatus] == list(range(len(CacheStatus)))
