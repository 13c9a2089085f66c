"""Faults of the Registry's apps, their keys, tools and settings, and of the catalogue."""

from __future__ import annotations

from typing import Any

from specdouble.mock.pipeline.call import Call, Caller
from specdouble.mock.pipeline.problems import Problem
from specdouble.mock.state.collections import Store
from specdouble.packs.imperal.mockserver.auth_gateway.apps import _catalogue
from specdouble.packs.imperal.mockserver.registry import _keys, _manifests, _rows, _settings
from tests.conftest import Client
from tests.planted.fault import Maker, registry
from tests.planted.gates import forgives, gate
from tests.planted.makers import (
    after,
    around,
    before,
    body,
    both,
    crash,
    drop,
    edit,
    field,
    instead,
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
    unread,
)  # fmt: skip
from tests.planted.witness import ADA, MARGARET, Witness, names, ok

add = registry.add
FULL, READONLY = "imp_live_notesfullkey00000000000000000000", "imp_live_notesreadkey00000000000000000000"
CRM = "imp_live_crmsyncfull000000000000000000000"


def refuse(code: int) -> Any:
    raise Problem(code, "Refused.")


def whole(_call: Call) -> Caller:
    """Take whoever it is for the platform."""
    return Caller("service")


# -- apps ------------------------------------------------------------------------------------------------------------

LIST, MAKE, READ = "GET /v1/apps", "POST /v1/apps", "GET /v1/apps/{app_id}"
PUT, PATCH, DELETE = (f"{one} /v1/apps/{{app_id}}" for one in ("PUT", "PATCH", "DELETE"))
NEW = {"app_id": "sky_maps", "display_name": "Sky Maps", "description": "Maps.", "config": {"beta": True}}


def apps(client: Client, text: str = "") -> list[str]:
    return sorted(names(ok(client.get(f"/v1/apps{text}")), "app_id"))


def app(client: Client, app_id: str = "notes") -> Any:
    return ok(client.get(f"/v1/apps/{app_id}"))


def make(w: Witness, **more: Any) -> Any:
    return w.reg.post("/v1/apps", {**NEW, **more})


def changed(w: Witness, verb: str = "put", **sent: Any) -> Any:
    ok(make(w))
    reply = getattr(w.reg, verb)("/v1/apps/sky_maps", sent)
    shown = app(w.reg, "sky_maps")
    return reply.status, [shown[one] for one in ("display_name", "description", "version", "status", "config")]


def deleted(w: Witness) -> Any:
    reply = w.reg.delete("/v1/apps/notes")
    tools = [one for one in ok(w.reg.get("/v1/catalog/tools")) if one["app_id"] == "notes"]
    installs = [one for one in ok(w.reg.get(f"/v1/users/{MARGARET}/extensions")) if one["app_id"] == "notes"]
    return (reply.status, w.reg.get("/v1/apps/notes").status, len(tools), len(installs),
            "notes" in apps(w.reg, "?status=all"), "notes" in apps(w.reg))  # fmt: skip


add("registry-apps-without-key", "auth", LIST, "Without a key the apps are listed.",
    forgives(whole), lambda w: w.reg_as(None).get("/v1/apps").status)  # fmt: skip
add("registry-apps-any-key", "auth", READ, "Any text is a key.",
    forgives(lambda call: Caller("service") if call.headers.get("x-api-key") else None),
    lambda w: w.reg_as("imp_reg_key_other").get("/v1/apps/notes").status)  # fmt: skip
add("registry-apps-key-prefix", "auth", MAKE, "A beginning of the platform's key is enough.",
    forgives(lambda call: Caller("service") if call.world.options.registry_key.startswith(
        call.headers.get("x-api-key") or "-") else None),
    lambda w: w.reg_as("imp_reg_key").post("/v1/apps", NEW).status)  # fmt: skip
