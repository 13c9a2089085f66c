"""Rules of deploys, of submissions, and of what a deploy leaves on the gateway (`_sync_manifest`)."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest

from specdouble.verify.kit import Check, Read, Reply, rule

from ...session import Session
from ...shared.apps import BOTH_SECRET, USER_SECRET, deploy, manifest_for, sync_manifest
from .._rules import eventually, find, kept, moment, moves, shows
from ._developer import DEV, SHELF, App, Doc, draft, fails, live, newest_first, waiting

DEPLOY, DEPLOYS, SUBMIT = f"POST {DEV}/deploys", f"GET {DEV}/deploys", f"POST {DEV}/submit"
SYNC, READ, ICON, HOOKS = f"POST {DEV}/_sync_manifest", f"GET {DEV}", f"GET {SHELF}/icon", f"GET {SHELF}/webhooks"
SHA = "89abcdef0123456789abcdef0123456789abcdef"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><title>{}</title></svg>'
TOOL: Doc = {
    "name": "list_books", "description": "List the books.", "action_type": "read",
    "params_schema": {"type": "object", "properties": {"year": {"type": "integer"}}},
}  # fmt: skip
LARGEST_ICON, LARGEST_MANIFEST = 64 * 1024, 1024 * 1024


def _begin(app: App, **body: Any) -> Reply:
    return app.send(DEPLOY, body=body)


def _row(app: App, deploy_id: Any) -> Doc:
    return find(app.send(DEPLOYS), "deploy_id", deploy_id) or {}


# -- deploys -------------------------------------------------------------------------------------------------------


@rule("M14", DEPLOY, DEPLOYS)
def test_a_deploy_of_a_version_begins_pending(session: Session, check: Check) -> None:
    """A deploy with version and changelog is 201, has a `dep_` id, is pending, and is listed as it was answered."""
    app = draft(session)
    made = check.ok(_begin(app, version="1.4.0", changelog="First books."))
    check.status(made, 201, message=f"a deploy answers {made.status}, not 201")
    check.that(str(made["deploy_id"]).startswith("dep_"), "deploy_id does not begin with dep_", made)
    nothing: Doc = {"commit_sha": None, "error_message": None, "deployed_at": None}
    said = {"app_id": app.app_id, "version": "1.4.0", "changelog": "First books.", "status": "pending"}
    shows(check, made, {**said, **nothing}, "a new deploy")
    kept(check, app.send(DEPLOYS), said, "a listed deploy", "status", shown=_row(app, made["deploy_id"]))


@rule("M14", DEPLOY, DEPLOYS, READ)
@pytest.mark.parametrize("ends", ["success", "fail"])
def test_a_pending_deploy_ends(ends: str, session: Session, check: Check) -> None:
    """When the pipeline ends well the deploy is a success and the app has its version; a failure leaves the version."""
    app = draft(session)
    deploy(session, app.owner, app.app_id, version="1.0.0")
    deploy_id = _begin(app, version="2.0.0", changelog="Second.")["deploy_id"]
    body = {} if ends == "success" else {"error_message": "The build broke."}
    session.control.post(f"deploys/{deploy_id}/{'finish' if ends == 'success' else 'fail'}", body)
    eventually(lambda: _row(app, deploy_id).get("status") != "pending")
    row, reply = _row(app, deploy_id), app.send(DEPLOYS)
    shown = app.read()
    if ends == "success":
        shows(check, reply, {"status": "success", "error_message": None}, "a deploy that ended well", row)
        check.that(moment(row.get("deployed_at")) >= moment(row.get("created_at")), "deployed_at is missing", reply)
        check.equal(shown["version"], "2.0.0", "the app does not have the version of its deploy", shown)
    else:
        shows(check, reply, {"status": "failed", "error_message": "The build broke."}, "a failed deploy", row)
        check.equal(row.get("deployed_at"), None, "a failed deploy has a deployed_at", reply)
        check.equal(shown["version"], "1.0.0", "a failed deploy changes the app's version", shown)


@rule("M14", DEPLOY, DEPLOYS)
def test_a_worker_records_deploys_that_have_ended(session: Session, check: Check) -> None:
    """A body with commit_sha records a deploy that has ended: success by default, every field kept, newest first."""
    app = draft(session)
    plain = check.ok(_begin(app, commit_sha=SHA))
    shows(check, plain, {"commit_sha": SHA, "status": "success", "app_id": app.app_id, "version": None}, "a deploy")
    check.that(plain["deployed_at"], "a deploy that succeeded has no deployed_at", plain)
    rows, version = {str(plain["deploy_id"]): plain.json}, None
    for status in ("success", "failed", "warning"):
        said = {
            "status": status,
            "version": f"1.0-{status}",
            "changelog": f"It is a {status}.",
            "commit_sha": SHA[::-1],
        }
        error = {"error_message": f"Because of {status}."} if status != "success" else {}
        reply = check.ok(_begin(app, **said, **error), f"a deploy with the status {status} is refused")
        shows(check, reply, {**said, **error}, f"a deploy that is {status}")
        check.equal(bool(reply["deployed_at"]), status != "failed", f"deployed_at of a deploy that is {status}", reply)
        rows[str(reply["deploy_id"])] = reply.json
        version = said["version"] if status == "success" else version
        check.equal(app.read()["version"], version, f"the app's version after a deploy that is {status}", op=READ)
    check.equal(len(rows), 4, "two deploys have one id", op=DEPLOY)
    listed = check.ok(app.send(DEPLOYS))
    newest_first(check, listed.json, list(rows), "deploy_id", "created_at", "the list of deploys")
    for deploy_id, made in rows.items():
        check.equal(find(listed, "deploy_id", deploy_id), made, "a deploy is listed other than it was answered", listed)
    other = draft(session)
    check.equal(other.send(DEPLOYS).json, [], "an app shows deploys of another", op=DEPLOYS)


@rule("LIFE-320", DEPLOY)
def test_a_deploy_names_a_version_or_a_commit(session: Session, check: Check) -> None:
    """A deploy that names neither a version nor a commit is 422, as is an unknown status, and nothing is recorded."""
    app = draft(session)
    for body in ({}, {"changelog": "x"}, {"status": "success"}, {"version": "1", "status": "done"}):
        fails(check, partial(_begin, app, **body), 422, why=f"a deploy of {sorted(body)}", watch=app.reads())


# -- submitting ----------------------------------------------------------------------------------------------------


def _not_taken(check: Check, app: App, why: str) -> None:
    """Check that a submission does not reach the queue."""
    before = app.read().need().json
    reply = app.submit()
    check.status(reply, 200, 400, 409, 422, message=f"{why}: answered {reply.status}", about=why)
    if reply.ok:
        check.equal(reply["status"], "failed", f"{why}: it was not refused", reply)
        check.equal(reply.json.get("submitted_at"), None, f"{why}: a failed submission has a time", reply)
        checks = reply["checks"]
        check.that(any(not one["passed"] for one in checks), f"{why}: no check says why", reply)
        check.that(all(one.get("ok", one["passed"]) == one["passed"] for one in checks), "ok is not passed", reply)
    check.equal(app.read().json, before, f"{why}: the app changed", reply)
    check.equal(app.queued(), None, f"{why}: the app is in the queue", reply)


@rule("M15", SUBMIT, "GET /v1/admin/apps/pending")
def test_without_a_deploy_nothing_is_submitted(session: Session, check: Check) -> None:
    """Without a successful deploy a submission fails its check: the app stays a draft and out of the queue."""
    _not_taken(check, draft(session), "an app without any deploy")


@rule("M16", SUBMIT)
def test_only_a_clean_deploy_counts(session: Session, check: Check) -> None:
    """Failed, warning and pending deploys do not open the way to review; one success does."""
    app = draft(session)
    for status in ("failed", "warning"):
        deploy(session, app.owner, app.app_id, status)
        _not_taken(check, app, f"an app whose deploy is {status}")
    fresh = draft(session)
    begun = _begin(fresh, version="1.0.0", changelog="Not yet.")["deploy_id"]
    if _row(fresh, begun).get("status") == "pending":
        _not_taken(check, fresh, "an app whose deploy is pending")
    deploy(session, app.owner, app.app_id)
    check.equal(
        check.ok(app.submit())["status"], "pending_review", "a success among failures does not count", op=SUBMIT
    )


@rule("LIFE-321", SUBMIT, "GET /v1/admin/apps/pending", READ)
def test_a_submission_reaches_the_queue(session: Session, check: Check) -> None:
    """A submitted app waits for review: answer, app and queue agree; it changes nothing else and is not listed yet."""
    app = draft(session, pricing_model="subscription", pricing_config={"monthly_price": 500})
    deploy(session, app.owner, app.app_id)
    before = app.read().need().json
    reply = check.ok(app.submit())
    shows(check, reply, {"app_id": app.app_id, "status": "pending_review"}, "a submission")
    check.that(reply["checks"] and all(one["passed"] for one in reply["checks"]), "a check of it did not pass", reply)
    check.that(reply.json.get("submitted_at"), "a submission has no submitted_at", reply)
    shown = app.read()
    check.equal(shown["status"], "pending_review", "a submitted app shows another status", shown)
    kept(check, shown, before, "a submitted app", "status", "updated_at")
    row = app.queued()
    check.must(row, "a submitted app is not in the queue", op="GET /v1/admin/apps/pending")
    names = (
        "app_id",
        "name",
        "display_name",
        "short_description",
        "category",
        "status",
        "developer_id",
        "pricing_model",
    )
    queue = session.send("GET /v1/admin/apps/pending", session.users.admin)
    shows(check, queue, {name: shown[name] for name in names}, "the row in the queue", row)
    submitted = (row or {}).get("submitted_at")
    check.equal(submitted, reply.json.get("submitted_at"), "submitted_at is two times", queue)
    check.equal(app.page().status, 404, "an app in review has a page", op=f"GET {SHELF}", rule="M03")
    check.equal(app.listed(), None, "an app in review is on the marketplace", op="GET /v1/marketplace/apps", rule="M03")
    fails(check, app.submit, 409, why="submitting an app that is in review", watch=app.reads())


@rule("LIFE-321", SUBMIT)
def test_a_live_app_is_not_submitted_again(session: Session, check: Check) -> None:
    """Submitting an app that is live is 409, and it stays live."""
    app = live(session)
    fails(check, app.submit, 409, why="submitting an app that is live", watch=app.reads())
    check.ok(app.page(), "a refused submission took a live app off the marketplace")


# -- what a deploy leaves on the gateway ---------------------------------------------------------------------------


def _shown(app: App) -> tuple[Read, ...]:
    """Return the reads that show a manifest, an icon, webhooks and functions."""
    where, who = {"app_id": app.app_id}, app.owner.bearer
    return (Read(READ, who, where), Read(ICON, who, where), Read(HOOKS, who, where), Read(f"GET {SHELF}", who, where))


@rule("S05", SYNC)
def test_nobody_but_a_service_syncs_a_manifest(session: Session, check: Check) -> None:
    """The app's own developer and an administrator are refused: manifest, icon and functions stay as they are."""
    app = live(session)
    app.sync(icon_svg=SVG.format("old")).need()
    body = {"icon_svg": SVG.format("new"), "manifest_json": {"tools": [], "webhooks": []}, "tools_json": [TOOL]}
    callers = (app.owner.bearer, session.users.admin.bearer, app.owner.bearer.plus("as itself", X_Acting_User="x"))
    for who in callers:
        why = f"syncing as {who.name}"
        fails(check, partial(app.send, SYNC, who, body=body), 401, 403, 422, why=why, watch=_shown(app))
    check.ok(app.sync(icon_svg=SVG.format("new")), "the service token is refused")


