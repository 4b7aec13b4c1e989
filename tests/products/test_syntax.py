"""Forms that configuration languages share."""

from pathlib import Path

import pytest

from sim.products.syntax import (
    NO_LIMIT_S,
    endpoint,
    header,
    identifier,
    indented,
    outermost,
    plain_name,
    possible_paths,
    whole_milliseconds,
    whole_seconds,
)


@pytest.mark.parametrize("name", ["a\nb", "a\x00b", "a\x1bb", "a\x85b", "a\u2028b", "a\r\n\x07 b"])
def test_a_name_cannot_leave_the_comment(name):
    (line,) = header("nginx", name, Path("/run"))
    assert line.isprintable()
    assert line.startswith("# nginx in place of a b, written by proxysim.")


def test_names():
    assert plain_name("""a'"#$&|%{};\\ b""") == "a----------- b".replace(" ", "-")
    assert plain_name("my_proxy-1.example") == "my_proxy-1.example"
    assert identifier("a-b.example") == "a_b_example"


def test_places_and_lines():
    assert endpoint(("2001:db8::1", 80)) == "[2001:db8::1]:80"
    assert indented(["a", "", "b"]) == ["    a", "", "    b"]


def test_times_are_never_zero_which_would_mean_no_limit():
    assert [whole_seconds(seconds) for seconds in (0, 0.2, 1, 1.5, None)] == [1, 1, 1, 2, NO_LIMIT_S]
    assert [whole_milliseconds(seconds) for seconds in (0, 0.0004, 0.3, None)] == [1, 1, 300, 1000 * NO_LIMIT_S]


def test_hosts_that_another_one_stands_for_are_left_out():
    assert outermost(["a.b.example", "B.example", "b.example", "ab.example"]) == ["ab.example", "b.example"]


def test_paths_that_no_request_has_are_left_out():
    assert possible_paths(["/a?b", "/a#b", "/a;b"]) == ["/a;b"]