add("registry-apps-gateway-token", "auth", LIST, "A user's access token opens the Registry.",
    forgives(lambda call: Caller("service") if (call.headers.get("authorization") or "").startswith("Bearer ey")
             else None),
    lambda w: Client(w.reg.app, w.ada.headers).get("/v1/apps").status)  # fmt: skip
add("registry-apps-status-ignored", "filters", LIST, "The filter on the status is ignored.",
    before(lambda call: call.query.update(status="all")), lambda w: apps(w.reg, "?status=suspended"))  # fmt: skip
add("registry-apps-all-without-deleted", "filters", LIST, "status=all leaves deleted apps out.",
    after(lambda _call, rows: [row for row in rows if row["status"] != "deleted"]),
    lambda w: apps(w.reg, "?status=all"))  # fmt: skip
add("registry-apps-owner-ignored", "filters", LIST, "The filter on the owner is ignored.",
    before(lambda call: call.query.update(owner_id=None)), lambda w: apps(w.reg, f"?owner_id={MARGARET}"))  # fmt: skip
add("registry-apps-app-key-sees-all", "isolation", LIST, "The key of an app lists all apps.",
    swap(_rows, "visible", lambda *_args: True), lambda w: apps(w.reg_as(FULL)))  # fmt: skip
add("registry-apps-wrapped", "field", LIST, "The list of apps is wrapped in an object.",
    after(lambda _call, rows: {"apps": rows, "total": len(rows)}),
    lambda w: type(ok(w.reg.get("/v1/apps"))).__name__)  # fmt: skip
add("registry-apps-any-status", "validation", LIST, "Any word is taken for a status.",
    query("status", enum=None), lambda w: w.reg.get("/v1/apps?status=frozen").status)  # fmt: skip
add("registry-make-clash-500", "500", MAKE, "A known id is a crash.",
    crash(lambda call: call.body["app_id"] in call.state["registry_apps"]),
    lambda w: make(w, app_id="notes").status)  # fmt: skip
add("registry-make-clash-overwrites", "duplicates", MAKE, "A known id is registered again, over the old one.",
    around(lambda call, inner: call.show(call.state["registry_apps"].update(
        call.body["app_id"], display_name=call.body["display_name"]))
           if call.body["app_id"] in call.state["registry_apps"] else inner(call)),
    lambda w: (make(w, app_id="notes").status, app(w.reg)["display_name"]))  # fmt: skip
add("registry-make-active", "states", MAKE, "A new app is active before its tools come.",
    swap(_catalogue, "register", lambda inner, world, app_id, **more: inner(
        world, app_id, **{**more, "status": "active"})), lambda w: ok(make(w))["status"])  # fmt: skip
add("registry-make-config-lost", "persistence", MAKE, "The config is not stored.",
    stores("registry_apps", config=None), lambda w: (ok(make(w)), app(w.reg, "sky_maps")["config"])[1])  # fmt: skip
add("registry-make-one-letter", "bounds", MAKE, "An app_id of one character is accepted.",
    body("app_id", minLength=1), lambda w: make(w, app_id="x").status)  # fmt: skip
add("registry-make-sixty-five", "bounds", MAKE, "An app_id of 65 characters is accepted.",
    body("app_id", maxLength=100), lambda w: make(w, app_id="x" * 65).status)  # fmt: skip
add("registry-make-201", "status", MAKE, "Registering answers 201 where 200 is promised.",
    status(201), lambda w: make(w).status)  # fmt: skip
add("registry-read-other-app", "isolation", READ, "The key of an app reads another.",
    gate(lambda call, inner: any_app(call, inner)), lambda w: w.reg_as(CRM).get("/v1/apps/notes").status)  # fmt: skip
add("registry-read-deleted", "delete", READ, "A deleted app is shown.",
    swap(_rows, "live", lambda _inner, world, app_id: world.state["registry_apps"].get(app_id) or refuse(404)),
    lambda w: w.reg.get("/v1/apps/pixel-diary").status)  # fmt: skip
