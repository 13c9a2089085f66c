"""Whom callers may be, as the start-up panel and the control page show them, and what opens the rest."""

from __future__ import annotations

from collections.abc import Iterator

from specdouble.mock.kit import Column, Doc, Principals, World

from . import _options


def _name(user: Doc) -> str:
    return f"{user.get('first_name') or ''} {user.get('last_name') or ''}"


def _note(world: World, user: Doc) -> str:
    developer = world.state["developers"].get(user["imperal_id"])
    subscription = world.state["subscriptions"].get(user["imperal_id"])
    notes = [f"developer, {developer['tier']}"] if developer else []
    notes += [f"plan {subscription['plan']}"] if subscription else []
    notes += [] if user["email_verified"] else ["not verified"]
    notes += [] if user["is_active"] else ["deactivated"]
    return ", ".join(notes)


PEOPLE = Principals(
    collection="users",
    id="imperal_id",
    columns=(
        Column("E-mail", "email", width=28, code=True),
        Column("Password", "password", width=17, code=True),
        Column("Role", "role", width=11),
        Column("Tenant", "tenant_id", width=9),
        Column("Name", _name),
        Column("imperal_id", "imperal_id", code=True),
    ),
    shown=lambda user: bool(user.get("password")),
    note=_note,
    listing="GET /v1/users lists them",
)


def credentials(world: World) -> Iterator[tuple[str, str]]:
    """List the shared credentials and the secrets."""
    options = _options.of(world)
    yield "X-Service-Token", options.service_token
    yield "X-Api-Key", f"{options.registry_key}  (Registry)"
    yield "OAuth states", f"{options.oauth_state_secret}  (secret; IMPERAL_OAUTH_STATE_SECRET of the SDK)"
    if options.internal:
        yield "Call tokens", f"{options.call_token_secret}  (secret; kernel routes)"
