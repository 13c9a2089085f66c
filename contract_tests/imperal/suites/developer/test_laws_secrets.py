"""Laws of the values of secrets: who writes, who reads, how long they may be, what is told of them."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Judge, Stage, law

from ... import apps
from ...apps import BOTH_SECRET, EXTENSION_SECRET, SMALL, USER_SECRET
from .._laws import refused, shows
from ._secrets import DELETE, LIST, META, PUT, READ, Vault, code, declaring, extension, secret, vault

UNDECLARED, UNSET = "SECRET_NOT_DECLARED", "SECRET_NOT_SET"


@law("LIFE-400", PUT, READ, META, LIST)
def test_a_value_that_is_written_is_what_the_app_reads(stage: Stage, judge: Judge) -> None:
    """A value is stored as it is, for its name alone; a second write replaces it; list and meta say that it is set."""
    mine = vault(stage)
    start = mine.rows()
    for value in (secret(stage), "Ünï ☂ \n\t\"'\\ {}", " spaces around ", "0", secret(stage)):
        reply = judge.ok(mine.put(USER_SECRET, value))
        judge.equal(reply.json, {"name": USER_SECRET, "is_set": True}, "the answer of a write", reply)
        read = judge.ok(mine.ask(READ, USER_SECRET, stage.cast.acting(mine.person)), "the platform cannot read a value")
        judge.equal(read.json, {"value": value}, "the app reads another value than was written", read)
        state = {**start.get(USER_SECRET, {}), "is_set": True}
        got = mine.meta(USER_SECRET)
        judge.equal({**got, "last_accessed_at": None}, state, "meta after a write", op=META)
        judge.equal(mine.row(USER_SECRET), got, "the list tells otherwise than meta", op=LIST)
    for name in (BOTH_SECRET, EXTENSION_SECRET):
        judge.equal(mine.meta(name), start.get(name), "a write changed another secret", op=PUT)
        judge.equal(mine.value(name), UNSET, "a write set another secret", op=PUT, rule="K03")
    judge.ok(mine.put(BOTH_SECRET, "ev3n-m0re"))
    judge.equal(mine.value(USER_SECRET), value, "two secrets of an app are one", op=PUT)
    for body in ({}, {"value": ""}, {"value": None}, {"value": 5}):
        refused(judge, mine.ask(PUT, USER_SECRET, body=body), 422, 400, why=f"a value that is none ({body})")
    judge.equal(mine.value(USER_SECRET), value, "a refused write changed the value", op=PUT)


@law("LIFE-401", LIST, META)
def test_a_secret_is_listed_as_its_manifest_declares_it(stage: Stage, judge: Judge) -> None:
    """The list has each declared secret with its description, mode, scope and hint; what was left out has a default."""
    mine = declaring(
        stage,
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
    reply = judge.ok(mine.ask(LIST))
    judge.equal(sorted(one["name"] for one in reply.json), sorted(expected), "the declared secrets", reply)
    for name, told in expected.items():
        row = {"name": name, **common, **told}
        shows(judge, reply, row, f"the secret {name}", mine.rows().get(name, {}))
        shows(judge, judge.ok(mine.ask(META, name)), row, f"the meta of {name}")
    refused(judge, mine.put("plain", "x", mine.kernel), 403, why="an app writes a secret without a write_mode")
    unknown = stage.send(LIST, mine.person, params={"ext_id": "no-such-specdouble-app"})
    judge.status(unknown, 404, message="the secrets of an app that is not there")


@law("K02", READ, PUT)
def test_no_person_reads_a_value(stage: Stage, judge: Judge) -> None:
    """A value goes to the app's own token or to the platform, never to a person: not even an administrator."""
    mine, value = vault(stage), secret(stage)
    judge.ok(mine.put(USER_SECRET, value))
    people: list[Any] = [mine.person, stage.cast.key(mine.person), stage.cast.other, apps.shop(stage).owner]
    if stage.settings.admin:
        people.append(stage.cast.admin)
    for who in people:
        for more in ({}, {"X-Ext-Id": mine.app_id}, {"X-Acting-User": mine.person.imperal_id}):
            reply = mine.ask(READ, USER_SECRET, who, headers=more)
            judge.status(reply, 403, 404, message="a person reads a value", about=str(sorted(more)))
            judge.that(value not in reply.text, "a refusal shows the value", reply, rule="K01")
        unset = mine.ask(READ, BOTH_SECRET, who)
        judge.status(unset, 403, 404, message="a person asks for a value")
    judge.equal(mine.value(USER_SECRET), value, "the platform does not read the value", op=READ)
    judge.equal(mine.value(USER_SECRET, mine.kernel), value, "the kernel does not read the value", op=READ)
    other = stage.cast.acting(mine.person).plus("for another app", X_Ext_Id="another-app")
    refused(judge, mine.ask(READ, USER_SECRET, other), 403, why="the kernel reads for another app")
    refused(judge, mine.put(BOTH_SECRET, "st0len-it", other), 403, why="the kernel writes for another app")
    judge.equal(mine.value(BOTH_SECRET), UNSET, "the kernel wrote for another app", op=PUT)


