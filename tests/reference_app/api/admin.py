"""What only administrators may do."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from ..faults import on
from ..models_people import Role, UserPage
from ..problems import refusals
from ..security import Administrator
from ..store import store
from .paging import Page, Size, by_page
from .views import user_view

router = APIRouter(prefix="/v1/admin", tags=["admin"])


@router.get("/users", response_model=UserPage, responses=refusals(401, 403, 422))
def list_users(
    caller: Administrator,
    page: Page = 1,
    size: Size = 20,
    role: Annotated[Role | None, Query(description="Only users with this role.")] = None,
    q: Annotated[str | None, Query(max_length=60, description="Only users whose name contains this, any case.")] = None,
) -> dict[str, Any]:
    """Return the users, oldest first. For administrators."""
    with store.lock:
        found = list(store.users.values())
        if role is not None and not on("filter-user-role-ignored"):
            found = [one for one in found if one.role == role]
        if q is not None:
            sought = q if on("filter-user-name-case") else q.lower()
            if on("odd-user-search"):
                import re

                found = [one for one in found if re.search(sought, one.name.lower())]
            elif on("filter-user-name-case"):
                found = [one for one in found if sought in one.name]
            else:
                found = [one for one in found if sought in one.name.lower()]
        if on("sort-users-newest-first"):
            found.reverse()
        return by_page(found, page, size, user_view, "admin")
