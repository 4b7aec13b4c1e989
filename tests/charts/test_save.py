"""All pictures of a run or a comparison: which there are, where they go, and what is left out."""

from __future__ import annotations

import pytest

from sim.charts import save_all
from sim.charts.save import pictures
from sim.metrics import Comparison, measures
from sim.trace.examples import NODES, build, three_requests, to_proxy
from tests.charts import looking


def names(files):
    assert all(file.is_file() and file.stat().st_size > 1000 for file in files)
    return [file.stem for file in files[::2]]


def test_a_run_gives_its_six_pictures(tmp_path):
    files = save_all(three_requests(), tmp_path / "new" / "folder")
    assert names(files) == ["topology", "response-time-cdf", "breakdown-by-hop", "hit-ratios", "visibility", "ladder"]
    assert {file.suffix for file in files} == {".png", ".svg"}


def test_without_cache_and_steps_their_pictures_are_left_out(tmp_path):
    nodes = {name: {**node, "cache": None} for name, node in NODES.items()}
    files = save_all(build([to_proxy(0, 0.0)], nodes=nodes), tmp_path)
    assert names(files) == ["topology", "response-time-cdf", "breakdown-by-hop", "visibility"]


def test_a_run_of_which_nothing_counts_still_shows_its_parties(tmp_path):
    assert names(save_all(three_requests(warm_up_s=100.0), tmp_path)) == ["topology", "visibility"]


def test_a_comparison_gives_pictures_of_each_design_and_of_all(tmp_path):
    told = []
    files = save_all(looking.small_comparison(), tmp_path, progress=lambda done, total: told.append((done, total)))
    each = [f"{design}-{what}" for design in ("direct", "cached") for what in ("topology", "visibility", "ladder")]
    of_all = ["response-time-cdf", "breakdown", "visibility", "hit-ratios", "mean-response-time", "p95-response-time"]
    assert names(files) == each + of_all
    assert told == [(n, 12) for n in range(1, 13)]


@pytest.mark.parametrize("design", ["../up", "a/b", "c:d", "…"])
def test_names_of_designs_never_lead_out_of_the_folder(tmp_path, design):
    runs = [{**measures(three_requests()), "hit_ratio": r / 10} for r in range(5)]
    files = save_all(Comparison.from_measures({design: runs}, traces={design: three_requests()}), tmp_path)
    assert len(set(files)) == len(files) == 18
    assert all(file.parent == tmp_path for file in files)


def test_several_runs_that_are_no_comparison_have_pictures_of_all_together():
    found = pictures({"a": three_requests(), "b": three_requests(warm_up_s=0.5)})
    assert [picture.name for picture in found] == ["response-time-cdf", "breakdown", "visibility"]
    assert "one run of each" in found[1].figure().small_print.get_text()
    assert [picture.name for picture in pictures({"a": build([])})] == ["visibility"]
