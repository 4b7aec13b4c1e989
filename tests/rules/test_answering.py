"""The answer that a cache makes of a stored response."""

from sim.messages import CacheStatus
from sim.rules.answering import NO_CONTENT_BYTES, answer, not_cached
from sim.rules.asked import asked
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