@law("K02", READ, LIST, META, PUT, DELETE)
def test_an_app_reads_its_own_values_of_its_person(stage: Stage, judge: Judge) -> None:
    """An app's token reads the values of this app and this person; another app's, and another person's, do not."""
    mine, value = vault(stage), secret(stage)
    judge.ok(mine.put(USER_SECRET, value))
    theirs = Vault(stage, mine.app_id, stage.cast.new("another person"))
    token = extension(stage, mine.person, mine.app_id)
    read = judge.ok(mine.ask(READ, USER_SECRET, token), "an app cannot read its own value")
    judge.equal(read.json, {"value": value}, "an app reads another value", read)
    judge.equal(mine.row(USER_SECRET, token), mine.row(USER_SECRET), "an app sees another state", op=LIST)
    judge.equal(mine.meta(USER_SECRET, token)["is_set"], True, "an app is told another state", op=META)
    foreign = extension(stage, mine.person, stage.shared("another app with tokens", lambda: apps.published_app(stage)))
    stranger = extension(stage, theirs.person, mine.app_id)
    for op, name, body in ((LIST, None, None), (READ, USER_SECRET, None), (META, USER_SECRET, None),
                           (PUT, BOTH_SECRET, {"value": "st0len-it"}), (DELETE, BOTH_SECRET, None)):  # fmt: skip
        more: dict[str, Any] = {} if body is None else {"body": body}
        refused(judge, mine.ask(op, name, foreign, **more), 403, 404, why="another app's token")
        naming = stranger.plus("naming another person", X_Acting_User=mine.person.imperal_id)
        refused(judge, mine.ask(op, name, naming, **more), 403, 404, why="an app that names another person")
    judge.equal(code(mine.ask(READ, USER_SECRET, stranger)), UNSET, "an app reads another person's value", op=READ)
    judge.equal(mine.value(BOTH_SECRET), UNSET, "another app wrote a value", op=PUT)
    for op in ("GET /v1/auth/me", "GET /v1/billing/balance", "GET /v1/keys"):
        judge.status(stage.send(op, token), 401, 403, message="an app's token opens more than secrets", op=READ)


