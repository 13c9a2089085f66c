"""Rules of what the outside world sends to apps: webhooks, health and OAuth callbacks."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from specdouble.verify.kit import NOBODY, Check, Credential, Reply, Unmet, rule

from ...people import Person
from ...session import Session
from ...shared import apps
from ..money import _money

GET, POST = (f"{method} /v1/ext/{{app_id}}/webhook/{{path}}" for method in ("GET", "POST"))
HEALTH, CALLBACK = "GET /v1/ext/{app_id}/health", "GET /v1/ext/{app_id}/oauth/{provider}/callback"
ACTIONS, SYNC = "GET /v1/actions", "POST /v1/developer/apps/{app_id}/_sync_manifest"
Doc = dict[str, Any]


def hook(session: Session, method: str, app_id: str, path: str, data: bytes = b"{}", who: Credential = NOBODY) -> Reply:
    """Call a webhook of an app."""
    where = {"app_id": app_id, "path": path}
    if method == "GET":
        return session.send(GET, who, params=where)
    return session.send(POST, who, params=where, content=data)


def records(session: Session, owner: Person, app_id: str) -> list[Doc]:
    """Return the newest action records that an app's developer has of it."""
    return list(session.send(ACTIONS, owner, query={"app_id": app_id, "per_page": 200})["items"])


# -- webhooks ------------------------------------------------------------------------------------------------------


@rule("W01", GET, POST)
def test_a_declared_webhook_takes_anything_from_anybody(session: Session, check: Check) -> None:
    """Webhooks of apps want no credential and take GET and POST as declared, whatever is sent."""
    shop = apps.shop(session)
    replies = [
        hook(session, "GET", shop.app_id, apps.GET_HOOK),
        *(
            hook(session, "POST", shop.app_id, apps.POST_HOOK, data)
            for data in (b"", b"{}", b"\xff not json", b"a=1&b=2")
        ),
        hook(session, "POST", shop.app_id, apps.POST_HOOK, who=Credential("garbage", {"Authorization": "Bearer x"})),
        hook(session, "POST", shop.app_id, apps.POST_HOOK, who=session.users.user.bearer),
    ]
    for reply in replies:
        check.status(reply, 200, message=f"a declared webhook answered {reply.status}")


@rule("W01", GET, POST)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", apps.POST_HOOK), ("POST", apps.GET_HOOK), ("GET", apps.DEEP_HOOK), ("POST", "other"), ("GET", "other"),
        ("POST", f"{apps.POST_HOOK}/more"), ("POST", apps.POST_HOOK[:-1]), ("POST", apps.POST_HOOK.upper()),
    ],
)  # fmt: skip
def test_an_undeclared_webhook_is_unknown(method: str, path: str, session: Session, check: Check) -> None:
    """A path or method that the manifest does not declare is 404 and leaves no action record."""
    shop = apps.shop(session)
    before = records(session, shop.owner, shop.app_id)
    reply = hook(session, method, shop.app_id, path)
    check.status(reply, 404, message=f"an undeclared webhook answered {reply.status}")
    check.equal(records(session, shop.owner, shop.app_id), before, "an undeclared webhook left an action record", reply)


@rule("E08", POST)
def test_a_path_may_have_several_segments(session: Session, check: Check) -> None:
    """The path of a webhook may have several segments; a part of it is another path."""
    shop = apps.shop(session)
    check.status(hook(session, "POST", shop.app_id, apps.DEEP_HOOK), 200)
    head = apps.DEEP_HOOK.rpartition("/")[0]
    for path in (head, f"{apps.DEEP_HOOK}/x", apps.DEEP_HOOK.rpartition("/")[2]):
        check.status(hook(session, "POST", shop.app_id, path), 404, message="a part of a declared path is taken")


@rule("W05", GET, POST)
def test_the_url_takes_the_manifest_s_app_id(session: Session, check: Check) -> None:
    """The app_id in a webhook's URL is the manifest's; other spellings and unknown apps are 404."""
    app_id = apps.shop(session).app_id
    for other in (
        app_id.upper(),
        app_id.replace("-", "_"),
        app_id.title().replace("-", ""),
        session.users.fresh("app"),
    ):
        check.status(hook(session, "POST", other, apps.POST_HOOK), 404, message=f"{other} is taken for the app")
        check.status(hook(session, "GET", other, apps.GET_HOOK), 404, message=f"{other} is taken for the app")


