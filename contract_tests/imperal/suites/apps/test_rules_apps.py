"""Rules of developers' apps: creating, reading, changing, the cap of a tier, and deleting."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from specdouble.verify.kit import Check, Read, Unmet, rule

from ...people import Person
from ...recipes.developer.developer_apps import texts
from ...session import Session
from ...shared.apps import approve, install, new_app
from .._rules import find, shows
from ..developer._developer import DEV, SHELF, App, Doc, draft, fails, in_state, live, newest_first

CREATE, LIST, READ = "POST /v1/developer/apps", "GET /v1/developer/apps", f"GET {DEV}"
CHANGE, DELETE, SUSPEND = f"PUT {DEV}", f"DELETE {DEV}", f"POST {DEV}/suspend"
FRESH: Doc = {
    "status": "draft", "reject_reason": None, "version": None, "manifest_json": None, "install_count": 0,
    "system": False, "long_description": None,
}  # fmt: skip
PRICES: tuple[Doc, ...] = (
    {"pricing_model": "per_action"},
    {"pricing_config": {"tool_prices": {"list_notes": 5}}},
    {"revenue_split_dev": 60},
)


@rule("M11", CREATE, READ, LIST)
@pytest.mark.parametrize("label", ["name", "display_name"])
def test_an_app_begins_as_a_draft_and_keeps_every_field(label: str, session: Session, check: Check) -> None:
    """Creating answers 201 and a draft with every field that was sent; either label names it, and both hold the name.

    The response, the app when it is read, and its row in the developer's list are the same.
    """
    owner, app_id = session.users.new_developer("explorer"), session.users.fresh("app")
    said = texts(session)
    body = {"app_id": app_id, **{name: value for name, value in said.items() if name not in ("name", "display_name")}}
    made = check.ok(session.send(CREATE, owner, body={**body, label: said["name"]}))
    check.status(made, 201, message=f"creating an app answers {made.status}, not 201")
    shows(check, made, {**said, "app_id": app_id, **FRESH, "revenue_split_dev": 70}, "a new app")
    check.equal(made["created_at"], made["updated_at"], "a new app was changed after it was made", made)
    app = App(session, app_id, owner)
    check.equal(app.read().json, made.json, "the app that is read is not the one that was made", op=READ)
    check.equal(session.send(LIST, owner).json, [made.json], "the list is not the one app that was made", op=LIST)
    check.equal(app.page().status, 404, "a draft has a page on the marketplace", op=f"GET {SHELF}")
    page = check.ok(
        session.send("GET /v1/marketplace/developer/{developer_id}", params={"developer_id": made["developer_id"]}),
        "the developer_id of an app opens no developer's page",
    )
    check.equal(page["developer_id"], made["developer_id"], "the developer's page shows another developer_id", page)


@rule("M11", CREATE)
def test_what_is_not_said_of_an_app_has_a_default(session: Session, check: Check) -> None:
    """Without more than a slug and a name an app is free, in the category general, and git_url is not needed."""
    owner, app_id = session.users.new_developer("indie"), session.users.fresh("app")
    made = check.ok(session.send(CREATE, owner, body={"app_id": app_id, "name": "Bare"}))
    defaults = {"description": "", "category": "general", "icon": "", "pricing_model": "free", "pricing_config": None}
    shows(check, made, {**FRESH, **defaults, "name": "Bare", "display_name": "Bare", "revenue_split_dev": 80}, "an app")
    check.that(not made["git_url"], "a git_url appears from nowhere", made)
    nameless = {"app_id": session.users.fresh("app"), "description": "Has no name."}
    watch = (Read(LIST, owner.bearer),)
    fails(check, lambda: session.send(CREATE, owner, body=nameless), 422, why="an app without a name", watch=watch)


@rule("M12", CREATE)
def test_a_slug_belongs_to_one_app(session: Session, check: Check) -> None:
    """A slug that is taken is 409 whoever has it, one of the platform's own apps is 400 with "already in use"."""
    owner, other = session.users.new_developer("indie"), draft(session)
    mine = draft(session, owner)
    body: Doc = {"name": "Usurper", "short_description": "Wants a slug that is taken."}
    for app in (mine, other):
        watch = (*mine.reads(), *other.reads())
        why = "a slug of one's own" if app is mine else "somebody else's slug"
        fails(
            check, partial(session.send, CREATE, owner, body={**body, "app_id": app.app_id}), 409, why=why,
            watch=watch,
        )  # fmt: skip
    system = [one["app_id"] for one in session.send("GET /v1/me/extensions", owner).need().json]
    if "billing" not in system:
        raise Unmet("the target has no platform app called billing")
    reply = fails(
        check, lambda: session.send(CREATE, owner, body={**body, "app_id": "billing"}), 400, why="the platform's slug",
        watch=mine.reads(),
    )  # fmt: skip
    check.that("already in use" in str(reply.detail).lower(), "the refusal lacks 'already in use'", reply)


