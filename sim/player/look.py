"""How the player looks: marks, colours and words of the house as plain JSON values for the page.

They come from the tables that charts and reports read too, ``sim.outcomes`` and ``sim.response_parts``, so that none of
their words stands in the page's program.
"""

from __future__ import annotations

from typing import Any

from sim.outcomes import (
    BLOCKED,
    CACHE_WORDS,
    FAILED,
    HIT,
    LIMITED,
    MISS,
    OUTCOMES,
    UNDECIDED,
    Outcome,
    outcome_of_cache_word,
)
from sim.response_parts import PARTS, UNANSWERED
from sim.trace.schema import STEP_TEXTS

ROLE_WORDS = {
    "client": "client",
    "forward_proxy": "forward proxy",
    "reverse_proxy": "reverse proxy",
    "backend": "backend",
}

JUMPS = {
    "h": (HIT, HIT.word),
    "m": (MISS, MISS.word),
    "b": (BLOCKED, "block"),
    "l": (LIMITED, "limit"),
    "e": (FAILED, "error"),
}
"""Outcomes to which the player can run, by key, each with what stands on its button."""


def look() -> dict[str, Any]:
    """Return all marks, colours and words.

    Returns
    -------
    dict
        ``legend``, all outcomes by word; ``undecided``, the look of a request that has none yet; ``failure``, the word
        of a failure; ``jumps``; ``cache_words``, by word; ``role_words``; ``step_texts``; ``parts``, by name, and
        ``unanswered``, the name of the part that no other explains.

    Examples
    --------
    >>> look()["legend"]["hit"]["meaning"], look()["cache_words"]["uri-miss"]["label"]
    ('answered from a cache', 'miss')
    """
    return {
        "legend": {word: _outcome(outcome) for word, outcome in OUTCOMES.items()},
        "undecided": _outcome(UNDECIDED),
        "failure": FAILED.word,
        "jumps": [{"key": key, "outcome": outcome.word, "label": label} for key, (outcome, label) in JUMPS.items()],
        "cache_words": _cache_words(),
        "role_words": ROLE_WORDS,
        "step_texts": {f"{role} {number}": text.sentence for (role, number), text in STEP_TEXTS.items()},
        "parts": {name: {"phrase": part.phrase, "colour": part.colour} for name, part in PARTS.items()},
        "unanswered": UNANSWERED.name,
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {**outcome._asdict(), "is_refusal": outcome.is_refusal}


def _cache_words() -> dict[str, dict[str, str]]:
    """Return by word what a cache did: why, a short label, and the outcome that decides its colour."""
    return {
        known.word: {
            "reason": known.reason,
            "label": known.label or known.word,
            "outcome": outcome_of_cache_word(known.word).word,
        }
        for known in CACHE_WORDS.values()
        if known.word
    }
