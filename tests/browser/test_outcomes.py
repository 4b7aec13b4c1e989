"""Every outcome of a trace has its mark, its words and its button on the page; others have none."""

from __future__ import annotations

import pytest

from sim.outcomes import BLOCKED, HIT, LIMITED, OUTCOMES, UNDECIDED
from sim.trace.examples import three_requests
from tests.support.every_outcome import STAGE_OF, STAGES, every_outcome, number_of

pytestmark = [pytest.mark.slow, pytest.mark.needs("chromium")]


def legend(shown):
    return shown.page.get_by_role("list", name="How to read the marks").inner_text()


def test_the_legend_holds_the_outcomes_of_the_trace(show):
    found = legend(show([every_outcome()]))
    assert all(outcome.phrase.removeprefix("a ") in found for outcome in OUTCOMES.values())


def test_the_legend_holds_no_others(show):
    found = legend(show([three_requests()]))
    assert not any(outcome.phrase in found for outcome in (BLOCKED, LIMITED))


def test_a_refusal_is_told_with_its_reason_and_its_stage(show):
    page = show([every_outcome()], pick=number_of(BLOCKED)).page
    text = page.locator(".pxp-story").inner_text()
    assert f"Request {number_of(BLOCKED)}: {BLOCKED.phrase}, 200 ms" in text
    assert f"It was {BLOCKED.meaning}." in text
    assert STAGES[STAGE_OF[BLOCKED]] in text
    assert "It failed" not in text


def test_the_player_runs_to_a_refusal(show):
    shown = show([every_outcome()])
    shown.page.get_by_role("button", name="Run to the next limit (L)").click()
    shown.wait(f"p.picked === {number_of(LIMITED)}")


def test_responses_of_refusals_have_their_own_marks(show):
    shown = show([every_outcome()])
    found = shown.run(
        """const board = p.boards[0];
        return Array.from(board.r.id, (_, row) => board.outcomeOfHop(row, board.r.hops[row], p.end + 1))"""
    )
    assert found == list(OUTCOMES)


def test_hits_are_counted_as_in_the_tables(show):
    ratio = show([every_outcome()]).run("return p.boards[0].totals(p.end + 1).hitRatio")
    assert ratio == pytest.approx(sum(outcome.counts_as_hit for outcome in OUTCOMES.values()) / len(OUTCOMES))


def test_marks_differ_without_their_colours(show):
    """The filled shapes, one over the other, differ in many of their points."""
    shapes = show([every_outcome()]).run(
        """const shape = (outcome) => {
          const sprite = p.marks.sprite(outcome, true, false), { width, height } = sprite;
          const { data } = sprite.getContext("2d").getImageData(0, 0, width, height);
          return Array.from({ length: width * height }, (_, i) => data[4 * i + 3] > 128);
        };
        return a.map(shape)""",
        list(OUTCOMES),
    )
    for place, one in enumerate(shapes):
        for other in shapes[:place]:
            assert sum(a != b for a, b in zip(one, other, strict=True)) > 0.15 * sum(one)


def test_what_is_not_decided_has_no_mark_of_an_outcome():
    assert UNDECIDED.glyph not in {outcome.glyph for outcome in OUTCOMES.values()}
    assert HIT.glyph == "●"
