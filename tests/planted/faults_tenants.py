"""Faults of the apps that people may reach, of tenants and of agencies."""

from __future__ import annotations

from typing import Any

from specdouble.mock.pipeline.call import Caller
from specdouble.mock.state.collections import Store
from specdouble.packs.imperal.mockserver.auth_gateway.apps import _apps
from specdouble.packs.imperal.mockserver.auth_gateway.identity import _access
from specdouble.packs.imperal.mockserver.auth_gateway.rights import _agencies, _roles, _tenancy
from specdouble.packs.imperal.mockserver.auth_gateway.rights import tenants as tenant_room
from tests.conftest import Client
from tests.planted.fault import gateway
from tests.planted.faults_people import refuse
from tests.planted.gates import administrator, any_role, forgives
from tests.planted.makers import (
    accepts,
    after,
    around,
    before,
    body,
    both,
    crash,
    field,
    keeps,
    loses,
    media,
    naive,
    null,
    put,
    query,
    rename,
    resets,
    skips,
    status,
    still,
    store,
    stores,
    swap,
)  # fmt: skip
from tests.planted.witness import ADA, GRACE, KATHERINE, MARGARET, RADIA, Witness, names, ok

add = gateway.add

APPS, OFF = "GET /v1/users/{user_id}/extensions", "POST /v1/users/{user_id}/extensions/disable"
ON, ACCESS = "DELETE /v1/users/{user_id}/extensions/disable/{app_id}", "GET /v1/extensions/access"
HOLDERS = "GET /v1/extensions/{app_id}/users"


def apps_of(client: Client, user_id: str = ADA) -> dict[str, Any]:
    return {one["app_id"]: one for one in ok(client.get(f"/v1/users/{user_id}/extensions"))["extensions"]}


def call_board(w: Witness) -> int:
    return w.ada.post("/v1/extensions/tasks-board/call", {"user_id": ADA, "function": "list_tasks"}).status


def switch_off(w: Witness) -> Any:
    reply = w.grace.post(f"/v1/users/{ADA}/extensions/disable", {"app_id": "tasks-board"})
    return reply.status, apps_of(w.grace).get("tasks-board", {}).get("is_disabled"), call_board(w)


add("user-apps-of-others", "isolation", APPS, "Anybody sees the apps of anybody.",
    swap(_tenancy, "self_or_admin", lambda _inner, call, user_id: _tenancy.person(call, user_id)),
    lambda w: w.ada.get(f"/v1/users/{MARGARET}/extensions").status)  # fmt: skip
add("user-apps-of-caller", "isolation", APPS, "An administrator who asks about a user sees their own apps.",
    around(lambda call, inner: {**inner(call), "extensions": _access.access_of(call.world, call.user_id)}),
    lambda w: sorted(apps_of(w.grace)))  # fmt: skip
add("user-apps-denied-granted", "enum", APPS, "A denied app is called blocked.",
    field("extensions.[].access", lambda text: text.replace("denied", "blocked")),
    lambda w: {one["access"] for one in apps_of(w.grace, KATHERINE).values()})  # fmt: skip
add(
    "user-apps-off-not-stored", "persistence", OFF, "Switching an app off is not stored.", loses("disabled"), switch_off
)
add("user-apps-off-uninstalls", "effects", OFF, "Switching an app off uninstalls it.",
    after(lambda call, shown: (_apps.uninstall(call.world, call.params["user_id"], shown["app_id"]), shown)[1]),
    switch_off)  # fmt: skip
add("user-apps-off-for-caller", "isolation", OFF, "The app is switched off for the administrator.",
    swap(_access, "switch_off", lambda inner, world, _user, app_id: inner(world, GRACE, app_id)),
    switch_off)  # fmt: skip
add("user-apps-off-any-role", "auth", OFF, "A user switches the apps of others off.",
    any_role(),
    lambda w: w.ada.post(f"/v1/users/{MARGARET}/extensions/disable", {"app_id": "notes"}).status)  # fmt: skip
add("user-apps-off-unknown-app", "validation", OFF, "An app that is not there is switched off.",
    around(lambda call, inner: _access.switch_off(call.world, call.params["user_id"], call.body["app_id"])),
    lambda w: w.grace.post(f"/v1/users/{ADA}/extensions/disable", {"app_id": "no-app"}).status)  # fmt: skip
add("user-apps-on-stays-off", "persistence", ON, "Switching an app on again is not stored.",
    keeps("disabled"),
    lambda w: (switch_off(w), w.grace.delete(f"/v1/users/{ADA}/extensions/disable/tasks-board").status,
               call_board(w))[1:])  # fmt: skip
