"""The slide: small print, dollars, notebooks, and pictures that are the same bytes everywhere."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import pytest
from matplotlib.figure import Figure

from sim.charts import footnote, save, theme
from sim.charts.slide import Slide, plot_axes, provenance, sheet_axes, svg
from sim.trace.examples import three_requests
from tests.charts import looking

DRAW = """
import hashlib, sys
from pathlib import Path
from sim.charts import save_all
from sim.trace.examples import three_requests
for file in save_all(three_requests(), sys.argv[1]):
    print(file.name, hashlib.sha256(file.read_bytes()).hexdigest())
"""


def drawn_elsewhere(repository, folder, hash_seed):
    """Names and hashes of all pictures of a run, drawn in a process of their own."""
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    command = [sys.executable, "-W", "error", "-c", DRAW, str(folder)]
    done = subprocess.run(
        command, cwd=repository, env=environment, capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout.splitlines()


def test_pictures_are_the_same_bytes_in_two_processes(repository, tmp_path):
    first, second = (drawn_elsewhere(repository, tmp_path / seed, seed) for seed in ("1", "2"))
    assert len(first) == 12
    assert first == second


def test_a_picture_saved_twice_is_the_same_bytes(tmp_path):
    slide = Slide("Twice")
    hashes = [[hashlib.sha256(f.read_bytes()).hexdigest() for f in save(slide, tmp_path / name)] for name in "ab"]
    assert hashes[0] == hashes[1]


def test_files_are_a_png_of_slide_size_and_an_svg_without_a_date(tmp_path):
    png, svg = save(Slide("Size"), tmp_path / "size")
    header = png.read_bytes()
    assert (int.from_bytes(header[16:20]), int.from_bytes(header[20:24])) == (1600, 900)
    assert b"matplotlib" not in header[:200].lower()
    assert "<dc:date>" not in svg.read_text(encoding="utf-8")


def test_small_print_names_scenario_hash_seed_and_that_it_is_one_run():
    slide = Slide()
    footnote(slide, three_requests())
    assert slide.small_print.get_text() == "three-requests 0123456789ab · seed 7 · one run: no interval"
    assert slide.small_print.get_fontsize() >= 8


def test_small_print_of_a_comparison_counts_replications():
    said = provenance(looking.small_comparison())
    assert said.startswith("5 replications, 95% intervals · seed 7 · three-requests 0123456789ab")


def test_small_print_of_several_runs_claims_no_interval():
    assert provenance({"a": three_requests(), "b": three_requests()}).startswith("one run of each: no interval")


def test_a_run_cut_short_says_so():
    assert "cut short" in provenance(three_requests(cut_short=True))


def test_a_footnote_on_somebodys_own_figure_is_written_too():
    figure = Figure()
    footnote(figure, three_requests())
    assert figure.texts[0].get_text().startswith("three-requests")


@pytest.mark.parametrize("headline", ["Costs $5 and $6 <b>&amp;</b> _a_ ^2", "x" * 400, "a b " * 100, "", " \n "])
def test_headlines_are_literal_and_stay_inside(headline):
    slide = Slide(headline)
    looking.check(slide)
    if "$" in headline:
        assert slide.headline.get_text() == headline
        assert not slide.headline.get_parse_math()


def test_a_slide_shows_itself_in_a_notebook():
    png, size = Slide("Shown")._repr_png_()
    assert png.startswith(b"\x89PNG")
    assert size == {"width": 800, "height": 450}


def test_charts_draw_on_axes_that_somebody_else_made():
    figure = Figure()
    one, other = figure.subplots(1, 2)
    assert plot_axes(one, "A title") is one
    assert sheet_axes(other, "A title that is much too long for half of a figure") is other
    assert other.get_title(loc="left").endswith("figure")
    assert "…" in other.get_title(loc="left")


def test_a_sheet_is_measured_in_inches():
    ax = sheet_axes(None, "One line")
    with theme.look():
        ax.figure.draw_without_rendering()
    box = ax.get_window_extent()
    assert ax.get_xlim()[1] == pytest.approx(box.width / theme.DPI)
    assert ax.get_ylim()[1] == pytest.approx(box.height / theme.DPI)


def test_svg_as_text_is_what_save_writes(tmp_path):
    _, file = save(Slide("Text"), tmp_path / "text")
    assert svg(Slide("Text")) == file.read_text(encoding="utf-8")
