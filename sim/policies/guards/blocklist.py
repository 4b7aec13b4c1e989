"""Refusal of requests for listed hosts and paths."""

from __future__ import annotations

from typing import Annotated

from sim.policies.guards import Guard, Refusal, registry
from sim.policies.stage import PathPrefix, Visit, checked_text, setting
from sim.rules.paths import normal_path

Host = Annotated[
    str,
    checked_text(
        r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?\.?",
        "a host name in ASCII, such as ads.example (its subdomains are included)",
    ),
]


@registry.register("blocklist")
class Blocklist(Guard):
    """Block list: refuses requests for listed hosts, their subdomains, and listed path prefixes.

    Paths are compared in normal form, so that ``//admin`` and ``/%61dmin`` do not pass where ``/admin`` is listed.

    The answer is 403 Forbidden (RFC 9110 section 15.5.4) with the proxy error ``http_request_denied`` (RFC 9209).

    Examples
    --------
    >>> from sim.messages import NO_DRAWS, Request
    >>> request = Request(0, "GET", "http://www.ads.example/banner", "www.ads.example", ())
    >>> visit = Visit(request, "192.0.2.1", "192.0.2.1", 0.0, NO_DRAWS)
    >>> Blocklist(hosts=["ads.example"]).judge(visit).status, Blocklist(hosts=["s.example"]).judge(visit)
    (403, None)
    """

    hosts: tuple[Host, ...] = setting((), description="Host names; each includes its subdomains.")
    paths: tuple[PathPrefix, ...] = setting((), description="Path prefixes, such as /admin.")

    def start(self) -> None:
        """Prepare the comparison, in which the case of hosts is ignored (RFC 9110 section 4.2.3)."""
        self._hosts = frozenset(host.lower().rstrip(".") for host in self.hosts)
        self._paths = tuple(map(normal_path, self.paths))

    def judge(self, visit: Visit) -> Refusal | None:
        """Refuse a request for a listed host or path."""
        if self._hosts and self._has_listed_host(visit.request.host):
            return Refusal(403)
        if self.paths and normal_path(visit.request.target).startswith(self._paths):
            return Refusal(403)
        return None

    def _has_listed_host(self, authority: str) -> bool:
        """Whether a host, or a domain above it, is listed."""
        name = authority.lower().rpartition(":")[0] if authority.rpartition(":")[2].isdigit() else authority.lower()
        labels = name.rstrip(".").split(".")
        return any(".".join(labels[start:]) in self._hosts for start in range(len(labels)))
