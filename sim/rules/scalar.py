"""Scalar arithmetic that all worlds share, one formula to a function.

Two engines agree to the last bit only if they add in the same order.  So each formula of ``sim/engine/CONTRACT.md``
is written here once, in plain floats, without state; ``a + b + c`` is ``(a + b) + c``.
"""

from __future__ import annotations

OUTWARD, BACK = 0, 1
"""The two directions of a link."""

_MASK = (1 << 64) - 1


def current_age_s(initial_age_s: float, received_s: float, now_s: float) -> float:
    """Return the age of a stored response (RFC 9111 section 4.2.3).

    ``current_age = corrected_initial_age + (now - response_time)``

    Parameters
    ----------
    initial_age_s : float
        The corrected_initial_age, at `received_s`.
    received_s, now_s : float
        The response_time and the time now, on the same clock.

    Examples
    --------
    >>> current_age_s(10.0, received_s=100.0, now_s=105.0)
    15.0
    """
    return initial_age_s + (now_s - received_s)


def is_fresh(age_s: float, lifetime_s: float) -> bool:
    """Return whether a response is fresh (RFC 9111 section 4.2): ``age < lifetime``.

    >>> is_fresh(59.0, 60.0), is_fresh(60.0, 60.0)
    (True, False)
    """
    return age_s < lifetime_s


def start_s(now_s: float, free_at_s: float) -> float:
    """Return when service starts (CONTRACT, FIFO station; Lindley 1952): ``max(now, free_at)``.

    A line is such a station too: its service is the transmission of a message.

    Parameters
    ----------
    now_s : float
        Time of the arrival.
    free_at_s : float
        When the first worker is free.

    Examples
    --------
    >>> start_s(2.0, 5.0), start_s(7.0, 5.0)
    (5.0, 7.0)
    """
    return max(now_s, free_at_s)


def departure_s(now_s: float, free_at_s: float, demand_s: float) -> float:
    """Return when service ends (CONTRACT, FIFO station and line): ``max(now, free_at) + demand``.

    Examples
    --------
    >>> departure_s(2.0, 5.0, 1.5), departure_s(7.0, 5.0, 1.5)
    (6.5, 8.5)
    """
    return start_s(now_s, free_at_s) + demand_s


def sharing_rate(workers: int, jobs: int) -> float:
    """Return the rate at which each of the jobs is served (CONTRACT, processor sharing): ``min(1, c / n)``.

    Parameters
    ----------
    workers, jobs : int
        c and n; without jobs the rate is 0.

    Examples
    --------
    >>> sharing_rate(2, 1), sharing_rate(2, 8), sharing_rate(2, 0)
    (1.0, 0.25, 0.0)
    """
    return min(1.0, workers / jobs) if jobs else 0.0


def attained_s(before_s: float, since_s: float, now_s: float, rate: float) -> float:
    """Return the attained service (CONTRACT, processor sharing): ``A + (now - updated) * rate``.

    Parameters
    ----------
    before_s : float
        A: attained service at the last change.
    since_s, now_s : float
        Time of the last change, and now.  Real time may be read late, so that `now_s` is earlier: that adds nothing.
    rate : float
        Rate between the two.

    Examples
    --------
    >>> attained_s(10.0, since_s=3.0, now_s=7.0, rate=0.5), attained_s(10.0, since_s=3.0, now_s=2.0, rate=0.5)
    (12.0, 10.0)
    """
    return before_s + max(0.0, now_s - since_s) * rate


def sharing_departure_s(updated_s: float, goal_s: float, attained: float, rate: float) -> float:
    """Return when attained service reaches a goal (CONTRACT, processor sharing): ``now + max(0, goal - A) / rate``.

    Parameters
    ----------
    updated_s : float
        Time at which the attained service is known.
    goal_s, attained : float
        Attained service at which the job leaves, and that at `updated_s`, in seconds.
    rate : float
        Rate from then on; more than 0.

    Examples
    --------
    >>> sharing_departure_s(7.0, goal_s=13.0, attained=12.0, rate=0.5)
    9.0
    """
    return updated_s + max(0.0, goal_s - attained) / rate


def delay_with_jitter_s(delay_s: float, jitter_s: float, draw: float) -> float:
    """Return a message's propagation delay (CONTRACT, line): ``delay + jitter * (2 * u - 1)``.

    Parameters
    ----------
    delay_s, jitter_s : float
        Mean of the delay, and its greatest deviation from the mean.
    draw : float
        u, uniform in [0, 1): see `jitter_draw`.

    Examples
    --------
    >>> delay_with_jitter_s(0.5, 0.25, 0.0), delay_with_jitter_s(0.5, 0.25, 0.75)
    (0.25, 0.625)
    """
    return delay_s + jitter_s * (2 * draw - 1)


def jitter_draw(link_draw: int, edge_index: int, direction: int) -> float:
    """Return the number in [0, 1) that determines a message's jitter (CONTRACT, jitter).

    It is a function of the request's own draw, so that it is the same in every engine: one step of
    SplitMix64 (Steele, Lea and Flood, OOPSLA 2014) from a state that differs by edge and direction.

    Parameters
    ----------
    link_draw : int
        The request's 64 random bits.
    edge_index : int
        Number of the edge.
    direction : {0, 1}
        Outward or back.

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


def opening_s(delay_s: float, tls_round_trips: int) -> float:
    """Return the time to open a connection (CONTRACT, pool of connections): ``2 * delay * (1 + round trips)``.

    One round trip is TCP's (RFC 9293 section 3.5); those of TLS come on top.

    Examples
    --------
    >>> opening_s(0.5, 0), opening_s(0.5, 2)
    (1.0, 3.0)
    """
    return 2 * delay_s * (1 + tls_round_trips)


def idle_end_s(returned_s: float, sender_idle_s: float, answered_s: float, receiver_idle_s: float) -> float:
    """Return until when an idle connection may be used again (CONTRACT, pool of connections).

    ``min(returned + sender's timeout, answered + (receiver's timeout - delay))``: each end counts from its own last
    message, and the next request needs one delay to the receiver.

    Parameters
    ----------
    returned_s, answered_s : float
        When the sender received the last response, and when the receiver sent it.
    sender_idle_s, receiver_idle_s : float
        The sender's idle timeout; the receiver's, already less the delay.

    Examples
    --------
    >>> idle_end_s(2.5, 8.0, 2.0, 3.5)
    5.5
    """
    return min(returned_s + sender_idle_s, answered_s + receiver_idle_s)
