"""The laws of replacement: every registered policy must hold them, a student's too."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from sim.policies import replacement
from sim.policies.bounded_store import BoundedStore

POLICIES = replacement.registry.names
KEYS = st.integers(0, 12)
TRACES = st.lists(KEYS, max_size=150)
UNITS = st.sampled_from(["bytes", "objects"])
every_policy = pytest.mark.parametrize("policy", POLICIES)


def size_of(key: int) -> int:
    return 1 + key * 7 % 11


def hits(policy: str, capacity: int, trace: list[int], unit: str = "objects") -> int:
    store = BoundedStore(capacity, unit, policy)
    found = 0
    for key in trace:
        if store.find(key):
            found += 1
        else:
            store.put(key, True, size_of(key))
    return found


@every_policy
@given(trace=TRACES, capacity=st.integers(0, 30), unit=UNITS)
def test_capacity_is_never_exceeded(policy, trace, capacity, unit):
    store = BoundedStore(capacity, unit, policy)
    for key in trace:
        if store.find(key) is None:
            store.put(key, key, size_of(key))
        stored = [other for other in range(13) if other in store]
        room = sum(map(size_of, stored)) if unit == "bytes" else len(stored)
        assert room == store.used <= capacity
        assert len(stored) == len(store)


@every_policy
@given(trace=TRACES, capacity=st.integers(0, 30), unit=UNITS)
def test_what_was_put_last_is_found_unless_too_large(policy, trace, capacity, unit):
    store = BoundedStore(capacity, unit, policy)
    for key in trace:
        room = size_of(key) if unit == "bytes" else 1
        assert store.put(key, ("value", key), size_of(key)) == (room <= capacity)
        assert store.find(key) == (("value", key) if room <= capacity else None)


@every_policy
@given(trace=TRACES, gone=KEYS)
def test_what_was_removed_is_not_found(policy, trace, gone):
    store = BoundedStore(5, "objects", policy)
    for key in trace:
        store.put(key, key, 1)
    store.remove(gone)
    assert store.find(gone) is None
    assert gone not in store
    store.remove(gone)
    assert store.put(gone, "again", 1)
    assert store.peek(gone) == "again"


@every_policy
@given(steps=st.lists(st.tuples(st.sampled_from(["use", "remove", "evict"]), KEYS), max_size=150))
def test_the_victim_is_always_a_stored_key(policy, steps):
    told = replacement.registry.make(policy)
    stored: set[int] = set()
    for step, key in steps:
        if step == "evict" and stored:
            victim = told.victim()
            assert victim in stored
            assert told.evict() == victim
            stored.remove(victim)
        elif step == "remove" and key in stored:
            told.on_remove(key)
            stored.remove(key)
        elif step == "use" and key in stored:
            told.on_hit(key)
        elif step == "use":
            told.on_insert(key, size_of(key))
            stored.add(key)


@every_policy
@given(trace=TRACES, capacity=st.integers(1, 14))
def test_hits_are_between_none_and_those_of_an_infinite_cache(policy, trace, capacity):
    at_most = len(trace) - len(set(trace))
    assert 0 <= hits(policy, capacity, trace) <= at_most
    assert hits(policy, 13, trace) == at_most


@every_policy
def test_two_stores_do_not_share_memory(policy):
    one, other = (BoundedStore(2, "objects", policy) for _ in range(2))
    one.put("a", 1, 1)
    assert other.find("a") is None
    assert len(other) == 0


@every_policy
@given(trace=TRACES)
def test_same_requests_same_hits(policy, trace):
    assert hits(policy, 4, trace) == hits(policy, 4, trace)


@given(trace=TRACES, capacity=st.integers(0, 13))
def test_a_larger_lru_cache_holds_what_a_smaller_one_does(trace, capacity):
    """Inclusion (Mattson et al., 1970): hence it never hits less."""
    small, large = (BoundedStore(objects, "objects", "lru") for objects in (capacity, capacity + 1))
    for key in trace:
        for store in (small, large):
            if store.find(key) is None:
                store.put(key, key, 1)
        assert all(other in large for other in range(13) if other in small)
    assert hits("lru", capacity, trace) <= hits("lru", capacity + 1, trace)


def test_fifo_knows_beladys_anomaly():
    """A larger FIFO cache may hit less: so the law above is one of LRU, not of all."""
    trace = [1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5]
    assert (hits("fifo", 3, trace), hits("fifo", 4, trace)) == (3, 2)


class Model:
    """The plainest store that is right: dictionaries of entries, times and counts, and a search for the victim."""

    def __init__(self, policy: str, capacity: int, unit: str) -> None:
        self.policy, self.capacity, self.unit, self.now = policy, capacity, unit, 0
        self.stored: dict[int, dict[str, int]] = {}

    def room(self, size: int) -> int:
        return size if self.unit == "bytes" else 1

    def used(self) -> int:
        return sum(self.room(entry["size"]) for entry in self.stored.values())

    def use(self, key: int) -> None:
        self.stored[key]["last"] = self.now
        self.stored[key]["uses"] += 1

    def find(self, key: int) -> int | None:
        self.now += 1
        if key not in self.stored:
            return None
        self.use(key)
        return self.stored[key]["value"]

    def put(self, key: int, value: int, size: int) -> None:
        self.now += 1
        if self.room(size) > self.capacity:
            self.stored.pop(key, None)
            return
        if key in self.stored:
            self.use(key)
            self.stored[key] |= {"value": value, "size": size}
        while self.used() + (0 if key in self.stored else self.room(size)) > self.capacity:
            self.evict()
        if key not in self.stored:
            self.stored[key] = {"value": value, "size": size, "first": self.now, "last": self.now, "uses": 1}

    def evict(self) -> None:
        order = {"lru": ["last"], "fifo": ["first"], "lfu": ["uses", "last"]}[self.policy]
        del self.stored[min(self.stored, key=lambda key: [self.stored[key][name] for name in order])]


class StoreAgainstModel(RuleBasedStateMachine):
    """Any calls in any order: the store and the model answer alike and hold the same."""

    policy = ""

    @initialize(capacity=st.integers(0, 25), unit=UNITS)
    def start(self, capacity, unit):
        self.store = BoundedStore(capacity, unit, self.policy)
        self.model = Model(self.policy, capacity, unit)

    @rule(key=KEYS)
    def find(self, key):
        assert self.store.find(key) == self.model.find(key)

    @rule(key=KEYS, value=st.integers(), size=st.integers(0, 12))
    def put(self, key, value, size):
        self.store.put(key, value, size)
        self.model.put(key, value, size)

    @rule(key=KEYS)
    def remove(self, key):
        self.store.remove(key)
        self.model.stored.pop(key, None)

    @invariant()
    def holds_the_same(self):
        stored = {key: self.store.peek(key) for key in range(13) if key in self.store}
        assert stored == {key: entry["value"] for key, entry in self.model.stored.items()}
        assert self.store.used == self.model.used()


@pytest.mark.parametrize("policy", ["lru", "fifo", "lfu"])
def test_agrees_with_a_naive_model(policy):
    machine = type(f"{policy}_against_model", (StoreAgainstModel,), {"policy": policy})
    run_state_machine_as_test(machine, settings=settings(max_examples=60, stateful_step_count=40, deadline=None))


@pytest.mark.parametrize("policy", POLICIES)
def test_cost_does_not_grow_with_the_store(policy):
    """Evicting from a store of 100,000 costs no more than some times what it costs from one of 1,000."""

    def cost_s(stored: int) -> float:
        kept = replacement.registry.make(policy)
        for key in range(stored):
            kept.on_insert(key, 1)
        start = time.process_time()
        for key in range(stored, stored + 5_000):
            kept.on_remove(kept.victim())
            kept.on_insert(key, 1)
        return time.process_time() - start

    assert min(cost_s(100_000) for _ in range(3)) < 10 * max(min(cost_s(1_000) for _ in range(3)), 1e-3)