@rule("LIFE-240", POST, GET, ACTIONS)
@pytest.mark.parametrize(
    ("method", "path"), [("POST", apps.POST_HOOK), ("GET", apps.GET_HOOK), ("POST", apps.DEEP_HOOK)]
)
def test_a_webhook_leaves_an_action_record(method: str, path: str, session: Session, check: Check) -> None:
    """A webhook leaves one action record of its app, and what was sent does not stand in it."""
    shop, other = apps.shop(session), session.users.new()
    before, word = records(session, shop.owner, shop.app_id), session.users.fresh("payload")
    check.ok(hook(session, method, shop.app_id, path, json.dumps({"token": word}).encode()))
    new = _money.added(before, records(session, shop.owner, shop.app_id), "trace_id")
    check.must(len(new) == 1, "a webhook left not exactly one action record", op=POST if method == "POST" else GET,
               expected=1, got=len(new))  # fmt: skip
    record = new[0]
    told = (record["app_id"], record["status"], record["user_id"])
    check.equal(told, (shop.app_id, "success", shop.owner.imperal_id), "the action record is another", op=ACTIONS)
    check.that(word not in str(record), "the record shows what was sent", op=ACTIONS, rule="ISO-204")
    page = session.send(ACTIONS, other, query={"app_id": shop.app_id})
    check.equal(page["total"], 0, "the record is somebody else's too", page, rule="ISO-204")


@rule("W01", POST, GET)
def test_a_failing_handler_is_not_the_sender_s_problem(session: Session, check: Check) -> None:
    """A handler that fails is no 5xx to the sender; the action record says failed."""
    owner = session.users.new_developer("explorer")
    app_id = apps.published_app(session, owner)
    for method, path, op in (("POST", apps.POST_HOOK, POST), ("GET", apps.GET_HOOK, GET)):
        session.control.post(f"ext/{app_id}/webhook", {"path": path, "method": method, "fails": True})
        before = records(session, owner, app_id)
        reply = hook(session, method, app_id, path)
        check.that(reply.status < 500, f"a failing handler is a {reply.status}", reply, expected="no 5xx")
        new = _money.added(before, records(session, owner, app_id), "trace_id")
        check.equal([one["status"] for one in new], ["failed"], "the record of a failing handler is another", op=op)
        session.control.post(f"ext/{app_id}/webhook", {"path": path, "method": method})


@rule("W02", POST, GET)
def test_a_handler_answers_in_its_own_words(session: Session, check: Check) -> None:
    """What a handler returns may set status_code, headers and body; any other dict is the JSON of a 200."""
    app_id = session.shared("an app with scripted webhooks", lambda: apps.published_app(session))
    for method, path in (("POST", apps.DEEP_HOOK), ("GET", apps.GET_HOOK)):
        script = {"path": path, "method": method}
        response: Doc = {"status_code": 202, "headers": {"X-Seen": "yes"}, "body": "challenge-123"}
        session.control.post(f"ext/{app_id}/webhook", {**script, "answer": response})
        reply = hook(session, method, app_id, path)
        told = (reply.status, reply.headers.get("x-seen"), reply.text)
        check.equal(told, (202, "yes", "challenge-123"), "the handler's status, headers and body are not sent", reply)
        session.control.post(f"ext/{app_id}/webhook", {**script, "answer": {"status_code": 418, "body": {"tea": True}}})
        reply = hook(session, method, app_id, path)
        check.equal((reply.status, reply.json), (418, {"tea": True}), "the handler's JSON body is not sent", reply)
        session.control.post(f"ext/{app_id}/webhook", {**script, "answer": {"received": 3}})
        reply = hook(session, method, app_id, path)
        check.equal((reply.status, reply.json), (200, {"received": 3}), "another dict is not the JSON of a 200", reply)
        check.equal(reply.media_type, "application/json", "another dict is no JSON", reply)
        session.control.post(f"ext/{app_id}/webhook", script)


