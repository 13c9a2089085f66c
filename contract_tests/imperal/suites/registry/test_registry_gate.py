"""The gate of the Registry: the platform's key opens everything, an app's key its own app, and nothing else opens.

Each request is a valid one with live ids, so that only the key can be the reason of a refusal.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from specdouble.verify.kit import (
    REGISTRY,
    Credential,
    Judge,
    Op,
    Ready,
    Stage,
    Unmet,
    Wrong,
    api_key,
    bearer,
    contract,
    law,
)
from specdouble.verify.suites._answers import rows
from specdouble.verify.suites._matrix import opens, or_blind, refused

from ... import registry

PROTECTED = [op for op in contract().ops if op.service == REGISTRY and not op.spec.public]
OF_APP = [op for op in PROTECTED if "{app_id}" in op.spec.path]
OF_RECORD = [op for op in PROTECTED if "{ext_id}" in op.spec.path]
OF_NONE = [op for op in PROTECTED if op not in OF_APP and op not in OF_RECORD]
REFUSED = (401, 403, 404)
TELLING = ("no key", "garbage as a key", "the beginning of the key", "an unknown key of an app")  # tried first


def altered(key: str) -> Iterator[Wrong]:
    """Yield keys that are nearly the platform's."""
    for name, value in {
        "an empty key": "", "garbage as a key": "garbage", "the beginning of the key": key[:-1],
        "the key and more": f"{key}x", "the end of the key": key[1:], "the key in other letters": key.swapcase(),
        "the key with a blank": f"{key[:3]} {key[3:]}", "the key twice": f"{key}, {key}",
        "a key that is unknown": "imp_reg_key_" + "x" * 32, "an unknown key of an app": "imp_live_" + "x" * 32,
        "the key as a bearer in its header": f"Bearer {key}", "null as a key": "null",
    }.items():  # fmt: skip
        if value != key:  # a key without letters is the same in other ones
            yield Wrong("GATE-20", api_key(value, name))


def misplaced(stage: Stage, key: str) -> Iterator[Wrong]:
    """Yield the platform's key in wrong places, and credentials of the gateway."""
    yield Wrong("GATE-20", Credential("no key"))
    yield Wrong("GATE-20", bearer(key, "the key as a bearer"))
    yield Wrong("GATE-20", Credential("the key as Authorization", {"Authorization": key}))
    yield Wrong("GATE-20", Credential("the key as a service token", {"X-Service-Token": key}))
    yield Wrong("GATE-20", Credential("the key in a cookie", {"Cookie": f"X-Api-Key={key}; api_key={key}"}))
    for name in ("user", "admin", "developer"):
        try:
            person = getattr(stage.cast, name)
        except Unmet:
            continue
        yield Wrong("GATE-20", person.bearer)
        yield Wrong("GATE-20", api_key(person.access_token, f"an access token of {person.label} as a key"))
        wrong = Credential(f"a wrong key and the bearer of {person.label}", {**person.bearer.headers, "X-Api-Key": "x"})
        yield Wrong("GATE-20", wrong)
    try:
        service = stage.cast.service
    except Unmet:
        return
    token = service.headers["X-Service-Token"]
    yield Wrong("GATE-20", service)
    yield Wrong("GATE-20", api_key(token, "the service token as a key"))
    yield Wrong("GATE-20", bearer(token, "the service token as a bearer"))


def wrong_keys(stage: Stage, instead: str = "") -> list[Wrong]:
    """Return everything that must not open the Registry, made once, the most telling keys first.

    Without the key they are made `instead` from one that is none.
    """
    key = stage.settings.registry_key or instead or stage.cast.registry.headers["X-Api-Key"]

    def make() -> list[Wrong]:
        every = [*altered(key), *misplaced(stage, key)]
        return sorted(every, key=lambda one: TELLING.index(one.who.name) if one.who.name in TELLING else len(TELLING))

    found: list[Wrong] = stage.shared("wrong keys", make)
    return found


def own_key(stage: Stage, ready: Ready, scope: str = "full") -> Credential:
    """Return a key of the app that a request names."""
    return registry.app_key(stage, str(ready.params["app_id"]), scope)


