"""The gate of the Registry: the platform's key opens everything, an app's key its own app, and nothing else opens.

Each request is a valid one with live ids, so that only the key can be the reason of a refusal.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from specdouble.verify.kit import (
    Api,
    Check,
    Credential,
    Op,
    Ready,
    Unmet,
    Wrong,
    bearer,
    opens,
    operations,
    or_blind,
    refused,
    rows_in,
    rule,
)

from ...people import api_key
from ...session import Session
from ...shared import registry
from ...users import REGISTRY

REFUSED = (401, 403, 404)
TELLING = ("no key", "garbage as a key", "the beginning of the key", "an unknown key of an app")  # tried first


def keyed(op: Op, _api: Api) -> bool:
    """Whether an operation of the Registry needs a key."""
    return op.service == REGISTRY and not op.spec.public


def of_app(op: Op, api: Api) -> bool:
    """Whether it is about one app."""
    return keyed(op, api) and "{app_id}" in op.spec.path


def of_record(op: Op, api: Api) -> bool:
    """Whether it is about one record of the old kind."""
    return keyed(op, api) and "{ext_id}" in op.spec.path


def of_none(op: Op, api: Api) -> bool:
    """Whether it is about no app of its own."""
    return keyed(op, api) and not of_app(op, api) and not of_record(op, api)


def altered(session: Session, key: str) -> Iterator[Wrong]:
    """Yield keys that are made from the platform's."""
    for name, value in {
        "garbage as a key": "garbage", "the key twice": f"{key}, {key}",
        **{f"{name} the key": value for name, value in session.variants(key).items()},
        "a key that is unknown": "imp_reg_key_" + "x" * 32, "an unknown key of an app": "imp_live_" + "x" * 32,
        "the key as a bearer in its header": f"Bearer {key}", "null as a key": "null",
    }.items():  # fmt: skip
        yield Wrong("GATE-20", api_key(value, name))


def misplaced(session: Session, key: str) -> Iterator[Wrong]:
    """Yield the platform's key in wrong places, and credentials of the gateway."""
    yield Wrong("GATE-20", Credential("no key"))
    yield Wrong("GATE-20", bearer(key, "the key as a bearer"))
    yield Wrong("GATE-20", Credential("the key as Authorization", {"Authorization": key}))
    yield Wrong("GATE-20", Credential("the key as a service token", {"X-Service-Token": key}))
    yield Wrong("GATE-20", Credential("the key in a cookie", {"Cookie": f"X-Api-Key={key}; api_key={key}"}))
    for name in ("user", "admin", "developer"):
        try:
            person = getattr(session.users, name)
        except Unmet:
            continue
        yield Wrong("GATE-20", person.bearer)
        yield Wrong("GATE-20", api_key(person.access_token, f"an access token of {person.label} as a key"))
        wrong = Credential(f"a wrong key and the bearer of {person.label}", {**person.bearer.headers, "X-Api-Key": "x"})
        yield Wrong("GATE-20", wrong)
    try:
        service = session.users.service
    except Unmet:
        return
    token = service.headers["X-Service-Token"]
    yield Wrong("GATE-20", service)
    yield Wrong("GATE-20", api_key(token, "the service token as a key"))
    yield Wrong("GATE-20", bearer(token, "the service token as a bearer"))


def wrong_keys(session: Session, instead: str = "") -> list[Wrong]:
    """Return everything that must not open the Registry, made once, the most telling keys first.

    Without the key they are made `instead` from one that is none.
    """
    key = session.settings.registry_key or instead or session.users.registry.headers["X-Api-Key"]

    def make() -> list[Wrong]:
        every = [*altered(session, key), *misplaced(session, key)]
        return sorted(every, key=lambda one: TELLING.index(one.who.name) if one.who.name in TELLING else len(TELLING))

    found: list[Wrong] = session.shared("wrong keys", make)
    return found


