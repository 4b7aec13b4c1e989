"""What stands in the configuration for HAProxy, that HAProxy takes it, and what is said to be missing."""

from dataclasses import replace

import pytest

import sim
from sim.products import haproxy
from sim.products.task import task
from tests.support.configurations import NODES, VARIANTS, accepted, badly_named, lines_with, written


@pytest.mark.needs("haproxy")
@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("name", NODES)
def test_it_takes_the_configuration(tmp_path, name, variant):
    text, _ = written("haproxy", name, VARIANTS[variant], run=tmp_path)
    assert accepted("haproxy", text, tmp_path) == ""


@pytest.mark.needs("haproxy")
def test_a_proxys_name_cannot_say_anything_else(tmp_path):
    text = badly_named("haproxy", tmp_path)
    assert accepted("haproxy", text, tmp_path) == ""
    assert not [line for line in text.splitlines() if line.startswith(("http_access", "}"))]


def test_like_haproxy_nothing_is_said_of_fields():
    text, _ = written("haproxy", settings=("like=haproxy", "cache=null"))
    assert lines_with(text, "http-request") == lines_with(text, "http-response") == []


def test_fields():
    settings = ("forwarded_for=append", "x_real_ip=replace", "x_forwarded_proto=delete", "like=nginx", "via=true")
    text, _ = written("haproxy", settings=(*settings, "cache=null"))
    assert [line for line in lines_with(text, "http-re") if "reuse" not in line] == [
        'http-request set-header X-Forwarded-For "%[req.fhdr(X-Forwarded-For)], %[src]"'
        " if { req.fhdr_cnt(X-Forwarded-For) eq 1 }",
        'http-request add-header X-Forwarded-For "%[src]" unless { req.fhdr_cnt(X-Forwarded-For) eq 1 }',
        'http-request set-header X-Real-IP "%[src]"',
        "http-request del-header X-Forwarded-Proto",
        'http-request set-header Via "%[req.fhdr(Via)], %[req.ver] gateway" if { req.fhdr_cnt(Via) eq 1 }',
        'http-request add-header Via "%[req.ver] gateway" unless { req.fhdr_cnt(Via) eq 1 }',
        "http-request set-header Host gateway-backends",
        'http-response set-header Via "%[res.fhdr(Via)], %[res.ver] gateway" if { res.fhdr_cnt(Via) eq 1 }',
        'http-response add-header Via "%[res.ver] gateway" unless { res.fhdr_cnt(Via) eq 1 }',
        "http-response set-header Server nginx",
    ]


@pytest.mark.parametrize(
    ("policy", "line", "said"),
    [
        ("round_robin", "roundrobin", None),
        ("least_connections", "leastconn", None),
        ("random", "random(1)", "dice of its own"),
        ("client_hash", "source", "a hash"),
    ],
)
def test_balancing(policy, line, said):
    text, unsupported = written("haproxy", settings=(f"balancing={policy}",))
    assert lines_with(text, "balance ") == [f"balance {line}"]
    assert (said is None) is ("balancing" not in unsupported)
    assert said is None or said in unsupported["balancing"]


def test_cache_connections_and_timeouts():
    text, unsupported = written("haproxy", settings=("cache.capacity=2 MiB", "response_timeout=300 ms"))
    assert lines_with(text, "total-max-size") == ["total-max-size 2"]
    assert lines_with(text, "timeout server") == ["timeout server 300ms"]
    assert "status 200 to GET" in unsupported["cache"]
    assert not {"cache.capacity", "cache.replacement"} & set(unsupported)
    text, unsupported = written("haproxy", settings=VARIANTS["a large cache"])
    assert lines_with(text, "total-max-size") == ["total-max-size 2047"]
    assert "'fifo'" in unsupported["cache.replacement"]
    assert "2047 MB" in unsupported["cache.capacity"]
    assert "1000" in written("haproxy", settings=VARIANTS["objects"])[1]["cache.capacity"]
    text, _ = written("haproxy", settings=VARIANTS["no cache, no kept connections"])
    assert "cache" not in text
    assert lines_with(text, "option httpclose")


def test_a_forward_proxy_sends_paths_to_servers_and_whole_uris_to_an_upstream():
    text, unsupported = written("haproxy", "forward-proxy")
    assert "CONNECT" in unsupported["role"]
    assert lines_with(text, "set-uri") == ['http-request set-uri "%[pathq]"']
    said = task(sim.load("forward-proxy"), "campus-proxy", "/run")
    chained = replace(said, settings=said.settings.model_copy(update={"upstream": "isp"}))
    text = haproxy.configuration(chained).text
    assert lines_with(text, "set-uri") == ['http-request set-uri "http://%[req.hdr(host)]%[pathq]"']


def test_what_a_cache_does_beyond_storing():
    _, unsupported = written("haproxy", settings=VARIANTS["waiting for others"])
    assert {"cache.collapse", "cache.heuristic_ratio"} <= set(unsupported)


def test_the_proxy_protocol_both_ways():
    text, unsupported = written("haproxy", "layered", ("proxy_protocol=v2",))
    assert all(line.endswith(" send-proxy-v2") for line in lines_with(text, "server gateway"))
    assert "proxy_protocol" not in unsupported
    gateway = task(sim.load("layered", ["nodes.campus-proxy.proxy_protocol=v1"]), "gateway", "/run")
    expecting = haproxy.configuration(gateway)
    assert lines_with(expecting.text, "bind ") == ["bind 203.0.113.1:80 accept-proxy"]
    assert [one.path for one in expecting.unsupported if "PROXY" in one.message] == ["nodes.gateway.trusted_proxies"]
    some = replace(gateway, expects_proxy_header=False)
    assert lines_with(haproxy.configuration(some).text, "expect-proxy") == [
        "tcp-request connection expect-proxy layer4 if { src 198.51.100.1 }"
    ]


def test_stages():
    text, unsupported = written("haproxy", settings=VARIANTS["stages"])
    assert lines_with(text, "deny_status 403") == [
        "http-request deny deny_status 403 if { req.hdr(host),field(1,:) -i ads.example } "
        "|| { req.hdr(host),field(1,:) -i -m end .ads.example }",
        "http-request deny deny_status 403 if { path_beg '/admin' }",
    ]
    assert lines_with(text, "retr") == [
        "retries 2",
        "retry-on conn-failure empty-response junk-response 502",
        "http-request disable-l7-retry unless { method DELETE GET HEAD OPTIONS PUT TRACE }",
    ]
    assert lines_with(text, "compression") == ["compression algo gzip"]
    assert "after 507" in unsupported["resilience.0.statuses"]
    assert "2000 bytes" in unsupported["transforms.0.min_length"]
    assert {"transforms.0.level", "transforms.0.ratio"} <= set(unsupported)
    assert lines_with(written("haproxy")[0], "retr") == ["retries 0"]
