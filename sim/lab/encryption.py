"""TLS on the links of a scenario in the lab: real handshakes, with certificates that are thrown away after the run."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from ipaddress import ip_address

from sim.errors import SimError
from sim.http1.certificates import Authority
from sim.http1.connecting import Tls
from sim.scenario.schema import Scenario
from sim.scenario.topology import Edge

VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


class Encryption:
    """One authority for a run: everybody trusts it, and whoever listens has a certificate of it.

    Parameters
    ----------
    names : iterable of str
        Host names and addresses on this machine under which anybody is asked.

    Raises
    ------
    SimError
        If no certificate can be made.

    Examples
    --------
    >>> encryption = Encryption(["a.example"])
    >>> encryption.server_context("1.3").minimum_version.name
    'TLSv1_3'
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = tuple(dict.fromkeys(names))
        self._authority = Authority()
        self._client_contexts = {version: _only(version, self._authority.client_context()) for version in VERSIONS}

    def server_context(self, version: str) -> ssl.SSLContext:
        """Make what whoever listens needs.

        Parameters
        ----------
        version : {"1.2", "1.3"}
            The only version that it speaks.

        Returns
        -------
        ssl.SSLContext
            With a certificate for all names.
        """
        try:
            return _only(version, self._authority.server_context(*self._names))
        except ValueError as error:
            raise SimError("no certificate can be made for these hosts", path="content", hint=str(error)) from error

    def between(self, edge: Edge, host: str, ip: str, *, to_proxy: bool) -> Tls:
        """Give what whoever opens a connection needs.

        Parameters
        ----------
        edge : Edge
            From whom to whom; it says the version.
        host : str
            The host that is asked for.
        ip : str
            The receiver's address on this machine.
        to_proxy : bool
            Whether the receiver is a forward proxy, which is known by its address.

        Returns
        -------
        Tls
            Trust in the authority, and the name to ask for.
        """
        return Tls(self._client_contexts[edge.tls], ip if to_proxy else host)


def name_in_the_clear(tls: Tls | None) -> str:
    """Give the server name that a handshake tells; an address is none (RFC 6066 section 3).

    Parameters
    ----------
    tls : Tls or None
        What whoever opened the connection used.

    Returns
    -------
    str
        In lower case; empty if none is told.

    Examples
    --------
    >>> context = ssl.create_default_context()
    >>> name_in_the_clear(Tls(context, "A.example")), name_in_the_clear(Tls(context, "127.0.0.1"))
    ('a.example', '')
    """
    return "" if tls is None or _is_address(tls.server_name) else tls.server_name.lower()


def wanted(scenario: Scenario, addresses: Iterable[str]) -> Encryption | None:
    """Prepare what a scenario needs.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    addresses : iterable of str
        Of all parties, on this machine.

    Returns
    -------
    Encryption or None
        None if all its links are plain.

    Examples
    --------
    >>> from sim.scenario import library, load
    >>> wanted(load.load(library.path("direct")), []) is None
    True
    """
    if not any(link.tls for link in scenario.links):
        return None
    return Encryption([*(content.host for content in scenario.content.values()), *addresses])


def _only(version: str, context: ssl.SSLContext) -> ssl.SSLContext:
    context.minimum_version = context.maximum_version = VERSIONS[version]
    return context


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
