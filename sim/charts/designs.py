"""What a chart may be drawn from: a table, a run, several runs under the names of their designs, a comparison."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sim.metrics.compare import Comparison
from sim.trace.trace import Trace

if TYPE_CHECKING:
    import pandas as pd

Runs = Trace | Mapping[str, Trace] | Comparison
"""One run, or runs of several designs."""


def named_runs(source: Runs) -> dict[str, Trace]:
    """Return the runs of a source by name.

    Parameters
    ----------
    source : Trace, mapping of str to Trace, or Comparison
        One run, or runs of several designs; of a comparison the first replication of each.

    Returns
    -------
    dict of str to Trace
        Under the titles of the designs where these differ, else under their names.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> list(named_runs(three_requests()))
    ['Three requests']
    """
    if isinstance(source, Trace):
        return {source.title: source}
    if isinstance(source, Comparison):
        called = titles(source)
        return {called[design]: trace for design, trace in source.traces.items()}
    return dict(source)


def rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table as dictionaries.

    >>> import pandas as pd
    >>> rows(pd.DataFrame({"node": ["app"], "workers": [2]}))
    [{'node': 'app', 'workers': 2}]
    """
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def titled_table(found: Comparison) -> pd.DataFrame:
    """Return the table of a comparison, its designs under the names that pictures use.

    Parameters
    ----------
    found : Comparison
        Any comparison.

    Returns
    -------
    pandas.DataFrame
        ``Comparison.table`` with other words in the column ``design``.

    Examples
    --------
    >>> runs = [{"hit_ratio": 0.5 + r / 100} for r in range(5)]
    >>> titled_table(Comparison.from_measures({"a": runs}, titles={"a": "All"}))["design"].tolist()
    ['All']
    """
    called = titles(found)
    return found.table.assign(design=[called[str(design)] for design in found.table["design"]])


def titles(found: Comparison) -> dict[str, str]:
    """Call each design by its title, if no other has the same.

    Parameters
    ----------
    found : Comparison
        Any comparison.

    Returns
    -------
    dict of str to str
        By the design's name.

    Examples
    --------
    >>> runs = [{"hit_ratio": 0.5 + r / 100} for r in range(5)]
    >>> titles(Comparison.from_measures({"a": runs, "b": runs}, titles={"a": "Same", "b": "Same"}))
    {'a': 'a', 'b': 'b'}
    """
    names = [str(design) for design in dict.fromkeys(found.table["design"])]
    called = {name: found.titles.get(name) or name for name in names}
    return called if len(set(called.values())) == len(names) else {name: name for name in names}
