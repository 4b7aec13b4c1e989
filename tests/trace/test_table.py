"""Tables keep their words and numbers, and say when two of them say the same."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys

import numpy as np
import pytest

from sim.errors import TraceError
from sim.trace import schema
from sim.trace.table import Table, Words, alike


def two_rows() -> Table:
    return Table({"time_s": np.array([0.5, np.nan]), "outcome": Words.of(["hit", "miss"])})


def test_words_come_back_as_they_were():
    words = ["b", "a", "b", ""]
    assert Words.of(words).texts().tolist() == words


def test_words_say_where_a_word_stands():
    words = Words.of(["b", "a", "b"])
    assert words.equal("b").tolist() == [True, False, True]
    assert words.equal("nowhere").tolist() == [False, False, False]
    assert words.among({"a", "c"}).tolist() == [False, True, False]


def test_words_without_rows_can_be_looked_up():
    nothing = Words.of([])
    assert nothing.texts().tolist() == []
    assert nothing.look_up({}).tolist() == []
    assert nothing.canonical().names == ()


def test_canonical_words_mean_the_same_and_forget_what_is_not_used():
    words = Words(np.array([3, 1, 3], dtype=np.int32), ("w", "x", "y", "z"))
    assert words.canonical().texts().tolist() == words.texts().tolist()
    assert words.canonical().names == ("z", "x")


def test_columns_are_numbered_alike():
    one, other = alike(Words.of(["x", "y"]), Words.of(["y", "x", "z"]))
    assert one[0] == other[1]
    assert one[1] == other[0]
    assert other[2] not in one


def test_columns_of_different_lengths_are_refused():
    with pytest.raises(TraceError, match="different lengths"):
        Table({"a": np.zeros(2), "b": np.zeros(3)})


def test_an_unknown_column_names_the_nearest():
    with pytest.raises(TraceError, match=r"no column 'outcme' \(did you mean 'outcome'\?\)"):
        two_rows().numbers("outcme")


def test_words_and_numbers_are_not_taken_for_each_other():
    with pytest.raises(TraceError, match="holds words, not numbers"):
        two_rows().numbers("outcome")
    with pytest.raises(TraceError, match="holds numbers, not words"):
        two_rows().words("time_s")


def test_taking_rows_by_mask_and_by_number():
    assert two_rows().take(np.array([False, True])).words("outcome").texts().tolist() == ["miss"]
    assert two_rows().take(np.array([1, 0])).words("outcome").texts().tolist() == ["miss", "hit"]


def test_equal_tables_may_number_their_words_differently():
    other = Table({"time_s": np.array([0.5, np.nan]), "outcome": Words(np.array([1, 0], np.int32), ("miss", "hit"))})
    assert two_rows() == other


@pytest.mark.parametrize(
    "columns",
    [
        {"time_s": np.array([0.5, 1.0]), "outcome": Words.of(["hit", "miss"])},
        {"time_s": np.array([0.5, np.nan]), "outcome": Words.of(["hit", "hit"])},
        {"time_s": np.array([0.5]), "outcome": Words.of(["hit"])},
        {"time_s": np.array([0.5, np.nan], dtype=np.float32), "outcome": Words.of(["hit", "miss"])},
        {"time_s": np.array([0.5, np.nan]), "outcome": np.array([0, 1])},
        {"outcome": Words.of(["hit", "miss"]), "time_s": np.array([0.5, np.nan])},
    ],
)
def test_tables_that_say_something_else_are_not_equal(columns):
    assert two_rows() != Table(columns)


def test_a_frame_has_words_as_categories():
    frame = two_rows().frame()
    assert frame["outcome"].dtype.name == "category"
    assert frame["outcome"].tolist() == ["hit", "miss"]
    assert frame["time_s"].isna().tolist() == [False, True]


def test_an_empty_table_has_the_columns_of_its_schema():
    empty = Table.empty(schema.STEPS)
    assert len(empty) == 0
    assert empty.names == tuple(column.name for column in schema.STEPS)
    assert list(empty.frame().columns) == list(empty.names)


def test_pandas_is_not_loaded_with_the_tables():
    code = (
        "import sys, sim.trace, sim.metrics, sim.visibility; print({'pandas', 'pyarrow', 'scipy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


REPEATED = Words(np.array([0, 2, 1, 4, 0], dtype=np.uint16), ("a", "b", "a", "not used", ""))
"""Two numbers mean the same word, and one does not occur."""


def test_words_with_repeated_names_say_the_same_as_others():
    plain = Words.of(REPEATED.texts())
    assert plain.names == ("a", "b", "")
    for word in ("a", "b", "", "not used", "nowhere"):
        assert REPEATED.equal(word).tolist() == plain.equal(word).tolist()
    assert REPEATED.among(("a", "")).tolist() == plain.among(("a", "")).tolist()
    values = {"a": 1, "b": 2, "": 3, "not used": 4}
    assert REPEATED.look_up(values).tolist() == plain.look_up(values).tolist()
    assert REPEATED.take(np.array([1, 3])).texts().tolist() == ["a", ""]
    canonical = REPEATED.canonical()
    assert (canonical.names, canonical.codes.tolist()) == (plain.names, plain.codes.tolist())
    one, other = alike(REPEATED, plain)
    assert one.tolist() == other.tolist()


def test_tables_with_repeated_names_are_equal_framed_and_pickled_as_others():
    repeated, plain = Table({"word": REPEATED}), Table({"word": Words.of(REPEATED.texts())})
    assert repeated == plain
    assert repeated.frame()["word"].cat.categories.tolist() == ["a", "b", ""]
    assert repeated.frame()["word"].tolist() == plain.frame()["word"].tolist()
    assert pickle.loads(pickle.dumps(repeated)) == plain


def test_a_column_is_made_once_when_it_is_asked_for():
    asked = []
    table = Table({"time_s": np.array([1.0, 2.0]), "late": lambda: asked.append(1) or np.array([3, 4])})
    assert (table.names, len(table), asked) == (("time_s", "late"), 2, [])
    some = table.take(np.array([False, True]))
    assert (len(some), asked) == (1, [])
    assert some.numbers("late").tolist() == [4]
    assert table.numbers("late").tolist() == [3, 4]
    assert asked == [1]


def test_what_is_made_on_demand_is_copied_as_it_is():
    table = Table({"time_s": np.array([1.0]), "late": lambda: np.array([3])})
    assert copy.deepcopy(table) == table
    assert pickle.loads(pickle.dumps(table)) == table


def test_a_column_made_on_demand_has_the_length_of_its_table():
    table = Table({"time_s": np.array([1.0, 2.0]), "late": lambda: np.array([3])})
    with pytest.raises(TraceError, match="column 'late' has 1 rows, not 2 as its table"):
        table.numbers("late")


def test_a_table_of_columns_on_demand_alone_knows_its_rows():
    assert len(Table({"late": lambda: np.array([3, 4, 5])}, rows=3)) == 3
