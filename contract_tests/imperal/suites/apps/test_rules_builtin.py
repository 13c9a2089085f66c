"""Rules of the platform's own apps: each function does what the API does, under the platform's names."""

from __future__ import annotations

import base64
import csv
import hashlib
import hmac
import io
import json
from typing import Any

from specdouble.verify.kit import Check, Reply, Unmet, rule

from ...people import Person
from ...session import Session
from ...shared import apps, registry
from ...shared.calling import CALL, call
from ...shared.money import card, subscriber
from ...shared.registry import SETTINGS
from ..registry._registry import Desk

CARDS, DEFAULT = "GET /v1/billing/payment-methods", "PUT /v1/billing/payment-methods/{pm_id}/default"
TOPUP, HISTORY = "GET /v1/billing/auto-topup", "GET /v1/billing/wallet/history"
REGISTER, PROFILE = "POST /v1/developer/register", "GET /v1/developer/profile"
CALLBACK, ROWS = "GET /v1/ext/{app_id}/oauth/{provider}/callback", "GET /v1/users/{user_id}/extensions"


def done(session: Session, check: Check, person: Person, app_id: str, function: str, /, **params: Any) -> Any:
    """Call a function of a platform app that has to succeed, and return its data."""
    reply = check.ok(call(session, person, function, app_id, **params))
    check.must(reply.json.get("status") == "success", f"{app_id}/{function} fails", reply, expected="success")
    return reply.json.get("data")


def first(check: Check, data: Any) -> dict[str, Any]:
    """Return the first item of what a function answered."""
    items = data.get("items") if isinstance(data, dict) else None
    found = items[0] if isinstance(items, list) and items else None
    check.must(isinstance(found, dict), "the function answers no items", op=CALL, got=data)
    return dict(found or {})


# -- billing -------------------------------------------------------------------------------------------------------


@rule("LIFE-410", CALL, CARDS, DEFAULT)
def test_the_billing_app_changes_the_default_card(session: Session, check: Check) -> None:
    """`billing/set_default_payment_method` makes that card the default, and `remove_payment_method` removes one."""
    person = session.users.new("payer")
    one, other = card(session, person), card(session, person, "pm_card_mastercard")
    done(session, check, person, "billing", "set_default_payment_method", pm_id=other)
    held = session.send(CARDS, person)
    chosen = [row["id"] for row in held.need().json if row["is_default"]]
    check.equal(chosen, [other], "the app says success, and another card is the default", held)
    listed = done(session, check, person, "billing", "list_payment_methods")
    first(check, listed)
    check.equal(
        sorted(row["id"] for row in listed["items"]), sorted([one, other]), "the app lists other cards", op=CALL
    )
    done(session, check, person, "billing", "remove_payment_method", pm_id=one)
    left = [row["id"] for row in session.send(CARDS, person).need().json]
    check.equal(left, [other], "the app says success, and the card is still there", op=CALL)


@rule("LIFE-411", CALL, TOPUP)
def test_the_billing_app_switches_the_automatic_topup(session: Session, check: Check) -> None:
    """`billing/set_auto_topup` switches the automatic top-up, and `get_auto_topup` shows what the API shows."""
    person = session.users.new("payer")
    done(session, check, person, "billing", "set_auto_topup", enabled=True, threshold_pct=25, recharge_tokens=20_000)
    shown = session.send(TOPUP, person)
    got = {name: shown[name] for name in ("enabled", "threshold_pct", "recharge_tokens")}
    wanted = {"enabled": True, "threshold_pct": 25, "recharge_tokens": 20_000}
    check.equal(got, wanted, "the app says success, and the settings are others", shown)
    told = done(session, check, person, "billing", "get_auto_topup")
    check.must(isinstance(told, dict), "the function answers no settings", op=CALL, got=told)
    check.equal({name: told.get(name) for name in wanted}, wanted, "the app shows other settings", op=CALL)
    done(session, check, person, "billing", "set_auto_topup", enabled=False)
    check.equal(session.send(TOPUP, person)["enabled"], False, "the app says success, and it is still on", op=CALL)


