"""Properties of request methods (RFC 9110 section 9.2)."""

from __future__ import annotations

IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
"""Methods whose intended effect is the same when a request is repeated (RFC 9110 section 9.2.2): it may be retried."""