def other_key(stage: Stage) -> Credential:
    """Return a full key of an app that no request names."""
    found: Credential = stage.shared(
        "a key of another app", lambda: registry.app_key(stage, registry.active_app(stage))
    )
    return found


@law("GATE-20")
@pytest.mark.parametrize("op", PROTECTED, ids=str)
def test_only_a_good_key_opens_it(op: Op, stage: Stage, judge: Judge) -> None:
    """Everything but health needs a good X-Api-Key: none, an altered or an unknown one is 401 (R01).

    403 and 422 count as refusals too. Nothing changes, and no bearer, service token or administrator opens anything.
    """
    with or_blind(stage, judge, op, wrong_keys(stage, "imp_reg_key_" + "y" * 32), []):
        ready = stage.prepared(op)
        refused(stage, judge, ready, stage.some(wrong_keys(stage), 1, 1), 401, 403, 422)
        opens(stage, judge, ready)


@law("GATE-23")
@pytest.mark.parametrize("op", PROTECTED, ids=str)
def test_the_case_of_the_header_does_not_matter(op: Op, stage: Stage, judge: Judge) -> None:
    """The key is taken in x-api-key, X-API-KEY and X-Api-Key alike, also beside credentials of the gateway (R01)."""
    key = stage.cast.registry.headers["X-Api-Key"]
    for name in ("x-api-key", "X-API-KEY") if op.reads else ("x-api-key",):
        reply = stage.play(stage.ready(op), Credential(name, {name: key, "Authorization": "Bearer garbage"}))
        judge.that(reply.ok, f"the key in {name} is answered with {reply.status}", reply, expected="2xx", about=name)


@law("GATE-24")
@pytest.mark.parametrize("op", OF_APP, ids=str)
def test_an_app_s_key_opens_its_own_app(op: Op, stage: Stage, judge: Judge) -> None:
    """The full key of an app does on this app whatever the platform's key does; a readonly key reads (R02)."""
    ready = stage.ready(op)
    for scope in ("readonly", "full") if op.reads else ("full",):
        reply = stage.play(ready, own_key(stage, ready, scope))
        judge.that(reply.ok, f"a {scope} key of the app is answered with {reply.status}", reply, about=scope)
        judge.status(
            reply, op.spec.success.status, message="a key of the app gets another status", about=f"{scope} status"
        )


@law("GATE-25")
@pytest.mark.parametrize("op", [op for op in OF_APP if not op.reads], ids=str)
def test_a_readonly_key_does_not_write(op: Op, stage: Stage, judge: Judge) -> None:
    """A readonly key of an app is refused with 403 whatever it would write there, and nothing changes (R02)."""
    ready = stage.prepared(op)
    readonly = own_key(stage, ready, "readonly")
    refused(stage, judge, ready, [Wrong("GATE-25", readonly)], 403)
    opens(stage, judge, ready)


@law("GATE-26")
@pytest.mark.parametrize("op", [*OF_APP, *OF_RECORD], ids=str)
def test_another_app_s_key_opens_nothing(op: Op, stage: Stage, judge: Judge) -> None:
    """The key of another app is refused with 403, whatever its scope, and changes nothing (R02). 404 is as good."""
    ready = stage.prepared(op)
    readonly = stage.shared(
        "a readonly key of another app", lambda: registry.app_key(stage, registry.active_app(stage), "readonly")
    )
    tries = [Wrong("GATE-26", other_key(stage)), Wrong("GATE-26", readonly)]
    refused(stage, judge, ready, stage.some(tries, 1), 403, 404)
    opens(stage, judge, ready)


@law("GATE-27")
@pytest.mark.parametrize("op", OF_APP, ids=str)
def test_a_revoked_key_is_dead(op: Op, stage: Stage, judge: Judge) -> None:
    """A key of the app that was revoked is 401 everywhere at once, and changes nothing."""
    ready = stage.prepared(op)
    found: dict[str, Wrong] = stage.shared("revoked keys of Registry apps", dict)
    app_id = str(ready.params["app_id"])
    if app_id not in found:
        made = stage.send(registry.MAKE_KEY, stage.cast.registry, params={"app_id": app_id}, body={})
        gone = {"app_id": app_id, "key_id": made["key_id"]}
        stage.send(registry.REVOKE, stage.cast.registry, params=gone).need()
        found[app_id] = Wrong("GATE-27", api_key(str(made["api_key"]), "a revoked key of the app"))
    refused(stage, judge, ready, [found[app_id]], 401, 403)


