"""The distribution of response times: exactly the trace's, thinned only where a screen cannot tell."""

from __future__ import annotations

import numpy as np

from sim.charts import response_time_cdf
from sim.charts.response_time import MOST_POINTS, distribution
from sim.trace.examples import three_requests
from tests.charts import looking


def test_the_line_is_the_empirical_distribution():
    line = response_time_cdf(three_requests()).lines[0]
    np.testing.assert_allclose(line.get_xdata(), [0.2, 0.2, 1.4, 1.6])
    np.testing.assert_allclose(line.get_ydata(), [0, 1 / 3, 2 / 3, 1])
    assert line.get_drawstyle() == "steps-post"


def test_the_median_is_marked_and_written():
    ax = response_time_cdf({"one": three_requests(), "two": three_requests()})
    dots = [line for line in ax.lines if len(line.get_xdata()) == 1]
    assert [round(float(dot.get_xdata()[0]), 6) for dot in dots] == [1.4, 1.4]
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["one\nmedian 1.4 s", "two\nmedian 1.4 s"]


def test_lines_differ_in_style_and_mark():
    ax = response_time_cdf({name: three_requests() for name in "abcd"})
    dots = [line for line in ax.lines if len(line.get_xdata()) == 1]
    assert len({dot.get_marker() for dot in dots}) == 4
    assert len({dot.get_linestyle() for dot in dots} | {str(dot._dash_pattern) for dot in dots}) > 4


def test_a_long_run_is_thinned_without_leaving_its_distribution():
    times_s = np.sort(np.random.default_rng(1).exponential(size=100_000))
    x, y = distribution(times_s)
    assert len(x) == MOST_POINTS + 1
    assert (x[0], x[-1], y[-1]) == (times_s[0], times_s[-1], 1.0)
    exact = np.searchsorted(times_s, x[1:], side="right") / len(times_s)
    np.testing.assert_allclose(y[1:], exact, atol=1e-12)


def test_no_request_gives_an_empty_line():
    assert [len(part) for part in distribution(np.empty(0))] == [0, 0]


def test_it_fits_a_slide_and_has_a_logarithmic_axis():
    ax = response_time_cdf(
        {"A very long name of a design that nobody can remember": three_requests(), "$b$": three_requests()}
    )
    looking.check(ax.figure)
    assert ax.get_xscale() == "log"


def test_of_a_comparison_it_says_that_it_shows_one_replication():
    ax = response_time_cdf(looking.small_comparison())
    assert ax.figure.small_print.get_text().startswith("the first of 5 replications: no interval")
