"""Laws of what the outside world sends to apps: webhooks, health and OAuth callbacks."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from specdouble.verify.kit import NOBODY, Credential, Judge, Person, Reply, Stage, Unmet, law

from ... import apps
from ..money import _money

GET, POST = (f"{method} /v1/ext/{{app_id}}/webhook/{{path}}" for method in ("GET", "POST"))
HEALTH, CALLBACK = "GET /v1/ext/{app_id}/health", "GET /v1/ext/{app_id}/oauth/{provider}/callback"
ACTIONS, SYNC = "GET /v1/actions", "POST /v1/developer/apps/{app_id}/_sync_manifest"
Doc = dict[str, Any]


def hook(stage: Stage, method: str, app_id: str, path: str, data: bytes = b"{}", who: Credential = NOBODY) -> Reply:
    """Call a webhook of an app."""
    where = {"app_id": app_id, "path": path}
    if method == "GET":
        return stage.send(GET, who, params=where)
    return stage.send(POST, who, params=where, content=data)


def records(stage: Stage, owner: Person, app_id: str) -> list[Doc]:
    """Return the newest action records that an app's developer has of it."""
    return list(stage.send(ACTIONS, owner, query={"app_id": app_id, "per_page": 200})["items"])


# -- webhooks ------------------------------------------------------------------------------------------------------


@law("W01", GET, POST)
def test_a_declared_webhook_takes_anything_from_anybody(stage: Stage, judge: Judge) -> None:
    """Webhooks of apps want no credential and take GET and POST as declared, whatever is sent."""
    shop = apps.shop(stage)
    replies = [
        hook(stage, "GET", shop.app_id, apps.GET_HOOK),
        *(
            hook(stage, "POST", shop.app_id, apps.POST_HOOK, data)
            for data in (b"", b"{}", b"\xff not json", b"a=1&b=2")
        ),
        hook(stage, "POST", shop.app_id, apps.POST_HOOK, who=Credential("garbage", {"Authorization": "Bearer x"})),
        hook(stage, "POST", shop.app_id, apps.POST_HOOK, who=stage.cast.user.bearer),
    ]
    for reply in replies:
        judge.status(reply, 200, message=f"a declared webhook answered {reply.status}")


@law("W01", GET, POST)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", apps.POST_HOOK), ("POST", apps.GET_HOOK), ("GET", apps.DEEP_HOOK), ("POST", "other"), ("GET", "other"),
        ("POST", f"{apps.POST_HOOK}/more"), ("POST", apps.POST_HOOK[:-1]), ("POST", apps.POST_HOOK.upper()),
    ],
)  # fmt: skip
def test_an_undeclared_webhook_is_unknown(method: str, path: str, stage: Stage, judge: Judge) -> None:
    """A path or method that the manifest does not declare is 404 and leaves no action record."""
    shop = apps.shop(stage)
    before = records(stage, shop.owner, shop.app_id)
    reply = hook(stage, method, shop.app_id, path)
    judge.status(reply, 404, message=f"an undeclared webhook answered {reply.status}")
    judge.equal(records(stage, shop.owner, shop.app_id), before, "an undeclared webhook left an action record", reply)


@law("E08", POST)
def test_a_path_may_have_several_segments(stage: Stage, judge: Judge) -> None:
    """The path of a webhook may have several segments; a part of it is another path."""
    shop = apps.shop(stage)
    judge.status(hook(stage, "POST", shop.app_id, apps.DEEP_HOOK), 200)
    head = apps.DEEP_HOOK.rpartition("/")[0]
    for path in (head, f"{apps.DEEP_HOOK}/x", apps.DEEP_HOOK.rpartition("/")[2]):
        judge.status(hook(stage, "POST", shop.app_id, path), 404, message="a part of a declared path is taken")


@law("W05", GET, POST)
def test_the_url_takes_the_manifest_s_app_id(stage: Stage, judge: Judge) -> None:
    """The app_id in a webhook's URL is the manifest's; other spellings and unknown apps are 404."""
    app_id = apps.shop(stage).app_id
    for other in (app_id.upper(), app_id.replace("-", "_"), app_id.title().replace("-", ""), stage.cast.fresh("app")):
        judge.status(hook(stage, "POST", other, apps.POST_HOOK), 404, message=f"{other} is taken for the app")
        judge.status(hook(stage, "GET", other, apps.GET_HOOK), 404, message=f"{other} is taken for the app")


