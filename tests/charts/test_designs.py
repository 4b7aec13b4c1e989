"""What charts may be drawn from, and how designs are called in pictures."""

from __future__ import annotations

from sim.charts import designs
from sim.trace.examples import three_requests
from tests.charts import looking


def test_designs_are_called_by_their_titles():
    found = looking.small_comparison(direct="No proxy", cached="A cache")
    assert list(designs.named_runs(found)) == ["No proxy", "A cache"]
    assert set(designs.titled_table(found)["design"]) == {"No proxy", "A cache"}


def test_designs_with_one_title_keep_their_names():
    found = looking.small_comparison(direct="Campus", cached="Campus")
    assert list(designs.named_runs(found)) == ["direct", "cached"]


def test_a_mapping_of_runs_keeps_its_names():
    trace = three_requests()
    assert designs.named_runs({"x": trace}) == {"x": trace}
