import pickle

import pytest

from sim.workload.texts import Texts


def test_a_text_is_made_once():
    asked = []
    texts = Texts(10, lambda number: asked.append(number) or f"text {number}")
    assert texts[3] is texts[3]
    assert texts[-7] == "text 3"
    assert asked == [3]


def test_it_behaves_as_a_sequence():
    texts = Texts(5, str)
    assert list(texts) == ["0", "1", "2", "3", "4"]
    assert texts[1:4:2] == ("1", "3")
    assert "4" in texts
    assert "5" not in texts
    assert texts.index("2") == 2


@pytest.mark.parametrize("number", [5, -6])
def test_beyond_the_end_is_an_error(number):
    with pytest.raises(IndexError):
        Texts(5, str)[number]


def test_a_pickle_holds_nothing_that_was_made():
    texts = Texts(10_000, str)
    small = len(pickle.dumps(texts))
    assert len(list(texts)) == 10_000
    assert len(pickle.dumps(texts)) == small
    assert pickle.loads(pickle.dumps(texts))[77] == "77"
