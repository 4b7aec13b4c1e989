import json
from pathlib import Path

import numpy as np
import pytest

from sim.engine.replay import ReplayResult, replay
from sim.errors import AccessLogError, UnitError, UnknownPolicyError

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "scenarios" / "sample-access.log.gz"
SHARED = ROOT.parent / "shared" / "data"
shared = pytest.mark.skipif(not SHARED.exists(), reason="no shared data here")


def reference() -> list[tuple[str, str, int, str, int]]:
    """Rows of (trace, unit, capacity, policy, hits)."""
    if not SHARED.exists():
        return []
    rows = []
    for trace, kinds in json.loads((SHARED / "reference_hits.json").read_text()).items():
        for kind, unit in (("object_count_cache", "objects"), ("byte_cache", "bytes")):
            for result in kinds[kind].values():
                rows += [(trace, unit, result["capacity"], policy, result[policy]["hits"])
                         for policy in ("LRU", "FIFO", "SIEVE", "LFU")]  # fmt: skip
    return rows


@shared
def test_the_reference_covers_both_traces_and_units():
    assert len(reference()) == 4 * (4 + 4 + 4)


@pytest.mark.parametrize(("trace", "unit", "capacity", "policy", "hits"), reference())
def test_reference_hits(trace, unit, capacity, policy, hits):
    result = replay(SHARED / f"{trace}.csv.gz", policy=policy.lower(), capacity=capacity, unit=unit)
    if policy == "LFU":
        assert result.hit_ratio == pytest.approx(hits / result.requests, abs=0.01)
    else:
        assert result.hits == hits


@shared
def test_flagship_numbers():
    result = replay(SHARED / "elastic_apache_2015.csv.gz", capacity=139)
    assert (result.hits, result.requests, result.unique_objects) == (6_368, 9_581, 1_387)
    assert result.not_cacheable == 10_000 - 9_581


@shared
def test_byte_hit_ratio():
    known = json.loads((SHARED / "reference_hits.json").read_text())["elastic_apache_2015"]["byte_cache"]["0.1"]
    result = replay(SHARED / "elastic_apache_2015.csv.gz", capacity=known["capacity"], unit="bytes")
    assert result.byte_hit_ratio == pytest.approx(known["LRU"]["byte_hit_ratio"], abs=1e-6)


@shared
def test_the_raw_log_has_the_same_objects():
    result = replay(SHARED / "elastic_apache_logs.gz", capacity=139)
    assert (result.requests, result.unique_objects, result.format) == (9_581, 1_387, "combined")


@pytest.mark.parametrize("policy", ["lru", "fifo", "sieve"])
@pytest.mark.parametrize("capacity", [10, 100, 1_000])
def test_libcachesim_agrees(tmp_path, policy, capacity):
    """An independent implementation, on a trace of our own."""
    cachesim = pytest.importorskip("libcachesim")
    dice = np.random.default_rng(11)
    trace = dice.zipf(1.3, 20_000) % 5_000
    path = tmp_path / "trace.csv"
    path.write_text("obj\n" + "\n".join(map(str, trace)) + "\n")
    cache = {"lru": cachesim.LRU, "fifo": cachesim.FIFO, "sieve": cachesim.Sieve}[policy](cache_size=capacity)
    hits = 0
    for key in trace.tolist():
        request = cachesim.Request()
        request.obj_id, request.obj_size = key, 1
        hits += cache.get(request)
    assert replay(path, policy=policy, capacity=capacity).hits == hits


@pytest.fixture
def trace(tmp_path):
    path = tmp_path / "trace.csv"
    path.write_text(
        "client,obj,size,cacheable\n"
        "1,a,60,1\n1,b,50,1\n2,a,60,1\n1,a,60,1\n1,post,5,0\n1,huge,500,1\n1,a,60,1\nbroken\n"
    )
    return path


