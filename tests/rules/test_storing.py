"""Which responses a cache may store, and what of them."""

from hypothesis import given

from sim.messages import Response
from sim.rules.request_directives import asked
from sim.rules.storing import StoredResponse, make_stored, may_store, stands_for_get, to_store
from sim.rules.terms import SHARED, terms
from tests.rules.cases import cases, fields, kind, stored
from tests.rules.strategies import any_fields, any_time_s


@cases("storable")
def test_storable(exchange, expected):
    said = {"method": "GET", "status": 200, "request": [], **exchange}
    wants = asked(said.pop("method"), fields(said.pop("request")))
    status, lines = said.pop("status"), said.pop("fields")
    assert may_store(wants, terms(kind(**said), status, fields(lines))) is expected


@cases("posted")
def test_posted(exchange, expected):
    said = {"method": "POST", "status": 200, **exchange}
    page = fields(said["fields"])
    read = terms(SHARED, said["status"], page)
    assert stands_for_get(said["method"], "http://a.example/x", said["status"], page, read) is expected


@cases("kept")
def test_kept(exchange, expected):
    said = dict(exchange)
    assert stored(said.pop("fields"), **said).response.fields == fields(expected)


def test_what_is_stored_is_the_very_response_if_nothing_is_left_out():
    page = Response(200, (("cache-control", "max-age=60"),), 100)
    assert to_store(terms(SHARED, 200, page.fields), (), page, 1.0, 2.0).response is page


def test_an_age_that_no_field_tells_counts_like_one():
    assert stored(["cache-control: max-age=60"], age_s=7.0).age_s == 7.0
    assert stored(["cache-control: max-age=60", "age: 9"]).age_s == 9.0


def test_the_quick_constructor_makes_the_same():
    kept = stored(["etag: x"])
    assert make_stored(tuple(kept)) == kept
    assert type(make_stored(tuple(kept))) is StoredResponse


@given(any_fields, any_time_s, any_time_s)
def test_no_field_value_raises(said, asked_s, took_s):
    kept = to_store(terms(SHARED, 200, said, asked_s), said, Response(200, said, 100), asked_s, asked_s + took_s)
    assert kept.age_s >= 0
    assert kept.lifetime_s >= 0
    assert set(kept.response.fields) <= set(said)
