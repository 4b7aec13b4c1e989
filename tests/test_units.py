"""Quantities: what is read, what is refused and how, and how they are shown."""

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from sim import units
from sim.errors import UnitError
from sim.units import BANDWIDTH, DURATION, RATE, SIZE, Capacity, format_bytes, format_seconds, parse_capacity


@pytest.mark.parametrize(
    ("quantity", "text", "value"),
    [
        (DURATION, "20 ms", 0.02),
        (DURATION, "0.1 ms", 1e-4),
        (DURATION, " 1.5s ", 1.5),
        (DURATION, "1_000 ns", 1e-6),
        (DURATION, "3 µs", 3e-6),
        (DURATION, "3 \u03bcs", 3e-6),
        (DURATION, "2 h", 7200.0),
        (DURATION, "0 s", 0.0),
        (DURATION, "0e999999 s", 0.0),
        (SIZE, "64 MiB", 64 * 2**20),
        (SIZE, "64 MB", 64e6),
        (SIZE, "10 kB", 1e4),
        (BANDWIDTH, "100 Mbit/s", 12.5e6),
        (BANDWIDTH, "1 MiB/s", 2**20),
        (RATE, "15/s", 15.0),
        (RATE, "900 / min", 15.0),
        (RATE, "2/h", 2 / 3600),
    ],
)
def test_reads(quantity, text, value):
    assert quantity.parse(text) == value


@pytest.mark.parametrize(
    ("quantity", "wrong", "message"),
    [
        (DURATION, 20, "a duration needs a unit: write '20 ms' or '20 s', not 20"),
        (DURATION, "20", "a duration needs a unit: write '20 ms' or '20 s', not 20"),
        (SIZE, 64, "a size needs a unit: write '64 KiB' or '64 MiB', not 64"),
        (BANDWIDTH, 100, "a bandwidth needs a unit: write '100 Mbit/s' or '100 MB/s', not 100"),
        (RATE, 15, "a rate needs a unit: write '15/s' or '15/min', not 15"),
        (DURATION, "20 mss", ("unknown unit 'mss' in '20 mss'; a duration is written as '20 ms' or '20 s' "
                             "(did you mean 'ms'?)")),
        (DURATION, "9 S", "unknown unit 'S' in '9 S'; a duration is written as '20 ms' or '20 s' (did you mean 's'?)"),
        (SIZE, "64 mb", "unknown unit 'mb' in '64 mb'; a size is written as '64 KiB' or '64 MiB' (did you mean 'MB'?)"),
        (DURATION, "64 MiB", "'64 MiB' is a size, but a duration is expected, such as '20 ms' or '20 s'"),
        (SIZE, "20 ms", "'20 ms' is a duration, but a size is expected, such as '64 KiB' or '64 MiB'"),
        (RATE, "1 Mbit/s", "'1 Mbit/s' is a bandwidth, but a rate is expected, such as '15/s' or '15/min'"),
        (DURATION, "fast", "'fast' is not a duration: write it as '20 ms' or '20 s'"),
        (DURATION, True, "a duration is written as '20 ms' or '20 s', not True"),
        (DURATION, None, "a duration is written as '20 ms' or '20 s', not None"),
        (DURATION, "-1 ms", "'-1 ms' is out of range: a duration is between 0 and 3653 d"),
        (DURATION, "nan s", "'nan s' is out of range: a duration is between 0 and 3653 d"),
        (DURATION, "inf s", "'inf s' is out of range: a duration is between 0 and 3653 d"),
        (DURATION, "1e999999999 s", "'1e999999999 s' is out of range: a duration is between 0 and 3653 d"),
        (DURATION, "3654 d", "'3654 d' is out of range: a duration is between 0 and 3653 d"),
        (SIZE, "2 EiB", "'2 EiB' is out of range: a size is between 0 and 1 EiB"),
        (BANDWIDTH, "1001 Tbit/s", "'1001 Tbit/s' is out of range: a bandwidth is between 0 and 1000 Tbit/s"),
        (RATE, "2e9/s", "'2e9/s' is out of range: a rate is between 0 and 1000000000/s"),
    ],
)  # fmt: skip
def test_refuses(quantity, wrong, message):
    with pytest.raises(UnitError) as caught:
        quantity.parse(wrong)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (64, "a capacity needs a unit: write '64 MiB' or '1000 objects', not 64"),
        ("0 B", "a capacity is larger than 0, not '0 B'"),
        ("0 objects", "a capacity is a whole number of objects between 1 and 1,000,000,000,000, not '0 objects'"),
        ("1.5 objects", "a capacity is a whole number of objects between 1 and 1,000,000,000,000, not '1.5 objects'"),
        ("nan objects", "a capacity is a whole number of objects between 1 and 1,000,000,000,000, not 'nan objects'"),
        ("-3 MiB", "'-3 MiB' is out of range: a size is between 0 and 1 EiB"),
    ],
)
def test_refuses_capacity(wrong, message):
    with pytest.raises(UnitError) as caught:
        parse_capacity(wrong)
    assert str(caught.value) == message