@rule("M13", CREATE)
def test_a_tier_allows_so_many_apps_whatever_their_state(session: Session, check: Check) -> None:
    """A tier's cap counts drafts and apps in review, active and suspended: explorer 1, indie 3, studio 10."""
    explorer = session.users.new_developer("explorer")
    first = draft(session, explorer)
    _full(session, check, explorer, "explorer")
    first.delete().need()
    check.ok(_one_more(session, explorer), "a deleted app still counts against the cap")
    for states in (("draft", "pending_review", "active"), ("suspended", "suspended", "draft")):
        indie = session.users.new_developer("indie")
        for status in states:
            in_state(session, status, indie)
        _full(session, check, indie, f"indie with {', '.join(states)}")
    studio = session.users.new_developer("studio")
    for number in range(10):
        check.ok(_one_more(session, studio), f"studio is refused its app number {number + 1}")
    _full(session, check, studio, "studio")


@rule("M13", CREATE)
def test_a_partner_has_no_cap(session: Session, check: Check) -> None:
    """The tier partner has no cap, a split of 95 and a look back of a year."""
    partner = _partner(session)
    for number in range(11):
        made = check.ok(_one_more(session, partner), f"partner is refused its app number {number + 1}")
        check.equal(made["revenue_split_dev"], 95, "the split of a partner's app is not 95", made)
    app = App(session, made["app_id"], partner)
    check.ok(app.send(f"GET {DEV}/analytics", query={"days": 365}), "a partner may not look back 365 days", rule="M20")


def _partner(session: Session) -> Person:
    """Return an administrator of this run who takes the tier that only administrators may have."""
    person = session.users.new_admin()
    session.users.fund(person, 100_000)
    reply = session.send("POST /v1/developer/register", person, body={"display_name": "Partner", "tier": "partner"})
    if not reply.ok:
        raise Unmet("no public operation makes a partner here")
    return person


def _one_more(session: Session, owner: Person) -> Any:
    app_id = session.users.fresh("app")
    return session.send(CREATE, owner, body={"app_id": app_id, "name": app_id})


def _full(session: Session, check: Check, owner: Person, what: str) -> None:
    fails(
        check,
        lambda: _one_more(session, owner),
        403,
        why=f"one app too many: {what}",
        watch=(Read(LIST, owner.bearer),),
    )


@rule("LIFE-310", LIST)
def test_the_list_of_apps_is_ones_own(session: Session, check: Check) -> None:
    """A developer's list holds exactly their own apps, in every state, as reading each of them shows it."""
    owner = session.users.new_developer("studio")
    made = [in_state(session, status, owner) for status in ("draft", "suspended", "active", "pending_review")]
    draft(session)
    rows = check.ok(session.send(LIST, owner))
    check.equal(
        sorted(one["app_id"] for one in rows.json), sorted(app.app_id for app in made), "the list is not one's own apps"
    )
    for app, status in zip(made, ("draft", "suspended", "active", "pending_review"), strict=True):
        read = app.read()
        check.equal(read["status"], status, f"an app that is {status} shows another status", read)
        check.equal(find(rows, "app_id", app.app_id), read.json, "an app is listed other than it is read", rows)
    newest_first(check, rows.json, [app.app_id for app in made], "app_id", "created_at", "the developer's list")


@rule("LIFE-312", CHANGE, f"GET {SHELF}")
def test_new_texts_show_on_the_marketplace(session: Session, check: Check) -> None:
    """Texts of a live app may change, and its card and page show the new ones while it stays live."""
    app = live(session)
    word = session.users.fresh("word")
    new = {"short_description": f"Short {word}.", "long_description": f"Long {word}.", "category": "finance"}
    reply = check.ok(app.change(display_name=f"Named {word}", description=f"Says {word}.", **new), rule="M18")
    shows(check, reply, {**new, "description": f"Says {word}.", "status": "active"}, "a live app")
    names = {"name": f"Named {word}", "display_name": f"Named {word}"}
    shows(check, app.page(), {**names, **new}, "the page of an app")
    card = app.listed()
    check.must(card, "a live app left the list when its texts changed")
    new.pop("long_description")
    shows(check, app.page(), {**names, **new}, "the card of an app", card)


