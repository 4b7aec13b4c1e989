"""What a trace tells of each request apart from times: its path, what caches did, who answered, and who saw what.

Two worlds that run the same requests by the same rules must tell the same, word for word.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.trace.table import Words

if TYPE_CHECKING:
    from sim.trace.table import Table
    from sim.trace.trace import Trace

Story = tuple[tuple[Any, ...], ...]
"""What is told of one request under one aspect: a row of words and numbers for each thing that happened."""

Stories = dict[int, Story]
"""By request id."""

SEEN = (
    "observer",
    "message",
    "source_ip",
    "destination_ip",
    "claimed_client_ips",
    "via",
    "sni",
    "host",
    "target",
    "user",
    "content_readable",
)
"""What makes a sighting; not its time."""


def paths(trace: Trace, unknown: Collection[str] = ()) -> Stories:
    """Tell each request's steps: node, number and name of the step, and what was decided.

    Parameters
    ----------
    trace : Trace
        Any trace with steps.
    unknown : collection of str
        Nodes whose steps are left out, for another world does not know them.

    Returns
    -------
    dict of int to tuple
        Steps in the order of the exchanges in which they were announced, and in each in their own order.

    Examples
    --------
    >>> from sim.trace.by_hand import three_requests
    >>> paths(three_requests())[0][-1]
    ('students', 2, 'receive', '')
    """
    steps = trace.tables["steps"]
    if unknown:
        steps = steps.take(~steps.words("node").among(unknown))
    # Of two things that go on at the same time one world may tell the other one first.
    order = np.lexsort((np.arange(len(steps)), steps.numbers("hop_id"), steps.numbers("request_id")))
    has_asides = bool(trace.tables["hops"].numbers("aside").any())
    return _by_request(steps.take(order) if has_asides else steps, ("node", "step", "name", "detail"))


def outcomes(trace: Trace) -> Stories:
    """Tell what the cache at the end of each exchange did, and what came of the request.

    Parameters
    ----------
    trace : Trace
        Any trace.

    Returns
    -------
    dict of int to tuple
        Sender, receiver and cache status of each exchange; the request's outcome at last.

    Examples
    --------
    >>> from sim.trace.by_hand import three_requests
    >>> outcomes(three_requests())[1]
    (('students', 'proxy', 'hit'), ('hit',))
    """
    found = _by_request(trace.tables["hops"], ("sender", "receiver", "cache_status"))
    ends = _by_request(trace.tables["requests"], ("outcome",))
    return {request: (*found.get(request, ()), *end) for request, end in ends.items()}


def picks(trace: Trace) -> Stories:
    """Tell which node was chosen in each exchange, and who made the answer.

    Parameters
    ----------
    trace : Trace
        Any trace.

    Returns
    -------
    dict of int to tuple
        Sender and receiver of each exchange; who answered at last.

    Examples
    --------
    >>> from sim.trace.by_hand import three_requests
    >>> picks(three_requests())[0]
    (('students', 'proxy'), ('proxy', 'app'), ('app',))
    """
    found = _by_request(trace.tables["hops"], ("sender", "receiver"))
    ends = _by_request(trace.tables["requests"], ("answered_by",))
    return {request: (*found.get(request, ()), *end) for request, end in ends.items()}


def answers(trace: Trace) -> Stories:
    """Tell the status, the bytes and the error of the answer that the client got.

    Parameters
    ----------
    trace : Trace
        Any trace.

    Returns
    -------
    dict of int to tuple
        One row for each request.

    Examples
    --------
    >>> from sim.trace.by_hand import three_requests
    >>> answers(three_requests())[1][0][0]
    200
    """
    return _by_request(trace.tables["requests"], ("status", "response_bytes", "error"))


def sightings(trace: Trace) -> Stories:
    """Tell who saw which message, from where to where, and what could be read of it.

    Parameters
    ----------
    trace : Trace
        Any trace.

    Returns
    -------
    dict of int to tuple
        The columns of `SEEN` of each sighting, in the order of exchanges.

    Examples
    --------
    >>> from sim.trace.by_hand import three_requests
    >>> sightings(three_requests())[1][0][:3]
    ('proxy', 'request', '10.0.0.1')
    """
    return _by_request(trace.tables["sightings"], SEEN)


ASPECTS: dict[str, Callable[[Trace], Stories]] = {
    "path": paths,
    "outcome": outcomes,
    "pick": picks,
    "answer": answers,
    "sightings": sightings,
}
"""All aspects, by name."""


def _by_request(table: Table, columns: tuple[str, ...]) -> Stories:
    """Gather the rows of each request; the table is in the order of requests."""
    request = table.numbers("request_id")
    rows = list(zip(*(_values(table, name) for name in columns), strict=True))
    ids, starts = np.unique(request, return_index=True)
    ends = np.append(starts[1:], len(request))[: len(ids)]
    places = zip(ids.tolist(), starts.tolist(), ends.tolist(), strict=True)
    return {number: tuple(rows[start:end]) for number, start, end in places}


def _values(table: Table, name: str) -> Iterator[Any]:
    column = table[name]
    return iter(column.texts().tolist() if isinstance(column, Words) else column.tolist())
