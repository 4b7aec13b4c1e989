"""The path of one request as a ladder shows it: its parties, its steps in order, and which step sent what.

A trace says when things happened; here each message finds the step that sent it and the step that received it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import compress
from math import isnan
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.charts.designs import rows
from sim.errors import TraceError
from sim.outcomes import FAILED, MISS, outcome_of_cache_word, refused
from sim.response_parts import COLLAPSE_WAIT, PARTS, SERVICE, UNANSWERED, WAITING, ResponsePart
from sim.trace.step_words import step_words
from sim.trace.trace import Trace

if TYPE_CHECKING:
    import pandas as pd

CACHE_STEPS = {("forward_proxy", 3), ("reverse_proxy", 2)}
"""Steps in which a cache decides."""

BETWEEN_LIFELINES = tuple(part for part in PARTS.values() if part.is_recorded and not part.is_at_receiver)
"""Parts of a response time that are written between two lifelines; the others are written at the receiver's."""

SAME_TIME_S = 1e-9
"""Times that differ by less are the same but for rounding."""


class Unit(NamedTuple):
    """The unit of all times of one ladder."""

    name: str
    per_s: float
    places: int

    def written(self, time_s: float) -> str:
        """Write a time without its unit.

        >>> Unit("ms", 1e3, 1).written(0.02051)
        '20.5'
        """
        return f"{time_s * self.per_s:,.{self.places}f}"


_UNITS = (
    (10.0, Unit("s", 1.0, 2)),
    (1.0, Unit("ms", 1e3, 0)),
    (0.01, Unit("ms", 1e3, 1)),
    (0.001, Unit("ms", 1e3, 2)),
    (0.0, Unit("µs", 1e6, 0)),
)
"""From how many seconds on each is used."""


@dataclass(frozen=True)
class Step:
    """One numbered step.

    Attributes
    ----------
    node, role : str
        The node that took it.
    number : int
        Its number in the role.
    words : str
        What it does, in few words.
    detail : str
        What was decided.
    outcome : str
        The word of the outcome that a cache or a stage decided here, else empty.
    stage_sentence : str
        What the stage does that acted; empty if none did.
    after_s : float
        Time since the request was issued, in seconds.
    """

    node: str
    role: str
    number: int
    words: str
    detail: str
    outcome: str
    stage_sentence: str
    after_s: float


@dataclass(frozen=True)
class LadderHop:
    """One exchange: numbers of the steps that sent and received its messages (None where there is none).

    Attributes
    ----------
    hop_id : int
        In the trace.
    sender, receiver : str
        Its ends.
    sent, received, answered, returned : int or None
        Indices of steps.
    causes_s : dict of str to float
        Seconds by cause, under the words of pictures, without waiting and service.
    waiting_s, service_s, collapse_wait_s : float
        Seconds in the receiver's queue, at its workers, and held there until another request is answered.
    """

    hop_id: int
    sender: str
    receiver: str
    sent: int | None
    received: int | None
    answered: int | None
    returned: int | None
    causes_s: dict[str, float]
    waiting_s: float
    service_s: float
    collapse_wait_s: float


@dataclass(frozen=True)
class Ladder:
    """All that a ladder shows.

    Attributes
    ----------
    request_id : int
        Of the request.
    outcome : str
        What became of it.
    lasted_s : float
        Its response time in seconds.
    causes_s : dict of str to float
        Seconds by cause, of all exchanges for which the client waited.
    parties : dict of str to list of str
        Addresses that each party used, in the order in which the request met them.
    steps : tuple of Step
        In order of time.
    exchanges : tuple of LadderHop
        In order of sending.
    unit : Unit
        Of the times beside the steps.
    """

    request_id: int
    outcome: str
    lasted_s: float
    causes_s: dict[str, float]
    parties: dict[str, list[str]]
    steps: tuple[Step, ...]
    exchanges: tuple[LadderHop, ...]
    unit: Unit

    def served(self) -> dict[int, LadderHop]:
        """Return by a step's index the exchange whose receiver worked before that step."""
        return {
            exchange.received + 1: exchange
            for exchange in self.exchanges
            if exchange.service_s > 0
            and exchange.received is not None
            and exchange.received + 1 < len(self.steps)
            and self.steps[exchange.received + 1].node == exchange.receiver
        }