add("user-apps-on-when-on", "states", ON, "Switching on what was never off is a success.",
    around(lambda call, inner: inner(call) if _apps.disabled(call.world, call.params["user_id"], call.params["app_id"])
           else {"app_id": call.params["app_id"], "is_disabled": False}),
    lambda w: w.grace.delete(f"/v1/users/{ADA}/extensions/disable/tasks-board").status)  # fmt: skip
add("user-apps-access-admin", "service-token", ACCESS, "An administrator reads the access of a whole tenant.",
    forgives(administrator, 401, 403),
    lambda w: w.grace.get("/v1/extensions/access?tenant_id=default").status)  # fmt: skip
add("user-apps-access-anonymous", "service-token", ACCESS, "A missing service token opens the access list.",
    forgives(lambda call: Caller("service") if call.headers.get("x-service-token") is None else None),
    lambda w: w.get("/v1/extensions/access?tenant_id=default").status)  # fmt: skip
add("user-apps-access-all-tenants", "isolation", ACCESS, "People of all tenants are shown.",
    store("users", find=lambda self, **_equals: Store.find(self)),
    lambda w: len(ok(w.svc.get("/v1/extensions/access?tenant_id=acme"))["users"]))  # fmt: skip
add("user-apps-access-disabled-too", "filters", ACCESS, "Apps that are switched off count as reachable.",
    skips(_apps, "disabled", False),
    lambda w: ok(w.svc.get("/v1/extensions/access?tenant_id=default"))["users"][RADIA])  # fmt: skip
add("user-apps-holders-total", "pagination", HOLDERS, "total counts those with access only.",
    after(lambda _call, shown: {**shown, "total": sum(one["access"] == "granted" for one in shown["users"])}),
    lambda w: ok(w.grace.get("/v1/extensions/notes/users"))["total"])  # fmt: skip
add("user-apps-holders-all-granted", "field", HOLDERS, "Everybody has access.",
    put("users.[].access", "granted"),
    lambda w: {one["access"] for one in ok(w.grace.get("/v1/extensions/crm-sync/users"))["users"]})  # fmt: skip
add("user-apps-holders-unknown", "status", HOLDERS, "An app that is not there has an empty list.",
    around(lambda call, inner: inner(call) if call.params["app_id"] in call.state["apps"]
           else {"app_id": call.params["app_id"], "users": [], "total": 0}),
    lambda w: w.grace.get("/v1/extensions/no-app/users").status)  # fmt: skip


# -- tenants ---------------------------------------------------------------------------------------------------------

T = "/v1/tenants"
TLIST, TMAKE, TREAD = "GET /v1/tenants", "POST /v1/tenants", "GET /v1/tenants/{tenant_id}"
TCHANGE, TDELETE, HEALTH = (f"{one} /v1/tenants/{{tenant_id}}" for one in ("PATCH", "DELETE", "GET"))
HEALTH += "/health"
NEW = {
    "tenant_id": "new-works",
    "name": "New Works",
    "db_config": {"host": "db.new.example", "port": 3306, "database": "n", "username": "n", "password": "hunter2!"},
}


def made(w: Witness, **more: Any) -> Any:
    return w.grace.post(T, {**NEW, **more})


def changed(w: Witness, **sent: Any) -> Any:
    ok(made(w))
    reply = w.grace.patch(f"{T}/new-works", sent)
    shown = ok(w.grace.get(f"{T}/new-works"))
    return reply.status, {name: shown[name] for name in ("name", "features", "max_connections", "is_active")}


add("tenants-create-200", "status", TMAKE, "Creating a tenant answers 200 where 201 is promised.",
    status(200), lambda w: made(w).status)  # fmt: skip
add("tenants-create-shows-database", "secrets", TMAKE, "The response holds the database's password.",
    after(lambda call, shown: {**shown, "db_config": call.body["db_config"]}),
    lambda w: sorted(ok(made(w))))  # fmt: skip
add("tenants-create-twice-500", "500", TMAKE, "A tenant_id that is taken is a crash.",
    crash(lambda call: call.body["tenant_id"] in call.state["tenants"]),
    lambda w: made(w, tenant_id="acme").status)  # fmt: skip
add("tenants-create-any-slug", "validation", TMAKE, "A tenant_id may hold capitals and blanks.",
    body("tenant_id", pattern=None), lambda w: made(w, tenant_id="New Works").status)  # fmt: skip
add("tenants-create-without-roles", "effects", TMAKE, "A new tenant has no roles.",
    skips(_roles, "equip"),
    lambda w: (ok(made(w)), len(ok(w.svc.get("/v1/roles", headers={"X-Tenant-ID": "new-works"}))))[1])  # fmt: skip
