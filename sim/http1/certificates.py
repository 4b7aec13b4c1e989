"""TLS contexts: from files, or with throw-away certificates of an authority of one's own (trustme).

Throw-away certificates protect nothing: their authority is made anew each time and forgotten at the end.
"""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

from sim.errors import EndpointError

TlsContext = ssl.SSLContext

VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


class Authority:
    """A certificate authority that lives as long as a run.

    Examples
    --------
    >>> authority = Authority()
    >>> authority.server_context("a.example").minimum_version.name
    'TLSv1_2'
    """

    def __init__(self) -> None:
        self._authority = _trustme().CA(organization_name="proxysim, for tests only")

    def server_context(self, *names: str, version: str | None = None) -> TlsContext:
        """Return the context with which a server terminates TLS.

        Parameters
        ----------
        *names : str
            Host names or IP addresses for which its certificate is valid.
        version : {"1.2", "1.3"}, optional
            The only version that it accepts.

        Returns
        -------
        ssl.SSLContext
            With certificate and key; it notes the server name (SNI) of each handshake.

        Raises
        ------
        ValueError
            If a name cannot stand in a certificate.
        """
        context = _server_context()
        self._authority.issue_cert(*names).configure_cert(context)
        return _only(version, context)

    def client_context(self, version: str | None = None) -> TlsContext:
        """Return the context with which a client trusts this authority besides the system's.

        Parameters
        ----------
        version : {"1.2", "1.3"}, optional
            The only version that it offers.

        Returns
        -------
        ssl.SSLContext
            For `sim.http1.pool.Tls`.
        """
        context = ssl.create_default_context()
        context.load_verify_locations(cadata=self.pem())
        return _only(version, context)

    def pem(self) -> str:
        """Return the authority's own certificate in PEM, for clients that are to trust it."""
        return str(self._authority.cert_pem.bytes().decode())

    def write(self, file: Path) -> Path:
        """Write the authority's own certificate, for ``curl --cacert``.

        Parameters
        ----------
        file : Path
            Where to.

        Returns
        -------
        Path
            The same.
        """
        file.write_text(self.pem(), encoding="ascii")
        return file


def _trustme() -> Any:
    try:
        import trustme
    except ModuleNotFoundError as error:
        hint = "pip install 'proxysim[tls]'"
        raise EndpointError("throw-away certificates need the package trustme", path="TLS", hint=hint) from error
    return trustme


def context_from_files(certificate: Path, key: Path) -> TlsContext:
    """Return the context with which a server terminates TLS with a certificate from files.

    Parameters
    ----------
    certificate, key : Path
        Files in PEM.

    Returns
    -------
    ssl.SSLContext
        With certificate and key.

    Raises
    ------
    EndpointError
        If the files do not hold a certificate and the key that belongs to it.
    """
    context = _server_context()
    try:
        context.load_cert_chain(certificate, key)
    except FileNotFoundError as error:
        missing = next((file for file in (certificate, key) if not file.exists()), certificate)
        raise EndpointError(f"there is no file {str(missing)!r}", path="--tls-cert/--tls-key") from error
    except ssl.SSLError as error:
        reason = f"no certificate and key that belong together: {error.reason}"
        raise EndpointError(reason, path="--tls-cert/--tls-key", hint="both in PEM") from error
    return context


def trusting(*files: Path) -> TlsContext:
    """Return the context with which a client trusts the system's authorities, and some more.

    Parameters
    ----------
    *files : Path
        Certificates of further authorities, in PEM.

    Returns
    -------
    ssl.SSLContext
        For `sim.http1.pool.Tls`.

    Raises
    ------
    EndpointError
        If a file holds no certificate.
    """
    context = ssl.create_default_context()
    for file in files:
        try:
            context.load_verify_locations(file)
        except (FileNotFoundError, ssl.SSLError) as error:
            raise EndpointError(f"{str(file)!r} holds no certificates in PEM", path="--ca-file") from error
    return context


def _only(version: str | None, context: TlsContext) -> TlsContext:
    if version is not None:
        context.minimum_version = context.maximum_version = VERSIONS[version]
    return context


def _server_context() -> TlsContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])

    def note_name(ssl_object: Any, name: str | None, _: object) -> None:
        ssl_object.asked_name = name or ""

    context.sni_callback = note_name
    return context
