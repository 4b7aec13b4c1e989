"""What a proxy tells of its cache and of its troubles."""

from hypothesis import given
from hypothesis import strategies as st

from sim.messages import CacheStatus, Response
from sim.rules.status import status_fields, written
from sim.rules.targeted import targeted
from tests.rules.cases import cases, fields
from tests.rules.strategies import any_fields


@cases("status")
def test_status(exchange, expected):
    said = {"status": 200, "fields": [], "age_s": 0.0, "error": "", "name": "edge", **exchange}
    outcome, lines = CacheStatus[said.pop("cache")], said.pop("fields")
    response = Response(said.pop("status"), fields(lines), 100, outcome, said.pop("age_s"), said.pop("error"))
    assert status_fields(response, said.pop("name"), **said) == fields(expected)


@given(st.sampled_from(CacheStatus), any_fields, st.floats(), st.text())
def test_no_name_and_no_age_makes_it_malformed(outcome, said, age_s, name):
    told = status_fields(Response(200, said, 100, outcome, age_s), name, stored=True, key=name)
    assert bool(told) is (outcome is not CacheStatus.NONE)
    for _, value in told:
        # Parameters of a member are those of a Dictionary's: it reads them, if its name is put before.
        assert targeted((("cdn-cache-control", f"member={value}"),)) is not None


@given(st.text())
def test_a_name_is_a_token_or_a_string(name):
    assert written(name) == name or written(name)[0] == written(name)[-1] == '"'