@rule("LIFE-322", SYNC, ICON, HOOKS, READ, f"GET {SHELF}", "GET /v1/me/extensions")
def test_a_synced_manifest_shows_everywhere(session: Session, check: Check) -> None:
    """Icon, manifest and tools show where people look: page, functions, webhooks (without secrets' headers), icon."""
    app = live(session)
    person = app.user()
    word = session.users.fresh("build")
    hooks = [{"path": "/paid", "method": "POST", "secret_header": f"X-{word}"}, {"path": "/ping", "method": "GET"}]
    manifest = manifest_for(app.app_id, description=f"Built as {word}.", webhooks=hooks, tools=[TOOL])
    reply = check.ok(app.sync(icon_svg=SVG.format(word), manifest_json=manifest))
    check.equal(reply["updated"], True, "the response says that nothing was updated", reply)
    fields = reply.json.get("fields", ["icon_svg", "manifest_json"])
    check.equal(sorted(fields), ["icon_svg", "manifest_json"], "fields are not what was sent", reply)
    check.equal(app.read()["manifest_json"], manifest, "the stored manifest is not the one that was sent", op=READ)
    icon = check.ok(app.send(ICON))
    check.equal(icon.text, SVG.format(word), "the icon is not the one that was sent", icon)
    check.equal(icon.media_type, "image/svg+xml", "the icon is no SVG", icon)
    listed = check.ok(app.send(HOOKS))
    check.equal(
        sorted((one["path"].lstrip("/"), one["method"]) for one in listed.json), [("paid", "POST"), ("ping", "GET")],
        "the webhooks are not those of the manifest", listed,
    )  # fmt: skip
    check.that(f"X-{word}" not in listed.text, "the webhooks show the headers of their secrets", listed)
    page = check.ok(app.page())
    check.equal(page["tools"], [TOOL], "the tools of the page are not those of the manifest", page)
    mine = app.mine(person) or {}
    check.equal(mine.get("functions"), [TOOL], "the functions in me/extensions are not the manifest's", op=SYNC)
    meta = app.session.send(
        "GET /v1/secrets/{ext_id}/{name}/meta", person, params={"ext_id": app.app_id, "name": USER_SECRET}
    )
    check.status(meta, 200, message="a secret that the manifest declares is unknown", rule="K06")
    sync_manifest(session, app.app_id, manifest_for(app.app_id, secrets=[], webhooks=[]))
    check.equal(app.send(HOOKS).json, [], "webhooks that a manifest leaves out are still there", op=HOOKS)
    gone = app.session.send(
        "GET /v1/secrets/{ext_id}/{name}/meta", person, params={"ext_id": app.app_id, "name": BOTH_SECRET}
    )
    check.status(gone, 404, message="a secret that the manifest leaves out is still declared", rule="K06")


