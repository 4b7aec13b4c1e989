"""Nodes for conversations, made from the same words as a scenario's."""

from __future__ import annotations

from sim.nodes.backend import BackendNode
from sim.nodes.client import ClientNode
from sim.nodes.forward_proxy import ForwardProxyNode
from sim.nodes.next_hops import NextHops
from sim.nodes.reverse_proxy import ReverseProxyNode
from sim.scenario import schema
from tests.support.scripted_world import edge

ADDRESS = "192.0.2.1"


def client(*, asks="app", **said):
    """Clients whose requests all go to one node."""
    said = {"role": "client", "arrivals": {"kind": "poisson", "rate": "1/s"}, **said}
    return ClientNode("students", schema.Client.model_validate(said), NextHops(edge("students", asks), {}))


def forward_proxy(name="proxy", *, asks="app", cache=None, routes=None, **said):
    """A forward proxy whose requests all go to one node, unless it has other routes."""
    said = {"role": "forward_proxy", "address": ADDRESS, "cache": _cache(cache), **said}
    return ForwardProxyNode(name, schema.ForwardProxy.model_validate(said), routes or NextHops(edge(name, asks), {}))


def reverse_proxy(name="gateway", *, backends=("app",), cache=None, **said):
    """A reverse proxy."""
    said = {"role": "reverse_proxy", "address": ADDRESS, "backends": backends, "cache": _cache(cache), **said}
    edges = [edge(name, backend, number) for number, backend in enumerate(backends)]
    return ReverseProxyNode(name, schema.ReverseProxy.model_validate(said), edges)


def backend(name="app", **said):
    """A backend."""
    return BackendNode(name, schema.Backend.model_validate({"role": "backend", "address": ADDRESS, **said}))


def _cache(capacity):
    return {"capacity": capacity} if isinstance(capacity, str) else capacity
