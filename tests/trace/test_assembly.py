"""From a recorder's rows to tables: their order, the words for numbers, and how requests ended.

The rows are taken down by hand as exchanges in ``layered``: a client asks the campus proxy, that asks the
gateway, and that asks one of three apps.
"""

from __future__ import annotations

from functools import cache
from math import nan

import numpy as np
import pytest

import sim
from sim.messages import CacheStatus
from sim.scenario import topology
from sim.trace import schema
from sim.trace.assembly import Parties, _opening, trace
from sim.trace.meta import describe
from sim.trace.recorded_rows import HOP_ROW, REQUEST_ROW, TASK_ROW, RecordedRows
from sim.trace.recorder import Recorder, pack_hop, pack_request
from sim.trace.run_columns import run_columns
from sim.trace.table import Words

NONE, HIT, MISS, STALE, BYPASS = (
    CacheStatus.NONE,
    CacheStatus.HIT,
    CacheStatus.URI_MISS,
    CacheStatus.STALE,
    CacheStatus.BYPASS,
)


@cache
def layered():
    """Scenario, workload, what a trace says of them, and the number of each edge by receiver."""
    scenario = sim.load("layered", ["run.requests=6"])
    graph, workload = topology.build(scenario), sim.draw(scenario)
    meta = describe(scenario, graph, workload, engine="test", world="test")
    edges = [held["edge"] for *_, held in graph.edges(data=True)]
    return workload, {**meta, "cut_short": True}, {edge.receiver: edge.index for edge in edges}


class Ledger:
    """Exchanges that are taken down one by one."""

    def __init__(self):
        self.recorder = Recorder()

    def hop(self, request_id, index, receiver, cache_status=NONE, **said):
        """Take down an exchange, made for the one before it."""
        row = {"answered": 6.0, "returned": 8.0, "connect": 0.0, "fields": (), "error": "", "status": 200, "task": 0}
        row |= {"host": "www.example.org", "proxied_for": "", "attempt": 0, **said}
        times = (1.0, 2.0, row["answered"], row["returned"], row["connect"], 0.5, 2.0, 0.0)
        edge, fields = layered()[2][receiver], self.recorder.fields[row["fields"], row["host"], row["proxied_for"]]
        numbers = (400, 1000, index, index - 1, fields, edge, self.recorder.words[row["error"]], row["status"])
        self.recorder.write_hop(pack_hop(request_id, *times, *numbers, row["task"], row["attempt"], cache_status, True))

    def path(self, request_id, *hops, status=200):
        """Take down a whole request: (receiver, cache status, whatever else) in order, written as they end."""
        for index, (receiver, *said) in reversed(list(enumerate(hops))):
            cache_status, more = (*said, *(NONE, {})[len(said) :])
            self.hop(request_id, index, receiver, cache_status, **more)
        self.end(request_id, status)

    def end(self, request_id, status=200):
        recorder = self.recorder
        recorder._requests.add(pack_request(request_id, 9.0, 1000, 0, recorder.step_path.number, status))

    def trace(self):
        workload, meta, _ = layered()
        return self.recorder.trace(workload, workload.arrival_s, meta)


LOST = {"answered": nan, "returned": 7.0, "status": 0}


