"""The parts of a response time: the one table of where the time of a request goes.

Every exchange spends its own time in these parts, which add up to the response time of its request.  Metrics, charts,
exports and the player read this table; a part's column in ``hops`` is its name and ``_s``.
"""

from __future__ import annotations

from typing import NamedTuple


class ResponsePart(NamedTuple):
    """One part of a response time.

    Attributes
    ----------
    name : str
        Its name in tables.
    label : str
        Where space is scarce.
    phrase : str
        In legends and headings.
    colour : str
        Of the palette of M. Okabe and K. Ito, "Color Universal Design" (2008), and greys.
    hatch : str
        Matplotlib's pattern, by which parts differ without colour.
    is_at_receiver : bool
        Whether the receiver of an exchange spends it; else it is spent between sender and receiver.
    is_rare : bool
        Whether many runs spend none, so that tables leave it out where all of its values are zero.
    is_recorded : bool
        Whether ``hops`` has a column of it; else it is the time that no other part explains.
    """

    name: str
    label: str
    phrase: str
    colour: str
    hatch: str
    is_at_receiver: bool = False
    is_rare: bool = False
    is_recorded: bool = True

    @property
    def column(self) -> str:
        """Name of a column that holds it in seconds."""
        return f"{self.name}_s"


CONNECT = ResponsePart("connect", "connect", "connecting", "#F0E442", "..", is_rare=True)
"""Opening a connection."""

TLS = ResponsePart("tls", "TLS", "TLS", "#999999", "xx", is_rare=True)
"""The TLS handshake."""

WAITING = ResponsePart("waiting", "waiting", "waiting", "#E69F00", "//", is_at_receiver=True)
"""In the receiver's queue."""

SERVICE = ResponsePart("service", "service", "service", "#56B4E9", "", is_at_receiver=True)
"""At a worker of the receiver."""

COLLAPSE_WAIT = ResponsePart(
    "collapse_wait", "held", "held at a proxy", "#CC79A7", "--", is_at_receiver=True, is_rare=True
)
"""At a proxy: until the answer to another request for the same target is there, or for as long as a guard delays it, or
a rule waits before another attempt."""

TRANSFER = ResponsePart("transfer", "link", "on the link", "#D9DEE3", "\\\\")
"""Both messages on the link: queueing, transmission and propagation."""

UNANSWERED = ResponsePart(
    "unanswered", "no answer", "no answer", "#D55E00", "++", is_rare=True, is_recorded=False
)  # fmt: skip
"""Waiting for an answer that never came."""

PARTS = {part.name: part for part in (CONNECT, TLS, WAITING, SERVICE, COLLAPSE_WAIT, TRANSFER, UNANSWERED)}
"""All parts by name, in the order of tables and bars."""
