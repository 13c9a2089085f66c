"""Faults of roles, scopes and the audit log."""

from __future__ import annotations

from typing import Any

from specdouble.mock.pipeline.call import Call
from specdouble.mock.pipeline.problems import Problem
from specdouble.mock.state.collections import Store
from specdouble.packs.imperal.mockserver.auth_gateway.rights import _roles, _scopes, _tenancy, _trail, audit
from tests.conftest import Client
from tests.planted.fault import gateway
from tests.planted.gates import any_role
from tests.planted.makers import (
    accepts,
    after,
    around,
    before,
    body,
    both,
    field,
    ignores,
    keeps,
    loses,
    put,
    query,
    rename,
    resets,
    skips,
    status,
    store,
    stores,
    swap,
    unread,
)  # fmt: skip
from tests.planted.witness import ADA, KATHERINE, MARGARET, Witness, names, ok

add = gateway.add
LIST, MAKE = "GET /v1/roles", "POST /v1/roles"
CHANGE, DELETE = "PATCH /v1/roles/{role_id}", "DELETE /v1/roles/{role_id}"
EDITOR = "/v1/roles/role_default_editor"
VIEWER = "/v1/roles/role_default_viewer"


def roles(client: Client) -> Any:
    return ok(client.get("/v1/roles"))


def editor(w: Witness) -> Any:
    return next((one for one in roles(w.grace) if one["name"] == "editor"), None)


def make(w: Witness, **more: Any) -> Any:
    return w.grace.post("/v1/roles", {"name": "writer", "default_scopes": ["notes:write"], **more})


def changed(w: Witness, **sent: Any) -> Any:
    reply = w.grace.patch(EDITOR, sent)
    held = editor(w)
    return reply.status, {name: value for name, value in held.items() if name not in ("id", "created_at")}


def holder(w: Witness) -> Any:
    return ok(w.grace.get(f"/v1/users/{KATHERINE}"))["scopes"]


def refuse(code: int) -> Any:
    raise Problem(code, "Refused.")


add("roles-list-any-role", "auth", LIST, "Everybody lists the roles.",
    any_role(), lambda w: w.ada.get("/v1/roles").status)  # fmt: skip
add("roles-list-all-tenants", "isolation", LIST, "The roles of all tenants are listed.",
    store("roles", find=lambda self, **_equals: Store.find(self)), lambda w: len(roles(w.grace)))  # fmt: skip
add("roles-list-policy-case", "enum", LIST, "Policies are written in capitals.",
    field("[].confirmation_policy", str.upper),
    lambda w: sorted(set(names(roles(w.grace), "confirmation_policy"))))  # fmt: skip
add("roles-list-system-hidden", "filters", LIST, "The built-in roles are not listed.",
    after(lambda _call, rows: [row for row in rows if not row["is_system"]]),
    lambda w: len(roles(w.grace)))  # fmt: skip
add("roles-create-200", "status", MAKE, "Creating a role answers 200 where 201 is promised.",
    status(200), lambda w: make(w).status)  # fmt: skip
add("roles-create-twice", "duplicates", MAKE, "A name is given to two roles.",
    skips(_roles, "named"), lambda w: make(w, name="editor").status)  # fmt: skip
add("roles-create-tasks-51", "bounds", MAKE, "51 tasks at once are accepted.",
    body("max_concurrent_tasks", maximum=100), lambda w: make(w, max_concurrent_tasks=51).status)  # fmt: skip
add("roles-create-tasks-0", "bounds", MAKE, "No tasks at once are accepted.",
    body("max_concurrent_tasks", minimum=0), lambda w: make(w, max_concurrent_tasks=0).status)  # fmt: skip
add("roles-create-any-policy", "validation", MAKE, "Any word is taken for a confirmation policy.",
    both(body("confirmation_policy", enum=None), before(lambda call: call.body.pop("confirmation_policy", None))),
    lambda w: make(w, confirmation_policy="sometimes").status)  # fmt: skip
