"""Apps of developers and their deploys (`/v1/developer/apps…`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from specdouble.verify.kit import Read, Ready, recipe

from ...people import Person
from ...session import Session
from ...shared.apps import approve, deploy, manifest_for, new_app, own_app, owner_of, published_app

ICON = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><title>{}</title></svg>'


@dataclass(frozen=True)
class Draft:
    """An app that is a draft, and its developer."""

    app_id: str
    owner: Person

    @property
    def where(self) -> dict[str, Any]:
        """The path parameters."""
        return {"app_id": self.app_id}

    def read(self, more: str = "") -> Read:
        """Return a read of the app, or of what stands below it."""
        return Read(f"GET /v1/developer/apps/{{app_id}}{more}", self.owner.bearer, self.where)


def draft(session: Session) -> Draft:
    """Make a draft of a developer who has only this app."""
    owner = owner_of(session)
    return Draft(new_app(session, owner), owner)


def kept_draft(session: Session) -> Draft:
    """Return the draft that recipes of this process share: its texts and deploys change, its state does not."""
    found: Draft = session.shared("a draft", lambda: draft(session))
    if found.owner.stale:
        session.users.login(found.owner)
    return found


def submitted(session: Session) -> Draft:
    """Make an app that waits for review."""
    made = draft(session)
    deploy(session, made.owner, made.app_id)
    session.send("POST /v1/developer/apps/{app_id}/submit", made.owner, params=made.where, body={}).need()
    return made


def texts(session: Session) -> dict[str, Any]:
    """Return every field that creating and changing an app have in common, with values of this moment."""
    name = f"Ledger {session.users.fresh('name')}"
    return {
        "name": name,
        "display_name": name,
        "short_description": f"Keeps books: {name}.",
        "description": f"Keeps the books of small shops, as {name} does.",
        "category": "finance",
        "icon": f"icons/{name.rpartition(' ')[2]}.svg",
        "git_url": f"https://git.example.com/{name.rpartition(' ')[2]}.git",
        "pricing_model": "per_action",
        "pricing_config": {"tool_prices": {"create_entry": 12, "list_entries": 0}, "monthly_price": 900},
    }


@recipe("GET /v1/developer/apps")
def apps(session: Session) -> Ready:
    """List the apps of a developer who has one."""
    owner = own_app(session).owner
    return Ready(owner.bearer, owner)


@recipe("POST /v1/developer/apps")
def create(session: Session) -> Ready:
    """Make the first app of a developer, with every field."""
    owner = owner_of(session)
    body = {"app_id": session.users.fresh("app"), **texts(session)}
    return Ready(owner.bearer, owner, body=body, watch=(Read("GET /v1/developer/apps", owner.bearer),))


@recipe("GET /v1/developer/apps/{app_id}")
def read(session: Session) -> Ready:
    """Read an app that is live."""
    found = own_app(session)
    return Ready(found.owner.bearer, found.owner, {"app_id": found.app_id})


@recipe("PUT /v1/developer/apps/{app_id}")
def update(session: Session) -> Ready:
    """Change everything of a draft."""
    made = kept_draft(session)
    body = {**texts(session), "long_description": "# Books\n\nFor small shops.", "revenue_split_dev": 71}
    return Ready(made.owner.bearer, made.owner, made.where, body=body, watch=(made.read(),))


@recipe("DELETE /v1/developer/apps/{app_id}")
def delete(session: Session) -> Ready:
    """Delete a draft that was just made."""
    made = draft(session)
    watch = (made.read(), Read("GET /v1/developer/apps", made.owner.bearer))
    return Ready(made.owner.bearer, made.owner, made.where, body={"confirm_name": made.app_id}, watch=watch)


@recipe("POST /v1/developer/apps/{app_id}/submit")
def submit(session: Session) -> Ready:
    """Submit a draft that was deployed."""
    made = draft(session)
    deploy(session, made.owner, made.app_id)
    return Ready(made.owner.bearer, made.owner, made.where, body={}, watch=(made.read(),))


@recipe("POST /v1/developer/apps/{app_id}/suspend")
def suspend(session: Session) -> Ready:
    """Suspend an app that is live."""
    if session.settings.service_token:
        owner = owner_of(session)
        made = Draft(published_app(session, owner), owner)
    else:
        made = submitted(session)
        owner = made.owner
        approve(session, made.app_id)
    return Ready(owner.bearer, owner, made.where, watch=(made.read(),))


@recipe("GET /v1/developer/apps/{app_id}/analytics")
def analytics(session: Session) -> Ready:
    """Look back as far as the tier studio may; the tier of a given developer may see less."""
    found = own_app(session)
    tier = session.send("GET /v1/developer/profile", found.owner)["tier"]
    days = 90 if tier in ("studio", "partner") else 7
    return Ready(found.owner.bearer, found.owner, {"app_id": found.app_id}, {"days": days})


@recipe("GET /v1/developer/apps/{app_id}/deploys")
def deploys(session: Session) -> Ready:
    """List the deploys of an app that has one."""
    found = own_app(session)
    return Ready(found.owner.bearer, found.owner, {"app_id": found.app_id})


@recipe("POST /v1/developer/apps/{app_id}/deploys")
def record_deploy(session: Session) -> Ready:
    """Record a deploy that failed, with every field."""
    made = kept_draft(session)
    body = {
        "version": "2.1.0",
        "changelog": f"Second try, {session.users.fresh('change')}.",
        "commit_sha": "89abcdef0123456789abcdef0123456789abcdef",
        "status": "failed",
        "error_message": "The build ran out of memory.",
    }
    return Ready(made.owner.bearer, made.owner, made.where, body=body, watch=(made.read("/deploys"),))


@recipe("POST /v1/developer/apps/{app_id}/_sync_manifest")
def sync_manifest(session: Session) -> Ready:
    """Store what a deploy built, with every field."""
    made = kept_draft(session)
    word = session.users.fresh("build")
    body = {
        "icon_svg": ICON.format(word),
        "manifest_json": manifest_for(made.app_id, description=f"Built as {word}."),
        "tools_json": [{"name": "list_books", "description": f"Books of {word}.", "action_type": "read"}],
        "system": False,
    }
    watch = (made.read(), Read("GET /v1/marketplace/apps/{app_id}/icon", made.owner.bearer, made.where))
    return Ready(session.users.service, made.owner, made.where, body=body, watch=watch)
