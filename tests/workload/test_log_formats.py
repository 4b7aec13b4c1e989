import math

import pytest

from sim.errors import AccessLogError
from sim.workload import log_formats
from sim.workload.log_formats import CsvFormat, choose

CLF = b'192.0.2.1 - - [17/May/2015:10:05:03 +0000] "GET /a HTTP/1.1" 200 12'
NATIVE = (
    b"1286536309.586    921 192.0.2.7 TCP_MISS/200 507 GET http://www.example.org/a - DIRECT/198.51.100.4 text/html"
)


@pytest.mark.parametrize("synonym", ["obj", "url", "target", "path", "key", "uri"])
def test_csv_columns_by_any_of_their_names(synonym):
    known = CsvFormat(f"\ufeffTimestamp, {synonym.upper()} ,remote_host,bytes,Referrer".encode())
    assert known.columns == ("time", "target", "client", "size", "Referrer")
    assert known.header == ("Timestamp", synonym.upper(), "remote_host", "bytes", "Referrer")


def test_csv_rows():
    known = CsvFormat(b"t,url,note")
    block = b'0,/a,x\n1,"/b,c","say ""hi"""\n2,/d\n3,,x\n4,"/open,x\n5,/e,\n6,/\0,x\n\n'
    good = [list(row) for row in known.split(block) if row]
    assert good == [[b"0", b"/a", b"x"], [b"1", b"/b,c", b'say "hi"'], [b"5", b"/e", b""]]
    assert len(known.split(block)) == 8


def test_csv_times_as_numbers_or_dates():
    known = CsvFormat(b"t,url")
    times = [b"1.5", b"1970-01-01T00:00:02Z", b"1970-01-01 01:00:03+01:00", b"1970-01-01 00:00:04", b"soon", b""]
    seconds = known.seconds({"time": times, "target": times})
    assert seconds[:4].tolist() == [1.5, 2.0, 3.0, 4.0]
    assert all(math.isnan(value) for value in seconds[4:])


def test_csv_without_a_target_is_refused():
    with pytest.raises(AccessLogError, match=r"found: t, size \(name it one of: obj, url"):
        choose("csv", b"t,size\n1,2\n")


@pytest.mark.parametrize(
    ("block", "name"),
    [
        (CLF, "common"),
        (CLF + b' "-" "curl"', "combined"),
        (NATIVE, "squid"),
        (b"t,obj,size\n0,/a,1", "csv"),
        (b"url\n/a", "csv"),
        (b"garbage\n\n" + CLF, "common"),
        (b"\n".join([CLF] * 2 + [CLF + b' "-" "curl"'] * 3), "common"),
    ],
)
def test_auto_finds_out(block, name):
    assert choose("auto", block + b"\n").name == name


def test_auto_that_finds_nothing_says_what_it_saw():
    with pytest.raises(AccessLogError, match=r"such as '\\\\x89PNG.*allowed formats: common, combined, squid, csv"):
        choose("auto", b"\x89PNG\r\x00\n")


def test_an_unknown_format_gets_the_nearest():
    with pytest.raises(AccessLogError, match=r"unknown log format 'comon' \(did you mean 'common'\?\)"):
        log_formats.require("comon")
