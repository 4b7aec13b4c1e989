"""Routing by path prefix."""

from __future__ import annotations

from collections.abc import Iterable

from sim.policies.routing import Router, registry
from sim.policies.stage import PathPrefix, Visit, setting
from sim.rules.paths import normal_path


@registry.register("by_path")
class ByPath(Router):
    """By path: the longest listed prefix of a request's path determines its pool.

    Examples
    --------
    >>> from sim.messages import NO_DRAWS, Request
    >>> request = Request(0, "GET", "http://a.example/api/users", "a.example", ())
    >>> visit = Visit(request, "192.0.2.1", "192.0.2.1", 0.0, NO_DRAWS)
    >>> ByPath(paths={"/": "static", "/api/": "api"}).pool(visit)
    'api'
    """

    paths: dict[PathPrefix, str] = setting(min_length=1, description="Pool by path prefix, such as /api/: api.")

    def start(self) -> None:
        """Sort the prefixes in normal form, the longest first."""
        self._pools = {normal_path(path): self.paths[path] for path in sorted(self.paths, key=len, reverse=True)}

    def pool(self, visit: Visit) -> str | None:
        """Return the pool of the longest prefix; None if no prefix is listed."""
        path = normal_path(visit.request.target)
        return next((pool for prefix, pool in self._pools.items() if path.startswith(prefix)), None)

    def pools(self) -> Iterable[str]:
        """Return the listed pools."""
        return self.paths.values()
