"""Numbers for people: units, digits, and nothing where nothing is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.console.number_format import number, spoken, with_half_width


@pytest.mark.parametrize(
    ("name", "label", "factor"),
    [
        ("mean_response_time_s", "mean response time, ms", 1000),
        ("throughput_per_s", "throughput, 1/s", 1),
        ("byte_hit_ratio", "byte hit ratio, %", 100),
        ("response_bytes", "response, MB", 1e-6),
        ("requests", "requests", 1),
        ("mean_queue_length", "mean queue length", 1),
    ],
)
def test_columns_are_shown_in_the_unit_of_their_name(name, label, factor):
    assert spoken(name) == (label, factor)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"),
        (12345, "12,345"),
        (12345.678, "12,346"),
        (0.000123456, "0.0001235"),
        (7.0, "7"),
        (math.nan, "–"),
        (math.inf, "–"),
        ("edge", "edge"),
        (True, "True"),
        (None, "None"),
        (np.float64(0.5), "0.5"),
        (np.int64(12345), "12,345"),
    ],
)
def test_numbers_have_four_significant_digits(value, shown):
    assert number(value) == shown


@pytest.mark.parametrize(
    ("mean", "half_width", "shown"),
    [
        (183.456, 2.1, "183.5 ± 2.1"),
        (183.456, 21.0, "183 ± 21"),
        (183.456, 0.0123, "183.456 ± 0.012"),
        (183.456, 1e-9, "183.456 ± 0.000"),
        (1234.5, 123.0, "1,234 ± 123"),
        (-12.0, 0.51, "-12.00 ± 0.51"),
        (0.0, 0.0, "0"),
        (math.nan, math.nan, "–"),
    ],
)
def test_intervals_have_as_many_digits_as_they_deserve(mean, half_width, shown):
    assert with_half_width(mean, half_width) == shown