add("registry-read-naive", "timestamps", READ, "updated_at has no offset.",
    naive("updated_at"), lambda w: app(w.reg)["updated_at"][-1])  # fmt: skip
add("registry-read-namespace", "null", READ, "The namespace is null.",
    null("namespace"), lambda w: app(w.reg)["namespace"])  # fmt: skip
add("registry-put-lost", "persistence", PUT, "A change is answered and not stored.",
    loses("registry_apps"), lambda w: changed(w, display_name="Sky"))  # fmt: skip
add("registry-put-resets", "persistence", PUT, "Fields that are left out become null.",
    resets("registry_apps", description=None), lambda w: changed(w, display_name="Sky"))  # fmt: skip
add("registry-put-description-ignored", "persistence", PUT, "The description never changes.",
    unread("description"), lambda w: changed(w, description="All maps."))  # fmt: skip
add("registry-put-time-stands", "timestamps", PUT, "updated_at does not move.",
    still("registry_apps"),
    lambda w: (start := ok(make(w))["updated_at"], w.reg.put("/v1/apps/sky_maps", {"display_name": "S"}),
               app(w.reg, "sky_maps")["updated_at"] > start)[2])  # fmt: skip
add("registry-put-readonly-key", "auth", PUT, "A readonly key writes.",
    gate(lambda call, inner: _full(call, inner)),
    lambda w: w.reg_as(READONLY).put("/v1/apps/notes", {"description": "x"}).status)  # fmt: skip
add("registry-put-any-status", "validation", PUT, "An app gets a state that it cannot be put into.",
    body("status", enum=None), lambda w: w.reg.put("/v1/apps/notes", {"status": "frozen"}).status)  # fmt: skip
add("registry-patch-gone", "methods", PATCH, "The older verb is refused.",
    instead(lambda _call: refuse(405)), lambda w: changed(w, "patch", display_name="Sky")[0])  # fmt: skip
add("registry-patch-config-lost", "persistence", PATCH, "The config is not changed by the older verb.",
    unread("config"), lambda w: changed(w, "patch", config={"beta": False}))  # fmt: skip
add("registry-delete-nothing", "delete", DELETE, "A deleted app is as it was.",
    skips(_catalogue, "remove", 0), deleted)  # fmt: skip
add("registry-delete-installs-stay", "effects", DELETE, "The installs of a deleted app stay.",
    keeps("installs"), deleted)  # fmt: skip
add("registry-delete-hard", "delete", DELETE, "A deleted app is not listed among all.",
    after(lambda call, shown: (call.state["registry_apps"].remove(shown["app_id"]), shown)[1]), deleted)  # fmt: skip
add("registry-delete-status", "enum", DELETE, "The status is removed instead of deleted.",
    put("status", "removed"), lambda w: ok(w.reg.delete("/v1/apps/notes"))["status"])  # fmt: skip
add("registry-delete-twice", "delete", DELETE, "Deleting a second time is a success.",
    around(lambda call, inner: inner(call) if call.state["registry_apps"].get(call.params["app_id"])["status"]
           != "deleted" else {"app_id": call.params["app_id"], "status": "deleted"}),
    lambda w: w.reg.delete("/v1/apps/pixel-diary").status)  # fmt: skip


def any_app(call: Call, inner: Any) -> None:
    """Know the key, forget whose it is."""
    try:
        inner(call)
    except Problem as problem:
        if problem.status != 403:
            raise
        call.caller = Caller("service")


def _full(call: Call, inner: Any) -> None:
    try:
        inner(call)
    except Problem as problem:
        if "readonly" not in str(problem.detail):
            raise
        call.caller = Caller("api-key", claims={"app_id": call.params["app_id"]})


# -- keys ------------------------------------------------------------------------------------------------------------

