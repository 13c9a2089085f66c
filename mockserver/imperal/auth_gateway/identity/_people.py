"""People: passwords, accounts and what every new account gets."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from specdouble.mock.kit import Doc, Problem, Store, World

from ..apps import _apps, _lifecycle
from ..money import _money
from ..work import _tallies
from . import _tokens

DEFAULT_SCOPES = ["*:read", "extensions:call", "marketplace:install"]


def hash_password(password: str, salt: str) -> str:
    """Return the stored form of a password. A mock favours speed: one salted SHA-256, not a slow hash."""
    return f"{salt}${hashlib.sha256(f'{salt}:{password}'.encode()).hexdigest()}"


def password_matches(user: Doc, password: str) -> bool:
    """Tell whether a password is the user's, in constant time; fixtures may hold it in plain text."""
    stored = user.get("password_hash")
    if stored is None:
        return hmac.compare_digest(str(user.get("password", "")).encode(), password.encode())
    return hmac.compare_digest(stored, hash_password(password, stored.partition("$")[0]))


def by_email(world: World, email: str, tenant_id: str) -> Doc | None:
    """Find a user by e-mail within a tenant; letters' case does not matter (rule A05)."""
    return world.state["users"].first(tenant_id=tenant_id, email=email.lower())


def require_free_email(world: World, email: str, tenant_id: str) -> None:
    """Refuse with 409 an e-mail that the tenant has already.

    Who never verified, and whose token has expired, gives the address up: they are told to sign up again.
    """
    held = by_email(world, email, tenant_id)
    if held is not None and _gave_up(world, held):
        erase(world, held["imperal_id"])
    elif held is not None:
        raise Problem(409, f"{email} is already registered in tenant {tenant_id}. Log in, or use another address.")


def _gave_up(world: World, user: Doc) -> bool:
    tokens = [one for one in world.state["verifications"] if one["user_id"] == user["imperal_id"]]
    late = all(one["expires_at"] <= world.clock.now() for one in tokens)
    return not user["email_verified"] and bool(tokens) and late


def create(world: World, *, email: str, password: str, tenant_id: str, verified: bool, **more: Any) -> Doc:
    """Create an account; a verified one gets its wallet and the system apps at once."""
    role = more.pop("role", None) or "user"
    held = world.state["roles"].first(tenant_id=tenant_id, name=role)
    now = world.clock.stamp()
    user = {
        "imperal_id": world.ids.new("imp_u_", 10),
        "id": world.ids.new("usr_", 16),
        "email": email.lower(),
        "password_hash": hash_password(password, world.ids.new("", 16)),
        "email_verified": verified,
        "tenant_id": tenant_id,
        "agency_id": None,
        "org_id": None,
        "role": role,
        "scopes": list(held["default_scopes"]) if held else list(DEFAULT_SCOPES),
        "denied_scopes": [],
        "attributes": dict(held["default_attributes"]) if held else {},
        "is_active": True,
        "auth_method": "email",
        "created_at": now,
        "updated_at": now,
        "last_login": None,
        "cases_user_id": None,
        "nickname": None,
        "first_name": None,
        "last_name": None,
        **more,
    }
    world.state["users"].add(user)
    if verified:
        welcome(world, user)
    return user


def welcome(world: World, user: Doc) -> None:
    """Give a newly verified account its wallet with the free plan's grant, the system apps and its role's apps."""
    user_id = user["imperal_id"]
    _money.open_wallet(world, user_id)
    _apps.install_system_apps(world, user_id)
    held = world.state["roles"].first(tenant_id=user["tenant_id"], name=user["role"])
    for app_id in held["default_extensions"] if held else ():
        if app_id in world.state["apps"]:
            _apps.install(world, user_id, app_id)


def log_in(world: World, user: Doc, client: str, surface: str = "web") -> Doc:
    """Open a session, move ``last_login`` and return the token pair."""
    world.state["users"].update(user["imperal_id"], last_login=world.clock.stamp())
    return _tokens.open_session(world, user, surface, client)


OWNER_FIELDS = ("user_id", "imperal_id", "owner")  # the fields by which a document is somebody's


def erase(world: World, user_id: str) -> int:
    """Delete a person for good: every document of every collection that is theirs; returns how many there were.

    What is theirs follows from the field that names its owner, so a new collection needs no entry anywhere; with a
    developer go their apps, with a review its votes, and with everything the timers that wait for it. Audit entries
    name people as actor and target only, and stay.
    """
    world.end_streams(user_id)
    developer = world.state["developers"].get(user_id)
    for app in list(world.state["apps"].find(developer_id=developer["developer_id"])) if developer else ():
        _lifecycle.erase(world, app)
    for review in world.state["reviews"].find(user_id=user_id):
        world.state["votes"].remove_where(review_id=review["id"])
    _tallies.forget_user(world, user_id)
    erased, gone = 0, {(field, user_id) for field in OWNER_FIELDS}
    for name in world.state.names():
        store = world.state[name]
        named = f"{name.removesuffix('s')}_id"
        for key in [doc[store.declared.key] for doc in _theirs(store, user_id)]:
            gone.add((named, key))
            store.remove(key)
            erased += 1
    timers = world.state["timers"]
    for timer in timers:
        if any((field, value) in gone for field, value in timer["payload"].items() if isinstance(value, str | int)):
            timers.remove(timer["id"])
            erased += 1
    return erased


def _theirs(store: Store, user_id: str) -> list[Doc]:
    """Find the documents of a person in one collection: by its id, or through the indexes that name an owner.

    A collection without either has no owners, which a test holds against the seed data.
    """
    declared = store.declared
    if declared.key in OWNER_FIELDS:
        found = store.get(user_id)
        return [found] if found is not None else []
    indexed = [field for field in OWNER_FIELDS if field in declared.by]
    return list({doc[declared.key]: doc for field in indexed for doc in store.find(**{field: user_id})}.values())


def deactivate(world: World, user_id: str) -> Doc:
    """Deactivate an account; its live tokens stop working (rule A14)."""
    _tokens.close_sessions(world, user_id)
    world.end_streams(user_id)
    return world.state["users"].update(user_id, is_active=False)


def reactivate(world: World, user_id: str) -> Doc:
    """Activate an account again; it gets the system apps that came while it was away (rule M23)."""
    user = world.state["users"].update(user_id, is_active=True)
    if user["email_verified"]:
        _apps.install_system_apps(world, user_id)
    return user
