"""Parts of the same content that came one after the other become one stored response."""

from sim.rules.combining import combined
from tests.rules.cases import cases, fields, stored

CONTENT = b"0123456789"


def part(said, tag, *lines, received_s=0.0, **more):
    if said == "whole":
        return stored([f"etag: {tag}", *lines], body=CONTENT, received_s=received_s, **more)
    first, _, last = said.partition("/")[0].partition("-")
    body = CONTENT[int(first) : int(last) + 1]
    lines = [f"etag: {tag}", f"content-range: bytes {said}", *lines]
    return stored(lines, status=206, body=body, received_s=received_s, **more)


@cases("combined")
def test_combined(exchange, expected):
    found = combined(part(*exchange["older"]), part(*exchange["newer"]))
    told = dict(found.response.fields).get("content-range")
    assert (found.response.status, found.response.body) == (expected["status"], expected["content"].encode())
    assert told == (f"bytes {expected['part']}" if "part" in expected else None)
    assert (found.part is None) is (expected["status"] == 200)


def test_fields_and_age_are_those_of_the_newer_one_and_what_it_does_not_say_stays():
    older, newer = part("0-4/10", '"1"', "x: old", "y: 1"), part("5-9/10", '"1"', "x: new", received_s=9.0)
    found = combined(older, newer)
    assert found.received_s == 9.0
    assert set(found.response.fields) == set(fields(['etag: "1"', "y: 1", "x: new"]))


def test_what_has_become_whole_is_as_plain_as_any():
    assert combined(part("0-4/10", '"1"'), part("5-9/10", '"1"')).plain
    assert not combined(part("0-3/10", '"1"'), part("4-8/10", '"1"')).plain
    for line in ("vary: x", "cache-control: no-cache"):
        assert not combined(part("0-4/10", '"1"', line), part("5-9/10", '"1"', line)).plain


def test_a_part_stored_that_is_broken_is_not_built_upon():
    broken = part("0-4/10", '"1"')
    broken = broken._replace(response=broken.response._replace(body=b"01"))
    newer = part("5-9/10", '"1"')
    assert combined(broken, newer) is newer