def ladder_of(trace: Trace, request_id: int | None = None) -> Ladder:
    """Gather the path of one request.

    Parameters
    ----------
    trace : Trace
        A trace with steps.
    request_id : int, optional
        Which request; an interesting one if absent.

    Returns
    -------
    Ladder
        Ready to be drawn.

    Raises
    ------
    TraceError
        If there is no such request, or the trace has no steps of it.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> found = ladder_of(three_requests(), 0)
    >>> found.parties["proxy"], found.exchanges[0].sent, found.exchanges[0].received
    (['192.0.2.1', '192.0.2.2'], 0, 1)
    """
    chosen = interesting(trace) if request_id is None else request_id
    found = trace.request(chosen)
    if found.steps.empty:
        raise TraceError(f"no steps of request {chosen} in this trace", hint="run the scenario with steps=True")
    arrival_s = float(found.requests["arrival_s"].iloc[0])
    lasted_s = float(found.requests["completion_s"].iloc[0]) - arrival_s
    stages = trace.meta.get("stages", {})
    decided = _decided(list(rows(found.hops)), list(rows(found.steps)))
    exchanges = tuple(_exchange(row, found.steps) for row in rows(found.hops))
    return Ladder(
        request_id=int(chosen),
        outcome=str(found.requests["outcome"].iloc[0]),
        lasted_s=lasted_s,
        causes_s=_summed(tuple(compress(exchanges, found.hops["task"] == 0)), lasted_s),
        parties=_parties(found.hops),
        steps=tuple(_step(row, arrival_s, word, stages) for row, word in zip(rows(found.steps), decided, strict=True)),
        exchanges=exchanges,
        unit=_unit(lasted_s),
    )


