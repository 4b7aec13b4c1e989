import pytest
from pydantic import ValidationError

from sim.policies.admission.below_size import BelowSize
from sim.policies.bounded_store import BoundedStore


def test_a_large_object_does_not_drive_out_small_ones():
    store = BoundedStore[str](100, "bytes", "lru", BelowSize(largest="50 B"))
    assert [store.put(key, key, 30) for key in "abc"] == [True] * 3
    assert not store.put("large", "large", 51)
    assert [key in store for key in "abc"] == [True] * 3
    assert store.put("just", "just", 50)


def test_what_is_stored_already_is_replaced_whatever_its_size():
    store = BoundedStore[str](100, "bytes", "lru", BelowSize(largest="50 B"))
    store.put("a", "old", 10)
    assert store.put("a", "new", 80)
    assert store.find("a") == "new"


@pytest.mark.parametrize("largest", ["0 B", "-1 B", 100, None])
def test_the_size_has_a_unit(largest):
    with pytest.raises(ValidationError):
        BelowSize(largest=largest)
