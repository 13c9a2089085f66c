"""Faults of automation rules and of secrets."""

from __future__ import annotations

from typing import Any

from specdouble.mock.pipeline.call import Call, Caller
from specdouble.mock.pipeline.problems import Problem
from specdouble.mock.state.collections import Store
from specdouble.packs.imperal.mockserver.auth_gateway.developer import _secrets
from specdouble.packs.imperal.mockserver.auth_gateway.rights import _trail
from specdouble.packs.imperal.mockserver.auth_gateway.work import _rules
from tests.conftest import Client
from tests.planted.fault import gateway
from tests.planted.gates import forgives, person
from tests.planted.makers import (
    accepts,
    after,
    around,
    before,
    body,
    extra,
    field,
    instead,
    keeps,
    loses,
    media,
    put,
    refuses,
    reword,
    skips,
    store,
    stores,
    swap,
    unread,
    value,
)  # fmt: skip
from tests.planted.witness import ADA, KATHERINE, MARGARET, Witness, names, ok

add = gateway.add
R = "/v1/automations"
MAKE, LIST, DELETE = "POST /v1/automations", "GET /v1/automations", "DELETE /v1/automations/{rule_id}"
PAUSE, RESUME = (f"POST /v1/automations/{{rule_id}}/{one}" for one in ("pause", "resume"))


def refuse(code: int) -> Any:
    raise Problem(code, "Refused.")


def make(client: Client, **more: Any) -> Any:
    return client.post(R, {"prompt": "Tell me the weather every morning at 8", **more})


def rules(client: Client) -> dict[int, Any]:
    return {one["rule_id"]: one for one in ok(client.get(R))}


def act(w: Witness, rule: int, verb: str) -> Any:
    reply = w.ada.post(f"{R}/{rule}/{verb}")
    held = rules(w.ada).get(rule, {})
    return reply.status, held.get("status"), held.get("trigger_count")


def fill(w: Witness) -> Any:
    """Make rules until the plan allows no more (three on the free plan)."""
    return [make(w.grace).status for _ in range(4)]


def _anybodys(_inner: Any, world: Any, _user: str, rule_id: Any) -> Any:
    return world.state["automations"].get(rule_id) or refuse(404)


add("automations-create-gone", "status", MAKE, "The deprecated route is gone: 410.",
    instead(lambda _call: refuse(410)), lambda w: make(w.ada).status)  # fmt: skip
add("automations-create-lost", "persistence", MAKE, "A rule is answered and not kept.",
    loses("automations"), lambda w: (make(w.ada).status, len(rules(w.ada))))  # fmt: skip
add("automations-create-paused", "states", MAKE, "A new rule is paused.",
    stores("automations", status="paused"),
    lambda w: rules(w.ada)[max(rules(w.ada))]["status"] if ok(make(w.ada)) else None)  # fmt: skip
add("automations-create-cooldown-lost", "persistence", MAKE, "The cooldown that was asked for is not kept.",
    unread("cooldown_seconds"),
    lambda w: (made := ok(make(w.ada, cooldown_seconds=300)),
               rules(w.ada)[made["rule_id"]]["cooldown_seconds"])[1])  # fmt: skip
add("automations-create-defaults", "field", MAKE, "A rule fires at most once an hour unless more is asked for.",
    before(lambda call: call.body.setdefault("max_per_hour", 1)),
    lambda w: ok(make(w.ada))["max_per_hour"])  # fmt: skip
add("automations-quota-open", "bounds", MAKE, "The quota of a plan is not kept.",
    swap(_rules, "quota", lambda inner, world, user_id: {**inner(world, user_id), "unlimited": True}),
    fill)  # fmt: skip
add("automations-quota-one-less", "bounds", MAKE, "The last rule of a quota is refused.",
    swap(_rules, "quota", lambda inner, world, user_id: (q := inner(world, user_id)) and {
        **q, "remaining": max((q["remaining"] or 0) - 1, 0)}), fill)  # fmt: skip