@law("GATE-28")
@pytest.mark.parametrize("op", [op for op in OF_NONE if not op.reads], ids=str)
def test_an_app_s_key_writes_nothing_beside_its_app(op: Op, stage: Stage, judge: Judge) -> None:
    """Where the path names no app, an app's key writes nothing: no app, no record, nothing of people (R02)."""
    ready = stage.prepared(op)
    tries = [Wrong("GATE-28", other_key(stage)), Wrong("GATE-28", registry.app_key(stage, registry.kept_app(stage)))]
    if op.id == registry.INSTALL or op.id == registry.SAVE_RULES:
        tries = tries[:1]  # the request may be about the kept app itself
    refused(stage, judge, ready, tries, 403, 404)
    opens(stage, judge, ready)


@law("GATE-29")
@pytest.mark.parametrize("op", [op for op in OF_NONE if op.reads], ids=str)
def test_an_app_s_key_sees_its_own_app_only(op: Op, stage: Stage, judge: Judge) -> None:
    """Where the path names no app, an app's key is refused (403) or sees what is of its own app, nothing else (R02)."""
    person = registry.person(stage)
    mine, other = registry.kept_app(stage), registry.active_app(stage)
    registry.install(stage, person, other)
    if op.id == registry.RULES:
        names = {"enabled": True, "section_name": "inbox"}
        rules = [{"app_id": one, **names} for one in (mine, other)]
        where = {"user_id": person.imperal_id}
        stage.send(registry.SAVE_RULES, stage.cast.registry, params=where, body=rules).need()
    if op.id == registry.RECORDS:
        stage.shared("a record of the kept app", lambda: registry.record(stage, id=mine))
        registry.record(stage, id=other)
    for scope in ("full", "readonly"):
        reply = stage.play(stage.ready(op), registry.app_key(stage, mine, scope))
        if not reply.ok:
            judge.status(reply, 403, message=f"an app's {scope} key is answered with {reply.status}")
            continue
        seen = {str(row.get("app_id", row.get("id"))) for row in rows(reply.json)}
        judge.that(
            seen <= {mine}, "an app's key sees other apps", reply, expected=mine, got=sorted(seen), about="others"
        )
        judge.that(seen, "an app's key does not see its own app", reply, expected=mine, about="own")
        if isinstance(reply.json, dict) and "total" in reply.json:
            judge.equal(reply.json["total"], len(rows(reply.json)), "total counts what is not shown", reply)
    if op.id == registry.CATALOG:
        everything = stage.send(op, registry.app_key(stage, mine))
        seen = {str(row["app_id"]) for row in rows(everything.json)} if everything.ok else {mine}
        judge.equal(seen, {mine}, "an app's key sees other apps in the catalogue of all", everything)


@law("GATE-30", registry.HEALTH)
def test_health_needs_no_key(stage: Stage, judge: Judge) -> None:
    """Health answers {"status": "ok"} without a key, with a good one and with a wrong one (R01)."""
    for who in (Credential("no key"), api_key("garbage", "garbage"), stage.cast.registry):
        reply = judge.ok(stage.send(registry.HEALTH, who), "health wants a credential")
        judge.equal(reply.json, {"status": "ok"}, "the Registry does not say that it is well", reply)


