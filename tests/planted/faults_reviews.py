"""Faults of reviews and votes, and of the administration of apps, payouts and tenant defaults."""

from __future__ import annotations

from typing import Any

from specdouble.mock.pipeline.call import Call, Caller
from specdouble.mock.pipeline.problems import Problem
from specdouble.packs.imperal.mockserver.auth_gateway.apps import _apps, _lifecycle, _reviews
from specdouble.packs.imperal.mockserver.auth_gateway.developer import _earnings, admin
from specdouble.packs.imperal.mockserver.auth_gateway.identity import _settings
from specdouble.packs.imperal.mockserver.auth_gateway.rights import _trail
from tests.conftest import Client
from tests.planted.fault import gateway
from tests.planted.gates import any_role, forgives
from tests.planted.makers import (
    after,
    around,
    before,
    body,
    both,
    crash,
    field,
    keeps,
    loses,
    null,
    put,
    query,
    rename,
    resets,
    skips,
    still,
    store,
    stores,
    swap,
    value,
)  # fmt: skip
from tests.planted.witness import KATHERINE, Witness, names, ok

add = gateway.add
M = "/v1/marketplace"
LIST, WRITE = (f"{one} /v1/marketplace/apps/{{app_id}}/reviews" for one in ("GET", "POST"))
EDIT, DELETE = (f"{one} /v1/marketplace/reviews/{{review_id}}" for one in ("PUT", "DELETE"))
VOTE = "POST /v1/marketplace/reviews/{review_id}/vote"
TEXT = {"rating": 2, "title": "Hm", "body": "It reads files, but not the ones that I have."}


def refuse(code: int) -> Any:
    raise Problem(code, "Refused.")


def page(client: Client, text: str = "", app_id: str = "notes") -> Any:
    return ok(client.get(f"{M}/apps/{app_id}/reviews{text}"))


def write(w: Witness, app_id: str = "doc-shelf", **more: Any) -> Any:
    return w.ada.post(f"{M}/apps/{app_id}/reviews", {**TEXT, **more})


def written(w: Witness) -> Any:
    """Review File Reader: the response, the list, and what the card says of it."""
    reply = write(w)
    card, listed = ok(w.get(f"{M}/apps/doc-shelf")), page(w, app_id="doc-shelf")
    shown = [(one["rating"], one["title"], one["body"], one["user_id"]) for one in listed["items"]]
    return reply.status, shown, listed["total"], listed["average_rating"], card["rating"], card["review_count"]


def review(w: Witness, number: int = 21) -> Any:
    return next((one for one in page(w)["items"] if one["id"] == number), None)


def edit_it(w: Witness, **sent: Any) -> Any:
    reply = w.grace.put(f"{M}/reviews/21", sent)
    held = review(w)
    return reply.status, held["rating"], held["title"], held["body"]


def vote(w: Witness, number: int = 25, *, helpful: bool = True) -> Any:
    return w.ada.post(f"{M}/reviews/{number}/vote", {"helpful": helpful})


add("reviews-list-lowest-first", "filters", LIST, "The sort highest shows the lowest first.",
    before(lambda call: call.query.update(sort={"highest": "lowest"}.get(call.query["sort"], call.query["sort"]))),
    lambda w: names(page(w, "?sort=highest")["items"], "rating"))  # fmt: skip
add("reviews-list-oldest", "filters", LIST, "The sort oldest shows the newest first.",
    before(lambda call: call.query.update(sort="newest")),
    lambda w: names(page(w, "?sort=oldest")["items"], "id"))  # fmt: skip
add("reviews-list-total-of-page", "pagination", LIST, "total is the length of the page.",
    after(lambda _call, shown: {**shown, "total": len(shown["items"])}),
    lambda w: page(w, "?per_page=2")["total"])  # fmt: skip
add("reviews-list-per-page-ignored", "pagination", LIST, "per_page is ignored.",
    before(lambda call: call.query.update(per_page=50)), lambda w: len(page(w, "?per_page=2")["items"]))  # fmt: skip
