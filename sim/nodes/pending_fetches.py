"""The targets for which a proxy is waiting for the next node, and the requests that wait for the same response."""

from __future__ import annotations

from sim.nodes.world import Gate, World


class PendingFetches:
    """One gate for each target with a pending request (collapsed requests, RFC 9111 section 4).

    Examples
    --------
    >>> pending = PendingFetches()
    >>> first = pending.begin("http://a.example/")
    >>> pending.begin("http://a.example/") is None, pending.gate("http://a.example/") is first
    (True, True)
    """

    def __init__(self) -> None:
        self._gates: dict[str, Gate] = {}
        self._streaming: set[Gate] = set()

    def begin(self, target: str) -> Gate | None:
        """Return a new gate for a target; None if a request for it is pending already.

        Parameters
        ----------
        target : str
            The cache key.
        """
        if target in self._gates:
            return None
        self._gates[target] = gate = Gate()
        return gate

    def gate(self, target: str) -> Gate:
        """Return the gate of a target with a pending request."""
        return self._gates[target]

    def note_streaming(self, gate: Gate) -> None:
        """Note that a response has begun, whose content is still being received."""
        self._streaming.add(gate)

    def is_streaming(self, gate: Gate) -> bool:
        """Whether a response has begun, whose content is still being received."""
        return gate in self._streaming

    def forget(self, target: str, gate: Gate) -> None:
        """Let the next request for a target begin anew, though the pending one has no response yet.

        Parameters
        ----------
        target : str
            The cache key.
        gate : Gate
            Of the pending request; nothing changes if a later one has begun meanwhile.
        """
        self._streaming.discard(gate)
        if self._gates.get(target) is gate:
            del self._gates[target]

    def end(self, target: str, gate: Gate, world: World) -> None:
        """Release the requests that wait for a response.

        Parameters
        ----------
        target : str
            The cache key.
        gate : Gate
            Of the request that was pending.
        world : World
            The exchange in which that request was received.
        """
        self.forget(target, gate)
        world.open(gate)
