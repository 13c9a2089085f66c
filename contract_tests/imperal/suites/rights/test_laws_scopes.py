"""Laws of scopes: the catalogue and its filters, who sees which, and what a person ends up with."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.verify.kit import Credential, Judge, Person, Stage, law

from ...recipes.rights.scopes import body
from ...tenancy import house, member, trail
from .._laws import Doc, find, kept, refused, shows

LIST, CREATE = "GET /v1/scopes", "POST /v1/scopes"
CHANGE, DELETE = "PATCH /v1/scopes/{scope_id}", "DELETE /v1/scopes/{scope_id}"
EFFECTIVE = "GET /v1/scopes/effective/{user_id}"
SHARED = "_platform_"


def make(stage: Stage, who: Person | Credential, **fields: Any) -> Doc:
    """Make a scope with a resource of its own and return it."""
    new = {"resource": stage.cast.fresh("leaves"), "action": "read", **fields}
    made: Doc = stage.send(CREATE, who, body=new).need().json
    return made


def listed(stage: Stage, who: Person, scope: Doc) -> Doc | None:
    """Return a scope as the list shows it."""
    return find(stage.send(LIST, who), "id", scope["id"])


@law("LIFE-150", CREATE, LIST)
@pytest.mark.parametrize("source", ["platform", "tenant", "extension"])
def test_a_scope_has_every_field_that_it_was_made_with(source: str, stage: Stage, judge: Judge) -> None:
    """What is made has every field that it was made with; its own page and the list show the same.

    A scope is made with every given field, as none of the built-in ones, and the list shows the same.
    """
    deputy, new = stage.cast.deputy, body(stage, source=source)
    made = judge.ok(stage.send(CREATE, deputy, body=new))
    shows(judge, made, {**new, "is_system": False}, "a new scope")
    judge.equal(listed(stage, deputy, made.json), made.json, "the list shows a new scope otherwise", op=LIST)
    second = judge.ok(stage.send(CREATE, deputy, body=body(stage)))
    judge.that(second["id"] != made["id"], "two scopes have one number", second)


@law("LIFE-151", CREATE)
def test_a_scope_has_the_documented_defaults(stage: Stage, judge: Judge) -> None:
    """What is not given when something is made has its documented default.

    Without a name a scope is called resource:action, without a tenant it is the platform's, its source is tenant.
    """
    new = {"resource": stage.cast.fresh("leaves"), "action": "rake"}
    made = judge.ok(stage.send(CREATE, stage.cast.deputy, body=new))
    expected = {
        **new, "name": f"{new['resource']}:rake", "source": "tenant", "source_id": None, "tenant_id": SHARED,
        "display_name": None, "description": None, "is_system": False,
    }  # fmt: skip
    shows(judge, made, expected, "a new scope")
    judge.that(listed(stage, house(stage).admin, made.json), "a scope of the platform is not everybody's", op=LIST)


@law("LIFE-152", CREATE)
def test_a_scope_name_is_taken_once(stage: Stage, judge: Judge) -> None:
    """A name is taken once: a second one is refused with 409, and the first stays as it is.

    A second scope of the same name is refused with 409, however it got the name, and the first one stays.
    """
    deputy = stage.cast.deputy
    first = make(stage, deputy, description="First")
    for again in (
        {"resource": first["resource"], "action": "read", "description": "Second"},
        {"resource": stage.cast.fresh("other"), "action": "write", "name": first["name"]},
    ):
        refused(judge, stage.send(CREATE, deputy, body=again), 409, why="the name of a scope is taken twice")
    found = stage.send(LIST, deputy).need()
    named = [one for one in found.json if one["name"] == first["name"]]
    judge.equal(named, [first], "a refused scope is there, or the first one changed", found)
    judge.ok(
        stage.send(CREATE, deputy, body={"resource": first["resource"], "action": "write"}), "another action is refused"
    )


@law("FILTER-155", LIST)
def test_each_filter_of_scopes_keeps_what_it_names(stage: Stage, judge: Judge) -> None:
    """Resource and source keep exactly the scopes that have them, alone and together."""
    deputy = stage.cast.deputy
    one, two = stage.cast.fresh("oak"), stage.cast.fresh("elm")
    made = [
        make(stage, deputy, resource=resource, action=action, source=source)
        for resource in (one, two)
        for action, source in (("read", "tenant"), ("write", "extension"), ("burn", "platform"), ("rake", "extension"))
    ]
    ours = {scope["id"]: scope for scope in made}
    sources: list[Doc] = [{}, {"source": "tenant"}, {"source": "extension"}, {"source": "platform"}]
    resources: list[Doc] = [
        {},
        {"resource": one},
        {"resource": two},
        {"resource": one[:-2]},
        {"resource": f"{one}:read"},
    ]
    for query in ({**a, **b} for a in sources for b in resources):
        reply = judge.ok(stage.send(LIST, deputy, query=query))
        wanted = {id_ for id_, scope in ours.items() if all(scope[name] == value for name, value in query.items())}
        found = [scope["id"] for scope in reply.json if scope["id"] in ours]
        judge.equal(
            sorted(found), sorted(wanted), f"filters {sorted(query)} keep others", reply, about=str(sorted(query))
        )
        strange = [scope["name"] for scope in reply.json if any(scope[name] != value for name, value in query.items())]
        judge.equal(strange, [], f"filters {sorted(query)} keep others", reply, about=f"strange {sorted(query)}")


@law("E04", LIST)
def test_unknown_filters_of_scopes_narrow_nothing(stage: Stage, judge: Judge) -> None:
    """Unknown query parameters are ignored, never 422: they narrow nothing."""
    deputy, scope = stage.cast.deputy, make(stage, stage.cast.deputy)
    asked = {"resource": scope["resource"]}
    for query in ({"q": "x"}, {"filter": "nothing"}, {"unknown": 1}):
        reply = judge.ok(stage.send(LIST, deputy, query={**asked, **query}))
        judge.equal(reply.json, [scope], f"the unknown parameter {next(iter(query))} changes the answer", reply)


@law("LIFE-153", CHANGE, LIST)
@pytest.mark.parametrize("names", [("display_name",), ("description",), ("display_name", "description")], ids="+".join)
def test_a_change_of_a_scope_touches_label_and_description(names: tuple[str, ...], stage: Stage, judge: Judge) -> None:
    """A change writes the given field and leaves the others; the page and the list show it.

    A PATCH writes label and description, whichever is given; name, resource and action cannot be edited.
    """
    deputy = stage.cast.deputy
    before = judge.ok(stage.send(CREATE, deputy, body=body(stage))).json
    where, new = {"scope_id": before["id"]}, {name: f"New {name}" for name in names}
    changed = judge.ok(stage.send(CHANGE, deputy, params=where, body=new))
    shows(judge, changed, new, "a changed scope")
    kept(judge, changed, before, "a changed scope", *names)
    judge.equal(listed(stage, deputy, before), changed.json, "the list shows the old scope", op=LIST)
    other = {"name": "other:name", "resource": "other", "action": "other", "source": "platform", "tenant_id": "other",
             "is_system": True}  # fmt: skip
    stage.send(CHANGE, deputy, params=where, body=other)
    judge.equal(listed(stage, deputy, before), changed.json, "what cannot be edited was", op=CHANGE)
    kept(judge, judge.ok(stage.send(CHANGE, deputy, params=where, body={})), changed.json, "an unchanged scope")


@law("LIFE-190", DELETE, LIST)
def test_a_scope_goes_when_nothing_refers_to_it(stage: Stage, judge: Judge) -> None:
    """A scope that a role or a user refers to stays (409); once nothing does it can be deleted, then it is unknown."""
    home = house(stage)
    scope = make(stage, home.admin, tenant_id=home.tenant_id)
    where = {"scope_id": scope["id"]}
    role = stage.send(
        "POST /v1/roles", home.admin, body={"name": stage.cast.fresh("role"), "default_scopes": [scope["name"]]}
    )
    refused(judge, stage.send(DELETE, home.admin, params=where), 409, why="a scope that a role refers to is deleted")
    stage.send(
        "PATCH /v1/roles/{role_id}", home.admin, params={"role_id": role["id"]}, body={"default_scopes": []}
    ).need()
    user = {"user_id": member(stage, home, scopes=["own:read", scope["name"]])["imperal_id"]}
    refused(judge, stage.send(DELETE, home.admin, params=where), 409, why="a scope that a user refers to is deleted")
    judge.equal(listed(stage, home.admin, scope), scope, "a refused deletion changed the scope", op=LIST)
    stage.send("PATCH /v1/users/{user_id}", home.admin, params=user, body={"scopes": ["own:read"]}).need()
    gone = judge.ok(stage.send(DELETE, home.admin, params=where))
    judge.equal(gone.json, {"deleted": True, "id": scope["id"]}, "a deletion says something else", gone)
    judge.equal(listed(stage, home.admin, scope), None, "a deleted scope is listed", op=LIST)
    refused(judge, stage.send(DELETE, home.admin, params=where), 404, why="a deleted scope is deleted again")
    refused(
        judge,
        stage.send(CHANGE, home.admin, params=where, body={"description": "x"}),
        404,
        why="a deleted scope changes",
    )


@law("LIFE-191", DELETE)
def test_a_built_in_scope_stays(stage: Stage, judge: Judge) -> None:
    """A built-in scope cannot be deleted: 403, or 409 while somebody has it."""
    deputy = stage.cast.deputy
    system = [one for one in stage.send(LIST, deputy).need().json if one["is_system"]]
    for scope in system[:5]:
        reply = stage.send(DELETE, deputy, params={"scope_id": scope["id"]})
        refused(judge, reply, 403, 409, why="a built-in scope is deleted")
        judge.equal(listed(stage, deputy, scope), scope, "a built-in scope changed", op=LIST)


@law("I03", LIST, CHANGE, DELETE, CREATE)
def test_scopes_end_at_the_wall_of_a_tenant(stage: Stage, judge: Judge) -> None:
    """A tenant's scopes are neither listed nor changed nor deleted by an admin of another one."""
    home, other, deputy = house(stage), house(stage, "another house"), stage.cast.deputy
    theirs, ours = make(stage, other.admin, tenant_id=other.tenant_id), make(stage, deputy, tenant_id=deputy.tenant_id)
    judge.equal(
        theirs["tenant_id"], other.tenant_id, "a scope belongs to another tenant than it was made for", op=CREATE
    )
    judge.equal(listed(stage, other.admin, theirs), theirs, "a tenant does not see its own scope", op=LIST)
    judge.equal(listed(stage, deputy, ours), ours, "a tenant does not see its own scope", op=LIST)
    for admin, scope in ((home.admin, theirs), (deputy, theirs), (home.admin, ours)):
        judge.equal(listed(stage, admin, scope), None, "a tenant sees a scope of another one", op=LIST)
        narrow = stage.send(LIST, admin, query={"resource": scope["resource"]})
        judge.equal(narrow.json, [], "a filter shows a scope of another tenant", narrow)
    for scope in (theirs, ours):
        where = {"scope_id": scope["id"]}
        change = stage.send(CHANGE, home.admin, params=where, body={"description": "Mine"})
        refused(judge, change, 403, 404, why="a scope of another tenant is changed")
        refused(
            judge, stage.send(DELETE, home.admin, params=where), 403, 404, why="a scope of another tenant is deleted"
        )
    judge.equal(listed(stage, other.admin, theirs), theirs, "a scope of another tenant changed", op=LIST)


