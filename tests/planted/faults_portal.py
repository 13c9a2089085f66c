"""Faults of the developer portal: enrolment, apps, deploys, earnings and payouts."""

from __future__ import annotations

from typing import Any

from specdouble.mock.pipeline.call import Call, Caller
from specdouble.mock.pipeline.problems import Problem
from specdouble.mock.state.collections import Store
from specdouble.packs.imperal.mockserver.auth_gateway.apps import _apps, _lifecycle, _listing
from specdouble.packs.imperal.mockserver.auth_gateway.developer import _developers
from specdouble.packs.imperal.mockserver.auth_gateway.money import _money
from tests.conftest import Client
from tests.planted.fault import gateway
from tests.planted.gates import any_role, gate
from tests.planted.makers import (
    after,
    around,
    before,
    body,
    both,
    field,
    loses,
    naive,
    put,
    resets,
    skips,
    status,
    still,
    store,
    stores,
    swap,
    value,
)  # fmt: skip
from tests.planted.witness import BARBARA, MARGARET, Witness, names, ok

add = gateway.add
D = "/v1/developer"
A = "/v1/developer/apps"


def refuse(code: int) -> Any:
    raise Problem(code, "Refused.")


# -- enrolment -------------------------------------------------------------------------------------------------------

REGISTER, PROFILE, TIER = "POST /v1/developer/register", "GET /v1/developer/profile", "PUT /v1/developer/tier"


def enrol(client: Client, **sent: Any) -> Any:
    return client.post(f"{D}/register", sent or {"display_name": "Nina"})


def profile(client: Client) -> Any:
    return ok(client.get(f"{D}/profile"))


def balance(client: Client) -> int:
    return ok(client.get("/v1/billing/balance"))["balance"]


def to_tier(client: Client, tier: str) -> Any:
    start = balance(client)
    return client.put(f"{D}/tier", {"tier": tier}).status, start - balance(client), profile(client)["tier"]


add("developer-register-name-needed", "validation", REGISTER, "Tier and nickname alone are refused.",
    before(lambda call: call.body.get("display_name") or refuse(422)),
    lambda w: enrol(w.grace, tier="explorer", nickname="grace-dev").status)  # fmt: skip
add("developer-register-twice", "duplicates", REGISTER, "Somebody enrols twice.",
    around(lambda call, inner: {} if call.user_id in call.state["developers"] else inner(call)),
    lambda w: enrol(w.margaret).status)  # fmt: skip
add("developer-register-nickname-taken", "duplicates", REGISTER, "A nickname is given to two developers.",
    skips(_developers, "_claim_nickname"),
    lambda w: enrol(w.grace, tier="explorer", nickname="margaret").status)  # fmt: skip
add("developer-register-opens-nothing", "effects", REGISTER, "Who enrolled is still refused by the portal.",
    loses("developers"), lambda w: (enrol(w.grace).status, w.grace.get(f"{D}/profile").status))  # fmt: skip
add("developer-register-paid-for-free", "ledger", REGISTER, "A paid tier costs nothing.",
    skips(_money, "debit"),
    lambda w: (start := balance(w.grace), enrol(w.grace, tier="indie", nickname="grace").status,
               start - balance(w.grace))[1:])  # fmt: skip
add("developer-register-poor", "ledger", REGISTER, "A tier that the wallet cannot pay is given.",
    both(skips(_money, "require_balance"), skips(_money, "debit")),
    lambda w: enrol(w.ada, tier="studio", nickname="ada").status)  # fmt: skip
add("developer-register-partner", "states", REGISTER, "Anybody enrols as partner.",
    both(value(_developers, "GRANTED", "nobody"), skips(_money, "require_balance"), skips(_money, "debit")),
    lambda w: enrol(w.ada, tier="partner", nickname="ada").status)  # fmt: skip
add("developer-profile-anybody", "auth", PROFILE, "Who is no developer has a profile.",
    gate(lambda call, inner: _as_developer(call, inner)),
    lambda w: w.ada.get(f"{D}/profile").status)  # fmt: skip
add("developer-profile-of-others", "isolation", PROFILE, "A developer names in user_id whose profile is shown.",
    before(lambda call: setattr(call, "caller", Caller("user", call.state["users"].get(
        call.query.get("user_id") or call.user_id)))),
    lambda w: ok(w.margaret.get(f"{D}/profile?user_id={BARBARA}"))["imperal_id"])  # fmt: skip
