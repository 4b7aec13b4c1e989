"""Columns of numbers as text: small enough for a page, and quick to unpack in a browser.

Whole numbers in the narrowest width that holds them, their bytes sorted by significance (all lowest bytes, then
all second ones, …: those above are mostly zero), one deflated stream for all, in base64.  Browsers inflate it by
themselves (``DecompressionStream``).
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import TraceError

WIDTHS = (1, 2, 4)
"""In bytes; a column that needs more was given in too fine a unit."""

LEVEL = 6
"""Of compression; 9 takes three times as long and saves a hundredth."""

ABSENT = -(2**31)
"""Stands for a time that there is none of."""


def pack(columns: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    """Pack columns of whole numbers.

    Parameters
    ----------
    columns : mapping of str to ndarray of int or bool
        By name; of any lengths.

    Returns
    -------
    dict
        ``columns``, a list of name, width in bytes and length, in the order of the stream; and ``stream``, text.

    Raises
    ------
    TraceError
        If a number does not fit into 32 bits.

    Examples
    --------
    >>> packed = pack({"a": np.array([1, 2, -3])})
    >>> packed["columns"], unpack(packed)["a"].tolist()
    ([['a', 1, 3]], [1, 2, -3])
    """
    described, parts = [], []
    for name, values in columns.items():
        width = _width(name, values)
        planes = values.astype(f"<i{width}").view(np.uint8).reshape(len(values), width).T
        described.append([name, width, len(values)])
        parts.append(np.ascontiguousarray(planes).tobytes())
    stream = zlib.compress(b"".join(parts), LEVEL)
    return {"columns": described, "stream": base64.b64encode(stream).decode("ascii")}


def unpack(packed: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    """Undo `pack`, as the page does."""
    raw = zlib.decompress(base64.b64decode(packed["stream"]))
    found, start = {}, 0
    for name, width, length in packed["columns"]:
        planes = np.frombuffer(raw, np.uint8, width * length, start).reshape(width, length)
        found[name] = np.ascontiguousarray(planes.T).view(f"<i{width}").reshape(length)
        start += width * length
    return found


def _width(name: str, values: NDArray[Any]) -> int:
    least, most = (int(values.min()), int(values.max())) if len(values) else (0, 0)
    for width in WIDTHS:
        bound = 1 << (8 * width - 1)
        if -bound <= least and most < bound:
            return width
    raise TraceError(f"column {name!r} holds numbers from {least} to {most}, which do not fit into 32 bits")
