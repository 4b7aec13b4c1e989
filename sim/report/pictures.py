"""Pictures on the page: what the charts draw, as SVG inside the HTML.

A page with a strict policy has no ``style`` attributes, so each of them becomes the attributes that it stands for
(SVG 2, section 6.6, "Presentation attributes").  A page has one set of names for all pictures: those that a picture
needs are made its own, all others are left out, and comments too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sim.report.markup import Markup, element

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sim.charts.save import Picture

_STYLE = re.compile(r' style="([^"]*)"')
_ID = re.compile(r""" id=("[^"]*"|'[^']*')""")
_REFERENCE = re.compile(r'(href="#|url\(#)([^")]+)')
_OPENING = re.compile(r"<svg [^>]*?viewBox=\"([^\"]*)\"[^>]*>")
_BEFORE = re.compile(r"^.*?(?=<svg )", re.DOTALL)
_UNWANTED = re.compile(r" <metadata>.*?</metadata>\n|<style type=\"text/css\">[^<]*</style>|<!--.*?-->\s*", re.DOTALL)


def figure(picture: Picture, prefix: str) -> Markup:
    """Draw a picture for the page, with its headline as text below the drawing for readers who cannot see it.

    Parameters
    ----------
    picture : Picture
        Of ``sim.charts.save.pictures``.
    prefix : str
        What all names inside it shall begin with; no other picture of the page has it.

    Returns
    -------
    Markup
        A ``figure`` element.
    """
    from sim.charts.slide import svg

    drawn = picture.figure()
    return element("figure", inline(svg(drawn), prefix, headline(drawn)), id=f"{prefix}-{picture.name}")


def headline(drawn: Figure) -> str:
    """Return what a picture says, in one line.

    >>> from sim.charts.slide import Slide
    >>> headline(Slide("What is seen"))
    'What is seen'
    """
    text = getattr(drawn, "headline", None)
    return " ".join(text.get_text().replace("\xa0", " ").split()) if text is not None else ""


def inline(svg: str, prefix: str, label: str) -> Markup:
    """Turn the text of an SVG file into a part of a page.

    Parameters
    ----------
    svg : str
        As matplotlib writes it.
    prefix : str
        What all names inside it shall begin with.
    label : str
        What it shows, for readers who cannot see it.

    Returns
    -------
    Markup
        An ``svg`` element that fits its width, without any ``style``.

    Examples
    --------
    >>> drawn = '<?xml?><svg width="9" viewBox="0 0 9 9"><g id="a" style="fill: none"/><use href="#a" id="b"/></svg>'
    >>> inline(drawn, "p1", "A").partition(">")[2]
    '<g id="p1-a" fill="none"/><use href="#p1-a"/></svg>'
    """
    body = _UNWANTED.sub("", _BEFORE.sub("", svg))
    box = _OPENING.search(body)
    opening = element(
        "svg",
        viewBox=box[1] if box else "",
        role="img",
        aria_label=label,
        stroke_linejoin="round",
        stroke_linecap="butt",
    ).removesuffix("</svg>")
    body = _OPENING.sub(lambda _: opening, body, count=1).rstrip()
    return Markup(_with_own_names(_STYLE.sub(_as_attributes, body), prefix))


def _with_own_names(body: str, prefix: str) -> str:
    needed = {found[2] for found in _REFERENCE.finditer(body)}

    def named(found: re.Match[str]) -> str:
        name = found[1][1:-1]
        return f' id="{prefix}-{name}"' if name in needed else ""

    return _REFERENCE.sub(rf"\g<1>{prefix}-\g<2>", _ID.sub(named, body))


def _as_attributes(found: re.Match[str]) -> str:
    pairs = (part.partition(":") for part in found[1].split(";") if part.strip())
    return "".join(f' {name.strip()}="{value.strip()}"' for name, _, value in pairs)
