"""Validation of the model: a simulated run compared with real runs of the same requests.

The steps of the nodes, the outcomes of the caches, the chosen nodes and the sightings must be *equal*, request by
request.  Response times must agree within a tolerance, and are shown beside the spread of repeated real runs, for a
machine always has other work to do and a model has not.
"""

from __future__ import annotations

import html
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import TraceError
from sim.metrics import comparable
from sim.metrics.comparable import SEEING, Ignored, Story
from sim.metrics.summary import records
from sim.metrics.time_agreement import (
    END_TO_END,
    JUDGED,
    milliseconds,
    percentiles,
    quantiles,
    time_reasons,
    times_by_place,
)

if TYPE_CHECKING:
    import pandas as pd

    from sim.trace.trace import Trace

MOST_DIFFERENCES = 5


@dataclass(frozen=True)
class Difference:
    """A request for which model and reality differ.

    Attributes
    ----------
    request_id : int
        Row of the workload.
    request_class, aspect : str
        Its class, and the aspect (of `comparable.ASPECTS`) that differs.
    simulated, measured : tuple
        What happened in each; see `sim.metrics.comparable`.
    """

    request_id: int
    request_class: str
    aspect: str
    simulated: Story
    measured: Story

    def lines(self) -> list[str]:
        """Return the first row that differs, in a few lines for people."""
        both = enumerate(
            zip(_padded(self.simulated, self.measured), _padded(self.measured, self.simulated), strict=True)
        )
        place, (model, reality) = next((n, pair) for n, pair in both if pair[0] != pair[1])
        return [
            f"request {self.request_id} ({self.request_class}), {self.aspect}, line {place + 1}:",
            f"  simulated: {_told(model)}",
            f"  measured:  {_told(reality)}",
        ]


