"""How a proxy has a request answered by a next node: candidates, balancer, attempts.

The candidates are the members of the request's pool that every rule of resilience admits.  The balancer chooses one of
them.  When the attempt fails, a rule may ask for another one, at a member that was not tried yet if there is any.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from enum import IntEnum

from sim.messages import Request, Response
from sim.nodes.forwarder import ERROR_BYTES, Forwarder
from sim.nodes.next_hops import MemberPool
from sim.nodes.proxy_cache import Plan, needs_refetch
from sim.nodes.world import DeadlinePassedError, Gate, World
from sim.policies import resilience
from sim.policies.resilience import Resilience, Retry
from sim.policies.stage import Attempt, Settings, Visit, make_attempt, make_visit
from sim.rules.client_address import origin, sender_address
from sim.scenario.topology import Edge

NOBODY_LEFT = Response(503, (), ERROR_BYTES, error="destination_unavailable")
"""No member may be asked (RFC 9110 section 15.6.4, RFC 9209 section 2.3.4)."""


class Onward:
    """The way onward of one proxy.

    Parameters
    ----------
    forwarder : Forwarder
        Passes requests on and answers back.
    pool_of : callable
        Returns the pool of a visit.
    rules : sequence of Settings
        Settings of its rules of resilience.
    choose : IntEnum or None
        The step at which it announces which member it chose; None where that is no step of its own.
    forward : IntEnum
        The step at which it asks the member.
    """

    def __init__(
        self,
        forwarder: Forwarder,
        pool_of: Callable[[Visit], MemberPool],
        rules: Sequence[Settings],
        *,
        choose: IntEnum | None,
        forward: IntEnum,
    ) -> None:
        self._forwarder, self._trusted = forwarder, forwarder.trusted
        self._pool_of = pool_of
        self._rules: list[tuple[str, Resilience]] = [(one.kind, resilience.registry.start(one)) for one in rules]
        self._choose, self._forward = choose, forward

    def visit(self, request: Request, world: World) -> Visit:
        """Return what stages may know of a request."""
        peer_ip = client_ip = world.peer_ip
        if self._trusted:
            sender_ip = sender_address(request.proxied_for, peer_ip, self._trusted)
            client_ip = origin(request.fields, sender_ip, self._trusted).client_ip
        return make_visit((request, peer_ip, client_ip, world.now(), request.draws))

    def fetch(self, request: Request, plan: Plan | None, world: World) -> Awaitable[Response]:
        """Return the answer of a next node, to be awaited; or the proxy's own if none can be had.

        Parameters
        ----------
        request : Request
            As it was received.
        plan : Plan or None
            What the cache wants to ask, if that is not the request itself.
        world : World
            The exchange in which the request was received.
        """
        visit = self.visit(request, world)
        pool = self._pool_of(visit)
        if self._rules:
            return self._persist(visit, pool, plan, world)
        edge = pool.edges[pool.balancer.choose(visit, pool.members)]
        return self._attempt(visit, pool, edge, plan, world)

    async def _persist(self, visit: Visit, pool: MemberPool, plan: Plan | None, world: World) -> Response:
        """Make attempts until one succeeds or no rule asks for another one."""
        attempts: list[Attempt] = []
        again: Retry | None = Retry()
        response, stage = NOBODY_LEFT, ""
        while again is not None:
            if again.after_s:
                await pause(world, again.after_s)
            visit = visit._replace(now_s=world.now())
            edges = self._candidates(visit, pool, () if again.same_member else attempts)
            if not edges:
                break
            edge = edges[pool.balancer.choose(visit, tuple(one.receiver for one in edges))]
            response = await self._attempt(visit, pool, edge, plan, world, attempts, stage)
            stage, again = self._again(visit, attempts)
        return response

    def _candidates(self, visit: Visit, pool: MemberPool, attempts: Sequence[Attempt]) -> list[Edge]:
        """Return the edges to the members that may be asked: those not tried yet, if there are any."""
        admitted = [
            edge for edge in pool.edges if all(rule.admits(edge.receiver, visit.now_s) for _, rule in self._rules)
        ]
        tried = {attempt.member for attempt in attempts}
        return [edge for edge in admitted if edge.receiver not in tried] or admitted

    def _again(self, visit: Visit, attempts: Sequence[Attempt]) -> tuple[str, Retry | None]:
        """Return the first rule that asks for another attempt, and that attempt."""
        body = visit.request.body
        if body is None or isinstance(body, bytes):  # a content that came as a stream is gone
            for kind, rule in self._rules:
                if (again := rule.again(visit, attempts)) is not None:
                    return kind, again
        return "", None

    async def _attempt(
        self,
        visit: Visit,
        pool: MemberPool,
        edge: Edge,
        plan: Plan | None,
        world: World,
        attempts: list[Attempt] | None = None,
        stage: str = "",
    ) -> Response:
        """Ask one member; whatever comes of it, the balancer and all rules hear how it ended."""
        member, number, forward = edge.receiver, len(attempts or ()), self._forwarder.forward
        status, error = 0, ""
        if self._choose is not None:
            world.step(self._choose, member, stage)
        world.step(self._forward, member, stage)
        try:
            response = await forward(plan.onward if plan else visit.request, edge, world, number)
            if plan is not None and needs_refetch(plan, response):
                response = await forward(plan.request, edge, world, number + 1)
            status, error = response.status, response.error
        finally:
            attempt = make_attempt((number, member, status, error, visit.now_s, world.now()))
            pool.balancer.done(attempt)
            if attempts is not None:
                attempts.append(attempt)
                for _, rule in self._rules:
                    rule.note(attempt)
        return response


async def pause(world: World, seconds: float) -> None:
    """Wait for a time: at a gate that nobody opens."""
    try:
        await world.within(seconds, world.wait(Gate()))
    except DeadlinePassedError:
        return