@pytest.mark.parametrize(
    ("hops", "status", "outcome", "answered_by"),
    [
        ([("campus-proxy", HIT)], 200, "hit", "campus-proxy"),
        ([("campus-proxy", MISS), ("gateway", HIT)], 200, "hit", "gateway"),
        ([("campus-proxy", MISS), ("gateway", MISS), ("app-2",)], 200, "miss", "app-2"),
        ([("campus-proxy", STALE), ("gateway", NONE), ("app-1",)], 200, "miss", "app-1"),
        ([("campus-proxy", CacheStatus.VARY_MISS), ("gateway", NONE), ("app-1",)], 200, "miss", "app-1"),
        ([("campus-proxy", CacheStatus.REQUEST), ("gateway", NONE), ("app-1",)], 200, "miss", "app-1"),
        ([("campus-proxy", CacheStatus.PARTIAL), ("gateway", NONE), ("app-1",)], 206, "miss", "app-1"),
        ([("campus-proxy", CacheStatus.METHOD), ("gateway", NONE), ("app-1",)], 200, "bypass", "app-1"),
        ([("campus-proxy", MISS), ("gateway", CacheStatus.REVALIDATED), ("app-1",)], 200, "revalidated", "gateway"),
        ([("campus-proxy", CacheStatus.REVALIDATED), ("gateway", HIT)], 200, "revalidated", "campus-proxy"),
        ([("campus-proxy", CacheStatus.STALE_HIT), ("gateway", MISS), ("app-1",)], 200, "stale", "campus-proxy"),
        ([("campus-proxy", CacheStatus.COLLAPSED)], 200, "collapsed", "campus-proxy"),
        ([("campus-proxy", MISS), ("gateway", CacheStatus.COLLAPSED)], 200, "collapsed", "gateway"),
        ([("campus-proxy", BYPASS), ("gateway", BYPASS), ("app-3",)], 200, "bypass", "app-3"),
        ([("campus-proxy", NONE), ("gateway", NONE), ("app-1",)], 200, "bypass", "app-1"),
        ([("campus-proxy", MISS), ("gateway", MISS), ("app-1",)], 404, "miss", "app-1"),
        ([("campus-proxy", MISS), ("gateway", MISS), ("app-1",)], 503, "failed", "app-1"),
        ([("campus-proxy", MISS), ("gateway", MISS), ("app-1", NONE, LOST)], 504, "failed", "gateway"),
        ([("campus-proxy", MISS, LOST), ("gateway", MISS, LOST), ("app-1", NONE, LOST)], 0, "failed", ""),
        # The client had given up when the gateway answered the proxy.
        ([("campus-proxy", MISS, LOST), ("gateway", HIT)], 0, "failed", ""),
        # The app did answer, but when the gateway had given up: what the client got is the gateway's.
        ([("campus-proxy", MISS), ("gateway", MISS), ("app-1", NONE, {"status": 0})], 504, "failed", "gateway"),
    ],
)
def test_how_a_request_ended_follows_from_its_hops(hops, status, outcome, answered_by):
    ledger = Ledger()
    ledger.path(3, *hops, status=status)
    row = ledger.trace().requests.iloc[0]
    assert (row["outcome"], row["answered_by"]) == (outcome, answered_by)


def test_what_was_begun_aside_does_not_say_how_a_request_ended():
    ledger = Ledger()
    ledger.path(3, ("campus-proxy", HIT), ("gateway", MISS, {"task": 1}), ("app-1", NONE, {"task": 1}))
    found = ledger.trace()
    assert found.requests[["outcome", "answered_by"]].to_numpy().tolist() == [["hit", "campus-proxy"]]
    assert found.hops["task"].tolist() == [0, 1, 1]


def test_each_request_ends_by_its_own_hops():
    ledger = Ledger()
    ledger.path(4, ("campus-proxy", MISS), ("gateway", HIT))
    ledger.path(1, ("campus-proxy", MISS), ("gateway", MISS), ("app-1",))
    ledger.path(2, ("campus-proxy", HIT))
    requests = ledger.trace().requests
    assert requests["request_id"].tolist() == [1, 2, 4]
    assert requests["outcome"].tolist() == ["miss", "hit", "hit"]
    assert requests["answered_by"].tolist() == ["app-1", "campus-proxy", "gateway"]


def test_hops_are_in_the_order_of_requests_and_of_sending():
    ledger = Ledger()
    ledger.path(4, ("campus-proxy",), ("gateway",), ("app-1",))
    ledger.path(0, ("campus-proxy",), ("gateway",))
    hops = ledger.trace().hops
    assert hops["hop_id"].tolist() == [0, 1, 2, 3, 4]
    assert hops["request_id"].tolist() == [0, 0, 4, 4, 4]
    assert hops["parent_hop_id"].tolist() == [-1, 0, -1, 2, 3]
    assert hops["receiver"].tolist() == ["campus-proxy", "gateway", "campus-proxy", "gateway", "app-1"]
    assert hops["sender"].tolist() == ["students", "campus-proxy", "students", "campus-proxy", "gateway"]


def test_unfinished_requests_leave_no_rows_between_the_others():
    ledger = Ledger()
    ledger.hop(1, 0, "campus-proxy")
    ledger.path(5, ("campus-proxy",), ("gateway",))
    ledger.hop(3, 1, "gateway")
    ledger.path(0, ("campus-proxy",))
    found = ledger.trace()
    assert found.requests["request_id"].tolist() == [0, 5]
    assert found.hops["request_id"].tolist() == [0, 5, 5]
    assert found.hops["parent_hop_id"].tolist() == [-1, -1, 1]


def test_what_the_workload_knows_is_added():
    ledger = Ledger()
    ledger.path(5, ("campus-proxy",))
    ledger.path(2, ("campus-proxy",))
    requests, workload = ledger.trace().requests, layered()[0]
    assert requests["client"].tolist() == ["students", "students"]
    for name in ("client_ip", "method", "target", "arrival_s"):
        assert requests[name].tolist() == workload.frame()[name].iloc[[2, 5]].tolist()


