"""Laws of tenants: what is written is there, who is locked out, what may be deleted, and how far an admin sees."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.verify.kit import NOBODY, PASSWORD, Judge, Stage, law

from ...recipes.rights.tenants import body
from ...tenancy import House, house, member, new_house
from .._laws import find, kept, moment, moves, refused, shows

CREATE, LIST, READ = "POST /v1/tenants", "GET /v1/tenants", "GET /v1/tenants/{tenant_id}"
CHANGE, DELETE = "PATCH /v1/tenants/{tenant_id}", "DELETE /v1/tenants/{tenant_id}"
HEALTH = "GET /v1/tenants/{tenant_id}/health"
LOGIN, ME, SIGNUP = "POST /v1/auth/login", "GET /v1/auth/me", "POST /v1/auth/signup"
DEFAULTS: dict[str, Any] = {
    "db_backend": "mariadb",
    "isolation": "dedicated",
    "allowed_auth_methods": "email,api_key",
    "max_connections": 10,
    "features": {},
    "is_active": True,
}
LATER: dict[str, Any] = {
    "parent_tenant_id": None,
    "can_resell": False,
    "custom_pricing": {},
    "ui_config": {},
}  # fields of no create
CHANGES: list[tuple[str, Any]] = [
    ("name", "Renamed"),
    ("allowed_auth_methods", "api_key"),
    ("max_connections", 21),
    ("features", {"seats": 3}),
    ("is_active", False),
]


@law("LIFE-150", CREATE, READ, LIST)
def test_a_tenant_has_every_field_that_it_was_made_with(stage: Stage, judge: Judge) -> None:
    """What is made has every field that it was made with; its own page and the list show the same.

    A tenant is made with every given field; its page and the list show the same.

    The database settings go in and never come out.
    """
    deputy = stage.cast.deputy
    new = body(stage, parent_tenant_id=deputy.tenant_id)
    made = judge.ok(stage.send(CREATE, deputy, body=new))
    expected = {name: value for name, value in new.items() if name != "db_config"}
    shows(judge, made, {**expected, "is_active": True}, "a new tenant")
    judge.that(moment(made["updated_at"]) >= moment(made["created_at"]), "updated_at is before created_at", made)
    judge.that(made["id"], "a new tenant has no id", made)
    read = judge.ok(stage.send(READ, deputy, params={"tenant_id": new["tenant_id"]}))
    judge.equal(read.json, made.json, "the page of a new tenant is not what its create answered", read)
    listed = stage.send(LIST, deputy)
    judge.equal(find(listed, "tenant_id", new["tenant_id"]), made.json, "the list shows a new tenant otherwise", listed)


@law("LIFE-151", CREATE)
def test_a_tenant_has_the_documented_defaults(stage: Stage, judge: Judge) -> None:
    """What is not given when something is made has its documented default.

    What is not given has the documented default: mariadb, dedicated, email and API keys, ten connections, active.
    """
    new = body(stage)
    least = {name: new[name] for name in ("tenant_id", "name", "db_config")}
    least["db_config"] = {name: value for name, value in new["db_config"].items() if name != "port"}
    made = judge.ok(stage.send(CREATE, stage.cast.deputy, body=least))
    shows(judge, made, DEFAULTS, "a new tenant")
    shows(judge, made, {name: value for name, value in LATER.items() if name in made.json}, "a new tenant")


@law("LIFE-152", CREATE)
def test_a_tenant_id_is_taken_once(stage: Stage, judge: Judge) -> None:
    """A name is taken once: a second one is refused with 409, and the first stays as it is.

    A second tenant with the same tenant_id is refused with 409, and the first one stays as it is.
    """
    deputy, new = stage.cast.deputy, body(stage)
    first = judge.ok(stage.send(CREATE, deputy, body=new))
    again = stage.send(CREATE, deputy, body={**new, "name": "Another"})
    refused(judge, again, 409, why="a tenant_id is taken twice")
    kept(judge, stage.send(READ, deputy, params={"tenant_id": new["tenant_id"]}), first.json, "the first tenant")
    lost = body(stage, parent_tenant_id=stage.cast.fresh("nowhere"))
    refused(judge, stage.send(CREATE, deputy, body=lost), 404, 409, 422, why="a tenant below an unknown one")
    gone = stage.send(READ, deputy, params={"tenant_id": lost["tenant_id"]})
    refused(judge, gone, 404, why="a refused tenant is there")


@law("LIFE-153", CHANGE, READ)
@pytest.mark.parametrize(("name", "value"), CHANGES, ids=[name for name, _value in CHANGES])
def test_a_change_of_a_tenant_touches_what_is_given(name: str, value: Any, stage: Stage, judge: Judge) -> None:
    """A change writes the given field and leaves the others; the page and the list show it.

    A PATCH writes the given field and leaves the others; updated_at moves, created_at does not.
    """
    deputy, new = stage.cast.deputy, body(stage)
    where = {"tenant_id": new["tenant_id"]}
    before = judge.ok(stage.send(CREATE, deputy, body=new)).json
    changed = judge.ok(stage.send(CHANGE, deputy, params=where, body={name: value}))
    shows(judge, changed, {name: value}, "a changed tenant")
    kept(judge, changed, before, "a changed tenant", name, "updated_at")
    kept(judge, judge.ok(stage.send(READ, deputy, params=where)), changed.json, "a changed tenant when read")
    listed = stage.send(LIST, deputy)
    judge.equal(find(listed, "tenant_id", new["tenant_id"]), changed.json, "the list shows the old tenant", listed)
    moved = moves(
        before["updated_at"],
        lambda: stage.send(CHANGE, deputy, params=where, body={name: value})["updated_at"],
    )
    judge.that(
        moved, "updated_at does not move with a change", op=CHANGE, expected="a later time", got=before["updated_at"]
    )
    empty = judge.ok(stage.send(CHANGE, deputy, params=where, body={}))
    kept(judge, empty, changed.json, "a tenant after an empty change", "updated_at")


@law("LIFE-154", DELETE, READ, LIST)
def test_a_deleted_tenant_is_gone(stage: Stage, judge: Judge) -> None:
    """What is deleted is gone: 404 by id, and off the list.

    A tenant without people can be deleted; then it is unknown everywhere and off the list.
    """
    deputy, new = stage.cast.deputy, body(stage)
    where = {"tenant_id": new["tenant_id"]}
    judge.ok(stage.send(CREATE, deputy, body=new))
    gone = judge.ok(stage.send(DELETE, deputy, params=where))
    judge.equal(gone.json, {"id": new["tenant_id"], "deleted": True}, "a deletion says something else", gone)
    for op, more in ((READ, {}), (HEALTH, {}), (CHANGE, {"body": {"name": "Late"}}), (DELETE, {})):
        refused(judge, stage.send(op, deputy, params=where, **more), 404, why="a deleted tenant answers")
    listed = judge.ok(stage.send(LIST, deputy))
    judge.that(all(one["tenant_id"] != new["tenant_id"] for one in listed.json), "a deleted tenant is listed", listed)


@law("LIFE-155", DELETE)
def test_a_tenant_with_people_stays(stage: Stage, judge: Judge) -> None:
    """A tenant that somebody belongs to cannot be deleted (409); it and its people stay."""
    home = house(stage)
    where = {"tenant_id": home.tenant_id}
    before = stage.send(READ, stage.cast.deputy, params=where).need().json
    refused(judge, stage.send(DELETE, stage.cast.deputy, params=where), 409, why="a tenant with people is deleted")
    kept(judge, judge.ok(stage.send(READ, stage.cast.deputy, params=where)), before, "a tenant with people")
    judge.ok(stage.send(ME, home.admin), "the people of a tenant are gone after its deletion was refused")


@law("LIFE-156", CHANGE, CREATE)
def test_an_inactive_tenant_locks_its_people_out(stage: Stage, judge: Judge) -> None:
    """While a tenant is inactive its people cannot log in (403); once it is active again they can."""
    home = new_house(stage)
    record = member(stage, home)
    deputy, where = stage.cast.deputy, {"tenant_id": home.tenant_id}
    login = {"email": record["email"], "password": PASSWORD, "tenant_id": home.tenant_id}
    judge.ok(stage.send(LOGIN, NOBODY, body=login), "a member of a new tenant cannot log in")
    judge.ok(stage.send(CHANGE, deputy, params=where, body={"is_active": False}))
    refused(judge, stage.send(LOGIN, NOBODY, body=login), 403, 401, why="a login to an inactive tenant")
    judge.ok(stage.send(CHANGE, deputy, params=where, body={"is_active": True}))
    judge.ok(stage.send(LOGIN, NOBODY, body=login), "a member of a tenant that is active again cannot log in")


@law("LIFE-157", CREATE)
def test_people_may_sign_up_into_a_new_tenant(stage: Stage, judge: Judge) -> None:
    """A new tenant takes sign-ups in, into itself and no other tenant; an unknown one takes none."""
    home = house(stage)
    email = f"{stage.cast.fresh('signup')}@example.com"
    asked = {"email": email, "password": PASSWORD, "tenant_id": home.tenant_id}
    judge.ok(stage.send(SIGNUP, NOBODY, body=asked), op=CREATE)
    query = {"search": email, "include_inactive": True}
    inside = stage.send("GET /v1/users", home.admin, query=query)
    judge.equal(inside["total"], 1, "the tenant does not list who signed up into it", inside)
    outside = stage.send("GET /v1/users", stage.cast.deputy, query=query)
    judge.equal(outside["total"], 0, "another tenant lists who signed up", outside)
    shows(judge, inside, {"tenant_id": home.tenant_id}, "who signed up", inside["items"][0] if inside["items"] else {})


@law("LIFE-158", HEALTH)
def test_health_tells_whether_the_database_answers(stage: Stage, judge: Judge) -> None:
    """The health of a tenant names it and its backend, and says whether its database answers.

    A host under the top-level domain `.invalid` never does (RFC 2606); the database that keeps the people of this run
    does. New database settings count at once.
    """
    deputy, new = stage.cast.deputy, body(stage)
    where = {"tenant_id": new["tenant_id"]}
    judge.ok(stage.send(CREATE, deputy, body=new))
    first = judge.ok(stage.send(HEALTH, deputy, params=where))
    shows(judge, first, {"tenant_id": new["tenant_id"], "db_backend": new["db_backend"]}, "a tenant's health")
    judge.that(str(first["message"]).strip(), "the health of a tenant says nothing", first)
    away = {**new["db_config"], "host": "database.invalid"}
    judge.ok(stage.send(CHANGE, deputy, params=where, body={"db_config": away}))
    ill = judge.ok(stage.send(HEALTH, deputy, params=where))
    judge.equal(ill["healthy"], False, "a database that cannot be found counts as healthy", ill)
    other = body(stage, db_config=away)
    judge.ok(stage.send(CREATE, deputy, body=other))
    born = judge.ok(stage.send(HEALTH, deputy, params={"tenant_id": other["tenant_id"]}))
    judge.equal(born["healthy"], False, "a database that cannot be found counts as healthy", born)
    own = judge.ok(stage.send(HEALTH, deputy, params={"tenant_id": deputy.tenant_id}))
    shows(judge, own, {"tenant_id": deputy.tenant_id, "healthy": True}, "the health of one's own tenant")


@law("I03", READ, LIST, CHANGE, DELETE, HEALTH)
def test_a_tenant_is_a_wall_for_its_admin(stage: Stage, judge: Judge) -> None:
    """Tenants are walls: an admin of one neither sees nor changes another, by list or by id."""
    mine, theirs = house(stage), house(stage, "another house")
    listed = judge.ok(stage.send(LIST, mine.admin))
    ids = {one["tenant_id"] for one in listed.json}
    judge.that(mine.tenant_id in ids, "an admin's list lacks their own tenant", listed, about="own")
    foreign = sorted({theirs.tenant_id, stage.cast.deputy.tenant_id} & ids)
    judge.that(not foreign, "an admin's list shows other tenants", listed, expected=[mine.tenant_id], got=foreign)
    judge.ok(
        stage.send(READ, mine.admin, params={"tenant_id": mine.tenant_id}), "an admin cannot read their own tenant"
    )
    walls(stage, judge, mine, theirs.tenant_id)
    if stage.cast.deputy.tenant_id != mine.tenant_id:
        refused(
            judge, stage.send(READ, mine.admin, params={"tenant_id": stage.cast.deputy.tenant_id}), 403, 404,
            why="an admin reads the platform's tenant",
        )  # fmt: skip


def walls(stage: Stage, judge: Judge, mine: House, other: str) -> None:
    """Check that the admin of a tenant gets nowhere with another one."""
    where = {"tenant_id": other}
    before = stage.send(READ, stage.cast.deputy, params=where).need().json
    for op, more in ((READ, {}), (HEALTH, {}), (CHANGE, {"body": {"name": "Mine"}}), (DELETE, {})):
        reply = stage.send(op, mine.admin, params=where, **more)
        refused(judge, reply, 403, 404, why="an admin reaches another tenant")
        judge.that(before["name"] not in reply.text, "a refusal shows another tenant", reply)
    kept(judge, judge.ok(stage.send(READ, stage.cast.deputy, params=where)), before, "another tenant")


@law("LIFE-159", READ, CHANGE, DELETE, HEALTH)
def test_an_unknown_tenant_is_404(stage: Stage, judge: Judge) -> None:
    """What was never made is unknown: 404.

    A tenant that was never made is unknown: 404.
    """
    where = {"tenant_id": stage.cast.fresh("nowhere")}
    for op, more in ((READ, {}), (HEALTH, {}), (CHANGE, {"body": {"name": "Nobody"}}), (DELETE, {})):
        refused(judge, stage.send(op, stage.cast.deputy, params=where, **more), 404, why="an unknown tenant answers")


@law("S16", CREATE, READ, CHANGE, DELETE, LIST, HEALTH)
def test_the_admin_portal_keeps_tenants_with_the_service_token_alone(stage: Stage, judge: Judge) -> None:
    """The admin portal calls roles, users, scopes, audit and agencies with the service token alone, naming nobody.

    Tenants belong to the same portal. Who acts in X-Acting-User is optional.
    """
    service, new = stage.cast.service, body(stage)
    where = {"tenant_id": new["tenant_id"]}
    made = judge.ok(stage.send(CREATE, service, body=new))
    judge.equal(judge.ok(stage.send(READ, service, params=where)).json, made.json, "a tenant is read otherwise", made)
    listed = judge.ok(stage.send(LIST, service))
    judge.that(find(listed, "tenant_id", new["tenant_id"]), "the service token does not list its own tenant", listed)
    judge.ok(stage.send(HEALTH, service, params=where))
    changed = judge.ok(stage.send(CHANGE, service, params=where, body={"max_connections": 3}))
    shows(judge, changed, {"max_connections": 3}, "a tenant that the portal changed")
    judge.ok(stage.send(DELETE, service, params=where))
    refused(judge, stage.send(READ, service, params=where), 404, why="a tenant that the portal deleted answers")
