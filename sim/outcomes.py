"""What becomes of a request: the one table of outcomes, and the words of caches from which they follow.

Laws, tables, charts, exports, player and documents read this file and write none of it again; the player's page gets it
as JSON.  An outcome follows from the exchanges of its request, by the first rule that holds:

1. no answer, or a server error (5xx), a refusal with such a status too: *failed*;
2. a proxy refused it, with one of the error types of an outcome (and one of its statuses, if it has any): that one;
3. a cache settled it (a later exchange wins over an earlier one): *revalidated*, *stale*, *collapsed*;
4. the last node that answered had it stored: *hit*;
5. a cache was asked and had to ask on: *miss*;
6. otherwise no cache was asked: *bypass*.
"""

from __future__ import annotations

from typing import NamedTuple

from sim.messages import CacheStatus

GREY = "#7F7F7F"


class Outcome(NamedTuple):
    """One outcome of a request, from the client's side.

    Attributes
    ----------
    word : str
        Its name in traces; of RFC 9211 where that has one.
    meaning : str
        Half a sentence that completes "the request was …".
    phrase : str
        What stands in a heading: "Request 7, a hit".
    cache_statuses : tuple of CacheStatus
        What a cache did, if that decides it.
    errors : tuple of str
        Error types of RFC 9209 section 2.3 with which a proxy refuses, if those decide it.
    statuses : tuple of int
        Status codes beside the error; any if empty.
    colour : str
        Of the palette of M. Okabe and K. Ito, "Color Universal Design" (2008).
    marker : str
        Matplotlib's name of its mark.
    shape : str
        The player's name of the same mark.
    glyph : str
        The same mark in running text.
    counts_as_hit : bool
        Whether it adds to a hit ratio: answered from a store without asking another node.
    """

    word: str
    meaning: str
    phrase: str
    cache_statuses: tuple[CacheStatus, ...] = ()
    errors: tuple[str, ...] = ()
    statuses: tuple[int, ...] = ()
    colour: str = GREY
    marker: str = "^"
    shape: str = "triangle"
    glyph: str = "▲"
    counts_as_hit: bool = False

    @property
    def is_refusal(self) -> bool:
        """Whether a proxy refused the request."""
        return bool(self.errors)


HIT = Outcome(
    "hit", "answered from a cache", "a hit", (CacheStatus.HIT,),
    colour="#009E73", marker="o", shape="circle", glyph="●", counts_as_hit=True,
)  # fmt: skip
REVALIDATED = Outcome(
    "revalidated", "answered from a cache, after the next node had said that what is stored is good still",
    "a revalidated hit", (CacheStatus.REVALIDATED,),
    colour="#56B4E9", marker="P", shape="plus", glyph="✚",
)  # fmt: skip
STALE = Outcome(
    "stale", "answered from a cache with what was not fresh any more, where that is allowed",
    "a stale hit", (CacheStatus.STALE_HIT,),
    colour="#CC79A7", marker="v", shape="down", glyph="▼", counts_as_hit=True,
)  # fmt: skip
COLLAPSED = Outcome(
    "collapsed", "answered together with another request that was on its way already",
    "shared with another request", (CacheStatus.COLLAPSED,),
    colour="#000000", marker="*", shape="star", glyph="★",
)  # fmt: skip
MISS = Outcome(
    "miss", "not in the cache that was asked, and answered by a backend", "a miss",
    (CacheStatus.URI_MISS, CacheStatus.STALE, CacheStatus.VARY_MISS, CacheStatus.REQUEST, CacheStatus.PARTIAL),
    colour="#0072B2", marker="s", shape="square", glyph="■",
)  # fmt: skip
BYPASS = Outcome(
    "bypass", "answered without a cache: none was asked, or it does not serve such a request", "no cache asked",
    (CacheStatus.NONE, CacheStatus.BYPASS, CacheStatus.METHOD),
)  # fmt: skip
LIMITED = Outcome(
    "limited", "refused by a proxy because there were too many of its kind", "refused (too many)",
    errors=("http_request_denied",), statuses=(429,),
    colour="#E69F00", marker="_", shape="bar", glyph="▬",
)  # fmt: skip
BLOCKED = Outcome(
    "blocked", "refused by a rule of a proxy", "blocked",
    errors=("http_request_denied",),
    colour="#E69F00", marker="D", shape="diamond", glyph="◆",
)  # fmt: skip
FAILED = Outcome(
    "failed", "not properly answered: an error status (5xx), or nothing at all", "failed",
    colour="#D55E00", marker="X", shape="cross", glyph="✕",
)  # fmt: skip
UNDECIDED = Outcome("", "under way", "under way", glyph="△")
"""A request of which it is not known yet."""

