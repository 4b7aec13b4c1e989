"""Errors of a connection, with the status code or the RFC 9209 error type that reports each."""

from __future__ import annotations

from sim.messages import Response

_TIMEOUTS = frozenset(
    {
        "connection_timeout",
        "connection_read_timeout",
        "connection_write_timeout",
        "http_response_timeout",
        "dns_timeout",
    }
)


class RefusedError(Exception):
    """A request that the server refuses by itself; the connection is closed afterwards.

    Parameters
    ----------
    status : int
        Status code of the refusal.
    reason : str
        One line for the client's user.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class UpstreamError(Exception):
    """The next node gave no complete and valid response.

    Parameters
    ----------
    error : str
        Error type of RFC 9209 section 2.3.
    detail : str
        One line for the log.
    """

    def __init__(self, error: str, detail: str = "") -> None:
        super().__init__(f"{error}: {detail}" if detail else error)
        self.error = error
        self.detail = detail


class CutOffError(UpstreamError):
    """A response that ended before it was complete."""

    def __init__(self, detail: str = "") -> None:
        super().__init__("http_response_incomplete", detail)


def as_response(fault: UpstreamError) -> Response:
    """Return the response that reports a failure of the next node.

    Parameters
    ----------
    fault : UpstreamError
        What went wrong.

    Returns
    -------
    Response
        504 for a timeout, 403 for what is not allowed, else 502, with the error type.

    Examples
    --------
    >>> as_response(UpstreamError("connection_refused")).status
    502
    >>> as_response(UpstreamError("connection_timeout")).status
    504
    """
    if fault.error in _TIMEOUTS:
        status = 504
    else:
        status = 403 if fault.error in {"destination_ip_prohibited", "http_request_denied"} else 502
    return Response(status, (), 0, error=fault.error)
