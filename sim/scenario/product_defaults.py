"""How well-known proxies speak of their clients and themselves by default: a scenario may say ``like: nginx``.

*By default* means: with the least configuration that makes the product do the node's work (a ``proxy_pass``, an
``http_port``, a ``backend``), and nothing said about fields.  Single settings of the node win over the likeness; the
configuration that ``proxysim config`` writes says to the product just what the settings say in the end.

A likeness has nothing to do with connections, caches or timeouts: those are the node's own settings.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

ProductName = Literal["nginx", "squid", "haproxy"]

LIKENESSES: Mapping[ProductName, Mapping[str, Any]] = MappingProxyType(
    {
        # ngx_http_proxy_module, "proxy_set_header": only Host ($proxy_host, the name that stands in proxy_pass: that of
        # the group of backends) and Connection (close) are written; all other fields are passed on as they came.
        # "proxy_hide_header": Server of the backend is not passed back, nginx writes its own ("server_tokens off", or
        # its version would stand there).  It knows no Via.
        "nginx": {
            "forwarded_for": "off",
            "via": False,
            "host": "backend",
            "server": "nginx",
        },
        # squid.conf, "forwarded_for": on, "via": on; Via carries the visible_hostname and the product's name as a
        # comment ("httpd_suppress_version_string on", or its version would stand there).  "http_port accel": Host is
        # kept, unless defaultsite or a peer's forceddomain is given.
        "squid": {
            "forwarded_for": "append",
            "via": True,
            "via_comment": "squid",
            "host": "preserve",
        },
        # Configuration Manual, "option forwardfor" (section 4.2): nothing is added unless one asks for it; fields, Host
        # among them, are passed on as they came.  It knows no Via.
        "haproxy": {
            "forwarded_for": "off",
            "via": False,
            "host": "preserve",
        },
    }
)
"""Settings of a proxy by the product that it is like; what is not named is as the node's own default says."""


def likened(data: Any, known: Mapping[str, Any]) -> Any:
    """Fill in what a likeness says and the scenario does not.

    Parameters
    ----------
    data : object
        What stands in the scenario for a proxy.
    known : mapping
        The settings that this kind of proxy has, by name.

    Returns
    -------
    object
        The same, completed; as it was if there is no such likeness, for the schema to complain of.

    Examples
    --------
    >>> likened({"like": "haproxy", "via": True}, {"via": ..., "forwarded_for": ...})
    {'forwarded_for': 'off', 'via': True, 'like': 'haproxy'}
    """
    like = data.get("like") if isinstance(data, Mapping) else None
    said = LIKENESSES.get(like) if isinstance(like, str) else None  # type: ignore[call-overload]
    if said is None:
        return data
    return {**{key: value for key, value in said.items() if key in known}, **data}
