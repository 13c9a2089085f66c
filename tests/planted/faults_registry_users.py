"""Faults of what the Registry knows of people, of its hub and health, and of its older store."""

from __future__ import annotations

from typing import Any

from specdouble.mock.state.collections import Store
from specdouble.packs.imperal.mockserver.auth_gateway.apps import _apps
from specdouble.packs.imperal.mockserver.registry import _rows
from tests.planted.fault import registry
from tests.planted.faults_registry import CRM, READONLY, any_app, refuse, whole
from tests.planted.gates import forgives, gate
from tests.planted.makers import (
    accepts,
    after,
    around,
    before,
    body,
    both,
    crash,
    edit,
    field,
    keeps,
    loses,
    media,
    null,
    put,
    resets,
    skips,
    status,
    still,
    store,
    stores,
    swap,
    unread,
)  # fmt: skip
from tests.planted.witness import ADA, GRACE, Witness, names, ok

add = registry.add

ULIST, UADD = (f"{one} /v1/users/{{user_id}}/extensions" for one in ("GET", "POST"))
UREMOVE = "DELETE /v1/users/{user_id}/extensions/{app_id}"
RLIST, RSAVE = (f"{one} /v1/users/{{user_id}}/automations" for one in ("GET", "PUT"))
HUB, HEALTH = "POST /v1/hub/{user_id}/messages", "GET /v1/health"
U = f"/v1/users/{ADA}"


def installs(w: Witness, user_id: str = ADA) -> list[str]:
    return sorted(names(ok(w.reg.get(f"/v1/users/{user_id}/extensions")), "app_id"))


def install(w: Witness, **more: Any) -> Any:
    reply = w.reg.post(f"{U}/extensions", {"app_id": "notes", **more})
    held = [one["config"] for one in ok(w.reg.get(f"{U}/extensions")) if one["app_id"] == "notes"]
    return reply.status, held, "notes" in names(ok(w.ada.get("/v1/me/extensions")), "app_id")


def remove(w: Witness, app_id: str = "tasks-board") -> Any:
    reply = w.reg.delete(f"{U}/extensions/{app_id}")
    return reply.status, installs(w), app_id in names(ok(w.ada.get("/v1/me/extensions")), "app_id")


RULE = {"app_id": "notes", "section_name": "recent_notes", "enabled": False, "ttl": 90, "alert_config": {"on": 1}}


def rules(w: Witness, *sent: dict[str, Any]) -> Any:
    reply = w.reg.put(f"{U}/automations", list(sent))
    return reply.status, reply.json.get("rules_count"), ok(w.reg.get(f"{U}/automations"))["automations"]


add("registry-users-everybodys", "isolation", ULIST, "The installs of all people are listed.",
    store("installs", find=lambda self, **_e: Store.find(self)), lambda w: len(installs(w)))  # fmt: skip
add("registry-users-first-missing", "pagination", ULIST, "The newest install is not listed.",
    after(lambda _call, rows: rows[:-1]), lambda w: installs(w))  # fmt: skip
add("registry-users-status", "enum", ULIST, "The status of an install is enabled.",
    put("[].status", "enabled"), lambda w: ok(w.reg.get(f"{U}/extensions"))[0]["status"])  # fmt: skip
add("registry-users-add-200", "status", UADD, "Recording an install answers 200 where 201 is promised.",
    status(200), lambda w: install(w)[0])  # fmt: skip
add("registry-users-add-twice", "duplicates", UADD, "An install that is there is recorded again.",
    skips(_apps, "installed", False),
    lambda w: w.reg.post(f"{U}/extensions", {"app_id": "tasks-board"}).status)  # fmt: skip
add("registry-users-add-lost", "persistence", UADD, "An install is answered and not stored.",
    swap(_apps, "install", lambda _inner, world, user_id, app_id: {
        "id": f"{user_id}:{app_id}", "user_id": user_id, "app_id": app_id, "installed_at": world.clock.stamp(),
        "status": "active", "config": None}), install)  # fmt: skip
add("registry-users-add-config-lost", "persistence", UADD, "The config of an install is not stored.",
    unread("config"), lambda w: install(w, config={"a": 1}))  # fmt: skip
add("registry-users-add-suspended", "states", UADD, "A suspended app is installed.",
    swap(_rows, "live", lambda inner, world, app_id: {**inner(world, app_id), "status": "active"}),
    lambda w: w.reg.post(f"{U}/extensions", {"app_id": "old-clock"}).status)  # fmt: skip
add("registry-users-add-nobody", "validation", UADD, "An app is installed for a user that is not there.",
    before(lambda call: call.params["user_id"] in call.state["users"] or call.params.update(user_id=ADA)),
    lambda w: w.reg.post("/v1/users/imp_u_nobody/extensions", {"app_id": "notes"}).status)  # fmt: skip
