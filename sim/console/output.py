"""Standard output for results, standard error for remarks."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from rich.console import Console

PIPE_WIDTH = 140
"""Characters per line where standard output is no terminal."""


def out() -> Console:
    """Make a console on standard output, wide enough for a table where that is a pipe.

    Returns
    -------
    rich.console.Console
        It neither reads markup nor guesses at colours in what it prints.
    """
    console = Console(markup=False, highlight=False)
    return console if console.is_terminal else Console(markup=False, highlight=False, width=PIPE_WIDTH)


def say(text: str, *, style: str | None = None) -> None:
    """Print a remark on standard error.

    Parameters
    ----------
    text : str
        One or more lines.
    style : str, optional
        Colour, in rich's words.
    """
    Console(stderr=True, markup=False, highlight=False, soft_wrap=True).print(text, style=style)


def print_json(value: Mapping[str, Any]) -> None:
    """Print one JSON object on standard output; what is not a number (NaN) becomes null.

    Parameters
    ----------
    value : mapping
        Plain values, paths, and mappings and sequences of them.
    """
    print_lines([json.dumps(_plain(value), indent=2, ensure_ascii=False, allow_nan=False)])


def print_lines(lines: Iterable[object]) -> None:
    """Print lines on standard output as they are, without folding them to the width of a terminal.

    Parameters
    ----------
    lines : iterable
        What to print, one line each.
    """
    sys.stdout.writelines(f"{line}\n" for line in lines)


def print_now(line: str) -> None:
    """Print a line at once, without buffering.

    Parameters
    ----------
    line : str
        What to print.
    """
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return str(value) if isinstance(value, Path) else value