def test_unknown_unit_of_capacity_names_objects():
    with pytest.raises(UnitError, match=r"did you mean 'objects'"):
        parse_capacity("100 objcts")


def test_capacity_reads_and_shows_itself():
    assert parse_capacity("1 object") == Capacity(1, "objects")
    assert str(parse_capacity("64 MiB")) == "64 MiB"
    assert str(Capacity(1000, "objects")) == "1,000 objects"
    assert parse_capacity(Capacity(7, "objects")) == Capacity(7, "objects")


@pytest.mark.parametrize("wrong", ["300.1.2.3", "10.0.0", "host.example", 10, None, ""])
def test_refuses_address(wrong):
    with pytest.raises(UnitError, match="is not an IP address"):
        units.parse_address(wrong)


def test_address_block_with_host_bits_tells_the_block():
    with pytest.raises(UnitError, match=re.escape("did you mean '10.1.0.0/16'?")):
        units.parse_address_block("10.1.0.5/16")
    for wrong in (10, "10.1.0.0/33", "campus"):
        with pytest.raises(UnitError, match=r"write it as 10\.1\.0\.0/16"):
            units.parse_address_block(wrong)


def test_bounds_of_pydantic_work_on_the_value_in_si_units():
    class Pause(BaseModel):
        length_s: units.Seconds = Field(gt=0, le=1)

    assert Pause.model_validate({"length_s": "20 ms"}).length_s == 0.02
    for wrong in ("0 s", "2 s"):
        with pytest.raises(ValidationError):
            Pause.model_validate({"length_s": wrong})


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.02, "20 ms"), (0.0123456, "12.3 ms"), (59.98, "1 min"), (1e-9, "1 ns"), (7200, "2 h"), (4e6, "1,111 h")],
)
def test_formats_seconds(seconds, text):
    assert format_seconds(seconds) == text


@pytest.mark.parametrize(
    ("size_bytes", "text"), [(0, "0 B"), (999.6, "1,000 B"), (1024, "1 KiB"), (1023.9, "1 KiB"), (3 * 2**40, "3 TiB")]
)
def test_formats_bytes(size_bytes, text):
    assert format_bytes(size_bytes) == text


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text):
    for quantity in (DURATION, SIZE, BANDWIDTH, RATE):
        with contextlib.suppress(UnitError):
            assert quantity.parse(text) >= 0


@given(st.floats(min_value=0, max_value=1e6), st.sampled_from(["ms", "s", "min"]))
def test_pattern_of_the_schema_accepts_what_is_read(number, unit):
    text = f"{number!r} {unit}"
    assert DURATION.parse(text) >= 0
    assert re.search(TypeAdapter(units.Seconds).json_schema()["pattern"], text)
