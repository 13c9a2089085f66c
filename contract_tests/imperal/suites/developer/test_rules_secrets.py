"""Rules of the values of secrets: who writes, who reads, how long they may be, what is told of them."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Check, rule

from ...session import Session
from ...shared import apps
from ...shared.apps import BOTH_SECRET, EXTENSION_SECRET, SMALL, USER_SECRET
from .._rules import refused, shows
from ._secrets import DELETE, LIST, META, PUT, READ, Vault, code, declaring, extension, secret, vault

UNDECLARED, UNSET = "SECRET_NOT_DECLARED", "SECRET_NOT_SET"


@rule("LIFE-400", PUT, READ, META, LIST)
def test_a_value_that_is_written_is_what_the_app_reads(session: Session, check: Check) -> None:
    """A value is stored as it is, for its name alone; a second write replaces it; list and meta say that it is set."""
    mine = vault(session)
    start = mine.rows()
    for value in (secret(session), "Ünï ☂ \n\t\"'\\ {}", " spaces around ", "0", secret(session)):
        reply = check.ok(mine.put(USER_SECRET, value))
        check.equal(reply.json, {"name": USER_SECRET, "is_set": True}, "the response of a write", reply)
        read = check.ok(
            mine.ask(READ, USER_SECRET, session.users.acting(mine.person)), "the platform cannot read a value"
        )
        check.equal(read.json, {"value": value}, "the app reads another value than was written", read)
        state = {**start.get(USER_SECRET, {}), "is_set": True}
        got = mine.meta(USER_SECRET)
        check.equal({**got, "last_accessed_at": None}, state, "meta after a write", op=META)
        check.equal(mine.row(USER_SECRET), got, "the list tells otherwise than meta", op=LIST)
    for name in (BOTH_SECRET, EXTENSION_SECRET):
        check.equal(mine.meta(name), start.get(name), "a write changed another secret", op=PUT)
        check.equal(mine.value(name), UNSET, "a write set another secret", op=PUT, rule="K03")
    check.ok(mine.put(BOTH_SECRET, "ev3n-m0re"))
    check.equal(mine.value(USER_SECRET), value, "two secrets of an app are one", op=PUT)
    for body in ({}, {"value": ""}, {"value": None}, {"value": 5}):
        refused(check, mine.ask(PUT, USER_SECRET, body=body), 422, 400, why=f"a value that is none ({body})")
    check.equal(mine.value(USER_SECRET), value, "a refused write changed the value", op=PUT)


@rule("LIFE-401", LIST, META)
def test_a_secret_is_listed_as_its_manifest_declares_it(session: Session, check: Check) -> None:
    """The list has each declared secret with its description, mode, scope and hint; what was left out has a default."""
    mine = declaring(
        session,
        {"name": "told", "description": "Told ☂.", "required": True, "write_mode": "both", "scope": "user",
         "rotation_hint_days": 33, "max_bytes": 100},
        {"name": "plain", "description": "Plain."},
        {"name": "renewed", "description": "Renewed.", "write_mode": "extension", "required": False},
    )  # fmt: skip
    common: dict[str, Any] = {"is_set": False, "last_accessed_at": None, "scope": "user"}
    expected = {
        "told": {"description": "Told ☂.", "required": True, "write_mode": "both", "rotation_hint_days": 33},
        "plain": {"description": "Plain.", "required": False, "write_mode": "user", "rotation_hint_days": None},
        "renewed": {
            "description": "Renewed.",
            "required": False,
            "write_mode": "extension",
            "rotation_hint_days": None,
        },
    }
    reply = check.ok(mine.ask(LIST))
    check.equal(sorted(one["name"] for one in reply.json), sorted(expected), "the declared secrets", reply)
    for name, told in expected.items():
        row = {"name": name, **common, **told}
        shows(check, reply, row, f"the secret {name}", mine.rows().get(name, {}))
        shows(check, check.ok(mine.ask(META, name)), row, f"the meta of {name}")
    refused(check, mine.put("plain", "x", mine.kernel), 403, why="an app writes a secret without a write_mode")
    unknown = session.send(LIST, mine.person, params={"ext_id": "no-such-specdouble-app"})
    check.status(unknown, 404, message="the secrets of an app that is not there")


@rule("K02", READ, PUT)
def test_no_person_reads_a_value(session: Session, check: Check) -> None:
    """A value goes to the app's own token or to the platform, never to a person: not even an administrator."""
    mine, value = vault(session), secret(session)
    check.ok(mine.put(USER_SECRET, value))
    people: list[Any] = [mine.person, session.users.key(mine.person), session.users.other, apps.shop(session).owner]
    if session.settings.admin:
        people.append(session.users.admin)
    for who in people:
        for more in ({}, {"X-Ext-Id": mine.app_id}, {"X-Acting-User": mine.person.imperal_id}):
            reply = mine.ask(READ, USER_SECRET, who, headers=more)
            check.status(reply, 403, 404, message="a person reads a value", about=str(sorted(more)))
            check.that(value not in reply.text, "a refusal shows the value", reply, rule="K01")
        unset = mine.ask(READ, BOTH_SECRET, who)
        check.status(unset, 403, 404, message="a person asks for a value")
    check.equal(mine.value(USER_SECRET), value, "the platform does not read the value", op=READ)
    check.equal(mine.value(USER_SECRET, mine.kernel), value, "the kernel does not read the value", op=READ)
    other = session.users.acting(mine.person).plus("for another app", X_Ext_Id="another-app")
    refused(check, mine.ask(READ, USER_SECRET, other), 403, why="the kernel reads for another app")
    refused(check, mine.put(BOTH_SECRET, "st0len-it", other), 403, why="the kernel writes for another app")
    check.equal(mine.value(BOTH_SECRET), UNSET, "the kernel wrote for another app", op=PUT)