add("developer-profile-tier", "enum", PROFILE, "The tier is written with a capital.",
    field("tier", str.capitalize), lambda w: profile(w.margaret)["tier"])  # fmt: skip
add("developer-profile-earnings-usd", "rounding", PROFILE, "Earnings are dollars.",
    field("total_earnings", lambda tokens: tokens / 1000), lambda w: profile(w.margaret)["total_earnings"])  # fmt: skip
add("developer-tier-free", "ledger", TIER, "A paid tier is not charged.",
    skips(_money, "debit"), lambda w: to_tier(w.barbara, "studio"))  # fmt: skip
add("developer-tier-twice", "ledger", TIER, "A paid tier is charged twice.",
    swap(_money, "debit", lambda inner, world, user_id, amount, *a, **n: inner(world, user_id, amount + 500, *a, **n)),
    lambda w: to_tier(w.barbara, "studio"))  # fmt: skip
add("developer-tier-lost", "persistence", TIER, "A new tier is charged and not stored.",
    stores("developers", tier="indie"), lambda w: to_tier(w.barbara, "studio"))  # fmt: skip
add("developer-tier-partner", "states", TIER, "A developer makes themselves a partner.",
    value(_developers, "GRANTED", "nobody"),
    lambda w: [w.frances.put(f"{D}/tier", {"tier": tier}).status for tier in ("explorer", "partner")])  # fmt: skip
add("developer-tier-changes-splits", "effects", TIER, "A new tier changes the split of existing apps.",
    after(lambda call, shown: (call.state["apps"].update("tasks-board", revenue_split_dev=85), shown)[1]),
    lambda w: (to_tier(w.barbara, "studio"), app(w.barbara, "tasks-board")["revenue_split_dev"])[1])  # fmt: skip
add("developer-tier-any-word", "500", TIER, "A tier that does not exist is a crash.",
    body("tier", pattern=None), lambda w: w.margaret.put(f"{D}/tier", {"tier": "gold"}).status)  # fmt: skip


def _as_developer(call: Call, inner: Any) -> None:
    try:
        inner(call)
    except Problem as problem:
        if problem.status != 403:
            raise
        call.caller = Caller("user", call.state["users"].get(MARGARET))


# -- apps ------------------------------------------------------------------------------------------------------------

LIST, MAKE, READ = "GET /v1/developer/apps", "POST /v1/developer/apps", "GET /v1/developer/apps/{app_id}"
CHANGE, DELETE = (f"{one} /v1/developer/apps/{{app_id}}" for one in ("PUT", "DELETE"))
SUBMIT, SUSPEND = (f"POST /v1/developer/apps/{{app_id}}/{one}" for one in ("submit", "suspend"))
NEW = {"app_id": "star-charts", "name": "Star Charts", "short_description": "The sky.", "category": "education"}


def make(w: Witness, **more: Any) -> Any:
    return w.margaret.post(A, {**NEW, **more})


def app(client: Client, app_id: str = "notes") -> Any:
    return ok(client.get(f"{A}/{app_id}"))


def change(w: Witness, app_id: str = "star-charts", **sent: Any) -> Any:
    if app_id == "star-charts":
        ok(make(w))
    reply = w.margaret.put(f"{A}/{app_id}", sent)
    shown = app(w.margaret, app_id)
    kept = ("name", "description", "short_description", "category", "pricing_model", "pricing_config", "git_url")
    return reply.status, {name: shown[name] for name in kept}


def submit(w: Witness, outcome: str | None) -> Any:
    """Submit a new app after a deploy that ended as said; the response, the app's state, and whether it is queued."""
    ok(make(w))
    if outcome:
        ok(w.margaret.post(f"{A}/star-charts/deploys", {"commit_sha": "abc1234", "status": outcome}))
    reply = w.margaret.post(f"{A}/star-charts/submit", {})
    queued = "star-charts" in names(ok(w.grace.get("/v1/admin/apps/pending")), "app_id")
    return reply.status, reply.json.get("status"), app(w.margaret, "star-charts")["status"], queued


def delete(w: Witness, app_id: str = "star-charts", confirm: str = "star-charts") -> Any:
    if app_id == "star-charts":
        ok(make(w))
    reply = w.margaret.delete(f"{A}/{app_id}", {"confirm_name": confirm})
    return reply.status, w.margaret.get(f"{A}/{app_id}").status, len(ok(w.margaret.get(A)))