add("roles-create-scopes-lost", "persistence", MAKE, "The scopes of a new role are not stored.",
    stores("roles", default_scopes=[]), lambda w: (ok(make(w)), roles(w.grace)[-1]["default_scopes"])[1])  # fmt: skip
add("roles-create-window", "field", MAKE, "The context window of a new role is 10 unless it is named.",
    before(lambda call: call.body.setdefault("context_window", 10)),
    lambda w: ok(make(w))["context_window"])  # fmt: skip
add("roles-change-resets", "persistence", CHANGE, "A change resets the limit of actions.",
    resets("roles", monthly_action_limit=500), lambda w: changed(w, display_name="Author"))  # fmt: skip
add("roles-change-lost", "persistence", CHANGE, "A change is answered and not stored.",
    loses("roles"), lambda w: changed(w, display_name="Author"))  # fmt: skip
add("roles-change-no-cascade", "effects", CHANGE, "cascade reaches no holder.",
    skips(_roles, "reapply", 1),
    lambda w: (w.grace.patch(f"{VIEWER}?cascade=true", {"default_scopes": ["a:b"]}).status, holder(w)))  # fmt: skip
add("roles-change-always-cascades", "effects", CHANGE, "Every change is cascaded.",
    before(lambda call: call.query.update(cascade=True)),
    lambda w: (w.grace.patch(VIEWER, {"default_scopes": ["a:b"]}).status, holder(w)))  # fmt: skip
add("roles-change-foreign", "isolation", CHANGE, "A role of another tenant is changed.",
    swap(_tenancy, "reaches", lambda *_args: True),
    lambda w: w.grace.patch("/v1/roles/role_acme_dispatcher", {"display_name": "X"}).status)  # fmt: skip
add("roles-change-unaudited", "effects", CHANGE, "Changing a role leaves no audit entry.",
    skips(_trail, "audit"),
    lambda w: (changed(w, display_name="A"),
               ok(w.grace.get("/v1/audit?target_id=role_default_editor"))["total"])[1])  # fmt: skip
add("roles-delete-kept", "delete", DELETE, "A deleted role is still listed.",
    keeps("roles"), lambda w: (w.grace.delete(EDITOR).status, editor(w) is None))  # fmt: skip
add("roles-delete-held", "states", DELETE, "A role that people hold is deleted.",
    store("users", count=lambda self, **_equals: 0),
    lambda w: (w.grace.patch(f"/v1/users/{ADA}", {"role": "editor"}), w.grace.delete(EDITOR).status)[1])  # fmt: skip
add("roles-delete-system", "states", DELETE, "A built-in role that nobody holds is deleted.",
    around(lambda call, inner: {"deleted": True, "role_id": call.params["role_id"]}
           if (call.state["roles"].get(call.params["role_id"]) or {}).get("is_system") else inner(call)),
    lambda w: w.grace.delete("/v1/roles/role_default_admin").status)  # fmt: skip
add("roles-delete-id-missing", "field", DELETE, "role_id is called id.",
    rename("role_id", "id"), lambda w: sorted(ok(w.grace.delete(EDITOR))))  # fmt: skip

# -- scopes ----------------------------------------------------------------------------------------------------------

SLIST, SMAKE, EFFECTIVE = "GET /v1/scopes", "POST /v1/scopes", "GET /v1/scopes/effective/{user_id}"
SCHANGE, SDELETE = "PATCH /v1/scopes/{scope_id}", "DELETE /v1/scopes/{scope_id}"


def scopes(client: Client, text: str = "") -> Any:
    return ok(client.get(f"/v1/scopes{text}"))


def make_scope(w: Witness, **more: Any) -> Any:
    return w.grace.post("/v1/scopes", {"resource": "maps", "action": "draw", **more})


def effective(client: Client, user_id: str) -> Any:
    shown = ok(client.get(f"/v1/scopes/effective/{user_id}"))
    return sorted(one["scope"] for one in shown["scopes"]), sorted(one["scope"] for one in shown["denied"])


add("scopes-list-resource-ignored", "filters", SLIST, "The filter on the resource is ignored.",
    ignores("resource"), lambda w: len(scopes(w.grace, "?resource=users")))  # fmt: skip