@rule("K02", READ, LIST, META, PUT, DELETE)
def test_an_app_reads_its_own_values_of_its_person(session: Session, check: Check) -> None:
    """An app's token reads the values of this app and this person; another app's, and another person's, do not."""
    mine, value = vault(session), secret(session)
    check.ok(mine.put(USER_SECRET, value))
    theirs = Vault(session, mine.app_id, session.users.new("another person"))
    token = extension(session, mine.person, mine.app_id)
    read = check.ok(mine.ask(READ, USER_SECRET, token), "an app cannot read its own value")
    check.equal(read.json, {"value": value}, "an app reads another value", read)
    check.equal(mine.row(USER_SECRET, token), mine.row(USER_SECRET), "an app sees another state", op=LIST)
    check.equal(mine.meta(USER_SECRET, token)["is_set"], True, "an app is told another state", op=META)
    foreign = extension(
        session, mine.person, session.shared("another app with tokens", lambda: apps.published_app(session))
    )
    stranger = extension(session, theirs.person, mine.app_id)
    for op, name, body in ((LIST, None, None), (READ, USER_SECRET, None), (META, USER_SECRET, None),
                           (PUT, BOTH_SECRET, {"value": "st0len-it"}), (DELETE, BOTH_SECRET, None)):  # fmt: skip
        more: dict[str, Any] = {} if body is None else {"body": body}
        refused(check, mine.ask(op, name, foreign, **more), 403, 404, why="another app's token")
        naming = stranger.plus("naming another person", X_Acting_User=mine.person.imperal_id)
        refused(check, mine.ask(op, name, naming, **more), 403, 404, why="an app that names another person")
    check.equal(code(mine.ask(READ, USER_SECRET, stranger)), UNSET, "an app reads another person's value", op=READ)
    check.equal(mine.value(BOTH_SECRET), UNSET, "another app wrote a value", op=PUT)
    for op in ("GET /v1/auth/me", "GET /v1/billing/balance", "GET /v1/keys"):
        check.status(session.send(op, token), 401, 403, message="an app's token opens more than secrets", op=READ)


