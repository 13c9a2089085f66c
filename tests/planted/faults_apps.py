"""Faults of the platform's own apps, of OAuth states, and of what portals read."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

import orjson

from specdouble.mock.pipeline.call import Call
from specdouble.mock.pipeline.problems import Problem
from specdouble.packs.imperal.mockserver.auth_gateway.apps import _oauth
from specdouble.packs.imperal.mockserver.auth_gateway.money import _auto_topup, _cards
from specdouble.packs.imperal.mockserver.auth_gateway.work import _rules
from specdouble.packs.imperal.mockserver.registry import _settings
from tests.planted.fault import gateway, registry
from tests.planted.makers import after, around, swap
from tests.planted.witness import ADA, Witness, ok

add = gateway.add
CALL, MINE = "POST /v1/extensions/{app_id}/call", "GET /v1/me/extensions"
ROWS, REGISTER = "GET /v1/users/{user_id}/extensions", "POST /v1/developer/register"
CALLBACK = "GET /v1/ext/{app_id}/oauth/{provider}/callback"
SETTINGS, SAVE = "GET /v1/apps/{app_id}/settings", "PUT /v1/apps/{app_id}/settings"


def call(w: Witness, app_id: str, function: str, **params: Any) -> Any:
    body = {"user_id": ADA, "function": function, "params": params}
    return ok(w.ada.post(f"/v1/extensions/{app_id}/call", body))


def rows(w: Witness) -> Any:
    return ok(w.grace.get(f"/v1/users/{ADA}/extensions"))["extensions"]


def asked(wanted: str, change: Any) -> Any:
    """Change what one function answers."""

    def changed(made: Call, result: Any) -> Any:
        if made.body["function"] == wanted and result["status"] == "success":
            return {**result, "data": change(result["data"])}
        return result

    return after(changed)


add("apps-file-reader-missing", "effects", MINE, "A fresh account lacks the file reader.",
    after(lambda _call, rows: [one for one in rows if one["app_id"] != "file-reader"]),
    lambda w: "file-reader" in [one["app_id"] for one in ok(w.ada.get("/v1/me/extensions"))])  # fmt: skip
add("apps-own-without-functions", "field", MINE, "The platform's own apps show no functions.",
    after(lambda _call, rows: [{**one, "functions": [] if one["system"] else one["functions"]} for one in rows]),
    lambda w: sorted(one["app_id"] for one in ok(w.ada.get("/v1/me/extensions")) if one["functions"]))  # fmt: skip
add("apps-default-card-stays", "persistence", CALL, "The billing app answers success, and the default card stays.",
    swap(_cards, "make_default", lambda _inner, *_given: None),
    lambda w: (call(w, "billing", "set_default_payment_method", pm_id="pm_mc5454"),
               [one["is_default"] for one in ok(w.ada.get("/v1/billing/payment-methods"))])[1])  # fmt: skip
add("apps-auto-topup-stays", "persistence", CALL, "The billing app answers success, and the top-up stays as it was.",
    swap(_auto_topup, "save", lambda _inner, *_given: None),
    lambda w: (call(w, "billing", "set_auto_topup", enabled=True, threshold_pct=33),
               ok(w.ada.get("/v1/billing/auto-topup"))["threshold_pct"])[1])  # fmt: skip
add("apps-export-short", "effects", CALL, "The export leaves out the oldest entry.",
    asked("export_csv", lambda data: {**data, "csv": data["csv"].rstrip("\n").rpartition("\n")[0] + "\n"}),
    lambda w: call(w, "billing", "export_csv")["data"]["csv"].count("\n"))  # fmt: skip
add("apps-files-empty", "persistence", CALL, "A file that was received has no text.",
    asked("read_files", lambda data: {**data, "items": [{**one, "body": ""} for one in data["items"]]}),
    lambda w: (call(w, "file-reader", "receive_files", files=[{"name": "a", "content": "basil"}]),
               [one["body"] for one in call(w, "file-reader", "read_files")["data"]["items"]])[1])  # fmt: skip
add("apps-rule-unchanged", "persistence", CALL, "The automations app answers success, and the rule is as it was.",
    swap(_rules, "change", lambda _inner, _world, rule, _given: rule),
    lambda w: (call(w, "automations", "update_automation", rule_id=17, cooldown_seconds=99),
               [one["cooldown_seconds"] for one in ok(w.ada.get("/v1/automations"))])[1])  # fmt: skip
add("apps-access-always-enabled", "field", ROWS, "A disabled app is shown as enabled.",
    after(lambda _call, shown: {**shown, "extensions": [{**one, "enabled": True} for one in shown["extensions"]]}),
    lambda w: (w.ada.post("/v1/me/extensions/disable", {"app_id": "doc-shelf"}),
               [one["enabled"] for one in rows(w)])[1])  # fmt: skip


def refuse_the_portal(made: Call, inner: Any) -> Any:
    if made.caller.service and made.headers.get("x-acting-user") is None:
        raise Problem(401, "Name the user in X-Acting-User.")
    return inner(made)


add("register-portal-refused", "service-token", REGISTER, "A portal with the bare service token cannot enrol anybody.",
    around(refuse_the_portal),
    lambda w: w.service().post("/v1/developer/register", {"user_id": ADA, "nickname": "ada-dev"}).status)  # fmt: skip


def sdk_state(app_id: str, secret: str = "dev-oauth-state-secret") -> str:
    claims = {"app_id": app_id, "user_id": ADA, "tenant_id": "default", "provider": "google"}
    payload = base64.urlsafe_b64encode(orjson.dumps(claims)).rstrip(b"=")
    signature = base64.urlsafe_b64encode(hmac.new(secret.encode(), payload, hashlib.sha256).digest()).rstrip(b"=")
    return f"{payload.decode()}.{signature.decode()}"


def connect(w: Witness, state: str) -> int:
    query = {"state": state, "code": "any"}
    return w.get("/v1/ext/doc-shelf/oauth/google/callback", query_string=query).status


add("oauth-sdk-state-refused", "states", CALLBACK, "A state that the SDK has signed is refused.",
    swap(_oauth, "_built_state", lambda _inner, *_given: None),
    lambda w: connect(w, sdk_state("doc-shelf")))  # fmt: skip
add("oauth-sdk-state-any-app", "auth", CALLBACK, "A state that the SDK has signed for another app is taken.",
    swap(_oauth, "_require_for", lambda _inner, *_given: None), lambda w: connect(w, sdk_state("notes")))  # fmt: skip

add = registry.add


def sections(w: Witness) -> Any:
    return ok(w.reg.get("/v1/apps/notes/settings"))["skeleton"]["sections"]


add("settings-sections-missing", "effects", SETTINGS, "Settings show no sections of the skeleton.",
    after(lambda _call, shown: {**shown, "skeleton": {**shown["skeleton"], "sections": []}}), sections)  # fmt: skip
add("settings-override-lost", "persistence", SAVE, "The interval of a section is answered and not stored.",
    swap(_settings, "_merged_sections", lambda _inner, *_given: []),
    lambda w: (w.reg.put("/v1/apps/notes/settings", {"skeleton": {"sections": [
        {"section_name": "recent_notes", "ttl_override": 30}]}}), sections(w))[1])  # fmt: skip
add("settings-another-version", "field", SETTINGS, "Settings show another version than the app has.",
    after(lambda _call, shown: {**shown, "general": {**shown["general"], "version": "0.0.1"}}),
    lambda w: ok(w.reg.get("/v1/apps/notes/settings"))["general"]["version"])  # fmt: skip
