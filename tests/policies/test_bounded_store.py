import pytest

from sim.errors import UnknownPolicyError
from sim.policies.bounded_store import BoundedStore


def test_room_is_made_until_it_fits():
    store = BoundedStore(100, "bytes", "lru")
    for key, size in (("a", 30), ("b", 30), ("c", 40)):
        assert store.put(key, key.upper(), size)
    assert store.put("d", "D", 60)
    assert [store.peek(key) for key in "abcd"] == [None, None, "C", "D"]
    assert (store.used, len(store)) == (100, 2)


def test_objects_are_counted_whatever_their_size():
    store = BoundedStore(2, "objects", "fifo")
    for key in "abc":
        assert store.put(key, key, 10**12)
    assert ("a" in store, "b" in store, "c" in store, store.used) == (False, True, True, 2)


def test_find_is_a_use_and_peek_is_none():
    for look, stays in (("find", "a"), ("peek", "b")):
        store = BoundedStore(2, "objects", "lru")
        store.put("a", 1, 1)
        store.put("b", 2, 1)
        assert getattr(store, look)("a") == 1
        store.put("c", 3, 1)
        assert stays in store


def test_to_replace_is_a_use_and_updates_the_size():
    store = BoundedStore(100, "bytes", "lru")
    store.put("a", "old", 20)
    store.put("b", "B", 20)
    store.put("a", "new", 50)
    assert (store.used, store.peek("a")) == (70, "new")
    store.put("c", "C", 40)
    assert ("a" in store, "b" in store, store.used) == (True, False, 90)


def test_one_that_grows_may_push_out_itself_first_and_is_stored_anew():
    store = BoundedStore(100, "bytes", "fifo")
    store.put("a", "small", 10)
    store.put("b", "B", 80)
    assert store.put("a", "large", 60)
    assert (store.peek("a"), store.peek("b"), store.used) == ("large", None, 60)


def test_too_large_is_refused_and_takes_its_old_self_along():
    store = BoundedStore(100, "bytes", "lru")
    store.put("a", "A", 10)
    store.put("b", "B", 10)
    assert not store.put("a", "huge", 101)
    assert ("a" in store, "b" in store, store.used) == (False, True, 10)


def test_a_store_without_room_admits_only_what_takes_none():
    assert not BoundedStore(0, "objects", "lru").put("a", 1, 0)
    assert BoundedStore(0, "bytes", "lru").put("a", 1, 0)


@pytest.mark.parametrize("capacity", [-1, float("nan")])
def test_an_absurd_capacity_is_refused(capacity):
    with pytest.raises(ValueError, match="capacity must be a number of objects from 0 on"):
        BoundedStore(capacity, "objects", "lru")


def test_an_unknown_unit_or_policy_is_refused():
    with pytest.raises(ValueError, match="unit must be 'bytes' or 'objects', not 'MiB'"):
        BoundedStore(1, "MiB", "lru")
    with pytest.raises(UnknownPolicyError):
        BoundedStore(1, "bytes", "lur")
