"""A workload: one row per request, all dice thrown.

A world (simulated, real sockets, a script) is a deterministic function of the scenario and these columns.
Clients and targets are dense integers, so that a compiled engine can use them as array indices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sim.messages import Fields

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE")
"""Methods by their code in the column ``method``; the code after the last one stands for any other method."""


@dataclass(frozen=True, slots=True)
class TargetClass:
    """What the targets of one content class have in common.

    Attributes
    ----------
    name : str
        Name of the content class.
    host : str
        Host of its targets.
    response_fields : Fields
        Header fields of its responses, such as ``(("cache-control", "max-age=60"),)``.
    dynamic : bool
        Whether each response is made anew.
    """

    name: str
    host: str
    response_fields: Fields
    dynamic: bool = False


@dataclass(frozen=True, eq=False)
class Catalogue:
    """All targets that a workload may ask for.

    Attributes
    ----------
    urls : sequence of str
        Target URI in absolute form, by target id; may be made on demand.
    class_of : ndarray of int16, shape (targets,)
        Index into `classes`, by target id.
    classes : tuple of TargetClass
        The content classes.
    """

    urls: Sequence[str]
    class_of: NDArray[np.int16]
    classes: tuple[TargetClass, ...]


@dataclass(frozen=True, eq=False)
class Clients:
    """All clients, in the order of their dense ids: population after population.

    Attributes
    ----------
    populations : tuple of str
        Names of the client nodes of the scenario.
    population_of : ndarray of int16, shape (clients,)
        Index into `populations`, by client id.
    addresses : sequence of str
        IP address, by client id; may be made on demand.
    """

    populations: tuple[str, ...]
    population_of: NDArray[np.int16]
    addresses: Sequence[str]


@dataclass(frozen=True, eq=False)
class Workload:
    """Columns of equal length, one row per request, the row's number being its ``request_id``.

    Attributes
    ----------
    arrival_s : ndarray of float64
        When the client issues it, in seconds from the start, not decreasing; NaN (all at the end) where that
        is `think_s` after the answer to the session's previous request.
    session : ndarray of int32
        -1 for an open arrival, else the closed session to which it belongs; a session's rows are in its order.
    think_s : ndarray of float64
        Think time before this request, in seconds; 0 for open arrivals.
    client, target : ndarray of int32
        Dense ids into `clients` and `catalogue`.
    method : ndarray of int8
        Index into `METHODS`.
    request_bytes, response_bytes : ndarray of int64
        Sizes of the messages in bytes.
    service_demand_s : ndarray of float64
        A backend worker's time for it, at speed 1, in seconds.
    balance_draw : ndarray of float64
        Uniform in [0, 1).
    link_draw : ndarray of uint64
        Random bits for jitter.
    catalogue : Catalogue
        What the targets are.
    clients : Clients
        Who the clients are.
    seed : int
        Seed from which it was drawn.
    scenario_hash : str
        Hash of the scenario from which it was drawn.
    notes : tuple of str
        What its user should know of it, such as lines of an access log that did not parse.
    """

    arrival_s: NDArray[np.float64]
    session: NDArray[np.int32]
    think_s: NDArray[np.float64]
    client: NDArray[np.int32]
    target: NDArray[np.int32]
    method: NDArray[np.int8]
    request_bytes: NDArray[np.int64]
    response_bytes: NDArray[np.int64]
    service_demand_s: NDArray[np.float64]
    balance_draw: NDArray[np.float64]
    link_draw: NDArray[np.uint64]
    catalogue: Catalogue
    clients: Clients
    seed: int = 0
    scenario_hash: str = ""
    notes: tuple[str, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.arrival_s)
