"""The contract: tables and columns of a trace, whichever world it comes from.

Times are seconds from the start of the scenario, sizes are bytes.  A column of kind ``word`` is
dictionary-encoded: small integers and the list of their meanings.  Rows of ``requests`` are in the order of
``request_id``; hops in the order of (``request_id``, order of sending), which also numbers ``hop_id``;
steps in the order of (``request_id``, ``time_s``, order of announcement); sightings in the order of hops.

Departures from DESIGN.md, and why: ``hops`` also holds ``forwarded_for``, ``x_real_ip``, ``forwarded``,
``proxy_protocol``, ``host`` and ``via``, because sightings are computed from hops alone and must show what was
really carried; ``hops.error`` says why an exchange failed; ``steps`` holds the step's number and its name;
``sightings.message`` distinguishes a request from a response.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal["int64", "int32", "int16", "float64", "bool", "word"]


PROXY_HEADER = ""
"""In place of a field's name: the PROXY header at the beginning of a connection, which stands before all fields."""


class Carried(NamedTuple):
    """What part of a message a column holds, as it was carried over the link.

    Attributes
    ----------
    field : str
        Lower-case name of the header field, or `PROXY_HEADER`.
    message : {"request", "response"}
        The message that carries it.
    is_claim : bool
        Whether it claims from which address the request came.
    """

    field: str
    message: Literal["request", "response"] = "request"
    is_claim: bool = False


class Column(NamedTuple):
    """One column of a table.

    Attributes
    ----------
    name : str
        Its name.
    kind : Kind
        Of its values: a numpy dtype, or "word".
    meaning : str
        What they mean, with the unit.
    carried : Carried or None
        What part of a message it holds, if it does; assembly, sightings, exports and the player follow from that.
    """

    name: str
    kind: Kind
    meaning: str
    carried: Carried | None = None


REQUESTS = (
    Column("request_id", "int64", "Row of the workload; those that were never issued are not there."),
    Column("client", "word", "Name of the client's population."),
    Column("client_ip", "word", "The client's own address."),
    Column("method", "word", "Method token."),
    Column("target", "word", "Target URI in absolute form."),
    Column("arrival_s", "float64", "When the client issued it."),
    Column("completion_s", "float64", "When the client had the whole answer."),
    Column("status", "int16", "Status code; 0 if there was none."),
    Column("response_bytes", "int64", "Bytes of the answer that the client got."),
    Column("outcome", "word", "hit, revalidated, miss, bypass (no cache was asked), failed, …; see `sim.outcomes`."),
    Column("answered_by", "word", "Node that made the answer, or had it stored."),
    Column("error", "word", "Error type of RFC 9209 section 2.3; empty if all went well."),
)

HOPS = (
    Column("hop_id", "int64", "Dense from 0."),
    Column(
        "parent_hop_id",
        "int64",
        "The exchange in which the sender made it; -1 for a client's own and for probes.",
    ),
    Column("request_id", "int64", "The client's request."),
    Column("attempt", "int16", "0 for the first try to satisfy its parent's request, 1 for the second, …."),
    Column(
        "task",
        "int16",
        "0 if its request's answer waited for it; else the number of its background task in the request, from 1.  Its "
        "parent is then the exchange in which the task was started, and need not outlast it.",
    ),
    Column(
        "purpose",
        "word",
        "request; background (task > 0); or probe, a health check: its request_id is -1, which has no row in requests.",
    ),
    Column("sender", "word", "Node that opened the connection and sent the request."),
    Column("receiver", "word", "Node that was asked."),
    Column("source_ip", "word", "Address of the sender on this connection."),
    Column("destination_ip", "word", "Address of the receiver on this connection."),
    Column("sent_s", "float64", "When the sender began the exchange, before opening a connection."),
    Column("received_s", "float64", "When the receiver had the whole request."),
    Column("answered_s", "float64", "When the receiver began to send the answer; NaN if it never did."),
    Column("returned_s", "float64", "When the sender had the whole answer, or gave up."),
    Column("connect_s", "float64", "Time spent on opening the connection; 0 if it was reused."),
    Column("tls_s", "float64", "Time spent on the TLS handshake."),
    Column("waiting_s", "float64", "Time in the receiver's own queue."),
    Column("service_s", "float64", "Time at the receiver's own workers (under sharing: all time beyond waiting)."),
    Column(
        "collapse_wait_s",
        "float64",
        "Time that the receiver held it: for the answer to another request with which it was collapsed, or because a "
        "guard or a rule of resilience waited.",
    ),
    Column("transfer_s", "float64", "Time of both messages on the link: queueing, transmission, propagation."),
    Column("connection_reused", "bool", "Whether an idle connection was reused."),
    Column("tls_mode", "word", "plain; tls; or tls-to-proxy, with a forward proxy itself."),
    Column("request_bytes", "int64", "Bytes of the request on this edge."),
    Column("response_bytes", "int64", "Bytes of the answer on this edge."),
    Column("status", "int16", "Status code; 0 if there was none."),
    Column(
        "cache_status",
        "word",
        "What the receiver's cache did: hit, uri-miss, stale, …; empty without one.",
        Carried("cache-status", "response"),
    ),
    Column("forwarded_for", "word", "X-Forwarded-For as carried.", Carried("x-forwarded-for", is_claim=True)),
    Column("x_real_ip", "word", "X-Real-IP as carried.", Carried("x-real-ip", is_claim=True)),
    Column("forwarded", "word", "Forwarded (RFC 7239) as carried.", Carried("forwarded", is_claim=True)),
    Column(
        "proxy_protocol",
        "word",
        "Source address in the PROXY header at the beginning of the connection; empty without one.",
        Carried(PROXY_HEADER, is_claim=True),
    ),
    Column(
        "host",
        "word",
        "Host as carried: a reverse proxy may have put another in place of the client's.",
        Carried("host"),
    ),
    Column("via", "word", "Via as carried in the request.", Carried("via")),
    Column("error", "word", "Error type of RFC 9209 section 2.3; empty if all went well."),
)

