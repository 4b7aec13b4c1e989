"""A workload: one row per request, all random numbers drawn.

A world (simulated, real sockets, a script) is a deterministic function of the scenario and these columns.
Clients and targets are dense integers, so that a compiled engine can use them as array indices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.messages import Fields

if TYPE_CHECKING:
    import pandas as pd

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
        Whether each response is generated for its request, with a size of its own.
    """

    name: str
    host: str
    response_fields: Fields
    dynamic: bool = False


@dataclass(frozen=True, eq=False)
class Catalogue:
    """All targets of a workload.

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

    def content_class(self, target: int) -> TargetClass:
        """Return the content class of a target.

        Parameters
        ----------
        target : int
            Its dense id.

        Returns
        -------
        TargetClass
            The class.

        Examples
        --------
        >>> pages = TargetClass("pages", "example.org", ())
        >>> Catalogue(["http://example.org/"], np.zeros(1, np.int16), (pages,)).content_class(0).name
        'pages'
        """
        return self.classes[int(self.class_of[target])]


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
        When the client issues it, in seconds from the start, not decreasing.  NaN, at the end of the column, if that
        depends on the run: `think_s` after the response to the session's previous request.
    session : ndarray of int32
        The closed session that it belongs to, -1 for an open arrival; the rows of a session are in its order.
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
        Uniform in [0, 1), for balancers that choose at random.
    link_draw : ndarray of uint64
        Random bits, from which the jitter of its messages is computed.
    catalogue : Catalogue
        The targets.
    clients : Clients
        The clients.
    seed : int
        Seed from which it was drawn.
    replication : int
        Number of the replication, from 0.
    scenario_hash : str
        Hash of the scenario from which it was drawn.
    notes : tuple of str
        Restrictions for its user, such as the number of lines of an access log that did not parse.
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
    replication: int = 0
    scenario_hash: str = ""
    notes: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        if fault := _first_fault(self):
            raise ValueError(fault)

    def __len__(self) -> int:
        return len(self.arrival_s)

    def head(self, count: int) -> Workload:
        """Return the workload of the first requests.

        Parameters
        ----------
        count : int
            Number of rows.

        Returns
        -------
        Workload
            With the same catalogue and clients.

        Examples
        --------
        >>> from sim.scenario import library, load
        >>> from sim.workload.draw import draw
        >>> len(draw(load.load(library.path("direct"))).head(10))
        10
        """
        return replace(self, **{name: getattr(self, name)[: max(0, count)] for name in COLUMNS})

    def content_class(self, request_id: int) -> TargetClass:
        """Return the content class of a request's target.

        Parameters
        ----------
        request_id : int
            Its row.

        Returns
        -------
        TargetClass
            The class.
        """
        return self.catalogue.content_class(int(self.target[request_id]))

    def frame(self) -> pd.DataFrame:
        """Return the workload as a table with names instead of ids.

        Returns
        -------
        pandas.DataFrame
            One row per request, by ``request_id``.

        Examples
        --------
        >>> from sim.scenario import library, load
        >>> from sim.workload.draw import draw
        >>> list(draw(load.load(library.path("direct"))).head(3).frame()["client"])
        ['students', 'students', 'students']
        """
        import pandas as pd

        names = {name: getattr(self, name) for name in COLUMNS}
        population = self.clients.population_of[self.client]
        names["client"] = pd.Categorical.from_codes(population, pd.Index(self.clients.populations))
        names["client_ip"] = _looked_up(self.clients.addresses, self.client)
        names["method"] = _looked_up((*METHODS, "OTHER"), self.method)
        names["target"] = _looked_up(self.catalogue.urls, self.target)
        names["content"] = _looked_up(
            [kind.name for kind in self.catalogue.classes], self.catalogue.class_of[self.target]
        )
        return pd.DataFrame(names).rename_axis("request_id")

    def _repr_html_(self) -> str:
        shown = self.head(5).frame()[
            ["arrival_s", "client_ip", "method", "target", "response_bytes", "service_demand_s"]
        ]
        notes = "".join(f"<li>{escape(note)}</li>" for note in self.notes)
        return (
            f"<p><b>Workload</b>: {len(self):,} requests of {len(self.clients.population_of):,} clients for "
            f"{len(self.catalogue.class_of):,} targets; seed {self.seed}, replication {self.replication}, "
            f"scenario {escape(self.scenario_hash)}. The first ones:</p>"
            f"{shown.to_html(escape=True)}<ul>{notes}</ul>"
        )


COLUMNS = (
    "arrival_s",
    "session",
    "think_s",
    "client",
    "target",
    "method",
    "request_bytes",
    "response_bytes",
    "service_demand_s",
    "balance_draw",
    "link_draw",
)
"""Names of the columns of a workload."""


def _first_fault(workload: Workload) -> str:
    """Return the first violated property, empty if there is none: worlds rely on these and do not check them."""
    lengths = {name: len(getattr(workload, name)) for name in COLUMNS}
    if len(set(lengths.values())) > 1:
        return f"columns of a workload must be of equal length, not {lengths}"
    known = {"client": len(workload.clients.population_of), "target": len(workload.catalogue.class_of)}
    for name, count in {**known, "method": len(METHODS) + 1}.items():
        column = getattr(workload, name)
        if len(column) and not 0 <= column.min() <= column.max() < count:
            return f"{name} must be from 0 to {count - 1}, not {column.min()} to {column.max()}"
    arrival_s = np.nan_to_num(workload.arrival_s, nan=np.inf)
    if (arrival_s[1:] < arrival_s[:-1]).any():
        return "arrival_s must not decrease, and NaN must come last"
    if (workload.session[np.isinf(arrival_s)] < 0).any():
        return "a request without arrival_s must belong to a session"
    for name in ("arrival_s", "think_s", "request_bytes", "response_bytes", "service_demand_s"):
        if (getattr(workload, name) < 0).any():
            return f"{name} must not be negative"
    return ""


def _looked_up(names: Sequence[str], numbers: NDArray[np.integer[Any]]) -> list[str]:
    return [names[number] for number in numbers.tolist()]