add("developer-apps-everybodys", "isolation", LIST, "The apps of all developers are listed.",
    store("apps", newest=lambda self, **_e: Store.newest(self)), lambda w: len(ok(w.margaret.get(A))))  # fmt: skip
add("developer-apps-no-drafts", "filters", LIST, "Drafts are not listed.",
    after(lambda _call, rows: [row for row in rows if row["status"] != "draft"]),
    lambda w: len(ok(w.radia.get(A))))  # fmt: skip
add("developer-apps-pricing", "enum", LIST, "pricing_model is spelt per-action.",
    field("[].pricing_model", lambda text: text.replace("_", "-")),
    lambda w: sorted(names(ok(w.margaret.get(A)), "pricing_model")))  # fmt: skip
add("developer-apps-not-enrolled", "auth", LIST, "Who never enrolled lists apps.",
    both(any_role(), around(lambda call, inner: inner(call) if call.user_id in call.state["developers"] else [])),
    lambda w: w.ada.get(A).status)  # fmt: skip
add("developer-create-200", "status", MAKE, "Creating an app answers 200 where 201 is promised.",
    status(200), lambda w: make(w).status)  # fmt: skip
add("developer-create-active", "states", MAKE, "A new app is active at once.",
    swap(_listing, "draft", lambda inner, *a: {**inner(*a), "status": "active"}),
    lambda w: (make(w).json["status"], w.get("/v1/marketplace/apps/star-charts").status))  # fmt: skip
add("developer-create-clash", "duplicates", MAKE, "A slug that is taken is a crash.",
    around(lambda call, inner: 1 / 0 if call.body["app_id"] in call.state["apps"] else inner(call)),
    lambda w: make(w, app_id="crm-sync").status)  # fmt: skip
add("developer-create-no-cap", "bounds", MAKE, "A tier's number of apps is not kept.",
    skips(_developers, "require_room"), lambda w: w.radia.post(A, NEW).status)  # fmt: skip
add("developer-create-cap-early", "bounds", MAKE, "The last app that a tier allows is refused.",
    swap(_developers, "require_room", lambda inner, world, developer: refuse(403)),
    lambda w: make(w).status)  # fmt: skip
add("developer-create-slug", "validation", MAKE, "A slug may hold capitals and blanks.",
    body("app_id", pattern=None), lambda w: make(w, app_id="Star Charts").status)  # fmt: skip
add("developer-create-names-differ", "field", MAKE, "display_name is the slug.",
    after(lambda _call, shown: {**shown, "display_name": shown["app_id"]}),
    lambda w: ok(make(w))["display_name"])  # fmt: skip
add("developer-create-category-lost", "persistence", MAKE, "The category is always general.",
    stores("apps", category="general"),
    lambda w: (ok(make(w)), app(w.margaret, "star-charts")["category"])[1])  # fmt: skip
add("developer-create-split", "rounding", MAKE, "The split of a new app is that of the lowest tier.",
    stores("apps", revenue_split_dev=70),
    lambda w: (ok(make(w)), app(w.margaret, "star-charts")["revenue_split_dev"])[1])  # fmt: skip
add("developer-read-others", "isolation", READ, "A developer reads the apps of another.",
    swap(_developers, "own_app", lambda _inner, world, _user, app_id: world.state["apps"].get(app_id) or refuse(404)),
    lambda w: w.margaret.get(f"{A}/quiz-night").status)  # fmt: skip
add("developer-read-installs", "effects", READ, "install_count is never above zero.",
    put("install_count", 0), lambda w: app(w.margaret)["install_count"] > 0)  # fmt: skip
add("developer-read-naive", "timestamps", READ, "created_at and updated_at have no offset.",
    both(naive("created_at"), naive("updated_at")), lambda w: app(w.margaret)["updated_at"][-1])  # fmt: skip
add("developer-change-lost", "persistence", CHANGE, "A change is answered and not stored.",
    loses("apps"), lambda w: change(w, description="All the stars."))  # fmt: skip
add("developer-change-resets", "persistence", CHANGE, "A change puts the category back to general.",
    resets("apps", category="general"), lambda w: change(w, description="All the stars."))  # fmt: skip
add("developer-change-description-short", "persistence", CHANGE, "A new description replaces the short one.",
    store("apps", update=lambda self, key, /, **c: Store.update(
        self, key, **{**c, **({"short_description": c["description"]} if "description" in c else {})})),
    lambda w: change(w, description="All the stars."))  # fmt: skip