@law("LIFE-240", POST, GET, ACTIONS)
@pytest.mark.parametrize(
    ("method", "path"), [("POST", apps.POST_HOOK), ("GET", apps.GET_HOOK), ("POST", apps.DEEP_HOOK)]
)
def test_a_webhook_leaves_an_action_record(method: str, path: str, stage: Stage, judge: Judge) -> None:
    """A webhook leaves one action record of its app, and what was sent does not stand in it."""
    shop, other = apps.shop(stage), stage.cast.new()
    before, word = records(stage, shop.owner, shop.app_id), stage.cast.fresh("payload")
    judge.ok(hook(stage, method, shop.app_id, path, json.dumps({"token": word}).encode()))
    new = _money.added(before, records(stage, shop.owner, shop.app_id), "trace_id")
    judge.must(len(new) == 1, "a webhook left not exactly one action record", op=POST if method == "POST" else GET,
               expected=1, got=len(new))  # fmt: skip
    record = new[0]
    told = (record["app_id"], record["status"], record["user_id"])
    judge.equal(told, (shop.app_id, "success", shop.owner.imperal_id), "the action record is another", op=ACTIONS)
    judge.that(word not in str(record), "the record shows what was sent", op=ACTIONS, rule="ISO-204")
    page = stage.send(ACTIONS, other, query={"app_id": shop.app_id})
    judge.equal(page["total"], 0, "the record is somebody else's too", page, rule="ISO-204")


@law("W01", POST, GET)
def test_a_failing_handler_is_not_the_sender_s_problem(stage: Stage, judge: Judge) -> None:
    """A handler that fails is no 5xx to the sender; the action record says failed."""
    owner = stage.cast.new_developer("explorer")
    app_id = apps.published_app(stage, owner)
    for method, path, op in (("POST", apps.POST_HOOK, POST), ("GET", apps.GET_HOOK, GET)):
        stage.control.post(f"ext/{app_id}/webhook", {"path": path, "method": method, "fails": True})
        before = records(stage, owner, app_id)
        reply = hook(stage, method, app_id, path)
        judge.that(reply.status < 500, f"a failing handler is a {reply.status}", reply, expected="no 5xx")
        new = _money.added(before, records(stage, owner, app_id), "trace_id")
        judge.equal([one["status"] for one in new], ["failed"], "the record of a failing handler is another", op=op)
        stage.control.post(f"ext/{app_id}/webhook", {"path": path, "method": method})


@law("W02", POST, GET)
def test_a_handler_answers_in_its_own_words(stage: Stage, judge: Judge) -> None:
    """What a handler returns may set status_code, headers and body; any other dict is the JSON of a 200."""
    app_id = stage.shared("an app with scripted webhooks", lambda: apps.published_app(stage))
    for method, path in (("POST", apps.DEEP_HOOK), ("GET", apps.GET_HOOK)):
        script = {"path": path, "method": method}
        answer: Doc = {"status_code": 202, "headers": {"X-Seen": "yes"}, "body": "challenge-123"}
        stage.control.post(f"ext/{app_id}/webhook", {**script, "answer": answer})
        reply = hook(stage, method, app_id, path)
        told = (reply.status, reply.headers.get("x-seen"), reply.text)
        judge.equal(told, (202, "yes", "challenge-123"), "the handler's status, headers and body are not sent", reply)
        stage.control.post(f"ext/{app_id}/webhook", {**script, "answer": {"status_code": 418, "body": {"tea": True}}})
        reply = hook(stage, method, app_id, path)
        judge.equal((reply.status, reply.json), (418, {"tea": True}), "the handler's JSON body is not sent", reply)
        stage.control.post(f"ext/{app_id}/webhook", {**script, "answer": {"received": 3}})
        reply = hook(stage, method, app_id, path)
        judge.equal((reply.status, reply.json), (200, {"received": 3}), "another dict is not the JSON of a 200", reply)
        judge.equal(reply.media_type, "application/json", "another dict is no JSON", reply)
        stage.control.post(f"ext/{app_id}/webhook", script)


