"""Parties drawn as one: only where nothing is lost by it."""

from __future__ import annotations

import pandas as pd

from sim.charts.groups import group_names, merged


def matrix(text: str) -> pd.DataFrame:
    """A matrix written as rows of name and cells: S self, p peer, t told, . nothing."""
    cells = {"S": "self", "p": "peer", "t": "told", ".": ""}
    rows = [line.split() for line in text.strip().splitlines()]
    names = [row[0] for row in rows if not row[0].startswith("tap:")]
    return pd.DataFrame([[cells[c] for c in row[1:]] for row in rows], index=[row[0] for row in rows], columns=names)


def test_servers_numbered_alike_become_one_with_their_taps():
    table = merged(
        matrix("""
        gateway        S p p p
        app-1          p S . .
        app-2          p . S .
        app-3          p . . S
        tap:gateway–app-1  p p . .
        tap:gateway–app-2  p . p .
        tap:gateway–app-3  p . . p
        """)
    )
    assert list(table.index) == ["gateway", "app-1…3", "tap:gateway–app-1…3"]
    assert table.loc["tap:gateway–app-1…3"].tolist() == ["peer", "peer"]
    assert table.loc["app-1…3"].tolist() == ["peer", "self"]


def test_servers_that_see_differently_stay_apart():
    table = matrix("""
    proxy  S p p
    app-1  p S .
    app-2  t . S
    """)
    assert set(group_names(table).values()) == {"proxy", "app-1", "app-2"}


def test_parties_of_different_names_stay_apart():
    table = matrix("""
    north  S .
    south  . S
    """)
    assert list(merged(table).columns) == ["north", "south"]


def test_parties_that_see_each_other_stay_apart():
    table = matrix("""
    peer1  S p
    peer2  p S
    """)
    assert list(merged(table).columns) == ["peer1", "peer2"]
