"""People, as administrators see them (`/v1/users`)."""

from __future__ import annotations

from specdouble.verify.kit import Read, Ready, perhaps, recipe

from ...people import Person
from ...session import Session
from ...users import PASSWORD
from ..rights import agencies


def _record(who: Person, user_id: str) -> Read:
    """Return the read of a person's record."""
    return Read("GET /v1/users/{user_id}", who.bearer, {"user_id": user_id})


def _agency(session: Session) -> dict[str, str]:
    """Return the field that puts somebody into an agency, where the run may make one."""
    agency_id = perhaps(session, lambda: agencies.shared(session))
    return {"agency_id": agency_id} if agency_id else {}


@recipe("GET /v1/users")
def list_(session: Session) -> Ready:
    """Search for people of this run."""
    deputy = session.users.deputy
    return Ready(deputy.bearer, deputy, query={"search": "specdouble", "limit": 20, "offset": 0})


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


@recipe("PATCH /v1/users/{user_id}")
def change(session: Session) -> Ready:
    """Change everything of somebody who was made for it."""
    deputy = session.users.deputy
    user_id = session.shared("somebody to change", lambda: session.users.new("somebody to change").imperal_id)
    body = {
        "role": "viewer",
        "scopes": ["notes:read"],
        "attributes": {"desk": session.users.fresh("desk")},
        "is_active": False,
        **_agency(session),
    }
    watch = (_record(deputy, user_id),)
    return Ready(deputy.bearer, deputy, {"user_id": user_id}, body=body, watch=watch)


@recipe("DELETE /v1/users/{user_id}")
def delete(session: Session) -> Ready:
    """Delete somebody for good who was just made."""
    deputy, user_id = session.users.deputy, session.users.new("somebody to delete").imperal_id
    return Ready(
        deputy.bearer, deputy, {"user_id": user_id}, {"permanent": True}, watch=(_record(deputy, user_id),)
    )  # fmt: skip


@recipe("POST /v1/users/{user_id}/reset-conversation")
def reset(session: Session) -> Ready:
    """Forget one's own chat; never that of a given person."""
    user = session.users.user if session.users.makes else session.users.new()
    return Ready(user.bearer, user, {"user_id": user.imperal_id}, body={})