add("automations-quota-403", "status", MAKE, "A quota that is used up is 403.", refuses(429, 403), fill)
add("automations-quota-no-retry-after", "header", MAKE, "A quota that is used up comes without Retry-After.",
    reword(429, lambda problem: Problem(429, problem.detail)),
    lambda w: (fill(w), make(w.grace).headers.get("retry-after"))[1])  # fmt: skip
add("automations-quota-uncoded", "field", MAKE, "The refusal of a quota has no error_code.",
    reword(429, lambda problem: Problem(429, "Too many rules.", headers=problem.headers)),
    lambda w: (fill(w), type(make(w.grace).detail).__name__)[1])  # fmt: skip
add("automations-create-prompt-missing-500", "500", MAKE, "A rule without a prompt is a crash.",
    body("prompt", required=False), lambda w: w.ada.post(R, {}).status)  # fmt: skip
add("automations-create-same-id", "duplicates", MAKE, "Every new rule is answered with the same id.",
    put("id", 1), lambda w: len({ok(make(w.ada))["id"] for _ in range(2)}))  # fmt: skip
add("automations-list-active-only", "filters", LIST, "Paused rules are not listed.",
    after(lambda _call, rows: [row for row in rows if row["status"] == "active"]),
    lambda w: sorted(rules(w.ada)))  # fmt: skip
add("automations-list-everybodys", "isolation", LIST, "The rules of all people are listed.",
    store("automations", newest=lambda self, **_e: Store.newest(self)), lambda w: sorted(rules(w.ada)))  # fmt: skip
add("automations-list-id-text", "field", LIST, "rule_id is a text.",
    field("[].rule_id", str), lambda w: sorted(map(int.__instancecheck__, rules(w.ada))))  # fmt: skip
add("automations-list-status-error", "enum", LIST, "A rule in error is called failed.",
    field("[].status", lambda text: text.replace("error", "failed")),
    lambda w: sorted(one["status"] for one in rules(w.ada).values()))  # fmt: skip
add("automations-delete-kept", "delete", DELETE, "A deleted rule is still listed.",
    keeps("automations"), lambda w: (w.ada.delete(f"{R}/17").status, sorted(rules(w.ada))))  # fmt: skip
add("automations-delete-others", "isolation", DELETE, "Anybody deletes anybody's rule.",
    swap(_rules, "own", _anybodys), lambda w: (w.ada.delete(f"{R}/21").status, sorted(rules(w.margaret))))  # fmt: skip
add("automations-delete-last", "delete", DELETE, "The newest rule is deleted, whatever the path names.",
    before(lambda call: call.params.update(rule_id=max(
        one["rule_id"] for one in call.state["automations"].find(user_id=call.user_id)))),
    lambda w: (w.ada.delete(f"{R}/12").status, sorted(rules(w.ada))))  # fmt: skip
add("automations-pause-lost", "persistence", PAUSE, "A paused rule stays active.",
    loses("automations"), lambda w: act(w, 17, "pause"))  # fmt: skip
add("automations-pause-twice", "states", PAUSE, "A paused rule is paused again.",
    value(_rules, "MOVES", {"paused": ("paused", "active"), "active": ("paused",)}),
    lambda w: act(w, 12, "pause"))  # fmt: skip
add("automations-pause-others", "isolation", PAUSE, "Anybody pauses anybody's rule.",
    swap(_rules, "own", _anybodys), lambda w: w.ada.post(f"{R}/21/pause").status)  # fmt: skip
add("automations-resume-keeps-count", "effects", RESUME, "A resumed rule counts on.",
    store("automations", update=lambda self, key, /, **c: Store.update(
        self, key, **{n: v for n, v in c.items() if n != "trigger_count"})),
    lambda w: act(w, 12, "resume"))  # fmt: skip