@law("K03", READ, META, PUT, DELETE)
def test_undeclared_and_unset_are_told_apart(stage: Stage, judge: Judge) -> None:
    """An undeclared name is 404 SECRET_NOT_DECLARED; a declared, empty one is 404 SECRET_NOT_SET when read."""
    mine = vault(stage)
    platform = stage.cast.acting(mine.person)
    for op, who, more in (
        (READ, platform, {}), (META, mine.person, {}), (PUT, mine.person, {"body": {"value": "x"}}),
        (DELETE, mine.person, {}), (META, platform, {}), (PUT, mine.kernel, {"body": {"value": "x"}}),
    ):  # fmt: skip
        for name in ("undeclared", USER_SECRET[:-1], f"{USER_SECRET}x"):
            reply = mine.ask(op, name, who, **more)
            refused(judge, reply, 404, why="a name that nothing declares")
            judge.equal(code(reply), UNDECLARED, "the code of an undeclared name", reply, about="code")
    unset = mine.ask(READ, USER_SECRET, platform)
    judge.status(unset, 404, message="a declared secret without a value is read")
    judge.equal(code(unset), UNSET, "the code of an empty secret", unset, about="unset")
    judge.equal(mine.meta(USER_SECRET)["is_set"], False, "an empty secret is set", op=META)
    judge.ok(mine.put(USER_SECRET, "n0w-th3re"))
    judge.ok(mine.ask(DELETE, USER_SECRET))
    judge.equal(code(mine.ask(READ, USER_SECRET, platform)), UNSET, "the code of a cleared secret", op=READ)


@law("K04", PUT, DELETE, READ)
def test_write_mode_says_who_writes(stage: Stage, judge: Judge) -> None:
    """People write secrets of mode user or both, apps those of extension or both; else 403, and the old value stays."""
    mine = vault(stage)
    writers: list[tuple[Any, str]] = [(mine.person, "user"), (mine.kernel, "extension")]
    writers += [(stage.cast.acting(mine.person), "user"), (stage.cast.key(mine.person), "user")]
    writers.append((mine.person.bearer.plus("naming the app", X_Ext_Id=mine.app_id), "user"))
    if stage.control.there:
        writers.append((extension(stage, mine.person, mine.app_id), "extension"))
    who_says = {"user": "a person", "extension": "an app"}
    allowed = {USER_SECRET: ("user",), BOTH_SECRET: ("user", "extension"), EXTENSION_SECRET: ("extension",)}
    for name, modes in allowed.items():
        good = mine.person if "user" in modes else mine.kernel
        for who, kind in stage.some(writers, 2):
            old, new = secret(stage), secret(stage)
            mine.put(name, old, good).need()
            written, cleared = mine.put(name, new, who), None
            said = f"{who_says[kind]} writes a secret for {' and '.join(modes)}"
            if kind in modes:
                judge.ok(written, f"{said}, and is refused")
                judge.equal(mine.value(name), new, f"{said}, and it is not stored", written)
                cleared = judge.ok(mine.ask(DELETE, name, who), f"{said}, and may not clear it")
                judge.equal(mine.value(name), UNSET, f"{said}, and clearing does nothing", cleared)
            else:
                judge.status(written, 403, message=said)
                judge.equal(mine.value(name), old, f"{said}, and it is stored", written, about="old value")
                judge.status(mine.ask(DELETE, name, who), 403, message=f"{said}: clearing")
                judge.equal(mine.value(name), old, f"{said}, and it is cleared", op=DELETE, about="old value")


