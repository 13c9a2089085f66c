"""Rules of tenants: what is written is there, who is locked out, what may be deleted, and how far an admin sees."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import NOBODY, Check, rule

from ...recipes.rights.tenants import body
from ...session import Session
from ...shared.tenancy import Tenant, member, new_tenant, own_tenant
from ...users import PASSWORD
from .._rules import kept, refused, shows

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


@rule("LIFE-151", CREATE)
def test_a_tenant_has_the_documented_defaults(session: Session, check: Check) -> None:
    """What is not given when something is made has its documented default.

    What is not given has the documented default: mariadb, dedicated, email and API keys, ten connections, active.
    """
    new = body(session)
    least = {name: new[name] for name in ("tenant_id", "name", "db_config")}
    least["db_config"] = {name: value for name, value in new["db_config"].items() if name != "port"}
    made = check.ok(session.send(CREATE, session.users.deputy, body=least))
    shows(check, made, DEFAULTS, "a new tenant")
    shows(check, made, {name: value for name, value in LATER.items() if name in made.json}, "a new tenant")


@rule("LIFE-152", CREATE)
def test_a_tenant_id_is_taken_once(session: Session, check: Check) -> None:
    """A name is taken once: a second one is refused with 409, and the first stays as it is.

    A second tenant with the same tenant_id is refused with 409, and the first one stays as it is.
    """
    deputy, new = session.users.deputy, body(session)
    first = check.ok(session.send(CREATE, deputy, body=new))
    again = session.send(CREATE, deputy, body={**new, "name": "Another"})
    refused(check, again, 409, why="a tenant_id is taken twice")
    kept(check, session.send(READ, deputy, params={"tenant_id": new["tenant_id"]}), first.json, "the first tenant")
    lost = body(session, parent_tenant_id=session.users.fresh("nowhere"))
    refused(check, session.send(CREATE, deputy, body=lost), 404, 409, 422, why="a tenant below an unknown one")
    gone = session.send(READ, deputy, params={"tenant_id": lost["tenant_id"]})
    refused(check, gone, 404, why="a refused tenant is there")


@rule("LIFE-155", DELETE)
def test_a_tenant_with_people_stays(session: Session, check: Check) -> None:
    """A tenant that somebody belongs to cannot be deleted (409); it and its people stay."""
    home = own_tenant(session)
    where = {"tenant_id": home.tenant_id}
    before = session.send(READ, session.users.deputy, params=where).need().json
    refused(check, session.send(DELETE, session.users.deputy, params=where), 409, why="a tenant with people is deleted")
    kept(check, check.ok(session.send(READ, session.users.deputy, params=where)), before, "a tenant with people")
    check.ok(session.send(ME, home.admin), "the people of a tenant are gone after its deletion was refused")


@rule("LIFE-156", CHANGE, CREATE)
def test_an_inactive_tenant_locks_its_people_out(session: Session, check: Check) -> None:
    """While a tenant is inactive its people cannot log in (403); once it is active again they can."""
    home = new_tenant(session)
    record = member(session, home)
    deputy, where = session.users.deputy, {"tenant_id": home.tenant_id}
    login = {"email": record["email"], "password": PASSWORD, "tenant_id": home.tenant_id}
    check.ok(session.send(LOGIN, NOBODY, body=login), "a member of a new tenant cannot log in")
    check.ok(session.send(CHANGE, deputy, params=where, body={"is_active": False}))
    refused(check, session.send(LOGIN, NOBODY, body=login), 403, 401, why="a login to an inactive tenant")
    check.ok(session.send(CHANGE, deputy, params=where, body={"is_active": True}))
    check.ok(session.send(LOGIN, NOBODY, body=login), "a member of a tenant that is active again cannot log in")


@rule("LIFE-157", CREATE)
def test_people_may_sign_up_into_a_new_tenant(session: Session, check: Check) -> None:
    """A new tenant takes sign-ups in, into itself and no other tenant; an unknown one takes none."""
    home = own_tenant(session)
    email = f"{session.users.fresh('signup')}@example.com"
    asked = {"email": email, "password": PASSWORD, "tenant_id": home.tenant_id}
    check.ok(session.send(SIGNUP, NOBODY, body=asked), op=CREATE)
    query = {"search": email, "include_inactive": True}
    inside = session.send("GET /v1/users", home.admin, query=query)
    check.equal(inside["total"], 1, "the tenant does not list who signed up into it", inside)
    outside = session.send("GET /v1/users", session.users.deputy, query=query)
    check.equal(outside["total"], 0, "another tenant lists who signed up", outside)
    shows(check, inside, {"tenant_id": home.tenant_id}, "who signed up", inside["items"][0] if inside["items"] else {})


@rule("LIFE-158", HEALTH)
def test_health_tells_whether_the_database_answers(session: Session, check: Check) -> None:
    """The health of a tenant names it and its backend, and says whether its database answers.

    A host under the top-level domain `.invalid` never does (RFC 2606); the database that keeps the people of this run
    does. New database settings count at once.
    """
    deputy, new = session.users.deputy, body(session)
    where = {"tenant_id": new["tenant_id"]}
    check.ok(session.send(CREATE, deputy, body=new))
    first = check.ok(session.send(HEALTH, deputy, params=where))
    shows(check, first, {"tenant_id": new["tenant_id"], "db_backend": new["db_backend"]}, "a tenant's health")
    check.that(str(first["message"]).strip(), "the health of a tenant says nothing", first)
    away = {**new["db_config"], "host": "database.invalid"}
    check.ok(session.send(CHANGE, deputy, params=where, body={"db_config": away}))
    ill = check.ok(session.send(HEALTH, deputy, params=where))
    check.equal(ill["healthy"], False, "a database that cannot be found counts as healthy", ill)
    other = body(session, db_config=away)
    check.ok(session.send(CREATE, deputy, body=other))
    born = check.ok(session.send(HEALTH, deputy, params={"tenant_id": other["tenant_id"]}))
    check.equal(born["healthy"], False, "a database that cannot be found counts as healthy", born)
    own = check.ok(session.send(HEALTH, deputy, params={"tenant_id": deputy.tenant_id}))
    shows(check, own, {"tenant_id": deputy.tenant_id, "healthy": True}, "the health of one's own tenant")


@rule("I03", READ, LIST, CHANGE, DELETE, HEALTH)
def test_a_tenant_is_a_wall_for_its_admin(session: Session, check: Check) -> None:
    """Tenants are walls: an admin of one neither sees nor changes another, by list or by id."""
    mine, theirs = own_tenant(session), own_tenant(session, "another tenant")
    listed = check.ok(session.send(LIST, mine.admin))
    ids = {one["tenant_id"] for one in listed.json}
    check.that(mine.tenant_id in ids, "an admin's list lacks their own tenant", listed, about="own")
    foreign = sorted({theirs.tenant_id, session.users.deputy.tenant_id} & ids)
    check.that(not foreign, "an admin's list shows other tenants", listed, expected=[mine.tenant_id], got=foreign)
    check.ok(
        session.send(READ, mine.admin, params={"tenant_id": mine.tenant_id}), "an admin cannot read their own tenant"
    )
    walls(session, check, mine, theirs.tenant_id)
    if session.users.deputy.tenant_id != mine.tenant_id:
        refused(
            check, session.send(READ, mine.admin, params={"tenant_id": session.users.deputy.tenant_id}), 403, 404,
            why="an admin reads the platform's tenant",
        )  # fmt: skip


def walls(session: Session, check: Check, mine: Tenant, other: str) -> None:
    """Check that the admin of a tenant gets nowhere with another one."""
    where = {"tenant_id": other}
    before = session.send(READ, session.users.deputy, params=where).need().json
    for op, more in ((READ, {}), (HEALTH, {}), (CHANGE, {"body": {"name": "Mine"}}), (DELETE, {})):
        reply = session.send(op, mine.admin, params=where, **more)
        refused(check, reply, 403, 404, why="an admin reaches another tenant")
        check.that(before["name"] not in reply.text, "a refusal shows another tenant", reply)
    kept(check, check.ok(session.send(READ, session.users.deputy, params=where)), before, "another tenant")