@dataclass(frozen=True, eq=False, repr=False)
class Agreement:
    """How well a simulated run and real runs agree; made by `agreement`.

    Attributes
    ----------
    name, title : str
        Of the scenario.
    simulated : Trace
        The model's run.
    measured : tuple of Trace
        The real runs.
    reality : str
        What was measured: ``lab``, or the name of a product.
    requests : int
        Number of requests compared.
    exact : pandas.DataFrame
        request_class, requests, and for each aspect of `comparable.ASPECTS` the number of requests that are equal in
        every real run.
    times : pandas.DataFrame
        where (`END_TO_END`, or ``sender → receiver``: an exchange's own time, without exchanges that it caused),
        count, rank,
        simulated_s, measured_s (median of the real runs), low_s, high_s (least and greatest of them), difference_s,
        gap_s, allowed_s, agrees; see `sim.metrics.time_agreement.percentiles`.
    quantiles : pandas.DataFrame
        where, share, simulated_s, measured_s, low_s, high_s: order statistics, for a quantile–quantile plot.
    differences : tuple of Difference
        The first `MOST_DIFFERENCES` of them.
    reasons : tuple of str
        What differs, and which cause explains most of it.
    notes : tuple of str
        What cannot be compared, and other restrictions of the comparison.
    """

    name: str
    title: str
    simulated: Trace
    measured: tuple[Trace, ...]
    reality: str
    requests: int
    exact: pd.DataFrame
    times: pd.DataFrame
    quantiles: pd.DataFrame
    differences: tuple[Difference, ...] = ()
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def repeats(self) -> int:
        """Number of real runs."""
        return len(self.measured)

    @property
    def is_exact(self) -> bool:
        """Whether all aspects of all requests are equal in all real runs, and messages arrived as they were sent."""
        counts = self.exact[list(comparable.ASPECTS)]
        return bool((counts.min(axis=1) == self.exact["requests"]).all()) and not _surprises(self.measured)

    @property
    def times_agree(self) -> bool:
        """Whether the median and the 95th percentile end to end are within the tolerance."""
        judged = self.times[(self.times["where"] == END_TO_END) & self.times["rank"].isin(JUDGED)]
        return bool(judged["agrees"].all())

    @property
    def agrees(self) -> bool:
        """Whether the runs are exactly equal apart from times, and the times agree."""
        return self.is_exact and self.times_agree

    @property
    def verdict(self) -> str:
        """Result of the comparison in one line for people."""
        runs = f"{self.repeats} run" + ("s" if self.repeats != 1 else "")
        said = f"{self.name}: {self.requests} requests, {runs} ({self.reality}): {self._exactness()}; {self._times()}"
        return f"{said}: {'agrees' if self.agrees else 'DIFFERS'}"

    def _exactness(self) -> str:
        counts = self.exact[list(comparable.ASPECTS)].sum()
        short = {name: int(count) for name, count in counts.items() if count < self.requests}
        if not short:
            return "paths, outcomes, picks, answers and sightings 100 % equal"
        return ", ".join(f"{name} {count / self.requests:.0%} equal" for name, count in short.items())

    def _times(self) -> str:
        judged = self.times[(self.times["where"] == END_TO_END) & self.times["rank"].isin(JUDGED)]
        return ", ".join(
            f"p{row['rank']} {milliseconds(row['simulated_s'])}, measured {milliseconds(row['measured_s'])}"
            for row in judged.to_dict("records")
        )

    def as_dict(self) -> dict[str, Any]:
        """Return everything in plain JSON values."""
        return {
            "scenario": self.name,
            "title": self.title,
            "reality": self.reality,
            "requests": self.requests,
            "repeats": self.repeats,
            "agrees": self.agrees,
            "is_exact": self.is_exact,
            "times_agree": self.times_agree,
            "verdict": self.verdict,
            "reasons": list(self.reasons),
            "notes": list(self.notes),
            "exact": records(self.exact),
            "times": records(self.times),
            "differences": [
                {
                    "request_id": found.request_id,
                    "request_class": found.request_class,
                    "aspect": found.aspect,
                    "simulated": [list(row) for row in found.simulated],
                    "measured": [list(row) for row in found.measured],
                }
                for found in self.differences
            ],
        }

    def __repr__(self) -> str:
        found = "equal" if self.is_exact else "different"
        return f"<Agreement of {self.title!r} with {self.reality}: {self.requests} requests, {found}>"

    def _repr_html_(self) -> str:
        said = [self.verdict, *self.reasons, *self.notes]
        lines = [line for found in self.differences for line in found.lines()]
        differences_shown = f"<pre>{html.escape(chr(10).join(lines))}</pre>" if lines else ""
        shown = self.times.assign(agrees=["yes" if agrees else "no" for agrees in self.times["agrees"]])
        return (
            f"<p><b>{html.escape(said[0])}</b></p><ul>"
            + "".join(f"<li>{html.escape(line)}</li>" for line in said[1:])
            + f"</ul>{self.exact.to_html(index=False)}{differences_shown}"
            + shown.to_html(index=False, float_format="{:.4f}".format, escape=True)
        )


