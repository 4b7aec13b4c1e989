import gzip
import re
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from sim.errors import AccessLogError
from sim.workload.columns import METHODS
from sim.workload.log_chunks import LogReader
from sim.workload.log_columns import read
from tests.support import make_sample_log

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "scenarios" / "sample-access.log.gz"
SHARED = ROOT.parent / "shared" / "data"


def clf(client: str, second: int, target: str, size: str, *, method: str = "GET", status: int = 200) -> str:
    return f'{client} - - [17/May/2015:10:05:{second:02d} +0000] "{method} {target} HTTP/1.1" {status} {size}\n'


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "small.log"
    path.write_text(
        clf("192.0.2.1", 3, "/a", "100")
        + clf("192.0.2.2", 1, "/b", "70", status=404)
        + clf("192.0.2.1", 2, "/b", "50")
        + clf("192.0.2.2", 4, "/a", "30", status=206)
        + clf("192.0.2.3", 5, "/a", "-", method="PURGE")
        + clf("192.0.2.3", 6, "/c", "20", method="POST")
        + "not a request\n"
    )
    return path


def test_columns(small):
    log = read(small)
    assert log.time_s.tolist() == [2, 0, 1, 3, 4, 5]
    assert log.client.tolist() == [0, 1, 0, 1, 2, 2]
    assert log.client_names == ["192.0.2.1", "192.0.2.2", "192.0.2.3"]
    assert log.target.tolist() == [0, 1, 1, 0, 0, 2]
    assert log.target_names == ["/a", "/b", "/c"]
    assert log.method.tolist() == [0, 0, 0, 0, len(METHODS), METHODS.index("POST")]
    assert log.status.tolist() == [200, 404, 200, 206, 200, 200]
    assert log.response_bytes.tolist() == [100, 70, 50, 30, 0, 20]
    assert log.cacheable.tolist() == [True, False, True, True, False, False]
    assert log.bad_lines.first == ((7, "not a request"),)
    assert log.notes == ("1 line did not parse: 7",)


def test_an_object_is_as_large_as_its_largest_cacheable_body(small):
    assert read(small).size_bytes.tolist() == [100, 50, 50, 100, 100, 20]


def test_dtypes(small):
    log = read(small)
    kinds = {name: str(getattr(log, name).dtype) for name in ("time_s", "client", "target", "method", "status")}
    assert kinds == {"time_s": "float64", "client": "int32", "target": "int32", "method": "int8", "status": "int16"}
    assert {str(log.size_bytes.dtype), str(log.response_bytes.dtype)} == {"int64"}
    assert log.cacheable.dtype == np.bool_


@pytest.mark.parametrize("limit", [0, 1, 5, 6, 7])
def test_limit(small, limit):
    assert len(read(small, limit=limit)) == min(limit, 6)


def test_more_objects_than_first_expected(tmp_path):
    path = tmp_path / "many.log"
    path.write_text("".join(clf("192.0.2.1", 1, f"/{number % 5_000}", str(number)) for number in range(30_000)))
    log = read(path)
    assert len(log.target_names) == 5_000
    assert log.size_bytes.tolist() == [25_000 + number % 5_000 for number in range(30_000)]


def test_memory_grows_with_columns_not_with_text(tmp_path):
    """60,000 lines of 1,000 bytes: far less than the 60 MB of their text, at any moment."""
    path = tmp_path / "large.log.gz"
    lines = (clf("192.0.2.1", n % 60, f"/{n % 100}", "5").rstrip() + f' "{"r" * 900}" "a"\n' for n in range(2_000))
    path.write_bytes(gzip.compress("".join(lines).encode(), 1) * 30)
    tracemalloc.start()
    try:
        rows = sum(len(chunk) for chunk in LogReader(path).chunks())
        peak_streaming = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        log = read(path)
        peak_reading = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert rows == len(log) == 60_000
    assert peak_streaming < 16 << 20
    assert peak_reading < peak_streaming + 60_000 * 100


def test_a_directory_is_refused(tmp_path):
    with pytest.raises(AccessLogError, match="is a directory"):
        read(tmp_path)


def test_the_sample_is_what_its_script_makes():
    packed = SAMPLE.read_bytes()
    assert gzip.decompress(packed) == make_sample_log.text()
    assert packed[4:8] == bytes(4), "the header must hold no date"


def test_the_sample_holds_documentation_addresses_only():
    allowed = re.compile(r"(192\.0\.2|198\.51\.100|203\.0\.113)\.\d+|2001:db8:[0-9a-f:]*")
    assert all(allowed.fullmatch(name) for name in read(SAMPLE).client_names)


def test_the_sample_is_worth_replaying():
    log = read(SAMPLE)
    assert log.bad_lines.count == len(make_sample_log.BROKEN)
    assert [number for number, _ in log.bad_lines.first] == list(make_sample_log.BROKEN)
    assert {200, 206, 301, 304, 404} <= set(log.status.tolist())
    assert (np.diff(log.time_s) >= 0).all()
    counts = np.sort(np.bincount(log.target))[::-1]
    assert counts[: len(counts) // 10].sum() > 0.5 * counts.sum()


@pytest.mark.skipif(not SHARED.exists(), reason="no shared data here")
def test_a_real_log_agrees_with_its_normalised_copy():
    raw, normalised = read(SHARED / "elastic_apache_logs.gz"), read(SHARED / "elastic_apache_2015.csv.gz")
    assert len(raw) == len(normalised) == 10_000
    assert raw.notes == normalised.notes == ()
    order = np.argsort(raw.time_s, kind="stable")
    assert np.array_equal(raw.time_s[order], normalised.time_s)
    assert raw.cacheable.sum() == normalised.cacheable.sum() == 9_581
    for column in ("client_names", "target_names"):
        assert len(getattr(raw, column)) == len(getattr(normalised, column))
