"""Responses that were selected by request fields, and the choice among them."""

from hypothesis import given
from hypothesis import strategies as st

from sim.rules.variants import beside, matches, select, selecting
from tests.rules.cases import cases, fields, stored
from tests.rules.strategies import any_fields


def variant(vary, request, date_s=10, **said):
    lines = [f"date: Thu, 01 Jan 1970 00:00:{date_s:02} GMT", *(f"vary: {line}" for line in vary)]
    return stored(lines, request=request, **said)


@cases("selects")
def test_selects(exchange, expected):
    kept = variant(exchange["vary"], exchange["then"])
    assert matches(kept, fields(exchange["now"])) is expected
    assert (select([kept], fields(exchange["now"])) is kept) is expected


def test_the_latest_date_wins_and_then_what_was_received_last():
    old, new = variant([], [], date_s=10, received_s=50), variant([], [], date_s=20, received_s=40)
    assert select([old, new], ()) is new
    again = variant([], [], date_s=20, received_s=60)
    assert select([again, new], ()) is again
    undated = stored([], received_s=30)
    assert select([new, undated], ()) is undated, "what has no date was made when it was received"


def test_a_variant_takes_the_place_of_the_one_for_the_same_request():
    german, french = variant(["x"], ["x: de"]), variant(["x"], ["x: fr"])
    newer = variant(["x"], ["x: de"])
    assert beside([french, german], newer, 8) == (newer, french)
    assert beside([french, german], newer, 8)[0] is newer


def test_what_does_not_vary_takes_the_place_of_all():
    assert len(beside([variant(["x"], ["x: de"]), variant(["y"], [])], variant([], []), 8)) == 1


def test_what_varies_by_less_takes_the_place_of_what_varies_by_more():
    older = variant(["x, y"], ["x: 1", "y: 2"])
    assert beside([older], variant(["x"], ["x: 1", "y: 3"]), 8)[1:] == ()
    assert beside([older], variant(["x"], ["x: 2", "y: 2"]), 8)[1:] == (older,)
    assert beside([variant(["x"], ["x: 1"])], variant(["x, y"], ["x: 1"]), 8)[1:] != ()


def test_the_one_stored_first_goes_when_there_are_too_many():
    kept = ()
    for number in range(5):
        kept = beside(kept, variant(["x"], [f"x: {number}"]), 3)
    assert [one.request_fields for one in kept] == [fields([f"x: {number}"]) for number in (4, 3, 2)]


def test_a_part_joins_the_parts_that_are_stored_for_the_same_request():
    start, end = (
        stored(['etag: "1"', f"content-range: bytes {said}/10"], status=206, body=body)
        for said, body in (("0-4", b"01234"), ("5-9", b"56789"))
    )
    (whole,) = beside([start], end, 8)
    assert (whole.response.status, whole.response.body) == (200, b"0123456789")


@given(any_fields, st.lists(st.sampled_from(["accept", "vary", "x", "accept-language", "*"])).map(tuple))
def test_no_field_value_raises_and_a_request_selects_what_it_fetched(said, vary):
    assert selecting(vary, said) == selecting(vary, said)
    kept = variant([", ".join(vary)], [])._replace(request_fields=said)
    assert matches(kept, said) is ("*" not in vary)
