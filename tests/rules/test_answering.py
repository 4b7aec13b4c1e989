"""The answer that a cache makes of a stored response."""

from sim.messages import CacheStatus
from sim.rules.answering import NO_CONTENT_BYTES, answer, not_cached
from sim.rules.request_directives import asked
from tests.rules.cases import fields, stored

PAGE = ['etag: "1"', "x: 1", "date: Thu, 01 Jan 1970 00:01:00 GMT"]


def answered(*lines, method="GET", body=b"content", **said):
    request = fields(lines)
    return answer(asked(method, request), request, stored(PAGE, body=body, **said), CacheStatus.HIT, 5.0)


def test_the_whole_is_as_it_is_stored():
    found = answered()
    assert found == (200, fields(PAGE), 1000, CacheStatus.HIT, 5.0, "", b"content")


def test_head_gets_the_same_fields_and_a_size_without_content():
    found = answered(method="HEAD")
    assert (found.status, found.fields, found.size_bytes) == (200, fields(PAGE), NO_CONTENT_BYTES)


def test_who_has_it_already_is_told_so_with_the_fields_that_matter():
    found = answered('if-none-match: "1"')
    assert found == (304, fields([PAGE[0], PAGE[2]]), NO_CONTENT_BYTES, CacheStatus.HIT, 5.0, "", None)


def test_who_has_another_one_gets_the_whole():
    assert answered('if-none-match: "2"').status == 200


def test_who_wants_what_is_stored_and_nothing_fits():
    assert not_cached(CacheStatus.STALE)[:2] == (504, ())


def test_who_wants_a_part_gets_it():
    found = answered("range: bytes=0-3")
    assert (found.status, found.body, found.cache_status, found.age_s) == (206, b"cont", CacheStatus.HIT, 5.0)
    assert dict(found.fields)["content-range"] == "bytes 0-3/7"


def test_who_wants_what_is_not_there_is_told_the_length():
    found = answered("range: bytes=7-")
    assert (found.status, found.fields, found.body) == (416, fields(["content-range: bytes */7"]), None)


def test_who_wants_several_parts_or_none_that_one_knows_gets_the_whole():
    for wanted in ("bytes=0-1,3-4", "lines=1-2", "bytes=5-2"):
        assert answered(f"range: {wanted}")[::6] == (200, b"content")


def test_who_has_a_part_of_another_one_gets_the_whole():
    assert answered("range: bytes=0-3", 'if-range: "1"').status == 206
    assert answered("range: bytes=0-3", 'if-range: "2"').status == 200


def test_a_condition_goes_before_a_part():
    assert answered("range: bytes=0-3", 'if-none-match: "1"').status == 304


def test_only_of_what_is_there_one_gets_a_part():
    assert answered("range: bytes=0-3", status=404).status == 404


def part(*lines, body=b"456789"):
    held = stored(["content-range: bytes 4-9/20"], status=206, body=body)
    return answer(asked("GET", fields(lines)), fields(lines), held, CacheStatus.HIT, 5.0)


def test_a_part_of_a_part():
    assert part("range: bytes=5-6")[::6] == (206, b"56")


def test_what_a_part_does_not_hold_is_left_to_whoever_chose_it():
    assert part("range: bytes=0-6")[::6] == (206, b"456789")
    assert part("range: bytes=5-6", body=b"4")[::6] == (206, b"4")