@law("LIFE-192", CHANGE, DELETE)
def test_an_unknown_scope_is_404(stage: Stage, judge: Judge) -> None:
    """A scope that was never made is unknown (404), and what is no number is no scope (422)."""
    deputy = stage.cast.deputy
    stage.client.own(2_000_000_000, "many")
    for number, status in ((2_000_000_000, 404), ("many", 422)):
        for op, more in ((CHANGE, {"body": {"description": "x"}}), (DELETE, {})):
            reply = stage.send(op, deputy, params={"scope_id": number}, **more)
            refused(judge, reply, status, why=f"the scope {number} answers")


@law("LIFE-193", EFFECTIVE)
def test_effective_scopes_are_those_of_the_role_and_ones_own(stage: Stage, judge: Judge) -> None:
    """What a person may do is their role's scopes and their own, each once and with where it comes from."""
    home, name = house(stage), stage.cast.fresh("role")
    stage.send("POST /v1/roles", home.admin, body={"name": name, "default_scopes": ["leaves:read", "trees:*"]}).need()
    for own, from_user in (
        (["own:read", "own:write"], {"own:read", "own:write"}),
        ([], set()),
        (["leaves:read", "own:read"], {"own:read"}),
    ):
        record = member(stage, home, role=name, scopes=own)
        reply = judge.ok(stage.send(EFFECTIVE, home.admin, params={"user_id": record["imperal_id"]}))
        shows(judge, reply, {"user_id": record["imperal_id"], "role": name, "denied": []}, "effective scopes")
        scopes = [one["scope"] for one in reply["scopes"]]
        judge.equal(sorted(scopes), sorted({"leaves:read", "trees:*", *own}), "other scopes are effective", reply)
        origins = {one["scope"]: one["source"] for one in reply["scopes"]}
        for scope, origin in origins.items():
            if scope not in own or scope in from_user:
                said = "user" if scope in from_user else "role"
                judge.equal(origin, said, "a scope comes from somewhere else", reply, about=f"{said} origin")