add("scopes-list-source-inverted", "filters", SLIST, "The filter on the source shows the others.",
    around(lambda call, inner: inner(call) if not call.query["source"] else _others(call, inner)),
    lambda w: {one["source"] for one in scopes(w.grace, "?source=tenant")})  # fmt: skip
add("scopes-list-foreign", "isolation", SLIST, "Scopes of other tenants are listed.",
    around(lambda call, inner: call.show_all(call.state["scopes"])), lambda w: len(scopes(w.grace)))  # fmt: skip
add("scopes-list-id-text", "field", SLIST, "The ids of scopes are texts.",
    field("[].id", str), lambda w: type(scopes(w.grace)[0]["id"]).__name__)  # fmt: skip
add("scopes-create-200", "status", SMAKE, "Creating a scope answers 200 where 201 is promised.",
    status(200), lambda w: make_scope(w).status)  # fmt: skip
add("scopes-create-twice", "duplicates", SMAKE, "A name is given to two scopes.",
    store("scopes", find=lambda self, **_equals: iter(())),
    lambda w: make_scope(w, resource="notes", action="read").status)  # fmt: skip
add("scopes-create-name", "field", SMAKE, "The name is joined with a dot.",
    field("name", lambda text: text.replace(":", ".")), lambda w: ok(make_scope(w))["name"])  # fmt: skip
add("scopes-create-description-lost", "persistence", SMAKE, "The description is not stored.",
    stores("scopes", description=None),
    lambda w: (ok(make_scope(w, description="Draws")), scopes(w.grace)[-1]["description"])[1])  # fmt: skip
add("scopes-create-resource-missing-500", "500", SMAKE, "A scope without a resource is a crash.",
    body("resource", required=False), lambda w: w.grace.post("/v1/scopes", {"action": "draw"}).status)  # fmt: skip
add("scopes-effective-of-others", "isolation", EFFECTIVE, "Anybody reads anybody's scopes.",
    swap(_tenancy, "self_or_admin", lambda _inner, call, user_id: _tenancy.person(call, user_id)),
    lambda w: w.ada.get(f"/v1/scopes/effective/{MARGARET}").status)  # fmt: skip
add("scopes-effective-denied-kept", "effects", EFFECTIVE, "Denied scopes count as held.",
    swap(_scopes, "effective", lambda inner, world, user: (
        {**inner(world, user)[0], **dict.fromkeys(user["denied_scopes"], "user")}, inner(world, user)[1])),
    lambda w: effective(w.grace, KATHERINE))  # fmt: skip
add("scopes-effective-role-ignored", "effects", EFFECTIVE, "What a role brings is not counted.",
    swap(_scopes, "effective", lambda inner, world, user: inner(world, {**user, "role": "none", "scopes": []})),
    lambda w: effective(w.grace, KATHERINE))  # fmt: skip
add("scopes-effective-origin", "enum", EFFECTIVE, "The origin of a scope is called system.",
    put("scopes.[].source", "system"),
    lambda w: {one["source"] for one in ok(w.ada.get(f"/v1/scopes/effective/{ADA}"))["scopes"]})  # fmt: skip
add("scopes-change-name-too", "persistence", SCHANGE, "Changing the label changes the name.",
    store("scopes", update=lambda self, key, /, **c: Store.update(self, key, **c, name=c.get("display_name") or "x")),
    lambda w: ok(w.grace.patch("/v1/scopes/14", {"display_name": "Export"}))["name"])  # fmt: skip
add("scopes-change-description-lost", "persistence", SCHANGE, "A new description is not stored.",
    unread("description"),
    lambda w: (w.grace.patch("/v1/scopes/14", {"description": "New"}),
               next(one for one in scopes(w.grace) if one["id"] == 14)["description"])[1])  # fmt: skip
add("scopes-delete-used", "states", SDELETE, "A scope that a role names is deleted.",
    skips(_scopes, "in_use", False), lambda w: w.grace.delete("/v1/scopes/12").status)  # fmt: skip