@rule("LIFE-323", SYNC, READ)
def test_each_artefact_is_synced_alone(session: Session, check: Check) -> None:
    """What a sync leaves out stays: an icon alone leaves the manifest, a manifest alone the icon; tools_json counts."""
    app = live(session)
    manifest = manifest_for(app.app_id, tools=[TOOL], webhooks=[])
    app.sync(icon_svg=SVG.format("first"), manifest_json=manifest).need()
    before = app.read().need().json
    check.ok(app.sync(icon_svg=SVG.format("second")))
    check.equal(app.send(ICON).text, SVG.format("second"), "an icon alone is not stored", op=ICON)
    kept(check, app.read(), before, "an app after a new icon", "updated_at")
    newer = {**manifest, "description": "Newer."}
    check.ok(app.sync(manifest_json=newer))
    check.equal(app.read()["manifest_json"], newer, "a manifest alone is not stored", op=READ)
    check.equal(app.send(ICON).text, SVG.format("second"), "a manifest alone changes the icon", op=ICON)
    named = {**TOOL, "name": "list_shelves", "action_type": "write"}
    check.ok(app.sync(tools_json=[named, TOOL]))
    check.equal(app.page()["tools"], [named, TOOL], "tools_json is not what the page shows", op=f"GET {SHELF}")
    check.equal(app.read()["manifest_json"], newer, "tools_json alone changes the manifest", op=READ)
    old = app.read()["updated_at"]
    moved = moves(
        old, lambda: app.sync(icon_svg=SVG.format(session.users.fresh("i"))).need() and app.read()["updated_at"]
    )
    check.that(moved, "updated_at does not move with a sync", op=SYNC)
    unknown = App(session, session.users.fresh("app"), app.owner)
    check.status(unknown.sync(icon_svg=SVG.format("x")), 404, message="syncing an unknown app is not 404")


