"""A forward proxy: near the clients, chosen by them, it asks the servers in its own name."""

from __future__ import annotations

from sim.nodes.forwarder import Forwarder
from sim.nodes.next_hops import NextHops
from sim.nodes.onward import ForwardSteps, Onward
from sim.nodes.proxy import ProxyNode, ProxySteps
from sim.nodes.steps import ForwardStep
from sim.scenario.schema import ForwardProxy as Settings


class ForwardProxyNode(ProxyNode):
    """A forward proxy, in the textbook's seven steps.

    1. The client is configured with the proxy's address and port (the scenario's ``proxy:``).
    2. The request goes to the proxy.
    3. The proxy looks into its cache.
    4. It connects to the server and forwards the request.
    5. The server answers.
    6. The proxy may store the answer.
    7. The client receives the answer as if from the proxy.

    Parameters
    ----------
    name : str
        Its name in the scenario.
    settings : Settings
        Its part of the scenario.
    next_hops : NextHops
        Where its requests go: to an upstream proxy, or to whoever serves the host.
    """

    steps = ProxySteps(
        ForwardStep.RECEIVE, ForwardStep.LOOK_UP, ForwardStep.ANSWERED, ForwardStep.STORE, ForwardStep.RESPOND
    )
    announces_misses = True

    def __init__(self, name: str, settings: Settings, next_hops: NextHops) -> None:
        steps = ForwardSteps(None, ForwardStep.FORWARD)
        onward = Onward(Forwarder(name, settings), next_hops.pool, settings.resilience, steps)
        super().__init__(name, settings, onward)
