"""Which observers saw the addresses of which parties.

An observer knows a party as a ``peer`` if the party's address was an endpoint of a connection that the observer
terminated or tapped: this is certain.  It was ``told`` of a party if the address only appeared in a field that it could
read, such as X-Forwarded-For: this may be forged.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.rules.client_address import told_addresses
from sim.trace.sightings import tap

if TYPE_CHECKING:
    import pandas as pd

    from sim.trace.table import Numbers, Table, Words
    from sim.trace.trace import Trace

PEER, TOLD, SELF = "peer", "told", "self"


class Acquaintance(NamedTuple):
    """An address that an observer learnt.

    Attributes
    ----------
    observer : str
        A node, or a tap on a link.
    party : str
        The node that has the address; for a client its population.
    address : str
        The IP address.
    how : str
        ``"peer"`` or ``"told"``.
    first_seen_s : float
        When it was learnt first in this way, in seconds.
    """

    observer: str
    party: str
    address: str
    how: str
    first_seen_s: float


def matrix(trace: Trace, request_id: int | None = None) -> pd.DataFrame:
    """Return for each observer the parties whose addresses it saw.

    Parameters
    ----------
    trace : Trace
        Any trace.
    request_id : int, optional
        Only sightings of this request; all if absent.

    Returns
    -------
    pandas.DataFrame, shape (nodes + taps, nodes)
        Rows are observers (every node, then a tap on each link), columns are parties.  A cell is ``"peer"``,
        ``"told"``, ``""`` (not seen at all), or ``"self"`` on the diagonal.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> matrix(three_requests()).loc["app"].to_dict()
    {'students': '', 'proxy': 'peer', 'app': 'self'}
    """
    import pandas as pd

    parties = list(trace.nodes)
    frame = pd.DataFrame("", index=pd.Index(observers(trace), name="observer"), columns=parties, dtype=object)
    ways = {(known.observer, known.party, known.how) for known in acquaintances(trace, request_id)}
    for observer, party, how in sorted(ways, key=lambda way: way[2] == PEER):
        frame.loc[observer, party] = how
    for party in parties:
        frame.loc[party, party] = SELF
    return frame


def counts(trace: Trace, request_id: int | None = None) -> pd.DataFrame:
    """Return how many of a party's addresses each observer saw, and since when.

    Parameters
    ----------
    trace : Trace
        Any trace.
    request_id : int, optional
        Only sightings of this request; all if absent.

    Returns
    -------
    pandas.DataFrame
        observer, party, how (``"peer"`` or ``"told"``), addresses_seen, addresses_total, first_seen_s; one row for
        each combination that occurred, in the order of the matrix.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> counts(three_requests()).query("observer == 'proxy'").iloc[:, 1:5].to_numpy().tolist()
    [['students', 'peer', 2, 2], ['app', 'peer', 1, 1]]
    """
    import pandas as pd

    seen: defaultdict[tuple[str, str, str], list[float]] = defaultdict(list)
    for known in acquaintances(trace, request_id):
        seen[known.observer, known.party, known.how].append(known.first_seen_s)
    totals = {name: _address_count(node) for name, node in trace.nodes.items()}
    rows = [
        (observer, party, how, len(times_s), totals[party], min(times_s))
        for observer in observers(trace)
        for party in totals
        for how in (PEER, TOLD)
        if (times_s := seen.get((observer, party, how)))
    ]
    columns = ["observer", "party", "how", "addresses_seen", "addresses_total", "first_seen_s"]
    return pd.DataFrame(rows, columns=columns)


def observers(trace: Trace) -> list[str]:
    """Return the names of all observers: every node, then a tap on each link, in the scenario's order.

    >>> from sim.trace.examples import three_requests
    >>> observers(three_requests())
    ['students', 'proxy', 'app', 'tap:students–proxy', 'tap:proxy–app']
    """
    taps = [tap(edge["sender"], edge["receiver"]) for edge in trace.meta.get("edges", ())]
    return [*trace.nodes, *taps]


def party_of_address(trace: Trace) -> dict[str, str]:
    """Return the node that has each address; for a client's address its population.

    >>> from sim.trace.examples import three_requests
    >>> party_of_address(three_requests())["10.0.0.2"]
    'students'
    """
    requests = trace.tables["requests"]
    clients, addresses = requests.words("client"), requests.words("client_ip")
    owner = np.zeros(len(addresses.names), dtype=np.int32)
    owner[addresses.codes] = clients.codes
    used = np.unique(addresses.codes)
    found = {addresses.names[code]: clients.names[owner[code]] for code in used}
    return found | {address: name for name, node in trace.nodes.items() for address in node["addresses"]}


def acquaintances(trace: Trace, request_id: int | None = None) -> list[Acquaintance]:
    """Return every address that an observer learnt, once for each ``how``.

    Parameters
    ----------
    trace : Trace
        Any trace.
    request_id : int, optional
        Only sightings of this request; all if absent.

    Returns
    -------
    list of Acquaintance
        Without an observer's own addresses, and without claimed addresses that no node has.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> sorted(known.address for known in acquaintances(three_requests()) if known.observer == "proxy")
    ['10.0.0.1', '10.0.0.2', '198.51.100.1']
    """
    seen = trace.tables["sightings"] if request_id is None else trace.sightings_of(request_id)
    parties = party_of_address(trace)
    first: dict[tuple[str, str, str], float] = {}
    for observer, address, how, time_s in _all_seen(seen):
        if parties.get(address, observer) != observer:
            key = (observer, address, how)
            first[key] = min(time_s, first.get(key, time_s))
    return [Acquaintance(o, parties[address], address, how, time_s) for (o, address, how), time_s in first.items()]


def claimed_addresses(field: str) -> list[str]:
    """Return the addresses in a claim, without ports and brackets; entries that are not addresses are left out.

    >>> claimed_addresses("10.0.0.1, unknown, 192.0.2.7:4711")
    ['10.0.0.1', '192.0.2.7']
    """
    return list(told_addresses(field))


def _all_seen(seen: Table) -> Iterator[tuple[str, str, str, float]]:
    for column, how in (("source_ip", PEER), ("destination_ip", PEER), ("claimed_client_ips", TOLD)):
        for observer, text, time_s in _first_times(seen, seen.words(column)):
            addresses = [text] if how == PEER else claimed_addresses(text)
            yield from ((observer, address, how, time_s) for address in addresses)


def _first_times(seen: Table, words: Words) -> Iterator[tuple[str, str, float]]:
    """Yield each pair of observer and word once, with the first time at which it occurred."""
    observer = seen.words("observer")
    width = max(len(words.names), 1)
    pair = observer.codes.astype(np.int64) * width + words.codes
    time_s: Numbers = seen.numbers("time_s")
    order = np.lexsort((time_s, pair))
    distinct, first = np.unique(pair[order], return_index=True)
    for key, at_s in zip(distinct.tolist(), time_s[order][first].tolist(), strict=True):
        yield observer.names[key // width], words.names[key % width], at_s


def _address_count(node: dict[str, Any]) -> int:
    return int(node["count"]) if node["role"] == "client" else len(set(node["addresses"]))