def own_key(session: Session, ready: Ready, scope: str = "full") -> Credential:
    """Return a key of the app that a request names."""
    return registry.app_key(session, str(ready.params["app_id"]), scope)


def other_key(session: Session) -> Credential:
    """Return a full key of an app that no request names."""
    found: Credential = session.shared(
        "a key of another app", lambda: registry.app_key(session, registry.active_app(session))
    )
    return found


@rule("GATE-20")
@operations(keyed)
def test_only_a_good_key_opens_it(op: Op, session: Session, check: Check) -> None:
    """Everything but health needs a good X-Api-Key: none, an altered or an unknown one is 401 (R01).

    403 and 422 count as refusals too. Nothing changes, and no bearer, service token or administrator opens anything.
    """
    with or_blind(session, check, op, lambda: wrong_keys(session, "imp_reg_key_" + "y" * 32), list):
        ready = session.prepared(op)
        refused(session, check, ready, session.some(wrong_keys(session), 1, 1), 401, 403, 422)
        opens(session, check, ready)


@rule("GATE-23")
@operations(keyed)
def test_the_case_of_the_header_does_not_matter(op: Op, session: Session, check: Check) -> None:
    """The key is taken in x-api-key, X-API-KEY and X-Api-Key alike, also beside credentials of the gateway (R01)."""
    key = session.users.registry.headers["X-Api-Key"]
    for name in ("x-api-key", "X-API-KEY") if op.reads else ("x-api-key",):
        reply = session.play(session.ready(op), Credential(name, {name: key, "Authorization": "Bearer garbage"}))
        check.that(reply.ok, f"the key in {name} is answered with {reply.status}", reply, expected="2xx", about=name)


@rule("GATE-24")
@operations(of_app)
def test_an_app_s_key_opens_its_own_app(op: Op, session: Session, check: Check) -> None:
    """The full key of an app does on this app whatever the platform's key does; a readonly key reads (R02)."""
    ready = session.ready(op)
    for scope in ("readonly", "full") if op.reads else ("full",):
        reply = session.play(ready, own_key(session, ready, scope))
        check.that(reply.ok, f"a {scope} key of the app is answered with {reply.status}", reply, about=scope)
        check.status(
            reply, op.spec.success.status, message="a key of the app gets another status", about=f"{scope} status"
        )


@rule("GATE-25")
@operations(lambda op, api: of_app(op, api) and not op.reads)
def test_a_readonly_key_does_not_write(op: Op, session: Session, check: Check) -> None:
    """A readonly key of an app is refused with 403 whatever it would write there, and nothing changes (R02)."""
    ready = session.prepared(op)
    readonly = own_key(session, ready, "readonly")
    refused(session, check, ready, [Wrong("GATE-25", readonly)], 403)
    opens(session, check, ready)


@rule("GATE-26")
@operations(lambda op, api: of_app(op, api) or of_record(op, api))
def test_another_app_s_key_opens_nothing(op: Op, session: Session, check: Check) -> None:
    """The key of another app is refused with 403, whatever its scope, and changes nothing (R02). 404 is as good."""
    ready = session.prepared(op)
    readonly = session.shared(
        "a readonly key of another app", lambda: registry.app_key(session, registry.active_app(session), "readonly")
    )
    tries = [Wrong("GATE-26", other_key(session)), Wrong("GATE-26", readonly)]
    refused(session, check, ready, session.some(tries, 1), 403, 404)
    opens(session, check, ready)


@rule("GATE-27")
@operations(of_app)
def test_a_revoked_key_is_dead(op: Op, session: Session, check: Check) -> None:
    """A key of the app that was revoked is 401 everywhere at once, and changes nothing."""
    ready = session.prepared(op)
    found: dict[str, Wrong] = session.shared("revoked keys of Registry apps", dict)
    app_id = str(ready.params["app_id"])
    if app_id not in found:
        made = session.send(registry.MAKE_KEY, session.users.registry, params={"app_id": app_id}, body={})
        gone = {"app_id": app_id, "key_id": made["key_id"]}
        session.send(registry.REVOKE, session.users.registry, params=gone).need()
        found[app_id] = Wrong("GATE-27", api_key(str(made["api_key"]), "a revoked key of the app"))
    refused(session, check, ready, [found[app_id]], 401, 403)