@law("K05", PUT)
def test_a_value_above_max_bytes_is_refused(stage: Stage, judge: Judge) -> None:
    """A value of max_bytes is taken; one byte more is 413 (422), and the old value stays.

    The limit is 4096 by default and 65536 at most. Bytes are counted, not characters.
    """
    mine = declaring(
        stage, {"name": "small", "description": "", "max_bytes": SMALL}, {"name": "plain", "description": ""},
        {"name": "huge", "description": "", "max_bytes": 65536}, {"name": "one", "description": "", "max_bytes": 1},
    )  # fmt: skip
    limits = (("small", SMALL), ("plain", 4096), ("huge", 65536), ("one", 1))
    for name, limit in stage.some(limits, 1, 1):
        for fits in ("x" * limit, "é" * (limit // 2)) if limit > 1 else ("x",):
            judge.ok(mine.put(name, fits), f"a value of {limit} bytes is refused", about=f"fits {limit}")
            judge.equal(mine.value(name), fits, "a long value is not stored whole", op=PUT, about=f"whole {limit}")
        for long in ("y" * (limit + 1), "é" * (limit // 2 + 1)):
            reply = mine.put(name, long)
            judge.status(reply, 413, 422, message=f"more than {limit} bytes are taken", about=f"above {limit}")
            judge.equal(mine.value(name), fits, "a refused value is stored", reply, about=f"old {limit}")


@law("K05", PUT)
def test_no_secret_goes_beyond_the_ceiling(stage: Stage, judge: Judge) -> None:
    """A manifest that asks for more than 65536 bytes is refused, or gets 65536 and no more."""
    owner = stage.cast.new_developer("explorer")
    mine = Vault(stage, apps.new_app(stage, owner), owner)
    secrets = [{"name": "blob", "description": "Too large.", "max_bytes": 10**7}]
    manifest = apps.manifest_for(mine.app_id, secrets=secrets, webhooks=[])
    synced = stage.send(
        "POST /v1/developer/apps/{app_id}/_sync_manifest", stage.cast.service,
        params={"app_id": mine.app_id}, body={"manifest_json": manifest},
    )  # fmt: skip
    if not synced.ok:
        judge.status(synced, 400, 413, 422, message="a manifest with too large a secret")
        return
    judge.ok(mine.put("blob", "x" * 65536), "a value of 65536 bytes is refused")
    judge.status(mine.put("blob", "y" * 65537), 413, 422, message="more than 65536 bytes are taken")
    judge.equal(mine.value("blob"), "x" * 65536, "a refused value is stored", op=PUT)


@law("K06", LIST, PUT, META)
def test_declarations_come_with_the_synced_manifest(stage: Stage, judge: Judge) -> None:
    """Before a sync every name of a new app is undeclared; after it those of the manifest are there, and no other."""
    owner = stage.cast.new_developer("explorer")
    mine = Vault(stage, apps.new_app(stage, owner), owner)
    for name in (USER_SECRET, "first"):
        for reply in (mine.ask(META, name), mine.put(name, "x"), mine.ask(DELETE, name)):
            refused(judge, reply, 404, why="a secret of an app without a manifest")
            judge.equal(code(reply), UNDECLARED, "the code before a sync", reply, about="code")
    judge.equal(judge.ok(mine.ask(LIST)).json, [], "an app without a manifest declares secrets", op=LIST)
    for names in (["first", "second"], ["second"], ["third"]):
        secrets = [{"name": one, "description": one, "write_mode": "user"} for one in names]
        apps.sync_manifest(stage, mine.app_id, apps.manifest_for(mine.app_id, secrets=secrets, webhooks=[]))
        judge.equal(list(mine.rows()), names, "the secrets are not those of the last manifest", op=LIST)
        for name in names:
            judge.ok(mine.put(name, secret(stage)), "a declared secret cannot be written")
        for name in {"first", "second", "third"} - set(names):
            judge.equal(code(mine.ask(META, name)), UNDECLARED, "a secret of an older manifest is there", op=META)
            judge.equal(code(mine.put(name, "x")), UNDECLARED, "a secret of an older manifest is written", op=PUT)


@law("K07", DELETE)
def test_a_deletion_says_whether_there_was_a_value(stage: Stage, judge: Judge) -> None:
    """DELETE clears this value alone and answers was_set true; a second time, and without a value, it is false."""
    mine = vault(stage)
    empty = judge.ok(mine.ask(DELETE, USER_SECRET), "clearing an empty secret is refused")
    judge.equal(empty.json, {"was_set": False}, "clearing an empty secret", empty)
    kept = secret(stage)
    judge.ok(mine.put(BOTH_SECRET, kept))
    judge.ok(mine.put(USER_SECRET, secret(stage)))
    for was_set in (True, False, False):
        reply = judge.ok(mine.ask(DELETE, USER_SECRET))
        judge.equal(reply.json, {"was_set": was_set}, "was_set is not whether there was a value", reply)
        shows(judge, reply, {"is_set": False, "last_accessed_at": None}, "a cleared secret", mine.meta(USER_SECRET))
        judge.equal(mine.row(USER_SECRET).get("is_set"), False, "a cleared secret is listed as set", op=LIST)
    judge.equal(mine.value(BOTH_SECRET), kept, "clearing a secret cleared another", op=DELETE)