add("reviews-list-last-page-again", "pagination", LIST, "The page behind the last repeats the first.",
    around(lambda call, inner: _repeat(call, inner)),
    lambda w: len(page(w, "?per_page=50&page=2")["items"]))  # fmt: skip
add("reviews-list-any-sort", "validation", LIST, "Any word is taken for a sort.",
    query("sort", pattern=None), lambda w: w.get(f"{M}/apps/notes/reviews?sort=random").status)  # fmt: skip
add("reviews-list-voted-for-nobody", "field", LIST, "user_voted is a text.",
    field("items.[].user_voted", str),
    lambda w: {type(one["user_voted"]).__name__ for one in page(w.ada)["items"]})  # fmt: skip
add("reviews-list-mean-of-page", "rounding", LIST, "The mean is that of the page.",
    after(lambda _call, shown: {**shown, "average_rating": sum(names(shown["items"], "rating")) / max(
        len(shown["items"]), 1)}),
    lambda w: page(w, "?per_page=1&sort=lowest")["average_rating"])  # fmt: skip
add("reviews-write-own-app", "states", WRITE, "A developer reviews their own app.",
    skips(_lifecycle, "owner"),
    lambda w: w.margaret.post(f"{M}/apps/notes/reviews", TEXT).status)  # fmt: skip
add("reviews-write-uninstalled", "states", WRITE, "An app that is not installed is reviewed.",
    skips(_apps, "installed", True), lambda w: write(w, "notes").status)  # fmt: skip
add("reviews-write-twice", "duplicates", WRITE, "One person reviews an app twice.",
    store("reviews", first=lambda self, **_equals: None), lambda w: (written(w), write(w).status))  # fmt: skip
add("reviews-write-rating-6", "bounds", WRITE, "A rating of 6 is accepted.",
    body("rating", maximum=10), lambda w: write(w, rating=6).status)  # fmt: skip
add("reviews-write-rating-0", "bounds", WRITE, "A rating of 0 is accepted.",
    body("rating", minimum=0), lambda w: write(w, rating=0).status)  # fmt: skip
add("reviews-write-short", "bounds", WRITE, "A body of 19 characters is accepted.",
    body("body", minLength=19), lambda w: write(w, body="x" * 19).status)  # fmt: skip
add("reviews-write-twenty", "bounds", WRITE, "A body of 20 characters is refused.",
    body("body", minLength=21), lambda w: write(w, body="x" * 20).status)  # fmt: skip
add("reviews-write-title-201", "bounds", WRITE, "A title of 201 characters is accepted.",
    body("title", maxLength=None), lambda w: write(w, title="t" * 201).status)  # fmt: skip
add("reviews-write-title-lost", "persistence", WRITE, "The title is not stored.", stores("reviews", title=""), written)
add(
    "reviews-write-rating-5", "persistence", WRITE, "Every rating is stored as 5.", stores("reviews", rating=5), written
)
add("reviews-write-not-counted", "effects", "GET /v1/marketplace/apps/{app_id}",
    "A new review does not change the rating.",
    put("rating", 4.0), lambda w: written(w)[4])  # fmt: skip
add("reviews-write-epoch", "timestamps", WRITE, "created_at is a number.",
    put("created_at", 1_781_999_100), lambda w: type(ok(write(w))["created_at"]).__name__)  # fmt: skip
add("reviews-edit-others", "isolation", EDIT, "Anybody edits anybody's review.",
    swap(_reviews, "own", lambda _inner, call: _reviews.known(call)),
    lambda w: w.ada.put(f"{M}/reviews/21", {"rating": 1}).status)  # fmt: skip
add("reviews-edit-resets-title", "persistence", EDIT, "A change of the rating empties the title.",
    resets("reviews", title=""), lambda w: edit_it(w, rating=3))  # fmt: skip
add("reviews-edit-lost", "persistence", EDIT, "A change is answered and not stored.",
    loses("reviews"), lambda w: edit_it(w, rating=3))  # fmt: skip
add("reviews-edit-time-stands", "timestamps", EDIT, "updated_at does not move with a change.",
    still("reviews"),
    lambda w: (start := review(w)["updated_at"], edit_it(w, rating=3), review(w)["updated_at"] > start)[2])  # fmt: skip