STEPS = (
    Column("time_s", "float64", "When."),
    Column("node", "word", "The node that announced it."),
    Column("role", "word", "client, forward_proxy, reverse_proxy or backend."),
    Column("step", "int16", "The step's number in its role, as in the documents."),
    Column("name", "word", "The step's name."),
    Column("stage", "word", "Name of the stage that acted; empty for the textbook's own steps."),
    Column("request_id", "int64", "The client's request."),
    Column("hop_id", "int64", "The exchange in which the node was asked; for a client the one that it made, or -1."),
    Column("detail", "word", "What was decided: an outcome, a backend's name, …."),
)

SIGHTINGS = (
    Column("observer", "word", "The observer: a node, or 'tap:A–B' on a link."),
    Column("message", "word", "request or response."),
    Column("time_s", "float64", "When."),
    Column("request_id", "int64", "The client's request."),
    Column("hop_id", "int64", "The exchange of which it is a message."),
    Column("source_ip", "word", "Address from which the message came, on this connection."),
    Column("destination_ip", "word", "Address to which it went, on this connection."),
    Column(
        "claimed_client_ips",
        "word",
        "Addresses claimed in readable fields (X-Forwarded-For, X-Real-IP, Forwarded), and by the PROXY protocol, "
        "which a tap reads on TLS links too: it stands before the handshake.",
    ),
    Column("via", "word", "Via, where readable."),
    Column("sni", "word", "Server name in a TLS handshake."),
    Column("host", "word", "Host as carried, where readable."),
    Column("target", "word", "Target URI, where readable."),
    Column("user", "word", "User name in readable fields."),
    Column("content_readable", "bool", "Whether the observer could read the content."),
)

TABLES = {"requests": REQUESTS, "hops": HOPS, "steps": STEPS, "sightings": SIGHTINGS}


def carried_in_hops() -> dict[str, Carried]:
    """Return what parts of messages the columns of `hops` hold, by column.

    >>> carried_in_hops()["via"].field
    'via'
    """
    return {column.name: column.carried for column in HOPS if column.carried is not None}


class StepText(NamedTuple):
    """What a numbered step does: a sentence, and a few words for where room is scarce."""

    sentence: str
    words: str


STEP_TEXTS = {
    ("client", 1): StepText("The client sends its request to its proxy, or to the host itself.", "sends its request"),
    ("client", 2): StepText("The client has the whole answer.", "has the whole answer"),
    ("forward_proxy", 1): StepText("The client is configured with the proxy's address and port.", "client knows proxy"),
    ("forward_proxy", 2): StepText("The request goes to the proxy.", "goes to the proxy"),
    ("forward_proxy", 3): StepText("The proxy looks into its cache.", "looks into its cache"),
    ("forward_proxy", 4): StepText("It connects to the server and forwards the request.", "connects, forwards"),
    ("forward_proxy", 5): StepText("The server answers.", "server answers"),
    ("forward_proxy", 6): StepText("The proxy may store the answer.", "may store the answer"),
    ("forward_proxy", 7): StepText("The client receives the answer as if from the proxy.", "answers as if its own"),
    ("reverse_proxy", 1): StepText("The request arrives.", "request arrives"),
    ("reverse_proxy", 2): StepText(
        "The proxy analyses it: its cache answers, or it picks a backend.", "picks cache or backend"
    ),
    ("reverse_proxy", 3): StepText("It forwards the request to the backend.", "forwards"),
    ("reverse_proxy", 4): StepText("The backend answers.", "backend answers"),
    ("reverse_proxy", 5): StepText("The proxy may compress, encrypt or store the answer.", "may compress, store"),
    ("reverse_proxy", 6): StepText("The client receives the answer as if from the proxy.", "answers as if its own"),
    ("backend", 1): StepText("The request arrives and waits for a worker.", "arrives, may wait"),
    ("backend", 2): StepText("A worker is done, and the answer leaves.", "done, the answer leaves"),
}
"""The numbered steps by (role, number), in the textbook's order and words; the enums are in ``sim.nodes.steps``."""