def test_each_end_of_a_connection_has_its_address():
    ledger = Ledger()
    ledger.path(2, ("campus-proxy",), ("gateway",), ("app-3",))
    hops = ledger.trace().hops
    client_ip = layered()[0].frame()["client_ip"].iloc[2]
    # A proxy is reached at one address and opens connections from another.
    assert hops["source_ip"].tolist() == [client_ip, "198.51.100.1", "10.3.0.1"]
    assert hops["destination_ip"].tolist() == ["10.2.0.1", "203.0.113.1", "10.3.0.13"]


def test_fields_are_told_as_carried():
    ledger = Ledger()
    carried = (("x-forwarded-for", "10.1.0.9, 198.51.100.1"), ("via", "1.1 campus-proxy"))
    ledger.path(0, ("campus-proxy",), ("gateway", NONE, {"fields": carried}))
    ledger.path(1, ("campus-proxy",), ("gateway", NONE, {"fields": carried[1:]}))
    hops = ledger.trace().hops
    assert hops["forwarded_for"].tolist() == ["", "10.1.0.9, 198.51.100.1", "", ""]
    assert hops["via"].tolist() == ["", "1.1 campus-proxy", "", "1.1 campus-proxy"]


def test_every_field_that_tells_of_a_client_is_told_as_carried_and_the_host():
    ledger = Ledger()
    carried = (("x-real-ip", "10.1.0.9"), ("forwarded", "for=10.1.0.9"))
    ledger.path(0, ("campus-proxy",), ("gateway", NONE, {"fields": carried, "host": "gateway-backends"}))
    hops = ledger.trace().hops
    assert hops["x_real_ip"].tolist() == ["", "10.1.0.9"]
    assert hops["forwarded"].tolist() == ["", "for=10.1.0.9"]
    assert hops["host"].tolist() == ["www.example.org", "gateway-backends"]


def test_errors_and_cache_statuses_are_told_in_words():
    ledger = Ledger()
    lost = {**LOST, "error": "http_response_timeout"}
    ledger.path(0, ("campus-proxy", MISS), ("gateway", STALE), ("app-1", NONE, lost), status=504)
    hops = ledger.trace().hops
    assert hops["error"].tolist() == ["", "", "http_response_timeout"]
    assert hops["cache_status"].tolist() == ["uri-miss", "stale", ""]
    assert hops["tls_mode"].tolist() == ["plain"] * 3


def test_transfer_is_what_connecting_and_residence_leave():
    ledger = Ledger()
    ledger.path(0, ("campus-proxy", NONE, {"connect": 0.25}), ("gateway", NONE, LOST))
    transfer_s = ledger.trace().hops["transfer_s"]
    assert transfer_s[0] == (8.0 - 1.0) - (6.0 - 2.0) - 0.25
    assert np.isnan(transfer_s[1])


def test_words_are_numbered_in_the_order_of_their_rows():
    ledger = Ledger()
    for request_id, app in ((2, "app-1"), (0, "app-3"), (1, "app-1")):
        ledger.path(request_id, ("campus-proxy",), ("gateway",), (app,))
    found = ledger.trace()
    assert found.hops["receiver"].cat.categories.tolist() == ["campus-proxy", "gateway", "app-3", "app-1"]
    assert found.requests["answered_by"].cat.categories.tolist() == ["app-3", "app-1"]


def test_columns_that_follow_from_one_number_share_it():
    ledger = Ledger()
    ledger.path(0, ("campus-proxy",), ("gateway",), ("app-3",))
    hops = ledger.trace().tables["hops"]
    carried = schema.carried_in_hops()
    alike = ("sender", "receiver", "destination_ip", "tls_mode")
    assert len({id(hops.words(name).codes) for name in alike}) == 1
    assert len({id(hops.words(name).codes) for name, said in carried.items() if said.message == "request"}) == 1
    some = hops.take(np.array([0, 2]))
    assert len({id(some.words(name).codes) for name in alike}) == 1
    assert some.words("receiver").texts().tolist() == ["campus-proxy", "app-3"]


def test_what_can_be_computed_is_made_when_it_is_asked_for():
    ledger = Ledger()
    ledger.path(0, ("campus-proxy",))
    tables = ledger.trace().tables
    made = {name: set(table._columns) for name, table in tables.items()}
    assert not {"hop_id", "parent_hop_id", "purpose", "tls_s", "transfer_s", "source_ip", "via"} & made["hops"]
    assert not {"outcome", "answered_by", "target", "client_ip"} & made["requests"]
    assert tables["hops"].numbers("hop_id").tolist() == [0]


