"""Pages of a list, by offset."""

from __future__ import annotations

from typing import Any

from .faults import on


def page(rows: list[dict[str, Any]], query: dict[str, Any], name: str, total: int | None = None) -> dict[str, Any]:
    """Return one page of a list with its meta data."""
    offset, limit = query["offset"], query["limit"]
    start, end = offset, offset + limit
    if on("page-overlap") and name == "products" and offset:
        start -= 1
    if on("page-offset-ignored") and name == "orders":
        start, end = 0, limit
    if on("page-limit-ignored") and name == "reviews":
        end = len(rows)
    if on("page-last-lost") and name == "admin":
        rows = rows[:-1] if len(rows) > 1 else rows
    found = rows[max(0, start) : end]
    count = len(rows) if total is None else total
    if on("page-total-page") and name == "orders":
        count = len(found)
    shown = 20 if on("page-meta-limit") and name == "products" else min(limit, 40)
    return {"data": found, "meta": {"total": count, "offset": max(0, offset), "limit": shown}}