@rule("LIFE-241", POST, SYNC)
def test_the_manifest_decides_what_is_heard(session: Session, check: Check) -> None:
    """A new manifest replaces the list of webhooks at once; an app that is suspended hears nothing."""
    owner = session.users.new_developer("explorer")
    app_id = apps.published_app(session, owner)
    check.status(hook(session, "POST", app_id, apps.POST_HOOK), 200)
    webhooks = [
        {"path": "moved", "method": "POST"},
        {"path": "/both", "method": "GET"},
        {"path": "/both", "method": "POST"},
    ]
    apps.sync_manifest(session, app_id, apps.manifest_for(app_id, webhooks=webhooks))
    check.status(hook(session, "POST", app_id, apps.POST_HOOK), 404, message="a webhook that is gone is still heard")
    for method, path in (("POST", "moved"), ("GET", "both"), ("POST", "both")):
        check.status(hook(session, method, app_id, path), 200, message=f"a new webhook ({method}) is not heard")
    session.send("POST /v1/developer/apps/{app_id}/suspend", owner, params={"app_id": app_id}).need()
    before = records(session, owner, app_id)
    reply = hook(session, "POST", app_id, "moved")
    check.that(400 <= reply.status < 500, f"a suspended app hears a webhook ({reply.status})", reply, expected="4xx")
    check.equal(records(session, owner, app_id), before, "a suspended app has an action record", reply)


# -- health --------------------------------------------------------------------------------------------------------


@rule("LIFE-242", HEALTH)
def test_health_is_unknown_until_somebody_has_looked(session: Session, check: Check) -> None:
    """The health of an app is unknown, with 200, until a snapshot of it is there; nobody has to sign in."""
    app_id = apps.published_app(session)
    expected = {"app_id": app_id, "status": "unknown", "healthy": None, "checked_at": None, "details": None}
    for who in (NOBODY, session.users.user.bearer):
        reply = check.ok(session.send(HEALTH, who, params={"app_id": app_id}))
        check.equal(reply.json, expected, "the health of a new app is known", reply)


@rule("LIFE-244", HEALTH)
def test_a_known_health_agrees_with_itself(session: Session, check: Check) -> None:
    """A health names its app; what is healthy says so twice, and what is unknown was never looked at."""
    for app in session.send("GET /v1/marketplace/apps", query={"limit": 20}).need().json:
        reply = check.ok(session.send(HEALTH, params={"app_id": app["app_id"]}))
        check.equal(reply["app_id"], app["app_id"], "the health is another app's", reply)
        status, healthy = reply["status"], reply["healthy"]
        allowed = {"healthy": (True,), "unhealthy": (False,), "unknown": (None,)}.get(status, (True, False, None))
        check.that(healthy in allowed, "status and healthy disagree", reply, expected=allowed)
        check.equal(reply["checked_at"] is None, status == "unknown", "status and checked_at disagree", reply)


# -- oauth ---------------------------------------------------------------------------------------------------------


def state(session: Session, person: Person, app_id: str, provider: str = apps.PROVIDER) -> str:
    """Let the platform sign the state of a person's redirect."""
    return session.parts.state(app_id, provider, person.imperal_id)


def back(session: Session, app_id: str, provider: str = apps.PROVIDER, **query: Any) -> Reply:
    """Come back from a provider."""
    return session.send(CALLBACK, params={"app_id": app_id, "provider": provider}, query=query)


def accounts(session: Session, app_id: str) -> list[str] | None:
    """Return whose accounts an app's store holds, or None where nobody can look."""
    try:
        kept = session.control.get("collections/records")
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


@rule("W06", CALLBACK)
def test_a_callback_stores_the_account_of_the_person_in_the_state(session: Session, check: Check) -> None:
    """A callback with a signed state answers a page and stores the account of the person in the state, once.

    The state works once; connecting again with a new one keeps one account.
    """
    app_id = apps.published_app(session)
    person, other = session.users.new(), session.users.new()
    once = state(session, person, app_id)
    reply = back(session, app_id, code="fake-code", state=once)
    check.status(reply, 200, message=f"a good callback answered {reply.status}")
    check.equal(reply.media_type, "text/html", "the response is no page", reply)
    check.that(accounts(session, app_id) in (None, [person.imperal_id]), "not that person's account is stored", reply)
    check.status(back(session, app_id, code="fake-code", state=once), 400, message="a state works twice")
    check.status(back(session, app_id, code="other-code", state=once), 400, message="a state works twice")
    for who in (person, other):
        check.status(back(session, app_id, code="fake-code", state=state(session, who, app_id)), 200)
    kept, both = accounts(session, app_id), sorted([person.imperal_id, other.imperal_id])
    check.that(kept is None or sorted(kept) == both, "not one account per person is stored", got=kept, expected=both)


