"""The widget itself, for which anywidget must be installed (``pip install "proxysim[notebook]"``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import anywidget
import traitlets

from sim.player.page import as_json, page, program, show, stylesheet
from sim.player.sandbox import Frame
from sim.trace.trace import Trace

MOST_HTML_BYTES = 3_000_000
"""A larger page is not kept in the notebook as well, for where widgets cannot be shown."""


class Player(anywidget.AnyWidget):
    """Plays traces in a notebook; what is picked can be read and set.

    Attributes
    ----------
    request : int or None
        Number of the picked request.
    party : str
        The observer whose view is shown; empty for everything.
    time_s : float
        The moment shown, in seconds of the trace; updated when the player stands still.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> player = Player.of([three_requests()])
    >>> player.request = 2
    >>> player.request, player.party
    (2, '')
    """

    _esm = program() + "export default { render: renderWidget };\n"
    _css = stylesheet()
    boards = traitlets.Unicode().tag(sync=True)
    request = traitlets.Int(None, allow_none=True).tag(sync=True)
    party = traitlets.Unicode("").tag(sync=True)
    time_s = traitlets.Float(None, allow_none=True).tag(sync=True)
    fallback = ""

    @classmethod
    def of(cls, traces: Sequence[Trace] | Mapping[str, Trace]) -> Player:
        """Make a widget that plays traces."""
        player = cls(boards=as_json(show(traces)))
        text = page(traces)
        player.fallback = text if len(text) <= MOST_HTML_BYTES else ""
        return player

    def __repr__(self) -> str:
        return repr(Frame(""))

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """Add the frame, for viewers that know no widgets."""
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle and self.fallback:
            bundle[0]["text/html"] = Frame(self.fallback)._repr_html_()
        return bundle