add("automations-resume-active", "states", RESUME, "An active rule is resumed.",
    value(_rules, "MOVES", {"paused": ("active",), "active": ("active",)}), lambda w: act(w, 17, "resume"))  # fmt: skip
add("automations-resume-refused", "states", RESUME, "A paused rule cannot be resumed.",
    value(_rules, "MOVES", {}), lambda w: act(w, 12, "resume"))  # fmt: skip
add("automations-resume-status", "enum", RESUME, "The status after resuming is resumed.",
    put("status", "resumed"), lambda w: ok(w.ada.post(f"{R}/12/resume"))["status"])  # fmt: skip

# -- secrets ---------------------------------------------------------------------------------------------------------

S = "/v1/secrets"
SLIST, SREAD = "GET /v1/secrets/{ext_id}", "GET /v1/secrets/{ext_id}/{name}"
SPUT, SDELETE = "PUT /v1/secrets/{ext_id}/{name}", "DELETE /v1/secrets/{ext_id}/{name}"
META = "GET /v1/secrets/{ext_id}/{name}/meta"
TOKEN = "notes/sync_token"
PLAIN = "plain-text-of-a-secret"


def save(client: Client, name: str = TOKEN, text: str = PLAIN) -> Any:
    return client.put(f"{S}/{name}", {"value": text})


def app_reads(w: Witness, name: str = TOKEN, user_id: str = ADA, ext: str | None = None) -> Any:
    ext_id = ext or name.partition("/")[0]
    token = ok(w.post("/__mock__/extension-token", {"ext_id": ext_id, "user_id": user_id}))["access_token"]
    return w.bearer(token).get(f"{S}/{name}")


def meta(client: Client, name: str = TOKEN) -> Any:
    return client.get(f"{S}/{name}/meta")


def rotated(w: Witness) -> Any:
    return save(w.ada).status, app_reads(w).json, ok(meta(w.ada))["is_set"]


def _value_of(call: Call, name: str = "sync_token") -> str:
    held = call.state["secrets"].get(f"{call.user_id}:notes:{name}")
    return held["value"] if held else ""


add("secrets-list-values", "secrets", SLIST, "The list holds the values.",
    after(lambda call, rows: [{**row, "value": _value_of(call, row["name"])} for row in rows]),
    lambda w: sorted(ok(w.ada.get(f"{S}/notes"))[0]))  # fmt: skip
add("secrets-list-app-scope", "isolation", SLIST, "Secrets of the app itself are listed for everybody.",
    skips(_secrets, "sees", True), lambda w: names(ok(w.ada.get(f"{S}/crm-sync")), "name"))  # fmt: skip
add("secrets-list-set-only", "filters", SLIST, "Only secrets that are set are listed.",
    after(lambda _call, rows: [row for row in rows if row["is_set"]]),
    lambda w: len(ok(w.ada.get(f"{S}/crm-sync"))))  # fmt: skip
add("secrets-list-write-mode", "enum", SLIST, "write_mode is spelt app instead of extension.",
    field("[].write_mode", lambda text: text.replace("extension", "app")),
    lambda w: names(ok(w.ada.get(f"{S}/crm-sync")), "write_mode"))  # fmt: skip
add("secrets-list-set-by-others", "isolation", SLIST, "A secret that another person set counts as set.",
    put("[].is_set", True), lambda w: names(ok(w.ada.get(f"{S}/crm-sync")), "is_set"))  # fmt: skip
add("secrets-read-person", "secrets", SREAD, "A person reads the value of their secret.",
    before(lambda call: setattr(call, "caller", Caller("extension", call.user, None, {"ext_id": call.params["ext_id"]}))
           if call.caller.kind == "user" else None),
    lambda w: w.ada.get(f"{S}/{TOKEN}").status)  # fmt: skip
add("secrets-read-other-app", "isolation", SREAD, "An app reads the secrets of another app.",
    skips(_secrets, "admit"), lambda w: app_reads(w, ext="crm-sync").status)  # fmt: skip
