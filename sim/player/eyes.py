"""What each observer can know, for the page: addresses seen, messages read, and how anonymous the clients are to it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sim.rules.tls import LINK_MODES, readable_on_link
from sim.trace.table import Numbers, Table
from sim.trace.trace import Trace
from sim.visibility.anonymity import Anonymity, figures
from sim.visibility.matrix import acquaintances, observers

MOST_LISTED = 24
"""Addresses that are listed by name for each party; the others are counted."""

MOST_TIMES = 400
"""Moments at which one more address was seen that are kept."""


def eyes(trace: Trace) -> dict[str, dict[str, Any]]:
    """Describe the knowledge of every node and of a tap on every link.

    Parameters
    ----------
    trace : Trace
        Any trace.

    Returns
    -------
    dict
        By observer, in the scenario's order: ``knows`` (by party and way of knowing: addresses, count,
        first_seen_s in increasing order), ``read`` and ``sealed`` (messages), ``hosts``, ``snis``, ``targets``
        (how many distinct), ``anonymity`` (by way of knowing).

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> seen = eyes(three_requests())["app"]
    >>> seen["knows"]["proxy"]["peer"]["addresses"], "students" in seen["knows"]
    (['192.0.2.2'], False)
    """
    found: dict[str, dict[str, Any]] = {name: {"knows": {}, "anonymity": {}} for name in observers(trace)}
    for known in sorted(acquaintances(trace), key=lambda known: (known.first_seen_s, known.address)):
        seen = found.setdefault(known.observer, {"knows": {}, "anonymity": {}})
        ways = seen["knows"].setdefault(known.party, {})
        way = ways.setdefault(known.how, {"addresses": [], "count": 0, "first_seen_s": []})
        _note(way, known.address, known.first_seen_s)
    for figure in figures(trace):
        found[figure.observer]["anonymity"][figure.how] = _plain(figure)
    for observer, read in _reading(trace.tables["sightings"]).items():
        found[observer] |= read
    return found


def reading_rules() -> dict[str, dict[str, bool]]:
    """Return what ends and taps can read, by the way in which a connection is protected.

    >>> reading_rules()["tls"]["taps"]
    False
    """
    return {mode: readable_on_link(mode)._asdict() for mode in LINK_MODES}


def _note(way: dict[str, Any], address: str, first_seen_s: float) -> None:
    way["count"] += 1
    if len(way["addresses"]) < MOST_LISTED:
        way["addresses"].append(address)
    if len(way["first_seen_s"]) < MOST_TIMES:
        way["first_seen_s"].append(round(first_seen_s, 6))


def _plain(figure: Anonymity) -> dict[str, Any]:
    named = {k: v for k, v in figure._asdict().items() if k not in {"observer", "how"}}
    return {k: None if isinstance(v, float) and math.isnan(v) else round(v, 4) for k, v in named.items()}


def _reading(seen: Table) -> dict[str, dict[str, Any]]:
    """Count for each observer what it could read."""
    observer, clear = seen.words("observer"), seen.numbers("content_readable")
    return {
        name: {
            "read": int(np.sum(clear[rows])),
            "sealed": int(np.sum(~clear[rows])),
            "hosts": _distinct(seen, "host", rows)[:MOST_LISTED],
            "snis": _distinct(seen, "sni", rows)[:MOST_LISTED],
            "targets": len(_distinct(seen, "target", rows)),
        }
        for code, name in enumerate(observer.names)
        if len(rows := np.flatnonzero(observer.codes == code))
    }


def _distinct(seen: Table, column: str, rows: Numbers) -> list[str]:
    words = seen.words(column)
    return [words.names[code] for code in np.unique(words.codes[rows]) if words.names[code]]