def test_the_dtypes_are_those_of_the_schema():
    ledger = Ledger()
    ledger.path(0, ("campus-proxy",))
    full, empty = ledger.trace(), Ledger().trace()
    for name, table in full.tables.recorded().items():
        for column in table.names:
            ours, theirs = table[column], empty.tables[name][column]
            assert isinstance(ours, Words) == isinstance(theirs, Words)
            assert isinstance(ours, Words) or ours.dtype == theirs.dtype


def test_rows_without_stories_make_a_trace_without_steps():
    workload, meta, _ = layered()
    nothing = (np.empty(0, TASK_ROW), np.empty(0))
    rows = RecordedRows(np.empty(0, REQUEST_ROW), np.empty(0, HOP_ROW), np.empty(0), *nothing, None, (), ("",))
    made = trace(run_columns(rows, len(workload)), workload, workload.arrival_s, meta)
    assert made.meta["recorded"] == ["requests", "hops"]


@pytest.mark.parametrize(("version", "tls_s"), [("1.3", 0.04), ("1.2", 0.08)])
def test_what_a_connection_took_is_parted_into_tcp_and_tls(version, tls_s):
    scenario = sim.load("forward-proxy", {"run.requests": 60, "links.0.delay": "20 ms", "links.0.tls": version})
    hops = sim.simulate(scenario).hops
    near = hops[hops["sender"] == "students"]
    fresh = near[~near["connection_reused"]]
    assert len(fresh) > 5
    assert set(fresh["connect_s"]) == {0.04}
    assert fresh["tls_s"].to_numpy() == pytest.approx(tls_s)
    assert not near[near["connection_reused"]][["connect_s", "tls_s"]].to_numpy().any()
    assert not hops.loc[hops["sender"] != "students", "tls_s"].any()


def test_a_forward_proxys_tls_names_nobody():
    scenario = sim.load("layered", {"run.requests": 5, "links.0.tls": "1.3", "links.1.tls": "1.3"})
    modes = sim.simulate(scenario).hops.astype({"receiver": str, "tls_mode": str})
    told = dict(zip(modes["receiver"], modes["tls_mode"], strict=True))
    assert (told["campus-proxy"], told["gateway"], told["app-1"]) == ("tls-to-proxy", "tls", "plain")


def test_where_a_link_takes_no_time_what_machines_took_is_shared_out_by_round_trips():
    who = Parties(
        {
            "nodes": {"a": {"role": "client", "addresses": []}, "b": {"role": "backend", "addresses": ["192.0.2.1"]}},
            "edges": [{"sender": "a", "receiver": "b", "delay_s": 0.0, "tls_round_trips": 2}],
        }
    )
    tcp_s, tls_s = _opening(np.array([0, 0]), np.array([0.75, 0.0]), who)
    assert (tcp_s.tolist(), tls_s.tolist()) == ([0.25, 0.0], [0.5, 0.0])


def with_a_probe():
    """A request, and a probe that the gateway sent by itself."""
    ledger = Ledger()
    ledger.path(3, ("campus-proxy", MISS), ("gateway", NONE, {"attempt": 1}), ("app-1", NONE, {"task": 1}))
    ledger.hop(-1, 0, "app-2")
    return ledger.trace()


def test_attempts_and_purposes_are_recorded():
    hops = with_a_probe().hops
    assert hops["request_id"].tolist() == [-1, 3, 3, 3]
    assert hops["attempt"].tolist() == [0, 0, 1, 0]
    assert hops["purpose"].tolist() == ["probe", "request", "request", "background"]


def test_a_probe_is_of_no_request():
    found = with_a_probe()
    assert found.requests["request_id"].tolist() == [3]
    assert (found.hops["hop_id"].tolist(), found.hops["parent_hop_id"].tolist()) == ([0, 1, 2, 3], [-1, -1, 1, 2])
    assert found.hops["source_ip"].tolist()[0] == "10.3.0.1"
    found.meta["warm_up_s"] = 0.0
    assert found.counted_hops.tolist() == [True] * 4
    assert len(found.sightings) == 16
    assert found.sightings.query("hop_id == 0")["target"].tolist() == [""] * 4


def test_for_whom_a_connection_is_stands_beside_the_fields():
    ledger = Ledger()
    ledger.path(0, ("campus-proxy",), ("gateway", NONE, {"proxied_for": "10.1.0.9"}))
    assert ledger.trace().hops["proxy_protocol"].tolist() == ["", "10.1.0.9"]
