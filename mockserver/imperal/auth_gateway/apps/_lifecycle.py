"""The life of an app: its states, who is told when it moves, and how it leaves.

``deleted`` is no stored state: an app that gets there is gone, and its slug is free again.
"""

from __future__ import annotations

from typing import Any

from specdouble.mock.kit import Call, Doc, Problem, World, move

from ..work import _tallies
from . import _apps, _catalogue

# What developers and reviewers may do. An admin's status and purge go past this table.
MOVES: dict[str, tuple[str, ...]] = {
    "draft": ("pending_review", "deleted"),
    "pending_review": ("active", "draft", "suspended"),
    "active": ("suspended",),
    "suspended": ("pending_review", "deleted"),
}
LOCKED = ("active",)  # no price changes here (rule M18)

# What the Registry shows of it: it knows no draft, and a review changes nothing there (rules M27, R10).
REGISTRY_STATUS = {"draft": "active", "active": "active", "suspended": "suspended"}

# The collections whose documents go with an app.
HANGING = ("reviews", "deploys", "denials", "disabled", "records", "skeletons", "extcache", "files")

IN_USE = "is live or in review. Suspend it first, and delete it then."


def known_app(call: Call) -> Doc:
    """Return the app that the path names, whoever owns it; refuses with 404."""
    app_id = call.params["app_id"]
    return call.need("apps", app_id, f"There is no app {app_id!r}; check the slug against the app list.")


def owner(world: World, app: Doc) -> str | None:
    """Return the ``imperal_id`` of an app's developer; the platform's own apps have none."""
    developer = world.state["developers"].first(developer_id=app["developer_id"])
    return developer["imperal_id"] if developer else None


def tell_owner(world: World, app: Doc, kind: str, **payload: Any) -> None:
    """Publish an event about an app to its developer's streams."""
    user_id = owner(world, app)
    if user_id is not None:
        world.emit(user_id, kind, {"app_id": app["app_id"], **payload})


def step(world: World, app: Doc, to: str, detail: str, **changes: Any) -> Doc:
    """Move an app along the table; refuses with 409 and that sentence what the table lacks."""
    return enter(world, app, move(MOVES, app["status"], to, detail), **changes)


def enter(world: World, app: Doc, status: str, **changes: Any) -> Doc:
    """Put an app into a state: the Registry follows, its developer is told, and a system app reaches everybody."""
    app_id = app["app_id"]
    moved = world.state["apps"].update(app_id, status=status, **changes)
    if status == "active":
        register(world, moved)
    if status in REGISTRY_STATUS:
        _catalogue.set_status(world, app_id, REGISTRY_STATUS[status])
    if status == "active" and moved.get("system"):
        install_for_everybody(world, app_id)
    tell_owner(world, moved, "developer.app_status", status=status, reject_reason=moved["reject_reason"])
    return moved


def register(world: World, app: Doc) -> None:
    """Make sure that the Registry has a row for an app."""
    held = world.state["registry_apps"].get(app["app_id"])
    if held is None or held["status"] == "deleted":
        _catalogue.register(
            world,
            app["app_id"],
            owner_id=owner(world, app) or app["developer_id"],
            name=app["name"],
            description=app["short_description"] or None,
            version=app["version"],
            category=app["category"],
        )


def install_for_everybody(world: World, app_id: str) -> None:
    """Install a system app for every verified, active account (rule M23)."""
    for user in world.state["users"]:
        if user["is_active"] and user["email_verified"]:
            _apps.install(world, user["imperal_id"], app_id)


def submit(world: World, app: Doc) -> Doc:
    """Send an app to review if its checks pass; otherwise nothing moves (rule M15). Returns AppSubmitResponse."""
    move(MOVES, app["status"], "pending_review", f"{app['app_id']!r} is in review or live already; nothing to submit.")
    checks = _checks(world, app)
    passed = all(one["passed"] for one in checks)
    now = world.clock.stamp() if passed else None
    if passed:
        enter(world, app, "pending_review", submitted_at=now, reject_reason=None)
    status = "pending_review" if passed else "failed"
    return {"app_id": app["app_id"], "status": status, "submitted_at": now, "checks": checks}


def _checks(world: World, app: Doc) -> list[Doc]:
    """Say what a submission needs and whether an app has it; only a clean deploy counts as one (rule M16)."""
    deployed = world.state["deploys"].count(app_id=app["app_id"], status="success") > 0
    needs = (
        ("successful_deploy", deployed, "No deploy has succeeded yet. POST a deploy and wait until it is done."),
        ("short_description", bool(app["short_description"]), "Write a short description for the marketplace card."),
    )
    return [
        {"check": check, "passed": passed, "ok": passed, "message": None if passed else message}
        for check, passed, message in needs
    ]


def delete(world: World, app: Doc, confirm_name: str) -> None:
    """Delete an app at its developer's wish: the name must be repeated and the app out of use (rule M19)."""
    require_name(app, confirm_name)
    move(MOVES, app["status"], "deleted", f"{app['app_id']!r} {IN_USE}")
    erase(world, app)


def require_name(app: Doc, confirm_name: str) -> None:
    """Refuse with 400 a deletion whose confirmation is not exactly the slug."""
    if confirm_name != app["app_id"]:
        raise Problem(400, f"confirm_name does not match; repeat {app['app_id']!r} exactly to go ahead.")


def erase(world: World, app: Doc) -> int:
    """Remove an app from both services with all that hangs on it, and return how many installs were removed.

    Action records and earnings stay: they are their users' and their developer's.
    """
    state, app_id = world.state, app["app_id"]
    holders = [held["user_id"] for held in state["installs"].find(app_id=app_id)]
    for user_id in holders:
        _apps.uninstall(world, user_id, app_id)
    for review in state["reviews"].find(app_id=app_id):
        state["votes"].remove_where(review_id=review["id"])
    for deploy in state["deploys"].find(app_id=app_id):
        world.cancel_timers("deploy.settle", deploy_id=deploy["deploy_id"])
    for collection in HANGING:
        state[collection].remove_where(app_id=app_id)
    for scripted in state["webhook_answers"]:
        if scripted["id"].partition(" ")[2].startswith(f"{app_id}/"):
            state["webhook_answers"].remove(scripted["id"])
    state["secrets"].remove_where(ext_id=app_id)
    if app_id in state["ext_health"]:
        state["ext_health"].remove(app_id)
    _tallies.forget_app(world, app_id)
    _catalogue.remove(world, app_id)
    tell_owner(world, app, "developer.app_status", status="deleted", reject_reason=None)
    state["apps"].remove(app_id)
    return len(holders)
