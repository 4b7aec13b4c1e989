"""What stands in the configuration for Squid, that Squid takes it, and what is said to be missing."""

from dataclasses import replace

import pytest

import sim
from sim.products import squid
from sim.products.task import task
from tests.support.configurations import NODES, VARIANTS, accepted, badly_named, lines_with, written


@pytest.mark.needs("squid")
@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("name", NODES)
def test_it_takes_the_configuration(tmp_path, name, variant):
    text, _ = written("squid", name, VARIANTS[variant], run=tmp_path)
    assert accepted("squid", text, tmp_path) == ""


@pytest.mark.needs("squid")
def test_a_proxys_name_cannot_say_anything_else(tmp_path):
    text = badly_named("squid", tmp_path)
    assert accepted("squid", text, tmp_path) == ""
    assert [line for line in text.splitlines() if line.startswith("http_access")] == ["http_access allow all"]


def test_like_squid_via_and_forwarded_for_are_on():
    text, unsupported = written("squid", settings=("like=squid",))
    assert lines_with(text, "via ") == ["via on"]
    assert lines_with(text, "forwarded_for") == ["forwarded_for on"]
    assert "via_comment" not in unsupported


@pytest.mark.parametrize(
    ("mode", "said"), [("append", "on"), ("replace", "truncate"), ("delete", "delete"), ("off", "transparent")]
)
def test_forwarded_for(mode, said):
    assert lines_with(written("squid", settings=(f"forwarded_for={mode}",))[0], "forwarded_for") == [
        f"forwarded_for {said}"
    ]


def test_fields_are_taken_out_before_they_are_added():
    text, _ = written(
        "squid", settings=("x_real_ip=replace", "forwarded=append", "x_forwarded_host=delete", "server=nginx")
    )
    assert lines_with(text, "X-Real-IP") == [
        "request_header_access X-Real-IP deny all",
        'request_header_add X-Real-IP "%>a" all',
    ]
    assert lines_with(text, "add Forwarded ") == [
        "request_header_add Forwarded \"%'{Forwarded}>h, for=%>a;host=%'{Host}>h;proto=http\" has_Forwarded",
        'request_header_add Forwarded "for=%>a;host=%\'{Host}>h;proto=http" !has_Forwarded',
    ]
    assert lines_with(text, "X-Forwarded-Host") == ["request_header_access X-Forwarded-Host deny all"]
    assert lines_with(text, "reply_header_replace") == ["reply_header_replace Server nginx"]


def test_a_forward_proxy_serves_its_own_clients_and_knows_where_hosts_are():
    text, unsupported = written("squid", "forward-proxy")
    assert lines_with(text, "http_access") == ["http_access allow proxysim_clients", "http_access deny all"]
    peers = lines_with(text, "cache_peer ")
    assert len(peers) == 3
    assert all("originserver sourcehash" in peer for peer in peers)
    assert lines_with(text, "dstdomain") == ["acl to_www_example_org dstdomain www.example.org"]
    assert "a hash" in unsupported[""]


def test_an_upstream_proxy_gets_everything():
    said = task(sim.load("forward-proxy"), "campus-proxy", "/run")
    pools = (said.pools[0]._replace(host="", servers=said.pools[0].servers[:1]),)
    chained = replace(said, settings=said.settings.model_copy(update={"upstream": "isp"}), pools=pools)
    (peer,) = lines_with(squid.configuration(chained).text, "cache_peer")
    assert "originserver" not in peer


@pytest.mark.parametrize(
    ("policy", "option", "said"),
    [
        ("round_robin", "round-robin", None),
        ("client_hash", "sourcehash", "a hash"),
        ("random", "round-robin", "no 'random'"),
        ("least_connections", "round-robin", "no 'least_connections'"),
    ],
)
def test_balancing(policy, option, said):
    text, unsupported = written("squid", settings=(f"balancing={policy}",))
    assert all(option in peer for peer in lines_with(text, "cache_peer "))
    assert (said is None) is ("balancing" not in unsupported)
    assert said is None or said in unsupported["balancing"]


def test_host_cache_connections_and_timeouts():
    text, unsupported = written("squid", settings=("like=nginx", "cache.capacity=2 MiB", "response_timeout=300 ms"))
    assert all("forceddomain=gateway-backends" in peer for peer in lines_with(text, "cache_peer "))
    assert lines_with(text, "cache_mem") == ["cache_mem 2048 KB"]
    assert lines_with(text, "read_timeout") == ["read_timeout 1 seconds"]
    text, unsupported = written("squid", settings=VARIANTS["objects"])
    assert "LFUDA" in unsupported["cache.replacement"]
    assert "1000" in unsupported["cache.capacity"]
    assert "'fifo'" in written("squid", settings=VARIANTS["a large cache"])[1]["cache.replacement"]
    text, _ = written("squid", settings=VARIANTS["no cache, no kept connections"])
    assert lines_with(text, "cache deny all")
    assert lines_with(text, "server_persistent_connections") == ["server_persistent_connections off"]


def test_what_it_cannot_be_told():
    _, unsupported = written("squid", settings=VARIANTS["everything is told"])
    assert {"via_comment", "forwarded", "trusted_proxies"} <= set(unsupported)


def test_what_a_cache_does_beyond_storing():
    text, unsupported = written("squid", settings=VARIANTS["waiting for others"])
    assert lines_with(text, "collapsed_forwarding") == ["collapsed_forwarding on"]
    assert lines_with(text, "refresh_pattern") == ["refresh_pattern . 0 10% 525600"]
    assert "cache.collapse_timeout" in unsupported


def test_a_proxy_protocol_header_is_expected_and_not_sent():
    assert "does not send them" in written("squid", "layered", ("proxy_protocol=v2",))[1]["proxy_protocol"]
    gateway = task(sim.load("layered", ["nodes.campus-proxy.proxy_protocol=v1"]), "gateway", "/run")
    text = squid.configuration(gateway).text
    assert lines_with(text, "http_port") == ["http_port 203.0.113.1:80 accel require-proxy-header"]
    assert lines_with(text, "proxysim_senders") == [
        "acl proxysim_senders src 198.51.100.1",
        "proxy_protocol_access allow proxysim_senders",
    ]
    some = squid.configuration(replace(gateway, expects_proxy_header=False))
    assert "require-proxy-header" not in some.text
    assert "nodes.gateway.proxy_protocol" in [one.path for one in some.unsupported]


def test_stages():
    text, unsupported = written("squid", settings=VARIANTS["stages"])
    assert lines_with(text, "guards_0") == [
        "acl proxysim_guards_0_hosts dstdomain -n .ads.example",
        "http_access deny proxysim_guards_0_hosts",
        "acl proxysim_guards_0_paths urlpath_regex ^/admin",
        "http_access deny proxysim_guards_0_paths",
    ]
    assert "guards_1" not in text
    assert lines_with(text, "http_access")[-1] == "http_access allow all"
    assert "forward_max_tries" in unsupported["resilience.0"]
    assert "does not compress" in unsupported["transforms.0"]
    assert "transforms.0.ratio" not in unsupported, "the stage is left out as a whole"
