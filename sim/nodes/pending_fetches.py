"""Which targets a proxy is asking the next node for just now, and who waits for the answer."""

from __future__ import annotations

from sim.nodes.world import Gate, World


class PendingFetches:
    """One gate for each target that is asked for.

    Examples
    --------
    >>> asking = PendingFetches()
    >>> first = asking.begin("http://a.example/")
    >>> asking.begin("http://a.example/") is None, asking.gate("http://a.example/") is first
    (True, True)
    """

    def __init__(self) -> None:
        self._gates: dict[str, Gate] = {}
        self._coming: set[Gate] = set()

    def begin(self, target: str) -> Gate | None:
        """Begin to ask for a target; None if somebody does already.

        Parameters
        ----------
        target : str
            The cache key.

        Returns
        -------
        Gate or None
            Where others wait.
        """
        if target in self._gates:
            return None
        self._gates[target] = gate = Gate()
        return gate

    def gate(self, target: str) -> Gate:
        """Give the gate of a target that somebody is asking for."""
        return self._gates[target]

    def comes(self, gate: Gate) -> None:
        """Note that there is an answer, but that its content is still to come."""
        self._coming.add(gate)

    def is_coming(self, gate: Gate) -> bool:
        """Say whether an answer is there whose content is still to come."""
        return gate in self._coming

    def forget(self, target: str, gate: Gate) -> None:
        """Let others ask for a target again, though nobody has heard of the answer.

        Parameters
        ----------
        target : str
            The cache key.
        gate : Gate
            Where they waited in vain; if somebody has begun anew meanwhile, nothing changes.
        """
        self._coming.discard(gate)
        if self._gates.get(target) is gate:
            del self._gates[target]

    def end(self, target: str, gate: Gate, world: World) -> None:
        """Let those go on who waited.

        Parameters
        ----------
        target : str
            The cache key.
        gate : Gate
            Where they waited.
        world : World
            The exchange that asked.
        """
        self.forget(target, gate)
        world.open(gate)