@rule("LIFE-313", CHANGE, CREATE, "GET /v1/marketplace/categories/catalog")
def test_categories_are_understood_in_every_spelling(session: Session, check: Check) -> None:
    """The id, the label and every alias of the category catalogue are understood, and the id is what is kept."""
    app = draft(session)
    catalogue = session.send("GET /v1/marketplace/categories/catalog").need().json
    for row in session.some(catalogue[:6] + catalogue[-2:], 0, 3):
        for spelling in session.some((row["id"], row["label"], *row.get("aliases", ())), 0, 3):
            reply = check.ok(app.change(category=spelling), f"the category {spelling!r} is refused")
            check.equal(reply["category"], row["id"], f"{spelling!r} is not kept as its category's id", reply)
    label = catalogue[0]["label"]
    owner = session.users.new_developer("explorer")
    other = App(session, new_app(session, owner, category=label), owner).read()
    check.equal(other["category"], catalogue[0]["id"], "a new app keeps the label of its category", other, op=CREATE)


@rule("M18", CHANGE)
def test_prices_are_locked_while_an_app_is_live(session: Session, check: Check) -> None:
    """No price of an app can change while it is live, and texts sent with one do not change either."""
    app = in_state(session, "active")
    for change in PRICES:
        (name,) = change
        sent = {**change, "description": "Changed with a price."}
        fails(check, partial(app.change, **sent), 409, why=f"{name} while active", watch=app.reads())
    check.ok(app.change(description="Changed alone."), "a text alone is refused")


@rule("M18", CHANGE, SUSPEND, "POST /v1/admin/apps/{app_id}/approve")
def test_prices_change_while_suspended_and_count_after_the_next_approval(session: Session, check: Check) -> None:
    """A suspended app's prices can change; it stays suspended until it is approved again, and then they are charged."""
    app = live(
        session, None, "list_notes", pricing_model="per_action", pricing_config={"tool_prices": {"list_notes": 4}}
    )
    person = app.user()
    check.ok(app.suspend())
    new = {"pricing_model": "per_action", "pricing_config": {"tool_prices": {"list_notes": 9}}, "revenue_split_dev": 50}
    reply = check.ok(app.change(**new), "prices of a suspended app are refused")
    shows(check, reply, {**new, "status": "suspended"}, "a suspended app")
    check.equal(app.page().status, 404, "a price change brings a suspended app back", op=f"GET {SHELF}")
    app.submit().need()
    approve(session, app.app_id)
    shows(check, app.page(), {name: new[name] for name in ("pricing_model", "pricing_config")}, "the page of an app")
    before = session.send("GET /v1/billing/balance", person)["balance"]
    app.call(person, "list_notes").need()
    paid = before - session.send("GET /v1/billing/balance", person)["balance"]
    check.equal(paid, 9, "a call does not cost the new price", op="POST /v1/extensions/{app_id}/call")


@rule("M19", DELETE)
def test_deleting_wants_the_name_and_an_app_out_of_use(session: Session, check: Check) -> None:
    """An app is deleted when confirm_name is exactly its app_id (else 400) and it is not live (409).

    While it is in review a server may refuse it too (409); a suspension leads out of both.
    """
    app = draft(session, name="Shown Name")
    for wrong in session.some(("Shown Name", app.app_id.upper(), app.app_id[:-1], f"{app.app_id} ", "x"), 1, 1):
        fails(check, partial(app.delete, wrong), 400, why="a name that differs", watch=app.reads())
    held = in_state(session, "active")
    fails(check, held.delete, 409, why="deleting an app that is active", watch=held.reads())
    check.ok(held.suspend())
    _deleted(check, held)
    _deleted(check, app)
    waits = in_state(session, "pending_review")
    before, reply = session.look(waits.reads()), waits.delete()
    check.that(reply.ok or reply.status == 409, f"deleting an app in review is answered with {reply.status}", reply)
    check.that(reply.ok or session.look(waits.reads()) == before, "a refused deletion changed something", reply)


def _deleted(check: Check, app: App) -> None:
    reply = check.ok(app.delete())
    shows(check, reply, {"app_id": app.app_id, "status": "deleted"}, "the answer to a deletion")
    check.status(app.read(), 404, message="a deleted app can be read")
    listed = [one["app_id"] for one in app.session.send(LIST, app.owner).need().json]
    check.that(app.app_id not in listed, "a deleted app is still listed", op=LIST, got=listed)
    check.status(app.delete(), 404, message="an app can be deleted twice")