add("registry-users-remove-kept", "delete", UREMOVE, "A removed install is still listed.",
    keeps("installs"), lambda w: remove(w))  # fmt: skip
add("registry-users-remove-system", "states", UREMOVE, "A built-in app is removed.",
    store("apps", get=lambda self, key: None), lambda w: remove(w, "automations")[0])  # fmt: skip
add("registry-users-remove-unknown-500", "500", UREMOVE, "Removing what is not installed is a crash.",
    crash(lambda call: not _apps.installed(call.world, call.params["user_id"], call.params["app_id"])),
    lambda w: remove(w, "notes")[0])  # fmt: skip
add("registry-rules-bare", "field", RLIST, "The rules are a bare array.",
    after(lambda _call, shown: shown["automations"]),
    lambda w: type(ok(w.reg.get(f"{U}/automations"))).__name__)  # fmt: skip
add("registry-rules-of-first", "isolation", RLIST, "Everybody has the rules of one person.",
    before(lambda call: call.params.update(user_id=ADA)),
    lambda w: len(ok(w.reg.get(f"/v1/users/{GRACE}/automations"))["automations"]))  # fmt: skip
add("registry-rules-enabled-only", "filters", RLIST, "Rules that are off are not listed.",
    edit(lambda shown: shown.update(automations=[one for one in shown["automations"] if one["enabled"]])),
    lambda w: rules(w, RULE))  # fmt: skip
add("registry-rules-appended", "persistence", RSAVE, "Saving adds to the rules instead of replacing them.",
    store("registry_rules", put=lambda self, doc: Store.put(self, {**doc, "rules": [
        *(Store.get(self, doc["user_id"]) or {"rules": []})["rules"], *doc["rules"]]})),
    lambda w: rules(w, RULE))  # fmt: skip
add("registry-rules-wrapped", "validation", RSAVE, "A bare array is refused.",
    before(lambda call: refuse(422) if isinstance(call.body, list) else None), lambda w: rules(w, RULE)[0])  # fmt: skip
add("registry-rules-ttl-lost", "persistence", RSAVE, "The ttl of a rule is not stored.",
    before(lambda call: [one.pop("ttl", None) for one in call.body]), lambda w: rules(w, RULE))  # fmt: skip
add("registry-rules-lost", "persistence", RSAVE, "Rules are counted and not stored.",
    loses("registry_rules"), lambda w: rules(w, RULE))  # fmt: skip
add("registry-hub-silent", "effects", HUB, "A message does not reach the user's stream.",
    lambda site: _mute(site),
    lambda w: (ok(w.reg.post(f"/v1/hub/{ADA}/messages", {"content": "Good morning"})), "Good morning" in w.frames(
        w.ada, "/v1/events/stream", headers={"Last-Event-ID": "0"}))[1])  # fmt: skip
add("registry-hub-wrong-user", "isolation", HUB, "A message reaches another user's stream.",
    before(lambda call: call.params.update(user_id=GRACE)),
    lambda w: (ok(w.reg.post(f"/v1/hub/{ADA}/messages", {"content": "Good morning"})), "Good morning" in w.frames(
        w.grace, "/v1/events/stream", headers={"Last-Event-ID": "0"}))[1])  # fmt: skip
add("registry-hub-status", "enum", HUB, "The status is queued instead of signaled.",
    put("status", "queued"),
    lambda w: ok(w.reg.post(f"/v1/hub/{ADA}/messages", {"content": "Hi"}))["status"])  # fmt: skip
add("registry-hub-content-missing-500", "500", HUB, "A message without content is a crash.",
    body("content", required=False), lambda w: w.reg.post(f"/v1/hub/{ADA}/messages", {}).status)  # fmt: skip
add("registry-hub-202", "status", HUB, "A message answers 202.",
    status(202), lambda w: w.reg.post(f"/v1/hub/{ADA}/messages", {"content": "Hi"}).status)  # fmt: skip
add("registry-health-needs-key", "auth", HEALTH, "The probe asks for a key.",
    before(lambda call: None if call.headers.get("x-api-key") else refuse(401)),
    lambda w: w.reg_as(None).get("/v1/health").status)  # fmt: skip
add("registry-health-status", "enum", HEALTH, "The probe says up instead of ok.",
    put("status", "up"), lambda w: w.reg.get("/v1/health").json)  # fmt: skip
add("registry-health-text", "content-type", HEALTH, "The probe is sent as text.",
    media("text/plain"), lambda w: w.reg.get("/v1/health").headers["content-type"])  # fmt: skip


def _mute(site: Any) -> None:
    from tests.planted.makers import silent

    silent("chat_message")(site)


# -- the older store -------------------------------------------------------------------------------------------------