@rule("LIFE-412", CALL, HISTORY)
def test_the_billing_app_exports_the_ledger(session: Session, check: Check) -> None:
    """`billing/export_csv` gives CSV whose rows are the entries of the wallet's history."""
    person = subscriber(session)
    data = done(session, check, person, "billing", "export_csv")
    text = (
        next((one for one in data.values() if isinstance(one, str) and "\n" in one), "")
        if isinstance(data, dict)
        else ""
    )
    rows = list(csv.DictReader(io.StringIO(text)))
    history = session.send(HISTORY, person, query={"limit": 200})
    amounts = sorted(one["amount"] for one in history.need().json)
    column = next((name for name in (rows[0] if rows else ()) if "amount" in name.lower()), "")
    found = sorted(int(float(one[column] or 0)) for one in rows) if column else []
    check.equal(found, amounts, "the export has other amounts than the wallet's history", history)


# -- files ---------------------------------------------------------------------------------------------------------


@rule("LIFE-413", CALL)
def test_the_file_reader_reads_what_it_was_given(session: Session, check: Check) -> None:
    """`file-reader/receive_files` takes files as base64; `read_files` gives their owner the text back, in windows."""
    person, other = session.users.new("reader"), session.users.new("somebody else")
    text = f"{session.users.fresh('file')} basil, mint and thyme"
    sent = {"name": "herbs.txt", "mime_type": "text/plain", "size": len(text),
            "data_base64": base64.b64encode(text.encode()).decode()}  # fmt: skip
    received = done(session, check, person, "file-reader", "receive_files", files=[sent])
    file_id = first(check, received).get("file_id")
    whole = first(check, done(session, check, person, "file-reader", "read_files", file_ids=[file_id]))
    check.equal(whole.get("body"), text, "another text is read than was given", op=CALL)
    part = first(
        check, done(session, check, person, "file-reader", "read_files", file_ids=[file_id], offset=3, limit=5)
    )
    window = (part.get("body"), part.get("returned_chars"), part.get("total_chars"), part.get("has_more"))
    check.equal(window, (text[3:8], 5, len(text), True), "a window is not that part of the text", op=CALL)
    foreign = call(session, other, "read_files", "file-reader", file_ids=[file_id])
    check.that("basil" not in foreign.text, "another person reads the file", foreign, rule="I01")


# -- developers ----------------------------------------------------------------------------------------------------


@rule("S16", REGISTER, PROFILE)
def test_a_portal_enrols_whom_it_names(session: Session, check: Check) -> None:
    """`POST /v1/developer/register` with the bare service token enrols the person in `user_id`, and nobody without."""
    person, other = session.users.new("newcomer"), session.users.new("somebody else")
    nickname = session.users.fresh("nick").lower().replace("_", "-")[:30]
    body = {"user_id": person.imperal_id, "tier": "explorer", "nickname": nickname}
    check.ok(session.send(REGISTER, session.users.service, body=body), "a portal cannot enrol a developer")
    profile = check.ok(session.send(PROFILE, person))
    check.equal(
        (profile["tier"], profile["nickname"]), ("explorer", nickname), "another developer was enrolled", profile
    )
    nobody = session.send(REGISTER, session.users.service, body={"tier": "explorer", "nickname": f"{nickname[:28]}-2"})
    check.status(nobody, 401, 403, 422, message="a service that names nobody enrols somebody")
    gains = session.send(REGISTER, other, body={**body, "nickname": f"{nickname[:28]}-3"})
    mine = session.send(PROFILE, other)
    check.equal(gains.ok, mine.ok, "a person who names another enrols that one", gains)


# -- oauth ---------------------------------------------------------------------------------------------------------


def built(secret: str, person: Person, app_id: str) -> str:
    """Build the state that the SDK builds (imperal_sdk.oauth_state)."""
    claims = {"app_id": app_id, "user_id": person.imperal_id, "tenant_id": person.tenant_id, "provider": apps.PROVIDER}
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    digest = hmac.new(secret.encode(), payload.encode(), hashlib.sha256).digest()
    return f"{payload}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