@rule("M22", SYNC)
def test_a_manifest_is_an_object_or_its_text(session: Session, check: Check) -> None:
    """A manifest may be sent as an object or as JSON text, and the app shows the same for both."""
    app = draft(session)
    manifest = manifest_for(app.app_id, description="Sent as text: ä.")
    check.ok(app.sync(manifest_json=json.dumps(manifest)), "a manifest as text is refused")
    check.equal(app.read()["manifest_json"], manifest, "a manifest sent as text is stored as something else", op=READ)
    other = manifest_for(app.app_id, description="Sent as an object.")
    check.ok(app.sync(manifest_json=other), "a manifest as an object is refused")
    check.equal(app.read()["manifest_json"], other, "a manifest sent as an object is stored otherwise", op=READ)
    fails(check, partial(app.sync, manifest_json="{no json"), 422, 400, why="text that is no JSON", watch=app.reads())


@rule("M22", SYNC)
def test_what_is_too_large_is_refused(session: Session, check: Check) -> None:
    """An icon above 64 KiB and a manifest above 1 MiB without spaces are refused (413, or 422); what fits is taken."""
    app = draft(session)
    app.sync(icon_svg=SVG.format("small"), manifest_json=manifest_for(app.app_id)).need()
    frame = len(SVG.format(""))
    largest = SVG.format("a" * (LARGEST_ICON - frame))
    watch = _shown(app)
    fails(check, partial(app.sync, icon_svg=largest + " "), 413, 422, why="an icon of 64 KiB and a byte", watch=watch)
    check.ok(app.sync(icon_svg=largest), "an icon of 64 KiB is refused")
    huge = manifest_for(app.app_id, description="b" * (LARGEST_MANIFEST + 1))
    fails(check, partial(app.sync, manifest_json=huge), 413, 422, why="a manifest above 1 MiB", watch=watch)
    fails(check, partial(app.sync, manifest_json=json.dumps(huge)), 413, 422, why="a text above 1 MiB", watch=watch)
    room = LARGEST_MANIFEST - len(json.dumps(manifest_for(app.app_id, description=""), separators=(",", ":")))
    fits = manifest_for(app.app_id, description="c" * (room - 64))
    check.ok(app.sync(manifest_json=json.dumps(fits, indent=8)), "spaces of a manifest count against its size")
    check.equal(app.read()["manifest_json"] == fits, True, "a large manifest is stored as something else", op=READ)


@rule("LIFE-324", SUBMIT, "POST /v1/admin/apps/{app_id}/reject")
def test_a_rejected_app_is_submitted_again(session: Session, check: Check) -> None:
    """After a rejection the developer may deploy, submit again and be approved; the reason is gone then."""
    app = waiting(session)
    app.admin("reject", reason="Too short.").need()
    deploy(session, app.owner, app.app_id, version="1.0.1")
    again = check.ok(app.submit(), "an app cannot be submitted again after a rejection")
    check.equal(again["status"], "pending_review", "an app cannot be submitted again after a rejection", again)
    check.that(app.queued(), "an app that was submitted again is not in the queue", again)
    approved = check.ok(app.admin("approve"))
    shows(check, approved, {"status": "active"}, "an approval")
    shows(check, app.read(), {"status": "active", "reject_reason": None}, "an app that is approved after a rejection")
