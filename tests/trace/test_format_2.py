"""Traces of format 2 are still read."""

from __future__ import annotations

import json

import pyarrow.parquet as pq

from sim.trace import Trace
from sim.trace.examples import build, to_app, to_proxy


def _in_format_2(directory):
    """Write the files of a trace as format 2 had them."""
    back = {"task": "aside", "collapse_wait_s": "held_s"}
    for name, missing in (("hops", "purpose"), ("steps", "stage")):
        path = directory / f"{name}.parquet"
        table = pq.read_table(path).drop_columns([missing])
        pq.write_table(table.rename_columns([back.get(column, column) for column in table.column_names]), path)
    meta = json.loads((directory / "meta.json").read_text(encoding="utf-8"))
    (directory / "meta.json").write_text(json.dumps({**meta, "format": 2}))


def test_a_trace_of_format_2_is_read_as_one_of_format_3(tmp_path):
    step = {"time_s": 0.0, "node": "students", "role": "client", "step": 1, "name": "send", "stage": "", "detail": ""}
    hops = [to_proxy(0, 0.0, cache_status="stale-hit"), to_app(0, 0.1, parent=0, task=1, collapse_wait_s=0.5)]
    trace = build(hops, steps=[{**step, "request_id": 0, "hop_id": 0}])
    _in_format_2(trace.save(tmp_path / "run"))
    assert "aside" in pq.read_schema(tmp_path / "run" / "hops.parquet").names
    back = Trace.load(tmp_path / "run")
    assert back == trace
    assert back.hops["purpose"].tolist() == ["request", "background"]
