"""Faults of users, their apps as an administrator sees them, tenants and agencies."""

from __future__ import annotations

from typing import Any

from specdouble.mock.pipeline.problems import Problem
from specdouble.mock.state.collections import Store
from specdouble.packs.imperal.mockserver.auth_gateway.agent import _chats
from specdouble.packs.imperal.mockserver.auth_gateway.identity import _people
from specdouble.packs.imperal.mockserver.auth_gateway.rights import _roles, _scopes, _tenancy, _trail
from tests.conftest import Client
from tests.planted.fault import gateway
from tests.planted.gates import any_role
from tests.planted.makers import (
    after,
    around,
    before,
    body,
    both,
    edit,
    field,
    ignores,
    loses,
    put,
    query,
    resets,
    skips,
    status,
    store,
    stores,
    swap,
    unread,
)  # fmt: skip
from tests.planted.witness import ADA, ALAN, GRACE, KATHERINE, MARGARET, Witness, names, ok

add = gateway.add
NEW = {"email": "nina@example.com", "password": "s3cure!nina"}
LIST, MAKE, READ = "GET /v1/users", "POST /v1/users", "GET /v1/users/{user_id}"
CHANGE, DELETE, RESET = (
    "PATCH /v1/users/{user_id}",
    "DELETE /v1/users/{user_id}",
    ("POST /v1/users/{user_id}/reset-conversation"),
)


def users(client: Client, text: str = "") -> Any:
    return ok(client.get(f"/v1/users{text}"))


def emails(client: Client, text: str = "") -> list[str]:
    return names(users(client, text)["items"], "email")


def record(w: Witness, user_id: str = ADA) -> Any:
    return ok(w.grace.get(f"/v1/users/{user_id}"))


def patch(w: Witness, sent: Any, user_id: str = ADA) -> Any:
    reply = w.grace.patch(f"/v1/users/{user_id}", sent)
    shown = record(w, user_id)
    return reply.status, [shown[name] for name in ("role", "scopes", "attributes", "is_active", "agency_id")]


def refuse(code: int) -> Any:
    raise Problem(code, "Refused.")


add("users-list-any-role", "auth", LIST, "Everybody lists the people of their tenant.",
    any_role(), lambda w: w.ada.get("/v1/users").status)  # fmt: skip
add("users-list-other-tenants", "isolation", LIST, "An administrator lists the people of all tenants.",
    store("users", page=lambda self, offset, limit, /, **e: Store.page(self, offset, limit)),
    lambda w: sorted({one["tenant_id"] for one in users(w.grace)["items"]}))  # fmt: skip
add("users-list-total-of-page", "pagination", LIST, "total is the length of the page.",
    after(lambda _call, shown: {**shown, "total": len(shown["items"])}),
    lambda w: users(w.grace, "?limit=2")["total"])  # fmt: skip
add("users-list-limit-ignored", "pagination", LIST, "The limit cuts nothing.",
    store("users", page=lambda self, offset, _limit, /, **e: Store.page(self, offset, 1000, **e)),
    lambda w: len(users(w.grace, "?limit=2")["items"]))  # fmt: skip
add("users-list-offset-twice", "pagination", LIST, "The offset counts double.",
    before(lambda call: call.query.update(offset=call.query["offset"] * 2)),
    lambda w: emails(w.grace, "?limit=2&offset=2"))  # fmt: skip
add("users-list-order-unstable", "pagination", LIST, "The order of the list changes from call to call.",
    (lambda turn: after(lambda _call, shown: {**shown, "items": shown["items"][:: 1 if next(turn) % 2 else -1]}))(
        iter(range(10**9))),
    lambda w: emails(w.grace) == emails(w.grace))  # fmt: skip
add("users-list-inactive-too", "filters", LIST, "Deactivated people are listed unasked.",
    before(lambda call: call.query.update(include_inactive=True)), lambda w: emails(w.grace))  # fmt: skip
add("users-list-role-ignored", "filters", LIST, "The filter on the role is ignored.",
    ignores("role"), lambda w: emails(w.grace, "?role=viewer"))  # fmt: skip
add("users-list-search-ignored", "filters", LIST, "The search is ignored.",
    ignores("search"), lambda w: emails(w.grace, "?search=viewer"))  # fmt: skip
add("users-list-scope-exact", "filters", LIST, "The filter on a scope does not know wildcards.",
    swap(_scopes, "holds", lambda _inner, _world, user, wanted: wanted in user["scopes"]),
    lambda w: emails(w.grace, "?scope=billing:write"))  # fmt: skip