add("reviews-delete-kept", "delete", DELETE, "A deleted review is still listed.",
    keeps("reviews"), lambda w: (w.grace.delete(f"{M}/reviews/21").status, review(w) is None))  # fmt: skip
add("reviews-delete-others", "isolation", DELETE, "Anybody deletes anybody's review.",
    swap(_reviews, "own", lambda _inner, call: _reviews.known(call)),
    lambda w: (w.ada.delete(f"{M}/reviews/21").status, review(w) is None))  # fmt: skip
add("reviews-delete-id-number", "field", DELETE, "The id of a deleted review is a number.",
    field("id", int), lambda w: type(w.grace.delete(f"{M}/reviews/21").json["id"]).__name__)  # fmt: skip
add("reviews-vote-own", "states", VOTE, "One votes for one's own review.",
    around(lambda call, inner: _vote_anyway(call)),
    lambda w: w.grace.post(f"{M}/reviews/21/vote", {}).status)  # fmt: skip
add("reviews-vote-counts-twice", "idempotency", VOTE, "Voting a second time counts twice.",
    around(lambda call, inner: _again(call, inner)),
    lambda w: [ok(vote(w))["helpful_count"] for _ in range(3)])  # fmt: skip
add("reviews-vote-not-withdrawn", "persistence", VOTE, "A vote cannot be withdrawn.",
    keeps("votes"), lambda w: (ok(vote(w, 26, helpful=False)), review(w, 26)["helpful_count"])[1])  # fmt: skip
add("reviews-vote-lost", "persistence", VOTE, "A vote is answered and not counted.",
    loses("votes"), lambda w: (vote(w).status, review(w, 25)["helpful_count"]))  # fmt: skip
add("reviews-vote-default", "field", VOTE, "A vote without a word withdraws.",
    before(lambda call: setattr(call, "body", {"helpful": False, **(call.body or {})})),
    lambda w: ok(w.ada.post(f"{M}/reviews/25/vote", {}))["helpful"])  # fmt: skip


def _repeat(call: Call, inner: Any) -> Any:
    shown = inner(call)
    if not shown["items"] and call.query["page"] > 1:
        call.query["page"] = 1
        shown = inner(call)
    return shown


def _vote_anyway(call: Call) -> Any:
    held = _reviews.known(call)
    return _reviews.vote(call.world, call.user_id, {**held, "user_id": ""}, helpful=True)


def _again(call: Call, inner: Any) -> Any:
    key = f"{call.params['review_id']}:{call.user_id}"
    if key in call.state["votes"]:
        count = call.state["votes"].count(review_id=call.params["review_id"])
        call.state["votes"].put({"id": f"{key}:{count}", "review_id": call.params["review_id"], "user_id": "x"})
    return inner(call)


# -- administration --------------------------------------------------------------------------------------------------

A = "/v1/admin"
APPS, PENDING = "GET /v1/admin/apps", "GET /v1/admin/apps/pending"
PURGE, STATUS = "DELETE /v1/admin/apps/{app_id}", "POST /v1/admin/apps/{app_id}/status"
APPROVE, REJECT = (f"POST /v1/admin/apps/{{app_id}}/{one}" for one in ("approve", "reject"))
SYNC, SYNC_ALL = "POST /v1/admin/apps/{app_id}/sync-pricing", "POST /v1/admin/apps/sync-pricing"
PAYOUTS, CONFIG = "GET /v1/admin/payouts/pending", "GET /v1/admin/developer/config"
PAY, DENY = (f"POST /v1/admin/payouts/{{payout_id}}/{one}" for one in ("approve", "reject"))
DEFAULTS, PATCH = (f"{one} /v1/admin/tenant-defaults" for one in ("GET", "PATCH"))


def queue(w: Witness) -> list[str]:
    return names(ok(w.grace.get(f"{A}/apps/pending")), "app_id")


def decided(w: Witness, verb: str) -> Any:
    """Decide on Mail Merge, then once more: answers, its state, the queue and the marketplace."""
    replies = [w.grace.post(f"{A}/apps/mail-merge/{verb}", {"reason": "Too plain."}).status for _ in range(2)]
    shown = ok(w.barbara.get("/v1/developer/apps/mail-merge"))
    return replies, shown["status"], shown["reject_reason"], queue(w), w.get(f"{M}/apps/mail-merge").status


