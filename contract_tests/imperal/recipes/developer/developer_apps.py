"""Apps of developers and their deploys (`/v1/developer/apps…`)."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Read, Ready, about, changes, recipe

from ...session import Session
from ...shared.apps import approve, deploy, manifest_for, own_app, owner_of, submit

ICON = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><title>{}</title></svg>'


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


@recipe("POST /v1/developer/apps")
def create(session: Session) -> Ready:
    """Make the first app of a developer, with every field."""
    owner, app_id = owner_of(session), session.users.fresh("app")
    watch = (Read("GET /v1/developer/apps/{app_id}", owner.bearer, {"app_id": app_id}),)
    return Ready(owner.bearer, owner, body={"app_id": app_id, **texts(session)}, watch=watch)


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


def submitted(session: Session, op: str) -> Ready:
    """Return a request about an app that waits for review, made for it."""
    ready = about(session, op)
    owner, app_id = ready.watch[0].who, ready.params["app_id"]
    deploy(session, owner, app_id)
    submit(session, owner, app_id)
    return ready


@changes("PUT /v1/developer/apps/{app_id}")
def update(session: Session) -> dict[str, Any]:
    """Change everything of a draft."""
    return {**texts(session), "long_description": "# Books\n\nFor small shops.", "revenue_split_dev": 71}


@recipe("DELETE /v1/developer/apps/{app_id}")
def delete(session: Session) -> Ready:
    """Delete a draft that was just made."""
    ready = about(session, "DELETE /v1/developer/apps/{app_id}")
    return ready.but(body={"confirm_name": ready.params["app_id"]})


@recipe("POST /v1/developer/apps/{app_id}/submit")
def submit_(session: Session) -> Ready:
    """Submit a draft that was deployed."""
    ready = about(session, "POST /v1/developer/apps/{app_id}/submit")
    deploy(session, ready.who, ready.params["app_id"])
    return ready.but(body={})


@recipe("POST /v1/developer/apps/{app_id}/suspend")
def suspend(session: Session) -> Ready:
    """Suspend an app that is live."""
    ready = submitted(session, "POST /v1/developer/apps/{app_id}/suspend")
    approve(session, ready.params["app_id"])
    return ready


@changes("POST /v1/developer/apps/{app_id}/deploys")
def record_deploy(session: Session) -> dict[str, Any]:
    """Record a deploy that failed, with every field."""
    return {
        "version": "2.1.0",
        "changelog": f"Second try, {session.users.fresh('change')}.",
        "commit_sha": "89abcdef0123456789abcdef0123456789abcdef",
        "status": "failed",
        "error_message": "The build ran out of memory.",
    }


@recipe("POST /v1/developer/apps/{app_id}/_sync_manifest")
def sync_manifest(session: Session) -> Ready:
    """Store what a deploy built, with every field."""
    ready = about(session, "POST /v1/developer/apps/{app_id}/_sync_manifest", fresh=False)
    word = session.users.fresh("build")
    body = {
        "icon_svg": ICON.format(word),
        "manifest_json": manifest_for(ready.params["app_id"], description=f"Built as {word}."),
        "tools_json": [{"name": "list_books", "description": f"Books of {word}.", "action_type": "read"}],
        "system": False,
    }
    return ready.but(body=body)
