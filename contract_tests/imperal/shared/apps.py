"""Apps of a run: from a draft to the marketplace, in small steps, and one shared app that has everything.

`published_app(session)` makes an app that may be installed and called, each step a function of its own. `shop(session)`
is the app that tests of one process share and never change: read, write, destructive and priced functions, webhooks,
an OAuth provider, and a secret of every kind.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from specdouble.verify.kit import NOBODY, Credential, Unmet

from ..people import Person
from ..session import Session

Doc = dict[str, Any]

READ, WRITE, DESTRUCTIVE, PRICED, PRICED_READ = "list_notes", "create_note", "delete_note", "print_note", "scan_notes"
PRICE, READ_PRICE = 7, 3  # tokens of one call of PRICED and of PRICED_READ
POST_HOOK, GET_HOOK, DEEP_HOOK = "orders", "ping", "orders/paid/eu"
PROVIDER = "google"
USER_SECRET, BOTH_SECRET, EXTENSION_SECRET, APP_SECRET = "user_token", "both_token", "renewed_token", "client_key"
ROOM = 9  # apps of a studio, one fewer than it may have
SMALL = 64  # bytes that fit into BOTH_SECRET; the others keep the default of 4096

_NOTE: Doc = {
    "type": "object",
    "properties": {"title": {"type": "string"}, "count": {"type": "integer"}},
    "required": ["title"],
}
_WHICH: Doc = {"type": "object", "properties": {"note_id": {"type": "string"}}, "required": ["note_id"]}
_LIST: Doc = {"type": "object", "properties": {"limit": {"type": "integer"}, "query": {"type": "string"}}}
_MANIFEST: Doc = {
    "manifest_schema_version": 3,
    "version": "1.2.3",
    "description": "Keeps notes.",
    "icon": "note",
    "capabilities": ["notes:read", "notes:write"],
    "tools": [
        {"name": READ, "description": "List the notes.", "action_type": "read", "params_schema": _LIST},
        {"name": WRITE, "description": "Write a note.", "action_type": "write", "params_schema": _NOTE},
        {"name": DESTRUCTIVE, "description": "Delete a note.", "action_type": "destructive", "params_schema": _WHICH},
        {"name": PRICED, "description": "Print a note on paper.", "action_type": "write", "params_schema": _NOTE},
        {"name": PRICED_READ, "description": "Read notes from paper.", "action_type": "read", "params_schema": _LIST},
    ],
    "signals": [],
    "schedules": [],
    "required_scopes": [],
    "webhooks": [
        {"path": f"/{POST_HOOK}", "method": "POST", "secret_header": "X-Orders-Signature"},
        {"path": f"/{GET_HOOK}", "method": "GET"},
        {"path": f"/{DEEP_HOOK}", "method": "POST"},
    ],
    "events": {"subscribes": [], "emits": [{"type": "notes.note.created"}]},
    "oauth": [{"provider": PROVIDER, "collection": "accounts", "scopes": ["drive.readonly"], "has_hook": True}],
    "secrets": [
        {
            "name": USER_SECRET, "description": "Written by people only.", "required": False,
            "write_mode": "user", "scope": "user", "rotation_hint_days": 90,
        },
        {
            "name": BOTH_SECRET, "description": "Written by people and by the app.", "required": True,
            "write_mode": "both", "scope": "user", "max_bytes": SMALL,
        },
        {
            "name": EXTENSION_SECRET, "description": "Written by the app only.", "required": False,
            "write_mode": "extension", "scope": "user",
        },
        {
            "name": APP_SECRET, "description": "One for the whole app, written by its developer.", "required": True,
            "write_mode": "both", "scope": "app",
        },
    ],
    "exposed": [],
    "lifecycle": {},
    "tray": [],
}  # fmt: skip
PRICING: Doc = {"tool_prices": {PRICED: PRICE, PRICED_READ: READ_PRICE}}


def manifest_for(app_id: str, **changes: Any) -> Doc:
    """Return the full manifest of an app, with some parts exchanged; `webhooks=[]` leaves webhooks out."""
    return {**copy.deepcopy(_MANIFEST), "app_id": app_id, "name": f"App {app_id}", **changes}


# -- the steps -----------------------------------------------------------------------------------------------------


def owner_of(session: Session) -> Person:
    """Return a developer for one more app: a new one, or in a sampling run one who has other apps as well."""
    if not session.sampling.on:
        return session.users.new_developer("explorer")
    rooms: list[Person] = session.shared("owners with room for an app", list)
    if not rooms:
        try:
            rooms += [session.users.new_developer("studio")] * ROOM
        except Unmet:  # a run whom nobody pays for
            rooms.append(session.users.new_developer("explorer"))
    found = rooms.pop()
    if found.stale:
        session.users.login(found)
    return found


def new_app(session: Session, owner: Person | None = None, **fields: Any) -> str:
    """Make a draft and return its app_id; without an owner, a developer is made who has only this app."""
    owner = owner or owner_of(session)
    app_id = str(fields.pop("app_id", "") or session.users.fresh("app"))
    session.client.own(app_id)
    body = {
        "app_id": app_id, "name": f"App {app_id}", "short_description": "Keeps notes for a while.",
        "description": "An app that lives for a minute.", "category": "productivity", **fields,
    }  # fmt: skip
    session.send("POST /v1/developer/apps", owner, body=body).need()
    return app_id


def deploy(session: Session, owner: Person | Credential, app_id: str, status: str = "success", **fields: Any) -> str:
    """Record a deploy that has ended, as the pipeline does, and return its deploy_id."""
    body = {"commit_sha": "0123456789abcdef0123456789abcdef01234567", "status": status, **fields}
    where = {"app_id": app_id}
    return str(session.send("POST /v1/developer/apps/{app_id}/deploys", owner, params=where, body=body)["deploy_id"])


def sync_manifest(session: Session, app_id: str, manifest: Doc, **fields: Any) -> None:
    """Give the gateway the manifest of an app, with the service token (rule S05)."""
    session.send(
        "POST /v1/developer/apps/{app_id}/_sync_manifest", session.users.service,
        params={"app_id": app_id}, body={"manifest_json": manifest, **fields},
    ).need()  # fmt: skip


def submit(session: Session, owner: Person | Credential, app_id: str) -> None:
    """Send an app to review."""
    session.send("POST /v1/developer/apps/{app_id}/submit", owner, params={"app_id": app_id}, body={}).need()


def approve(session: Session, app_id: str) -> None:
    """Let the administrator (else a service) approve an app that waits for review."""
    who = session.users.admin if session.users.has_admin else session.users.service
    session.send("POST /v1/admin/apps/{app_id}/approve", who, params={"app_id": app_id}).need()


def install(session: Session, person: Person, app_id: str) -> None:
    """Install an app for a person."""
    session.send("POST /v1/marketplace/apps/{app_id}/install", person, params={"app_id": app_id}).need()


# -- whole apps ----------------------------------------------------------------------------------------------------


def published_app(session: Session, owner: Person | None = None, manifest: Doc | None = None, **fields: Any) -> str:
    """Make an app that is live on the marketplace and return its app_id.

    Args:
        session: the session.
        owner: a registered developer with room for an app; one is made when none is given.
        manifest: parts of the manifest to exchange, such as `{"tools": […]}`; without it, it has everything.
        fields: more fields of the app, such as `pricing_model="per_action", pricing_config=PRICING`.

    """
    if not (session.users.has_admin or session.settings.service_token):
        raise Unmet("an app has to be approved: --admin or --service-token")
    _ = session.users.service  # the manifest needs it: nothing is made in vain
    owner = owner or owner_of(session)
    app_id = new_app(session, owner, **fields)
    deploy(session, owner, app_id)
    sync_manifest(session, app_id, manifest_for(app_id, **(manifest or {})))
    if session.sampling.on and session.users.has_admin:  # the short way
        where, status = {"app_id": app_id}, {"status": "active"}
        session.send("POST /v1/admin/apps/{app_id}/status", session.users.admin, params=where, body=status).need()
        return app_id
    submit(session, owner, app_id)
    approve(session, app_id)
    return app_id


@dataclass(frozen=True)
class Shop:
    """The shared app and its developer (tier studio: 85 of 100 of a base price are theirs)."""

    app_id: str
    owner: Person


def shop(session: Session) -> Shop:
    """Return the app that tests of this process share and do not change: everything is declared, two calls cost."""

    def make() -> Shop:
        owner = session.users.new_developer("studio")
        return Shop(published_app(session, owner, pricing_model="per_action", pricing_config=PRICING), owner)

    found: Shop = session.shared("the shop app", make)
    if found.owner.stale:
        session.users.login(found.owner)
    return found


# -- what recipes take, the best that can be had ---------------------------------------------------------------------


def whole_app(session: Session) -> Shop:
    """Return a live app of this run with a manifest: the shop, else one of a developer who pays nothing.

    Raises:
        Unmet: people, a manifest or an approval cannot be made.

    """

    def make() -> Shop:
        owner = session.users.new_developer("explorer")
        return Shop(published_app(session, owner, pricing_model="per_action", pricing_config=PRICING), owner)

    try:
        return shop(session)
    except Unmet:
        if session.settings.local or not session.users.makes:
            raise
        return _fresh(session, session.shared("a whole app", make))


def live_app(session: Session) -> Shop:
    """Return a live app of this run, be it without a manifest.

    Raises:
        Unmet: people or an approval cannot be made.

    """

    def make() -> Shop:
        owner = session.users.new_developer("explorer")
        app_id = new_app(session, owner)
        deploy(session, owner, app_id)
        submit(session, owner, app_id)
        approve(session, app_id)
        return Shop(app_id, owner)

    try:
        return whole_app(session)
    except Unmet:
        if session.settings.local or not session.users.plenty:
            raise
        return _fresh(session, session.shared("a live app", make))


def seen_app(session: Session) -> str:
    """Return an app to look at: a live one of this run, else one that is on the marketplace already."""
    try:
        return live_app(session).app_id
    except Unmet:
        if session.settings.local:
            raise
        return str(session.shared("an app of the marketplace", lambda: _on_the_marketplace(session)))


def own_app(session: Session) -> Shop:
    """Return an app and its developer, to look at: of this run, else of the developer who was given."""

    def find() -> Shop:
        owner = session.users.given("developer")
        apps = session.send("GET /v1/developer/apps", owner).need().json
        live = [one["app_id"] for one in apps if one.get("status") == "active"] or [one["app_id"] for one in apps]
        if not live:
            raise Unmet("an app is needed, and the developer who was given (--developer) has none")
        return Shop(str(live[0]), owner)

    try:
        return live_app(session)
    except Unmet as error:
        if session.settings.local:
            raise
        if not session.settings.developer:
            raise Unmet(f"{error}; or a developer who has an app: --developer") from None
        return _fresh(session, session.shared("the app of the given developer", find))


def _fresh(session: Session, found: Shop) -> Shop:
    if found.owner.stale:
        session.users.login(found.owner)
    return found


def _on_the_marketplace(session: Session) -> str:
    """Return a published app, rather one that costs nothing and shows much."""
    rows = [page(session, str(one["app_id"])) for one in listed(session)[:20]]
    if not rows:
        raise Unmet("an app is needed, and the marketplace has none")
    return str(max(rows, key=lambda one: (one.get("pricing_model") == "free", bool(one.get("icon_url"))))["app_id"])


def listed(session: Session, who: Person | Credential = NOBODY) -> list[Doc]:
    """Return the first apps of the marketplace."""
    found = session.send("GET /v1/marketplace/apps", who, query={"per_page": 50, "limit": 50}).need().json
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else list(found["items"])


def page(session: Session, app_id: str, who: Person | Credential = NOBODY) -> Doc:
    """Return the page of an app of the marketplace."""
    return dict(session.send("GET /v1/marketplace/apps/{app_id}", who, params={"app_id": app_id}).need().json)
