"""A forward proxy: selected by its clients, it sends their requests in its own name (RFC 9110 section 3.7)."""

from __future__ import annotations

from sim.nodes.forwarder import Forwarder
from sim.nodes.forwarding_terms import forwarding_terms
from sim.nodes.next_hops import NextHops
from sim.nodes.onward import Onward
from sim.nodes.proxy import ProxyNode, ProxySteps
from sim.nodes.steps import ForwardStep
from sim.scenario.schema import ForwardProxy as Settings


class ForwardProxyNode(ProxyNode):
    """A forward proxy: its next node is an upstream proxy, or a node that serves the host.

    Parameters
    ----------
    name : str
        Its name in the scenario.
    settings : Settings
        Its part of the scenario.
    next_hops : NextHops
        The upstream proxy, or the nodes that serve each host.
    """

    # 1. The client is configured with the proxy's address and port (the scenario's `proxy:`)
    steps = ProxySteps(
        # 2. The request goes to the proxy
        receive=ForwardStep.RECEIVE,
        # 3. The proxy looks into its cache
        analyse=ForwardStep.LOOK_UP,
        # 4. It connects to the server and forwards the request
        forward=ForwardStep.FORWARD,
        # 5. The server answers
        answered=ForwardStep.ANSWERED,
        # 6. The proxy may store the answer (RFC 9111 section 3)
        store=ForwardStep.STORE,
        # 7. The client receives the answer as if from the proxy
        respond=ForwardStep.RESPOND,
    )
    announces_misses = True

    def __init__(self, name: str, settings: Settings, next_hops: NextHops) -> None:
        forwarder = Forwarder(forwarding_terms(name, settings), settings.response_timeout_s)
        rules, step = settings.resilience, self.steps.forward
        onward = Onward(forwarder, next_hops.pool, rules, only=next_hops.always, choose=None, forward=step)
        super().__init__(name, settings, onward)
