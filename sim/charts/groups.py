"""Parties that are numbered alike and see the same, such as ``app-1``, ``app-2``, …, drawn as one.

A picture of three servers that differ only in their number shows no more than a picture of one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

TAP = "tap:"
"""How the names of taps begin."""


def merged(table: pd.DataFrame) -> pd.DataFrame:
    """Draw parties together that are numbered alike and see, and are seen, alike.

    Parameters
    ----------
    table : pandas.DataFrame
        From ``visibility.matrix``.

    Returns
    -------
    pandas.DataFrame
        The same with fewer rows and columns; a group is called ``app-1…3``.

    Examples
    --------
    >>> import pandas as pd
    >>> cells = [["self", "peer", "peer"], ["peer", "self", ""], ["peer", "", "self"]]
    >>> names = ["gateway", "app-1", "app-2"]
    >>> merged(pd.DataFrame(cells, index=names, columns=names)).to_numpy().tolist()
    [['self', 'peer'], ['peer', 'self']]
    """
    called = group_names(table)
    rows = [_row_name(str(observer), called) for observer in table.index]
    cells: dict[str, dict[str, str]] = {}
    for name, (_, seen) in zip(rows, table.iterrows(), strict=True):
        for party, how in seen.items():
            row = cells.setdefault(name, {})
            row[called[str(party)]] = _stronger(row.get(called[str(party)], ""), str(how))
    return type(table).from_dict(cells, orient="index", columns=list(dict.fromkeys(called.values())))


def group_names(table: pd.DataFrame) -> dict[str, str]:
    """Return for each party the name under which it is drawn.

    Parameters
    ----------
    table : pandas.DataFrame
        From ``visibility.matrix``.

    Returns
    -------
    dict of str to str
        By the party's name.

    Examples
    --------
    >>> import pandas as pd
    >>> group_names(pd.DataFrame([["self", ""], ["", "self"]], index=["a1", "a2"], columns=["a1", "a2"]))
    {'a1': 'a1…2', 'a2': 'a1…2'}
    """
    groups: list[list[str]] = []
    for party in map(str, table.columns):
        home = next((group for group in groups if _alike(table, group[0], party)), None)
        if home is None:
            groups.append([party])
        else:
            home.append(party)
    return {name: _called(group) for group in groups for name in group}


def _called(group: Sequence[str]) -> str:
    return group[0] if len(group) == 1 else f"{group[0]}…{group[-1].removeprefix(_stem(group[-1]))}"


def _alike(table: pd.DataFrame, one: str, other: str) -> bool:
    """Whether two parties have the same name up to a number, and the same neighbours."""
    if _stem(one) != _stem(other) or table.loc[one, other] or table.loc[other, one]:
        return False
    rest = [name for name in table.columns if _stem(str(name)) != _stem(one)]
    same_row = (table.loc[one, rest] == table.loc[other, rest]).all()
    return bool(same_row and (table.loc[rest, one] == table.loc[rest, other]).all())


def _stem(name: str) -> str:
    return re.sub(r"\d+$", "", name)


def _row_name(observer: str, called: Mapping[str, str]) -> str:
    """Name a row; a tap by the groups of its ends."""
    if not observer.startswith(TAP):
        return called.get(observer, observer)
    for one, group in called.items():
        for other, other_group in called.items():
            if observer == f"{TAP}{one}–{other}":
                return f"{TAP}{group}–{other_group}"
    return observer


def _stronger(one: str, other: str) -> str:
    order = ("", "told", "peer", "self")
    return max(one, other, key=order.index)
