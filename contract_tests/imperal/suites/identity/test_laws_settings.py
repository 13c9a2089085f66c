"""Laws of settings: one's own value, else the tenant's, else the platform's."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Credential, Judge, Person, Stage, law

from ...accounts import second_tenant

READ, WRITE = "GET /v1/me/settings", "PATCH /v1/me/settings"
DEFAULTS, SET_DEFAULTS = "GET /v1/admin/tenant-defaults", "PATCH /v1/admin/tenant-defaults"
TELLING: dict[str, Any] = {
    "confirmation_enabled": False,
    "confirmation_actions": {"destructive": False, "write": True},
    "confirmation_overrides": {"notes": {"delete_note": False}},
    "kav_max_retries": 7,
    "confirmation_ttl": 77,
    "routing_context": 17,
    "max_tool_rounds": 19,
    "max_response_tokens": 1234,
    "notifications": {"email": False, "push": False},
}
SCALARS = ("max_response_tokens", "max_tool_rounds", "routing_context", "kav_max_retries")  # that a tenant may set


def read(stage: Stage, who: Person | Credential) -> dict[str, Any]:
    """Return somebody's settings."""
    return dict(stage.send(READ, who)["settings"])


def other_than(value: Any, telling: Any) -> Any:
    """Return a telling value that differs from one that is there."""
    return telling if telling != value else not telling if isinstance(telling, bool) else telling + 1


@law("LIFE-115", WRITE, READ)
def test_each_setting_is_kept_and_changes_nothing_else(stage: Stage, judge: Judge) -> None:
    """A setting that is sent is kept; those left out keep their value; null gives one back to its default."""
    person, other = stage.cast.new("person with settings"), stage.cast.new("person with defaults")
    defaults = read(stage, person)
    expected = dict(defaults)
    for name, telling in TELLING.items():
        if name not in defaults and name == "notifications":
            defaults[name] = None
        value = other_than(defaults[name], telling)
        reply = judge.ok(stage.send(WRITE, person, body={name: value}))
        expected[name] = value
        judge.equal(reply["settings"], expected, f"the answer after {name} was set", reply, about=f"answer {name}")
        judge.equal(read(stage, person), expected, f"the settings after {name} was set", reply, about=f"read {name}")
    judge.equal(judge.ok(stage.send(WRITE, person, body={})).json["settings"], expected, "an empty change", op=WRITE)
    for name in TELLING:
        reply = judge.ok(stage.send(WRITE, person, body={name: None}))
        expected[name] = defaults[name]
        judge.equal(
            {**defaults, **reply["settings"]}, expected, f"the answer after {name} was given back", reply,
            about=f"null {name}",
        )  # fmt: skip
    judge.equal({**defaults, **read(stage, person)}, defaults, "the settings after all were given back", op=WRITE)
    judge.ok(stage.send(WRITE, person, body=TELLING))
    judge.equal(read(stage, person), TELLING, "the settings after all were set at once", op=WRITE)
    untouched = read(stage, other)
    judge.equal({**defaults, **untouched}, defaults, "somebody else's settings changed", op=WRITE, rule="I01")
    judge.ok(stage.send(WRITE, other, body={"routing_context": 3}, headers={"X-Acting-User": person.imperal_id}))
    judge.equal(read(stage, person), TELLING, "X-Acting-User writes another's settings", op=WRITE, rule="S14")
    judge.equal(read(stage, other)["routing_context"], 3, "with X-Acting-User one's own are not written", op=WRITE)


