"""TLS on the links of a scenario in the lab: real handshakes, with certificates that are thrown away after the run."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address

from sim.errors import SimError
from sim.http1.certificates import VERSIONS, Authority, TlsContext
from sim.http1.connecting import Tls
from sim.scenario.schema import Scenario
from sim.scenario.topology import Edge


class Encryption:
    """One authority for a run: every client trusts it, and every server has a certificate from it.

    Parameters
    ----------
    names : iterable of str
        Host names and addresses on this machine for which the certificates are valid.

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
        self._client_contexts = {version: self._authority.client_context(version) for version in VERSIONS}

    def server_context(self, version: str) -> TlsContext:
        """Return the context with which a server terminates TLS.

        Parameters
        ----------
        version : {"1.2", "1.3"}
            The only version that it accepts.

        Returns
        -------
        ssl.SSLContext
            With a certificate for all names.
        """
        try:
            return self._authority.server_context(*self._names, version=version)
        except ValueError as error:
            raise SimError("no certificate can be made for these hosts", path="content", hint=str(error)) from error

    def between(self, edge: Edge, host: str, ip: str, *, to_proxy: bool) -> Tls:
        """Return what the sender of an edge needs for its handshakes.

        Parameters
        ----------
        edge : Edge
            The edge, with its TLS version.
        host : str
            Host of the target.
        ip : str
            The receiver's address on this machine.
        to_proxy : bool
            Whether the receiver is a forward proxy, whose certificate is checked for its address.

        Returns
        -------
        Tls
            The context that trusts the authority, and the server name to verify.
        """
        return Tls(self._client_contexts[edge.tls], ip if to_proxy else host)


def name_in_the_clear(tls: Tls | None) -> str:
    """Return the server name that a handshake sends in clear; an address is never sent (RFC 6066 section 3).

    Parameters
    ----------
    tls : Tls or None
        The client's side of the handshake; None on a plain connection.

    Returns
    -------
    str
        In lower case; empty if none is sent.

    Examples
    --------
    >>> context = Authority().client_context()
    >>> name_in_the_clear(Tls(context, "A.example")), name_in_the_clear(Tls(context, "127.0.0.1"))
    ('a.example', '')
    """
    return "" if tls is None or _is_address(tls.server_name) else tls.server_name.lower()


def wanted(scenario: Scenario, addresses: Iterable[str]) -> Encryption | None:
    """Return the encryption that a scenario's links need.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    addresses : iterable of str
        Addresses of all nodes on this machine.

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


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