@rule("K03", READ, META, PUT, DELETE)
def test_undeclared_and_unset_are_told_apart(session: Session, check: Check) -> None:
    """An undeclared name is 404 SECRET_NOT_DECLARED; a declared, empty one is 404 SECRET_NOT_SET when read."""
    mine = vault(session)
    platform = session.users.acting(mine.person)
    for op, who, more in (
        (READ, platform, {}), (META, mine.person, {}), (PUT, mine.person, {"body": {"value": "x"}}),
        (DELETE, mine.person, {}), (META, platform, {}), (PUT, mine.kernel, {"body": {"value": "x"}}),
    ):  # fmt: skip
        for name in ("undeclared", USER_SECRET[:-1], f"{USER_SECRET}x"):
            reply = mine.ask(op, name, who, **more)
            refused(check, reply, 404, why="a name that nothing declares")
            check.equal(code(reply), UNDECLARED, "the code of an undeclared name", reply, about="code")
    unset = mine.ask(READ, USER_SECRET, platform)
    check.status(unset, 404, message="a declared secret without a value is read")
    check.equal(code(unset), UNSET, "the code of an empty secret", unset, about="unset")
    check.equal(mine.meta(USER_SECRET)["is_set"], False, "an empty secret is set", op=META)
    check.ok(mine.put(USER_SECRET, "n0w-th3re"))
    check.ok(mine.ask(DELETE, USER_SECRET))
    check.equal(code(mine.ask(READ, USER_SECRET, platform)), UNSET, "the code of a cleared secret", op=READ)


@rule("K04", PUT, DELETE, READ)
def test_write_mode_says_who_writes(session: Session, check: Check) -> None:
    """People write secrets of mode user or both, apps those of extension or both; else 403, and the old value stays."""
    mine = vault(session)
    writers: list[tuple[Any, str]] = [(mine.person, "user"), (mine.kernel, "extension")]
    writers += [(session.users.acting(mine.person), "user"), (session.users.key(mine.person), "user")]
    writers.append((mine.person.bearer.plus("naming the app", X_Ext_Id=mine.app_id), "user"))
    if session.control.there:
        writers.append((extension(session, mine.person, mine.app_id), "extension"))
    who_says = {"user": "a person", "extension": "an app"}
    allowed = {USER_SECRET: ("user",), BOTH_SECRET: ("user", "extension"), EXTENSION_SECRET: ("extension",)}
    for name, modes in allowed.items():
        good = mine.person if "user" in modes else mine.kernel
        for who, kind in session.some(writers, 2):
            old, new = secret(session), secret(session)
            mine.put(name, old, good).need()
            written, cleared = mine.put(name, new, who), None
            said = f"{who_says[kind]} writes a secret for {' and '.join(modes)}"
            if kind in modes:
                check.ok(written, f"{said}, and is refused")
                check.equal(mine.value(name), new, f"{said}, and it is not stored", written)
                cleared = check.ok(mine.ask(DELETE, name, who), f"{said}, and may not clear it")
                check.equal(mine.value(name), UNSET, f"{said}, and clearing does nothing", cleared)
            else:
                check.status(written, 403, message=said)
                check.equal(mine.value(name), old, f"{said}, and it is stored", written, about="old value")
                check.status(mine.ask(DELETE, name, who), 403, message=f"{said}: clearing")
                check.equal(mine.value(name), old, f"{said}, and it is cleared", op=DELETE, about="old value")