@law("E07", EFFECTIVE)
def test_effective_is_no_number_of_a_scope(stage: Stage, judge: Judge) -> None:
    """Fixed path segments win over parameters: scopes/effective/{id} is a route of its own."""
    user = stage.cast.user
    reply = judge.ok(stage.send(EFFECTIVE, user, params={"user_id": user.imperal_id}))
    judge.equal(reply["user_id"], user.imperal_id, "the effective scopes are somebody else's", reply)


@law("LIFE-194", CREATE, CHANGE, DELETE)
def test_changes_of_a_scope_are_in_the_log(stage: Stage, judge: Judge) -> None:
    """Every change of rights leaves one entry in the audit log, with the actor and the target; a refusal none.

    Making, changing and deleting a scope each leave one audit entry with the actor and the target.
    """
    home = house(stage)
    scope = make(stage, home.admin, tenant_id=home.tenant_id)
    where, query = {"scope_id": scope["id"]}, {"target_type": "scope", "actor_id": home.admin.imperal_id}
    steps: list[tuple[str, Doc]] = [(CREATE, {}), (CHANGE, {"body": {"description": "Logged"}}), (DELETE, {})]
    for count, (op, more) in enumerate(steps, 1):
        if op != CREATE:
            stage.send(op, home.admin, params=where, **more).need()
        found = [one for one in trail(stage, home.admin, **query) if one["target_id"] == str(scope["id"])]
        judge.equal(len(found), count, "a change of a scope is not one entry of the log", op=op, about=f"count {count}")


@law("S16", LIST, CREATE, CHANGE, DELETE)
def test_the_admin_portal_keeps_scopes_with_the_service_token_alone(stage: Stage, judge: Judge) -> None:
    """The admin portal lists, makes, changes and deletes scopes with the service token alone."""
    service = stage.cast.service
    scope = make(stage, service)
    shown = judge.ok(stage.send(LIST, service, query={"resource": scope["resource"]}))
    judge.equal(shown.json, [scope], "the service token does not list its scope", shown)
    where = {"scope_id": scope["id"]}
    changed = judge.ok(stage.send(CHANGE, service, params=where, body={"description": "Portal"}))
    shows(judge, changed, {"description": "Portal"}, "a scope that the portal changed")
    judge.ok(stage.send(DELETE, service, params=where))
    judge.equal(
        stage.send(LIST, service, query={"resource": scope["resource"]}).json, [], "a deleted scope is listed", op=LIST
    )
