"""Who could read what: sightings computed from the hops of a trace.

An exchange has two ends and a link.  Its receiver sees the request, its sender sees the answer, and a tap on
the link sees both.  Everybody on the way sees the two addresses; what else they can read is decided by how
the connection is protected, which is one small table, ``READABLE``.  What the PROXY protocol tells stands before
a TLS handshake, and everybody can read it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.errors import TraceError, nearest
from sim.rules.client_address import told_addresses
from sim.trace.table import Numbers, Table, Words


class Readable(NamedTuple):
    """What can be read on a connection: fields, target and content are readable together or not at all.

    Attributes
    ----------
    ends : bool
        Whether the two ends of the connection can read them.
    taps : bool
        Whether a tap on the link can read them.
    sni : bool
        Whether the server's name stands readable in a handshake (RFC 6066 section 3).
    """

    ends: bool
    taps: bool
    sni: bool


READABLE = {
    "plain": Readable(ends=True, taps=True, sni=False),
    "tls": Readable(ends=True, taps=False, sni=True),
    # With a forward proxy, which is reached by its address, and an address is no server name (RFC 6066 section 3).
    "tls-to-proxy": Readable(ends=True, taps=False, sni=False),
}
"""What is readable, by ``tls_mode`` of a hop."""


_FURTHER_CLAIMS = ("x_real_ip", "forwarded", "proxy_protocol")


def readable(tls_mode: str) -> Readable:
    """Look up what can be read on a connection.

    Raises
    ------
    TraceError
        If the mode is not known.

    Examples
    --------
    >>> readable("tls").taps
    False
    """
    if tls_mode not in READABLE:
        raise TraceError(f"unknown tls_mode {tls_mode!r}", hint=nearest(tls_mode, READABLE))
    return READABLE[tls_mode]


def tap(sender: str, receiver: str) -> str:
    r"""Name the observer that taps the link between two nodes.

    >>> tap("a", "b") == "tap:a\N{EN DASH}b"
    True
    """
    return f"tap:{sender}\N{EN DASH}{receiver}"


def sightings(hops: Table, requests: Table) -> Table:
    """Compute who saw which message of which exchange, and what they could read of it.

    A tap is counted as having read a message when the message has left the link; a request that did not reach
    its receiver, and an answer that was never sent, are seen by nobody.

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
    asked = _with_targets(hops, requests)
    views = [
        _requests_seen(asked, observers.receiver, by_tap=False).take(received),
        _requests_seen(asked, observers.tap, by_tap=True).take(received),
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
    """Give all observers one numbering: first the nodes, then the taps."""
    sender, receiver = hops.words("sender"), hops.words("receiver")
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


def _with_targets(hops: Table, requests: Table) -> Table:
    """Add the target to each hop; that of a probe is not recorded."""
    targets, request_id = requests.words("target"), hops.numbers("request_id")
    is_probe = request_id < 0
    codes = np.full(len(hops), len(targets.names), dtype=np.int32)
    rows = np.searchsorted(requests.numbers("request_id"), request_id[~is_probe])
    codes[~is_probe] = targets.codes[rows]
    return Table({**{name: hops[name] for name in hops}, "target": Words(codes, (*targets.names, ""))})


def _requests_seen(hops: Table, observer: Words, *, by_tap: bool) -> Table:
    """Return what an end or the tap of each hop saw of its request."""
    modes, targets = hops.words("tls_mode"), hops.words("target")
    clear = _is_clear(modes, by_tap=by_tap)
    sni = modes.look_up({mode: readable(mode).sni for mode in modes.names}, dtype=bool)
    return Table(
        {
            "observer": observer,
            "message": _constant("request", len(hops)),
            "time_s": hops["received_s"],
            "request_id": hops["request_id"],
            "hop_id": hops["hop_id"],
            "source_ip": hops["source_ip"],
            "destination_ip": hops["destination_ip"],
            "claimed_client_ips": readable_claims(hops, clear),
            "via": _where(clear, hops.words("via")),
            "sni": _where(sni, _hosts(targets)),
            "host": _where(clear, hops.words("host")),
            "target": _where(clear, targets),
            "user": _constant("", len(hops)),
            "content_readable": clear,
        }
    )


def _answers_seen(hops: Table, observer: Words, *, by_tap: bool) -> Table:
    """Return what an end or the tap of each hop saw of its answer; no field of an answer tells of anybody."""
    nothing = _constant("", len(hops))
    return Table(
        {
            "observer": observer,
            "message": _constant("response", len(hops)),
            "time_s": hops["returned_s"],
            "request_id": hops["request_id"],
            "hop_id": hops["hop_id"],
            "source_ip": hops["destination_ip"],
            "destination_ip": hops["source_ip"],
            **dict.fromkeys(("claimed_client_ips", "via", "sni", "host", "target", "user"), nothing),
            "content_readable": _is_clear(hops.words("tls_mode"), by_tap=by_tap),
        }
    )


def claimed(hops: Table) -> Words:
    """Give the addresses that the fields of each hop claim its request came from, whoever wrote them.

    Parameters
    ----------
    hops : Table
        See ``schema.HOPS``.

    Returns
    -------
    Words
        X-Forwarded-For as carried, and after it those addresses of X-Real-IP, of Forwarded and of the PROXY protocol
        that do not stand in it.

    Examples
    --------
    >>> from sim.trace.examples import build, to_proxy
    >>> told = build([to_proxy(0, 0.0, forwarded_for="10.0.0.1", x_real_ip="10.0.0.1", forwarded="for=192.0.2.7")])
    >>> claimed(told.tables["hops"]).texts().tolist()
    ['10.0.0.1, 192.0.2.7']
    """
    listed, others = hops.words("forwarded_for"), [hops.words(name) for name in _FURTHER_CLAIMS]
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
    """Give what can be read of the addresses that each hop claims: all, or what stands before a handshake.

    Parameters
    ----------
    hops : Table
        See ``schema.HOPS``.
    clear : array of bool
        Whether the fields of each hop can be read.

    Returns
    -------
    Words
        As by `claimed`, or the address that the PROXY protocol told.

    Examples
    --------
    >>> from sim.trace.examples import build, to_proxy
    >>> said = [to_proxy(n, n, forwarded_for="192.0.2.7", proxy_protocol="10.0.0.1") for n in (0, 1)]
    >>> readable_claims(build(said).tables["hops"], np.array([True, False])).texts().tolist()
    ['192.0.2.7, 10.0.0.1', '10.0.0.1']
    """
    everything, before = claimed(hops), hops.words("proxy_protocol")
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
    """Take the authority out of each absolute target (RFC 9110 section 7.1)."""
    hosts = Words.of(target.partition("://")[2].partition("/")[0] for target in targets.names)
    return Words(hosts.codes[targets.codes], hosts.names)


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