KLIST, KMAKE = (f"{one} /v1/apps/{{app_id}}/keys" for one in ("GET", "POST"))
KDELETE = "DELETE /v1/apps/{app_id}/keys/{key_id}"
K = "/v1/apps/notes/keys"


def key(w: Witness, **sent: Any) -> Any:
    return ok(w.reg.post(K, sent))


def revoked(w: Witness) -> Any:
    made = key(w)
    reply = w.reg.delete(f"{K}/{made['key_id']}")
    listed = made["key_id"] in names(ok(w.reg.get(K))["keys"], "key_id")
    return reply.status, listed, w.reg_as(made["api_key"]).get("/v1/apps/notes").status


def _remembered() -> Maker:
    """List the secrets of keys that were made since."""
    held: dict[str, str] = {}

    def make(site: Any) -> None:
        after(lambda _call, made: (held.update({made["key_id"]: made["api_key"]}), made)[1])(site.at(KMAKE))
        edit(lambda shown: [one.update(api_key=held.get(one["key_id"], "")) for one in shown["keys"]])(site)

    return make


add("registry-keys-secrets", "secrets", KLIST, "Keys are listed with their secrets.",
    _remembered(), lambda w: (key(w), sorted(ok(w.reg.get(K))["keys"][0]))[1])  # fmt: skip
add("registry-keys-total", "pagination", KLIST, "total is one too few.",
    field("total", lambda count: count - 1),
    lambda w: (shown := ok(w.reg.get(K)), shown["total"] - len(shown["keys"]))[1])  # fmt: skip
add("registry-keys-of-all-apps", "isolation", KLIST, "The keys of all apps are listed.",
    store("registry_keys", newest=lambda self, **_e: Store.newest(self)),
    lambda w: len(ok(w.reg.get(K))["keys"]))  # fmt: skip
add("registry-keys-bare-array", "field", KLIST, "Keys are a bare array.",
    after(lambda _call, shown: shown["keys"]), lambda w: type(ok(w.reg.get(K))).__name__)  # fmt: skip
add("registry-key-always-full", "persistence", KMAKE, "A readonly key is stored as full.",
    stores("registry_keys", scope="full"),
    lambda w: w.reg_as(key(w, scope="readonly")["api_key"]).put("/v1/apps/notes", {"description": "x"}).status,
)  # fmt: skip
add("registry-key-opens-nothing", "persistence", KMAKE, "A new key opens nothing.",
    stores("registry_keys", secret_hash=lambda text: text[::-1]),
    lambda w: w.reg_as(key(w)["api_key"]).get("/v1/apps/notes").status)  # fmt: skip
add("registry-key-any-scope", "validation", KMAKE, "Any word is taken for a scope.",
    both(body("scope", enum=None), before(lambda call: call.body.update(scope="full"))),
    lambda w: w.reg.post(K, {"scope": "admin"}).status)  # fmt: skip
add("registry-key-prefix", "field", KMAKE, "The prefix is the whole key.",
    after(lambda _call, shown: {**shown, "prefix": shown["api_key"]}), lambda w: len(key(w)["prefix"]))  # fmt: skip
add("registry-key-kept", "delete", KDELETE, "A revoked key still opens.", keeps("registry_keys"), revoked)
add("registry-key-of-other-app", "isolation", KDELETE, "A key is revoked through the path of another app.",
    swap(_keys, "revoke", lambda _inner, world, _app, key_id: world.state["registry_keys"].remove(key_id)),
    lambda w: w.reg.delete(f"{K}/key_crm_full").status)  # fmt: skip
add("registry-key-unknown-200", "status", KDELETE, "Revoking an unknown key is a success.",
    around(lambda call, inner: inner(call) if call.params["key_id"] in call.state["registry_keys"]
           else {"key_id": call.params["key_id"], "status": "revoked"}),
    lambda w: w.reg.delete(f"{K}/key_nothing").status)  # fmt: skip

# -- tools, settings, catalogue --------------------------------------------------------------------------------------