add("users-list-limit-500", "bounds", LIST, "A limit of 201 people is accepted.",
    query("limit", maximum=500), lambda w: w.grace.get("/v1/users?limit=201").status)  # fmt: skip
add("users-list-password-hashes", "secrets", LIST, "The list holds the hashes of passwords.",
    edit(lambda shown: [one.update(password_hash="ab12$cd") for one in shown["items"]]),
    lambda w: sorted(users(w.grace)["items"][0]))  # fmt: skip
add("users-create-200", "status", MAKE, "Creating a person answers 200 where 201 is promised.",
    status(200), lambda w: w.grace.post("/v1/users", NEW).status)  # fmt: skip
add("users-create-twice", "duplicates", MAKE, "An address is given to two people.",
    skips(_people, "require_free_email"),
    lambda w: w.grace.post("/v1/users", {**NEW, "email": "user@example.com"}).status)  # fmt: skip
add("users-create-role-forgotten", "persistence", MAKE, "The role of a new person is always user.",
    unread("role"), lambda w: ok(w.grace.post("/v1/users", {**NEW, "role": "viewer"}))["role"])  # fmt: skip
add("users-create-own-scopes-lost", "persistence", MAKE, "The scopes that were asked for are not stored.",
    stores("users", scopes=[]),
    lambda w: record(w, ok(w.grace.post("/v1/users", {**NEW, "scopes": ["a:b"]}))["imperal_id"])["scopes"])  # fmt: skip
add("users-create-any-role", "validation", MAKE, "A role that is not there is accepted.",
    swap(_roles, "named", lambda inner, world, tenant_id, name: inner(world, tenant_id, name) or {
        "default_scopes": [], "default_attributes": {}}),
    lambda w: w.grace.post("/v1/users", {**NEW, "role": "emperor"}).status)  # fmt: skip
add("users-create-no-wallet", "effects", MAKE, "A new person has no tokens.",
    skips(_people, "welcome"),
    lambda w: (ok(w.grace.post("/v1/users", NEW)),
               len(ok(w.login("nina@example.com", "s3cure!nina").get("/v1/me/extensions"))))[1])  # fmt: skip
add("users-create-cannot-log-in", "states", MAKE, "A person that an administrator creates has to verify.",
    stores("users", email_verified=False),
    lambda w: (ok(w.grace.post("/v1/users", NEW)), w.post("/v1/auth/login", NEW).status)[1])  # fmt: skip
add("users-create-password-7", "bounds", MAKE, "A password of 7 characters is accepted from an administrator.",
    body("password", minLength=7),
    lambda w: w.grace.post("/v1/users", {**NEW, "password": "s3cure!"}).status)  # fmt: skip
add("users-read-anybody", "isolation", READ, "Anybody reads anybody's record.",
    swap(_tenancy, "self_or_admin", lambda _inner, call, user_id: _tenancy.person(call, user_id)),
    lambda w: w.ada.get(f"/v1/users/{MARGARET}").status)  # fmt: skip
add("users-read-other-tenant", "isolation", READ, "An administrator reads people of another tenant.",
    swap(_tenancy, "reaches", lambda *_args: True), lambda w: w.grace.get(f"/v1/users/{ALAN}").status)  # fmt: skip
add("users-read-internal-id", "validation", READ, "The internal id is good in the path.",
    before(lambda call: call.params.update(user_id=next(
        (one["imperal_id"] for one in call.state["users"] if one["id"] == call.params["user_id"]),
        call.params["user_id"]))),
    lambda w: w.grace.get(f"/v1/users/{record(w)['id']}").status)  # fmt: skip
add("users-read-ids-alike", "field", READ, "id and imperal_id are swapped.",
    after(lambda _call, shown: {**shown, "id": shown["imperal_id"], "imperal_id": shown["id"]}),
    lambda w: record(w)["imperal_id"])  # fmt: skip
add("users-read-scopes-text", "field", READ, "Scopes are one text.",
    field("scopes", " ".join), lambda w: type(record(w)["scopes"]).__name__)  # fmt: skip
add("users-change-resets-scopes", "persistence", CHANGE, "Changing a person empties their scopes.",
    resets("users", scopes=[]), lambda w: patch(w, {"agency_id": "contoso"}))  # fmt: skip
add("users-change-agency-lost", "persistence", CHANGE, "The agency is answered and not stored.",
    loses("users"), lambda w: patch(w, {"agency_id": "contoso"}))  # fmt: skip
