"""Which header fields well-known proxies write by default: a scenario may set ``like: nginx``.

*By default* means: with the least configuration that makes the product do the node's work (a ``proxy_pass``, an
``http_port``, a ``backend``), and no directive about fields.  A setting of the node wins over the product's default;
the configuration that ``proxysim config`` writes states the settings that result, whatever their source.

Connections, caches and timeouts are not part of it: those are the node's own settings.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

ProductName = Literal["nginx", "squid", "haproxy"]

PRODUCT_DEFAULTS: Mapping[ProductName, Mapping[str, Any]] = MappingProxyType(
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
"""Settings of a proxy by the product named in ``like``; settings not listed keep the node's own default."""


def with_product_defaults(data: Any, known: Mapping[str, Any]) -> Any:
    """Return a proxy's settings, completed with the defaults of the product named in ``like``.

    Parameters
    ----------
    data : object
        The proxy's settings as written in the scenario, not yet validated.
    known : mapping
        The settings that this kind of proxy has, by name: ``host``, for one, is no setting of a forward proxy.

    Returns
    -------
    object
        The same object if ``like`` is absent or names no product, which the schema then reports.

    Examples
    --------
    >>> with_product_defaults({"like": "haproxy", "via": True}, {"via": ..., "forwarded_for": ...})
    {'forwarded_for': 'off', 'via': True, 'like': 'haproxy'}
    """
    like = data.get("like") if isinstance(data, Mapping) else None
    said = PRODUCT_DEFAULTS.get(like) if isinstance(like, str) else None  # type: ignore[call-overload]
    if said is None:
        return data
    return {**{key: value for key, value in said.items() if key in known}, **data}
