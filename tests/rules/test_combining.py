"""Parts of the same content that came one after the other become one stored response."""

import pytest

from sim.messages import Response
from sim.rules.combining import asking_for_the_rest, combined, completed
from sim.rules.request_directives import asked
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


@cases("asking_for_the_rest")
def test_asking_for_the_rest(exchange, expected):
    said = fields(exchange.get("fields", []))
    wants = asked(exchange.get("method", "GET"), said)
    found = asking_for_the_rest(wants, said, part(*exchange["stored"]))
    assert found == (expected and fields(expected))


@cases("completed")
def test_completed(exchange, expected):
    older, newer = part(*exchange["stored"]), part(*exchange["newer"]).response
    found = completed(older, newer)
    assert (found is not None) is expected
    if found is not None:
        assert (found.status, found.body, found.size_bytes) == (200, CONTENT, 10)
        assert "content-range" not in dict(found.fields)


class Coming:
    """A content that is still to come."""

    def __init__(self, length):
        self.length = length


REST = (("etag", '"1"'), ("content-range", "bytes 5-9/10"), ("age", "7"))


@pytest.mark.parametrize(("length", "fits"), [(5, True), (4, False), (None, False)])
def test_a_rest_that_is_still_to_come_must_be_as_long_as_it_says(length, fits):
    coming = Coming(length)
    found = completed(part("0-4/10", '"1"'), Response(206, REST, 300, body=coming))
    assert (found is not None) is fits
    if found is not None:
        assert (found.body, found.size_bytes, dict(found.fields)["age"]) == (coming, 10, "7")


def test_a_rest_without_content_completes_only_what_is_imagined_too():
    older = part("0-4/10", '"1"')
    assert completed(older, Response(206, REST, 300)) is None
    imagined = older._replace(response=older.response._replace(body=None))
    found = completed(imagined, Response(206, REST, 300))
    assert (found.status, found.size_bytes, found.body) == (200, 10, None)


def test_a_part_stored_that_is_broken_is_not_completed():
    broken = part("0-4/10", '"1"')
    broken = broken._replace(response=broken.response._replace(body=b"01"))
    assert asking_for_the_rest(asked("GET", ()), (), broken) is None
    assert completed(broken, part("5-9/10", '"1"').response) is None
