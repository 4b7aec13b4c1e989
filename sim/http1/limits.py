"""Limits of a server or a pool: sizes, counts and times."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what a peer may send, and on how long it may take.

    Attributes
    ----------
    head_bytes, line_bytes, field_lines : int
        Largest header section, longest line in it, and most field lines; beyond that 431.
    target_bytes : int
        Longest request target; beyond that 414.  RFC 9112 section 3 asks for at least 8000.
    body_bytes : float
        Largest content of a request in bytes; beyond that 413.
    kept_bytes : int
        Largest content of a response that is collected in memory for a cache.
    head_timeout_s : float
        From the first byte of a request to the end of its head; then 408.
    read_timeout_s : float
        Longest silence within a request's content; then 408.
    write_timeout_s : float
        Longest time in which a peer accepts none of the bytes that are sent to it.
    idle_timeout_s : float
        How long an idle connection is kept.
    total_timeout_s : float
        From a request's head to the end of the response.
    connections : int
        Most simultaneous connections of a server; a new one replaces an idle one, or else gets 503.
    connect_timeout_s, answer_timeout_s : float
        Longest time for opening a connection, and for a response's head or the next part of its content.
    continue_timeout_s : float
        How long a request's content is held back for a 100 Continue (RFC 9110 section 10.1.1).
    max_idle : int
        Most idle connections of a pool to one address.
    tunnel_timeout_s : float
        Longest silence in a tunnel, both directions together.
    """

    head_bytes: int = 65_536
    line_bytes: int = 16_384
    field_lines: int = 128
    target_bytes: int = 8_192
    body_bytes: float = inf
    kept_bytes: int = 16 * 1024 * 1024
    head_timeout_s: float = 10.0
    read_timeout_s: float = 30.0
    write_timeout_s: float = 30.0
    idle_timeout_s: float = 60.0
    total_timeout_s: float = inf
    connections: int = 1_000
    connect_timeout_s: float = 5.0
    answer_timeout_s: float = 60.0
    continue_timeout_s: float = 1.0
    max_idle: int = 64
    tunnel_timeout_s: float = 300.0


DEFAULT_LIMITS = Limits()