@rule("W06", CALLBACK)
def test_a_state_of_the_sdk_is_taken_as_often_as_it_comes(session: Session, check: Check) -> None:
    """A state that an app signed with the shared secret has no end: the callback takes it again, a forged one never."""
    session.control.need()
    secret = session.control.get("credentials").get("oauth_state_secret")
    if not secret:
        raise Unmet("the secret that kernel and gateway share for OAuth states is not known")
    app_id, person = apps.published_app(session), session.users.new()

    def back(state: str) -> Reply:
        query = {"code": "fake-code", "state": state}
        return session.send(CALLBACK, params={"app_id": app_id, "provider": apps.PROVIDER}, query=query)

    good = built(secret, person, app_id)
    for _ in range(2):
        check.status(back(good), 200, message="a state of the SDK is refused")
    check.status(back(built(f"{secret}x", person, app_id)), 400, message="a state under another secret is taken")
    check.status(back(built(secret, person, "another-app")), 400, message="a state for another app is taken")
    signature = good.partition(".")[2]
    victim = built(secret, session.users.new(), app_id).partition(".")[0]
    check.status(back(f"{victim}.{signature}"), 400, message="a state whose person was exchanged is taken")


# -- rows that portals read ----------------------------------------------------------------------------------------


@rule("LIFE-414", ROWS)
def test_rows_of_apps_say_whether_they_can_be_used(session: Session, check: Check) -> None:
    """A row of a person's apps has `has_access` and `enabled`; an app that was disabled is `enabled: false`."""
    person, who = session.users.new(), session.users.deputy
    app_id = apps.published_app(session)
    apps.install(session, person, app_id)

    def row() -> dict[str, Any]:
        reply = check.ok(session.send(ROWS, who, params={"user_id": person.imperal_id}))
        found = next((one for one in reply["extensions"] if one["app_id"] == app_id), None)
        check.must(found is not None, "an installed app is not among a person's apps", reply)
        return dict(found or {})

    def flags() -> tuple[Any, ...]:
        shown = row()
        return shown.get("has_access"), shown.get("enabled"), shown["is_disabled"]

    check.equal(flags(), (True, True, False), "an installed app is shown as another", op=ROWS)
    session.send("POST /v1/me/extensions/disable", person, body={"app_id": app_id}).need()
    check.equal(flags(), (True, False, True), "a disabled app is shown as enabled", op=ROWS)


@rule("LIFE-415", SETTINGS, registry.SAVE)
def test_settings_show_what_is_known_of_the_app(session: Session, check: Check) -> None:
    """Settings show the app's row in `general`, and its tools and the sections of its skeleton as they were pushed."""
    desk, app_id = Desk(session), registry.new_app(session)
    sections = [{"name": "inbox", "ttl": 120, "alert_on_change": True}, {"name": "drafts"}]
    pushed = {"tools": [{"name": "list_mails", "domains": ["mail"]}], "skeleton_sections": sections, "version": "2.1.0"}
    check.ok(desk.ask(registry.PUSH, app_id, body=pushed))
    row, shown = check.ok(desk.ask(registry.APP, app_id)).json, check.ok(desk.ask(SETTINGS, app_id))
    for name in ("app_id", "display_name", "version", "namespace", "created_at", "updated_at"):
        check.equal(
            shown["general"].get(name), row[name], f"general shows another {name} than the app has", shown, about=name
        )
    held = {str(one.get("section_name")): one for one in shown["skeleton"].get("sections") or ()}
    same = check.equal(sorted(held), ["drafts", "inbox"], "the skeleton has other sections than were pushed", shown)
    check.must(same, "the sections that were pushed are not there", shown)
    inbox = {name: held["inbox"].get(name) for name in ("ttl", "ttl_override", "alert_on_change")}
    check.equal(
        inbox, {"ttl": 120, "ttl_override": None, "alert_on_change": True}, "a section is shown otherwise", shown
    )
    check.equal([one.get("name") for one in shown["tools"]], ["list_mails"], "settings show other tools", shown)
    override = {"skeleton": {"sections": [{"section_name": "inbox", "ttl_override": 30}]}}
    check.ok(desk.ask(registry.SAVE, app_id, body=override))
    check.ok(desk.ask(registry.PUSH, app_id, body={**pushed, "skeleton_sections": sections[:1]}))
    again = check.ok(desk.ask(SETTINGS, app_id))
    kept: dict[str, Any] = next(iter(again["skeleton"].get("sections") or ({},)))
    check.equal((kept.get("ttl"), kept.get("ttl_override")), (120, 30), "an override is lost with the next push", again)
