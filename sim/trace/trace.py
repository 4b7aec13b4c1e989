"""A trace: everything that happened in a run, and where it came from.

Results know only the trace.  It holds numpy tables (``trace.tables``); the properties ``requests``, ``hops``,
``steps`` and ``sightings`` are the same as pandas frames, made when first asked for.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.errors import TraceError, nearest
from sim.trace import files, laws, schema
from sim.trace.sightings import sightings
from sim.trace.table import Table

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


class RequestRows(NamedTuple):
    """All rows of one request, each table as a pandas frame."""

    requests: pd.DataFrame
    hops: pd.DataFrame
    steps: pd.DataFrame
    sightings: pd.DataFrame


class Tables(dict[str, Table]):
    """The tables of a trace by name, as numpy columns; sightings are computed when first asked for."""

    def __missing__(self, name: str) -> Table:
        if name not in schema.TABLES:
            raise TraceError(f"no table {name!r} in a trace", hint=nearest(name, schema.TABLES))
        self[name] = sightings(self["hops"], self["requests"])
        return self[name]

    def recorded(self) -> dict[str, Table]:
        """Return the tables that a world records and that are kept on disk."""
        return {name: self[name] for name in files.RECORDED}


class Trace:
    """What happened in a run.

    Parameters
    ----------
    requests, hops, steps : Table
        See ``schema.REQUESTS``, ``schema.HOPS`` and ``schema.STEPS``.
    meta : mapping
        Provenance in plain JSON values: scenario, seed, engine, versions, nodes, edges, ….
    sightings : Table, optional
        See ``schema.SIGHTINGS``; computed from the hops when first asked for if absent.

    Raises
    ------
    TraceError
        If a table has other columns than the schema says.

    Attributes
    ----------
    meta : dict
        As given.
    tables : Tables
        The four tables as numpy columns, by name.

    Examples
    --------
    >>> empty = Trace(*(Table.empty(schema.TABLES[name]) for name in files.RECORDED), meta={"seed": 1})
    >>> len(empty.requests), empty.seed
    (0, 1)
    """

    def __init__(
        self, requests: Table, hops: Table, steps: Table, meta: Mapping[str, Any], sightings: Table | None = None
    ) -> None:
        self.meta = dict(meta)
        self.tables = Tables(requests=requests, hops=hops, steps=steps)
        if sightings is not None:
            self.tables["sightings"] = sightings
        for name, table in self.tables.items():
            _hold_to_schema(name, table)

    @cached_property
    def requests(self) -> pd.DataFrame:
        """One row per client request, as a pandas frame."""
        return self.tables["requests"].frame()

    @cached_property
    def hops(self) -> pd.DataFrame:
        """One row per exchange on one edge, as a pandas frame."""
        return self.tables["hops"].frame()

    @cached_property
    def steps(self) -> pd.DataFrame:
        """One row per numbered step, as a pandas frame; empty if steps were not recorded."""
        return self.tables["steps"].frame()

    @cached_property
    def sightings(self) -> pd.DataFrame:
        """One row per message and party able to read any of it, as a pandas frame."""
        return self.tables["sightings"].frame()

    @property
    def title(self) -> str:
        """Title of the scenario, or its name where it has no title."""
        scenario = self.meta.get("scenario", {})
        return str(scenario.get("title") or scenario.get("name") or "untitled")

    @property
    def seed(self) -> int:
        """Seed from which the workload was drawn."""
        return int(self.meta.get("seed", 0))

    @property
    def is_cut_short(self) -> bool:
        """Whether the run was interrupted; the trace then holds the complete requests only."""
        return bool(self.meta.get("cut_short", False))

    @property
    def warm_up_s(self) -> float:
        """Requests that arrive before this do not count, in seconds from the start."""
        return float(self.meta.get("warm_up_s", 0.0))

    @property
    def end_s(self) -> float:
        """When the run ended, in seconds from the start."""
        return float(self.meta.get("end_s", 0.0))

    @property
    def nodes(self) -> dict[str, dict[str, Any]]:
        """Role, addresses and settings of each node, by name."""
        return dict(self.meta.get("nodes", {}))

    @cached_property
    def counted(self) -> NDArray[np.bool_]:
        """For each row of `requests`, whether it arrived after the warm-up, and so counts."""
        return np.asarray(self.tables["requests"].numbers("arrival_s") >= self.warm_up_s)

    @cached_property
    def counted_hops(self) -> NDArray[np.bool_]:
        """For each row of `hops`, whether its request counts; a probe, which has none, counts by its own time."""
        hops, ids = self.tables["hops"], self.tables["requests"].numbers("request_id")
        is_probe = hops.numbers("request_id") < 0
        counted = np.asarray(hops.numbers("sent_s") >= self.warm_up_s)
        counted[~is_probe] = self.counted[np.searchsorted(ids, hops.numbers("request_id")[~is_probe])]
        return counted

    def after_warm_up(self) -> pd.DataFrame:
        """Return the requests that arrived after the warm-up, as a pandas frame."""
        return self.tables["requests"].take(self.counted).frame()

    def request(self, request_id: int) -> RequestRows:
        """Return all rows of one request.

        Parameters
        ----------
        request_id : int
            Number of the request.

        Returns
        -------
        RequestRows
            Its requests, hops, steps and sightings, as pandas frames.

        Raises
        ------
        TraceError
            If the trace has no such request.

        Examples
        --------
        >>> from sim.trace.examples import three_requests
        >>> three_requests().request(2).hops["receiver"].tolist()
        ['proxy', 'app']
        """
        requests, hops, steps = self.only(request_id).tables.recorded().values()
        return RequestRows(requests.frame(), hops.frame(), steps.frame(), self.sightings_of(request_id).frame())

    def only(self, request_id: int) -> Trace:
        """Return a trace of one request alone, with the same numbers of requests and hops.

        Parameters
        ----------
        request_id : int
            Number of the request.

        Returns
        -------
        Trace
            Its rows of requests, hops and steps.

        Raises
        ------
        TraceError
            If the trace has no such request.

        Examples
        --------
        >>> from sim.trace.examples import three_requests
        >>> three_requests().only(2).hops["hop_id"].tolist()
        [3, 4]
        """
        requests, hops, steps = (_of_request(table, request_id) for table in self.tables.recorded().values())
        if not len(requests):
            known = self.tables["requests"].numbers("request_id")
            span = f"they run from {known[0]} to {known[-1]}" if len(known) else "it has none"
            raise TraceError(f"no request {request_id} in this trace", hint=span)
        return Trace(requests, hops, steps, self.meta)

    def sightings_of(self, request_id: int) -> Table:
        """Return the sightings of one request, without computing those of all."""
        if "sightings" in self.tables:
            return _of_request(self.tables["sightings"], request_id)
        return sightings(_of_request(self.tables["hops"], request_id), self.tables["requests"])

    def check(self) -> None:
        """Hold the trace to its laws (see ``sim.trace.laws``).

        Raises
        ------
        TraceError
            With every law that is broken.

        Examples
        --------
        >>> from sim.trace.examples import three_requests
        >>> three_requests().check()
        """
        violations = laws.violations(self)
        if violations:
            raise TraceError("the trace breaks its laws:\n" + "\n".join(f"  {line}" for line in violations))

    def save(self, directory: str | Path) -> Path:
        """Write the trace to a directory of Parquet files and meta.json; see ``files.save``.

        Sightings are not written: they follow from the hops.
        """
        return files.save(directory, self.tables.recorded(), self.meta)

    @classmethod
    def load(cls, directory: str | Path) -> Trace:
        """Read a trace that was written by `save`; see ``files.load``."""
        tables, meta = files.load(directory)
        return cls(tables["requests"], tables["hops"], tables["steps"], meta)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Trace):
            return NotImplemented
        return self.meta == other.meta and self.tables.recorded() == other.tables.recorded()

    __hash__ = None  # type: ignore[assignment]

    def outcome_counts(self) -> dict[str, int]:
        """Count the requests by outcome, the most frequent first."""
        words = self.tables["requests"].words("outcome").canonical()
        counts = np.bincount(words.codes, minlength=len(words.names))
        found = {name: int(count) for name, count in zip(words.names, counts, strict=True) if count}
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))

    def __repr__(self) -> str:
        outcomes = ", ".join(f"{count} {name}" for name, count in self.outcome_counts().items())
        cut = ", cut short" if self.is_cut_short else ""
        return f"<Trace of {self.title!r}, seed {self.seed}: {len(self.tables['requests'])} requests ({outcomes}){cut}>"

    def _repr_html_(self) -> str:
        scenario = self.meta.get("scenario", {})
        cut = " (cut short)" if self.is_cut_short else ""
        rows = [
            ("scenario", f"{scenario.get('name', '')} {scenario.get('hash', '')}"),
            ("seed", str(self.seed)),
            ("requests", f"{len(self.tables['requests']):,}{cut}"),
            *((outcome, f"{count:,}") for outcome, count in self.outcome_counts().items()),
        ]
        cells = "".join(f"<tr><th>{html.escape(k)}</th><td>{html.escape(v)}</td></tr>" for k, v in rows)
        caption = f"<caption>{html.escape(self.title)}<br><small>one run: no interval</small></caption>"
        return f"<table>{caption}{cells}</table>"


def _of_request(table: Table, request_id: int) -> Table:
    return table.take(np.flatnonzero(table.numbers("request_id") == request_id))


def _hold_to_schema(name: str, table: Table) -> None:
    wanted = tuple(column.name for column in schema.TABLES[name])
    if table.names == wanted:
        return
    missing, extra = sorted(set(wanted) - set(table.names)), sorted(set(table.names) - set(wanted))
    raise TraceError(f"columns of {name!r} are not those of the schema: missing {missing}, unknown {extra}")
