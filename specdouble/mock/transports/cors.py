"""Cross-origin headers, so that a page on another origin may call the server with credentials."""

from __future__ import annotations

METHODS = "GET, POST, PUT, PATCH, DELETE, OPTIONS"
EXPOSED = ", ".join(("x-mock-handler", "x-mock-fidelity", "x-mock-fault", "preference-applied", "retry-after",
                     "content-disposition", "etag", "location"))  # fmt: skip


def allow(origin: str) -> list[tuple[str, str]]:
    """Return the headers of a response to a cross-origin request."""
    return [
        ("access-control-allow-origin", origin),
        ("access-control-allow-credentials", "true"),
        ("access-control-expose-headers", EXPOSED),
        ("vary", "Origin"),
    ]


def preflight(origin: str, asked_headers: str | None) -> list[tuple[str, str]]:
    """Return the headers of a response to a preflight request."""
    return [
        *allow(origin),
        ("access-control-allow-methods", METHODS),
        ("access-control-allow-headers", asked_headers or "authorization, content-type, x-api-key, last-event-id"),
        ("access-control-max-age", "600"),
    ]