add("scopes-delete-system", "states", SDELETE, "A built-in scope is deleted.",
    store("scopes", get=lambda self, key: (held := Store.get(self, key)) and {**held, "is_system": False}),
    lambda w: w.grace.delete("/v1/scopes/4").status)  # fmt: skip
add("scopes-delete-kept", "delete", SDELETE, "A deleted scope is still listed.",
    keeps("scopes"),
    lambda w: (w.grace.delete("/v1/scopes/14").status, 14 in names(scopes(w.grace), "id")))  # fmt: skip
add("scopes-delete-method", "methods", SDELETE, "GET on one scope is answered.",
    accepts("GET", lambda call: {"id": call.params["scope_id"]}),
    lambda w: w.grace.get("/v1/scopes/14").status)  # fmt: skip


def _others(call: Call, inner: Any) -> Any:
    wanted = call.query.pop("source")
    return [row for row in inner(call) if row["source"] != wanted]


# -- the audit log ---------------------------------------------------------------------------------------------------

AUDIT = "GET /v1/audit"


def entries(client: Client, text: str = "") -> Any:
    return ok(client.get(f"/v1/audit{text}"))


def ids(client: Client, text: str = "") -> list[int]:
    return names(entries(client, text)["entries"], "id")


add("audit-any-role", "auth", AUDIT, "Everybody reads the audit log.",
    any_role(), lambda w: w.ada.get("/v1/audit").status)  # fmt: skip
add("audit-all-tenants", "isolation", AUDIT, "Entries of all tenants are shown.",
    skips(_tenancy, "tenant_of", "default"), lambda w: entries(w.joan)["total"])  # fmt: skip
add("audit-page-starts-at-0", "pagination", AUDIT, "Page 1 is the second page.",
    around(lambda call, inner: (call.query.update(page=call.query["page"] + 1), {**inner(call), "page": 1})[1]),
    lambda w: (newest := ids(w.grace, "?per_page=200")[0], newest in ids(w.grace, "?per_page=5"))[1])  # fmt: skip
add("audit-total-plus-one", "pagination", AUDIT, "total is one too many.",
    field("total", lambda count: count + 1),
    lambda w: (shown := entries(w.grace, "?per_page=200&target_type=scope"), shown["total"] - len(shown["entries"]))[1],
)  # fmt: skip
add("audit-action-ignored", "filters", AUDIT, "The filter on the action is ignored.",
    ignores("action"),
    lambda w: {one["action"] for one in entries(w.grace, "?action=role.update")["entries"]})  # fmt: skip
add("audit-from-ignored", "filters", AUDIT, "The beginning of the span is ignored.",
    ignores("from"), lambda w: entries(w.grace, "?from=2999-01-01")["total"])  # fmt: skip
add("audit-since-filters", "filters", AUDIT, "An unknown parameter empties the list.",
    around(lambda call, inner: {**inner(call), "entries": []} if "since=" in call.text_query else inner(call)),
    lambda w: len(ids(w.grace, "?since=2999-01-01")))  # fmt: skip
add("audit-per-page-201", "bounds", AUDIT, "201 entries a page are accepted.",
    query("per_page", maximum=1000), lambda w: w.grace.get("/v1/audit?per_page=201").status)  # fmt: skip
add("audit-page-0", "bounds", AUDIT, "Page 0 is accepted.",
    both(query("page", minimum=0), before(lambda call: call.query.update(page=max(call.query["page"], 1)))),
    lambda w: w.grace.get("/v1/audit?page=0").status)  # fmt: skip
add("audit-bad-date-500", "500", AUDIT, "A date that is none is a crash.",
    swap(audit, "_moment", lambda inner, text, name: 1 / 0 if text == "yesterday" else inner(text, name)),
    lambda w: w.grace.get("/v1/audit?from=yesterday").status)  # fmt: skip
add("audit-epoch", "timestamps", AUDIT, "created_at is a number of seconds.",
    put("entries.[].created_at", 1_781_999_100),
    lambda w: type(entries(w.grace)["entries"][0]["created_at"]).__name__)  # fmt: skip
