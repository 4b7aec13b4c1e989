from __future__ import annotations

import json

import pytest

from sim.errors import ExportError, TraceError
from sim.exports import FORMATS, export
from sim.trace.trace import Trace
from tests.exports import runs

JSON = ("har", "perfetto", "otlp")


def written(trace, to):
    node = next(name for name, said in trace.nodes.items() if said["role"] != "client") if to == "access-log" else None
    return export(trace, to, node=node)


@pytest.mark.parametrize("to", FORMATS)
@pytest.mark.parametrize("name", ["layered", "hostile names"])
def test_equal_traces_make_equal_bytes(name, to, tmp_path):
    trace = runs.run(name)
    once = written(trace, to)
    again = written(Trace.load(trace.save(tmp_path / "run")), to)
    assert once.encode() == again.encode()
    assert once.endswith("\n")


@pytest.mark.parametrize("to", JSON)
@pytest.mark.parametrize("name", runs.NAMES)
def test_json_is_json_by_the_letter_and_utf8(name, to):
    def refuse(constant):
        raise AssertionError(f"{constant} is no JSON")

    json.loads(export(runs.run(name), to).encode("utf-8"), parse_constant=refuse)


@pytest.mark.parametrize("to", [name for name, known in FORMATS.items() if "request" in known.takes])
def test_one_request_alone(to):
    trace = runs.shipped("layered")
    node = "campus-proxy" if to == "access-log" else None
    alone = export(trace, to, node=node, request_id=7)
    assert 0 < len(alone) < len(export(trace, to, node=node, request_id=None)) or to == "mermaid"
    with pytest.raises(TraceError, match="no request 150"):
        export(trace, to, node=node, request_id=150)


def test_an_unknown_format_suggests_the_nearest():
    with pytest.raises(ExportError, match="unknown format 'perfeto'") as error:
        export(runs.run("three requests"), "perfeto")
    assert (error.value.path, error.value.hint) == ("--to", "did you mean 'perfetto'?")


@pytest.mark.parametrize(
    ("to", "selected", "path", "hint"),
    [
        ("har", {"node": "proxy"}, "--node", "it is for access-log"),
        ("graphml", {"request_id": 1}, "--request", "it is for har, perfetto, otlp, mermaid, access-log"),
        ("access-log", {}, "--node", "one of: proxy, app"),
    ],
)
def test_a_selection_that_means_nothing_is_an_error(to, selected, path, hint):
    with pytest.raises(ExportError) as error:
        export(runs.run("three requests"), to, **selected)
    assert (error.value.path, error.value.hint) == (path, hint)
