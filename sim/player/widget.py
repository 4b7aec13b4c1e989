"""The player in a notebook: a widget where widgets can be shown, and a frame with the same page where not.

The widget goes both ways: what is picked on the stage is a value in the next cell, and a value set in a cell
is picked on the stage.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from sim.player.page import page
from sim.player.sandbox import Frame
from sim.trace.trace import Trace


def play(*traces: Trace | Mapping[str, Trace]) -> Any:
    """Play one trace, or up to four side by side, in a notebook.

    Parameters
    ----------
    *traces : Trace, or one mapping of str to Trace
        What to play; as a mapping, under these titles.

    Returns
    -------
    Player or Frame
        A widget with the traits ``request`` (number of the picked request, or None), ``party`` (the observer
        whose view is shown; empty for everything) and ``time_s``, all of which can be read and set; without anywidget
        installed a frame that only shows.

    Raises
    ------
    TraceError
        If there is no trace or more than four, or if one is empty.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> shown = play(three_requests())
    >>> shown.request is None
    True
    """
    named = _named(traces)
    if find_spec("anywidget") is None:
        return Frame(page(named))
    from sim.player.live import Player

    return Player.of(named)


def _named(traces: tuple[Trace | Mapping[str, Trace], ...]) -> list[Trace] | Mapping[str, Trace]:
    if len(traces) == 1 and isinstance(traces[0], Mapping):
        return traces[0]
    return [trace for trace in traces if isinstance(trace, Trace)]
