"""Rules of settings: one's own value, else the tenant's, else the platform's."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Check, Credential, rule

from ...people import Person
from ...session import Session
from ...shared.accounts import second_tenant

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


def read(session: Session, who: Person | Credential) -> dict[str, Any]:
    """Return somebody's settings."""
    return dict(session.send(READ, who)["settings"])


def other_than(value: Any, telling: Any) -> Any:
    """Return a telling value that differs from one that is there."""
    return telling if telling != value else not telling if isinstance(telling, bool) else telling + 1


@rule("LIFE-115", WRITE, READ)
def test_each_setting_is_kept_and_changes_nothing_else(session: Session, check: Check) -> None:
    """A setting that is sent is kept; those left out keep their value; null gives one back to its default."""
    person, other = session.users.new("person with settings"), session.users.new("person with defaults")
    defaults = read(session, person)
    expected = dict(defaults)
    for name, telling in TELLING.items():
        if name not in defaults and name == "notifications":
            defaults[name] = None
        value = other_than(defaults[name], telling)
        reply = check.ok(session.send(WRITE, person, body={name: value}))
        expected[name] = value
        check.equal(reply["settings"], expected, f"the response after {name} was set", reply, about=f"answer {name}")
        check.equal(read(session, person), expected, f"the settings after {name} was set", reply, about=f"read {name}")
    check.equal(check.ok(session.send(WRITE, person, body={})).json["settings"], expected, "an empty change", op=WRITE)
    for name in TELLING:
        reply = check.ok(session.send(WRITE, person, body={name: None}))
        expected[name] = defaults[name]
        check.equal(
            {**defaults, **reply["settings"]}, expected, f"the response after {name} was given back", reply,
            about=f"null {name}",
        )  # fmt: skip
    check.equal({**defaults, **read(session, person)}, defaults, "the settings after all were given back", op=WRITE)
    check.ok(session.send(WRITE, person, body=TELLING))
    check.equal(read(session, person), TELLING, "the settings after all were set at once", op=WRITE)
    untouched = read(session, other)
    check.equal({**defaults, **untouched}, defaults, "somebody else's settings changed", op=WRITE, rule="I01")
    check.ok(session.send(WRITE, other, body={"routing_context": 3}, headers={"X-Acting-User": person.imperal_id}))
    check.equal(read(session, person), TELLING, "X-Acting-User writes another's settings", op=WRITE, rule="S14")
    check.equal(read(session, other)["routing_context"], 3, "with X-Acting-User one's own are not written", op=WRITE)


@rule("LIFE-116", WRITE)
def test_refused_settings_change_nothing(session: Session, check: Check) -> None:
    """A change with one bad value is refused as a whole."""
    person = session.users.new("person with settings")
    before = read(session, person)
    bad: list[dict[str, Any]] = [
        {"confirmation_ttl": 0}, {"confirmation_ttl": -1}, {"confirmation_ttl": 2592001}, {"kav_max_retries": "many"},
        {"confirmation_enabled": "perhaps"}, {"notifications": 5}, {"confirmation_actions": "all"},
        {"max_tool_rounds": []}, {"max_response_tokens": 1.5}, {"routing_context": {}},
    ]  # fmt: skip
    for wrong in bad:
        refused = session.send(WRITE, person, body={"routing_context": 99, "max_tool_rounds": 98, **wrong})
        check.status(refused, 422, message=f"{wrong} is answered with {refused.status}", about=str(wrong))
    check.equal(read(session, person), before, "a refused change was stored in part", op=WRITE)
    for edge in (1, 2592000):
        reply = check.ok(session.send(WRITE, person, body={"confirmation_ttl": edge}))
        check.equal(reply["settings"]["confirmation_ttl"], edge, "a value at the edge of what is allowed", reply)


@rule("LIFE-117", READ, SET_DEFAULTS, WRITE)
def test_settings_are_inherited_from_the_tenant(session: Session, check: Check) -> None:
    """Whoever has no value of their own has the tenant's, now and for new accounts; an own value stays.

    Given back with null, a setting is the tenant's again. People of other tenants are not affected.
    """
    tenant, admin, query = second_tenant(session), session.users.admin, {"tenant_id": second_tenant(session)}
    heir, owner = session.users.new("heir", tenant_id=tenant), session.users.new("owner", tenant_id=tenant)
    stranger = session.users.new("person of the tenant default")
    defaults, strange = read(session, heir), read(session, stranger)
    told = session.send(DEFAULTS, admin, query=query)["settings"]
    for name in SCALARS:
        check.equal(told.get(name), defaults[name], f"the tenant's {name} is not inherited", op=READ, about=name)
    patch = {name: defaults[name] + 11 + number for number, name in enumerate(SCALARS)}
    own = {name: value + 100 for name, value in patch.items()}
    session.send(WRITE, owner, body={SCALARS[0]: own[SCALARS[0]]}).need()
    check.ok(session.send(SET_DEFAULTS, admin, query=query, body={**patch, "confirmation_enabled": False}))
    inherited = {**defaults, **patch, "confirmation_enabled": False}
    check.equal(read(session, heir), inherited, "who has nothing of their own does not have the tenant's", op=READ)
    newcomer = session.users.new("newcomer", tenant_id=tenant)
    check.equal(read(session, newcomer), inherited, "a new account does not have the tenant's", op=READ)
    mixed = {**inherited, SCALARS[0]: own[SCALARS[0]]}
    check.equal(read(session, owner), mixed, "an own value was lost, or the others are not the tenant's", op=READ)
    check.equal(
        {name: value for name, value in read(session, stranger).items() if name not in SCALARS},
        {name: value for name, value in strange.items() if name not in SCALARS},
        "another tenant's people have the tenant's values", op=READ, rule="I03",
    )  # fmt: skip
    foreign = [name for name, value in read(session, stranger).items() if name in SCALARS and value == patch[name]]
    check.equal(foreign, [], "another tenant's people have the tenant's values", op=READ, rule="I03")
    given = check.ok(session.send(WRITE, owner, body={SCALARS[0]: None}))
    check.equal(given["settings"], inherited, "null does not give a setting back to the tenant", given)
    session.send(WRITE, heir, body={"confirmation_enabled": True}).need()
    check.equal(
        read(session, heir)["confirmation_enabled"], True, "an own value does not win over the tenant's", op=WRITE
    )
    restore = {**{name: defaults[name] for name in SCALARS}, "confirmation_enabled": defaults["confirmation_enabled"]}
    session.send(SET_DEFAULTS, admin, query=query, body=restore).need()
    check.equal(read(session, newcomer), defaults, "the settings after the tenant's were set back", op=READ)
