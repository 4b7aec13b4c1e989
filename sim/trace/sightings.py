"""Which observer could read what: sightings computed from the hops of a trace.

An exchange has two ends and a link.  Its receiver sees the request, its sender sees the response, and a tap on the
link sees both.  All of them see the two addresses; what else they can read is decided by how the connection is
protected (`sim.rules.tls`).  A PROXY header stands before the TLS handshake, and everybody can read it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.errors import TraceError, nearest
from sim.rules import tls
from sim.rules.client_address import told_addresses
from sim.trace import schema
from sim.trace.table import Numbers, Table, Words


def readable(tls_mode: str) -> tls.LinkReadable:
    """Return what can be read on the link of an exchange.

    Raises
    ------
    TraceError
        If the mode is not known.

    Examples
    --------
    >>> readable("tls").taps
    False
    """
    if tls_mode not in tls.LINK_MODES:
        raise TraceError(f"unknown tls_mode {tls_mode!r}", hint=nearest(tls_mode, tls.LINK_MODES))
    return tls.readable_on_link(tls_mode)


def readable_fields() -> list[str]:
    """Return the columns of sightings that hold a part of a request as hops do, where it is readable.

    >>> readable_fields()
    ['via', 'host']
    """
    carried = schema.carried_in_hops()
    return [column.name for column in schema.SIGHTINGS if column.name in carried]


def tap(sender: str, receiver: str) -> str:
    r"""Name the observer that taps the link between two nodes.

    >>> tap("a", "b") == "tap:a\N{EN DASH}b"
    True
    """
    return f"tap:{sender}\N{EN DASH}{receiver}"


def sightings(hops: Table, requests: Table) -> Table:
    """Compute which observer saw which message of which exchange, and what it could read of it.

    A tap is counted as having read a message when the message has left the link; a request that did not reach
    its receiver, and an answer that was never sent, are seen by no observer.

    Parameters
    ----------
    hops, requests : Table
        Tables of a trace (see ``schema.HOPS`` and ``schema.REQUESTS``); all requests of the hops are there.

    Returns
    -------
    Table
        See ``schema.SIGHTINGS``; per hop the receiver's and the tap's view of the request, then the sender's
        and the tap's view of the answer.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> tables = three_requests().tables
    >>> seen = sightings(tables["hops"], tables["requests"])
    >>> seen.words("observer").texts()[:4].tolist()
    ['proxy', 'tap:students–proxy', 'students', 'tap:students–proxy']
    """
    observers = _observers(hops)
    received = ~np.isnan(hops.numbers("received_s"))
    answered = ~np.isnan(hops.numbers("answered_s"))
    targets = _targets(hops, requests)
    views = [
        _requests_seen(hops, targets, observers.receiver, by_tap=False).take(received),
        _requests_seen(hops, targets, observers.tap, by_tap=True).take(received),
        _answers_seen(hops, observers.sender, by_tap=False).take(answered),
        _answers_seen(hops, observers.tap, by_tap=True).take(answered),
    ]
    together = _stack(views)
    return together.take(np.argsort(together.numbers("hop_id"), kind="stable"))


class _Observers(NamedTuple):
    sender: Words
    receiver: Words
    tap: Words


def _observers(hops: Table) -> _Observers:
    """Return all observers with one numbering: first the nodes, then the taps."""
    sender, receiver = hops.words("sender").canonical(), hops.words("receiver").canonical()
    width = max(len(receiver.names), 1)
    edges, edge_of_hop = np.unique(sender.codes.astype(np.int64) * width + receiver.codes, return_inverse=True)
    taps = [tap(sender.names[edge // width], receiver.names[edge % width]) for edge in edges]
    nodes = tuple(dict.fromkeys(sender.names + receiver.names))
    names = (*nodes, *taps)
    number = {name: code for code, name in enumerate(names)}
    return _Observers(
        Words(sender.look_up(number, dtype=np.int32), names),
        Words(receiver.look_up(number, dtype=np.int32), names),
        Words((edge_of_hop.reshape(-1) + len(nodes)).astype(np.int32), names),
    )


def _targets(hops: Table, requests: Table) -> Words:
    """Return the target of each hop; that of a probe is not recorded."""
    targets, request_id = requests.words("target"), hops.numbers("request_id")
    is_probe = request_id < 0
    codes = np.full(len(hops), len(targets.names), dtype=np.int32)
    rows = np.searchsorted(requests.numbers("request_id"), request_id[~is_probe])
    codes[~is_probe] = targets.codes[rows]
    return Words(codes, (*targets.names, ""))


def _requests_seen(hops: Table, targets: Words, observer: Words, *, by_tap: bool) -> Table:
    """Return what an end or the tap of each hop saw of its request."""
    modes = hops.words("tls_mode")
    clear = _is_clear(modes, by_tap=by_tap)
    sni = modes.look_up({mode: readable(mode).sni for mode in modes.names}, dtype=bool)
    return _in_order(
        {
            "observer": observer,
            "message": _constant("request", len(hops)),
            "time_s": hops["received_s"],
            "request_id": hops["request_id"],
            "hop_id": hops["hop_id"],
            "source_ip": hops["source_ip"],
            "destination_ip": hops["destination_ip"],
            "claimed_client_ips": readable_claims(hops, clear),
            "sni": _where(sni, _hosts(targets)),
            **{name: _where(clear, hops.words(name)) for name in readable_fields()},
            "target": _where(clear, targets),
            "user": _constant("", len(hops)),
            "content_readable": clear,
        }
    )


def _answers_seen(hops: Table, observer: Words, *, by_tap: bool) -> Table:
    """Return what an end or the tap of each hop saw of its response, whose fields are not recorded."""
    nothing = _constant("", len(hops))
    return _in_order(
        {
            "observer": observer,
            "message": _constant("response", len(hops)),
            "time_s": hops["returned_s"],
            "request_id": hops["request_id"],
            "hop_id": hops["hop_id"],
            "source_ip": hops["destination_ip"],
            "destination_ip": hops["source_ip"],
            **dict.fromkeys(("claimed_client_ips", "sni", "target", "user", *readable_fields()), nothing),
            "content_readable": _is_clear(hops.words("tls_mode"), by_tap=by_tap),
        }
    )


def claimed(hops: Table) -> Words:
    """Return the addresses from which the request of each hop is claimed to come, whichever node wrote them.

    Parameters
    ----------
    hops : Table
        See ``schema.HOPS``.

    Returns
    -------
    Words
        X-Forwarded-For as carried, and after it those addresses of the other columns that are claims
        (`schema.Carried.is_claim`) that do not stand in it.

    Examples
    --------
    >>> from sim.trace.examples import build, to_proxy
    >>> told = build([to_proxy(0, 0.0, forwarded_for="10.0.0.1", x_real_ip="10.0.0.1", forwarded="for=192.0.2.7")])
    >>> claimed(told.tables["hops"]).texts().tolist()
    ['10.0.0.1, 192.0.2.7']
    """
    claims = [name for name, carried in schema.carried_in_hops().items() if carried.is_claim]
    listed, *others = (hops.words(name).canonical() for name in claims)
    if all(not any(words.names) for words in others):
        return listed
    rows = np.stack([words.codes for words in (listed, *others)])
    distinct, place = np.unique(rows, axis=1, return_inverse=True)
    texts = [
        _together(listed.names[first], *(words.names[code] for words, code in zip(others, rest, strict=True)))
        for first, *rest in distinct.T.tolist()
    ]
    found = Words.of(texts)
    return Words(found.codes[place.reshape(-1)], found.names)


def readable_claims(hops: Table, clear: Numbers) -> Words:
    """Return what can be read of the addresses that each hop claims: all, or those before a TLS handshake.

    Parameters
    ----------
    hops : Table
        See ``schema.HOPS``.
    clear : array of bool
        Whether the fields of each hop can be read.

    Returns
    -------
    Words
        As by `claimed`, or the address in the PROXY header.

    Examples
    --------
    >>> from sim.trace.examples import build, to_proxy
    >>> said = [to_proxy(n, n, forwarded_for="192.0.2.7", proxy_protocol="10.0.0.1") for n in (0, 1)]
    >>> readable_claims(build(said).tables["hops"], np.array([True, False])).texts().tolist()
    ['192.0.2.7, 10.0.0.1', '10.0.0.1']
    """
    headers = [name for name, carried in schema.carried_in_hops().items() if carried.field == schema.PROXY_HEADER]
    everything, before = claimed(hops), hops.words(headers[0]).canonical()
    if not any(before.names):
        return _where(clear, everything)
    codes = np.where(clear, everything.codes, before.codes + len(everything.names))
    found = Words.of((*everything.names, *before.names))
    return Words(found.codes[codes], found.names)


def _together(listed: str, *others: str) -> str:
    held = [part for part in listed.split(", ") if part]
    more = [address for value in others for address in told_addresses(value)]
    return ", ".join([*held, *dict.fromkeys(one for one in more if one not in held)])


def _is_clear(modes: Words, *, by_tap: bool) -> Numbers:
    reads = {mode: readable(mode).taps if by_tap else readable(mode).ends for mode in modes.names}
    return np.asarray(modes.look_up(reads, dtype=bool))


def _hosts(targets: Words) -> Words:
    """Return the authority of each absolute target (RFC 9110 section 7.1)."""
    hosts = Words.of(target.partition("://")[2].partition("/")[0] for target in targets.names)
    return Words(hosts.codes[targets.codes], hosts.names)


def _in_order(columns: dict[str, Numbers | Words]) -> Table:
    return Table({column.name: columns[column.name] for column in schema.SIGHTINGS})


def _constant(word: str, rows: int) -> Words:
    return Words(np.zeros(rows, dtype=np.int32), (word,))


def _where(shown: Numbers, words: Words) -> Words:
    """Blank the words of the rows that are not shown."""
    names = words.names if "" in words.names else (*words.names, "")
    return Words(np.where(shown, words.codes, names.index("")).astype(np.int32), names)


def _stack(tables: list[Table]) -> Table:
    return Table({name: _concatenate([table[name] for table in tables]) for name in tables[0]})


def _concatenate(columns: list[Numbers | Words]) -> Numbers | Words:
    words = [column for column in columns if isinstance(column, Words)]
    if not words:
        return np.concatenate([column for column in columns if not isinstance(column, Words)])
    names = tuple(dict.fromkeys(name for column in words for name in column.names))
    number = {name: code for code, name in enumerate(names)}
    return Words(np.concatenate([column.look_up(number, dtype=np.int32) for column in words]), names)
