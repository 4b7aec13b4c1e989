"""The targets of a workload: dense ids and URLs for pairs of content class and object.

Only requested objects get an id, so that a class of 10^8 objects takes no more memory than its requests.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.messages import Fields
from sim.scenario.presets import CACHE_CONTROL
from sim.scenario.schema import ContentClass
from sim.workload.columns import Catalogue, TargetClass
from sim.workload.texts import Texts

_HAS_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_OBJECT_BITS = 40


@dataclass(frozen=True, slots=True)
class NamedClass:
    """A content class, and the names of its targets.

    Attributes
    ----------
    shared : TargetClass
        What its targets have in common.
    names : sequence of str or None
        Names of its objects as logged; if absent, the URL contains the object's number.
    """

    shared: TargetClass
    names: Sequence[str] | None = None

    def url(self, number: int) -> str:
        """Return the URL of an object.

        Parameters
        ----------
        number : int
            Number of the object within the class.

        Returns
        -------
        str
            Target URI in absolute form.

        Examples
        --------
        >>> pages = TargetClass("pages", "www.example.org", ())
        >>> NamedClass(pages).url(7), NamedClass(pages, ["/about"]).url(0)
        ('http://www.example.org/pages/7', 'http://www.example.org/about')
        """
        if self.names is None:
            return f"http://{self.shared.host}/{self.shared.name}/{number}"
        name = self.names[number]
        if _HAS_SCHEME.match(name):
            return name
        return f"http://{self.shared.host}{'' if name.startswith('/') else '/'}{name}"


def response_fields(content: ContentClass) -> Fields:
    """Return the header fields of a class's responses.

    Parameters
    ----------
    content : ContentClass
        The class.

    Returns
    -------
    Fields
        Cache-Control, unless it is set to an empty text; and an entity tag if the class has one.  All responses have
        the same tag, because content never changes during a run.

    Examples
    --------
    >>> response_fields(ContentClass(host="example.org", served_by="app", dynamic=True))
    (('cache-control', 'no-store'),)
    """
    value = CACHE_CONTROL[content.dynamic] if content.cache_control is None else content.cache_control
    tag: Fields = (("etag", '"1"'),) if content.entity_tag else ()
    return (("cache-control", value), *tag) if value else tag


def number_targets(
    kinds: Sequence[NamedClass], kind: NDArray[np.int16], number: NDArray[np.int64]
) -> tuple[Catalogue, NDArray[np.int32]]:
    """Return the catalogue of the requested objects, and the dense id of each request's target.

    Parameters
    ----------
    kinds : sequence of NamedClass
        All content classes.
    kind : ndarray of int16, shape (requests,)
        Index into `kinds`, by request.
    number : ndarray of int64, shape (requests,)
        Number of the object within its class, by request; below 2^40.

    Returns
    -------
    catalogue : Catalogue
        The targets, sorted by class and object.
    target : ndarray of int32, shape (requests,)
        Index into the catalogue, by request.

    Examples
    --------
    >>> kinds = [NamedClass(TargetClass(name, "example.org", ())) for name in ("pages", "api")]
    >>> catalogue, target = number_targets(kinds, np.array([1, 0, 1], np.int16), np.array([5, 9, 5]))
    >>> list(catalogue.urls), target
    (['http://example.org/pages/9', 'http://example.org/api/5'], array([1, 0, 1], dtype=int32))
    """
    used, target = np.unique(kind.astype(np.int64) << _OBJECT_BITS | number, return_inverse=True)
    class_of = (used >> _OBJECT_BITS).astype(np.int16)
    make = _Urls(tuple(kinds), class_of, used & (2**_OBJECT_BITS - 1))
    classes = tuple(known.shared for known in kinds)
    return Catalogue(Texts(len(used), make), class_of, classes), target.astype(np.int32)


@dataclass(frozen=True, eq=False, slots=True)
class _Urls:
    kinds: tuple[NamedClass, ...]
    class_of: NDArray[np.int16]
    number: NDArray[np.int64]

    def __call__(self, target: int) -> str:
        return self.kinds[int(self.class_of[target])].url(int(self.number[target]))
