"""Laws of tenant defaults: what a tenant hands down to its users, and who may change it."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.verify.kit import Judge, Stage, law

from ...recipes.rights.tenants import make
from ...tenancy import House, enter, house, member, new_house
from .._laws import Doc, kept, refused, shows

READ, CHANGE = "GET /v1/admin/tenant-defaults", "PATCH /v1/admin/tenant-defaults"
MINE, SET = "GET /v1/me/settings", "PATCH /v1/me/settings"
INHERITED: dict[str, Any] = {
    "max_response_tokens": 1234,
    "max_tool_rounds": 5,
    "routing_context": 6,
    "kav_max_retries": 1,
    "confirmation_enabled": False,
}
EVERY: dict[str, Any] = {
    **INHERITED,
    "history_ttl_days": 45,
    "default_max_result_tokens": 1500,
    "list_truncate_items": 25,
    "string_truncate_chars": 2500,
}


def of(home: House) -> Doc:
    """Return the query that names a tenant."""
    return {"tenant_id": home.tenant_id}


@law("LIFE-174", CHANGE, READ)
@pytest.mark.parametrize("name", EVERY)
def test_a_default_is_written_and_handed_down(name: str, stage: Stage, judge: Judge) -> None:
    """A PATCH writes the given default and leaves the others; users of the tenant without an own value inherit it.

    Other tenants do not (effect 17).
    """
    home, other = house(stage, "a house of defaults"), house(stage)
    person = stage.shared("who inherits", lambda: enter(stage, member(stage, home)))
    stranger = stage.shared("who does not inherit", lambda: enter(stage, member(stage, other)))
    before = judge.ok(stage.send(READ, home.admin, query=of(home)))
    judge.equal(before["tenant_id"], home.tenant_id, "the defaults are another tenant's", before)
    foreign = stage.send(READ, other.admin, query=of(other)).need().json
    inherits = stage.send(MINE, person)["settings"]
    outside = stage.send(MINE, stranger)["settings"]
    changed = judge.ok(stage.send(CHANGE, home.admin, query=of(home), body={name: EVERY[name]}))
    judge.equal(changed["updated"], [name], "updated does not name what was sent", changed)
    after = judge.ok(stage.send(READ, home.admin, query=of(home)))
    shows(judge, after, {name: EVERY[name]}, "defaults", after["settings"])
    kept(judge, after, before["settings"], "defaults", name, shown=after["settings"])
    judge.equal(
        stage.send(READ, other.admin, query=of(other)).json, foreign, "another tenant's defaults changed", op=CHANGE
    )
    mine = judge.ok(stage.send(MINE, person))
    expected = {**inherits, name: EVERY[name]} if name in INHERITED else inherits
    shows(judge, mine, expected, "inherited settings", mine["settings"])
    judge.equal(stage.send(MINE, stranger)["settings"], outside, "settings in another tenant changed", op=CHANGE)


@law("LIFE-176", CHANGE, READ)
def test_an_own_value_wins_over_the_default(stage: Stage, judge: Judge) -> None:
    """A user who set an own value is not affected by the tenant's default; several defaults may come in one PATCH."""
    home = new_house(stage)
    person = enter(stage, member(stage, home))
    stage.send(SET, person, body={"max_tool_rounds": 3}).need()
    changed = judge.ok(stage.send(CHANGE, home.admin, query=of(home), body=EVERY))
    judge.equal(sorted(changed["updated"]), sorted(EVERY), "updated does not name what was sent", changed)
    shown = judge.ok(stage.send(READ, home.admin, query=of(home)))
    shows(judge, shown, EVERY, "defaults", shown["settings"])
    mine = judge.ok(stage.send(MINE, person))
    shows(judge, mine, {**INHERITED, "max_tool_rounds": 3}, "settings", mine["settings"])
    later = enter(stage, member(stage, home))
    born = judge.ok(stage.send(MINE, later))
    shows(judge, born, INHERITED, "settings of somebody new", born["settings"])


