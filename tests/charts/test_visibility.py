"""Who sees whom: every cell is the matrix's, told by symbol and colour."""

from __future__ import annotations

import pandas as pd
import pytest
from matplotlib.colors import to_hex

from sim import visibility
from sim.charts import visibility_designs, visibility_matrix
from sim.charts.visibility import SIGHTS, _ends_of, headline, in_tiers
from sim.trace.examples import NODES, build, three_requests, to_app, to_proxy
from tests.charts import looking


def told_trace():
    """A run whose proxy tells the backend of the student."""
    return build([to_proxy(0, 0.0, inside_s=0.2), to_app(0, 0.1, parent=0, forwarded_for="10.0.0.1")])


def cells(ax):
    return {patch.get_gid(): to_hex(patch.get_facecolor()).upper() for patch in ax.patches if patch.get_gid()}


def test_every_cell_has_the_colour_of_the_matrix():
    table = visibility.matrix(told_trace())
    drawn = cells(visibility_matrix(table))
    for observer, seen in table.iterrows():
        for party, how in seen.items():
            assert drawn[f"cell:{observer}:{party}"] == SIGHTS[how].colour.upper()


def test_every_way_of_seeing_has_a_symbol_besides_its_colour():
    table = visibility.matrix(told_trace())
    found = looking.words(visibility_matrix(table).figure)
    legend = 1
    assert found.count("●") == (table == "peer").sum().sum() + legend
    assert found.count("◐") == (table == "told").sum().sum() + legend
    assert {sight.meaning for sight in SIGHTS.values()} <= set(found)


@pytest.mark.parametrize("count", [1, 8, 60])
def test_any_number_of_parties_fits(count):
    names = [f"party {'x' * n} with a long name" for n in range(count)]
    table = pd.DataFrame("peer", index=[*names, *(f"tap:{n}–{n}" for n in names)], columns=names)
    figure = visibility_matrix(table).figure
    looking.check(figure)
    assert not looking.overlapping(looking.texts(figure))


def test_headlines_say_what_is_seen():
    assert headline(three_requests()) == "Three requests: no backend sees a client, no client sees a backend"
    told = "Three requests: the backends are only told of the clients, no client sees a backend"
    assert headline(told_trace()) == told


def test_parties_stand_in_the_order_of_a_requests_way():
    nodes = {name: NODES[name] for name in ("app", "proxy", "students")}
    table = in_tiers(three_requests(nodes=nodes))
    assert list(table.columns) == ["students", "proxy", "app"]
    assert list(table.index)[3:] == ["tap:students–proxy", "tap:proxy–app"]


@pytest.mark.parametrize("count", [1, 2, 4, 6])
def test_designs_share_a_slide(count):
    slide = visibility_designs({f"Design {n}": told_trace() for n in range(count)})
    looking.check(slide)
    assert len(slide.axes) == min(count, 4)
    assert not looking.overlapping(looking.texts(slide))
    assert looking.words(slide).count("◐") == min(count, 4) + 1


def test_clients_stand_before_backends_in_whatever_order_the_trace_names_them():
    backwards = three_requests(nodes=dict(reversed(NODES.items())))
    assert list(_ends_of(backwards).columns) == ["students", "app"]
