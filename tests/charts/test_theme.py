"""The look of the house: the palette of the course, and nothing told by colour alone."""

from __future__ import annotations

import matplotlib as mpl

from sim.charts import theme


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
