"""A reverse proxy: a gateway that acts as the origin server for its clients (RFC 9110 section 3.7)."""

from __future__ import annotations

from collections.abc import Sequence

from sim.nodes.forwarder import Forwarder
from sim.nodes.forwarding_terms import forwarding_terms
from sim.nodes.next_hops import MemberPool, member_pool
from sim.nodes.onward import Onward
from sim.nodes.proxy import ProxyNode, ProxySteps
from sim.nodes.steps import ReverseStep
from sim.policies import balancing, routing
from sim.policies.stage import Visit
from sim.scenario.schema import ReverseProxy as Settings
from sim.scenario.topology import Edge


class ReverseProxyNode(ProxyNode):
    """A reverse proxy: its next node is a member of one of its pools.

    Parameters
    ----------
    name : str
        Its name in the scenario.
    settings : Settings
        Its part of the scenario.
    edges : sequence of Edge
        The edges to the members of all its pools.
    """

    steps = ProxySteps(
        # 1. The request arrives
        receive=ReverseStep.RECEIVE,
        # 2. The proxy analyses it: its cache answers, or it picks a backend
        analyse=ReverseStep.CHOOSE,
        # 3. It forwards the request to the backend
        forward=ReverseStep.FORWARD,
        # 4. The backend answers
        answered=ReverseStep.ANSWERED,
        # 5. The proxy may compress, encrypt or store the answer (RFC 9111 section 3)
        store=ReverseStep.STORE,
        # 6. The client receives the answer as if from the proxy
        respond=ReverseStep.RESPOND,
    )
    announces_misses = False

    def __init__(self, name: str, settings: Settings, edges: Sequence[Edge]) -> None:
        forwarder = Forwarder(forwarding_terms(name, settings), settings.response_timeout_s)
        pools, steps = Pools(settings, edges), self.steps
        onward = Onward(
            forwarder,
            pools.pool,
            settings.resilience,
            only=None if settings.routing else pools.first,
            choose=steps.analyse,
            forward=steps.forward,
        )
        super().__init__(name, settings, onward)


class Pools:
    """The pools of one reverse proxy, and the routers that choose among them.

    Parameters
    ----------
    settings : Settings
        The proxy's part of the scenario.
    edges : sequence of Edge
        The edges to the members of all pools.
    """

    def __init__(self, settings: Settings, edges: Sequence[Edge]) -> None:
        edge_to = {edge.receiver: edge for edge in edges}
        self._pools: dict[str, MemberPool] = {
            name: member_pool([edge_to[member] for member in pool.backends], balancing.registry.start(pool.balancing))
            for name, pool in settings.groups.items()
        }
        self.first = next(iter(self._pools.values()))
        """The pool of requests for which no router names one."""
        self._routers = [routing.registry.start(one) for one in settings.routing]

    def pool(self, visit: Visit) -> MemberPool:
        """Return the pool that the first router names; without one, the first pool."""
        for router in self._routers:
            if (name := router.pool(visit)) is not None:
                return self._pools[name]
        return self.first