add("secrets-read-unset-200", "status", SREAD, "A declared secret without a value is an empty value.",
    around(lambda call, inner: _or(inner, call, "SECRET_NOT_SET", {"value": ""})),
    lambda w: app_reads(w, user_id=KATHERINE).status)  # fmt: skip
add("secrets-read-codes", "field", SREAD, "An unset secret is refused without an error_code.",
    reword(404, lambda problem: Problem(404, "Not found.")),
    lambda w: type(app_reads(w, user_id=KATHERINE).detail).__name__)  # fmt: skip
add("secrets-read-unaudited", "effects", SREAD, "Reading a value leaves no audit entry.",
    skips(_secrets, "note"),
    lambda w: (query := "/v1/audit?action=secret.read", start := ok(w.grace.get(query))["total"], app_reads(w),
               ok(w.grace.get(query))["total"] - start)[3])  # fmt: skip
add("secrets-put-echo", "secrets", SPUT, "Storing a value answers it.",
    after(lambda call, shown: {**shown, "value": call.body["value"]}), lambda w: sorted(ok(save(w.ada))))  # fmt: skip
add("secrets-put-lost", "persistence", SPUT, "A value is acknowledged and not stored.", loses("secrets"), rotated)
add("secrets-put-trimmed", "persistence", SPUT, "A value is stored without its last character.",
    stores("secrets", value=lambda text: text[:-1]), rotated)  # fmt: skip
add("secrets-put-undeclared", "validation", SPUT, "A secret that the manifest does not declare is stored.",
    swap(_secrets, "find", lambda inner, call: _undeclared(inner, call)),
    lambda w: save(w.ada, "notes/other").status)  # fmt: skip
add("secrets-put-write-mode", "states", SPUT, "A person writes a secret that only the app may write.",
    skips(_secrets, "require_writer"), lambda w: save(w.ada, "crm-sync/crm_refresh_token").status)  # fmt: skip
add("secrets-put-too-large", "bounds", SPUT, "A value above its limit is stored.",
    swap(_secrets, "find", lambda inner, call: (f := inner(call)) and (f[0], {**f[1], "max_bytes": 99_999})),
    lambda w: save(w.ada, text="x" * 201).status)  # fmt: skip
add("secrets-put-limit-refused", "bounds", SPUT, "A value of exactly its limit is refused.",
    swap(_secrets, "find", lambda inner, call: (f := inner(call)) and (
        f[0], {**f[1], "max_bytes": f[1]["max_bytes"] - 1})),
    lambda w: save(w.ada, text="x" * 200).status)  # fmt: skip
add("secrets-put-empty", "validation", SPUT, "An empty value is stored.",
    body("value", minLength=None), lambda w: save(w.ada, text="").status)  # fmt: skip
add("secrets-put-shared", "isolation", SPUT, "One person's value is everybody's.",
    swap(_secrets, "key", lambda _inner, _call, app, declared: f"{MARGARET}:{app['app_id']}:{declared['name']}"),
    lambda w: (save(w.ada).status, ok(meta(w.margaret))["is_set"]))  # fmt: skip
add("secrets-put-audit-value", "secrets", SPUT, "The audit entry of a write holds the value.",
    swap(_secrets, "fingerprint", lambda inner, text: {**inner(text), "value": text}),
    lambda w: (save(w.ada), PLAIN.encode() in w.grace.get("/v1/audit?target_type=secret").content)[1])  # fmt: skip
add("secrets-put-refusal-echo", "secrets", SPUT, "A value that is refused stands in the refusal.",
    around(lambda call, inner: _echoed(call, inner)),
    lambda w: b"xxxxxxxx" in save(w.ada, text="x" * 201).content)  # fmt: skip
add("secrets-delete-kept", "delete", SDELETE, "A deleted value is still there.",
    keeps("secrets"), lambda w: (w.ada.delete(f"{S}/{TOKEN}").json, ok(meta(w.ada))["is_set"]))  # fmt: skip