@rule("GATE-28")
@operations(lambda op, api: of_none(op, api) and not op.reads)
def test_an_app_s_key_writes_nothing_beside_its_app(op: Op, session: Session, check: Check) -> None:
    """Where the path names no app, an app's key writes nothing: no app, no record, nothing of people (R02)."""
    ready = session.prepared(op)
    tries = [
        Wrong("GATE-28", other_key(session)),
        Wrong("GATE-28", registry.app_key(session, registry.kept_app(session))),
    ]
    if op.id == registry.INSTALL or op.id == registry.SAVE_RULES:
        tries = tries[:1]  # the request may be about the kept app itself
    refused(session, check, ready, tries, 403, 404)
    opens(session, check, ready)


@rule("GATE-29")
@operations(lambda op, api: of_none(op, api) and op.reads)
def test_an_app_s_key_sees_its_own_app_only(op: Op, session: Session, check: Check) -> None:
    """Where the path names no app, an app's key is refused (403) or sees what is of its own app, nothing else (R02)."""
    person = registry.person(session)
    mine, other = registry.kept_app(session), registry.active_app(session)
    registry.install(session, person, other)
    if op.id == registry.RULES:
        names = {"enabled": True, "section_name": "inbox"}
        rules = [{"app_id": one, **names} for one in (mine, other)]
        where = {"user_id": person.imperal_id}
        session.send(registry.SAVE_RULES, session.users.registry, params=where, body=rules).need()
    if op.id == registry.RECORDS:
        session.shared("a record of the kept app", lambda: registry.record(session, id=mine))
        registry.record(session, id=other)
    for scope in ("full", "readonly"):
        reply = session.play(session.ready(op), registry.app_key(session, mine, scope))
        if not reply.ok:
            check.status(reply, 403, message=f"an app's {scope} key is answered with {reply.status}")
            continue
        seen = {str(row.get("app_id", row.get("id"))) for row in rows_in(session.api, reply.json)}
        check.that(
            seen <= {mine}, "an app's key sees other apps", reply, expected=mine, got=sorted(seen), about="others"
        )
        check.that(seen, "an app's key does not see its own app", reply, expected=mine, about="own")
        if isinstance(reply.json, dict) and "total" in reply.json:
            check.equal(
                reply.json["total"], len(rows_in(session.api, reply.json)), "total counts what is not shown", reply
            )
    if op.id == registry.CATALOG:
        everything = session.send(op, registry.app_key(session, mine))
        seen = {str(row["app_id"]) for row in rows_in(session.api, everything.json)} if everything.ok else {mine}
        check.equal(seen, {mine}, "an app's key sees other apps in the catalogue of all", everything)


@rule("GATE-30", registry.HEALTH)
def test_health_needs_no_key(session: Session, check: Check) -> None:
    """Health answers {"status": "ok"} without a key, with a good one and with a wrong one (R01)."""
    for who in (Credential("no key"), api_key("garbage", "garbage"), session.users.registry):
        reply = check.ok(session.send(registry.HEALTH, who), "health wants a credential")
        check.equal(reply.json, {"status": "ok"}, "the Registry does not say that it is well", reply)