@rule("W06", CALLBACK)
def test_a_bad_state_stores_no_account(session: Session, check: Check) -> None:
    """A forged, missing or foreign state is 400, stores no account, and is not repeated in the response (A18)."""
    app_id, other = apps.published_app(session), apps.published_app(session)
    person, victim = session.users.new(), session.users.new()
    good = state(session, person, app_id)
    payload, _, signature = good.partition(".")
    bad: dict[str, Doc] = {
        "none": {"code": "c"}, "empty": {"code": "c", "state": ""}, "words": {"code": "c", "state": "nonsense"},
        "another person": {"code": "c", "state": forged(good, user_id=victim.imperal_id)},
        "later": {"code": "c", "state": forged(good, exp=9_999_999_999)},
        "cut": {"code": "c", "state": good[:-1]}, "longer": {"code": "c", "state": f"{good}0"},
        "no signature": {"code": "c", "state": payload}, "empty signature": {"code": "c", "state": f"{payload}."},
        "signature alone": {"code": "c", "state": f".{signature}"},
        "of another app": {"code": "c", "state": state(session, person, other)},
        "beyond ASCII": {"code": "c", "state": "é.é"},
    }  # fmt: skip
    for name, query in bad.items():
        reply = back(session, app_id, **query)
        check.status(reply, 400, message=f"a bad state ({name}) answered {reply.status}", about=name)
        shown = len(str(query.get("state") or "")) > 8 and str(query["state"]) in reply.text
        check.that(not shown, f"the response repeats the state ({name})", reply, rule="A18", about=name)
    for name, query in (
        ("an error", {"error": "access_denied"}),
        ("an error and a code", {"error": "access_denied", "code": "c"}),
        ("no code", {}),
        ("an empty code", {"code": ""}),
    ):
        reply = back(session, app_id, state=state(session, person, app_id), **query)
        check.status(reply, 400, message=f"a callback with {name} answered {reply.status}", about=name)
    check.that(accounts(session, app_id) in (None, []), "a refused callback stored an account", op=CALLBACK)
    check.status(back(session, app_id, code="c", state=good), 200, message="the good state is spent by bad ones")


@rule("LIFE-243", CALLBACK)
def test_an_undeclared_provider_is_404(session: Session, check: Check) -> None:
    """A provider that the manifest does not declare and an app that does not exist are 404."""
    app_id = apps.published_app(session)
    good = state(session, session.users.user, app_id)
    for where in ((app_id, "microsoft"), (session.users.fresh("app"), apps.PROVIDER)):
        check.status(back(session, *where, code="c", state=good), 404)
    check.that(accounts(session, app_id) in (None, []), "an account is stored for another provider", op=CALLBACK)


@rule("W06", CALLBACK)
def test_a_state_is_for_one_provider(session: Session, check: Check) -> None:
    """A state that was signed for another provider of the same app is 400."""
    oauth: list[Doc] = [{"provider": name, "collection": "accounts", "scopes": []} for name in ("google", "microsoft")]
    app_id = apps.published_app(session, manifest={"oauth": oauth})
    foreign = state(session, session.users.user, app_id, "microsoft")
    check.status(
        back(session, app_id, "google", code="c", state=foreign), 400, message="a state is good for another provider"
    )
    check.that(accounts(session, app_id) in (None, []), "an account is stored for another provider", op=CALLBACK)
    check.status(back(session, app_id, "microsoft", code="c", state=foreign), 200)


@rule("LIFE-245", CALLBACK)
def test_the_page_escapes_the_name_of_the_app(session: Session, check: Check) -> None:
    """The page after a callback shows an app's name as text: a name with markup does not become markup."""
    app_id = apps.published_app(session, name="Notes <script>alert(1)</script>")
    reply = check.ok(back(session, app_id, code="c", state=state(session, session.users.user, app_id)))
    check.that("<script>alert(1)" not in reply.text, "the name of the app is markup in the page", reply)