@law("LIFE-116", WRITE)
def test_refused_settings_change_nothing(stage: Stage, judge: Judge) -> None:
    """A change with one bad value is refused as a whole."""
    person = stage.cast.new("person with settings")
    before = read(stage, person)
    bad: list[dict[str, Any]] = [
        {"confirmation_ttl": 0}, {"confirmation_ttl": -1}, {"confirmation_ttl": 2592001}, {"kav_max_retries": "many"},
        {"confirmation_enabled": "perhaps"}, {"notifications": 5}, {"confirmation_actions": "all"},
        {"max_tool_rounds": []}, {"max_response_tokens": 1.5}, {"routing_context": {}},
    ]  # fmt: skip
    for wrong in bad:
        refused = stage.send(WRITE, person, body={"routing_context": 99, "max_tool_rounds": 98, **wrong})
        judge.status(refused, 422, message=f"{wrong} is answered with {refused.status}", about=str(wrong))
    judge.equal(read(stage, person), before, "a refused change was stored in part", op=WRITE)
    for edge in (1, 2592000):
        reply = judge.ok(stage.send(WRITE, person, body={"confirmation_ttl": edge}))
        judge.equal(reply["settings"]["confirmation_ttl"], edge, "a value at the edge of what is allowed", reply)


@law("LIFE-117", READ, SET_DEFAULTS, WRITE)
def test_settings_are_inherited_from_the_tenant(stage: Stage, judge: Judge) -> None:
    """Whoever has no value of their own has the tenant's, now and for new accounts; an own value stays.

    Given back with null, a setting is the tenant's again. People of other tenants are not affected.
    """
    tenant, admin, query = second_tenant(stage), stage.cast.admin, {"tenant_id": second_tenant(stage)}
    heir, owner = stage.cast.new("heir", tenant_id=tenant), stage.cast.new("owner", tenant_id=tenant)
    stranger = stage.cast.new("person of the tenant default")
    defaults, strange = read(stage, heir), read(stage, stranger)
    told = stage.send(DEFAULTS, admin, query=query)["settings"]
    for name in SCALARS:
        judge.equal(told.get(name), defaults[name], f"the tenant's {name} is not inherited", op=READ, about=name)
    patch = {name: defaults[name] + 11 + number for number, name in enumerate(SCALARS)}
    own = {name: value + 100 for name, value in patch.items()}
    stage.send(WRITE, owner, body={SCALARS[0]: own[SCALARS[0]]}).need()
    judge.ok(stage.send(SET_DEFAULTS, admin, query=query, body={**patch, "confirmation_enabled": False}))
    inherited = {**defaults, **patch, "confirmation_enabled": False}
    judge.equal(read(stage, heir), inherited, "who has nothing of their own does not have the tenant's", op=READ)
    newcomer = stage.cast.new("newcomer", tenant_id=tenant)
    judge.equal(read(stage, newcomer), inherited, "a new account does not have the tenant's", op=READ)
    mixed = {**inherited, SCALARS[0]: own[SCALARS[0]]}
    judge.equal(read(stage, owner), mixed, "an own value was lost, or the others are not the tenant's", op=READ)
    judge.equal(
        {name: value for name, value in read(stage, stranger).items() if name not in SCALARS},
        {name: value for name, value in strange.items() if name not in SCALARS},
        "another tenant's people have the tenant's values", op=READ, rule="I03",
    )  # fmt: skip
    foreign = [name for name, value in read(stage, stranger).items() if name in SCALARS and value == patch[name]]
    judge.equal(foreign, [], "another tenant's people have the tenant's values", op=READ, rule="I03")
    given = judge.ok(stage.send(WRITE, owner, body={SCALARS[0]: None}))
    judge.equal(given["settings"], inherited, "null does not give a setting back to the tenant", given)
    stage.send(WRITE, heir, body={"confirmation_enabled": True}).need()
    judge.equal(
        read(stage, heir)["confirmation_enabled"], True, "an own value does not win over the tenant's", op=WRITE
    )
    restore = {**{name: defaults[name] for name in SCALARS}, "confirmation_enabled": defaults["confirmation_enabled"]}
    stage.send(SET_DEFAULTS, admin, query=query, body=restore).need()
    judge.equal(read(stage, newcomer), defaults, "the settings after the tenant's were set back", op=READ)
