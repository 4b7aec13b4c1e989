"""Gates and background tasks: two engines agree on nodes that use them in every way that a world allows."""

from __future__ import annotations

from itertools import count

import pytest

from sim.nodes.backend import BackendNode
from sim.nodes.client import ClientNode
from sim.nodes.forward_proxy import ForwardProxyNode
from sim.nodes.reverse_proxy import ReverseProxyNode
from sim.nodes.world import DeadlinePassedError, Gate
from tests.agreement.test_engines import VARIANTS, agree, both


def collapsing(handle):
    """One request for a target goes on, the others wait for it, some of them not for long."""

    async def collapsed(self, request, world):
        gates = self.__dict__.setdefault("gates", {})
        before = gates.get(request.target)
        if before is None:
            mine = gates[request.target] = Gate()
            try:
                return await handle(self, request, world)
            finally:
                del gates[request.target]
                world.open(mine)
        try:
            patience_s = 0.125 if request.request_id % 2 else 10.0
            await world.within(patience_s, world.wait(before))
        except DeadlinePassedError:
            pass
        return await handle(self, request, world)

    return collapsed


def refreshing(handle):
    """After an answer some ask again aside, and that again."""

    async def again(self, request, world, times):
        await handle(self, request, world)
        if times:
            world.spawn(again(self, request, world, times - 1))
            await handle(self, request, world)

    async def refreshed(self, request, world):
        if request.request_id % 5 == 1:
            world.spawn(again(self, request, world, 1))
        response = await handle(self, request, world)
        if request.request_id % 3 == 0:
            world.spawn(again(self, request, world, 2))
            world.spawn(again(self, request, world, 0))
        return response

    return refreshed


def starting(handle):
    """The first ones wait until one has been answered; that one has run ahead when it says so, if it may."""

    async def started(self, request, world):
        gate, seen = self.__dict__.setdefault("gate", Gate()), self.__dict__.setdefault("seen", count())
        number = request.request_id if isinstance(self, ClientNode) else next(seen)
        if number < 2:
            await world.wait(gate)
        if number == 3:
            response = await handle(self, request, world)
            world.open(gate)
            await world.wait(gate)
            return response
        return await handle(self, request, world)

    return started


PROXIES, ENDS = (ForwardProxyNode, ReverseProxyNode), (ClientNode, BackendNode)
WAYS = {
    "collapsing proxies": (collapsing, PROXIES),
    "refreshing proxies": (refreshing, PROXIES),
    "refreshing clients": (refreshing, (ClientNode,)),
    "refreshing backends": (refreshing, (BackendNode,)),
    "a starting gun for clients": (starting, (ClientNode,)),
    "a starting gun for backends": (starting, (BackendNode,)),
    "all at once": (lambda handle: collapsing(refreshing(handle)), PROXIES),
}
RUNS = {
    "layered": ("layered", []),
    **{name: VARIANTS[name] for name in ("processor sharing", "thin lines", "impatient proxies", "impatient clients")},
    **{name: VARIANTS[name] for name in ("no kept connections", "sessions", "a slow proxy", "no waiting place")},
}


@pytest.fixture
def way(request, monkeypatch):
    """Let nodes of some roles behave in another way."""
    change, roles = WAYS[request.param]
    for role in roles:
        monkeypatch.setattr(role, "handle", change(role.handle))
    return request.param


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("way", WAYS, indirect=True)
def test_engines_agree(way, run):
    name, overrides = RUNS[run]
    trace, tiny = both(name, [*overrides, "run.requests=400", "content.pages.objects=20"])
    if way != "a starting gun for clients":  # a client that waits before it asks is not what the laws are about
        trace.check()
    agree(trace, tiny)
    assert (trace.tables["hops"].numbers("task").max() > 0) == way.startswith(("refreshing c", "refreshing p", "all"))
