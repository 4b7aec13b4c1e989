"""The jitter of each message: a function of its request's own draw, so that every world makes the same of it."""

from __future__ import annotations

OUTWARD, BACK = 0, 1
"""The two directions of a link."""

_MASK = (1 << 64) - 1


def jitter_draw(link_draw: int, edge_index: int, direction: int) -> float:
    """Make the number in [0, 1) that decides a message's jitter.

    It is a function of the request's own draw, so that any engine makes the same of it: one step of
    SplitMix64 (Steele, Lea and Flood, OOPSLA 2014) from a state that differs by edge and direction.

    Parameters
    ----------
    link_draw : int
        The request's 64 random bits.
    edge_index : int
        Number of the edge.
    direction : {0, 1}
        Outward or back.

    Returns
    -------
    float
        Uniform in [0, 1).

    Examples
    --------
    >>> 0 <= jitter_draw(12345, 0, OUTWARD) < 1
    True
    >>> jitter_draw(12345, 0, OUTWARD) == jitter_draw(12345, 0, BACK)
    False
    """
    z = (link_draw + (2 * edge_index + direction + 1) * 0x9E3779B97F4A7C15) & _MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return ((z ^ (z >> 31)) >> 11) / (1 << 53)
