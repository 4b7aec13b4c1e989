r"""Sender anonymity of the clients towards each observer of their requests.

An observer sees each request under some *name*: the address at the other end of the connection, together with the
addresses claimed in readable fields if it believes these.  All clients whose requests came under one name form an
anonymity set (A. Pfitzmann and M. Hansen, terminology v0.34, 2010).  A client that sends more requests is the likelier
sender of the next one, so that a set of twenty may give less anonymity than its size says.  The measures are

- the entropy :math:`H = -\sum_i p_i \log_2 p_i` of the sender, given the name, in bits, and the effective size
  of the set, :math:`2^H` (A. Serjantov and G. Danezis, "Towards an information theoretic metric for anonymity",
  PET 2002);
- the degree of anonymity :math:`H / \log_2 N`, 0 if the sender is known and 1 if all N clients are equally likely
  (C. Díaz, S. Seys, J. Claessens and B. Preneel, "Towards measuring anonymity", PET 2002).

Measures that differ from name to name are averaged over the requests seen.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.visibility.matrix import PEER, TOLD

if TYPE_CHECKING:
    import pandas as pd

    from sim.trace.table import Numbers, Table
    from sim.trace.trace import Trace

NAMED_BY = {PEER: ("source_ip",), TOLD: ("source_ip", "claimed_client_ips", "user")}
"""Columns of a sighting that form the name: for an observer of connections, and for one that believes fields too."""


class Anonymity(NamedTuple):
    """Sender anonymity towards one observer.

    Attributes
    ----------
    observer : str
        A node, or a tap on a link.
    how : str
        ``"peer"`` if it uses the addresses of its connections only, ``"told"`` if it also believes fields.
    requests : int
        Number of requests that it saw, each counted once.
    names : int
        Number of names under which they came.
    clients : int
        Number of clients that really sent them.
    smallest_set : int
        Size of the smallest anonymity set.
    mean_set_size : float
        Size of the anonymity set, averaged over requests.
    entropy_bits : float
        Entropy of the sender given the name, in bits, averaged over requests.
    effective_size : float
        Two to the power of this entropy.
    degree_ratio : float
        This entropy, divided by its maximum, that of N equally likely clients; NaN if there is only one client.
    """

    observer: str
    how: str
    requests: int
    names: int
    clients: int
    smallest_set: int
    mean_set_size: float
    entropy_bits: float
    effective_size: float
    degree_ratio: float


def anonymity(trace: Trace) -> pd.DataFrame:
    """Return the sender anonymity of the clients towards each observer of their requests.

    Parameters
    ----------
    trace : Trace
        Any trace.

    Returns
    -------
    pandas.DataFrame
        One row per observer and ``how``; the columns are the attributes of `Anonymity`.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> seen = anonymity(three_requests())
    >>> seen.query("observer == 'app' and how == 'peer'")[["names", "clients", "effective_size"]].to_numpy().tolist()
    [[1.0, 2.0, 2.0]]
    """
    import pandas as pd

    return pd.DataFrame(figures(trace), columns=list(Anonymity._fields))


def figures(trace: Trace) -> list[Anonymity]:
    """Return the rows of `anonymity` without a need for pandas.

    Parameters
    ----------
    trace : Trace
        Any trace.

    Returns
    -------
    list of Anonymity
        In the order of the observers in the sightings.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> [(found.observer, found.mean_set_size) for found in figures(three_requests()) if found.how == "peer"][:2]
    [('proxy', 1.0), ('app', 2.0)]
    """
    seen = trace.tables["sightings"]
    asked = seen.take(seen.words("message").equal("request"))
    client = _sender(trace, asked)
    everybody = len(np.unique(trace.tables["requests"].words("client_ip").codes))
    observers = asked.words("observer")
    found = []
    for code, observer in enumerate(observers.names):
        rows = np.flatnonzero(observers.codes == code)
        for how, columns in NAMED_BY.items() if len(rows) else ():
            name = _one_number(asked.take(rows), columns)
            once = _each_once(asked.numbers("request_id")[rows], name)
            found.append(_figures_of(observer, how, name[once], client[rows][once], everybody))
    return found


def _sender(trace: Trace, asked: Table) -> Numbers:
    """Return the number of the client that sent the request of each sighting."""
    requests = trace.tables["requests"]
    rows = np.searchsorted(requests.numbers("request_id"), asked.numbers("request_id"))
    return np.asarray(requests.words("client_ip").codes[rows])


def _one_number(asked: Table, columns: tuple[str, ...]) -> Numbers:
    """Return one number for each row; equal numbers mean equal words in all columns."""
    key = np.zeros(len(asked), dtype=np.int64)
    for column in columns:
        words = asked.words(column)
        key = np.unique(key * len(words.names) + words.codes, return_inverse=True)[1].reshape(-1)
    return key


def _each_once(request_id: Numbers, name: Numbers) -> Numbers:
    """Return one row for each pair of request and name: a second attempt reveals nothing new."""
    return np.asarray(np.unique(request_id.astype(np.int64) * (int(name.max()) + 1) + name, return_index=True)[1])


def _figures_of(observer: str, how: str, name: Numbers, client: Numbers, everybody: int) -> Anonymity:
    width = int(client.max()) + 1
    pairs, counts = np.unique(name.astype(np.int64) * width + client, return_counts=True)
    of_pair = pairs // width
    requests = np.bincount(of_pair, weights=counts)
    share = counts / requests[of_pair]
    entropy_bits = float(-np.sum(counts * np.log2(share)) / len(name)) + 0.0  # no minus zero
    set_size = np.bincount(of_pair)
    return Anonymity(
        observer=observer,
        how=how,
        requests=len(name),
        names=len(set_size),
        clients=len(np.unique(client)),
        smallest_set=int(set_size.min()),
        mean_set_size=float(np.sum(set_size * requests) / len(name)),
        entropy_bits=entropy_bits,
        effective_size=2.0**entropy_bits,
        degree_ratio=entropy_bits / math.log2(everybody) if everybody > 1 else math.nan,
    )