def set_status(w: Witness, status: str, app_id: str = "notes") -> Any:
    reply = w.grace.post(f"{A}/apps/{app_id}/status", {"status": status})
    called = w.katherine.post("/v1/extensions/notes/call", {"user_id": KATHERINE, "function": "list_notes"}).status
    return reply.status, w.get(f"{M}/apps/{app_id}").status, called


def paid(w: Witness, verb: str, number: int = 5) -> Any:
    start = ok(w.margaret.get("/v1/developer/earnings"))["pending_payout"]
    replies = [w.grace.post(f"{A}/payouts/{number}/{verb}", {"note": "Checked."}).status for _ in range(2)]
    row = next(one for one in ok(w.margaret.get("/v1/developer/payouts")) if one["id"] == number)
    gained = ok(w.margaret.get("/v1/developer/earnings"))["pending_payout"] - start
    return replies, row["status"], row["admin_note"], row["processed_at"] is None, gained


def defaults(client: Client, tenant: str = "default") -> Any:
    return ok(client.get(f"{A}/tenant-defaults?tenant_id={tenant}"))["settings"]


def patch(w: Witness, **sent: Any) -> Any:
    reply = w.grace.patch(f"{A}/tenant-defaults?tenant_id=default", sent)
    return reply.status, defaults(w.grace), ok(w.margaret.get("/v1/me/settings"))["settings"]["max_tool_rounds"]


add("admin-apps-any-role", "auth", APPS, "A user lists the apps of all developers.",
    any_role(), lambda w: w.margaret.get(f"{A}/apps").status)  # fmt: skip
add("admin-apps-other-tenant", "isolation", APPS, "A customer's administrator lists all apps.",
    skips(admin, "_require_platform"), lambda w: w.joan.get(f"{A}/apps").status)  # fmt: skip
add("admin-apps-active-only", "filters", APPS, "Only active apps are listed.",
    after(lambda _call, rows: [row for row in rows if row["status"] == "active"]),
    lambda w: len(ok(w.grace.get(f"{A}/apps"))))  # fmt: skip
add("admin-apps-status", "enum", APPS, "pending_review is spelt pending.",
    field("[].status", lambda text: text.replace("_review", "")),
    lambda w: set(names(ok(w.grace.get(f"{A}/apps")), "status")))  # fmt: skip
add("admin-pending-drafts", "filters", PENDING, "Drafts stand in the queue.",
    around(lambda call, inner: [call.show({**app, "submitted_at": app["submitted_at"] or app["created_at"]},
                                          display_name=app["name"])
           for status in ("pending_review", "draft") for app in call.state["apps"].find(status=status)]),
    lambda w: sorted(queue(w)))  # fmt: skip
add("admin-pending-time-null", "null", PENDING, "submitted_at is null.",
    null("[].submitted_at"),
    lambda w: names(ok(w.grace.get(f"{A}/apps/pending")), "submitted_at")[0] is None)  # fmt: skip
add("admin-approve-lost", "persistence", APPROVE, "An approved app stays in the queue.",
    loses("apps"), lambda w: decided(w, "approve"))  # fmt: skip
add("admin-approve-draft", "states", APPROVE, "A draft is approved.",
    swap(_lifecycle, "step", lambda _inner, world, app, to, _detail, **c: _lifecycle.enter(world, app, to, **c)),
    lambda w: w.grace.post(f"{A}/apps/quiz-night/approve").status)  # fmt: skip
add("admin-approve-to-draft", "states", APPROVE, "An approved app becomes a draft.",
    swap(_lifecycle, "step", lambda inner, world, app, _to, detail, **c: inner(world, app, "draft", detail, **c)),
    lambda w: decided(w, "approve"))  # fmt: skip
add("admin-approve-unaudited", "effects", APPROVE, "An approval leaves no audit entry.",
    skips(_trail, "audit"),
    lambda w: (decided(w, "approve"), ok(w.grace.get("/v1/audit?target_id=mail-merge"))["total"])[1])  # fmt: skip
