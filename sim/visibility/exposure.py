"""Exposure: which observers learnt the address of a request's client, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.trace.table import alike
from sim.visibility.matrix import PEER, TOLD, claimed_addresses

if TYPE_CHECKING:
    import pandas as pd

    from sim.trace.table import Numbers, Table, Words
    from sim.trace.trace import Trace


def exposure(trace: Trace, request_id: int | None = None) -> pd.DataFrame:
    """Return for each request the observers that saw its client's address, and how.

    Parameters
    ----------
    trace : Trace
        Any trace.
    request_id : int, optional
        One request; all if absent.

    Returns
    -------
    pandas.DataFrame
        One row per request and observer that saw the address: request_id, client, client_ip, observer, how (``"peer"``
        if the address was an endpoint of a connection that the observer terminated or tapped, else ``"told"``),
        first_seen_s (in this way).  Sorted by request_id and time.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> exposure(three_requests(), request_id=2)[["client_ip", "observer", "how"]].to_numpy().tolist()
    [['10.0.0.2', 'proxy', 'peer'], ['10.0.0.2', 'tap:students–proxy', 'peer']]
    """
    import pandas as pd

    seen = trace.tables["sightings"] if request_id is None else trace.sightings_of(request_id)
    requests = trace.tables["requests"]
    rows = np.searchsorted(requests.numbers("request_id"), seen.numbers("request_id"))
    whose = requests.take(rows)
    first = _first_and_surest(seen, _by_another(seen, whose), _ways(seen, whose.words("client_ip")))
    columns = {
        "request_id": seen.numbers("request_id")[first.row],
        "client": whose.words("client").texts()[first.row],
        "client_ip": whose.words("client_ip").texts()[first.row],
        "observer": seen.words("observer").texts()[first.row],
        "how": np.where(first.is_peer, PEER, TOLD).astype(object),
        "first_seen_s": seen.numbers("time_s")[first.row],
    }
    return pd.DataFrame(columns).sort_values(["request_id", "first_seen_s"], kind="stable", ignore_index=True)


class _Ways(NamedTuple):
    """For each sighting, whether the client's address is an endpoint, and whether a field claims it."""

    peer: Numbers
    told: Numbers


class _First(NamedTuple):
    row: Numbers
    is_peer: Numbers


def _by_another(seen: Table, whose: Table) -> Numbers:
    observer, client = alike(seen.words("observer"), whose.words("client"))
    return np.asarray(observer != client)


def _ways(seen: Table, client_ip: Words) -> _Ways:
    source, destination, own = alike(seen.words("source_ip"), seen.words("destination_ip"), client_ip)
    return _Ways((source == own) | (destination == own), _claims(seen.words("claimed_client_ips"), client_ip))


def _claims(claimed: Words, client_ip: Words) -> Numbers:
    """Return for each row whether the client's address is among those claimed; each distinct pair is parsed once."""
    width = max(len(client_ip.names), 1)
    pairs, place = np.unique(claimed.codes.astype(np.int64) * width + client_ip.codes, return_inverse=True)
    true = [client_ip.names[pair % width] in claimed_addresses(claimed.names[pair // width]) for pair in pairs]
    return np.asarray(np.array(true, dtype=bool)[place.reshape(-1)])


def _first_and_surest(seen: Table, by_another: Numbers, ways: _Ways) -> _First:
    """Return for each request and observer the first row with the address, as a peer if there is such a row."""
    rows = np.flatnonzero(by_another & (ways.peer | ways.told))
    request, observer = seen.numbers("request_id")[rows], seen.words("observer").codes[rows]
    order = np.lexsort((seen.numbers("time_s")[rows], ~ways.peer[rows], observer, request))
    request, observer = request[order], observer[order]
    is_first = np.ones(len(rows), dtype=bool)
    is_first[1:] = (np.diff(request) != 0) | (np.diff(observer) != 0)
    chosen = rows[order[is_first]]
    return _First(chosen, ways.peer[chosen])
