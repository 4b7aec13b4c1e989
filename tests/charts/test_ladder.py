"""The ladder: one arrow per message, one number and text per step, all on a slide."""

from __future__ import annotations

import pytest
from matplotlib.patches import FancyArrowPatch

from sim.charts import ladder, theme
from sim.engine.run import simulate
from sim.outcomes import BLOCKED, FAILED, LIMITED, MISS, OUTCOMES
from sim.scenario.load import load
from sim.trace.examples import three_requests
from sim.trace.schema import STEP_TEXTS
from tests.charts import looking
from tests.support.every_outcome import STAGE_OF, STAGES, every_outcome, number_of


@pytest.fixture(scope="module", params=["direct", "forward-proxy", "reverse-proxy", "layered"])
def trace(request):
    return simulate(load(request.param, ["run.requests=300", "run.warm_up=0 s"]))


def arrows(ax):
    return {patch.get_gid(): patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)}


def test_every_exchange_has_a_request_and_a_response(trace):
    ax = ladder(trace, 7)
    hops = trace.request(7).hops["hop_id"]
    assert set(arrows(ax)) == {f"message:{hop}:{message}" for hop in hops for message in ("request", "response")}


def test_every_step_has_its_number_and_the_textbooks_words(trace):
    ax = ladder(trace)
    found = looking.words(ax.figure)
    chosen = int(str(ax.figure.headline.get_text()).split()[1].strip(","))
    steps = trace.request(chosen).steps
    for role, number in zip(steps["role"], steps["step"], strict=True):
        assert any(text.startswith(STEP_TEXTS[role, number].words) for text in found), (role, number)
    numbers = [text for text in found if text in set("1234567")]
    assert len(numbers) == len(steps)


def test_time_runs_downwards(trace):
    ax = ladder(trace)
    times = [(t.get_position()[1], t.get_text()) for t in ax.texts if t.get_text().replace(".", "").isdigit()]
    written = [float(text) for y, text in sorted(times, reverse=True) if "." in text and text.count(".") == 1]
    assert looking.is_increasing(written)


def test_it_fits_one_slide(trace):
    figure = ladder(trace).figure
    looking.check(figure)
    assert figure.get_size_inches().tolist() == [theme.WIDTH_IN, theme.HEIGHT_IN]


def test_caches_decide_in_the_mark_of_the_outcome(trace):
    ax = ladder(trace)
    marks = {line.get_marker() for line in ax.lines if line.get_markerfacecolor() == MISS.colour}
    assert marks == (set() if trace.meta["scenario"]["name"] == "direct" else {"s"})


def test_a_message_that_never_came_ends_half_way_with_a_cross():
    ax = ladder(three_requests(), 0)  # this trace has no steps at the backend
    crosses = [line for line in ax.lines if line.get_marker() == FAILED.marker]
    assert len(crosses) == 1


def test_names_with_dollars_are_literal():
    ax = ladder(three_requests(), 0)
    assert not any(text.get_parse_math() for text in ax.texts)


@pytest.mark.parametrize("outcome", OUTCOMES.values(), ids=list(OUTCOMES))
def test_the_heading_has_the_phrase_of_every_outcome(outcome):
    ax = ladder(every_outcome(), number_of(outcome))
    heading = " ".join(ax.figure.texts[0].get_text().split("\n"))
    assert heading.startswith(f"Request {number_of(outcome)}, {outcome.phrase}: ")


@pytest.mark.parametrize("outcome", [BLOCKED, LIMITED], ids=lambda outcome: outcome.word)
def test_the_stage_that_refused_has_its_mark_and_its_sentence(outcome):
    ax = ladder(every_outcome(), number_of(outcome))
    marked = [line for line in ax.lines if line.get_markerfacecolor() == outcome.colour]
    assert [line.get_marker() for line in marked] == [outcome.marker]
    texts = {text.get_text() for text in ax.texts}
    assert texts & {STAGES[STAGE_OF[outcome]].removesuffix("."), STAGE_OF[outcome].replace("_", " ")}


def test_a_mark_without_an_area_is_broad_enough_for_its_number():
    ax = ladder(every_outcome(), number_of(LIMITED))
    (mark,) = (line for line in ax.lines if line.get_marker() == LIMITED.marker)
    assert mark.get_markeredgewidth() > mark.get_markersize() / 2
