"""Tables in a terminal: tidy frames, one run, a comparison, who sees whom."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from rich.table import Table

from sim.console.number_format import number, spoken, with_half_width
from sim.console.output import out

if TYPE_CHECKING:
    import pandas as pd

    from sim.metrics.compare import Comparison
    from sim.trace.trace import Trace

WHO_SEES_WHOM = "Whose addresses each party sees"
ACQUAINTANCE = ["party", "sees on its connections", "is only told in fields"]


def print_frame(frame: pd.DataFrame, title: str, optional: Collection[str] = ()) -> None:
    """Print a tidy frame, one line per row, each column in the unit of its name.

    Parameters
    ----------
    frame : pandas.DataFrame
        Any frame.
    title : str
        What it shows; a frame without rows is passed over.
    optional : collection of str
        Columns that are left out where they are all zero.
    """
    if frame.empty:
        return
    frame = frame.loc[:, [name not in optional or bool(frame[name].any()) for name in frame.columns]]
    columns = [spoken(str(name)) for name in frame.columns]
    rows = [
        [number(value, column.factor) for value, column in zip(row, columns, strict=True)]
        for row in frame.itertuples(index=False, name=None)
    ]
    _print_table(title, [column.label for column in columns], rows)


def print_measures(frame: pd.DataFrame, title: str) -> None:
    """Print the numbers of one run, and say that it is one.

    Parameters
    ----------
    frame : pandas.DataFrame
        measure, value.
    title : str
        Of the scenario.
    """
    rows = [
        [spoken(name).label, number(value, spoken(name).factor)]
        for name, value in zip(frame["measure"], frame["value"], strict=True)
    ]
    _print_table(title, ["measure", str(frame.attrs.get("note", "value"))], rows)


def print_values(values: Mapping[str, Any], title: str) -> None:
    """Print values by name, each in the unit of its name; empty ones are left out.

    Parameters
    ----------
    values : mapping
        Numbers, texts, and lists of texts.
    title : str
        Heading of the table.
    """
    rows = []
    for name, value in values.items():
        shown = "\n".join(map(str, value)) if isinstance(value, list) else number(value, spoken(name).factor)
        if shown:
            rows.append([spoken(name).label, shown])
    _print_table(title, ["", ""], rows)


def print_comparison(comparison: Comparison) -> None:
    """Print designs side by side, then how each differs from the first, then whose addresses each party sees.

    Parameters
    ----------
    comparison : Comparison
        Of any number of designs.
    """
    count = int(comparison.table["n"].min())
    level = f"{comparison.confidence:.0%} interval, {count} replications on the same requests"
    _print_intervals(comparison.table, "mean", f"Mean ± half-width of the {level}")
    if len(comparison.differences):
        _print_intervals(comparison.differences, "difference", f"Difference from {comparison.baseline} ({level})")
    rows = [
        ["" if place else design, *row]
        for design, trace in comparison.traces.items()
        for place, row in enumerate(_acquaintances(trace))
    ]
    _print_table(WHO_SEES_WHOM, ["design", *ACQUAINTANCE], rows)


def print_visibility(trace: Trace) -> None:
    """Print whose addresses each party of one run sees.

    Parameters
    ----------
    trace : Trace
        Any trace.
    """
    _print_table(WHO_SEES_WHOM, ACQUAINTANCE, list(_acquaintances(trace)))


def _acquaintances(trace: Trace) -> Iterator[list[str]]:
    from sim import visibility

    cells = visibility.matrix(trace)
    for party in trace.nodes:
        row = cells.loc[party]
        yield [party, *(", ".join(str(name) for name, cell in row.items() if cell == how) for how in ("peer", "told"))]


def _print_intervals(frame: pd.DataFrame, value: str, title: str) -> None:
    designs, measures = (list(dict.fromkeys(frame[name])) for name in ("design", "measure"))
    rows = {measure: [spoken(measure).label, *("" for _ in designs)] for measure in measures}
    for row in frame.to_dict(orient="records"):
        shown = with_half_width(row[value], row["half_width"], spoken(row["measure"]).factor)
        judged = f"{row['verdict']}\n" if "verdict" in row else ""
        rows[row["measure"]][1 + designs.index(row["design"])] = judged + shown
    _print_table(title, ["measure", *designs], list(rows.values()))


def _print_table(title: str, columns: list[str], rows: list[list[str]]) -> None:
    table = Table()
    for position, name in enumerate(columns):
        justify: Literal["left", "right"] = "right" if _are_numbers(row[position] for row in rows) else "left"
        table.add_column(name, justify=justify, overflow="fold")
    for row in rows:
        table.add_row(*row)
    console = out()
    console.print(title, style="bold")  # not as the table's own title: that is folded to the table's width
    console.print(table)


def _are_numbers(cells: Iterable[str]) -> bool:
    """Whether the last line of every cell begins like a number (a verdict may stand above it)."""
    return all(cell.rpartition("\n")[2][:1] in "-–0123456789" for cell in cells)
