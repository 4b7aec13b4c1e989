"""Cache-Control for one kind of cache only."""

import time

from hypothesis import given
from hypothesis import strategies as st

from sim.rules.targeted import targeted
from tests.rules.cases import cases
from tests.rules.strategies import VALUES

PIECES = ["max-age", "no-cache", "=", ",", ", ", ";", '"', "\\", "(", ")", ":", "?1", "60", "-", ".5", "A", " ", "*"]


@cases("targeted")
def test_targeted(exchange, expected):
    found = targeted((("cache-control", "no-store"), *(("cdn-cache-control", line) for line in exchange)))
    assert found == expected


def test_fields_for_others_do_not_count():
    assert targeted((("cdn-cache-control", "max-age=1"),), "surrogate-control") is None


@given(st.one_of(VALUES, st.lists(st.sampled_from(PIECES), max_size=20).map("".join)))
def test_no_value_raises(value):
    found = targeted((("cdn-cache-control", value),))
    assert found is None or all(isinstance(argument, str) for argument in found.values())


def test_the_time_does_not_explode():
    start_s = time.process_time()
    for hostile in ("a=(" + "1 " * 20_000, 'a="' + "\\" * 50_000, "a;" + "b;" * 20_000 + "!", "a" + " " * 50_000 + "!"):
        targeted((("cdn-cache-control", hostile),))
    assert time.process_time() - start_s < 2
