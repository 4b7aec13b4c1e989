"""The requests of one population: clients, targets, sizes and service demands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.scenario import routes
from sim.scenario.schema import Client, ContentClass
from sim.workload import demands, popularity, weighted
from sim.workload.columns import METHODS
from sim.workload.sessions import Timing
from sim.workload.streams import Streams


@dataclass(frozen=True, eq=False)
class PopulationRows:
    """Columns of equal length, one row per request of a population, in the order of its timing.

    Attributes
    ----------
    client : ndarray of int32
        Number of the client within the population.
    kind : ndarray of int16
        Number of the content class.
    number : ndarray of int64
        Number of the object within the class.
    method : ndarray of int8
        Index into :data:`sim.workload.columns.METHODS`.
    request_bytes, response_bytes : ndarray of int64
        Sizes of the messages in bytes.
    service_demand_s : ndarray of float64
        A backend worker's time for it, at speed 1, in seconds.
    """

    client: NDArray[np.int32]
    kind: NDArray[np.int16]
    number: NDArray[np.int64]
    method: NDArray[np.int8]
    request_bytes: NDArray[np.int64]
    response_bytes: NDArray[np.int64]
    service_demand_s: NDArray[np.float64]


def draw_rows(
    name: str,
    node: Client,
    content: Mapping[str, ContentClass],
    timing: Timing,
    streams: Streams,
    kind_of: Mapping[str, int],
) -> PopulationRows:
    """Draw the requests of a population.

    Parameters
    ----------
    name : str
        Name of the population.
    node : Client
        The population.
    content : mapping of str to ContentClass
        All content classes of the scenario.
    timing : Timing
        When its requests are issued.
    streams : Streams
        Named streams of the replication.
    kind_of : mapping of str to int
        Number of each content class, by name.

    Returns
    -------
    PopulationRows
        One for each request.

    Examples
    --------
    >>> from sim.scenario import library, load
    >>> from sim.workload.sessions import open_timing
    >>> scenario = load.load(library.path("direct"))
    >>> students = scenario.nodes["students"]
    >>> timing = open_timing(np.arange(1000.0))
    >>> rows = draw_rows("students", students, scenario.content, timing, Streams(1), {"pages": 0, "api": 1})
    >>> len(rows.client), sorted(set(rows.kind.tolist())), bool(rows.client.max() < students.count)
    (1000, [0, 1], True)
    """
    count = len(timing)
    asked = routes.asked_for(node, content)
    shares = [content[class_name].share for class_name in asked]
    choice = weighted.choose(shares, streams.generator(f"class/{name}").random(count))
    rows = PopulationRows(
        client=_clients_of(node, timing, streams.generator(f"client/{name}")),
        kind=np.array([kind_of[class_name] for class_name in asked], np.int16)[choice],
        number=np.empty(count, np.int64),
        method=np.empty(count, np.int8),
        request_bytes=np.empty(count, np.int64),
        response_bytes=np.empty(count, np.int64),
        service_demand_s=np.empty(count),
    )
    for place, class_name in enumerate(asked):
        chosen = np.flatnonzero(choice == place)
        for column, values in _of_class(content[class_name], class_name, name, len(chosen), streams).items():
            getattr(rows, column)[chosen] = values
    return rows


def _clients_of(node: Client, timing: Timing, generator: np.random.Generator) -> NDArray[np.int32]:
    """Return the client of each request: of a closed session its own, of an open arrival any, with equal chance."""
    anyone = generator.integers(node.count, size=len(timing), dtype=np.int32)
    return np.where(timing.session >= 0, timing.session, anyone)


def _of_class(content: ContentClass, class_name: str, name: str, count: int, streams: Streams) -> dict[str, Any]:
    """Draw the columns of a population's requests for one content class."""
    stream = f"{name}/{class_name}"
    number = popularity.targets(content.popularity, content.objects, streams.generator(f"target/{stream}"), count)
    if content.method == "HEAD":  # its response has no content (RFC 9110 section 9.3.2)
        response_bytes = np.zeros(count, np.int64)
    elif content.dynamic:
        response_bytes = demands.sizes_bytes(content.size, streams.generator(f"size/{stream}").random((count, 2)))
    else:
        response_bytes = demands.sizes_bytes(content.size, streams.uniforms(f"size/{class_name}", number))
    return {
        "number": number,
        "method": METHODS.index(content.method),
        "request_bytes": round(content.request_size_bytes),
        "response_bytes": response_bytes,
        "service_demand_s": demands.times_s(content.service_demand, streams.generator(f"demand/{stream}"), count),
    }
