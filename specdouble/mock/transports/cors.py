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


def preflight(origin: str, asked_headers: str | None, private: str | None = None) -> list[tuple[str, str]]:
    """Return the headers of a response to a preflight request.

    `private` is what it says of private networks: a page from elsewhere may call this machine where it may call at all.
    """
    return [
        *([("access-control-allow-private-network", "true")] if private == "true" else []),
        *allow(origin),
        ("access-control-allow-methods", METHODS),
        ("access-control-allow-headers", asked_headers or "authorization, content-type, x-api-key, last-event-id"),
        ("access-control-max-age", "600"),
    ]
