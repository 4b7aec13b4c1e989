"""HTML that cannot be broken by a name: whatever is not known to be markup is escaped."""

from __future__ import annotations

import html
from collections.abc import Iterable


class Markup(str):
    """Text that is HTML already, and is taken as it is."""

    __slots__ = ()


Content = str | Iterable[str]


def element(tag: str, *content: Content, **attributes: str) -> Markup:
    """Make an element.

    Parameters
    ----------
    tag : str
        Its name.
    *content : str, Markup, or iterable of them
        What stands in it; plain text is escaped.
    **attributes : str
        Its attributes, escaped; ``class_`` is ``class``, and another underscore stands for a hyphen.  An empty class is
        left out.

    Returns
    -------
    Markup
        The element, with its end.

    Examples
    --------
    >>> element("p", "a < b", element("b", "&"), class_="note")
    '<p class="note">a &lt; b<b>&amp;</b></p>'
    """
    inside = "".join(escaped(part) for held in content for part in ([held] if isinstance(held, str) else held))
    return Markup(f"<{tag}{''.join(_attribute(*pair) for pair in attributes.items())}>{inside}</{tag}>")


def escaped(text: str) -> Markup:
    """Return text as HTML that shows it; markup stays as it is.

    >>> escaped("<img>"), escaped(Markup("<br>"))
    ('&lt;img&gt;', '<br>')
    """
    return text if isinstance(text, Markup) else Markup(html.escape(text))


def _attribute(name: str, value: str) -> str:
    if name == "class_" and not value:
        return ""
    return f' {name.rstrip("_").replace("_", "-")}="{html.escape(value)}"'