OUTCOMES = {
    outcome.word: outcome
    for outcome in (HIT, REVALIDATED, STALE, COLLAPSED, MISS, BYPASS, LIMITED, BLOCKED, FAILED)
}  # fmt: skip
"""All outcomes by word.  The order is that of legends and tables; of refusals the first that fits holds."""

HITS = tuple(outcome.word for outcome in OUTCOMES.values() if outcome.counts_as_hit)
"""Words of the outcomes that add to a hit ratio."""

SETTLED_BY_A_CACHE = (REVALIDATED, STALE, COLLAPSED)
"""Outcomes that a cache decides, whichever nodes were asked besides."""

SERVER_ERROR = 500
"""The first status code of server errors (RFC 9110 section 15.6)."""


class CacheWord(NamedTuple):
    """What a cache did, in words.

    Attributes
    ----------
    word : str
        Of RFC 9211 section 2, or near it; empty without a cache.
    reason : str
        What is said after "At this cache: …".
    label : str
        Its name where space is scarce; the word if empty.
    """

    word: str
    reason: str
    label: str = ""


CACHE_WORDS = {
    CacheStatus.NONE: CacheWord("", ""),
    CacheStatus.HIT: CacheWord("hit", "it held a stored response that was still fresh, and answered by itself"),
    CacheStatus.URI_MISS: CacheWord("uri-miss", "nothing was stored there for this target", MISS.word),
    CacheStatus.STALE: CacheWord("stale", "what was stored there was no longer fresh"),
    CacheStatus.BYPASS: CacheWord("bypass", "a directive forbade using its store for this request"),
    CacheStatus.METHOD: CacheWord("method", "this method is not answered from a store"),
    CacheStatus.VARY_MISS: CacheWord(
        "vary-miss", "what was stored there was selected by other request fields (Vary)"
    ),
    CacheStatus.REQUEST: CacheWord(
        "request", "the request's own directives asked for an answer from further on"
    ),
    CacheStatus.PARTIAL: CacheWord("partial", "only a part of the response was stored there"),
    CacheStatus.REVALIDATED: CacheWord(
        "revalidated", "its stored response was no longer fresh, and the server said that it still holds"
    ),
    CacheStatus.STALE_HIT: CacheWord(
        "stale-hit", "it answered with a stored response that was no longer fresh, which it may at times"
    ),
    CacheStatus.COLLAPSED: CacheWord(
        "collapsed", "another request had just asked for the same, and it waited for that answer"
    ),
}  # fmt: skip
"""The words of each `CacheStatus`, in the order of its numbers."""

CACHE_STATUS_WORDS = tuple(said.word for said in CACHE_WORDS.values())
"""The word of each `CacheStatus` by its number."""


def outcome_of(word: str) -> Outcome:
    """Return the outcome of that word; `UNDECIDED` if there is none.

    Examples
    --------
    >>> outcome_of("hit").glyph, outcome_of("").phrase
    ('●', 'under way')
    """
    return OUTCOMES.get(word, UNDECIDED)


def outcome_of_cache_word(word: str) -> Outcome:
    """Return the outcome of a request that one cache alone decided.

    Examples
    --------
    >>> outcome_of_cache_word("vary-miss").word, outcome_of_cache_word("stale-hit").word, outcome_of_cache_word("").word
    ('miss', 'stale', 'bypass')
    """
    status = CacheStatus(CACHE_STATUS_WORDS.index(word))
    return next(outcome for outcome in OUTCOMES.values() if status in outcome.cache_statuses)


def refused(error: str, status: int) -> Outcome | None:
    """Return the outcome of a request that a proxy refused; None if it was not refused.

    Parameters
    ----------
    error : str
        Error type of RFC 9209 section 2.3.
    status : int
        Status code of the answer.

    Examples
    --------
    >>> refused("http_request_denied", 403).word, refused("http_request_denied", 429).word, refused("", 403)
    ('blocked', 'limited', None)
    """
    for outcome in OUTCOMES.values():
        if error in outcome.errors and (not outcome.statuses or status in outcome.statuses):
            return outcome
    return None


CACHE_HITS = tuple(word for word in CACHE_STATUS_WORDS if outcome_of_cache_word(word).counts_as_hit)
"""Words with which a cache says that it answered from its store without asking another node."""