@rule("K05", PUT)
def test_a_value_above_max_bytes_is_refused(session: Session, check: Check) -> None:
    """A value of max_bytes is taken; one byte more is 413 (422), and the old value stays.

    The limit is 4096 by default and 65536 at most. Bytes are counted, not characters.
    """
    mine = declaring(
        session, {"name": "small", "description": "", "max_bytes": SMALL}, {"name": "plain", "description": ""},
        {"name": "huge", "description": "", "max_bytes": 65536}, {"name": "one", "description": "", "max_bytes": 1},
    )  # fmt: skip
    limits = (("small", SMALL), ("plain", 4096), ("huge", 65536), ("one", 1))
    for name, limit in session.some(limits, 1, 1):
        for fits in ("x" * limit, "é" * (limit // 2)) if limit > 1 else ("x",):
            check.ok(mine.put(name, fits), f"a value of {limit} bytes is refused", about=f"fits {limit}")
            check.equal(mine.value(name), fits, "a long value is not stored whole", op=PUT, about=f"whole {limit}")
        for long in ("y" * (limit + 1), "é" * (limit // 2 + 1)):
            reply = mine.put(name, long)
            check.status(reply, 413, 422, message=f"more than {limit} bytes are taken", about=f"above {limit}")
            check.equal(mine.value(name), fits, "a refused value is stored", reply, about=f"old {limit}")


@rule("K05", PUT)
def test_no_secret_goes_beyond_the_ceiling(session: Session, check: Check) -> None:
    """A manifest that asks for more than 65536 bytes is refused, or gets 65536 and no more."""
    owner = session.users.new_developer("explorer")
    mine = Vault(session, apps.new_app(session, owner), owner)
    secrets = [{"name": "blob", "description": "Too large.", "max_bytes": 10**7}]
    manifest = apps.manifest_for(mine.app_id, secrets=secrets, webhooks=[])
    synced = session.send(
        "POST /v1/developer/apps/{app_id}/_sync_manifest", session.users.service,
        params={"app_id": mine.app_id}, body={"manifest_json": manifest},
    )  # fmt: skip
    if not synced.ok:
        check.status(synced, 400, 413, 422, message="a manifest with too large a secret")
        return
    check.ok(mine.put("blob", "x" * 65536), "a value of 65536 bytes is refused")
    check.status(mine.put("blob", "y" * 65537), 413, 422, message="more than 65536 bytes are taken")
    check.equal(mine.value("blob"), "x" * 65536, "a refused value is stored", op=PUT)


@rule("K06", LIST, PUT, META)
def test_declarations_come_with_the_synced_manifest(session: Session, check: Check) -> None:
    """Before a sync every name of a new app is undeclared; after it those of the manifest are there, and no other."""
    owner = session.users.new_developer("explorer")
    mine = Vault(session, apps.new_app(session, owner), owner)
    for name in (USER_SECRET, "first"):
        for reply in (mine.ask(META, name), mine.put(name, "x"), mine.ask(DELETE, name)):
            refused(check, reply, 404, why="a secret of an app without a manifest")
            check.equal(code(reply), UNDECLARED, "the code before a sync", reply, about="code")
    check.equal(check.ok(mine.ask(LIST)).json, [], "an app without a manifest declares secrets", op=LIST)
    for names in (["first", "second"], ["second"], ["third"]):
        secrets = [{"name": one, "description": one, "write_mode": "user"} for one in names]
        apps.sync_manifest(session, mine.app_id, apps.manifest_for(mine.app_id, secrets=secrets, webhooks=[]))
        check.equal(list(mine.rows()), names, "the secrets are not those of the last manifest", op=LIST)
        for name in names:
            check.ok(mine.put(name, secret(session)), "a declared secret cannot be written")
        for name in {"first", "second", "third"} - set(names):
            check.equal(code(mine.ask(META, name)), UNDECLARED, "a secret of an older manifest is there", op=META)
            check.equal(code(mine.put(name, "x")), UNDECLARED, "a secret of an older manifest is written", op=PUT)


@rule("K07", DELETE)
def test_a_deletion_says_whether_there_was_a_value(session: Session, check: Check) -> None:
    """DELETE clears this value alone and answers was_set true; a second time, and without a value, it is false."""
    mine = vault(session)
    empty = check.ok(mine.ask(DELETE, USER_SECRET), "clearing an empty secret is refused")
    check.equal(empty.json, {"was_set": False}, "clearing an empty secret", empty)
    kept = secret(session)
    check.ok(mine.put(BOTH_SECRET, kept))
    check.ok(mine.put(USER_SECRET, secret(session)))
    for was_set in (True, False, False):
        reply = check.ok(mine.ask(DELETE, USER_SECRET))
        check.equal(reply.json, {"was_set": was_set}, "was_set is not whether there was a value", reply)
        shows(check, reply, {"is_set": False, "last_accessed_at": None}, "a cleared secret", mine.meta(USER_SECRET))
        check.equal(mine.row(USER_SECRET).get("is_set"), False, "a cleared secret is listed as set", op=LIST)
    check.equal(mine.value(BOTH_SECRET), kept, "clearing a secret cleared another", op=DELETE)
