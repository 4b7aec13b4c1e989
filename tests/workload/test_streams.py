import os
import subprocess
import sys

import numpy as np
import pytest
from scipy import stats

from sim.workload.streams import Streams

NAMES = ["arrivals/students", "arrivals/student", "think/students", "size/pages", ""]


def test_the_same_name_gives_the_same_stream():
    first = Streams(7).generator("arrivals/students").integers(2**63, size=100)
    assert np.array_equal(first, Streams(7).generator("arrivals/students").integers(2**63, size=100))


def test_seed_replication_and_name_each_change_the_stream():
    streams = [Streams(seed, replication) for seed in (0, 1) for replication in (0, 1)]
    firsts = [known.generator(name).integers(2**63) for known in streams for name in NAMES]
    assert len(set(firsts)) == len(streams) * len(NAMES)


def test_streams_do_not_depend_on_pythons_hash_seed():
    code = (
        "from sim.workload.streams import Streams; import numpy as np\n"
        "known = Streams(3, 1)\n"
        "print(known.generator('a/b').integers(2**63), known.uniforms('s', np.array([5])).tobytes().hex())"
    )
    answers = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("0", "12345")
    }
    assert len(answers) == 1
    known = Streams(3, 1)
    numbers = known.generator("a/b").integers(2**63), known.uniforms("s", np.array([5])).tobytes().hex()
    assert answers.pop().decode().split() == [str(number) for number in numbers]


def test_streams_of_different_names_are_uncorrelated():
    drawn = np.array([Streams(1).generator(name).random(100_000) for name in NAMES])
    off_diagonal = np.corrcoef(drawn)[~np.eye(len(NAMES), dtype=bool)]
    assert np.abs(off_diagonal).max() < 4 / np.sqrt(100_000)


def test_an_objects_numbers_do_not_depend_on_which_others_are_asked_for():
    streams = Streams(1)
    whole = streams.uniforms("size/pages", np.arange(1000))
    some = np.array([999, 3, 3, 500])
    assert np.array_equal(streams.uniforms("size/pages", some), whole[some])
    assert not np.array_equal(streams.uniforms("size/api", some), whole[some])


@pytest.mark.parametrize("column", [0, 1])
def test_an_objects_numbers_are_uniform(column):
    drawn = Streams(1).uniforms("size/pages", np.arange(200_000))[:, column]
    assert 0 <= drawn.min() < drawn.max() < 1
    assert stats.kstest(drawn, "uniform").pvalue > 0.01


def test_an_objects_two_numbers_and_neighbours_are_uncorrelated():
    drawn = Streams(1).uniforms("size/pages", np.arange(200_000)).ravel()
    for lag in (1, 2, 3):
        assert abs(np.corrcoef(drawn[:-lag], drawn[lag:])[0, 1]) < 4 / np.sqrt(len(drawn))


def test_the_lookup_is_splitmix64_itself():
    """The published generator, step by step, from the same state."""
    state = int(Streams(1)._sequence("size/pages").generate_state(1, np.uint64)[0])
    expected = []
    for _ in range(6):
        state = (state + 0x9E3779B97F4A7C15) % 2**64
        bits = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) % 2**64
        bits = ((bits ^ (bits >> 27)) * 0x94D049BB133111EB) % 2**64
        expected.append(((bits ^ (bits >> 31)) >> 11) * 2.0**-53)
    assert Streams(1).uniforms("size/pages", np.arange(3)).ravel().tolist() == expected


def test_no_number_overflows_for_the_largest_catalogue():
    assert Streams(1).uniforms("size/pages", np.array([100_000_000 - 1, 0])).shape == (2, 2)
