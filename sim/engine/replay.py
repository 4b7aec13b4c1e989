"""An access log straight through one cache, to see how often it would have answered.

No network, no clock, no freshness: requests in file order, one store, one policy.  This is the quickest way
to hold policies and capacities against a real log, and the way in which cache papers count.

An object has the size that a column tells, else that of the largest cacheable answer seen for its key anywhere
in the log, which is read twice for it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import asdict, dataclass
from html import escape
from itertools import compress
from pathlib import Path
from typing import Literal

from sim.errors import UnitError
from sim.policies import replacement
from sim.policies.bounded_store import BoundedStore
from sim.workload.log_chunks import Chunk, LogReader, Progress


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """What a cache would have done with the requests of a log.

    Attributes
    ----------
    requests : int
        Requests that a shared cache may answer; all below is about these.
    hits : int
        Requests that found their object stored.
    hit_ratio, byte_hit_ratio : float
        Hits per request, and bytes of hits per byte; 0 if there were none.
    bytes, hit_bytes : int
        Sizes of the objects, summed over requests and over hits.
    unique_objects, unique_bytes : int
        Different objects, and their sizes together.
    not_cacheable : int
        Requests left out: not a GET, or not a status that may be stored (or the log says so).
    bad_lines : int
        Lines that did not parse.
    policy : str
        Replacement policy.
    capacity : float
        Capacity in `unit`.
    unit : {"objects", "bytes"}
        What is counted.
    log : str
        Path of the log.
    format : str
        Format of its lines.
    key : tuple of str
        Columns that made an object's key.
    notes : tuple of str
        What its reader should know.
    """

    requests: int
    hits: int
    hit_ratio: float
    byte_hit_ratio: float
    bytes: int
    hit_bytes: int
    unique_objects: int
    unique_bytes: int
    not_cacheable: int
    bad_lines: int
    policy: str
    capacity: float
    unit: str
    log: str
    format: str
    key: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, object]:
        """Return all values by name, ready for JSON.

        Returns
        -------
        dict of str to object
            Numbers, texts and lists.
        """
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    def _repr_html_(self) -> str:
        """Show it as a table in a notebook."""
        rows = "".join(
            f"<tr><th style='text-align:left'>{name}</th><td>{escape(_shown(value))}</td></tr>"
            for name, value in self.as_dict().items()
        )
        return f"<table><caption>Replay of {escape(self.log)}</caption>{rows}</table>"


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if value.is_integer() else f"{value:.6f}"
    if isinstance(value, list):
        return "; ".join(str(item) for item in value)
    return f"{value:,}" if isinstance(value, int) else str(value)


def replay(
    path: str | Path,
    *,
    policy: str = "lru",
    capacity: float,
    unit: Literal["objects", "bytes"] = "objects",
    format: str = "auto",
    key: Sequence[str] = ("target",),
    progress: Progress | None = None,
) -> ReplayResult:
    """Replay an access log through one cache, from a cold start.

    Only requests that a shared cache may answer are counted (see `ReplayResult.not_cacheable`).  Every miss
    is admitted unless the object is larger than the cache.

    Parameters
    ----------
    path : str or Path
        The log, plain or gzip.
    policy : str
        Name of a replacement policy.
    capacity : float
        How much the cache holds, in `unit`; more than 0.
    unit : {"objects", "bytes"}
        What is counted.
    format : {"auto", "common", "combined", "squid", "csv"}
        Format of its lines; ``auto`` finds out.
    key : sequence of str
        Columns that together name an object; for example client and target for private caches in one.
    progress : callable, optional
        Called now and then with the bytes that are done, and all of them.

    Returns
    -------
    ReplayResult
        What the cache did.

    Raises
    ------
    AccessLogError, UnknownPolicyError, UnitError
        If the log cannot be read or has no such column; no policy has that name; the capacity is not above 0.

    Examples
    --------
    >>> result = replay("scenarios/sample-access.log.gz", policy="lru", capacity=50)
    >>> result.requests, result.hits, round(result.hit_ratio, 3)
    (1934, 1338, 0.692)
    """
    columns = (key,) if isinstance(key, str) else tuple(key)
    replacement.registry.require(policy)
    store = _store(capacity, unit, policy)
    log = LogReader(path, format)
    log.require_columns(columns)
    tally = _Tally(store)
    sizes = _largest_bodies(log, columns) if log.bodies_only else None
    for chunk in log.chunks(progress):
        tally.not_cacheable += len(chunk) - int(chunk.cacheable.sum())
        tally.count(_sized(chunk, columns, sizes))
    return tally.result(log, policy, columns)


def _store(capacity: float, unit: Literal["objects", "bytes"], policy: str) -> BoundedStore[bool]:
    if unit not in ("objects", "bytes"):
        raise UnitError(f"unknown unit of capacity {unit!r}", hint="allowed: objects, bytes")
    if isinstance(capacity, bool) or not isinstance(capacity, (int, float)) or not capacity > 0:
        raise UnitError(f"capacity must be a number of {unit} above 0, not {capacity!r}", hint="such as 139")
    return BoundedStore(capacity, unit, policy)


def _keys(chunk: Chunk, columns: tuple[str, ...]) -> Iterator[Hashable]:
    texts = [chunk.texts[name] for name in columns]
    every: Iterator[Hashable] = iter(texts[0]) if len(texts) == 1 else zip(*texts, strict=True)
    return compress(every, chunk.cacheable)


def _sized(chunk: Chunk, columns: tuple[str, ...], sizes: dict[Hashable, int] | None) -> Iterator[tuple[Hashable, int]]:
    """Pair the keys of cacheable requests with sizes."""
    if sizes is not None:
        return ((key, sizes[key]) for key in _keys(chunk, columns))
    column = chunk.response_bytes if chunk.size_bytes is None else chunk.size_bytes
    return zip(_keys(chunk, columns), column[chunk.cacheable].tolist(), strict=True)


def _largest_bodies(log: LogReader, columns: tuple[str, ...]) -> dict[Hashable, int]:
    largest: dict[Hashable, int] = {}
    for chunk in log.chunks():
        for key, size in _sized(chunk, columns, None):
            if size >= largest.get(key, 0):
                largest[key] = size
    return largest


class _Tally:
    """Counts kept while requests go through the store."""

    def __init__(self, store: BoundedStore[bool]) -> None:
        self.store = store
        self.requests = self.hits = self.bytes = self.hit_bytes = self.not_cacheable = 0
        self.first_sizes: dict[Hashable, int] = {}

    def count(self, requests: Iterator[tuple[Hashable, int]]) -> None:
        find, put, seen = self.store.find, self.store.put, self.first_sizes
        asked = hits = size_sum = hit_sum = 0
        for key, size in requests:
            asked += 1
            size_sum += size
            if find(key):
                hits += 1
                hit_sum += size
            else:
                seen.setdefault(key, size)
                put(key, True, size)
        self.requests += asked
        self.hits += hits
        self.bytes += size_sum
        self.hit_bytes += hit_sum

    def result(self, log: LogReader, policy: str, key: tuple[str, ...]) -> ReplayResult:
        return ReplayResult(
            requests=self.requests,
            hits=self.hits,
            hit_ratio=self.hits / self.requests if self.requests else 0.0,
            byte_hit_ratio=self.hit_bytes / self.bytes if self.bytes else 0.0,
            bytes=self.bytes,
            hit_bytes=self.hit_bytes,
            unique_objects=len(self.first_sizes),
            unique_bytes=sum(self.first_sizes.values()),
            not_cacheable=self.not_cacheable,
            bad_lines=log.bad_lines.count,
            policy=policy,
            capacity=self.store.capacity,
            unit=self.store.unit,
            log=str(log.path),
            format=log.format.name,
            key=key,
            notes=log.notes,
        )