add("tenants-create-features-lost", "persistence", TMAKE, "The features of a tenant are not stored.",
    stores("tenants", features={}),
    lambda w: (ok(made(w, features={"beta": True})), ok(w.grace.get(f"{T}/new-works"))["features"])[1])  # fmt: skip
add("tenants-create-naive", "timestamps", TMAKE, "created_at of a tenant has no offset.",
    naive("created_at"), lambda w: ok(made(w))["created_at"][-1])  # fmt: skip
add("tenants-list-any-role", "auth", TLIST, "Everybody lists the tenants.",
    any_role(), lambda w: w.ada.get(T).status)  # fmt: skip
add("tenants-list-all", "isolation", TLIST, "An administrator of a customer lists all tenants.",
    swap(tenant_room, "_reaches", lambda *_args: True), lambda w: names(ok(w.joan.get(T)), "tenant_id"))  # fmt: skip
add("tenants-list-new-missing", "persistence", TLIST, "A tenant that was just made is not listed.",
    after(lambda _call, rows: rows[:1]),
    lambda w: (ok(made(w)), names(ok(w.grace.get(T)), "tenant_id"))[1])  # fmt: skip
add("tenants-read-foreign", "isolation", TREAD, "An administrator of a customer reads another tenant.",
    swap(tenant_room, "_reaches", lambda *_args: True), lambda w: w.joan.get(f"{T}/default").status)  # fmt: skip
add("tenants-read-database", "secrets", TREAD, "A tenant is shown with its database.",
    after(lambda call, shown: {**shown, "db_config": call.state["tenants"].get(shown["tenant_id"])["db_config"]}),
    lambda w: sorted(ok(w.svc.get(f"{T}/acme"))))  # fmt: skip
add("tenants-read-active-null", "null", TREAD, "is_active is null.",
    null("is_active"), lambda w: ok(w.svc.get(f"{T}/acme"))["is_active"])  # fmt: skip
add("tenants-change-lost", "persistence", TCHANGE, "A changed name is answered and not stored.",
    loses("tenants"), lambda w: changed(w, name="Newer Works"))  # fmt: skip
add("tenants-change-resets", "persistence", TCHANGE, "A change of the name empties the features.",
    resets("tenants", features={}),
    lambda w: (ok(made(w, features={"beta": True})), w.grace.patch(f"{T}/new-works", {"name": "N"}),
               ok(w.grace.get(f"{T}/new-works"))["features"])[2])  # fmt: skip
add("tenants-change-updated-at", "timestamps", TCHANGE, "updated_at does not move with a change.",
    still("tenants"),
    lambda w: ok(made(w))["updated_at"] < ok(w.grace.patch(f"{T}/new-works", {"name": "N"}))["updated_at"])  # fmt: skip
add("tenants-change-inactive-open", "effects", TCHANGE, "People of an inactive tenant log in.",
    stores("tenants", is_active=True),
    lambda w: (w.svc.patch(f"{T}/acme", {"is_active": False}).status, w.post("/v1/auth/login", {
        "email": "user@example.com", "password": "s3cure!", "tenant_id": "acme"}).status))  # fmt: skip
add("tenants-delete-kept", "delete", TDELETE, "A deleted tenant is still there.",
    keeps("tenants"),
    lambda w: (ok(made(w)), w.grace.delete(f"{T}/new-works").status, w.grace.get(f"{T}/new-works").status)[1:],
)  # fmt: skip
add("tenants-delete-inhabited", "states", TDELETE, "A tenant with people in it is deleted.",
    store("users", count=lambda self, **_equals: 0), lambda w: w.svc.delete(f"{T}/acme").status)  # fmt: skip
add("tenants-delete-home", "states", TDELETE, "The platform's own tenant can be deleted.",
    around(lambda call, inner: {"id": "default", "deleted": True} if call.params["tenant_id"] == "default"
           else inner(call)),
    lambda w: w.grace.delete(f"{T}/default").status)  # fmt: skip
add("tenants-health-always", "effects", HEALTH, "A tenant that is not active is healthy.",
    both(put("healthy", True), put("message", "Connection OK")),
    lambda w: (ok(made(w)), w.grace.patch(f"{T}/new-works", {"is_active": False}),
               ok(w.grace.get(f"{T}/new-works/health"))["healthy"])[2])  # fmt: skip
add("tenants-health-text", "content-type", HEALTH, "The health of a tenant is sent as text.",
    media("text/plain"), lambda w: w.svc.get(f"{T}/acme/health").headers["content-type"])  # fmt: skip

# -- agencies --------------------------------------------------------------------------------------------------------