TREAD, TPUSH = (f"{one} /v1/apps/{{app_id}}/tools" for one in ("GET", "PUT"))
SREAD, SSAVE = (f"{one} /v1/apps/{{app_id}}/settings" for one in ("GET", "PUT"))
CATALOG, TOOLS = "GET /v1/catalog", "GET /v1/catalog/tools"
TOOL = {"name": "pin_note", "description": "Pin.", "domains": ["notes"], "required_scopes": ["notes:write"]}
SECTION = {"name": "pins", "ttl": 60}


def push(w: Witness, **sent: Any) -> Any:
    """Push one tool and one section; what the Registry holds then, and what the gateway shows."""
    reply = w.reg.put("/v1/apps/notes/tools", sent or {"tools": [TOOL], "skeleton_sections": [SECTION]})
    held = ok(w.reg.get("/v1/apps/notes/tools"))
    tools = [(one["name"], one["description"], one["required_scopes"]) for one in held["tools"]]
    catalog = sorted(one["name"] for one in ok(w.reg.get("/v1/catalog/tools")) if one["app_id"] == "notes")
    mine = next(one for one in ok(w.katherine.get("/v1/me/extensions")) if one["app_id"] == "notes")
    return reply.status, reply.json.get("tools_count"), tools, names(held["skeleton_sections"], "name"), catalog, (
        names(mine["functions"], "name"))  # fmt: skip


def settings(w: Witness, **sent: Any) -> Any:
    reply = w.reg.put("/v1/apps/notes/settings", sent)
    shown = ok(w.reg.get("/v1/apps/notes/settings"))
    return reply.status, shown["models"], shown["persona"], shown["alerts"]


add("registry-tools-read-empty", "persistence", TREAD, "The tools of an app are never shown.",
    put("tools", []), lambda w: len(ok(w.reg.get("/v1/apps/notes/tools"))["tools"]))  # fmt: skip
add("registry-tools-read-scopes-null", "null", TREAD, "required_scopes is null.",
    null("tools.[].required_scopes"),
    lambda w: ok(w.reg.get("/v1/apps/notes/tools"))["tools"][0]["required_scopes"])  # fmt: skip
add("registry-tools-merged", "persistence", TPUSH, "Tools that are left out stay.",
    swap(_catalogue, "push_tools", lambda inner, world, app_id, tools, sections, version: inner(
        world, app_id, [*_manifests.of(world, app_id)["tools"], *tools], sections, version)), push)  # fmt: skip
add("registry-tools-sections-kept", "persistence", TPUSH, "Sections that are left out stay.",
    before(lambda call: call.body.setdefault("skeleton_sections", [SECTION])),
    lambda w: (push(w), push(w, tools=[TOOL]))[1])  # fmt: skip
add("registry-tools-lost", "persistence", TPUSH, "Pushed tools are counted and not stored.",
    loses("registry_manifests"), push)  # fmt: skip
add("registry-tools-stay-provisioning", "states", TPUSH, "An app stays provisioning after its first tools.",
    loses("registry_apps"),
    lambda w: (w.reg.put("/v1/apps/weather-card/tools", {"tools": [TOOL]}).status,
               app(w.reg, "weather-card")["status"]))  # fmt: skip
add("registry-tools-gateway-too", "effects", TPUSH, "Pushed tools appear in the gateway at once.",
    after(lambda call, shown: (call.state["apps"].update("notes", tools_json=call.body.get("tools")), shown)[1]),
    push)  # fmt: skip
add("registry-tools-count", "rounding", TPUSH, "tools_count counts sections too.",
    after(lambda _call, shown: {**shown, "tools_count": shown["tools_count"] + shown["skeleton_sections_count"]}),
    push)  # fmt: skip
add("registry-tools-nameless-500", "500", TPUSH, "A tool without a name is a crash.",
    body("tools", items={}),
    lambda w: w.reg.put("/v1/apps/notes/tools", {"tools": [{"description": "x"}]}).status)  # fmt: skip
