"""The player's page in a sandboxed frame, for viewers of notebooks that show HTML but no widgets."""

from __future__ import annotations

import html

HEIGHT_PX = 700


class Frame:
    """The page in a frame that can run its own program and nothing else.

    Parameters
    ----------
    text : str
        The page, see ``page.page``.

    Examples
    --------
    >>> Frame("<p>")._repr_html_()[:37]
    '<iframe sandbox="allow-scripts" title'
    """

    def __init__(self, text: str) -> None:
        self.text = text

    def _repr_html_(self) -> str:
        return (
            '<iframe sandbox="allow-scripts" title="proxysim player" loading="lazy" width="100%" '
            f'height="{HEIGHT_PX}" style="border:0" srcdoc="{html.escape(self.text, quote=True)}"></iframe>'
        )

    def __repr__(self) -> str:
        return "<the player of proxysim, for a notebook>"