def interesting(trace: Trace) -> int:
    """Choose a request worth looking at: of those with the longest path, one of a typical response time.

    Parameters
    ----------
    trace : Trace
        Any trace.

    Returns
    -------
    int
        A request that counts; a miss if there is one, and none that failed if there is another.

    Raises
    ------
    TraceError
        If no request counts.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> interesting(three_requests())
    0
    """
    requests, hops = trace.tables["requests"], trace.tables["hops"]
    if not trace.counted.any():
        raise TraceError("no request of this trace counts", hint="is the warm-up longer than the run?")
    ids = requests.numbers("request_id")
    of_requests = hops.numbers("request_id")
    lengths = np.bincount(np.searchsorted(ids, of_requests[of_requests >= 0]), minlength=len(ids))  # probes have none
    rank = (
        lengths
        + 0.5 * requests.words("outcome").equal(MISS.word)
        - 100.0 * requests.words("outcome").equal(FAILED.word)
    )
    rank = np.where(trace.counted, rank, -np.inf)
    best = np.flatnonzero(rank == rank.max())
    lasted_s = (requests.numbers("completion_s") - requests.numbers("arrival_s"))[best]
    return int(ids[best[np.argsort(lasted_s, kind="stable")[(len(best) - 1) // 2]]])


def _decided(hops: list[dict[str, Any]], steps: list[dict[str, Any]]) -> list[str]:
    """Return for each step the word of the outcome that was decided in it; empty where none was.

    A cache decides in its numbered step, and the last stage that acted on a refused exchange is the one that refused.
    """
    hop_of = {hop["hop_id"]: hop for hop in hops}
    last_stage_of = {step["hop_id"]: place for place, step in enumerate(steps) if step["stage"]}
    words = []
    for place, step in enumerate(steps):
        hop = hop_of.get(step["hop_id"], {})
        refusal = refused(hop.get("error", ""), hop.get("status", 0))
        if refusal and last_stage_of.get(step["hop_id"]) == place:
            words.append(refusal.word)
        elif hop.get("cache_status") and (step["role"], step["step"]) in CACHE_STEPS:
            words.append(outcome_of_cache_word(hop["cache_status"]).word)
        else:
            words.append("")
    return words


def _step(row: dict[str, Any], arrival_s: float, outcome: str, stages: dict[str, str]) -> Step:
    text = step_words(row, stages)
    return Step(
        node=row["node"],
        role=row["role"],
        number=int(row["step"]),
        words=text.words,
        detail=str(row["detail"]),
        outcome=outcome,
        stage_sentence=text.sentence if row["stage"] else "",
        after_s=float(row["time_s"]) - arrival_s,
    )


def _exchange(hop: dict[str, Any], steps: pd.DataFrame) -> LadderHop:
    """Find the steps at both ends of an exchange; a step belongs to the exchange in which its node was asked."""
    sender, receiver, parent = hop["sender"], hop["receiver"], hop["parent_hop_id"]
    at_sender = (steps["node"] == sender) & ((steps["hop_id"] == parent) | (parent < 0))
    at_receiver = (steps["node"] == receiver) & (steps["hop_id"] == hop["hop_id"])
    received, last = _first(at_receiver), _last(at_receiver)
    return LadderHop(
        hop_id=int(hop["hop_id"]),
        sender=sender,
        receiver=receiver,
        sent=_last(at_sender & (steps["time_s"] <= hop["sent_s"] + SAME_TIME_S) & _before(steps, received)),
        received=received,
        answered=None if isnan(hop["answered_s"]) else last,
        returned=_first(at_sender & (steps["time_s"] >= hop["returned_s"] - SAME_TIME_S) & ~_before(steps, received)),
        causes_s={part.label: _part_s(hop, part) for part in BETWEEN_LIFELINES},
        waiting_s=_part_s(hop, WAITING),
        service_s=_part_s(hop, SERVICE),
        collapse_wait_s=_part_s(hop, COLLAPSE_WAIT),
    )


def _before(steps: pd.DataFrame, received: int | None) -> pd.Series[bool]:
    place = np.arange(len(steps))
    return place < (len(steps) if received is None else received)  # type: ignore[return-value]


def _first(wanted: pd.Series[bool]) -> int | None:
    found = np.flatnonzero(wanted)
    return int(found[0]) if len(found) else None


def _last(wanted: pd.Series[bool]) -> int | None:
    found = np.flatnonzero(wanted)
    return int(found[-1]) if len(found) else None


def _part_s(hop: dict[str, Any], part: ResponsePart) -> float:
    return float(np.nan_to_num(hop[part.column]))


def own_causes_s(exchange: LadderHop) -> dict[str, float]:
    """Return all causes of an exchange's own time, in seconds: on its link, and at its receiver."""
    return {
        **exchange.causes_s,
        WAITING.label: exchange.waiting_s,
        SERVICE.label: exchange.service_s,
        COLLAPSE_WAIT.label: exchange.collapse_wait_s,
    }


def _summed(exchanges: tuple[LadderHop, ...], lasted_s: float) -> dict[str, float]:
    """Sum the causes of exchanges; what none explains was waiting for an answer that never came."""
    total_s: dict[str, float] = {}
    for exchange in exchanges:
        for cause, part_s in own_causes_s(exchange).items():
            total_s[cause] = total_s.get(cause, 0.0) + part_s
    rest_s = lasted_s - sum(total_s.values())
    return total_s | ({UNANSWERED.label: rest_s} if rest_s > SAME_TIME_S else {})


def _parties(hops: pd.DataFrame) -> dict[str, list[str]]:
    """List the parties in the order in which the request met them, each with the addresses that it used."""
    used: dict[str, list[str]] = {}
    for hop in rows(hops):
        for party, address in ((hop["sender"], hop["source_ip"]), (hop["receiver"], hop["destination_ip"])):
            addresses = used.setdefault(party, [])
            if address and address not in addresses:
                addresses.append(address)
    return used


def _unit(lasted_s: float) -> Unit:
    """Choose a unit in which times of this length are easy to read.

    >>> _unit(0.12), _unit(30.0)
    (Unit(name='ms', per_s=1000.0, places=1), Unit(name='s', per_s=1.0, places=2))
    """
    return next(unit for least_s, unit in _UNITS if lasted_s >= least_s)