@law("GATE-31", registry.APP, registry.PUSH, registry.SAVE)
def test_a_developer_s_key_opens_their_own_apps(stage: Stage, judge: Judge) -> None:
    """A person's key of the gateway opens the apps that they own, as the command line uses it, until it is deleted."""
    person = stage.cast.new("owner of one app")
    secret = stage.send("POST /v1/keys", person, body={"name": "command line"})
    key = api_key(str(secret["key"]), "the owner's own key")
    app_id, foreign = registry.new_app(stage, owner_id=person.imperal_id), registry.kept_app(stage)
    own: dict[str, Any] = {"params": {"app_id": app_id}}
    judge.ok(stage.send(registry.APP, key, **own), "the owner's key does not read their app")
    judge.ok(stage.send(registry.PUSH, key, **own, body=registry.manifest("notes")), "the owner's key pushes no tools")
    judge.ok(stage.send(registry.SAVE, key, **own, body={"general": {"a": 1}}), "the owner's key saves no settings")
    judge.equal(len(stage.send(registry.TOOLS, key, **own)["tools"]), 1, "what the owner pushed is not there")
    theirs: dict[str, Any] = {"params": {"app_id": foreign}}
    before = stage.send(registry.TOOLS, stage.cast.registry, **theirs).json
    for op, body in ((registry.APP, None), (registry.PUSH, {"tools": []}), (registry.DELETE_APP, None)):
        more: dict[str, Any] = {"body": body} if body is not None else {}
        judge.status(stage.send(op, key, **theirs, **more), *REFUSED, message="a person's key opens another's app")
    judge.equal(stage.send(registry.TOOLS, stage.cast.registry, **theirs).json, before, "another's app changed")
    user = registry.person(stage).imperal_id
    for op, params in ((registry.APPS, {}), (registry.ALL_TOOLS, {}), (registry.INSTALLS, {"user_id": user}),
                       (registry.RULES, {"user_id": user}), (registry.RECORDS, {})):  # fmt: skip
        reply = stage.send(op, key, params=params)
        seen = {str(row.get("app_id", row.get("id"))) for row in rows(reply.json)} if reply.ok else set()
        judge.that(seen <= {app_id}, "a person's key sees other apps", reply, got=sorted(seen))
    second = stage.cast.key(person)
    stage.send("DELETE /v1/keys/{key_id}", person, params={"key_id": secret["id"]}).need()
    judge.status(stage.send(registry.APP, key, **own), 401, 403, message="a deleted key opens its owner's app")
    judge.ok(stage.send(registry.APP, second, **own), "another key of the owner died with the deleted one")
    if stage.settings.admin:
        where = {"user_id": person.imperal_id}
        stage.send("PATCH /v1/users/{user_id}", stage.cast.admin, params=where, body={"is_active": False}).need()
        gone = stage.send(registry.APP, second, **own)
        judge.status(gone, 401, 403, message="a key of somebody who was deactivated opens their app", rule="A14")


@law("GATE-32")
@pytest.mark.parametrize("op", PROTECTED, ids=str)
def test_a_person_s_key_opens_nothing_of_others(op: Op, stage: Stage, judge: Judge) -> None:
    """A key of the gateway opens nothing that its owner does not own, an administrator's neither."""
    ready = stage.prepared(op)
    tries = [Wrong("GATE-32", stage.shared("a key of the user", lambda: stage.cast.key(stage.cast.user)))]
    try:
        deputy = stage.cast.deputy
        tries.append(Wrong("GATE-32", stage.shared("a key of the deputy", lambda: stage.cast.key(deputy))))
    except Unmet:
        pass
    refused(stage, judge, ready, stage.some(tries, 0, 1), *REFUSED)


@law("GATE-33")
@pytest.mark.parametrize("op", [op for op in PROTECTED if op.spec.body is not None], ids=str)
def test_a_bad_body_is_no_way_in(op: Op, stage: Stage, judge: Judge) -> None:
    """Without a good key a bad body is refused like a good one: never taken, never a failure of the server."""
    ready = stage.prepared(op)
    before = stage.look(ready.watch)
    for who in (Credential("no key"), api_key("garbage", "a wrong key")):
        for data in stage.some((b"{", b"[]", b"{}", b"null"), 1):
            reply = stage.play(ready, who, body=None, content=data)
            judge.status(reply, 401, 403, 422, message=f"{who.name} with a bad body is answered with {reply.status}")
    judge.that(stage.look(ready.watch) == before, "a refused request changed something", op=op, rule="AUTH-23")