add("developer-change-price-live", "states", CHANGE, "The prices of an active app change.",
    value(_lifecycle, "LOCKED", ()), lambda w: change(w, "notes", pricing_model="subscription"))  # fmt: skip
add("developer-change-text-locked", "states", CHANGE, "The texts of an active app are locked.",
    before(lambda call: refuse(409) if call.state["apps"].get(call.params["app_id"])["status"] == "active" else None),
    lambda w: change(w, "notes", description="For notes."))  # fmt: skip
add("developer-change-time-stands", "timestamps", CHANGE, "updated_at does not move with a change.",
    still("apps"),
    lambda w: (start := app(w.margaret)["updated_at"], change(w, "notes", description="x"),
               app(w.margaret)["updated_at"] > start)[2])  # fmt: skip
add("developer-change-split-49", "bounds", CHANGE, "A split of 49 per cent is accepted.",
    body("revenue_split_dev", minimum=0), lambda w: change(w, revenue_split_dev=49)[0])  # fmt: skip
add("developer-change-git-http", "validation", CHANGE, "A repository address without TLS is accepted.",
    body("git_url", pattern=None), lambda w: change(w, git_url="http://example.com/x.git")[0])  # fmt: skip
add("developer-delete-unconfirmed", "validation", DELETE, "The name need not be repeated.",
    skips(_lifecycle, "require_name"), lambda w: delete(w, confirm="other"))  # fmt: skip
add("developer-delete-live", "states", DELETE, "An active app is deleted.",
    value(_lifecycle, "MOVES", {"active": ("deleted",)}), lambda w: delete(w, "notes", "notes"))  # fmt: skip
add("developer-delete-kept", "delete", DELETE, "A deleted app is still there.",
    skips(_lifecycle, "erase"), lambda w: delete(w))  # fmt: skip
add("developer-delete-body-dropped", "validation", DELETE, "The body of a deletion is not read: 422.",
    before(lambda _call: refuse(422)), lambda w: delete(w))  # fmt: skip
add("developer-submit-undeployed", "states", SUBMIT, "An app without a deploy goes to review.",
    skips(_lifecycle, "_checks", []), lambda w: submit(w, None))  # fmt: skip
add("developer-submit-failed-deploy", "states", SUBMIT, "A failed deploy counts as one.",
    store("deploys", count=lambda self, **e: Store.count(self, app_id=e["app_id"])),
    lambda w: submit(w, "failed"))  # fmt: skip
add("developer-submit-lost", "persistence", SUBMIT, "A submission is answered and not queued.",
    loses("apps"), lambda w: submit(w, "success"))  # fmt: skip
add("developer-submit-refused", "states", SUBMIT, "A submission with a good deploy fails.",
    store("deploys", count=lambda self, **_e: 0), lambda w: submit(w, "success"))  # fmt: skip
add("developer-submit-straight-to-market", "states", SUBMIT, "A submitted app is active without a review.",
    after(lambda call, shown: (call.state["apps"].update(shown["app_id"], status="active"), shown)[1]),
    lambda w: submit(w, "success"))  # fmt: skip
add("developer-suspend-lost", "persistence", SUSPEND, "A suspended app stays on the marketplace.",
    loses("apps"),
    lambda w: (w.margaret.post(f"{A}/notes/suspend").status, w.get("/v1/marketplace/apps/notes").status))  # fmt: skip
add("developer-suspend-draft", "states", SUSPEND, "A draft is suspended.",
    swap(_lifecycle, "step", lambda _inner, world, app, to, _detail, **c: _lifecycle.enter(world, app, to, **c)),
    lambda w: w.radia.post(f"{A}/quiz-night/suspend").status)  # fmt: skip
add("developer-suspend-callable", "effects", "POST /v1/extensions/{app_id}/call", "A suspended app can be called.",
    swap(_apps, "require_usable", lambda inner, world, user_id, app_id: world.state["apps"].get(app_id)),
    lambda w: (w.margaret.post(f"{A}/notes/suspend").status, w.katherine.post("/v1/extensions/notes/call", {
        "user_id": "imp_u_view01", "function": "list_notes"}).status))  # fmt: skip
add("developer-suspend-registry-active", "effects", SUSPEND, "The Registry still calls a suspended app active.",
    value(_lifecycle, "REGISTRY_STATUS", {}),
    lambda w: (w.margaret.post(f"{A}/notes/suspend").status, ok(w.reg.get("/v1/apps/notes"))["status"]))  # fmt: skip
