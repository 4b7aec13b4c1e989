"""How requests ended: outcome and the node that answered, as one function of their hops.

The rule is written at the top of `sim.outcomes`; this is the only place that applies it to a trace.  Exchanges of
background tasks came too late for the answer, probes belong to no request, and an answer that came when the asker had
given up has status 0: none of them counts.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.outcomes import (
    BYPASS,
    CACHE_STATUS_WORDS,
    FAILED,
    HIT,
    MISS,
    OUTCOMES,
    SERVER_ERROR,
    SETTLED_BY_A_CACHE,
    Outcome,
    outcome_of_cache_word,
    refused,
)
from sim.trace.table import Numbers, Table, Words

_ORDER = tuple(OUTCOMES.values())
_NUMBER = {outcome.word: number for number, outcome in enumerate(_ORDER)}
_OF_CACHE_WORD = {word: _NUMBER[outcome_of_cache_word(word).word] for word in CACHE_STATUS_WORDS}
_SETTLED = [_NUMBER[outcome.word] for outcome in SETTLED_BY_A_CACHE]
_REFUSING_ERRORS = frozenset(error for outcome in _ORDER for error in outcome.errors)


class Ended(NamedTuple):
    """How each request ended, in the order of the requests.

    Attributes
    ----------
    outcome : Words
        Words of `sim.outcomes.OUTCOMES`.
    answered_by : Words
        The node that made the answer, had it stored, or refused; empty if the client got no answer.
    """

    outcome: Words
    answered_by: Words


class _Answers(NamedTuple):
    """The exchanges that answered, in the order of sending: of which row of requests, and what decides."""

    request: Numbers
    outcome: Numbers
    receiver: Numbers
    error: Words
    status: Numbers


def ended(requests: Table, hops: Table) -> Ended:
    """Return outcome and answering node of each request.

    Parameters
    ----------
    requests : Table
        With the columns ``request_id``, ``status`` and ``error`` of `schema.REQUESTS`.
    hops : Table
        With the columns of `schema.HOPS` that are read here, in the order of a trace.

    Returns
    -------
    Ended
        By row of `requests`.

    Examples
    --------
    >>> from sim.trace.examples import build, to_app, to_proxy
    >>> tables = build([to_proxy(0, 0.0, inside_s=1.0), to_app(0, 0.1, parent=0, service_s=0.8)]).tables
    >>> [words.texts().tolist() for words in ended(tables["requests"], tables["hops"])]
    [['miss'], ['app']]
    """
    answers = _answers(requests, hops)
    nobody = len(hops.words("receiver").names)
    by = np.full(len(requests), nobody)
    last = np.full(len(requests), _NUMBER[BYPASS.word])
    # Of several values for one request the last one stays: that of its last exchange.
    by[answers.request], last[answers.request] = answers.receiver, answers.outcome
    has_missed = np.zeros(len(requests), dtype=bool)
    has_missed[answers.request[answers.outcome == _NUMBER[MISS.word]]] = True
    hit, miss, bypass = (_NUMBER[outcome.word] for outcome in (HIT, MISS, BYPASS))
    # The rules from the weakest to the strongest: each overrides those before it.
    code = np.select([last == hit, has_missed], [hit, miss], bypass)
    settled = np.isin(answers.outcome, _SETTLED)
    code[answers.request[settled]] = answers.outcome[settled]
    by[answers.request[settled]] = answers.receiver[settled]
    _note_refusals(requests, answers, code, by)
    status = requests.numbers("status")
    code[(by == nobody) | (status == 0) | (status >= SERVER_ERROR)] = _NUMBER[FAILED.word]
    by[status == 0] = nobody
    return Ended(Words(code, tuple(OUTCOMES)).canonical(), Words(by, (*hops.words("receiver").names, "")).canonical())


def _answers(requests: Table, hops: Table) -> _Answers:
    ids, request_id = requests.numbers("request_id"), hops.numbers("request_id")
    is_answer = ~np.isnan(hops.numbers("answered_s")) & (hops.numbers("status") != 0) & (hops.numbers("task") == 0)
    at = np.flatnonzero(is_answer & (request_id >= 0))
    row_of = np.zeros(int(ids.max(initial=-1)) + 1, dtype=np.int64)
    row_of[ids] = np.arange(len(ids))
    return _Answers(
        row_of[request_id[at]],
        hops.words("cache_status").take(at).look_up(_OF_CACHE_WORD, dtype=np.int64),
        hops.words("receiver").codes[at].astype(np.int64),
        hops.words("error").take(at),
        hops.numbers("status")[at],
    )


def _note_refusals(requests: Table, answers: _Answers, code: NDArray[np.int64], by: NDArray[np.int64]) -> None:
    """Set outcome and node of the requests whose answer is a refusal of a proxy."""
    error, status = requests.words("error"), requests.numbers("status")
    at = np.flatnonzero(error.among(_REFUSING_ERRORS))
    for row, word in zip(at.tolist(), error.take(at).texts().tolist(), strict=True):
        outcome: Outcome | None = refused(word, int(status[row]))
        if outcome is not None:
            code[row] = _NUMBER[outcome.word]
    if len(at):
        is_refusal = answers.error.among(_REFUSING_ERRORS) & (answers.status == status[answers.request])
        refusing = np.flatnonzero(is_refusal & np.isin(answers.request, at))
        by[answers.request[refusing]] = answers.receiver[refusing]
