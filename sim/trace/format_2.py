"""Traces of format 2, which was written before stages, attempts and probes were recorded: brought to format 3.

Two columns of hops have other names there, the purpose of an exchange follows from them, and no stage ever acted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

FORMAT_2 = 2

RENAMED = {"aside": "task", "held_s": "collapse_wait_s"}
"""Names of columns in format 2, and since."""


def converted(name: str, stored: pa.Table) -> pa.Table:
    """Return a table of format 2 with the columns of format 3.

    Parameters
    ----------
    name : str
        Name of the table.
    stored : pyarrow.Table
        As read from its file.

    Examples
    --------
    >>> import pyarrow as pa
    >>> converted("hops", pa.table({"aside": [0, 2], "held_s": [0.0, 0.5]}))["purpose"].to_pylist()
    ['request', 'background']
    """
    renamed = stored.rename_columns([RENAMED.get(column, column) for column in stored.column_names])
    if name == "steps":
        return renamed.append_column("stage", _words(np.zeros(len(renamed), dtype=np.int32), [""]))
    if name == "hops":
        is_background = renamed.column("task").to_numpy() > 0
        return renamed.append_column("purpose", _words(is_background.astype(np.int32), ["request", "background"]))
    return renamed


def _words(codes: Any, names: list[str]) -> pa.ChunkedArray:
    import pyarrow as pa

    words = pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(names, type=pa.string()))
    return pa.chunked_array([words])
