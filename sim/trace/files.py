"""A trace on disk: a directory of Parquet tables and meta.json.

Equal traces make identical bytes: words are numbered anew in the order of their rows, the writer's settings
are fixed, and no clock is read.  The tables are first written beside the directory and moved into place
afterwards, meta.json last: a directory with a meta.json is whole.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import TraceError
from sim.trace import schema
from sim.trace.format_2 import FORMAT_2, converted
from sim.trace.table import Numbers, Table, Words

if TYPE_CHECKING:
    import pyarrow as pa

FORMAT = 3
"""Version of the layout that is written."""

META = "meta.json"
RECORDED = ("requests", "hops", "steps")
FILES = (*(f"{name}.parquet" for name in RECORDED), META)

_PARQUET = {
    "compression": "zstd",
    "compression_level": 3,
    "version": "2.6",
    "data_page_version": "1.0",
    "row_group_size": 1 << 20,
    "dictionary_pagesize_limit": 1 << 26,
}


def save(directory: str | Path, tables: Mapping[str, Table], meta: Mapping[str, Any]) -> Path:
    """Write a trace; an older trace in that directory is replaced.

    Parameters
    ----------
    directory : str or Path
        Where to; made if it does not exist.
    tables : mapping of str to Table
        The tables `requests`, `hops` and `steps`.
    meta : mapping
        Provenance: plain JSON values.

    Returns
    -------
    Path
        The directory.

    Raises
    ------
    TraceError
        If the directory holds something that is not a trace, or cannot be written.

    Examples
    --------
    >>> tables = {name: Table.empty(schema.TABLES[name]) for name in RECORDED}
    >>> with tempfile.TemporaryDirectory() as place:
    ...     kept = save(Path(place) / "run", tables, {"format": 1})
    ...     sorted(path.name for path in kept.iterdir())
    ['hops.parquet', 'meta.json', 'requests.parquet', 'steps.parquet']
    """
    target = Path(directory)
    _refuse_what_is_no_trace(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as place:
            _write_all(Path(place), tables, meta)
            _move_into_place(Path(place), target)
    except OSError as error:
        raise TraceError(f"cannot write a trace: {error.strerror}", path=str(target)) from error
    return target


def load(directory: str | Path) -> tuple[dict[str, Table], dict[str, Any]]:
    """Read a trace.

    Parameters
    ----------
    directory : str or Path
        A directory written by `save`.

    Returns
    -------
    tuple of dict
        Its tables by name, and its meta data.

    Raises
    ------
    TraceError
        If the directory is not a whole trace, or is of a format that cannot be read.
    """
    source = Path(directory)
    meta = _read_meta(source)
    tables = {name: _read(source, name, meta["format"]) for name in RECORDED}
    return tables, {**meta, "format": FORMAT}


def _refuse_what_is_no_trace(target: Path) -> None:
    if target.is_dir():
        names = {path.name for path in target.iterdir()}
        strange = sorted(names - set(FILES))
        if _says_trace(target / META) or not (strange or META in names):
            return
        found = f"holds {strange[0]!r}" if strange else f"has a {META} of another kind"
        message = f"the directory {found} and is not a trace: not overwritten"
        raise TraceError(message, path=str(target), hint="choose another directory")
    if target.exists():
        raise TraceError("is a file, not a directory: not overwritten", path=str(target), hint="choose another name")


def _says_trace(path: Path) -> bool:
    try:
        meta = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(meta, dict) and "format" in meta and "scenario" in meta


def _write_all(place: Path, tables: Mapping[str, Table], meta: Mapping[str, Any]) -> None:
    import pyarrow.parquet as pq

    for name in RECORDED:
        pq.write_table(_to_arrow(tables[name]), place / f"{name}.parquet", **_PARQUET)
    text = json.dumps(meta, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False)
    (place / META).write_text(text + "\n", encoding="utf-8")


def _move_into_place(place: Path, target: Path) -> None:
    target.mkdir(exist_ok=True)
    (target / META).unlink(missing_ok=True)
    for name in FILES:
        shutil.move(place / name, target / name)


def _to_arrow(table: Table) -> pa.Table:
    import pyarrow as pa

    def array(column: Numbers | Words) -> pa.Array:
        if not isinstance(column, Words):
            return pa.array(column)
        words = column.canonical()
        return pa.DictionaryArray.from_arrays(pa.array(words.codes), pa.array(words.names, type=pa.string()))

    return pa.table({name: array(table[name]) for name in table})


def _read_meta(source: Path) -> dict[str, Any]:
    if not source.is_dir():
        found = "is a file" if source.exists() else "does not exist"
        raise TraceError(f"{found}; a trace is a directory", path=str(source), hint="give what 'run --out' wrote")
    if not (source / META).is_file():
        raise TraceError(f"not a trace: it has no {META}", path=str(source), hint="give what 'run --out' wrote")
    try:
        meta = json.loads((source / META).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TraceError(f"cannot be read: {error}", path=str(source / META)) from error
    version = meta.get("format") if isinstance(meta, dict) else None
    if version not in {FORMAT_2, FORMAT}:
        hint = "write it anew with this version of proxysim"
        message = f"format {version!r} cannot be read, only {FORMAT_2} and {FORMAT}"
        raise TraceError(message, path=str(source / META), hint=hint)
    return dict(meta)


def _read(source: Path, name: str, version: int) -> Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path, columns = source / f"{name}.parquet", schema.TABLES[name]
    words = [column.name for column in columns if column.kind == "word"]
    try:
        stored = pq.read_table(path, read_dictionary=words)
        stored = converted(name, stored) if version == FORMAT_2 else stored
        return Table({column.name: _from_arrow(stored.column(column.name), column) for column in columns})
    except FileNotFoundError as error:
        raise TraceError("not a whole trace: this table is missing", path=str(path)) from error
    except (OSError, pa.ArrowException, KeyError) as error:
        raise TraceError(f"cannot be read as a table of a trace: {error}", path=str(path)) from error


def _from_arrow(stored: pa.ChunkedArray, column: schema.Column) -> Numbers | Words:
    if column.kind != "word":
        return np.array(stored.to_numpy(), dtype=column.kind)
    whole = stored.unify_dictionaries().combine_chunks()
    names = tuple(whole.dictionary.to_pylist())
    return Words(np.array(whole.indices.to_numpy(), dtype=np.int32), names)
