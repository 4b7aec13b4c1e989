"""Configurations for real products, looked at by the products themselves."""

from __future__ import annotations

import subprocess
from dataclasses import replace

import sim
from sim.products.program import PROGRAMS
from sim.products.task import task

NODES = {"reverse-proxy": "gateway", "forward-proxy": "campus-proxy", "layered": "campus-proxy"}

TELLING = (
    "forwarded_for=append",
    "x_real_ip=replace",
    "forwarded=append",
    "x_forwarded_proto=replace",
    "x_forwarded_host=replace",
    "via=true",
    "trusted_proxies=[10.0.0.0/8, 2001:db8::/32]",
)
VARIANTS = {
    "as shipped": (),
    "everything is told": TELLING,
    "replaced": ("forwarded_for=replace", "x_real_ip=replace", "forwarded=replace", "server=nginx"),
    "deleted": ("forwarded_for=delete", "x_real_ip=delete", "forwarded=delete", "via=false"),
    "no cache, no kept connections": ("cache=null", "connections={keep_alive: false}"),
    "objects": ("cache={capacity: 1000 objects, replacement: lfu}", "response_timeout=300 ms"),
    "waiting for others": ("cache={capacity: 1 MiB, collapse: true, shared: false, targeted: true}",),
    "stages": (
        "guards=[{kind: blocklist, hosts: [ads.example, www.ads.example], paths: [/admin]}, blocklist]",
        "resilience=[{kind: retry, attempts: 3, statuses: [502, 507]}]",
        "transforms=[{kind: compress, level: 4, min_length: 2 kB, ratio: 5}]",
    ),
    "a large cache": ("cache={capacity: 4 GiB, replacement: fifo}",),
}


def written(product, name="reverse-proxy", settings=(), run="/run", **overrides):
    """A configuration of a shipped scenario's proxy, listening on loopback; and what it leaves unsaid, by path."""
    node = NODES[name]
    said = [f"nodes.{node}.{setting}" for setting in settings] + [
        f"{path}={value}" for path, value in overrides.items()
    ]
    scenario = sim.load(name, said)
    places = {scenario.nodes[node].address: ("127.0.0.1", 0)}
    if outbound := scenario.nodes[node].outbound_address:
        places[outbound] = ("127.0.0.2", 0)
    configured = PROGRAMS[product].write(task(scenario, node, run, places))
    prefix = f"nodes.{node}"
    return configured.text, {one.path.removeprefix(prefix).lstrip("."): one.message for one in configured.unsupported}


def badly_named(product, run):
    """The configuration of a proxy whose name is an attack."""
    said = task(sim.load("reverse-proxy", ["nodes.gateway.via=true"]), "gateway", run)
    evil = replace(said, name='x";\n}\nhttp_access allow all\n#', listen=("127.0.0.1", 0), source_ip="")
    return PROGRAMS[product].write(evil).text


def accepted(product, text, run):
    """Let the product look at a configuration; its complaints, empty if it takes it."""
    file = run / "configuration"
    file.write_text(text.replace(":0;", ":18080;").replace("127.0.0.1:0", "127.0.0.1:18080"), encoding="utf-8")
    command = [word.format(file=file, name="proxysimtest") for word in PROGRAMS[product].check]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30, cwd=run)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def lines_with(text, words):
    """The lines that hold some words, without indentation."""
    return [line.strip() for line in text.splitlines() if words in line]
