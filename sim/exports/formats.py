"""The formats into which a trace can be written, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sim.errors import ExportError, nearest
from sim.trace.trace import Trace


class Selection(NamedTuple):
    """Which part of a trace to write: a node's view, one request; all of it where they are None."""

    node: str | None = None
    request_id: int | None = None


class ExportFormat(NamedTuple):
    """A format.

    Attributes
    ----------
    write : callable of (Trace, Selection)
        Returns the text.
    opens_in : str
        Where it can be opened.
    takes : frozenset of str
        Which parts of a selection mean something to it.
    """

    write: Callable[[Trace, Selection], str]
    opens_in: str
    takes: frozenset[str] = frozenset({"request"})


def export(trace: Trace, to: str, *, node: str | None = None, request_id: int | None = None) -> str:
    r"""Write a trace in another format.

    Parameters
    ----------
    trace : Trace
        Any trace.
    to : str
        One of `FORMATS`.
    node : str, optional
        For ``access-log``: the node.
    request_id : int, optional
        One request alone.

    Returns
    -------
    str
        Equal traces make equal texts.

    Raises
    ------
    ExportError
        If there is no such format, or it has no use for what was selected.
    TraceError
        If there is no such request.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> export(three_requests(), "access-log", node="app", request_id=2)
    '192.0.2.2 - - [01/Jan/2000:00:00:01 +0000] "GET /2 HTTP/1.1" 200 1000\n'
    """
    if to not in FORMATS:
        raise ExportError(f"unknown format {to!r}", path="--to", hint=nearest(to, FORMATS))
    chosen = FORMATS[to]
    for option, value in (("node", node), ("request", request_id)):
        if value is not None and option not in chosen.takes:
            takers = ", ".join(name for name, known in FORMATS.items() if option in known.takes)
            raise ExportError(
                f"{to} cannot be written for one {option}", path=f"--{option}", hint=f"it is for {takers}"
            )
    return chosen.write(trace, Selection(node, request_id))


def _har(trace: Trace, wanted: Selection) -> str:
    from sim.exports.har import har

    return har(_part(trace, wanted))


def _perfetto(trace: Trace, wanted: Selection) -> str:
    from sim.exports.perfetto import perfetto

    return perfetto(_part(trace, wanted))


def _opentelemetry(trace: Trace, wanted: Selection) -> str:
    from sim.exports.opentelemetry import opentelemetry

    return opentelemetry(_part(trace, wanted))


def _mermaid(trace: Trace, wanted: Selection) -> str:
    from sim.exports.mermaid import mermaid

    return mermaid(trace, wanted.request_id)


def _graphml(trace: Trace, _: Selection) -> str:
    from sim.exports.graphml import graphml

    return graphml(trace)


def _access_log(trace: Trace, wanted: Selection) -> str:
    from sim.exports.access_log import access_log

    if wanted.node is None:
        servers = [name for name, node in trace.nodes.items() if node["role"] != "client"]
        raise ExportError("an access log is that of one node", path="--node", hint=f"one of: {', '.join(servers)}")
    return access_log(_part(trace, wanted), wanted.node)


def _part(trace: Trace, wanted: Selection) -> Trace:
    return trace if wanted.request_id is None else trace.only(wanted.request_id)


FORMATS = {
    "har": ExportFormat(_har, "the network panel of a browser's developer tools"),
    "perfetto": ExportFormat(_perfetto, "ui.perfetto.dev"),
    "otlp": ExportFormat(_opentelemetry, "whatever takes OpenTelemetry traces, such as Jaeger or Tempo"),
    "mermaid": ExportFormat(_mermaid, "Markdown: a sequence diagram of one request"),
    "graphml": ExportFormat(_graphml, "Gephi, yEd, igraph, networkx: the topology", frozenset()),
    "access-log": ExportFormat(
        _access_log, "any reader of logs: what one node could write", frozenset({"node", "request"})
    ),
}
"""All formats by name."""
