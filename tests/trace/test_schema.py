"""The contract of the trace keeps its own promises."""

from __future__ import annotations

import ast

import pytest

import sim
from sim.exports.hop_view import carried, rows
from sim.player.storyboard import carried_fields
from sim.trace import schema
from sim.trace.recorder import Recorder
from tests.architecture.source import SIM
from tests.trace.test_recorder import PAGE, Journey, hop, trace_of


@pytest.mark.parametrize("name", schema.TABLES)
def test_columns_are_named_once_and_explained(name):
    names = [column.name for column in schema.TABLES[name]]
    assert len(set(names)) == len(names)
    assert all(column.meaning.rstrip().endswith((".", "…")) for column in schema.TABLES[name])


@pytest.mark.parametrize("name", schema.TABLES)
def test_every_time_and_size_says_its_unit(name):
    for column in schema.TABLES[name]:
        if column.kind == "float64":
            assert column.name.endswith("_s"), column.name


def test_the_four_tables_are_there():
    assert list(schema.TABLES) == ["requests", "hops", "steps", "sightings"]


def test_a_column_that_says_what_it_carries_is_enough(monkeypatch):
    """One more column in the table: assembly, sightings and exports follow without another list."""
    told = schema.Column(
        "true_client", "word", "True-Client-IP as carried.", schema.Carried("true-client-ip", is_claim=True)
    )
    monkeypatch.setattr(schema, "HOPS", (*schema.HOPS, told))
    monkeypatch.setitem(schema.TABLES, "hops", schema.HOPS)
    trace = sim.simulate(sim.load("direct", ["run.requests=2"]))
    assert trace.hops["true_client"].tolist() == ["", ""]
    recorder = Recorder()
    assert recorder.fields[(("true-client-ip", "192.0.2.7"),), "www.example.org", ""] == 0
    recorder.write_hop(hop(0))
    recorder.ended(Journey(0, 9.0, recorder.step_path), PAGE)
    found = trace_of(recorder)
    assert found.hops["true_client"].tolist() == ["192.0.2.7"]
    seen = found.sightings.query("message == 'request'")
    assert seen["claimed_client_ips"].tolist() == ["192.0.2.7", "192.0.2.7"]
    assert ("true-client-ip", "192.0.2.7") in carried(next(rows(found.tables["hops"])))
    assert carried_fields()["true_client"] == ("request", "True-Client-Ip")


def test_no_second_list_of_carried_columns_is_written():
    """The names of claims stand in the schema alone, and in nothing else that reads traces."""
    claims = {name for name, said in schema.carried_in_hops().items() if said.is_claim and "_" in name}
    rooms = ("trace", "metrics", "visibility", "charts", "player", "exports", "report")
    files = [path for room in rooms for path in (SIM / room).rglob("*.py") if path.name != "schema.py"]
    assert len(files) > 50
    written = {
        (path.name, node.value)
        for path in files
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in claims
    }
    assert written == set()