@rule("E09", DELETE, "DELETE /v1/admin/apps/{app_id}")
def test_a_deletion_without_its_body_is_422(session: Session, check: Check) -> None:
    """Deleting an app wants a JSON body although it is a DELETE: without one it is 422 and the app stays."""
    app = draft(session)
    fails(check, lambda: app.send(DELETE), 422, why="no body", watch=app.reads())
    fails(check, lambda: app.send(DELETE, body={}), 422, why="no confirm_name", watch=app.reads())
    op, admin = "DELETE /v1/admin/apps/{app_id}", session.users.admin
    fails(check, lambda: app.send(op, admin), 422, why="no body", watch=app.reads(), op=op)
    fails(
        check, lambda: app.send(op, admin, body={"force": True}), 422, why="no confirm_name", watch=app.reads(), op=op
    )


@rule("LIFE-314", DELETE)
def test_a_deleted_app_is_gone_from_everybody_and_its_slug_is_free(session: Session, check: Check) -> None:
    """A deletion takes installs, deploys and reviews along; the slug is free again and its next app begins anew."""
    app = live(session)
    person = app.user()
    review = {"rating": 5, "body": "It lists the notes that I have."}
    app.send(f"POST {SHELF}/reviews", person, body=review).need()
    app.suspend().need()
    check.ok(app.delete())
    check.equal(
        app.mine(person), None, "a deleted app is still among somebody's extensions", op="GET /v1/me/extensions"
    )
    check.status(app.page(), 404, message="a deleted app has a page")
    check.status(app.call(person, "list_notes"), 404, 403, message="a deleted app can be called")
    check.status(app.send(f"POST {SHELF}/install", person, body={}), 400, message="a deleted app can be installed")
    check.status(app.send(f"GET {SHELF}/webhooks"), 404, message="a deleted app has webhooks")
    other = session.users.new_developer("explorer")
    again = App(session, app.app_id, other)
    made = check.ok(
        session.send(CREATE, other, body={"app_id": app.app_id, "name": "Anew"}),
        "the slug of a deleted app is not free",
    )
    shows(check, made, {**FRESH, "name": "Anew"}, "an app with a slug used again")
    check.equal(again.send(f"GET {DEV}/deploys").json, [], "deploys of a deleted app are still there")
    published_app_again(session, check, again, person)


def published_app_again(session: Session, check: Check, app: App, person: Person) -> None:
    """Check that a slug used again begins without the installs and reviews of the deleted app."""
    app.admin("status", status="active").need()
    shows(
        check, app.page(person), {"install_count": 0, "rating": 0, "review_count": 0, "is_installed": False}, "an app"
    )
    install(session, person, app.app_id)
    reviews = app.send(f"GET {SHELF}/reviews", person)
    check.equal(reviews["total"], 0, "the reviews of a deleted app are still there", reviews)


@rule("ISO-300", READ, CHANGE, DELETE, SUSPEND)
def test_somebody_elses_app_is_unknown(session: Session, check: Check) -> None:
    """Another developer neither reads nor changes nor deletes an app, whatever the route: 404 or 403, and it stays."""
    app, stranger = live(session), session.users.new_developer("indie")
    waiting = in_state(session, "draft")
    requests: tuple[tuple[str, App, Doc], ...] = (
        (READ, app, {}),
        (CHANGE, app, {"body": {"description": "Stolen."}}),
        (DELETE, waiting, {"body": {"confirm_name": waiting.app_id}}),
        (f"POST {DEV}/submit", waiting, {"body": {}}),
        (SUSPEND, app, {}),
        (f"GET {DEV}/analytics", app, {"query": {"days": 7}}),
        (f"GET {DEV}/deploys", app, {}),
        (f"POST {DEV}/deploys", app, {"body": {"commit_sha": "0" * 40}}),
        ("GET /v1/developer/earnings/{app_id}", app, {}),
    )
    for op, target, more in requests:
        why = f"somebody else's app: {op}"
        reply = fails(
            check, partial(target.send, op, stranger, **more), 404, 403, why=why,
            watch=target.reads(), op=op,
        )  # fmt: skip
        check.that("list_notes" not in reply.text, "a refusal shows the app's data", reply)
    unknown = App(session, session.users.fresh("app"), stranger)
    check.status(unknown.read(), 404, message="an unknown app is not 404")
    check.status(unknown.change(description="x"), 404, message="an unknown app is not 404")