@law("LIFE-241", POST, SYNC)
def test_the_manifest_decides_what_is_heard(stage: Stage, judge: Judge) -> None:
    """A new manifest replaces the list of webhooks at once; an app that is suspended hears nothing."""
    owner = stage.cast.new_developer("explorer")
    app_id = apps.published_app(stage, owner)
    judge.status(hook(stage, "POST", app_id, apps.POST_HOOK), 200)
    webhooks = [
        {"path": "moved", "method": "POST"},
        {"path": "/both", "method": "GET"},
        {"path": "/both", "method": "POST"},
    ]
    apps.sync_manifest(stage, app_id, apps.manifest_for(app_id, webhooks=webhooks))
    judge.status(hook(stage, "POST", app_id, apps.POST_HOOK), 404, message="a webhook that is gone is still heard")
    for method, path in (("POST", "moved"), ("GET", "both"), ("POST", "both")):
        judge.status(hook(stage, method, app_id, path), 200, message=f"a new webhook ({method}) is not heard")
    stage.send("POST /v1/developer/apps/{app_id}/suspend", owner, params={"app_id": app_id}).need()
    before = records(stage, owner, app_id)
    reply = hook(stage, "POST", app_id, "moved")
    judge.that(400 <= reply.status < 500, f"a suspended app hears a webhook ({reply.status})", reply, expected="4xx")
    judge.equal(records(stage, owner, app_id), before, "a suspended app has an action record", reply)


# -- health --------------------------------------------------------------------------------------------------------


@law("LIFE-242", HEALTH)
def test_health_is_unknown_until_somebody_has_looked(stage: Stage, judge: Judge) -> None:
    """The health of an app is unknown, with 200, until a snapshot of it is there; nobody has to sign in."""
    app_id = apps.published_app(stage)
    expected = {"app_id": app_id, "status": "unknown", "healthy": None, "checked_at": None, "details": None}
    for who in (NOBODY, stage.cast.user.bearer):
        reply = judge.ok(stage.send(HEALTH, who, params={"app_id": app_id}))
        judge.equal(reply.json, expected, "the health of a new app is known", reply)


@law("LIFE-244", HEALTH)
def test_a_known_health_agrees_with_itself(stage: Stage, judge: Judge) -> None:
    """A health names its app; what is healthy says so twice, and what is unknown was never looked at."""
    for app in stage.send("GET /v1/marketplace/apps", query={"limit": 20}).need().json:
        reply = judge.ok(stage.send(HEALTH, params={"app_id": app["app_id"]}))
        judge.equal(reply["app_id"], app["app_id"], "the health is another app's", reply)
        status, healthy = reply["status"], reply["healthy"]
        allowed = {"healthy": (True,), "unhealthy": (False,), "unknown": (None,)}.get(status, (True, False, None))
        judge.that(healthy in allowed, "status and healthy disagree", reply, expected=allowed)
        judge.equal(reply["checked_at"] is None, status == "unknown", "status and checked_at disagree", reply)


# -- oauth ---------------------------------------------------------------------------------------------------------


def state(stage: Stage, person: Person, app_id: str, provider: str = apps.PROVIDER) -> str:
    """Let the platform sign the state of a person's redirect."""
    return stage.parts.state(app_id, provider, person.imperal_id)


def back(stage: Stage, app_id: str, provider: str = apps.PROVIDER, **query: Any) -> Reply:
    """Come back from a provider."""
    return stage.send(CALLBACK, params={"app_id": app_id, "provider": provider}, query=query)


def accounts(stage: Stage, app_id: str) -> list[str] | None:
    """Return whose accounts an app's store holds, or None where nobody can look."""
    try:
        kept = stage.control.get("collections/records")
    except Unmet:
        return None
    return [one["user_id"] for one in kept if one.get("app_id") == app_id and one.get("collection") == "accounts"]


def forged(good: str, **changes: Any) -> str:
    """Exchange claims of a state and keep its signature."""
    payload, _, signature = good.partition(".")
    try:
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except ValueError:
        return good[::-1]
    return f"{base64.urlsafe_b64encode(json.dumps({**claims, **changes}).encode()).rstrip(b'=').decode()}.{signature}"


@law("W06", CALLBACK)
def test_a_callback_stores_the_account_of_the_person_in_the_state(stage: Stage, judge: Judge) -> None:
    """A callback with a signed state answers a page and stores the account of the person in the state, once.

    The state works once; connecting again with a new one keeps one account.
    """
    app_id = apps.published_app(stage)
    person, other = stage.cast.new(), stage.cast.new()
    once = state(stage, person, app_id)
    reply = back(stage, app_id, code="fake-code", state=once)
    judge.status(reply, 200, message=f"a good callback answered {reply.status}")
    judge.equal(reply.media_type, "text/html", "the answer is no page", reply)
    judge.that(accounts(stage, app_id) in (None, [person.imperal_id]), "not that person's account is stored", reply)
    judge.status(back(stage, app_id, code="fake-code", state=once), 400, message="a state works twice")
    judge.status(back(stage, app_id, code="other-code", state=once), 400, message="a state works twice")
    for who in (person, other):
        judge.status(back(stage, app_id, code="fake-code", state=state(stage, who, app_id)), 200)
    kept, both = accounts(stage, app_id), sorted([person.imperal_id, other.imperal_id])
    judge.that(kept is None or sorted(kept) == both, "not one account per person is stored", got=kept, expected=both)


