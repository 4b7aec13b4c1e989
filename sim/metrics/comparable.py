"""What happened to each request apart from times: its path, outcomes of caches, chosen nodes, response, sightings.

In two worlds that run the same requests by the same rules, all of this must be equal.  Each aspect of a request is a
`Story`: plain rows of words and numbers, which can be compared and printed.
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
"""One aspect of one request: a row of words and numbers for each event."""

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
"""Columns of a sighting that are compared: all but its time."""


class Ignored(NamedTuple):
    """What is not compared, because one of the worlds does not reveal it or decides it in its own way.

    Attributes
    ----------
    nodes : collection of str
        Nodes whose steps are left out.
    alias : mapping of str to str
        Words that are replaced before the comparison: names and addresses of the members of a group any of which may be
        chosen.  Which one was chosen is compared by `picks`, which ignores the alias.

    Examples
    --------
    >>> Ignored(alias={"app-1": "one of them"}).word("app-1")
    'one of them'
    """

    nodes: Collection[str] = ()
    alias: Mapping[str, str] = MappingProxyType({})

    def word(self, word: str) -> str:
        """Return the word that replaces another one; itself if none does."""
        return self.alias.get(word, word)


SEEING = Ignored()
"""Nothing is ignored: the worlds must agree on everything."""


def any_of(groups: Iterable[Mapping[str, str]], choosers: Collection[str]) -> dict[str, str]:
    """Return an alias for the members of groups any member of which may be chosen.

    Parameters
    ----------
    groups : iterable of mapping of str to str
        Address of each member by its name, for each group.
    choosers : collection of str
        Nodes that choose among them; the taps on their links to the members get an alias too.

    Returns
    -------
    dict of str to str
        The group's word for each name, address and tap, for `Ignored.alias`.

    Examples
    --------
    >>> any_of([{"a": "192.0.2.1", "b": "192.0.2.2"}], ["gateway"])["192.0.2.2"]
    '192.0.2.1 | 192.0.2.2'
    """
    alias: dict[str, str] = {}
    for group in groups:
        name, address = " | ".join(group), " | ".join(group.values())
        alias |= dict.fromkeys(group, name) | dict.fromkeys(group.values(), address)
        alias |= {tap(chooser, node): tap(chooser, name) for chooser in choosers for node in group}
    return alias


def paths(trace: Trace, blind: Ignored = SEEING) -> Stories:
    """Return the steps of each request: node, number and name of the step, stage, and what was decided.

    Parameters
    ----------
    trace : Trace
        With recorded steps.
    blind : Ignored
        What is not compared.

    Returns
    -------
    dict of int to tuple
        Steps in the order of the exchanges that they belong to, and within one in the order of time.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> paths(three_requests())[0][-1]
    ('students', 2, 'receive', '', '')
    """
    steps = trace.tables["steps"]
    if blind.nodes:
        steps = steps.take(~steps.words("node").among(blind.nodes))
    # Steps of a background exchange interleave with others in time, differently in each world: sort by exchange.
    order = np.lexsort((np.arange(len(steps)), steps.numbers("hop_id"), steps.numbers("request_id")))
    has_asides = bool(trace.tables["hops"].numbers("task").any())
    return _by_request(steps.take(order) if has_asides else steps, ("node", "step", "name", "stage", "detail"), blind)


def outcomes(trace: Trace, blind: Ignored = SEEING) -> Stories:
    """Return what the receiver's cache did in each exchange, and the outcome of the request.

    Parameters
    ----------
    trace : Trace
        Of any world.
    blind : Ignored
        What is not compared.

    Returns
    -------
    dict of int to tuple
        Sender, receiver and cache status of each exchange; in the last row the request's outcome.

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
    """Return the nodes that were chosen: sender and receiver of each exchange, and the node that answered.

    Parameters
    ----------
    trace : Trace
        Any trace.

    Returns
    -------
    dict of int to tuple
        Sender and receiver of each exchange; in the last row the node that generated the response.

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
    """Return status, size and error of the response that each client received.

    Parameters
    ----------
    trace : Trace
        Of any world.
    blind : Ignored
        What is not compared.

    Returns
    -------
    dict of int to tuple
        A single row.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> answers(three_requests())[1][0][0]
    200
    """
    return _by_request(trace.tables["requests"], ("status", "response_bytes", "error"), blind)


def sightings(trace: Trace, blind: Ignored = SEEING) -> Stories:
    """Return the sightings of each request: observers, addresses, and what was readable.

    Parameters
    ----------
    trace : Trace
        Of any world.
    blind : Ignored
        What is not compared.

    Returns
    -------
    dict of int to tuple
        The columns `SEEN` of each sighting, in the order of exchanges.

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