@law("LIFE-186", CHANGE)
def test_refused_defaults_change_nothing(stage: Stage, judge: Judge) -> None:
    """An empty PATCH is 400, an unknown tenant 404, a value of another type 422; nothing is written."""
    home, nowhere = house(stage, "a house of defaults"), {"tenant_id": stage.cast.fresh("nowhere")}
    before = judge.ok(stage.send(READ, home.admin, query=of(home))).json
    refused(judge, stage.send(CHANGE, home.admin, query=of(home), body={}), 400, why="an empty change of defaults")
    for name in EVERY:
        wrong: Any = "many" if name != "confirmation_enabled" else "perhaps"
        body = {"history_ttl_days": 99, name: wrong}
        refused(judge, stage.send(CHANGE, home.admin, query=of(home), body=body), 422, why=f"{name} of another type")
    refused(judge, stage.send(READ, stage.cast.deputy, query=nowhere), 404, why="an unknown tenant has defaults")
    lost = stage.send(CHANGE, stage.cast.deputy, query=nowhere, body={"max_tool_rounds": 4})
    refused(judge, lost, 404, why="an unknown tenant takes defaults")
    judge.equal(stage.send(READ, home.admin, query=of(home)).json, before, "a refused change is written", op=CHANGE)


@law("LIFE-187", READ)
def test_without_a_tenant_the_defaults_are_those_of_the_default_one(stage: Stage, judge: Judge) -> None:
    """Without tenant_id the tenant is `default`."""
    plain = judge.ok(stage.send(READ, stage.cast.deputy))
    judge.equal(plain["tenant_id"], "default", "without a tenant the defaults are another one's", plain)
    named = judge.ok(stage.send(READ, stage.cast.deputy, query={"tenant_id": "default"}))
    judge.equal(set(named.json), {"tenant_id", "settings"}, "defaults have other fields", named)


@law("S16", READ, CHANGE)
def test_tenant_defaults_want_an_acting_admin(stage: Stage, judge: Judge) -> None:
    """`/v1/admin/tenant-defaults` needs an acting admin: the service token alone, or acting for a user, is refused."""
    home = house(stage, "a house of defaults")
    plain = enter(stage, member(stage, home))
    before = stage.send(READ, home.admin, query=of(home)).need().json
    tries: list[tuple[str, Doc]] = [(READ, {}), (CHANGE, {"body": {"max_tool_rounds": 2, "history_ttl_days": 2}})]
    for op, more in tries:
        for who in (stage.cast.service, stage.cast.acting(plain), plain.bearer):
            refused(judge, stage.send(op, who, query=of(home), **more), 401, 403, why=f"{who.name} handles defaults")
    judge.equal(stage.send(READ, home.admin, query=of(home)).json, before, "a refused change is written", op=CHANGE)
    for op, more in ((READ, {}), (CHANGE, {"body": {"history_ttl_days": 31}})):
        judge.ok(stage.send(op, stage.cast.acting(home.admin), query=of(home), **more), "an acting admin is refused")


@law("I03", READ, CHANGE)
def test_defaults_end_at_the_wall_of_a_tenant(stage: Stage, judge: Judge) -> None:
    """An admin neither reads nor changes the defaults of another tenant."""
    home, other = house(stage), stage.shared("a tenant to look at", lambda: make(stage))
    deputy, query = stage.cast.deputy, {"tenant_id": other}
    before = stage.send(READ, deputy, query=query)
    for op, more in ((READ, {}), (CHANGE, {"body": {"max_tool_rounds": 2}})):
        refused(judge, stage.send(op, home.admin, query=query, **more), 403, 404, why="an admin reaches another tenant")
        refused(judge, stage.send(op, home.admin, query={"tenant_id": house(stage, "another house").tenant_id}, **more),
                403, 404, why="an admin reaches another tenant")  # fmt: skip
    judge.equal(stage.send(READ, deputy, query=query).json, before.json, "another tenant's defaults changed", op=CHANGE)
