"""Nodes from options of the command line: the same classes and settings as in a scenario."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf
from typing import Any, TypeVar

from pydantic import ValidationError

from sim.errors import Problem, ScenarioError
from sim.nodes.forward_proxy import ForwardProxyNode
from sim.nodes.next_hops import NextHops
from sim.nodes.reverse_proxy import ReverseProxyNode
from sim.scenario import schema
from sim.scenario.layers import Layer
from sim.scenario.overrides import set_all
from sim.scenario.problems import translate
from sim.scenario.topology import Edge
from sim.serving.proxy_options import ForwardOptions, ProxyOptions, ReverseOptions

Settings = TypeVar("Settings", schema.ForwardProxy, schema.ReverseProxy)

EVERYWHERE = "the-web"
"""Name of the one edge of a forward proxy in the foreground."""


def forward_node(options: ForwardOptions) -> ForwardProxyNode:
    """Return the node of a forward proxy.

    Parameters
    ----------
    options : ForwardOptions
        Its options.

    Returns
    -------
    ForwardProxyNode
        With one edge for all hosts; `sim.serving.destinations` finds the address of each.

    Raises
    ------
    ScenarioError
        With all problems of its settings.

    Examples
    --------
    >>> forward_node(ForwardOptions(cache="1 MiB")).name
    'proxysim'
    """
    settings = _checked(schema.ForwardProxy, _data("forward_proxy", options), options.settings)
    return ForwardProxyNode(options.name, settings, NextHops(_edge(0, options.name, EVERYWHERE), {}))


def reverse_node(options: ReverseOptions, backends: tuple[str, ...]) -> ReverseProxyNode:
    """Return the node of a reverse proxy.

    Parameters
    ----------
    options : ReverseOptions
        Its options.
    backends : tuple of str
        Names of its backends.

    Returns
    -------
    ReverseProxyNode
        With an edge to each.

    Raises
    ------
    ScenarioError
        With all problems of its settings.

    Examples
    --------
    >>> reverse_node(ReverseOptions(name="edge"), ("a", "b")).name
    'edge'
    """
    data = _data("reverse_proxy", options) | {"backends": backends, "balancing": options.balancing}
    settings = _checked(schema.ReverseProxy, data, options.settings)
    return ReverseProxyNode(options.name, settings, [_edge(i, options.name, to) for i, to in enumerate(backends)])


def _data(role: str, options: ProxyOptions) -> dict[str, Any]:
    data: dict[str, Any] = {"role": role, "address": "127.0.0.1"}
    if options.cache is not None:
        data["cache"] = {"capacity": options.cache, "replacement": options.replacement}
    if options.like is not None:
        data["like"] = options.like
    if options.forwarded_for is not None:
        data["forwarded_for"] = options.forwarded_for
    if options.timeout is not None:
        data["response_timeout"] = options.timeout
    return data


def _checked(model: type[Settings], data: Mapping[str, Any], overrides: Sequence[str]) -> Settings:
    layer = Layer("proxy settings", dict(data))
    set_all(layer, overrides)
    problems = list(layer.problems)
    try:
        settings = model.model_validate(layer.data)
    except ValidationError as error:
        problems += translate(error, model, layer.data)
    else:
        if settings.proxy_protocol is not None:
            hint = "use --send-proxy-protocol"
            problems.append(Problem("proxy_protocol", "cannot be set for a proxy in the foreground", hint))
    if problems:
        raise ScenarioError(problems, source=layer.source)
    return settings


def _edge(index: int, sender: str, receiver: str) -> Edge:
    return Edge(index, sender, receiver, delay_s=0.0, bandwidth_bytes_per_s=inf, jitter_s=0.0, shared=False)
