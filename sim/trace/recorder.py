"""Takes down what happens, and makes a trace of it.

Rows are packed into bytes as they come (a list of Python objects would take several times the room), and
are turned into columns once, at the end.  What the workload or the topology knows already (who asked, for
what, from which address) is not taken down again but added then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from struct import Struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.messages import CACHE_STATUS_WORDS, CacheStatus, Fields, Response
from sim.rules.forwarding import field_value
from sim.trace.schema import HOPS, REQUESTS, STEPS, Column
from sim.trace.table import Numbers, Table, Words
from sim.trace.trace import Trace
from sim.workload.columns import METHODS, Workload

HOP_ROW = np.dtype(
    [
        ("request_id", "<i8"),
        ("index", "<i4"),
        ("parent", "<i4"),
        ("edge", "<i4"),
        ("sent_s", "<f8"),
        ("received_s", "<f8"),
        ("answered_s", "<f8"),
        ("returned_s", "<f8"),
        ("connect_s", "<f8"),
        ("tls_s", "<f8"),
        ("waiting_s", "<f8"),
        ("service_s", "<f8"),
        ("connection_reused", "?"),
        ("request_bytes", "<i8"),
        ("response_bytes", "<i8"),
        ("status", "<i2"),
        ("cache_status", "<i1"),
        ("fields", "<i4"),
        ("error", "<i4"),
    ]
)
STEP_ROW = np.dtype([("time_s", "<f8"), ("request_id", "<i8"), ("index", "<i4"), ("code", "<i4"), ("detail", "<i4")])
REQUEST_ROW = np.dtype(
    [("request_id", "<i8"), ("completion_s", "<f8"), ("status", "<i2"), ("response_bytes", "<i8"), ("error", "<i4")]
)

_LETTERS = {"<i8": "q", "<i4": "i", "<i2": "h", "<f8": "d", "|b1": "?", "|i1": "b"}


def _packer(row: np.dtype[Any]) -> Callable[..., bytes]:
    return Struct("<" + "".join(_LETTERS[row[name].str] for name in row.names or ())).pack


pack_hop = _packer(HOP_ROW)
pack_step = _packer(STEP_ROW)
pack_request = _packer(REQUEST_ROW)


class Numbering(dict[Any, int]):
    """Numbers things in the order of their first appearance, 0 for the first.

    Examples
    --------
    >>> number = Numbering()
    >>> number["b"], number["a"], number["b"]
    (0, 1, 0)
    """

    def __missing__(self, thing: Any) -> int:
        self[thing] = number = len(self)
        return number


class Recorder:
    """Collects rows; a world calls it and knows nothing of tables.

    Parameters
    ----------
    steps : bool
        Whether steps are to be taken down too.

    Attributes
    ----------
    write_hop, write_step, write_request : callable of bytes
        Take a packed row.
    fields, words, step_codes : Numbering
        Numbers for header fields, for words of a row, and for pairs of (node, step).
    """

    def __init__(self, *, steps: bool = True) -> None:
        self.has_steps = steps
        self._hops, self._steps, self._requests = bytearray(), bytearray(), bytearray()
        self.write_hop = self._hops.extend
        self.write_step = self._steps.extend
        self.write_request = self._requests.extend
        self.fields = Numbering()
        self.words = Numbering({"": 0})
        self.step_codes = Numbering()

    def finished(self, request_id: int, completion_s: float, response: Response) -> None:
        """Take down that a request is over.

        Parameters
        ----------
        request_id : int
            Which.
        completion_s : float
            When, in seconds.
        response : Response
            What the client got.
        """
        row = pack_request(
            request_id, completion_s, response.status, response.size_bytes, self.words[response.error]
        )
        self.write_request(row)

    def trace(self, workload: Workload, arrival_s: NDArray[np.float64], meta: Mapping[str, Any]) -> Trace:
        """Make a trace of all requests that are over.

        Parameters
        ----------
        workload : Workload
            What was asked for.
        arrival_s : ndarray, shape (requests,)
            When each request was issued, in seconds; where the workload left it open, as it turned out.
        meta : mapping
            What a trace says of itself: see `Trace`; its nodes and edges are used here.

        Returns
        -------
        Trace
            Tables in the order that the schema promises.
        """
        done = np.sort(np.frombuffer(bytes(self._requests), REQUEST_ROW), order="request_id")
        hops = _in_order(np.frombuffer(self._hops, HOP_ROW), done["request_id"])
        steps = _in_order(np.frombuffer(self._steps, STEP_ROW), done["request_id"])
        who = _Parties(workload, meta)
        hop_table = self._hop_table(hops, who)
        step_table = self._step_table(steps, hops, meta) if self.has_steps else Table.empty(STEPS)
        recorded = ["requests", "hops", *(["steps"] if self.has_steps else [])]
        return Trace(
            self._request_table(done, hops, arrival_s, who), hop_table, step_table, {**meta, "recorded": recorded}
        )

    def _request_table(
        self, done: NDArray[Any], hops: NDArray[Any], arrival_s: NDArray[np.float64], who: _Parties
    ) -> Table:
        workload, rows = who.workload, done["request_id"]
        client = workload.client[rows]
        outcome, answered_by = _outcomes(done, hops, who)
        columns: dict[str, Numbers | Words] = {
            "request_id": rows,
            "client": Words(workload.clients.population_of[client].astype(np.int32), workload.clients.populations),
            "client_ip": _words(client, workload.clients.addresses),
            "method": _words(workload.method[rows], (*METHODS, "OTHER")),
            "target": _words(workload.target[rows], workload.catalogue.urls),
            "arrival_s": arrival_s[rows],
            "completion_s": done["completion_s"],
            "status": done["status"],
            "response_bytes": done["response_bytes"],
            "outcome": outcome,
            "answered_by": answered_by,
            "error": Words(done["error"], tuple(self.words)).canonical(),
        }
        return _table(REQUESTS, columns)

    def _hop_table(self, hops: NDArray[Any], who: _Parties) -> Table:
        hop_id = np.arange(len(hops))
        fields: Sequence[Fields] = tuple(self.fields)
        columns: dict[str, Numbers | Words] = {
            name: hops[name] for name in HOP_ROW.names or () if name not in {"index", "parent", "edge", "fields"}
        }
        residence_s = hops["answered_s"] - hops["received_s"]
        whole_s = hops["returned_s"] - hops["sent_s"]
        transfer_s = whole_s - residence_s - hops["connect_s"] - hops["tls_s"]
        columns |= {
            "hop_id": hop_id,
            "parent_hop_id": np.where(hops["parent"] < 0, -1, hop_id - hops["index"] + hops["parent"]),
            "attempt": np.zeros(len(hops), dtype=np.int16),
            "sender": Words(who.sender_of[hops["edge"]], who.names).canonical(),
            "receiver": Words(who.receiver_of[hops["edge"]], who.names).canonical(),
            "source_ip": who.source_ip(hops),
            "destination_ip": Words(who.receiver_of[hops["edge"]], who.inbound_ips).canonical(),
            "transfer_s": np.where(np.isnan(transfer_s), np.nan, np.maximum(transfer_s, 0.0)),
            "tls_mode": Words(np.zeros(len(hops), dtype=np.int32), ("plain",)),
            "cache_status": Words(hops["cache_status"].astype(np.int32), CACHE_STATUS_WORDS).canonical(),
            "forwarded_for": _merged(hops["fields"], [field_value(f, "x-forwarded-for") for f in fields]),
            "via": _merged(hops["fields"], [field_value(f, "via") for f in fields]),
            "error": Words(hops["error"], tuple(self.words)).canonical(),
        }
        return _table(HOPS, columns)

    def _step_table(self, steps: NDArray[Any], hops: NDArray[Any], meta: Mapping[str, Any]) -> Table:
        announced: list[tuple[str, IntEnum]] = list(self.step_codes)
        nodes = meta["nodes"]
        code = steps["code"]
        first_hop = np.searchsorted(hops["request_id"], steps["request_id"])
        numbers = np.array([int(step) for _, step in announced], dtype=np.int16)
        columns: dict[str, Numbers | Words] = {
            "time_s": steps["time_s"],
            "node": _merged(code, [node for node, _ in announced]),
            "role": _merged(code, [nodes[node]["role"] for node, _ in announced]),
            "step": numbers[code] if len(code) else np.empty(0, dtype=np.int16),
            "name": _merged(code, [step.name.lower() for _, step in announced]),
            "request_id": steps["request_id"],
            "hop_id": np.where(steps["index"] < 0, -1, first_hop + steps["index"]),
            "detail": Words(steps["detail"], tuple(self.words)).canonical(),
        }
        return _table(STEPS, columns)


class _Parties:
    """Who is at the ends of each edge, by number, and under which address."""

    def __init__(self, workload: Workload, meta: Mapping[str, Any]) -> None:
        self.workload = workload
        nodes, edges = meta["nodes"], meta["edges"]
        self.names = tuple(nodes)
        number = {name: i for i, name in enumerate(self.names)}
        self.sender_of = np.array([number[edge["sender"]] for edge in edges], dtype=np.int32)
        self.receiver_of = np.array([number[edge["receiver"]] for edge in edges], dtype=np.int32)
        self.is_client = np.array([node["role"] == "client" for node in nodes.values()])
        self.inbound_ips = tuple(node["addresses"][0] if node["addresses"] else "" for node in nodes.values())
        self._outbound_ips = tuple(node["addresses"][-1] if node["addresses"] else "" for node in nodes.values())

    def source_ip(self, hops: NDArray[Any]) -> Words:
        """Give the sender's own address: the client's, or that from which a proxy opens connections."""
        sender = self.sender_of[hops["edge"]]
        used, client_code = np.unique(self.workload.client[hops["request_id"]], return_inverse=True)
        addresses = self.workload.clients.addresses
        names = [*self._outbound_ips, *(addresses[int(i)] for i in used)]
        return _merged(np.where(self.is_client[sender], len(self.names) + client_code, sender), names)


def _in_order(rows: NDArray[Any], done: Numbers) -> NDArray[Any]:
    """Keep the rows of requests that are over, in the order of (request, place in the request)."""
    kept = rows[np.isin(rows["request_id"], done)] if len(rows) else rows
    is_hop = "parent" in (rows.dtype.names or ())
    order = np.lexsort((kept["index"] if is_hop else kept["time_s"], kept["request_id"]))
    return np.asarray(kept[order])


def _outcomes(done: NDArray[Any], hops: NDArray[Any], who: _Parties) -> tuple[Words, Words]:
    """Tell from its hops how a request ended, and who made the answer: the receiver of the last answered hop."""
    answered = hops[~np.isnan(hops["answered_s"])]
    last = np.searchsorted(answered["request_id"], done["request_id"], side="right") - 1
    asked = np.isin(answered["cache_status"], (CacheStatus.URI_MISS, CacheStatus.STALE))
    has_missed = np.isin(done["request_id"], answered["request_id"][asked])
    names = ("hit", "miss", "bypass", "failed")
    if not len(answered):
        nobody = np.zeros(len(done), dtype=np.int32)
        return Words(nobody + 3, names).canonical(), Words(nobody, ("",))
    last = np.maximum(last, 0)
    has_answer = answered["request_id"][last] == done["request_id"]
    is_hit = answered["cache_status"][last] == CacheStatus.HIT
    failed = ~has_answer | (done["status"] >= 500) | (done["status"] == 0)
    code = np.select([failed, is_hit, has_missed], [3, 0, 1], 2).astype(np.int32)
    by = np.where(has_answer & (done["status"] != 0), who.receiver_of[answered["edge"][last]], len(who.names))
    return Words(code, names).canonical(), Words(by.astype(np.int32), (*who.names, "")).canonical()


def _words(codes: Numbers, names: Sequence[str]) -> Words:
    """Encode with those names only that occur; `names` may be made on demand."""
    used, new = np.unique(codes, return_inverse=True)
    return Words(new.astype(np.int32), tuple(names[int(code)] for code in used)).canonical()


def _merged(codes: Numbers, texts: Sequence[str]) -> Words:
    """Encode where several codes may mean the same text."""
    names = Numbering()
    number = np.array([names[text] for text in texts], dtype=np.int32)
    return Words(number[codes] if len(codes) else np.empty(0, dtype=np.int32), tuple(names)).canonical()


def _table(columns: Sequence[Column], values: Mapping[str, Numbers | Words]) -> Table:
    def cast(column: Column) -> Numbers | Words:
        value = values[column.name]
        return value if isinstance(value, Words) else np.ascontiguousarray(value, dtype=column.kind)

    return Table({column.name: cast(column) for column in columns})