def test_counts(trace):
    result = replay(trace, capacity=100, unit="bytes")
    # a; b evicts a; a evicts b; a hits; huge is not admitted; a hits again.
    assert (result.requests, result.hits, result.not_cacheable, result.bad_lines) == (6, 2, 1, 1)
    assert (result.bytes, result.hit_bytes) == (4 * 60 + 50 + 500, 120)
    assert result.hit_ratio == pytest.approx(2 / 6)
    assert result.byte_hit_ratio == pytest.approx(120 / 790)
    assert (result.unique_objects, result.unique_bytes) == (3, 610)
    assert result.notes == (
        "1 line did not parse: 9",
        "the log has no times: requests are one second apart",
    )


@pytest.mark.parametrize(("key", "hits"), [(("target",), 3), ("obj", 3), (("obj", "client"), 2), (("client",), 4)])
def test_a_key_may_be_made_of_any_columns(trace, key, hits):
    result = replay(trace, capacity=10, key=key)
    assert result.hits == hits
    assert result.key == ((key,) if isinstance(key, str) else key)


def test_sizes_of_a_log_without_sizes_are_those_of_the_largest_answers(tmp_path):
    line = '192.0.2.1 - - [17/May/2015:10:05:03 +0000] "GET {} HTTP/1.1" {} {}\n'
    path = tmp_path / "access.log"
    path.write_text(line.format("/a", 304, "-") + line.format("/b", 200, 30) + line.format("/a", 200, 80))
    result = replay(path, capacity=100, unit="bytes")
    # /a has 80 bytes from the start, so that /b puts it out.
    assert (result.hits, result.bytes, result.unique_bytes) == (0, 190, 110)
    assert replay(path, capacity=110, unit="bytes").hits == 1


def test_the_shipped_sample():
    by_policy = {policy: replay(SAMPLE, policy=policy, capacity=1e9, unit="bytes") for policy in ("lru", "lfu")}
    for result in by_policy.values():
        assert result.hits == result.requests - result.unique_objects
        assert result.bad_lines == 6


def test_a_log_in_which_nothing_is_cacheable(tmp_path):
    path = tmp_path / "posts.csv"
    path.write_text("url,method\n/a,POST\n/a,POST\n")
    result = replay(path, capacity=5)
    assert (result.requests, result.hit_ratio, result.byte_hit_ratio, result.not_cacheable) == (0, 0.0, 0.0, 2)


def test_results_can_be_printed(trace):
    result = replay(trace, capacity=100, unit="bytes")
    assert json.loads(json.dumps(result.as_dict()))["key"] == ["target"]
    shown = result._repr_html_()
    assert shown.count("<tr>") == len(ReplayResult.__dataclass_fields__)
    assert "0.333333" in shown


def test_nothing_typed_gets_into_html_unescaped(tmp_path):
    path = tmp_path / "<b>.csv"
    path.write_text("url\n/a\n")
    assert "<b>" not in replay(path, capacity=1)._repr_html_()


def test_what_a_user_may_get_wrong(trace, tmp_path):
    with pytest.raises(UnknownPolicyError, match=r"did you mean 'lru'\?"):
        replay(trace, policy="lur", capacity=5)
    for capacity in (0, -1, float("nan"), "5", True):
        with pytest.raises(UnitError, match="must be a number of objects above 0"):
            replay(trace, capacity=capacity)
    with pytest.raises(UnitError, match="unknown unit of capacity 'MiB'"):
        replay(trace, capacity=5, unit="MiB")
    with pytest.raises(AccessLogError, match=r"unknown column 'clint' \(did you mean 'client'\?\)"):
        replay(trace, capacity=5, key=["clint"])
    with pytest.raises(AccessLogError, match="no such file"):
        replay(tmp_path / "none.log", capacity=5)


def test_progress_reaches_the_end(trace):
    seen = []
    replay(trace, capacity=5, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (trace.stat().st_size,) * 2