add("admin-approve-unregistered", "effects", APPROVE, "An approved app is unknown to the Registry.",
    skips(_lifecycle, "register"),
    lambda w: (decided(w, "approve"), w.reg.get("/v1/apps/mail-merge").status)[1])  # fmt: skip
add("admin-reject-reason-lost", "persistence", REJECT, "The reason is not stored.",
    stores("apps", reject_reason=None), lambda w: decided(w, "reject"))  # fmt: skip
add("admin-reject-status", "enum", REJECT, "A rejected app is called rejected.",
    put("status", "rejected"),
    lambda w: ok(w.grace.post(f"{A}/apps/mail-merge/reject", {"reason": "No."}))["status"])  # fmt: skip
add("admin-reject-suspends", "states", REJECT, "A rejected app is suspended.",
    around(lambda call, inner: (result := inner(call), call.state["apps"].update(
        call.params["app_id"], status="suspended"), result)[0]), lambda w: decided(w, "reject"))  # fmt: skip
add("admin-reject-no-reason", "validation", REJECT, "A rejection needs no reason.",
    body("reason", minLength=None),
    lambda w: w.grace.post(f"{A}/apps/mail-merge/reject", {"reason": ""}).status)  # fmt: skip
add("admin-status-lost", "persistence", STATUS, "A state that was set is not stored.",
    loses("apps"), lambda w: set_status(w, "suspended"))  # fmt: skip
add("admin-status-draft-locks", "states", STATUS, "A draft is unusable for those who have it.",
    before(lambda call: call.body.update(status="suspended")), lambda w: set_status(w, "draft"))  # fmt: skip
add("admin-status-any", "validation", STATUS, "An app gets a state that does not exist.",
    body("status", enum=None),
    lambda w: w.grace.post(f"{A}/apps/notes/status", {"status": "frozen"}).status)  # fmt: skip
add("admin-purge-live", "states", PURGE, "An active app is purged without force.",
    before(lambda call: call.body.update(force=True)),
    lambda w: w.grace.delete(f"{A}/apps/notes", {"confirm_name": "notes"}).status)  # fmt: skip
add("admin-purge-unconfirmed", "validation", PURGE, "A purge need not repeat the name.",
    skips(_lifecycle, "require_name"),
    lambda w: w.grace.delete(f"{A}/apps/quiz-night", {"confirm_name": "other"}).status)  # fmt: skip
add("admin-purge-keeps-installs", "effects", PURGE, "The installs of a purged app are counted as none.",
    put("installs_purged", 0),
    lambda w: ok(w.grace.delete(f"{A}/apps/notes", {"confirm_name": "notes", "force": True}))["installs_purged"] > 0,
)  # fmt: skip
add("admin-purge-kept", "delete", PURGE, "A purged app is still there.",
    skips(_lifecycle, "erase", 0),
    lambda w: (w.grace.delete(f"{A}/apps/quiz-night", {"confirm_name": "quiz-night"}).status,
               w.radia.get("/v1/developer/apps/quiz-night").status))  # fmt: skip
add("admin-sync-status", "enum", SYNC, "The status is done instead of ok.",
    put("status", "done"), lambda w: ok(w.grace.post(f"{A}/apps/notes/sync-pricing"))["status"])  # fmt: skip
add("admin-sync-all-as-app", "500", SYNC_ALL, "The static path is read as an app's: a crash.",
    crash(), lambda w: w.grace.post(f"{A}/apps/sync-pricing").status)  # fmt: skip
add("admin-sync-all-text", "field", SYNC_ALL, "The number of apps is a text.",
    field("synced", str), lambda w: type(ok(w.grace.post(f"{A}/apps/sync-pricing"))["synced"]).__name__)  # fmt: skip
add("admin-payouts-decided-too", "filters", PAYOUTS, "Decided payouts are listed as pending.",
    around(lambda call, inner: call.show_all(call.state["payouts"])),
    lambda w: names(ok(w.grace.get(f"{A}/payouts/pending")), "id"))  # fmt: skip