@rule("GATE-31", registry.APP, registry.PUSH, registry.SAVE)
def test_a_developer_s_key_opens_their_own_apps(session: Session, check: Check) -> None:
    """A person's key of the gateway opens the apps that they own, as the command line uses it, until it is deleted."""
    person = session.users.new("owner of one app")
    secret = session.send("POST /v1/keys", person, body={"name": "command line"})
    key = api_key(str(secret["key"]), "the owner's own key")
    app_id, foreign = registry.new_app(session, owner_id=person.imperal_id), registry.kept_app(session)
    own: dict[str, Any] = {"params": {"app_id": app_id}}
    check.ok(session.send(registry.APP, key, **own), "the owner's key does not read their app")
    check.ok(
        session.send(registry.PUSH, key, **own, body=registry.manifest("notes")), "the owner's key pushes no tools"
    )
    check.ok(session.send(registry.SAVE, key, **own, body={"general": {"a": 1}}), "the owner's key saves no settings")
    check.equal(len(session.send(registry.TOOLS, key, **own)["tools"]), 1, "what the owner pushed is not there")
    theirs: dict[str, Any] = {"params": {"app_id": foreign}}
    before = session.send(registry.TOOLS, session.users.registry, **theirs).json
    for op, body in ((registry.APP, None), (registry.PUSH, {"tools": []}), (registry.DELETE_APP, None)):
        more: dict[str, Any] = {"body": body} if body is not None else {}
        check.status(session.send(op, key, **theirs, **more), *REFUSED, message="a person's key opens another's app")
    check.equal(session.send(registry.TOOLS, session.users.registry, **theirs).json, before, "another's app changed")
    user = registry.person(session).imperal_id
    for op, params in ((registry.APPS, {}), (registry.ALL_TOOLS, {}), (registry.INSTALLS, {"user_id": user}),
                       (registry.RULES, {"user_id": user}), (registry.RECORDS, {})):  # fmt: skip
        reply = session.send(op, key, params=params)
        seen = (
            {str(row.get("app_id", row.get("id"))) for row in rows_in(session.api, reply.json)} if reply.ok else set()
        )
        check.that(seen <= {app_id}, "a person's key sees other apps", reply, got=sorted(seen))
    second = session.users.key(person)
    session.send("DELETE /v1/keys/{key_id}", person, params={"key_id": secret["id"]}).need()
    check.status(session.send(registry.APP, key, **own), 401, 403, message="a deleted key opens its owner's app")
    check.ok(session.send(registry.APP, second, **own), "another key of the owner died with the deleted one")
    if session.settings.admin:
        where = {"user_id": person.imperal_id}
        session.send("PATCH /v1/users/{user_id}", session.users.admin, params=where, body={"is_active": False}).need()
        gone = session.send(registry.APP, second, **own)
        check.status(gone, 401, 403, message="a key of somebody who was deactivated opens their app", rule="A14")


@rule("GATE-32")
@operations(keyed)
def test_a_person_s_key_opens_nothing_of_others(op: Op, session: Session, check: Check) -> None:
    """A key of the gateway opens nothing that its owner does not own, an administrator's neither."""
    ready = session.prepared(op)
    tries = [Wrong("GATE-32", session.shared("a key of the user", lambda: session.users.key(session.users.user)))]
    try:
        deputy = session.users.deputy
        tries.append(Wrong("GATE-32", session.shared("a key of the deputy", lambda: session.users.key(deputy))))
    except Unmet:
        pass
    refused(session, check, ready, session.some(tries, 0, 1), *REFUSED)


@rule("GATE-33")
@operations(lambda op, api: keyed(op, api) and op.spec.body is not None)
def test_a_bad_body_is_no_way_in(op: Op, session: Session, check: Check) -> None:
    """Without a good key a bad body is refused like a good one: never taken, never a failure of the server."""
    ready = session.prepared(op)
    before = session.look(ready.watch)
    for who in (Credential("no key"), api_key("garbage", "a wrong key")):
        for data in session.some((b"{", b"[]", b"{}", b"null"), 1):
            reply = session.play(ready, who, body=None, content=data)
            check.status(reply, 401, 403, 422, message=f"{who.name} with a bad body is answered with {reply.status}")
    check.that(session.look(ready.watch) == before, "a refused request changed something", op=op, rule="AUTH-23")