A = "/v1/agencies"
MINE, ALIST, AMAKE = "GET /v1/agencies/me", "GET /v1/agencies", "POST /v1/agencies"
AREAD, SETTINGS = "GET /v1/agencies/{agency_id}", "PUT /v1/agencies/{agency_id}/settings"
STUDIO = {"agency_id": "studio-x", "display_name": "Studio X", "domain": "x.example", "settings": {"retention_days": 5}}


def settle(w: Witness, **sent: Any) -> Any:
    reply = w.grace.put(f"{A}/northwind/settings", sent)
    return reply.status, ok(w.grace.get(f"{A}/northwind"))["settings"]


add("agencies-me-stand-in", "effects", MINE, "Everybody belongs to the stand-in.",
    swap(_agencies, "of", lambda inner, call, user: inner(call, {**user, "agency_id": None})),
    lambda w: ok(w.ada.get(f"{A}/me"))["agency_id"])  # fmt: skip
add("agencies-me-none-404", "status", MINE, "Who has no agency gets 404.",
    around(lambda call, inner: inner(call) if call.user["agency_id"] else refuse(404)),
    lambda w: w.grace.get(f"{A}/me").status)  # fmt: skip
add("agencies-list-foreign", "isolation", ALIST, "The agencies of all tenants are listed.",
    around(lambda call, inner: call.show_all(call.state["agencies"])),
    lambda w: names(ok(w.grace.get(A)), "agency_id"))  # fmt: skip
add("agencies-list-limit", "pagination", ALIST, "The list is always whole.",
    before(lambda call: call.query.update(limit=500)), lambda w: len(ok(w.grace.get(f"{A}?limit=1"))))  # fmt: skip
add("agencies-list-501", "bounds", ALIST, "A limit of 501 is accepted.",
    query("limit", maximum=1000), lambda w: w.grace.get(f"{A}?limit=501").status)  # fmt: skip
add("agencies-create-200", "status", AMAKE, "Creating an agency answers 200 where 201 is promised.",
    status(200), lambda w: w.grace.post(A, STUDIO).status)  # fmt: skip
add("agencies-create-same-domain", "duplicates", AMAKE, "Two agencies share a domain.",
    store("agencies", first=lambda self, **_equals: None),
    lambda w: w.grace.post(A, {**STUDIO, "domain": "northwind.example"}).status)  # fmt: skip
add("agencies-create-two-letters", "bounds", AMAKE, "An agency_id of 2 characters is accepted.",
    body("agency_id", minLength=2), lambda w: w.grace.post(A, {**STUDIO, "agency_id": "xy"}).status)  # fmt: skip
add("agencies-create-settings-lost", "persistence", AMAKE, "The settings of a new agency are not stored.",
    stores("agencies", settings={}),
    lambda w: (ok(w.grace.post(A, STUDIO)), ok(w.grace.get(f"{A}/studio-x"))["settings"])[1])  # fmt: skip
add("agencies-read-foreign", "isolation", AREAD, "An agency of another tenant is shown.",
    swap(_agencies, "visible", lambda _inner, call, agency_id: call.state["agencies"].get(agency_id)),
    lambda w: w.grace.get(f"{A}/acme-field").status)  # fmt: skip
add("agencies-read-domain-missing", "field", AREAD, "display_name is called name.",
    rename("display_name", "name"), lambda w: sorted(ok(w.grace.get(f"{A}/northwind"))))  # fmt: skip
add("agencies-settings-replace", "persistence", SETTINGS, "Settings that are left out are lost.",
    store("agencies", update=lambda self, key, /, **c: Store.update(self, key, settings={
        name: c["settings"][name] for name in list(c["settings"])[-1:]})),
    lambda w: settle(w, retention_days=30))  # fmt: skip
add("agencies-settings-days-3651", "bounds", SETTINGS, "3651 days of retention are accepted.",
    body("retention_days", maximum=9999), lambda w: settle(w, retention_days=3651)[0])  # fmt: skip
add("agencies-settings-days-0", "bounds", SETTINGS, "A retention of 0 days is accepted.",
    body("retention_days", minimum=0), lambda w: settle(w, retention_days=0)[0])  # fmt: skip
add("agencies-settings-not-stored", "persistence", SETTINGS, "Settings are answered and not stored.",
    loses("agencies"), lambda w: settle(w, retention_days=30))  # fmt: skip
add("agencies-settings-user", "auth", SETTINGS, "A user changes the settings of their agency.",
    any_role(), lambda w: w.ada.put(f"{A}/northwind/settings", {"retention_days": 1}).status)  # fmt: skip
add("agencies-settings-method", "methods", SETTINGS, "PATCH is answered on the settings of an agency.",
    accepts("PATCH"), lambda w: w.grace.patch(f"{A}/northwind/settings", {"retention_days": 30}).status)  # fmt: skip
