"""Mermaid: the path of one request as a sequence diagram, to be put into a page of Markdown or a slide.

Steps are notes with their numbers and the textbook's words; their times count from when the client sent the request.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import numpy as np

from sim.errors import TraceError
from sim.exports.hop_view import HopView, Row, children, exchanges, ns, rows
from sim.trace.step_words import step_words
from sim.trace.trace import Trace

SAME_TIME_NS = 1
"""Times that differ by no more are the same but for rounding."""

_UNITS = ((1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "µs"))


def mermaid(trace: Trace, request_id: int | None = None) -> str:
    """Write the path of one request as a Mermaid sequence diagram.

    Parameters
    ----------
    trace : Trace
        Any trace; without steps the diagram holds messages only.
    request_id : int, optional
        Which request; if absent, the first of those that travelled farthest.

    Returns
    -------
    str
        Text that begins with ``sequenceDiagram``.

    Raises
    ------
    TraceError
        If there is no such request, or none at all.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> print(mermaid(three_requests(), 1))
    sequenceDiagram
        %% three-requests 0123456789ab, seed 7
        title Request 1: hit after 200 ms
        participant p1 as students<br/>10.0.0.1
        participant p2 as proxy<br/>192.0.2.1
        p1->>+p2: GET /1
        p2-->>-p1: 200, 500 B, after 200 ms
    <BLANKLINE>
    """
    alone = trace.only(farthest(trace) if request_id is None else request_id)
    return "\n    ".join(["sequenceDiagram", *_Diagram(alone).lines()]) + "\n"


def farthest(trace: Trace) -> int:
    """Choose the first of the requests with the most exchanges, after the warm-up if there is one.

    >>> from sim.trace.examples import three_requests
    >>> farthest(three_requests()), farthest(three_requests(warm_up_s=0.6))
    (0, 2)
    """
    ids = trace.tables["requests"].numbers("request_id")
    if not len(ids):
        raise TraceError("no request in this trace", hint="is the warm-up longer than the run?")
    of_requests = trace.tables["hops"].numbers("request_id")
    count = np.bincount(np.searchsorted(ids, of_requests[of_requests >= 0]), minlength=len(ids))  # probes have none
    return int(ids[np.argmax(np.where(trace.counted, count, -1))])


class _Diagram:
    """The lines of one diagram."""

    def __init__(self, trace: Trace) -> None:
        scenario = trace.meta.get("scenario", {})
        self._source = f"{scenario.get('name', '')} {scenario.get('hash', '')}, seed {trace.seed}"
        self._request = next(rows(trace.tables["requests"]))
        self._found = exchanges(trace)
        self._made = children(self._found)
        self._steps = list(rows(trace.tables["steps"]))
        self._stages = trace.meta.get("stages", {})
        self._arrival_ns = ns(self._request["arrival_s"])
        self._parties = {name: f"p{number}" for number, name in enumerate(_addresses(self._found), start=1)}

    def lines(self) -> Iterator[str]:
        request = self._request
        lasted = _time(ns(request["completion_s"]) - self._arrival_ns)
        outcome = request["outcome"] if request["status"] else request["error"] or request["outcome"]
        number = request["request_id"]
        yield f"%% {_text(self._source)}"
        # A title is cut off where it is wider than the diagram, so it is short.
        yield f"title {_text(f'Request {number}: {outcome} after {lasted}')}"
        for name, addresses in _addresses(self._found).items():
            yield f"participant {self._parties[name]} as {'<br/>'.join(map(_text, [name, *addresses]))}"
        yield from self._asked(self._made.get(-1, []), [step for step in self._steps if step["role"] == "client"])

    def _asked(self, made: list[HopView], steps: list[Row]) -> Iterator[str]:
        """Write the steps of a party, and between them the exchanges that it made."""
        left = list(steps)
        for one in made:
            while left and ns(left[0]["time_s"]) <= one.sent_ns + SAME_TIME_NS:
                yield self._step(left.pop(0))
            yield from self._exchange(one)
        yield from map(self._step, left)

    def _exchange(self, one: HopView) -> Iterator[str]:
        sender, receiver = self._parties[one.hop["sender"]], self._parties[one.hop["receiver"]]
        url = urlsplit(one.request["target"])
        said = _text(f"{one.request['method']} {url.path or '/'}{'?' if url.query else ''}{url.query}")
        if one.received_ns is None:
            yield f"{sender}-x{receiver}: {said}"
            yield f"Note over {sender}: {_text(self._given_up(one))}"
            return
        yield f"{sender}->>+{receiver}: {said}"
        made = self._made.get(one.hop["hop_id"], [])
        in_time = [inner for inner in made if inner.returned_ns <= one.left_ns + SAME_TIME_NS]
        mine = [step for step in self._steps if step["hop_id"] == one.hop["hop_id"] and step["role"] != "client"]
        yield from self._asked(in_time, mine)
        if one.answered_ns is None:
            yield f"{receiver}--x-{sender}: {_text(self._given_up(one))}"
        else:
            yield f"{receiver}-->>-{sender}: {_text(self._answer(one))}"
        for inner in made:
            if inner not in in_time:
                yield f"Note over {receiver}: meanwhile"
                yield from self._exchange(inner)

    def _given_up(self, one: HopView) -> str:
        why = f": {one.hop['error']}" if one.hop["error"] else ""
        return f"given up after {_time(one.returned_ns - one.sent_ns)}{why}"

    def _answer(self, one: HopView) -> str:
        status, carried = one.hop["status"] or "no answer", f"{one.hop['response_bytes']:,} B"
        return f"{status}, {carried}, after {_time(one.returned_ns - one.sent_ns)}"

    def _step(self, step: Row) -> str:
        text = step_words(step, self._stages)
        said = text.sentence.removesuffix(".") if step["stage"] else text.words
        detail = f": {step['detail']}" if step["detail"] else ""
        after = _time(ns(step["time_s"]) - self._arrival_ns)
        line = _text(f"{step['step']}. {said}{detail} (at {after})")
        return f"Note over {self._parties.get(step['node'], 'p1')}: {line}"


def _addresses(found: dict[int, HopView]) -> dict[str, list[str]]:
    """List the parties in the order in which the request met them, each with the addresses that it used."""
    used: dict[str, list[str]] = {}
    for one in found.values():
        for party, address in (("sender", "source_ip"), ("receiver", "destination_ip")):
            known = used.setdefault(one.hop[party], [])
            if one.hop[address] and one.hop[address] not in known:
                known.append(one.hop[address])
    return used


def _time(time_ns: int) -> str:
    """Write a time with three significant digits.

    >>> _time(1_234_000_000), _time(20_510_000), _time(400), _time(0)
    ('1.23 s', '20.5 ms', '0.4 µs', '0 s')
    """
    if not time_ns:
        return "0 s"
    factor, unit = next((scale for scale in _UNITS if abs(time_ns) >= scale[0]), _UNITS[-1])
    return f"{time_ns / factor:.3g} {unit}"


def _text(text: str) -> str:
    """Write text so that Mermaid takes it for text: no end of a line or statement, no markup, no comment.

    >>> _text("a;b #1 <img>"), _text("end")
    ('a#59;b #35;1 #lt;img#gt;', '#101;nd')
    """
    line = re.sub(r"\s+", " ", text)
    safe = "".join(_ENTITIES.get(c) or (f"#{ord(c)};" if c in _SPECIAL or not c.isprintable() else c) for c in line)
    return f"#101;{safe[1:]}" if safe.lower() == "end" else safe


_ENTITIES = {"<": "#lt;", ">": "#gt;", "&": "#amp;", '"': "#quot;"}
_SPECIAL = frozenset(";#%$`\\")
