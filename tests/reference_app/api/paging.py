"""Pages: by number with totals, or by cursor."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import Field

from ..faults import lax, on
from ..problems import invalid
from ..store import Task

Page = Annotated[
    Annotated[int, Field(ge=1, le=10_000), lax("valid-page-zero", int, query=True)], Query(description="Starts with 1.")
]
Size = Annotated[
    Annotated[int, Field(ge=1, le=50), lax("valid-size-max", int, query=True)], Query(description="How many on a page.")
]
Limit = Annotated[
    Annotated[int, Field(ge=1, le=50), lax("valid-limit-max", int, query=True)], Query(description="How many at most.")
]
Cursor = Annotated[str | None, Query(max_length=200, description="`next_cursor` of the page before.")]


def by_page(found: list[Any], page: int, size: int, view: Callable[[Any], Any], name: str) -> dict[str, Any]:
    """Return one page of a list with totals."""
    start = (page - 1) * size
    end = start + size
    total = len(found)
    if on("page-off-by-one") and name == "workspaces":
        end -= 1
    if on("page-starts-with-zero") and name == "projects":
        start, end = page * size, page * size + size
    if on("page-overlap") and name == "projects" and page > 1:
        start -= 1
    if on("page-size-ignored") and name == "admin":
        end = start + 20
    if on("page-number-ignored") and name == "workspaces":
        start, end = 0, size
    pages = -(-total // size) if size > 0 else 0
    if on("page-pages-floored"):
        pages = total // size
    items = found[max(0, start) : max(0, end)]
    if on("page-total-of-page") and name == "workspaces":
        total = len(items)
    if on("page-total-off-by-one") and name == "projects":
        total += 1
    if on("odd-page-beyond") and start > total:
        raise IndexError("page out of range")
    shown = {"page": max(1, page), "size": max(1, min(50, size)), "total": total, "pages": pages}
    return {"items": [view(one) for one in items], **shown}


def cursor_of(task: Task) -> str:
    """Return the cursor of the page that follows a task."""
    return base64.urlsafe_b64encode(task.id.bytes).decode()


def by_cursor(found: list[Task], cursor: str | None, limit: int) -> tuple[list[Task], str | None]:
    """Return the tasks behind a cursor, and the next cursor. Raises Refusal (422) for a cursor that is none."""
    start = 0
    if cursor is not None and not on("cursor-ignored"):
        try:
            last = UUID(bytes=base64.b64decode(cursor.encode(), altchars=b"-_", validate=True))
            start = [one.id for one in found].index(last) + 1
        except (binascii.Error, ValueError) as error:
            if on("odd-cursor"):
                raise
            if on("cursor-bad-is-first-page"):
                return found[:limit], None
            raise invalid("query.cursor", "this is not a cursor of this list") from error
    if on("cursor-repeats-last") and start:
        start -= 1
    if on("cursor-skips-one") and start:
        start += 1
    items = found[start : start + limit]
    if on("cursor-limit-ignored"):
        items = found[start : start + 50]
    more = start + limit < len(found)
    if on("cursor-after-last"):
        more = bool(items)
    if on("cursor-never") or not more:
        return items, None
    return items, cursor_of(items[-1])
