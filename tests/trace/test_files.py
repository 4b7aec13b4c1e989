"""Traces on disk: read back equal, the same bytes for the same trace, and never half of one."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sim.errors import TraceError
from sim.trace import Trace, files
from sim.trace.examples import build, three_requests
from sim.trace.table import Table, Words

ROOT = Path(__file__).resolve().parents[2]


def digest(directory: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in directory.iterdir()}


@pytest.mark.parametrize("trace", [three_requests(), build([])], ids=["three", "empty"])
def test_a_trace_is_read_back_equal(trace, tmp_path):
    back = Trace.load(trace.save(tmp_path / "run"))
    assert back == trace
    assert back.tables["sightings"] == trace.tables["sightings"]
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == sorted(files.FILES)


def test_equal_traces_make_the_same_bytes(tmp_path):
    trace = three_requests()
    hops = trace.tables["hops"]
    turned = {name: _numbered_backwards(hops[name]) for name in hops}
    other = Trace(trace.tables["requests"], Table(turned), trace.tables["steps"], dict(reversed(trace.meta.items())))
    assert digest(trace.save(tmp_path / "one")) == digest(other.save(tmp_path / "other"))
    assert digest(tmp_path / "one") == digest(Trace.load(tmp_path / "one").save(tmp_path / "again"))


def _numbered_backwards(column):
    if not isinstance(column, Words):
        return column
    names = ("not used", *reversed(column.names))
    return Words((len(column.names) - column.codes).astype("int32"), names)


def test_another_process_makes_the_same_bytes(tmp_path):
    three_requests().save(tmp_path / "here")
    code = f"from sim.trace.examples import three_requests; three_requests().save({str(tmp_path / 'there')!r})"
    subprocess.run(
        [sys.executable, "-c", code], check=True, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": "12345"}, timeout=60
    )
    assert digest(tmp_path / "here") == digest(tmp_path / "there")


def test_meta_is_json_that_a_person_can_read(tmp_path):
    text = (three_requests().save(tmp_path / "run") / "meta.json").read_text(encoding="utf-8")
    assert json.loads(text)["seed"] == 7
    assert text.index('"cut_short"') < text.index('"seed"')


def test_an_older_trace_is_replaced_and_pictures_beside_it_stay(tmp_path):
    build([]).save(tmp_path)
    (tmp_path / "cdf.png").write_bytes(b"a picture")
    three_requests().save(tmp_path)
    assert Trace.load(tmp_path) == three_requests()
    assert (tmp_path / "cdf.png").read_bytes() == b"a picture"


def test_what_is_no_trace_is_not_overwritten(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(TraceError, match=r"holds 'thesis.tex' and is not a trace: not overwritten \(choose another"):
        three_requests().save(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_meta_of_another_kind_is_not_overwritten(tmp_path):
    (tmp_path / "meta.json").write_text('{"title": "mine"}')
    with pytest.raises(TraceError, match=r"has a meta\.json of another kind"):
        three_requests().save(tmp_path)
    assert (tmp_path / "meta.json").read_text() == '{"title": "mine"}'


def test_a_file_is_not_overwritten(tmp_path):
    (tmp_path / "run").write_text("text")
    with pytest.raises(TraceError, match="is a file, not a directory"):
        three_requests().save(tmp_path / "run")


def test_an_interrupted_save_leaves_nothing(tmp_path, monkeypatch):
    import pyarrow.parquet as pq

    def full_disk(*_, **__):
        raise OSError(28, "No space left on device")

    real = pq.write_table
    calls = iter([real, full_disk])

    def write_table(*said, **named):
        next(calls)(*said, **named)

    monkeypatch.setattr(pq, "write_table", write_table)
    with pytest.raises(TraceError, match="cannot write a trace: No space left on device"):
        three_requests().save(tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_a_save_interrupted_while_moving_is_no_trace_and_can_be_repeated(tmp_path):
    target = three_requests().save(tmp_path / "run")
    (target / "meta.json").unlink()
    with pytest.raises(TraceError, match=r"not a trace: it has no meta.json \(give what 'run --out' wrote\)"):
        Trace.load(target)
    assert Trace.load(three_requests().save(target)) == three_requests()


def test_a_directory_that_is_not_there(tmp_path):
    with pytest.raises(TraceError, match="does not exist; a trace is a directory"):
        Trace.load(tmp_path / "nowhere")


def test_a_file_is_no_trace(tmp_path):
    (tmp_path / "run").write_text("text")
    with pytest.raises(TraceError, match="is a file; a trace is a directory"):
        Trace.load(tmp_path / "run")


@pytest.mark.parametrize("text", ["", "{", "\x00\x01"])
def test_a_meta_that_is_no_json(tmp_path, text):
    target = three_requests().save(tmp_path / "run")
    (target / "meta.json").write_text(text)
    with pytest.raises(TraceError, match=r"meta\.json: cannot be read"):
        Trace.load(target)


@pytest.mark.parametrize("text", ["[]", '{"format": 99}'])
def test_a_format_of_another_time(tmp_path, text):
    target = three_requests().save(tmp_path / "run")
    (target / "meta.json").write_text(text)
    with pytest.raises(TraceError, match="cannot be read, only 2 and 3"):
        Trace.load(target)


def test_a_missing_table(tmp_path):
    target = three_requests().save(tmp_path / "run")
    (target / "hops.parquet").unlink()
    with pytest.raises(TraceError, match=r"hops\.parquet: not a whole trace: this table is missing"):
        Trace.load(target)


def test_a_damaged_table(tmp_path):
    target = three_requests().save(tmp_path / "run")
    (target / "hops.parquet").write_bytes(b"PAR1 and then nothing")
    with pytest.raises(TraceError, match=r"hops\.parquet: cannot be read as a table of a trace"):
        Trace.load(target)


def test_a_table_without_a_column(tmp_path):
    target = three_requests().save(tmp_path / "run")
    (target / "hops.parquet").write_bytes((target / "steps.parquet").read_bytes())
    with pytest.raises(TraceError, match=r"hops\.parquet: cannot be read as a table of a trace"):
        Trace.load(target)
