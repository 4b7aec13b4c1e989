import math
import time
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.workload.log_patterns import COMBINED, COMMON, SQUID, clf_seconds

CLF = b'192.0.2.1 - - [17/May/2015:10:05:03 +0000] "GET /a HTTP/1.1" 200 12'
NATIVE = (
    b"1286536309.586    921 192.0.2.7 TCP_MISS/200 507 GET http://www.example.org/a - DIRECT/198.51.100.4 text/html"
)


def parsed(known, line: bytes) -> dict[str, bytes] | None:
    (row,) = known.split(line + b"\n")
    return dict(zip(known.columns, row, strict=True)) if any(row) else None


def test_common_and_combined():
    fields = {
        "client": b"192.0.2.1",
        "time": b"17/May/2015:10:05:03 +0000",
        "method": b"GET",
        "target": b"/a",
        "status": b"200",
        "sent": b"12",
    }
    assert parsed(COMMON, CLF) == fields
    assert parsed(COMBINED, CLF + b' "-" "curl"') == fields
    assert parsed(COMMON, CLF + b' "-" "curl"') == fields
    assert parsed(COMBINED, CLF) is None


@pytest.mark.parametrize(
    ("old", "new", "column", "value"),
    [
        (b"192.0.2.1 - -", b"2001:db8::1 - ada", "client", b"2001:db8::1"),
        (b"192.0.2.1 - -", b"192.0.2.1 - Ada King", "client", b"192.0.2.1"),
        (b"/a HTTP/1.1", b"/a", "target", b"/a"),
        (b"/a HTTP", b"/a b  c HTTP", "target", b"/a b  c"),
        (b"/a HTTP", rb"/a\"b\\ HTTP", "target", rb"/a\"b\\"),
        (b"/a HTTP", b"/caf\xc3\xa9\xff HTTP", "target", b"/caf\xc3\xa9\xff"),
        (b"/a HTTP/1.1", b"http://b.example/?x=[1] HTTP/2", "target", b"http://b.example/?x=[1]"),
        (b"GET", b"VERSION-CONTROL", "method", b"VERSION-CONTROL"),
        (b" 12", b" -", "sent", b""),
    ],
)
def test_unusual_lines_that_are_requests(old, new, column, value):
    line = CLF.replace(old, new)
    assert line != CLF
    assert parsed(COMMON, line)[column] == value
    assert parsed(COMBINED, line + b' "-" "agent \\" with quotes"')[column] == value


def test_common_may_have_more_at_its_end():
    assert parsed(COMMON, CLF + b" 0.003 edge-1")["sent"] == b"12"
    assert parsed(COMMON, CLF + b"x") is None


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"nonsense",
        CLF[:-8],
        CLF.replace(b"GET /a HTTP/1.1", b"-"),
        CLF.replace(b"GET /a HTTP/1.1", rb"\x16\x03\x01"),
        CLF.replace(b" 200 ", b" 2000 "),
        CLF.replace(b"/a", b"/a\0"),
        CLF.replace(b"[17/May/2015:10:05:03 +0000]", b"[2015-05-17T10:05:03Z]"),
        b"www.example.org:80 " + CLF,
        b"\0" + CLF,
    ],
)
def test_lines_that_are_none(line):
    assert parsed(COMMON, line) is None
    assert parsed(COMBINED, line + b' "-" "curl"') is None


def test_rows_count_the_lines():
    block = b"\n".join([CLF, b"", b"bad", CLF, CLF.replace(b"/a", b"/b c"), b"bad"]) + b"\n"
    assert [any(row) for row in COMMON.split(block)] == [True, False, False, True, True, False]


def test_squid_logs_the_end_and_the_client_asked_earlier():
    fields = parsed(SQUID, NATIVE)
    assert fields["target"] == b"http://www.example.org/a"
    assert (fields["client"], fields["status"], fields["sent"]) == (b"192.0.2.7", b"200", b"507")
    (seconds,) = SQUID.seconds({name: [value] for name, value in fields.items()})
    assert seconds == pytest.approx(1286536309.586 - 0.921, abs=1e-6)
    assert parsed(SQUID, NATIVE.replace(b"TCP_MISS/200", b"NONE_NONE_ABORTED/000"))["status"] == b"000"
    assert parsed(SQUID, NATIVE.replace(b"TCP_MISS/200", b"TCP_MISS")) is None


@pytest.mark.parametrize("known", [COMMON, COMBINED, SQUID])
@pytest.mark.parametrize(
    "line",
    [
        b" " * 60_000,
        b"a " * 30_000,
        b"[" * 60_000,
        b"192.0.2.1 - " + b"a " * 30_000,
        CLF[: CLF.index(b"/a")] + b"\\\\" * 30_000,
        CLF[: CLF.index(b"/a")] + b" HTTP/1.1" * 6_000,
        CLF[: CLF.index(b"GET")] + b"A" * 60_000,
        b"1" * 60_000,
    ],
    ids=range(8),
)
def test_a_hostile_line_costs_no_more_than_its_length(known, line):
    start = time.process_time()
    assert parsed(known, line) is None
    assert time.process_time() - start < 0.25


@given(
    moment=st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1)),
    east_minutes=st.integers(-14 * 60, 14 * 60),
)
def test_clf_times_in_any_zone(moment, east_minutes):
    moment = moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=east_minutes)))
    assert clf_seconds(f"{moment:%d/%b/%Y:%H:%M:%S %z}".encode()) == moment.timestamp()


@pytest.mark.parametrize(
    "stamp",
    [b"31/Feb/2024:10:00:00 +0000", b"01/Foo/2024:10:00:00 +0000", b"01/Jan/2024:24:00:00 +0000",
     b"01/Jan/2024:10:60:00 +0000", b"01/Jan/2024:10:00:61 +0000", b"01/Jan/0000:10:00:00 +0000"],
)  # fmt: skip
def test_no_such_time(stamp):
    assert math.isnan(clf_seconds(stamp))