@law("W06", CALLBACK)
def test_a_bad_state_stores_no_account(stage: Stage, judge: Judge) -> None:
    """A forged, missing or foreign state is 400, stores no account, and is not repeated in the answer (A18)."""
    app_id, other = apps.published_app(stage), apps.published_app(stage)
    person, victim = stage.cast.new(), stage.cast.new()
    good = state(stage, person, app_id)
    payload, _, signature = good.partition(".")
    bad: dict[str, Doc] = {
        "none": {"code": "c"}, "empty": {"code": "c", "state": ""}, "words": {"code": "c", "state": "nonsense"},
        "another person": {"code": "c", "state": forged(good, user_id=victim.imperal_id)},
        "later": {"code": "c", "state": forged(good, exp=9_999_999_999)},
        "cut": {"code": "c", "state": good[:-1]}, "longer": {"code": "c", "state": f"{good}0"},
        "no signature": {"code": "c", "state": payload}, "empty signature": {"code": "c", "state": f"{payload}."},
        "signature alone": {"code": "c", "state": f".{signature}"},
        "of another app": {"code": "c", "state": state(stage, person, other)},
        "beyond ASCII": {"code": "c", "state": "é.é"},
    }  # fmt: skip
    for name, query in bad.items():
        reply = back(stage, app_id, **query)
        judge.status(reply, 400, message=f"a bad state ({name}) answered {reply.status}", about=name)
        shown = len(str(query.get("state") or "")) > 8 and str(query["state"]) in reply.text
        judge.that(not shown, f"the answer repeats the state ({name})", reply, rule="A18", about=name)
    for name, query in (
        ("an error", {"error": "access_denied"}),
        ("an error and a code", {"error": "access_denied", "code": "c"}),
        ("no code", {}),
        ("an empty code", {"code": ""}),
    ):
        reply = back(stage, app_id, state=state(stage, person, app_id), **query)
        judge.status(reply, 400, message=f"a callback with {name} answered {reply.status}", about=name)
    judge.that(accounts(stage, app_id) in (None, []), "a refused callback stored an account", op=CALLBACK)
    judge.status(back(stage, app_id, code="c", state=good), 200, message="the good state is spent by bad ones")


@law("LIFE-243", CALLBACK)
def test_an_undeclared_provider_is_404(stage: Stage, judge: Judge) -> None:
    """A provider that the manifest does not declare and an app that does not exist are 404."""
    app_id = apps.published_app(stage)
    good = state(stage, stage.cast.user, app_id)
    for where in ((app_id, "microsoft"), (stage.cast.fresh("app"), apps.PROVIDER)):
        judge.status(back(stage, *where, code="c", state=good), 404)
    judge.that(accounts(stage, app_id) in (None, []), "an account is stored for another provider", op=CALLBACK)


@law("W06", CALLBACK)
def test_a_state_is_for_one_provider(stage: Stage, judge: Judge) -> None:
    """A state that was signed for another provider of the same app is 400."""
    oauth: list[Doc] = [{"provider": name, "collection": "accounts", "scopes": []} for name in ("google", "microsoft")]
    app_id = apps.published_app(stage, manifest={"oauth": oauth})
    foreign = state(stage, stage.cast.user, app_id, "microsoft")
    judge.status(
        back(stage, app_id, "google", code="c", state=foreign), 400, message="a state is good for another provider"
    )
    judge.that(accounts(stage, app_id) in (None, []), "an account is stored for another provider", op=CALLBACK)
    judge.status(back(stage, app_id, "microsoft", code="c", state=foreign), 200)


@law("LIFE-245", CALLBACK)
def test_the_page_escapes_the_name_of_the_app(stage: Stage, judge: Judge) -> None:
    """The page after a callback shows an app's name as text: a name with markup does not become markup."""
    app_id = apps.published_app(stage, name="Notes <script>alert(1)</script>")
    reply = judge.ok(back(stage, app_id, code="c", state=state(stage, stage.cast.user, app_id)))
    judge.that("<script>alert(1)" not in reply.text, "the name of the app is markup in the page", reply)
