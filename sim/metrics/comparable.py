"""What a trace tells of each request apart from times: its path, what caches did, who answered, and who saw what.

Two worlds that run the same requests by the same rules must tell the same, word for word.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.trace.sightings import tap
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


class Ignored(NamedTuple):
    """What two worlds need not agree on, for one of them does not know it or decides it in its own way.

    Attributes
    ----------
    nodes : collection of str
        Nodes whose steps are left out.
    alias : mapping of str to str
        Words in whose place another one is told: the names and addresses of nodes of which any may be picked.  Which
        one was picked is told by `picks` all the same.

    Examples
    --------
    >>> Ignored(alias={"app-1": "one of them"}).word("app-1")
    'one of them'
    """

    nodes: Collection[str] = ()
    alias: Mapping[str, str] = MappingProxyType({})

    def word(self, word: str) -> str:
        """Return the word that is told in the place of another one."""
        return self.alias.get(word, word)


SEEING = Ignored()
"""Two worlds that must agree on everything."""


def any_of(groups: Iterable[Mapping[str, str]], askers: Collection[str]) -> dict[str, str]:
    """Return one word for all nodes of a group, for their addresses, and for the taps on the links to them.

    Parameters
    ----------
    groups : iterable of mapping of str to str
        Addresses by name, of nodes of which any may be picked.
    askers : collection of str
        Who picks.

    Returns
    -------
    dict of str to str
        For `Ignored.alias`.

    Examples
    --------
    >>> any_of([{"a": "192.0.2.1", "b": "192.0.2.2"}], ["gateway"])["192.0.2.2"]
    '192.0.2.1 | 192.0.2.2'
    """
    alias: dict[str, str] = {}
    for group in groups:
        name, address = " | ".join(group), " | ".join(group.values())
        alias |= dict.fromkeys(group, name) | dict.fromkeys(group.values(), address)
        alias |= {tap(asker, node): tap(asker, name) for asker in askers for node in group}
    return alias


def paths(trace: Trace, blind: Ignored = SEEING) -> Stories:
    """Tell each request's steps: node, number and name of the step, and what was decided.

    Parameters
    ----------
    trace : Trace
        Any trace with steps.
    blind : Ignored
        What is left out.

    Returns
    -------
    dict of int to tuple
        Steps in the order of the exchanges in which they were announced, and in each in their own order.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> paths(three_requests())[0][-1]
    ('students', 2, 'receive', '')
    """
    steps = trace.tables["steps"]
    if blind.nodes:
        steps = steps.take(~steps.words("node").among(blind.nodes))
    # Of two things that go on at the same time one world may tell the other one first.
    order = np.lexsort((np.arange(len(steps)), steps.numbers("hop_id"), steps.numbers("request_id")))
    has_asides = bool(trace.tables["hops"].numbers("task").any())
    return _by_request(steps.take(order) if has_asides else steps, ("node", "step", "name", "stage", "detail"), blind)


def outcomes(trace: Trace, blind: Ignored = SEEING) -> Stories:
    """Return what the cache at the end of each exchange did, and what came of the request.

    Parameters
    ----------
    trace : Trace
        Any trace.
    blind : Ignored
        What is left out.

    Returns
    -------
    dict of int to tuple
        Sender, receiver and cache status of each exchange; the request's outcome at last.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> outcomes(three_requests())[1]
    (('students', 'proxy', 'hit'), ('hit',))
    """
    found = _by_request(trace.tables["hops"], ("sender", "receiver", "cache_status"), blind)
    ends = _by_request(trace.tables["requests"], ("outcome",))
    return {request: (*found.get(request, ()), *end) for request, end in ends.items()}


def picks(trace: Trace) -> Stories:
    """Return which node was chosen in each exchange, and who made the answer.

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
    >>> from sim.trace.examples import three_requests
    >>> picks(three_requests())[0]
    (('students', 'proxy'), ('proxy', 'app'), ('app',))
    """
    found = _by_request(trace.tables["hops"], ("sender", "receiver"))
    ends = _by_request(trace.tables["requests"], ("answered_by",))
    return {request: (*found.get(request, ()), *end) for request, end in ends.items()}


def answers(trace: Trace, blind: Ignored = SEEING) -> Stories:
    """Tell the status, the bytes and the error of the answer that the client got.

    Parameters
    ----------
    trace : Trace
        Any trace.
    blind : Ignored
        What is left out.

    Returns
    -------
    dict of int to tuple
        One row for each request.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> answers(three_requests())[1][0][0]
    200
    """
    return _by_request(trace.tables["requests"], ("status", "response_bytes", "error"), blind)


def sightings(trace: Trace, blind: Ignored = SEEING) -> Stories:
    """Return who saw which message, from where to where, and what could be read of it.

    Parameters
    ----------
    trace : Trace
        Any trace.
    blind : Ignored
        What is left out.

    Returns
    -------
    dict of int to tuple
        The columns of `SEEN` of each sighting, in the order of exchanges.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> sightings(three_requests())[1][0][:3]
    ('proxy', 'request', '10.0.0.1')
    """
    return _by_request(trace.tables["sightings"], SEEN, blind)


ASPECTS: dict[str, Callable[[Trace, Ignored], Stories]] = {
    "path": paths,
    "outcome": outcomes,
    "pick": lambda trace, _: picks(trace),
    "answer": answers,
    "sightings": sightings,
}
"""All aspects, by name."""


def _by_request(table: Table, columns: tuple[str, ...], blind: Ignored = SEEING) -> Stories:
    """Gather the rows of each request; the table is in the order of requests."""
    request = table.numbers("request_id")
    rows = list(zip(*(_values(table, name, blind) for name in columns), strict=True))
    ids, starts = np.unique(request, return_index=True)
    ends = np.append(starts[1:], len(request))[: len(ids)]
    places = zip(ids.tolist(), starts.tolist(), ends.tolist(), strict=True)
    return {number: tuple(rows[start:end]) for number, start, end in places}


def _values(table: Table, name: str, blind: Ignored) -> Iterator[Any]:
    column = table[name]
    if not isinstance(column, Words):
        return iter(column.tolist())
    return iter(Words(column.codes, tuple(map(blind.word, column.names))).texts().tolist())
