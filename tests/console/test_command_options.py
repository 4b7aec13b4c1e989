from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer
from typer.testing import CliRunner

from sim.console.command_options import takes
from sim.serving.proxy_options import OptionHelp


@dataclass(frozen=True, kw_only=True)
class Many:
    """Options of a test."""

    how_often: Annotated[int, OptionHelp("How often.", "COUNT")] = 3
    loud: Annotated[bool, OptionHelp("Shout.")] = False
    word: Annotated[tuple[str, ...], OptionHelp("A word.", "WORD", "--say")] = ()
    file: Annotated[str | None, OptionHelp("A file.")] = None


def run(*words):
    seen = []
    app = typer.Typer()

    @app.command()
    @takes(Many)
    def command(said: Many) -> None:
        """Do it."""
        seen.append(said)

    result = CliRunner().invoke(app, words)
    return seen, result


def test_defaults_come_from_the_dataclass():
    assert run()[0] == [Many()]


def test_every_kind_of_option():
    seen, _ = run("--how-often", "5", "--loud", "--say", "a", "--say", "b", "--file", "f")
    assert seen == [Many(how_often=5, loud=True, word=("a", "b"), file="f")]


def test_what_does_not_fit_is_told():
    seen, result = run("--how-often", "many")
    assert (seen, result.exit_code) == ([], 2)
    assert "how-often" in result.output


def test_help_says_what_the_dataclass_says():
    _, result = run("--help")
    for part in ("--how-often", "COUNT", "How often.", "--say", "Do it."):
        assert part in result.output
