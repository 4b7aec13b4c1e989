"""Budgets: small functions, small files, shallow packages."""

from __future__ import annotations

import ast
from statistics import median, quantiles

from tests.architecture import source

MEDIAN_LINES = 10
MOST_LINES = 40  # of 95 % of the functions
LONGEST_LINES = 60
FILE_LINES = 600
DEEPEST_PACKAGE = 2


def all_functions():
    return [function for path in source.files() for function in source.functions(path)]


def test_most_functions_are_short():
    lines = [function.lines for function in all_functions()]
    assert median(lines) <= MEDIAN_LINES
    assert quantiles(lines, n=20)[-1] <= MOST_LINES


def test_no_function_is_long():
    long = [f"{function.place}: {function.lines}" for function in all_functions() if function.lines > LONGEST_LINES]
    assert not long, f"longer than {LONGEST_LINES} lines: {long}"


def test_no_file_is_long():
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in source.files()}
    long = [f"{path.relative_to(source.REPOSITORY)}: {count}" for path, count in lines.items() if count > FILE_LINES]
    assert not long, f"longer than {FILE_LINES} lines: {long}"


def test_no_package_is_deep():
    deep = [str(path) for path in source.files() if len(path.relative_to(source.SIM).parts) > DEEPEST_PACKAGE + 1]
    assert not deep, f"more than {DEEPEST_PACKAGE} packages below sim: {deep}"


def test_lines_are_counted_without_the_docstring():
    code = 'def f():\n    """One.\n\n    Two.\n    """\n    return 1\n'
    function = ast.parse(code).body[0]
    assert source.docstring_lines(function) == 4
