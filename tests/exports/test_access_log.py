"""Access logs, read back by the reader that replays real ones, and replayed."""

from __future__ import annotations

import pytest

import sim
from sim.errors import ExportError
from sim.exports.access_log import access_log
from sim.rules import tls
from sim.trace.examples import STUDENTS, build, three_requests, to_app, to_proxy
from sim.workload.log_columns import read
from tests.exports import runs


def lines(trace, node):
    return access_log(trace, node).splitlines()


@pytest.mark.parametrize("name", runs.SHIPPED)
def test_the_log_of_every_node_is_read_back(name, tmp_path):
    trace = runs.run(name)
    for node in [name for name, said in trace.nodes.items() if said["role"] != "client"]:
        hops = trace.hops[trace.hops["receiver"] == node]
        path = tmp_path / f"{node}.log"
        path.write_text(access_log(trace, node), encoding="utf-8")
        log = read(path, "common")
        assert log.bad_lines.count == 0
        assert len(log) == len(hops)
        assert sorted(log.client_names[code] for code in log.client) == sorted(hops["source_ip"])
        assert log.response_bytes.sum() == hops["response_bytes"].sum()
        assert log.status.tolist() == hops.sort_values("answered_s", kind="stable")["status"].tolist()


def test_a_node_knows_its_peers_and_not_the_clients_behind_them():
    trace = runs.shipped("layered")
    students = set(trace.requests["client_ip"])
    assert {line.split()[0] for line in lines(trace, "campus-proxy")} == students
    for behind in ("gateway", "app-1", "app-2", "app-3"):
        assert {line.split()[0] for line in lines(trace, behind)}.isdisjoint(students)


def test_a_replay_of_the_proxys_log_has_the_hits_of_a_cache_of_that_size(tmp_path):
    trace = runs.shipped("forward-proxy")
    path = tmp_path / "proxy.log"
    path.write_text(access_log(trace, "campus-proxy"), encoding="utf-8")
    replayed = sim.replay(path, policy="lru", capacity=10**9, unit="bytes", format="common", key=["target"])
    asked_twice = len(trace.requests) - trace.requests["target"].nunique()
    assert replayed.as_dict()["requests"] == len(trace.requests)
    assert replayed.as_dict()["hits"] == asked_twice


def test_a_forward_proxy_is_asked_for_whole_targets_and_others_for_paths():
    trace = three_requests()
    assert '"GET http://www.example.org/0 HTTP/1.1"' in "".join(lines(trace, "proxy"))
    assert '"GET /0 HTTP/1.1"' in lines(trace, "app")[0]


def test_lines_stand_in_the_order_of_answers_with_the_time_of_arrival():
    told = [(line.split()[6], line.split()[3]) for line in lines(three_requests(), "proxy")]
    assert [target[-1] for target, _ in told] == ["1", "0", "2"]
    assert [stamp[-1] for _, stamp in told] == ["0", "0", "0"]


def test_who_gave_up_is_written_as_nginx_does():
    assert lines(runs.gone_wrong(), "proxy")[1].endswith('" 499 -')
    assert len(lines(runs.gone_wrong(), "app")) == 2  # a request that never came is not there


def test_odd_targets_are_escaped_and_read_back(tmp_path):
    trace = build([to_proxy(0, 0.0)])
    odd = 'http://a.example/a"b\\c\n?q=ä'
    words = trace.tables["requests"].words("target")
    trace.tables["requests"]._columns["target"] = words._replace(names=(odd,))
    path = tmp_path / "odd.log"
    path.write_text(access_log(trace, "proxy"), encoding="ascii")
    log = read(path, "common")
    assert log.bad_lines.count == 0
    assert log.target_names == [r"http://a.example/a\"b\\c\x0a?q=\xc3\xa4"]


def test_who_cannot_read_knows_only_where_to_connect_to(monkeypatch):
    monkeypatch.setattr(tls, "LINK_MODES", {**tls.LINK_MODES, "tunnel": tls.TlsMode.TUNNEL})
    modes = {"tunnel": '"CONNECT www.example.org:443 HTTP/1.1"', "tls": '"GET http://www.example.org/0 HTTP/1.1"'}
    for mode, asked in modes.items():
        assert asked in lines(build([to_proxy(0, 0.0, tls_mode=mode)]), "proxy")[0]


@pytest.mark.parametrize(
    ("node", "message", "hint"),
    [("ap", "no node 'ap'", "did you mean 'app'?"), ("students", "is a client, which receives no requests", "known:")],
)
def test_a_node_without_a_log_is_an_error(node, message, hint):
    with pytest.raises(ExportError, match=message) as error:
        access_log(three_requests(), node)
    assert hint in error.value.hint


def test_a_node_that_nobody_asked_has_an_empty_log():
    assert access_log(build([to_proxy(0, 0.0, source_ip=STUDENTS[1])]), "app") == ""
    assert len(lines(build([to_proxy(0, 0.0), to_app(0, 0.1, parent=0)]), "app")) == 1
