"""People, as administrators see them (`/v1/users`)."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Read, Ready, about, changes, perhaps, recipe

from ...session import Session
from ...users import PASSWORD
from ..rights import agencies


def _agency(session: Session) -> dict[str, str]:
    """Return the field that puts somebody into an agency, where the run may make one."""
    agency_id = perhaps(session, lambda: agencies.shared(session))
    return {"agency_id": agency_id} if agency_id else {}


@recipe("POST /v1/users")
def create(session: Session) -> Ready:
    """Make a viewer with scopes, attributes and an agency of their own."""
    deputy = session.users.deputy
    email = f"{session.users.fresh('person')}@example.com"
    body = {
        "email": email,
        "password": PASSWORD,
        "role": "viewer",
        "scopes": ["notes:read"],
        "attributes": {"team": "content", "floor": 3},
        **_agency(session),
    }
    watch = (Read("GET /v1/users", deputy.bearer, query={"search": email, "include_inactive": True}),)
    return Ready(deputy.bearer, deputy, body=body, watch=watch)


@recipe("GET /v1/users/{user_id}")
def read(session: Session) -> Ready:
    """Read one's own record."""
    user = session.users.user
    return Ready(user.bearer, user, {"user_id": user.imperal_id})


@recipe("POST /v1/users/{user_id}/reset-conversation")
def reset(session: Session) -> Ready:
    """Forget one's own chat; never that of a given person."""
    user = session.users.user if session.users.makes else session.users.new()
    return Ready(user.bearer, user, {"user_id": user.imperal_id}, body={})


@recipe("GET /v1/users")
def list_(session: Session) -> Ready:
    """List the viewers, as the people of this run are who were made by an administrator."""
    deputy = session.users.deputy
    return Ready(deputy.bearer, deputy, query={"role": "viewer", "limit": 20, "offset": 0})


@changes("PATCH /v1/users/{user_id}")
def change(session: Session) -> dict[str, Any]:
    """Change everything of somebody who was made for it."""
    changes = {"role": "user", "scopes": ["notes:write"], "attributes": {"desk": session.users.fresh("desk")}}
    other = perhaps(session, lambda: about(session, "PUT /v1/agencies/{agency_id}/settings", fresh=False).params)
    return {**changes, "is_active": False, **(other or {})}


@recipe("DELETE /v1/users/{user_id}")
def delete(session: Session) -> Ready:
    """Delete somebody for good who was just made."""
    return about(session, "DELETE /v1/users/{user_id}").but(query={"permanent": True})
