"""The sections of the page: numbers side by side, and for each run pictures, tables and the path of one request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from math import nan
from typing import TYPE_CHECKING, Any

from sim.console.number_format import number, spoken
from sim.exports.hop_view import nodes
from sim.outcomes import OUTCOMES
from sim.report.html_tables import Head, aligned, head, of_frame, table
from sim.report.markup import Markup, element
from sim.report.pictures import figure
from sim.response_parts import PARTS

if TYPE_CHECKING:
    import pandas as pd

    from sim.trace.trace import Trace

Progress = Callable[[int, int], None]

RARE_PARTS = frozenset(part.column for part in PARTS.values() if part.is_rare)
"""Columns of the parts of a response time that many runs do not have."""

ONE_RUN = "One run, so no intervals: proxysim compare repeats runs and gives them."


def run_facts(trace: Trace) -> Markup:
    """Return from which scenario, seed and world a trace comes.

    >>> from sim.trace.examples import three_requests
    >>> "0123456789ab" in run_facts(three_requests())
    True
    """
    scenario = trace.meta.get("scenario", {})
    warm_up = f", {number(trace.warm_up_s)} s of it warm-up" if trace.warm_up_s else ""
    facts = {
        "scenario": f"{scenario.get('name', '')} {scenario.get('hash', '')}".strip(),
        "seed": str(trace.seed),
        "world": ", ".join(str(trace.meta[key]) for key in ("world", "engine") if trace.meta.get(key)),
        "length": f"{number(float(trace.end_s))} s{warm_up}",
        "requests": _requests(trace),
    }
    pairs = [element("div", element("dt", key), element("dd", value)) for key, value in facts.items() if value]
    notes = [element("p", f"Note: {note}", class_="note") for note in trace.meta.get("notes", [])]
    return Markup(element("dl", pairs, class_="facts") + "".join(notes))


def _requests(trace: Trace) -> str:
    whole, counted = len(trace.tables["requests"]), int(trace.counted.sum())
    said = f"{whole:,}" if counted == whole else f"{whole:,}, of which {counted:,} count"
    return f"{said}, cut short" if trace.is_cut_short else said


def numbers(traces: Mapping[str, Trace]) -> Iterator[Markup]:
    """Yield tables of the measures and outcomes of all runs side by side.

    Parameters
    ----------
    traces : mapping of str to Trace
        Runs by title.

    Yields
    ------
    Markup
        Tables.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> [part.count("<tr>") for part in numbers({"a": three_requests()})]
    [12, 3]
    """
    from sim import metrics

    found = {
        title: dict(metrics.summary(trace)[["measure", "value"]].to_numpy().tolist()) for title, trace in traces.items()
    }
    names = list(dict.fromkeys(name for said in found.values() for name in said))
    columns = [Head(title, is_number=True) for title in traces] if len(traces) > 1 else [Head("value", is_number=True)]
    rows = [[head(name).label, head(name).unit, *_values(name, found.values())] for name in names]
    yield table("Measures of the requests that count", [Head("measure"), Head("unit"), *columns], rows, ONE_RUN)
    yield _outcomes(traces, columns)


def _values(name: str, found: Iterable[Mapping[str, float]]) -> list[str]:
    return aligned([said.get(name, nan) for said in found], spoken(name).factor)


def _outcomes(traces: Mapping[str, Trace], columns: list[Head]) -> Markup:
    counts = [trace.outcome_counts() for trace in traces.values()]
    wholes = [max(sum(counted.values()), 1) for counted in counts]
    there = [outcome for word, outcome in OUTCOMES.items() if any(word in counted for counted in counts)]
    rows = [
        [
            f"{outcome.glyph} {outcome.word}",
            outcome.meaning,
            *(_share(counted.get(outcome.word, 0), whole) for counted, whole in zip(counts, wholes, strict=True)),
        ]
        for outcome in there
    ]
    return table("What became of the requests", [Head("outcome"), Head("meaning"), *columns], rows, "Warm-up included.")


def _share(count: int, whole: int) -> str:
    return f"{count:,} ({100 * count / whole:.0f} %)" if count else "–"


def drawn(
    traces: Mapping[str, Trace], progress: Progress | None = None
) -> tuple[list[Markup], dict[str, dict[str, Markup]]]:
    """Draw all pictures of the page.

    Parameters
    ----------
    traces : mapping of str to Trace
        Runs by title.
    progress : callable of (done, total), optional
        Called after each picture.

    Returns
    -------
    tuple of (list of Markup, dict of dict of Markup)
        Pictures of all runs together (none for one run), and those of each run by title and name.
    """
    from sim.charts.save import pictures

    together = pictures(dict(traces)) if len(traces) > 1 else []
    wanted = [("", picture) for picture in together]
    wanted += [(title, picture) for title, trace in traces.items() for picture in pictures(trace)]
    made: list[Markup] = []
    of_run: dict[str, dict[str, Markup]] = {title: {} for title in traces}
    for place, (title, picture) in enumerate(wanted, start=1):
        shown = figure(picture, f"p{place}")
        if place <= len(together):
            made.append(shown)
        else:
            of_run[title][picture.name] = shown
        if progress is not None:
            progress(place, len(wanted))
    return made, of_run


def run(trace: Trace, shown: Mapping[str, Markup], level: str = "h2") -> Iterator[Markup]:
    """Yield the sections of one run: each part with its picture and its tables.

    Parameters
    ----------
    trace : Trace
        The run.
    shown : mapping of str to Markup
        Its pictures by name.
    level : str
        Tag of the headings.

    Yields
    ------
    Markup
        Sections; those without any content are left out.
    """
    from sim import metrics

    parts: dict[str, list[Markup]] = {
        "Who talks to whom": [shown.get("topology", Markup()), _nodes(trace)],
        "How long requests took": [
            shown.get("response-time-cdf", Markup()),
            shown.get("breakdown-by-hop", Markup()),
            of_frame("Mean response time by edge, per request", metrics.by_hop(trace), optional=RARE_PARTS),
            of_frame("Mean response time by cause, per request", metrics.by_cause(trace).query("mean_s != 0")),
        ],
        "Stations and caches": [
            of_frame("Stations", metrics.utilisation(trace)),
            shown.get("hit-ratios", Markup()),
            of_frame("Caches", metrics.ratios(trace), optional=metrics.NOT_PLAIN_HITS),
        ],
        "Who sees whom": [shown.get("visibility", Markup()), _sights(trace)],
        "One request on its way": [shown.get("ladder", Markup()), *_steps(trace)],
    }
    for title, made in parts.items():
        there = [part for part in made if part]
        if there:
            yield element("section", element(level, title), there)


def _nodes(trace: Trace) -> Markup:
    rows = [
        [
            name,
            node["role"].replace("_", " "),
            node.get("site") or "–",
            ", ".join(node.get("addresses") or ()) or str(node.get("block") or "–"),
            number(node["workers"]) if node.get("workers") else "–",
            _cache(node.get("cache")),
        ]
        for name, node in nodes(trace).items()
    ]
    heads = [
        Head("node"),
        Head("role"),
        Head("site"),
        Head("addresses"),
        Head("workers", is_number=True),
        Head("cache"),
    ]
    return table("Parties", heads, rows)


def _cache(cache: Mapping[str, Any] | None) -> str:
    if not cache:
        return "–"
    amount = f"{number(cache['capacity'])} {cache['unit']}"
    if cache["unit"] == "bytes":
        amount = f"{number(cache['capacity'], 1e-6)} MB"
    return f"{amount}, {str(cache['replacement']).upper()}"


def _sights(trace: Trace) -> Markup:
    """Return a table of the addresses that each node saw; taps stand in the picture."""
    from sim import visibility

    order = list(nodes(trace))
    frame: pd.DataFrame = visibility.counts(trace).query("observer in @order")
    ways = {"peer": "on its connections", "told": "only told in fields"}
    rows = sorted(
        (
            [
                str(row.observer),
                str(row.party),
                ways.get(str(row.how), str(row.how)),
                f"{row.addresses_seen:,} of {row.addresses_total:,}",
            ]
            for row in frame.itertuples()
        ),
        key=lambda row: (order.index(row[0]), order.index(row[1])),
    )
    heads = [Head("observer"), Head("sees"), Head("how"), Head("addresses", is_number=True)]
    return table("Addresses that each party got to know", heads, rows) if rows else Markup()


def _steps(trace: Trace) -> Iterator[Markup]:
    """Yield the path that the ladder shows as a table."""
    from sim.charts.exchanges import ladder_of

    if not trace.counted.any() or not len(trace.tables["steps"]):
        return
    drawn = ladder_of(trace, None)
    times = aligned([step.after_s for step in drawn.steps], spoken("after_s").factor)
    rows = [
        [time, step.node, str(step.number), step.stage_sentence or step.words, step.detail or "–"]
        for time, step in zip(times, drawn.steps, strict=True)
    ]
    heads = [head("after_s"), Head("party"), Head("step", is_number=True), Head("what happens"), Head("decided")]
    yield table(f"The steps of request {drawn.request_id}", heads, rows)
