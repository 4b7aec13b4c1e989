"""Real products in the place of a scenario's proxies, between the lab's own clients and backends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager

import networkx as nx
import numpy as np

from sim.errors import ProductError, nearest
from sim.lab import product_run
from sim.lab.world import Lab
from sim.products import PROGRAMS, Place, product
from sim.scenario.product_defaults import PRODUCT_DEFAULTS
from sim.scenario.schema import Proxy, Scenario
from sim.workload.columns import Workload

ROLES = {"nginx": ("reverse_proxy",), "haproxy": ("reverse_proxy",), "squid": ("forward_proxy", "reverse_proxy")}
"""Which proxies a product stands in for: those of the first of these roles that the scenario has."""


def replaceable(scenario: Scenario, name: str) -> tuple[str, ...]:
    """Return the proxies of a scenario that a product can replace.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    name : {"nginx", "squid", "haproxy"}
        The product.

    Returns
    -------
    tuple of str
        All proxies of one role.

    Raises
    ------
    ProductError
        If there is no such product, or no such proxy.

    Examples
    --------
    >>> from sim.scenario import library, load
    >>> layered = load.load(library.path("layered"))
    >>> replaceable(layered, "nginx"), replaceable(layered, "squid")
    (('gateway',), ('campus-proxy',))
    """
    if name not in PROGRAMS:
        raise ProductError(f"there is no product {name!r}", hint=nearest(name, PROGRAMS))
    for role in ROLES[name]:
        found = tuple(node for node, settings in scenario.nodes.items() if settings.role == role)
        if found:
            return found
    wanted = " or ".join(role.replace("_", " ") for role in ROLES[name])
    raise ProductError(f"{name} can stand in for no node of this scenario", path="nodes", hint=f"it needs a {wanted}")


def likened(scenario: Scenario, name: str) -> Scenario:
    """Return a scenario whose replaceable proxies have the product's own defaults where the scenario sets nothing.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    name : {"nginx", "squid", "haproxy"}
        The product.

    Returns
    -------
    Scenario
        With ``like`` set for those proxies that have none.

    Examples
    --------
    >>> from sim.scenario import library, load
    >>> likened(load.load(library.path("layered")), "nginx").nodes["gateway"].forwarded_for
    'off'
    """
    nodes = dict(scenario.nodes)
    for node in replaceable(scenario, name):
        settings = nodes[node]
        if isinstance(settings, Proxy) and settings.like is None:
            said = PRODUCT_DEFAULTS[name]  # type: ignore[index]
            known = {key: value for key, value in said.items() if key in type(settings).model_fields}
            unsaid = {key: value for key, value in known.items() if key not in settings.model_fields_set}
            nodes[node] = settings.model_copy(update={**unsaid, "like": name})
    return scenario.model_copy(update={"nodes": nodes})


def unsaid(scenario: Scenario, products: Mapping[str, str]) -> list[str]:
    """Return the settings that products have no words for.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    products : mapping of str to str
        Name of the product by node.

    Returns
    -------
    list of str
        Messages, each with its path in the scenario.
    """
    return [str(problem) for node, name in products.items() for problem in product(name, scenario, node).unsupported]


@asynccontextmanager
async def running(
    lab: Lab, scenario: Scenario, graph: nx.DiGraph[str], workload: Workload, products: Mapping[str, str]
) -> AsyncIterator[None]:
    """Run products for as long as the block lasts; the lab's own servers must be listening.

    Parameters
    ----------
    lab : Lab
        The lab; the places of its nodes are set to where the products listen.
    scenario : Scenario
        The scenario.
    graph : networkx.DiGraph
        Its topology.
    workload : Workload
        The requests.
    products : mapping of str to str
        Name of the product by node.

    Raises
    ------
    ProductError
        If one does not start, is next to another product, or has a link under TLS.
    """
    _can_be_followed(graph, products)
    _can_tell(scenario, products)
    async with AsyncExitStack() as stack:
        for node, name in products.items():
            places = _places(lab, graph, workload) | _next_places(lab, node)
            context = product_run.running(product(name, scenario, node), places)
            lab.nodes[node].place = await stack.enter_async_context(_beside(context))
        yield


def _can_be_followed(graph: nx.DiGraph[str], products: Mapping[str, str]) -> None:
    for node, name in products.items():
        if found := [following for following in graph.successors(node) if following in products]:
            raise ProductError(
                f"{node} and {found[0]} cannot both be real products",
                path=f"nodes.{node}",
                hint="an exchange between two of them cannot be followed",
            )
        if any(held["edge"].tls for a, b, held in graph.edges(data=True) if node in (a, b)):
            raise ProductError(
                f"{name} speaks plainly in the lab, but a link of {node} is under TLS",
                path=f"nodes.{node}",
                hint="take tls out of its links",
            )


def _can_tell(scenario: Scenario, products: Mapping[str, str]) -> None:
    """Refuse a product that cannot send or accept the PROXY protocol where the scenario sets it."""
    for node, name in products.items():
        for problem in product(name, scenario, node).unsupported:
            if problem.path == f"nodes.{node}.proxy_protocol":
                raise ProductError(problem.message, path=problem.path, hint="take proxy_protocol out of the scenario")


@asynccontextmanager
async def _beside(context: AbstractContextManager[Place]) -> AsyncIterator[Place]:
    """Start a product in another thread: it may take long, and may connect to the lab meanwhile."""
    starting = asyncio.create_task(asyncio.to_thread(context.__enter__))
    try:
        await asyncio.wait([starting])
        yield starting.result()
    finally:
        # Ctrl-C may have come while it was starting.
        await asyncio.wait([starting])
        if starting.exception() is None:
            await asyncio.to_thread(context.__exit__, None, None, None)


def _next_places(lab: Lab, node: str) -> dict[str, Place]:
    """Return where a node's next nodes listen; connections with a PROXY header go to a listener of their own."""
    routes = [route for route in lab.routes if route.edge.sender == node]
    receivers = [(lab.nodes[route.edge.receiver], route) for route in routes]
    return {lab.addresses.there(node.inbound_ip): node.place_for(route) for node, route in receivers}


def _places(lab: Lab, graph: nx.DiGraph[str], workload: Workload) -> dict[str, Place]:
    """Return where every address of the scenario is on this machine; port 0 where none is known or needed."""
    addresses = lab.addresses
    places = {address: (addresses.here(address), 0) for name in graph for address in graph.nodes[name]["addresses"]}
    places |= {graph.nodes[name]["addresses"][0]: node.place for name, node in lab.nodes.items() if node.place[1]}
    clients = addresses.of_clients(np.unique(workload.client).tolist())
    return {**{there: (here, 0) for there, here in clients.items()}, **places}
