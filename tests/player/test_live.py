"""The widget: what it says to the browser, and what it offers to viewers that know no widgets."""

from __future__ import annotations

from sim.player import live
from sim.player.live import Player
from sim.trace.examples import three_requests


def test_picking_and_looking_are_values():
    player = Player.of([three_requests()])
    assert (player.request, player.party, player.time_s) == (None, "", None)
    player.party = "app"
    assert player.get_state()["party"] == "app"


def test_a_viewer_without_widgets_gets_the_frame():
    data, _ = Player.of([three_requests()])._repr_mimebundle_()
    assert data["text/html"].startswith("<iframe sandbox")
    assert "application/vnd.jupyter.widget-view+json" in data


def test_a_large_page_is_not_kept_twice(monkeypatch):
    monkeypatch.setattr(live, "MOST_HTML_BYTES", 10)
    data, _ = Player.of([three_requests()])._repr_mimebundle_()
    assert "text/html" not in data


def test_the_program_offers_what_a_widget_needs():
    assert str(Player._esm).endswith("export default { render: renderWidget };\n")