add("registry-settings-replace", "persistence", SSAVE, "A section that is saved replaces the whole of it.",
    swap(_settings, "merge", lambda _inner, base, over: {**base, **over}),
    lambda w: settings(w, models={"primary": "demo-small"}))  # fmt: skip
add("registry-settings-lost", "persistence", SSAVE, "Settings are acknowledged and not stored.",
    loses("registry_settings"), lambda w: settings(w, persona={"tone": "dry"}))  # fmt: skip
add("registry-settings-omitted-removed", "persistence", SSAVE, "Sections that are left out are removed.",
    stores("registry_settings", settings=lambda held: dict(list(held.items())[-1:])),
    lambda w: settings(w, alerts={"channel": "mail"}))  # fmt: skip
add("registry-settings-shared", "isolation", SSAVE, "The settings of an app are those of all.",
    swap(_settings, "save", lambda inner, world, app_id, given: (
        [inner(world, one["app_id"], given) for one in list(world.state["registry_apps"]) if one["app_id"] != app_id],
        inner(world, app_id, given))[1]),
    lambda w: (settings(w, persona={"tone": "dry"}), ok(w.reg.get("/v1/apps/crm-sync/settings"))["persona"])[1],
)  # fmt: skip
add("registry-settings-no-models", "field", SREAD, "The section models is left out.",
    drop("models"), lambda w: sorted(ok(w.reg.get("/v1/apps/notes/settings"))))  # fmt: skip
add("registry-settings-own-ignored", "persistence", SREAD, "An app's own settings are not shown.",
    swap(_settings, "of", lambda _inner, _world, _app_id: _settings.PLATFORM),
    lambda w: ok(w.reg.get("/v1/apps/notes/settings"))["persona"])  # fmt: skip
add("registry-catalog-suspended", "filters", CATALOG, "Suspended apps are in the catalogue.",
    swap(_rows, "active", lambda _inner, call: iter(call.state["registry_apps"])),
    lambda w: sorted(names(ok(w.reg.get("/v1/catalog"))["apps"], "app_id")))  # fmt: skip
add("registry-catalog-user-ignored", "filters", CATALOG, "The user is ignored: all apps are shown.",
    swap(_manifests, "installed", lambda _inner, _world, _user, rows: rows),
    lambda w: ok(w.reg.get(f"/v1/catalog?user_id={ADA}"))["total"])  # fmt: skip
add("registry-catalog-total", "pagination", CATALOG, "total is that of all apps.",
    after(lambda call, shown: {**shown, "total": len(call.state["registry_apps"])}),
    lambda w: (shown := ok(w.reg.get("/v1/catalog")), shown["total"] == len(shown["apps"]))[1])  # fmt: skip
add("registry-catalog-app-key", "isolation", CATALOG, "The key of an app reads the whole catalogue.",
    swap(_rows, "visible", lambda *_args: True), lambda w: ok(w.reg_as(FULL).get("/v1/catalog"))["total"])  # fmt: skip
add("registry-catalog-tools-deleted", "effects", TOOLS, "Tools of suspended apps stay in the catalogue.",
    swap(_rows, "active", lambda _inner, call: iter(call.state["registry_apps"])),
    lambda w: "old-clock" in names(ok(w.reg.get("/v1/catalog/tools")), "app_id"))  # fmt: skip
add("registry-catalog-tools-activity", "field", TOOLS, "activity is called id.",
    rename("[].activity", "id"), lambda w: sorted(ok(w.reg.get("/v1/catalog/tools"))[0]))  # fmt: skip
add("registry-catalog-tools-csv", "content-type", TOOLS, "The tools are sent as CSV.",
    media("text/csv"), lambda w: w.reg.get("/v1/catalog/tools").headers["content-type"])  # fmt: skip
