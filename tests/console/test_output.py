"""Results on standard output, remarks on standard error."""

from __future__ import annotations

import json
import math
from pathlib import Path

from sim.console import output


def test_json_is_one_valid_object(capsys):
    output.print_json({"a": math.nan, "b": [1, (2.5, math.inf)], "path": Path("x") / "y", "c": {1: "é"}})
    said = capsys.readouterr()
    expected = {"a": None, "b": [1, [2.5, None]], "path": str(Path("x/y")), "c": {"1": "é"}}
    assert json.loads(said.out, parse_constant=lambda name: name) == expected
    assert said.err == ""


def test_remarks_go_to_standard_error_and_are_not_folded(capsys):
    output.say("nodes.edge: [bold]" + "x" * 300, style="red")
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "nodes.edge: [bold]" + "x" * 300 + "\n"


def test_lines_are_printed_as_they_are(capsys):
    output.print_lines(["[red]" + "y" * 300, Path("a")])
    assert capsys.readouterr().out == "[red]" + "y" * 300 + "\na\n"


def test_a_pipe_is_as_wide_as_a_table_needs():
    assert output.out().width == output.PIPE_WIDTH
