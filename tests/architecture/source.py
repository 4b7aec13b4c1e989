"""What the architecture tests measure: the files of ``sim/`` and the functions in them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

REPOSITORY = Path(__file__).parents[2]
SIM = REPOSITORY / "sim"


class Function(NamedTuple):
    """A function of the source, and how many lines it has without its docstring."""

    place: str
    lines: int


def files() -> list[Path]:
    """All Python files of the package."""
    return sorted(SIM.rglob("*.py"))


def functions(path: Path) -> Iterator[Function]:
    """All functions of a file, nested ones too, from ``def`` to their last line."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            place = f"{path.relative_to(REPOSITORY)}:{node.lineno} {node.name}"
            yield Function(place, (node.end_lineno or node.lineno) - node.lineno + 1 - docstring_lines(node))


def docstring_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function's docstring; what explains a function does not make it long."""
    if ast.get_docstring(node, clean=False) is None:
        return 0
    text = node.body[0]
    return (text.end_lineno or text.lineno) - text.lineno + 1
