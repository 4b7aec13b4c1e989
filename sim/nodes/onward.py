"""How a proxy gets a response from a next node: candidates, balancer, attempts.

The candidates are the members of the request's pool that every resilience rule admits.  The balancer chooses one of
them.  When the attempt fails, a rule may ask for another one, at a member that was not tried yet if there is any.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from enum import IntEnum

from sim.messages import Request, Response
from sim.nodes.forwarder import ERROR_BYTES, Forwarder
from sim.nodes.lookup import Plan, needs_refetch
from sim.nodes.next_hops import MemberPool
from sim.nodes.world import DeadlinePassedError, Gate, World
from sim.policies import resilience
from sim.policies.resilience import Resilience, Retry
from sim.policies.stage import Attempt, Settings, Visit, make_attempt, make_visit
from sim.rules.client_address import origin, sender_address
from sim.scenario.topology import Edge

NO_CANDIDATE = Response(503, (), ERROR_BYTES, error="destination_unavailable")
"""No member is admitted (RFC 9110 section 15.6.4, RFC 9209 section 2.3.4)."""


class Onward:
    """Sends the requests of one proxy to its next nodes.

    Parameters
    ----------
    forwarder : Forwarder
        Sends a request over an edge, with the fields that this proxy writes.
    pool_of : callable
        Returns the pool of a visit: ``(Visit) -> MemberPool``.
    only : MemberPool, optional
        The pool of all requests, if there is no other.
    rules : sequence of Settings
        Settings of its resilience rules, in the order in which they are asked.
    choose : IntEnum or None
        The step that announces the chosen member; None where choosing is no step of its own.
    forward : IntEnum
        The step that announces the forwarded request.
    """

    def __init__(
        self,
        forwarder: Forwarder,
        pool_of: Callable[[Visit], MemberPool],
        rules: Sequence[Settings],
        *,
        only: MemberPool | None = None,
        choose: IntEnum | None,
        forward: IntEnum,
    ) -> None:
        self._forwarder, self._trusted = forwarder, forwarder.trusted
        self._pool_of = pool_of
        # Where there is one next node and no rule, nothing has to be chosen, and no stage has to know the request.
        self._only = only if only is not None and len(only.edges) == 1 and not rules else None
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
        """Return, to be awaited, the response of a next node, or the proxy's own error.

        Without resilience rules it is the coroutine of the one attempt itself, which saves one for every request.

        Parameters
        ----------
        request : Request
            As it was received.
        plan : Plan or None
            What the cache asks for, if that is not the request itself.
        world : World
            The exchange in which the request was received.
        """
        only = self._only
        if only is not None:
            (edge,) = only.edges
            return self._attempt(request, only, edge, plan, world)
        visit = self.visit(request, world)
        pool = self._pool_of(visit)
        if self._rules:
            return self._fetch_with_rules(visit, pool, plan, world)
        chosen = pool.balancer.choose(visit, pool.members) if len(pool.members) > 1 else 0
        return self._attempt(request, pool, pool.edges[chosen], plan, world)

    async def _fetch_with_rules(self, visit: Visit, pool: MemberPool, plan: Plan | None, world: World) -> Response:
        """Make attempts until no rule asks for another one or no candidate is left; return the last response."""
        attempts: list[Attempt] = []
        again: Retry | None = Retry()
        response, stage = NO_CANDIDATE, ""
        while again is not None:
            if again.after_s:
                await pause(world, again.after_s)
            visit = visit._replace(now_s=world.now())
            edges = self._candidates(visit, pool, () if again.same_member else attempts)
            if not edges:
                break
            edge = edges[pool.balancer.choose(visit, tuple(one.receiver for one in edges))]
            response = await self._attempt(visit.request, pool, edge, plan, world, attempts, stage)
            stage, again = self._again(visit, attempts)
        return response

    def _candidates(self, visit: Visit, pool: MemberPool, attempts: Sequence[Attempt]) -> list[Edge]:
        """Return the edges to the admitted members: those not tried yet, if there are any."""
        admitted = [
            edge for edge in pool.edges if all(rule.admits(edge.receiver, visit.now_s) for _, rule in self._rules)
        ]
        tried = {attempt.member for attempt in attempts}
        return [edge for edge in admitted if edge.receiver not in tried] or admitted

    def _again(self, visit: Visit, attempts: Sequence[Attempt]) -> tuple[str, Retry | None]:
        """Return the name of the first rule that asks for another attempt, and that attempt."""
        body = visit.request.body
        # Content that was received as a stream has been sent on, and cannot be sent again.
        if body is None or isinstance(body, bytes):
            for kind, rule in self._rules:
                if (again := rule.again(visit, attempts)) is not None:
                    return kind, again
        return "", None

    async def _attempt(
        self,
        request: Request,
        pool: MemberPool,
        edge: Edge,
        plan: Plan | None,
        world: World,
        attempts: list[Attempt] | None = None,
        stage: str = "",
    ) -> Response:
        """Forward to one member; balancer and rules are informed of how it ended, even if it was abandoned."""
        member, forward, status, error = edge.receiver, self._forwarder.forward, 0, ""
        number = attempts[-1].number + 1 if attempts else 0
        is_heard = attempts is not None or pool.hears
        started_s = world.now() if is_heard else 0.0
        try:
            if self._choose is not None:
                world.step(self._choose, member, stage)
            world.step(self._forward, member, stage)
            response = await forward(plan.outbound if plan else request, edge, world, number)
            if plan is not None and needs_refetch(plan, response):
                # The same member: its own 304 is what made the question necessary.
                number += 1
                response = await forward(plan.request, edge, world, number)
            status, error = response.status, response.error
        finally:
            # However it ended, by a time-out too: else the member would count as busy for ever.
            if is_heard:
                attempt = make_attempt((number, member, status, error, started_s, world.now()))
                pool.balancer.done(attempt)
                self._note(attempt, attempts)
        return response

    def _note(self, attempt: Attempt, attempts: list[Attempt] | None) -> None:
        """Inform the rules of an attempt, if there are any."""
        if attempts is not None:
            attempts.append(attempt)
            for _, rule in self._rules:
                rule.note(attempt)


async def pause(world: World, seconds: float) -> None:
    """Wait for a time, at a gate that stays closed."""
    try:
        await world.within(seconds, world.wait(Gate()))
    except DeadlinePassedError:
        return
