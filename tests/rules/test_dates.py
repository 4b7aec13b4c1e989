"""Dates in their three forms, without any clock or calendar but arithmetic."""

from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.rules import dates
from tests.rules.cases import cases
from tests.rules.strategies import VALUES

IN_2026_S = 1.78e9


@cases("date")
def test_date(exchange, expected):
    assert dates.parse(exchange, IN_2026_S) == expected


@given(st.integers(0, dates.LAST_S))
def test_what_is_written_is_what_the_library_writes_and_reads_back(seconds):
    assert dates.write(seconds) == formatdate(seconds, usegmt=True)
    assert dates.parse(dates.write(seconds)) == seconds


@given(st.integers(-60_000_000_000, -1))
def test_dates_before_1970(seconds):
    assert dates.parse(dates.write(seconds)) == seconds


@pytest.mark.parametrize(
    ("seconds", "written"), [(1e300, "Fri, 31 Dec 9999 23:59:59 GMT"), (-1e300, "Wed, 01 Mar 0000")]
)
def test_what_has_no_year_of_four_digits_is_the_nearest_that_has(seconds, written):
    assert dates.write(seconds).startswith(written)


@given(st.integers(1990, 2090), st.integers(0, 99))
def test_a_year_of_two_digits_is_at_most_50_years_ahead(year_now, last_two):
    now_s = (year_now - 1970 + 0.5) * 31_556_952
    seen_s = dates.parse(f"Sunday, 06-Nov-{last_two:02} 08:49:37 GMT", now_s)
    year = int(dates.write(seen_s).split()[3])
    assert year % 100 == last_two
    assert year_now - 50 < year <= year_now + 50


@given(VALUES, st.floats(0, 1e12))
def test_no_text_raises(text, now_s):
    found = dates.parse(text, now_s)
    assert found is None or isinstance(found, float)