def agreement(
    simulated: Trace,
    measured: Sequence[Trace],
    *,
    classes: Mapping[int, str] | None = None,
    blind: Ignored = SEEING,
    reality: str = "lab",
    notes: Sequence[str] = (),
) -> Agreement:
    """Compare a simulated run with real runs of the same requests.

    Parameters
    ----------
    simulated : Trace
        The model's run.
    measured : sequence of Trace
        One real run, or several.
    classes : mapping of int to str, optional
        Content class by request id; requests are counted by content class and outcome.
    blind : Ignored
        What need not be equal because a real product does not reveal it, or decides it in its own way.
    reality : str
        Name of what was measured, for the texts.
    notes : sequence of str
        Further restrictions of the comparison.

    Returns
    -------
    Agreement
        Equal and different requests, times, and reasons.

    Raises
    ------
    TraceError
        Without a real run, if one was cut short, or if the runs are not of the same requests.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> found = agreement(three_requests(), [three_requests()])
    >>> found.agrees, found.exact["requests"].sum()
    (True, np.int64(3))
    """
    import pandas as pd

    _require_the_same_requests(simulated, measured)
    kinds = _kinds(simulated, classes or {})
    found = _compared(simulated, measured, blind)
    equal = {name: [number for number in kinds if number not in wrong] for name, wrong in found.items()}
    exact = pd.DataFrame(
        [
            {
                "request_class": kind,
                "requests": sum(each == kind for each in kinds.values()),
                **{name: sum(kinds[number] == kind for number in numbers) for name, numbers in equal.items()},
            }
            for kind in sorted(set(kinds.values()))
        ],
        columns=["request_class", "requests", *found],
    )
    places = times_by_place(simulated, measured, blind)
    times = percentiles(places)
    reasons = time_reasons(times, simulated, measured, blind)
    first = sorted(((number, name) for name, wrong in found.items() for number in wrong))[:MOST_DIFFERENCES]
    return Agreement(
        name=str(simulated.meta.get("scenario", {}).get("name") or "scenario"),
        title=simulated.title,
        simulated=simulated,
        measured=tuple(measured),
        reality=reality,
        requests=len(kinds),
        exact=exact,
        times=times,
        quantiles=quantiles(places),
        differences=tuple(Difference(n, kinds[n], name, *found[name][n]) for n, name in first),
        reasons=(*_inequality_reasons(found, len(kinds)), *_surprises(measured), *reasons),
        notes=(*_unknown_notes(blind.nodes, reality), *notes),
    )


def _require_the_same_requests(simulated: Trace, measured: Sequence[Trace]) -> None:
    if not measured:
        raise TraceError("there is no real run to compare with")
    for trace in measured:
        if trace.is_cut_short:
            raise TraceError("a real run was cut short", hint="compare complete runs")
        for name in ("request_id", "target", "client_ip"):
            one, other = simulated.tables["requests"][name], trace.tables["requests"][name]
            if not _same(one, other):
                raise TraceError(f"the runs are not of the same requests: they differ in {name}")


def _same(one: Any, other: Any) -> bool:
    texts = [column.texts() if hasattr(column, "texts") else column for column in (one, other)]
    return bool(np.array_equal(*texts))


def _kinds(trace: Trace, classes: Mapping[int, str]) -> dict[int, str]:
    requests = trace.tables["requests"]
    ends = zip(requests.numbers("request_id").tolist(), requests.words("outcome").texts().tolist(), strict=True)
    return {number: f"{classes[number]}, {outcome}" if number in classes else outcome for number, outcome in ends}


def _compared(simulated: Trace, measured: Sequence[Trace], blind: Ignored) -> dict[str, dict[int, tuple[Story, Story]]]:
    """Return for each aspect the requests that differ in any real run, with what happened in model and reality."""
    found: dict[str, dict[int, tuple[Story, Story]]] = {}
    for name, tell in comparable.ASPECTS.items():
        model = tell(simulated, blind)
        wrong: dict[int, tuple[Story, Story]] = {}
        for trace in measured:
            reality = tell(trace, blind)
            for number in sorted({*model, *reality}):
                pair = (model.get(number, ()), reality.get(number, ()))
                if pair[0] != pair[1]:
                    wrong.setdefault(number, pair)
        found[name] = wrong
    return found


def _inequality_reasons(found: Mapping[str, Mapping[int, Any]], count: int) -> list[str]:
    return [
        f"{name}: {len(wrong)} of {count} requests differ, the first is request {min(wrong)}"
        for name, wrong in found.items()
        if wrong
    ]


def _unknown_notes(unknown: Collection[str], reality: str) -> list[str]:
    return [f"the steps of {name} are unknown: it is {reality}" for name in sorted(unknown)]


def _surprises(measured: Sequence[Trace]) -> list[str]:
    """Return what real runs recorded about messages that did not arrive as they were sent."""
    return list(dict.fromkeys(said for trace in measured for said in trace.meta.get("surprises", [])))


def _padded(story: Story, other: Story) -> list[Any]:
    return [*story, *[None] * (len(other) - len(story))]


def _told(row: tuple[Any, ...] | None) -> str:
    return "nothing" if row is None else " ".join(str(word) or "–" for word in row)
