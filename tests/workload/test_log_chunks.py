import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import AccessLogError
from sim.workload.log_chunks import BadLines, LogReader
from sim.workload.log_formats import FORMATS
from sim.workload.log_lines import BLOCK_BYTES, LINE_LIMIT_BYTES

CLF = b'192.0.2.1 - - [17/May/2015:10:05:03 +0000] "GET /a HTTP/1.1" 200 12\n'


def log_of(tmp_path, content: bytes, format: str = "auto") -> LogReader:
    path = tmp_path / "access.log"
    path.write_bytes(content)
    return LogReader(path, format)


def only_chunk(log: LogReader):
    (chunk,) = log.chunks()
    return chunk


def test_bad_lines_are_counted_with_number_and_text(tmp_path):
    long = CLF[:-1] + b' "-" "' + b"x" * LINE_LIMIT_BYTES + b'"\n'
    no_day = CLF.replace(b"17/May", b"31/Feb")
    log = log_of(tmp_path, CLF + b"what\xff?\n" + CLF + b"\n" + long + no_day + b"\0\0\n" + CLF)
    assert sum(map(len, log.chunks())) == 3
    numbers = [number for number, _ in log.bad_lines.first]
    assert numbers == [2, 5, 6, 7]
    assert log.bad_lines.first[0] == (2, "what\\xff?")
    assert log.bad_lines.first[1][1].startswith(f"(longer than {LINE_LIMIT_BYTES} bytes) 192.0.2.1")
    assert log.notes == ("4 lines did not parse: 2, 5, 6, 7",)


PIECES = st.sampled_from(
    [CLF[:-1], CLF[:-1] + b' "-" "a"', b"t,obj,size,sent", b"1,/a,5,5", b'"', b"\\", b"\0", b"\xff", b",", b" ", b"-",
     b"9" * 20, b"[", b"1.5 3 192.0.2.1 TCP_HIT/200 5 GET http://a.example/ - HIER_NONE/- -", b"\r"]
)  # fmt: skip
LINES = st.lists(st.lists(PIECES, max_size=3).map(b"".join) | st.binary(max_size=40), min_size=1, max_size=12)


@given(lines=LINES, format=st.sampled_from(FORMATS))
def test_no_line_is_lost(tmp_path_factory, lines, format):
    """Whatever the bytes: each line that is not blank is a request, a bad line, or the header."""
    content = b"\n".join(lines) + b"\n"
    path = tmp_path_factory.mktemp("any") / "access.log"
    path.write_bytes(content)
    try:
        log = LogReader(path, format)
        requests = sum(map(len, log.chunks()))
    except AccessLogError:
        return
    written = content.replace(b"\r\n", b"\n").split(b"\n")[:-1]
    if log.format.name == "csv":
        del written[0]
    assert requests + log.bad_lines.count == sum(1 for line in written if line.strip())


def test_line_numbers_go_on_over_chunks_and_readings(tmp_path):
    many = BLOCK_BYTES // len(CLF) + 10
    log = log_of(tmp_path, CLF * many + b"bad\n" + CLF * many + b"bad\n")
    for _ in range(2):
        chunks = list(log.chunks())
        assert len(chunks) > 1
        assert sum(map(len, chunks)) == 2 * many
        assert [number for number, _ in log.bad_lines.first] == [many + 1, 2 * many + 2]


def test_only_the_first_bad_lines_are_kept():
    bad = BadLines()
    for number in range(1, 26):
        bad = bad.with_line(number, b"x" * 1000)
    assert str(bad) == "25 lines did not parse: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 …"
    assert len(bad.first[0][1]) == 80
    assert str(BadLines().with_line(17, b"")) == "1 line did not parse: 17"


@pytest.mark.parametrize(
    ("method", "status", "cacheable"),
    [("GET", 200, True), ("GET", 203, True), ("GET", 206, True), ("GET", 304, True), ("GET", 404, False),
     ("GET", 301, False), ("HEAD", 200, False), ("POST", 200, False)],
)  # fmt: skip
def test_what_a_shared_cache_may_answer(tmp_path, method, status, cacheable):
    line = CLF.replace(b"GET", method.encode()).replace(b" 200 ", f" {status} ".encode())
    assert only_chunk(log_of(tmp_path, line)).cacheable.tolist() == [cacheable]


def test_csv_numbers_flags_and_gaps(tmp_path):
    log = log_of(
        tmp_path,
        b"t,client,obj,size,sent,cacheable,status,method,colour\n"
        b"0.5,7,/a,100,90,1,200,POST,red\n"
        b"1.5,,/b,,,,,,\n"
        b"2.5,8,/c,100,-,FALSE,200,GET,blue\n"
        b"3.5,8,/d,-5,1,1,200,GET,blue\n"
        b"nan,8,/d,5,1,1,200,GET,blue\n"
        b"4.5,8,/d,5,1,maybe,200,GET,blue\n"
        b"5.5,8,/d,5,1,1,1e9,GET,blue\n"
        b"6.5,8,/d,1e400,1,1,200,GET,blue\n",
    )
    chunk = only_chunk(log)
    assert chunk.time_s.tolist() == [0.5, 1.5, 2.5]
    assert chunk.size_bytes.tolist() == [100, 1, 100]
    assert chunk.response_bytes.tolist() == [90, 0, 0]
    assert chunk.cacheable.tolist() == [True, True, False]
    assert chunk.status.tolist() == [200, 200, 200]
    assert chunk.texts["colour"] == (b"red", b"", b"blue")
    assert chunk.texts["obj"] == chunk.texts["target"] == chunk.target
    assert [number for number, _ in log.bad_lines.first] == [5, 6, 7, 8, 9]


def test_csv_with_targets_only(tmp_path):
    log = log_of(tmp_path, b"url\n/a\n/b\n/a\n")
    chunk = only_chunk(log)
    assert chunk.time_s.tolist() == [0, 1, 2]
    assert chunk.response_bytes.tolist() == [1, 1, 1]
    assert chunk.cacheable.all()
    assert chunk.size_bytes is None
    assert not log.bodies_only
    assert len(log.notes) == 2


def test_columns_for_keys(tmp_path):
    log = log_of(tmp_path, b"t,client,obj,colour\n0,1,/a,red\n")
    log.require_columns(["client", "target", "obj", "colour"])
    with pytest.raises(AccessLogError, match=r"unknown column 'color' \(did you mean 'colour'\?\)"):
        log.require_columns(["color"])
    with pytest.raises(AccessLogError, match="at least one column"):
        log.require_columns([])


def test_progress(tmp_path):
    log = log_of(tmp_path, CLF * 50_000)
    seen = []
    list(log.chunks(lambda done, total: seen.append((done, total))))
    assert len(seen) > 2
    assert seen == sorted(seen)
    assert seen[-1] == (50_000 * len(CLF),) * 2


@pytest.mark.parametrize(
    ("content", "format", "message"),
    [
        (b"t,url\n", "auto", "no line of 1 is a request in format csv"),
        (CLF, "squid", "no line of 1 is a request in format squid"),
        (b"\n\n", "auto", "no log format fits"),
        (b"\x7fELF\x00\x01", "auto", r"access.log: no log format fits its first lines, such as '\\x7fELF"),
        (CLF, "apache", "unknown log format 'apache'"),
    ],
)
def test_a_log_without_a_request_is_refused(tmp_path, content, format, message):
    with pytest.raises(AccessLogError, match=message):
        list(log_of(tmp_path, content, format).chunks())
