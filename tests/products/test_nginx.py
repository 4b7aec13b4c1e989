"""What stands in the configuration for nginx, that nginx takes it, and what is said to be missing."""

from dataclasses import replace

import pytest

import sim
from sim.products import nginx
from sim.products.task import task
from tests.support.configurations import NODES, VARIANTS, accepted, badly_named, lines_with, written


@pytest.mark.needs("nginx")
@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("name", NODES)
def test_it_takes_the_configuration(tmp_path, name, variant):
    text, _ = written("nginx", name, VARIANTS[variant], run=tmp_path)
    assert accepted("nginx", text, tmp_path) == ""


@pytest.mark.needs("nginx")
def test_a_proxys_name_cannot_say_anything_else(tmp_path):
    text = badly_named("nginx", tmp_path)
    assert accepted("nginx", text, tmp_path) == ""
    assert [line for line in text.splitlines() if line.startswith(("http_access", "}"))] == ["}"]


def test_like_nginx_nothing_is_said_of_fields():
    text, unsupported = written("nginx", settings=("like=nginx",))
    assert lines_with(text, "proxy_set_header") == ['proxy_set_header Connection "";']
    assert lines_with(text, "add_header") == lines_with(text, "proxy_pass_header") == []
    assert unsupported["cache"] == "nginx sends no Age with what it has stored"
    assert set(unsupported) == {"cache", "cache.heuristic_ratio"}


def test_what_the_house_says_by_default():
    text, _ = written("nginx")
    assert lines_with(text, "proxy_set_header") == [
        'proxy_set_header Connection "";',
        'proxy_set_header Host "$http_host";',
        "proxy_set_header X-Forwarded-For $proxysim_x_forwarded_for;",
        "proxy_set_header Via $proxysim_via;",
    ]
    assert lines_with(text, "add_header") == ['add_header Via "1.1 gateway" always;']


@pytest.mark.parametrize(
    ("policy", "line", "said"),
    [
        ("round_robin", None, None),
        ("least_connections", "least_conn;", None),
        ("random", "random;", "dice of its own"),
        ("client_hash", "hash $realip_remote_addr;", "a hash"),
    ],
)
def test_balancing(policy, line, said):
    text, unsupported = written("nginx", settings=(f"balancing={policy}",))
    block = text[text.index("upstream") : text.index("server {")]
    assert (line or "least_conn;") in block if line else "least_conn;" not in block
    assert (said is None) is ("balancing" not in unsupported)
    assert said is None or said in unsupported["balancing"]


def test_cache_connections_and_timeouts():
    text, unsupported = written("nginx", settings=("cache.capacity=2 MiB", "response_timeout=300 ms"))
    assert "max_size=2048k" in text
    assert lines_with(text, "proxy_read_timeout") == ["proxy_read_timeout 300ms;"]
    assert lines_with(text, "keepalive 64;")
    assert "cache.replacement" not in unsupported
    text, unsupported = written("nginx", settings=VARIANTS["objects"])
    assert "max_size" not in text
    assert "'lfu'" in unsupported["cache.replacement"]
    assert "1000" in unsupported["cache.capacity"]
    text, _ = written("nginx", settings=VARIANTS["no cache, no kept connections"])
    assert "proxy_cache" not in text
    assert "keepalive 64" not in text
    assert lines_with(text, "keepalive_timeout") == ["keepalive_timeout 0;"]


def test_what_it_cannot_be_told():
    _, unsupported = written("nginx", "forward-proxy", ("server=apache", *VARIANTS["everything is told"]))
    assert "CONNECT" in unsupported["role"]
    assert "'apache'" in unsupported["server"]
    assert "alone" in unsupported["trusted_proxies"]


def test_it_cannot_ask_a_forward_proxy():
    said = task(sim.load("forward-proxy"), "campus-proxy", "/run")
    chained = replace(said, settings=said.settings.model_copy(update={"upstream": "isp"}))
    configured = nginx.configuration(chained)
    assert any(problem.path.endswith(".upstream") for problem in configured.unsupported)
    assert "$proxysim_next" not in configured.text


def test_what_a_cache_does_beyond_storing():
    text, unsupported = written("nginx", settings=VARIANTS["waiting for others"])
    assert lines_with(text, "proxy_cache_lock") == ["proxy_cache_lock on;", "proxy_cache_lock_timeout 5000ms;"]
    assert {"cache.shared", "cache.targeted"} <= set(unsupported)
    explicit = "cache={capacity: 1 MiB, heuristic_ratio: 0}"
    assert "cache.heuristic_ratio" not in written("nginx", settings=(explicit,))[1]


def test_a_proxy_protocol_header_is_expected_and_not_sent():
    assert "for streams alone" in written("nginx", "layered", ("proxy_protocol=v2",))[1]["proxy_protocol"]
    gateway = task(sim.load("layered", ["nodes.campus-proxy.proxy_protocol=v1"]), "gateway", "/run")
    text = nginx.configuration(gateway).text
    assert lines_with(text, "listen ") == ["listen 203.0.113.1:80 proxy_protocol;"]
    assert lines_with(text, "real_ip") == ["set_real_ip_from 198.51.100.1;", "real_ip_header proxy_protocol;"]
    assert "$realip_remote_addr" not in text
    some = nginx.configuration(replace(gateway, expects_proxy_header=False))
    assert "nodes.gateway.proxy_protocol" in [one.path for one in some.unsupported]


def test_stages():
    text, unsupported = written("nginx", settings=VARIANTS["stages"])
    assert lines_with(text, "return 403") == [
        'if ($host ~* "(^|\\.)(ads\\x2eexample)$") { return 403; }',
        'if ($request_uri ~ "^(/admin)") { return 403; }',
    ]
    assert lines_with(text, "next_upstream") == [
        "proxy_next_upstream error invalid_header http_502;",
        "proxy_next_upstream_tries 3;",
    ]
    assert {"gzip on;", "gzip_comp_level 4;", "gzip_min_length 2000;"} <= set(lines_with(text, "gzip"))
    assert "after 507" in unsupported["resilience.0.statuses"]
    assert "a ratio of 5" in unsupported["transforms.0.ratio"]
    assert lines_with(written("nginx")[0], "next_upstream") == nginx.NO_RETRY


def test_of_several_pools_the_first_one_is_written():
    pools = ("backends=[]", "pools={api: {backends: [app-2], balancing: random}, static: {backends: [app-1, app-3]}}")
    text, unsupported = written("nginx", settings=(*pools, "routing=[{kind: by_path, paths: {/: static}}]"))
    assert [line.rpartition("# ")[2] for line in lines_with(text, "max_fails")] == ["app-2"]
    assert lines_with(text, "random;")
    assert {"pools", "routing.0"} <= set(unsupported)
