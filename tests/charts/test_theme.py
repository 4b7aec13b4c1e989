"""The look of the house: the palette of the course, and nothing told by colour alone."""

from __future__ import annotations

import matplotlib as mpl

from sim.charts import theme
from sim.trace.schema import OUTCOMES


def test_outcomes_have_the_colours_and_marks_of_the_house():
    marks = {name: (mark.colour, mark.marker) for name, mark in theme.OUTCOMES.items()}
    assert marks["hit"] == ("#009E73", "o")
    assert marks["miss"] == ("#0072B2", "s")
    assert marks["blocked"] == ("#E69F00", "D")
    assert marks["failed"] == ("#D55E00", "X")
    assert marks["revalidated"] == ("#56B4E9", "P")
    assert marks["stale"] == ("#CC79A7", "v")
    assert marks["collapsed"] == ("#000000", "*")


def test_every_outcome_of_a_trace_has_its_mark():
    assert set(OUTCOMES) <= set(theme.OUTCOMES)


def test_no_two_outcomes_share_a_mark():
    assert len({mark.marker for mark in theme.OUTCOMES.values()}) == len(theme.OUTCOMES)
    assert len({mark.glyph for mark in theme.OUTCOMES.values()}) == len(theme.OUTCOMES)


def test_causes_differ_in_hatching_as_well():
    assert len(set(theme.HATCHES.values())) == len(theme.HATCHES)
    assert theme.HATCHES.keys() == theme.CAUSE_COLOURS.keys()


def test_lines_of_many_designs_differ_without_their_colours():
    looks = [(str(theme.line(n)["linestyle"]), theme.line(n)["marker"]) for n in range(35)]
    assert len(set(looks)) == 35


def test_a_persons_own_settings_do_not_change_the_look_and_come_back():
    with mpl.rc_context({"font.size": 5.0, "axes.grid": True}):
        with theme.look():
            assert mpl.rcParams["font.size"] == 12.0
            assert not mpl.rcParams["axes.grid"]
        assert mpl.rcParams["font.size"] == 5.0


def test_slides_have_the_size_of_the_house():
    assert (theme.WIDTH_IN, theme.HEIGHT_IN, theme.DPI) == (8.0, 4.5, 200)
