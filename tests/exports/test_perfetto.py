"""Trace events, held to the documented format.

The trace processor of Perfetto would be the reader to ask, but its Python package downloads a program when it is
used.  So this reads the events as the format says that a reader does: per thread a stack, filled by ``B`` and emptied
by ``E``; arrows from ``flow_out`` to ``flow_in`` with the same ``bind_id``; counters that hold until the next sample.
Chromium's own reader of such traces is asked in ``test_developer_tools``.
"""

from __future__ import annotations

import json
from collections import defaultdict
from itertools import pairwise

import pytest

from sim.exports.perfetto import perfetto
from sim.metrics import utilisation
from sim.response_parts import COLLAPSE_WAIT
from tests.exports import runs

SAID = {"M": {"args"}, "B": {"args"}, "E": set(), "C": {"args"}}


class Read:
    """What a reader makes of the events."""

    def __init__(self, trace):
        self.events = json.loads(perfetto(trace))["traceEvents"]
        self.names = {
            e["pid"]: e["args"]["name"] for e in self.events if e["name" if e["ph"] == "M" else "ph"] == "process_name"
        }
        self.slices, self.levels, stacks = [], defaultdict(list), defaultdict(list)
        # A reader sorts by time, and leaves in order what is of the same time.
        for event in sorted((e for e in self.events if e["ph"] != "M"), key=lambda e: e["ts"]):
            stack = stacks[event["pid"], event["tid"]]
            if event["ph"] == "B":
                stack.append({**event, "node": self.names[event["pid"]], "depth": len(stack), "in": stack[-1:]})
            elif event["ph"] == "E":
                self.slices.append(stack.pop() | {"end": event["ts"]})
            else:
                self.levels[self.names[event["pid"]], event["name"]].append((event["ts"], event["args"]["requests"]))
        self.open = [stack for stack in stacks.values() if stack]

    def of(self, category):
        return [one for one in self.slices if one["cat"] == category]


@pytest.mark.parametrize("name", runs.NAMES)
def test_every_event_is_one_of_the_format(name):
    for event in Read(runs.run(name)).events:
        assert {"name", "cat", "ts"} | SAID[event["ph"]] <= set(event)
        assert all(isinstance(event[key], int) for key in ("pid", "tid"))
        assert event["ph"] == "M" or event["ts"] >= 0


@pytest.mark.parametrize("name", runs.NAMES)
def test_slices_open_and_close_in_pairs_and_children_lie_inside(name):
    read = Read(runs.run(name))
    assert not read.open
    for one in read.slices:
        assert one["ts"] <= one["end"]
        assert all(outer["ts"] <= one["ts"] for outer in one["in"])


@pytest.mark.parametrize("name", runs.NAMES)
def test_every_request_and_hop_appears_once_at_its_place(name):
    trace, read = runs.run(name), Read(runs.run(name))
    assert sorted(one["args"]["request_id"] for one in read.of("request")) == trace.requests["request_id"].tolist()
    sent = {one["args"]["hop_id"]: one for one in read.of("exchange")}
    asked = {one["args"]["hop_id"]: one for one in read.of("asked")}
    assert sorted(one["args"]["hop_id"] for one in read.of("exchange")) == trace.hops["hop_id"].tolist()
    received = trace.hops[trace.hops["received_s"].notna()]
    assert sorted(one["args"]["hop_id"] for one in read.of("asked")) == received["hop_id"].tolist()
    for hop in trace.hops.itertuples():
        assert sent[hop.hop_id]["node"] == hop.sender
        assert sent[hop.hop_id]["end"] - sent[hop.hop_id]["ts"] == pytest.approx(
            1e6 * (hop.returned_s - hop.sent_s), abs=0.01
        )
        assert hop.hop_id not in asked or asked[hop.hop_id]["node"] == hop.receiver


@pytest.mark.parametrize("name", runs.NAMES)
def test_arrows_go_from_an_exchange_to_the_one_who_was_asked(name):
    read = Read(runs.run(name))
    starts = {one["bind_id"]: one for one in read.slices if one.get("flow_out")}
    ends = {one["bind_id"]: one for one in read.slices if one.get("flow_in")}
    assert len(starts) == len(read.of("exchange"))
    assert len(ends) == len(read.of("asked"))
    for arrow, end in ends.items():
        assert starts[arrow]["args"]["hop_id"] == end["args"]["hop_id"]
        assert starts[arrow]["ts"] <= end["ts"]


@pytest.mark.parametrize("name", runs.SHIPPED)
def test_an_exchange_lies_in_that_for_whose_sake_it_was_made(name):
    parent = dict(zip(*runs.run(name).hops[["hop_id", "parent_hop_id"]].to_numpy().T.tolist(), strict=True))
    for one in Read(runs.run(name)).of("exchange"):
        (outer,) = one["in"]
        assert outer["args"].get("hop_id", -1) == parent[one["args"]["hop_id"]]


def test_what_goes_on_aside_has_a_lane_of_its_own():
    sent = [one for one in Read(runs.made_aside()).of("exchange") if one["node"] == "proxy"]
    assert sorted((one["args"]["hop_id"], one["depth"]) for one in sent) == [(1, 0), (3, 1), (4, 0)]


@pytest.mark.parametrize("name", runs.SHIPPED)
def test_counters_give_the_same_mean_queue_as_the_metrics(name):
    trace = runs.run(name)
    read, end_us = Read(trace), trace.end_s * 1e6
    for station in utilisation(trace).itertuples():
        samples = [*read.levels[station.node, "queue length"], (end_us, 0)]
        area_us = sum(level * (after - at) for (at, level), (after, _) in pairwise(samples))
        assert area_us / end_us == pytest.approx(station.mean_queue_length, abs=1e-6)
        assert max((level for _, level in samples), default=0) == station.max_queue_length


def test_a_request_that_was_held_shows_it():
    parts = [(one["in"][0]["args"]["hop_id"], one["name"]) for one in Read(runs.made_aside()).of("part")]
    assert sorted(parts) == [(1, "service"), (3, "service"), (4, "service"), (5, COLLAPSE_WAIT.label)]
