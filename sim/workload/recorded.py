"""Requests of an access log as the workload of a population.

Clients, targets and sizes of responses come from the log; host, service demand, size of requests and Cache-Control
come from the one content class of the population.

- A target is cacheable if at least half of its rows are; the others belong to a second class, whose responses have
  ``no-store``.  (A log may have both kinds of responses for one target; here a response depends on the target alone,
  like the entry of a cache.)
- The response of a cacheable row has the size of the object, not that of the logged response: a logged 304 Not Modified
  went to a client that had the object, which a cache that requests it has not.
- At a rate, and as fast as possible, requests are issued in the order of the file; in recorded time, in that of time.
- ``run.requests`` limits the replay to the beginning of the file.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.scenario.distributions import AccessLog
from sim.scenario.schema import ContentClass
from sim.workload import demands, log_columns
from sim.workload.catalogue import NamedClass, response_fields
from sim.workload.columns import TargetClass
from sim.workload.log_columns import LogColumns
from sim.workload.population_rows import PopulationRows
from sim.workload.sessions import Timing, open_timing
from sim.workload.streams import Streams

NO_STORE = (("cache-control", "no-store"),)


@dataclass(frozen=True, eq=False)
class Recording:
    """A log to be replayed.

    Attributes
    ----------
    log : LogColumns
        Its requests, in the order of the file.
    order : ndarray of int64
        Rows of the log in the order in which they are issued.
    """

    log: LogColumns
    order: NDArray[np.int64]

    def timing(self, law: AccessLog, count: int | None, duration_s: float | None) -> Timing:
        """Return the times at which the requests are issued.

        Parameters
        ----------
        law : AccessLog
            How the log is to be replayed.
        count : int or None
            Greatest number of requests.
        duration_s : float or None
            Time of the last possible request, in seconds.

        Returns
        -------
        Timing
            For a replay as fast as possible a single closed session without think time, else open arrivals.
        """
        order = self.order[:count]
        if law.pace == "as_fast_as_possible":
            arrival_s = np.where(np.arange(len(order)) == 0, 0.0, np.nan)
            turn = np.arange(len(order), dtype=np.int32)
            return Timing(arrival_s, np.zeros(len(order)), np.zeros(len(order), np.int32), turn)
        in_file_s = self.log.time_s[order]
        arrival_s = in_file_s if law.pace == "recorded" else np.arange(1, len(order) + 1) / float(law.pace)
        return open_timing(arrival_s if duration_s is None else arrival_s[arrival_s <= duration_s])


def read(law: AccessLog, limit: int | None) -> Recording:
    """Read the log that a population replays.

    Parameters
    ----------
    law : AccessLog
        File, format and pace.
    limit : int or None
        Number of requests to read; all if None.

    Returns
    -------
    Recording
        The requests.

    Raises
    ------
    AccessLogError
        If it cannot be read, or holds no request.

    Examples
    --------
    >>> law = AccessLog(kind="access_log", file="scenarios/sample-access.log.gz", pace="50/s")
    >>> read(law, limit=3).timing(law, None, None).arrival_s
    array([0.02, 0.04, 0.06])
    """
    found = Path(law.file).stat() if Path(law.file).is_file() else None
    log = _read(law.file, law.format, limit, (found.st_mtime_ns, found.st_size) if found else None)
    if law.pace == "recorded":
        return Recording(log, np.argsort(log.time_s, kind="stable"))
    return Recording(log, np.arange(len(log)))


@lru_cache(maxsize=1)
def _read(file: str, form: str, limit: int | None, version: tuple[int, int] | None) -> LogColumns:
    """Read a log once for all replications and designs of a study; `version` differs when the file has changed."""
    del version
    return log_columns.read(file, form, limit)


def kinds(name: str, content: ContentClass, log: LogColumns) -> tuple[NamedClass, NamedClass]:
    """Return the two classes of a log's targets.

    Parameters
    ----------
    name : str
        Name of the content class.
    content : ContentClass
        Its settings in the scenario.
    log : LogColumns
        The log.

    Returns
    -------
    tuple of NamedClass
        The class itself, and that of targets whose responses must not be stored.
    """
    shared = TargetClass(name, content.host, response_fields(content), content.dynamic)
    unstored = replace(shared, name=f"{name} (not cacheable)", response_fields=NO_STORE, dynamic=True)
    return NamedClass(shared, log.target_names), NamedClass(unstored, log.target_names)


def rows(
    name: str, recording: Recording, content: ContentClass, count: int, streams: Streams, first_kind: int
) -> PopulationRows:
    """Return the requests of a population from its log.

    Parameters
    ----------
    name : str
        Name of the population.
    recording : Recording
        Its log.
    content : ContentClass
        The content class that serves it.
    count : int
        Number of requests, from the first one issued.
    streams : Streams
        Named streams of the replication, for the service demands, which a log does not have.
    first_kind : int
        Number of the first of the two classes that `kinds` returns; the second has the next number.

    Returns
    -------
    PopulationRows
        One for each request.
    """
    log, order = recording.log, recording.order[:count]
    target = log.target[order]
    return PopulationRows(
        client=log.client[order],
        kind=(first_kind + ~_may_be_stored(log)[target]).astype(np.int16),
        number=target.astype(np.int64),
        method=log.method[order],
        request_bytes=np.full(len(order), round(content.request_size_bytes), np.int64),
        response_bytes=np.where(log.cacheable, log.size_bytes, log.response_bytes)[order],
        service_demand_s=demands.times_s(content.service_demand, streams.generator(f"demand/{name}"), len(order)),
    )


def _may_be_stored(log: LogColumns) -> NDArray[np.bool_]:
    """Return for each target whether at least half of its requests are cacheable."""
    cacheable = np.bincount(log.target, weights=log.cacheable, minlength=len(log.target_names))
    asked = np.bincount(log.target, minlength=len(log.target_names))
    return np.asarray(2 * cacheable >= asked)