add("secrets-delete-always-set", "idempotency", SDELETE, "A second deletion says that there was a value.",
    put("was_set", True), lambda w: [ok(w.ada.delete(f"{S}/{TOKEN}"))["was_set"] for _ in range(2)])  # fmt: skip
add("secrets-delete-unset-409", "status", SDELETE, "Deleting a value that is not set is refused.",
    after(lambda _call, shown: shown if shown["was_set"] else refuse(409)),
    lambda w: [w.ada.delete(f"{S}/{TOKEN}").status for _ in range(2)])  # fmt: skip
add("secrets-meta-value", "secrets", META, "The state of a secret holds its value.",
    after(lambda call, shown: {**shown, "value": _value_of(call)}), lambda w: sorted(ok(meta(w.ada))))  # fmt: skip
add("secrets-meta-stamp", "timestamps", META, "last_accessed_at is a text.",
    put("last_accessed_at", "2026-06-21T10:00:00Z"), lambda w: ok(meta(w.ada))["last_accessed_at"])  # fmt: skip
add("secrets-meta-never-set", "persistence", META, "A secret never counts as set.",
    put("is_set", False), lambda w: ok(meta(w.ada))["is_set"])  # fmt: skip
add("secrets-meta-audited", "effects", META, "Asking for the state leaves an audit entry.",
    after(lambda call, shown: (_trail.audit(call, "secret.read", "secret", "notes/sync_token"), shown)[1]),
    lambda w: (query := "/v1/audit?action=secret.read", start := ok(w.grace.get(query))["total"], meta(w.ada),
               ok(w.grace.get(query))["total"] - start)[3])  # fmt: skip
add("secrets-meta-anybody", "auth", META, "Without a credential the state of a user's secret is shown.",
    forgives(person(ADA)), lambda w: w.get(f"{S}/{TOKEN}/meta").status)  # fmt: skip


def _or(inner: Any, call: Call, code: str, result: Any) -> Any:
    try:
        return inner(call)
    except Problem as problem:
        if isinstance(problem.detail, dict) and problem.detail.get("error_code") == code:
            return result
        raise


def _undeclared(inner: Any, call: Call) -> Any:
    try:
        return inner(call)
    except Problem:
        declared = {"name": call.params["name"], "scope": "user", "write_mode": "both", "max_bytes": 4096}
        return call.state["apps"].get(call.params["ext_id"]), declared


def _echoed(call: Call, inner: Any) -> Any:
    try:
        return inner(call)
    except Problem as problem:
        raise Problem(problem.status, f"{problem.detail} Got {call.body['value']}.") from None


HEALTHZ = "GET /healthz"
add("system-health-status", "enum", HEALTHZ, "The probe says healthy instead of ok.",
    put("status", "healthy"), lambda w: w.get("/healthz").json)  # fmt: skip
add("system-health-503", "status", HEALTHZ, "The probe answers 503 while everything works.",
    instead(lambda _call: refuse(503)), lambda w: w.get("/healthz").status)  # fmt: skip
add("system-health-text", "content-type", HEALTHZ, "The probe is sent as text/plain.",
    media("text/plain"), lambda w: w.get("/healthz").headers["content-type"])  # fmt: skip
add("system-health-version", "field", HEALTHZ, "The probe tells the version of the server.",
    extra("version", "1.2.3"), lambda w: sorted(w.get("/healthz").json))  # fmt: skip
add("system-health-post", "methods", HEALTHZ, "The probe takes POST.",
    accepts("POST", lambda _call: {"status": "ok"}), lambda w: w.post("/healthz", {}).status)  # fmt: skip
add("system-health-allow", "header", HEALTHZ, "A method that the probe lacks is refused without Allow.",
    accepts("PUT", lambda _call: refuse(405)), lambda w: w.put("/healthz", {}).headers.get("allow"))  # fmt: skip
