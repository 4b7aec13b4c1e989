"""Properties of request methods (RFC 9110 section 9.2)."""

from __future__ import annotations

IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
"""Methods that have the same effect when they are repeated (RFC 9110 section 9.2.2), so that a proxy may try again."""