ELIST, EMAKE = "GET /extensions", "POST /extensions"
EREAD, EPUT, EDELETE = (f"{one} /extensions/{{ext_id}}" for one in ("GET", "PUT", "DELETE"))
RECORD = {"id": "old_maps", "display_name": "Old Maps", "manifest": {"tools": []}, "description": "Maps."}


def records(w: Witness, text: str = "") -> list[str]:
    return sorted(names(ok(w.reg.get(f"/extensions{text}")), "id"))


def put_record(w: Witness, **sent: Any) -> Any:
    ok(w.reg.post("/extensions", RECORD))
    reply = w.reg.put("/extensions/old_maps", sent)
    shown = ok(w.reg.get("/extensions/old_maps"))
    return reply.status, [shown[one] for one in ("display_name", "description", "version", "status", "manifest")]


add("registry-records-all-statuses", "filters", ELIST, "Records of every status are listed.",
    around(lambda call, inner: call.show_all(call.state["registry_extensions"])), lambda w: records(w))  # fmt: skip
add("registry-records-status-ignored", "filters", ELIST, "The status that is asked for is ignored.",
    before(lambda call: call.query.update(status="active")), lambda w: records(w, "?status=suspended"))  # fmt: skip
add("registry-records-manifest-text", "field", ELIST, "Manifests are texts.",
    field("[].manifest", str), lambda w: type(ok(w.reg.get("/extensions"))[0]["manifest"]).__name__)  # fmt: skip
add("registry-records-without-key", "auth", ELIST, "The older store asks for no key.",
    forgives(whole), lambda w: w.reg_as(None).get("/extensions").status)  # fmt: skip
add("registry-records-twice", "duplicates", EMAKE, "A known id is a success that changes nothing.",
    around(lambda call, inner: call.show(call.state["registry_extensions"].get(call.body["id"]))
           if call.body["id"] in call.state["registry_extensions"] else inner(call)),
    lambda w: w.reg.post("/extensions", {**RECORD, "id": "notes"}).status)  # fmt: skip
add("registry-records-manifest-lost", "persistence", EMAKE, "The manifest is not stored.",
    stores("registry_extensions", manifest={"lost": True}),
    lambda w: (ok(w.reg.post("/extensions", RECORD)),
               ok(w.reg.get("/extensions/old_maps"))["manifest"])[1])  # fmt: skip
add("registry-records-manifest-missing-500", "500", EMAKE, "A record without a manifest is a crash.",
    both(body("manifest", required=False), before(lambda call: call.body["manifest"])),
    lambda w: w.reg.post("/extensions", {"id": "x1", "display_name": "X"}).status)  # fmt: skip
add("registry-records-capitals", "validation", EMAKE, "An id may hold capitals.",
    body("id", pattern=None), lambda w: w.reg.post("/extensions", {**RECORD, "id": "Old Maps"}).status)  # fmt: skip
add("registry-records-read-null", "null", EREAD, "The version is null.",
    null("version"), lambda w: ok(w.reg.get("/extensions/notes"))["version"])  # fmt: skip
add("registry-records-read-other", "isolation", EREAD, "The key of an app reads the record of another.",
    gate(lambda call, inner: any_app(call, inner)),
    lambda w: w.reg_as(CRM).get("/extensions/notes").status)  # fmt: skip
add("registry-records-put-lost", "persistence", EPUT, "A change is answered and not stored.",
    loses("registry_extensions"), lambda w: put_record(w, display_name="Older"))  # fmt: skip
add("registry-records-put-resets", "persistence", EPUT, "A change takes the description away.",
    resets("registry_extensions", description=None), lambda w: put_record(w, display_name="Older"))  # fmt: skip
add("registry-records-put-time-stands", "timestamps", EPUT, "updated_at does not move.",
    still("registry_extensions"),
    lambda w: (start := ok(w.reg.get("/extensions/notes"))["updated_at"],
               ok(w.reg.put("/extensions/notes", {"version": "2.0.0"}))["updated_at"] > start)[1])  # fmt: skip
add("registry-records-delete-kept", "delete", EDELETE, "A deleted record is still there.",
    keeps("registry_extensions"),
    lambda w: (w.reg.delete("/extensions/notes").status, w.reg.get("/extensions/notes").status))  # fmt: skip
add("registry-records-delete-says-not", "field", EDELETE, "deleted is a number.",
    put("deleted", 1), lambda w: type(w.reg.delete("/extensions/notes").json["deleted"]).__name__)  # fmt: skip
add("registry-records-readonly-deletes", "auth", EDELETE, "A readonly key deletes.",
    gate(lambda call, inner: any_app(call, inner)),
    lambda w: w.reg_as(READONLY).delete("/extensions/notes").status)  # fmt: skip
add("registry-records-options", "methods", EDELETE, "PATCH on a record is a crash.",
    accepts("PATCH", lambda _call: 1 / 0), lambda w: w.reg.patch("/extensions/notes", {}).status)  # fmt: skip
