"""What a response says of its storing and reuse."""

from hypothesis import given
from hypothesis import strategies as st

from sim.rules.freshness import HEURISTICALLY_CACHEABLE
from sim.rules.terms import SHARED, UNDERSTOOD, CacheKind, has_validator, terms
from tests.rules.cases import cases, fields, kind
from tests.rules.strategies import any_fields


@cases("terms")
def test_terms(exchange, expected):
    said = dict(exchange)
    found = terms(kind(**{key: said[key] for key in said.keys() - {"fields"}}), 200, fields(said["fields"]))
    assert {name: getattr(found, name) for name in expected} == {
        name: tuple(value) if isinstance(value, list) else value for name, value in expected.items()
    }


def test_a_year_of_two_digits_is_read_as_of_now():
    said, in_2026_s = fields(["expires: Thursday, 18-Aug-50 02:01:18 GMT"]), 1.79e9
    assert terms(SHARED, 200, said, in_2026_s).expires_s == 2544400878.0
    assert not terms(SHARED, 200, said, in_2026_s + 26 * 366 * 86400).storable, "2050 is over"
    assert not terms(SHARED, 200, said, now_s=0.0).storable, "seen from 1970, 2050 is more than 50 years ahead"


def test_whatever_may_be_kept_on_a_guess_is_understood():
    assert HEURISTICALLY_CACHEABLE <= UNDERSTOOD


def test_a_validator_is_an_entity_tag_or_a_date():
    assert has_validator(fields(["last-modified: x"]))
    assert has_validator(fields(["etag: x"]))
    assert not has_validator(fields(["date: x"]))


@given(
    any_fields,
    st.integers(100, 999),
    st.builds(CacheKind, st.booleans(), st.floats(0, 1), st.booleans(), st.booleans()),
)
def test_no_field_value_raises(said, status, cache):
    found = terms(cache, status, said)
    assert found.lifetime_s >= 0
    assert not (found.storable and status < 200)
    assert terms(SHARED, status, found.fields).fields == found.fields, "what is left out once stays out"