add("admin-payouts-any-role", "auth", PAYOUTS, "A developer lists the payouts of all.",
    both(any_role(), skips(admin, "_require_platform")),
    lambda w: w.barbara.get(f"{A}/payouts/pending").status)  # fmt: skip
add("admin-payout-approve-lost", "persistence", PAY, "An approved payout stays pending.",
    loses("payouts"), lambda w: paid(w, "approve"))  # fmt: skip
add("admin-payout-approve-again", "states", PAY, "A decided payout is approved again.",
    value(_earnings, "MOVES", {"pending": ("approved", "rejected"), "approved": ("approved",)}),
    lambda w: paid(w, "approve"))  # fmt: skip
add("admin-payout-note-lost", "persistence", PAY, "The note of an approval is not stored.",
    stores("payouts", admin_note=None), lambda w: paid(w, "approve"))  # fmt: skip
add("admin-payout-approve-own", "auth", PAY, "A developer approves their own payout.",
    both(any_role(), skips(admin, "_require_platform")),
    lambda w: w.margaret.post(f"{A}/payouts/5/approve", {}).status)  # fmt: skip
add("admin-payout-reject-keeps-money", "ledger", DENY, "The tokens of a rejected payout are gone.",
    stores("payouts", status="approved"), lambda w: paid(w, "reject"))  # fmt: skip
add("admin-payout-reject-undated", "timestamps", DENY, "A rejected payout has no processed_at.",
    stores("payouts", processed_at=None), lambda w: paid(w, "reject"))  # fmt: skip
add("admin-config-minimum", "bounds", CONFIG, "The smallest payout is shown as 1000.",
    put("min_payout_tokens", 1_000),
    lambda w: ok(w.grace.get(f"{A}/developer/config"))["min_payout_tokens"])  # fmt: skip
add("admin-config-rate", "rounding", CONFIG, "A token is shown as a cent.",
    put("token_usd_rate", 0.01), lambda w: ok(w.grace.get(f"{A}/developer/config"))["token_usd_rate"])  # fmt: skip
add("admin-config-tiers-missing", "field", CONFIG, "tiers is called plans.",
    rename("tiers", "plans"), lambda w: sorted(ok(w.grace.get(f"{A}/developer/config"))))  # fmt: skip
add("admin-defaults-foreign", "isolation", DEFAULTS, "A customer's administrator reads another tenant's defaults.",
    skips(admin, "_tenant_id", "default"),
    lambda w: w.joan.get(f"{A}/tenant-defaults?tenant_id=default").status)  # fmt: skip
add("admin-defaults-no-acting-user", "auth", DEFAULTS, "A service that names no administrator reads defaults.",
    forgives(lambda call: Caller("service") if call.headers.get("x-service-token") == "dev-service-token" else None),
    lambda w: w.svc.get(f"{A}/tenant-defaults?tenant_id=default").status)  # fmt: skip
add("admin-defaults-lost", "persistence", PATCH, "A default is answered and not stored.",
    loses("tenant_settings"), lambda w: patch(w, max_tool_rounds=3))  # fmt: skip
add("admin-defaults-replace", "persistence", PATCH, "Defaults that are left out are lost.",
    stores("tenant_settings", settings=lambda held: dict(list(held.items())[-1:])),
    lambda w: (patch(w, history_ttl_days=77), patch(w, max_tool_rounds=3))[1])  # fmt: skip
add("admin-defaults-not-inherited", "effects", "GET /v1/me/settings", "A tenant's default does not reach its users.",
    swap(_settings, "resolved", lambda inner, world, user: inner(world, {**user, "tenant_id": ""})),
    lambda w: patch(w, max_tool_rounds=3)[2])  # fmt: skip
add("admin-defaults-empty-200", "validation", PATCH, "An empty change is a success.",
    around(lambda call, inner: inner(call) if call.body else {"updated": []}), lambda w: patch(w)[0])  # fmt: skip
add("admin-defaults-updated-missing", "field", PATCH, "updated is the number of settings.",
    field("updated", len),
    lambda w: w.grace.patch(f"{A}/tenant-defaults?tenant_id=default", {"max_tool_rounds": 3}).json)  # fmt: skip
