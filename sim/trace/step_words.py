"""What a recorded step did, in words: the textbook's for its number, or those of the stage that acted in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sim.trace.schema import STEP_TEXTS, StepText


def step_words(step: Mapping[str, Any], stages: Mapping[str, str]) -> StepText:
    """Return a sentence about a step, and a few words.

    Parameters
    ----------
    step : mapping
        Its row: role, step, name and stage.
    stages : mapping of str to str
        A sentence about each stage by its name, from the trace's ``meta["stages"]``.

    Returns
    -------
    StepText
        About the stage if one acted, else about the numbered step; of an unknown step its name.  The few words about a
        stage are what precedes the colon in its sentence, or else its name.

    Examples
    --------
    >>> arrival = {"role": "reverse_proxy", "step": 1, "name": "receive", "stage": ""}
    >>> step_words(arrival, {}).words
    'request arrives'
    >>> step_words({**arrival, "stage": "blocklist"}, {"blocklist": "Block list: refuses requests for listed hosts."})
    StepText(sentence='Block list: refuses requests for listed hosts.', words='Block list')
    """
    stage = step["stage"]
    if stage:
        sentence = stages.get(stage, _spaced(stage))
        title, colon, _ = sentence.partition(":")
        return StepText(sentence, title if colon else _spaced(stage))
    words = _spaced(step["name"])
    return STEP_TEXTS.get((step["role"], int(step["step"])), StepText(words, words))


def _spaced(name: str) -> str:
    return str(name).replace("_", " ")