add("users-change-agency-null", "persistence", CHANGE, "Null does not take the agency away.",
    before(lambda call: call.body.pop("agency_id", None) if call.body.get("agency_id", 1) is None else None),
    lambda w: patch(w, {"agency_id": None}))  # fmt: skip
add("users-change-role-unknown", "validation", CHANGE, "A person gets a role that is not there.",
    swap(_roles, "named", lambda *_args: {"name": "x"}), lambda w: patch(w, {"role": "emperor"})[0])  # fmt: skip
add("users-change-role-opens-nothing", "effects", CHANGE, "A new administrator is treated as a user.",
    stores("users", role="user"),
    lambda w: (w.grace.patch(f"/v1/users/{MARGARET}", {"role": "admin"}), w.margaret.get("/v1/users").status)[1],
)  # fmt: skip
add("users-change-deactivated-live", "effects", CHANGE, "The tokens of a deactivated person live on.",
    skips(_people, "deactivate"),
    lambda w: (w.katherine, w.grace.patch(f"/v1/users/{KATHERINE}", {"is_active": False}).status,
               w.grace.patch(f"/v1/users/{KATHERINE}", {"is_active": True}).status,
               w.katherine.get("/v1/auth/me").status)[1:])  # fmt: skip
add("users-change-self-service", "auth", CHANGE, "A user changes their own role.",
    any_role(),
    lambda w: w.ada.patch(f"/v1/users/{ADA}", {"role": "admin"}).status)  # fmt: skip
add("users-change-unaudited", "effects", CHANGE, "Changing a person leaves no audit entry.",
    skips(_trail, "audit"),
    lambda w: (patch(w, {"agency_id": "contoso"}), ok(w.grace.get(f"/v1/audit?target_id={ADA}"))["total"])[1],
)  # fmt: skip


def gone(w: Witness, text: str = "") -> Any:
    reply = w.grace.delete(f"/v1/users/{KATHERINE}{text}")
    return reply.status, w.grace.get(f"/v1/users/{KATHERINE}").status, _state(w)


def _state(w: Witness) -> Any:
    return [
        one["is_active"] for one in users(w.grace, "?include_inactive=true")["items"] if one["imperal_id"] == KATHERINE
    ]


add("users-delete-permanent-ignored", "delete", DELETE, "A permanent deletion only deactivates.",
    ignores("permanent"), lambda w: gone(w, "?permanent=true"))  # fmt: skip
add("users-delete-always-permanent", "delete", DELETE, "Every deletion is permanent.",
    before(lambda call: call.query.update(permanent=True)), gone)  # fmt: skip
add("users-delete-nothing", "delete", DELETE, "A deleted person stays active.",
    both(skips(_people, "deactivate"), skips(_people, "erase")), gone)  # fmt: skip
add("users-delete-oneself", "states", DELETE, "An administrator deletes their own account.",
    around(lambda call, inner: {"imperal_id": call.user_id, "is_active": False, "deleted": True, "permanent": False}
           if call.caller.user and call.params["user_id"] == call.user_id else inner(call)),
    lambda w: w.grace.delete(f"/v1/users/{GRACE}").status)  # fmt: skip
add("users-delete-other-tenant", "isolation", DELETE, "An administrator deletes people of another tenant.",
    swap(_tenancy, "reaches", lambda *_args: True), lambda w: w.grace.delete(f"/v1/users/{ALAN}").status)  # fmt: skip
add("users-delete-says-not", "field", DELETE, "The response says that nobody was deleted.",
    put("deleted", False), lambda w: w.grace.delete(f"/v1/users/{KATHERINE}").json["deleted"])  # fmt: skip
add("users-reset-of-others", "isolation", RESET, "Anybody resets anybody's conversation.",
    swap(_tenancy, "self_or_admin", lambda _inner, call, user_id: _tenancy.person(call, user_id)),
    lambda w: w.ada.post(f"/v1/users/{MARGARET}/reset-conversation", {}).status)  # fmt: skip
add("users-reset-nothing", "effects", RESET, "Resetting a conversation forgets nothing.",
    swap(_chats, "reset", lambda _inner, world, user_id: (3, True)),
    lambda w: [ok(w.ada.post(f"/v1/users/{ADA}/reset-conversation", {})) for _ in range(2)])  # fmt: skip
add("users-reset-count-text", "field", RESET, "The number of deleted keys is a text.",
    field("redis_keys_deleted", str),
    lambda w: type(w.ada.post(f"/v1/users/{ADA}/reset-conversation", {}).json["redis_keys_deleted"])
    is int)  # fmt: skip
