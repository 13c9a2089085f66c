"""Rules of the guarded executor: what waits for a word, what runs at once, and what only the panel may release."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.verify.kit import Check, Reply, Unmet, rule

from ...people import Person
from ...session import Session
from ...shared.apps import DESTRUCTIVE, PRICED, READ, WRITE, install, shop
from ...shared.calling import (
    ASKED,
    BATCH,
    CALL,
    OPERATE,
    batch,
    call,
    customer,
    ledger,
    note,
    notes,
    operate,
    with_role,
)
from ...shared.money import balance, books, card, history, small_plan
from ..work._confirmations import CANCEL, CONFIRM, ONE, PENDING, pending

Doc = dict[str, Any]
SETTINGS = "PATCH /v1/me/settings"


def expect_held(session: Session, check: Check, person: Person, reply: Reply, what: str, tool: str) -> None:
    """Judge that a call waits: it says so, it is on the list, and nothing has run."""
    check.ok(reply, f"{what} was refused")
    if not check.equal(reply.json.get("kind"), "confirmation", f"{what} was not held for a confirmation", reply):
        return
    held = reply.json.get("confirmation_id")
    check.that(isinstance(held, str) and held, f"{what}: the response names no confirmation_id", reply)
    check.equal(pending(session, person), [held], f"{what}: it is not on the list of pending ones", op=PENDING)
    ran = [one["tool_name"] for one in ledger(session, person) if one["tool_name"] == tool]
    check.equal(ran, [], f"{what} left an action record although it waits", reply, rule="C05")


def expect_done(session: Session, check: Check, person: Person, reply: Reply, what: str, tool: str) -> None:
    """Judge that a call ran at once: it says so, it holds nothing back, and one record is there."""
    check.ok(reply, f"{what} was refused")
    check.equal(reply.json.get("kind"), "tool_result", f"{what} did not run at once", reply)
    check.equal(pending(session, person), [], f"{what} ran, and yet something waits", op=PENDING)
    ran = [one["status"] for one in ledger(session, person) if one["tool_name"] == tool]
    check.equal(ran, ["success"], f"{what} did not leave one record of a success", reply, rule="C05")


# -- the word of the user ------------------------------------------------------------------------------------------


@rule("C07", OPERATE, PENDING, CALL)
@pytest.mark.parametrize("more", [{}, {"confirmation_bypassed": False}], ids=["left-out", "false"])
def test_a_destructive_function_waits(more: Doc, session: Session, check: Check) -> None:
    """A destructive function waits for a confirmation when its user wants to be asked; until then nothing has run."""
    person = customer(session)
    held = note(session, person, "kept")
    reply = operate(session, person, DESTRUCTIVE, {"note_id": held}, **more)
    expect_held(session, check, person, reply, "a destructive function", DESTRUCTIVE)
    check.that(held in notes(session, person), "a destructive function ran before its confirmation", reply)
    check.that(reply.json.get("content") is None, "a held call has content already", reply)


@rule("C07", OPERATE, CALL)
def test_consent_runs_a_destructive_function_at_once(session: Session, check: Check) -> None:
    """With confirmation_bypassed a destructive function runs at once, with its data as the content."""
    person = customer(session)
    gone, kept = note(session, person, "gone"), note(session, person, "kept")
    reply = operate(session, person, DESTRUCTIVE, {"note_id": gone}, confirmation_bypassed=True)
    expect_done(session, check, person, reply, "a destructive function with consent", DESTRUCTIVE)
    content = reply.json.get("content")
    shown = content.get("note_id") if isinstance(content, dict) else None
    check.equal(shown, gone, "the content is not the function's data", reply)
    check.equal(list(notes(session, person)), [kept], "another note was deleted than was named", reply)


ON = {**ASKED, "confirmation_actions": {"destructive": True, "write": True}}
OFF = {**ASKED, "confirmation_enabled": False}
NEITHER = {**ASKED, "confirmation_actions": {"destructive": False, "write": False}}
WISHES: dict[str, tuple[Doc, Doc, str, bool]] = {
    # settings, words about functions of the app, the function, whether it waits
    "a write that nobody asks about": (ASKED, {}, WRITE, False),
    "a write of somebody who wants to be asked": (ON, {}, WRITE, True),
    "a destructive function of somebody who wants to be asked about all": (ON, {}, DESTRUCTIVE, True),
    "a read": (ON, {}, READ, False),
    "a destructive function with confirmations off": (OFF, {}, DESTRUCTIVE, False),
    "a destructive function that the user's actions leave out": (NEITHER, {}, DESTRUCTIVE, False),
    "a destructive function that its user lets through": (ASKED, {DESTRUCTIVE: False}, DESTRUCTIVE, False),
    "a write that its user wants to hold": (ASKED, {WRITE: True}, WRITE, True),
    "a write beside one that its user wants to hold": (ASKED, {DESTRUCTIVE: True}, WRITE, False),
}


@rule("C07", OPERATE, SETTINGS)
@pytest.mark.parametrize("what", WISHES)
def test_the_settings_of_the_user_decide(what: str, session: Session, check: Check) -> None:
    """A user's settings say what waits: whether at all, which kinds of action, and words about single functions."""
    settings, words, function, waits = WISHES[what]
    person, app_id = customer(session), shop(session).app_id
    params = {DESTRUCTIVE: {"note_id": note(session, person)} if function == DESTRUCTIVE else {}}.get(
        function, {} if function == READ else {"title": "x"}
    )
    before = {one["trace_id"] for one in ledger(session, person)}
    session.send(SETTINGS, person, body={**settings, "confirmation_overrides": {app_id: words}}).need()
    reply = operate(session, person, function, params)
    check.ok(reply, f"{what} was refused")
    expected = "confirmation" if waits else "tool_result"
    check.equal(reply.json.get("kind"), expected, f"{what} is answered with {reply.json.get('kind')}", reply)
    new = [one["tool_name"] for one in ledger(session, person) if one["trace_id"] not in before]
    check.equal(new, [] if waits else [function], f"{what} left other records", reply, rule="C05")
    check.equal(len(pending(session, person)), int(waits), f"{what} left another number of pending ones", op=PENDING)


@rule("C07", OPERATE)
def test_words_about_another_app_mean_nothing(session: Session, check: Check) -> None:
    """A word about a function of one app does not let a function of that name of another app through."""
    person = customer(session)
    held = note(session, person)
    words = {"confirmation_overrides": {session.users.fresh("other"): {DESTRUCTIVE: False}}}
    session.send(SETTINGS, person, body=words).need()
    reply = operate(session, person, DESTRUCTIVE, {"note_id": held})
    expect_held(session, check, person, reply, "a function that a word about another app names", DESTRUCTIVE)


POLICIES = [
    ("enforced", False, True),
    ("enforced", None, True),
    ("default_on", None, True),
    ("default_on", False, False),
    ("default_off", None, False),
    ("default_off", True, True),
    ("disabled", True, False),
]


@rule("C07", OPERATE, "POST /v1/roles")
@pytest.mark.parametrize(("policy", "own", "waits"), POLICIES, ids=lambda value: str(value).lower())
def test_the_policy_of_the_role_decides_first(
    policy: str, own: bool | None, waits: bool, session: Session, check: Check
) -> None:
    """A role's confirmation policy decides first: enforced always asks, disabled never, the others by default.

    Under default_on and default_off a user's own setting wins.
    """
    person = with_role(session, confirmation_policy=policy)
    install(session, person, shop(session).app_id)
    held = note(session, person)
    if own is not None:
        session.send(SETTINGS, person, body={"confirmation_enabled": own}).need()
    what = f"a destructive function under the policy {policy}"
    reply = operate(session, person, DESTRUCTIVE, {"note_id": held})
    (expect_held if waits else expect_done)(session, check, person, reply, what, DESTRUCTIVE)


@rule("LIFE-260", OPERATE)
def test_a_failure_stands_in_the_content(session: Session, check: Check) -> None:
    """A function that fails in the guarded executor is a tool_result whose content has the error."""
    person = customer(session)
    for function, params in (("no_such_function", {}), (WRITE, {"count": 1}), (DESTRUCTIVE, {"note_id": "nothing"})):
        reply = check.ok(operate(session, person, function, params, confirmation_bypassed=True))
        check.equal(reply.status, 200, f"a failing {function} is answered with {reply.status}", reply, rule="C02")
        check.equal(reply.json.get("kind"), "tool_result", f"a failing {function} is no tool_result", reply)
        content = reply.json.get("content")
        told = isinstance(content, dict) and isinstance(content.get("error"), str) and content["error"]
        check.that(told, f"a failing {function} does not say so in its content", reply)
    check.equal(len(ledger(session, person)), 3, "failures of operate left another number of records", rule="C05")


@rule("LIFE-260", OPERATE)
def test_a_success_stands_in_the_content(session: Session, check: Check) -> None:
    """What a function answers in the guarded executor is the content: a write's data, and a read's list of them."""
    person = customer(session)
    reply = check.ok(operate(session, person, WRITE, {"title": "from operate", "count": 4}, confirmation_bypassed=True))
    content = reply.json.get("content") or {}
    shown = content.get("title"), content.get("count")
    check.equal(shown, ("from operate", 4), "the content lacks what was written", reply)
    listed = check.ok(operate(session, person, READ, {}))
    items = (listed.json.get("content") or {}).get("items", [])
    check.equal([one.get("title") for one in items], ["from operate"], "the content lacks what is there", listed)


@rule("LIFE-261", OPERATE)
def test_a_held_call_costs_nothing_yet(session: Session, check: Check) -> None:
    """A priced function that waits for its confirmation has taken nothing from the wallet."""
    person = customer(session)
    session.send(SETTINGS, person, body=ON).need()
    funds, entries = balance(session, person), history(session, person)
    reply = operate(session, person, PRICED, {"title": "later"})
    expect_held(session, check, person, reply, "a priced write", PRICED)
    check.equal(balance(session, person), funds, "a call that waits has been paid already", reply)
    check.equal(history(session, person), entries, "a call that waits is in the ledger already", reply)


# -- money, and the panel ------------------------------------------------------------------------------------------


MONEY = (
    "topup", "buy_tokens", "change_plan", "upgrade_plan", "downgrade_plan", "cancel_subscription",
    "resume_subscription", "renew_subscription",
)  # fmt: skip


def money_functions(session: Session, person: Person) -> list[str]:
    """Return the functions of the billing app that move money, by the kernel's own list, which its clients mirror.

    Raises:
        Unmet: there are none.

    """
    apps = session.send("GET /v1/me/extensions", person).need().json
    found = [
        str(one["name"])
        for app in apps
        if app["app_id"] == "billing"
        for one in app["functions"]
        if one["name"] in MONEY
    ]
    if not found:
        raise Unmet("the billing app declares no function that moves money")
    return found


@rule("C08", OPERATE, CONFIRM, ONE, CALL, BATCH)
@pytest.mark.parametrize("bypassed", [True, False], ids=["bypassed", "not-bypassed"])
def test_money_waits_for_the_panel(bypassed: bool, session: Session, check: Check) -> None:
    """No API call releases a function that moves money, bypassed or not: it waits for an approval in the browser.

    A confirmation by API is refused, call and batch run it neither, and no money moves in all this.
    """
    person = session.users.new("spender")
    card(session, person)
    session.send(SETTINGS, person, body=OFF).need()
    watched = tuple(session.some(books(person), 0, 3))
    before = session.look(watched)
    params = {"tokens": 10_000, "plan_id": small_plan(session)}
    for function in session.some(money_functions(session, person), 0, 1):
        reply = check.ok(operate(session, person, function, params, "billing", confirmation_bypassed=bypassed))
        waits = check.equal(
            reply.json.get("kind"), "panel_approval_required", f"billing/{function} does not wait for the panel", reply
        )
        held, url = reply.json.get("confirmation_id"), reply.json.get("panel_url")
        if not waits or not check.that(isinstance(held, str) and held, "the response names no confirmation_id", reply):
            continue
        check.that(isinstance(url, str) and url.startswith("http"), "the response names no panel_url", reply)
        where = {"confirmation_id": held}
        refused = session.send(CONFIRM, person, params=where)
        check.status(refused, 403, 409, message=f"a money function was confirmed by API: {refused.status}")
        state = session.send(ONE, person, params=where)
        check.equal(state["status"], "pending", "a refused confirmation settled a money function", state)
    for function in session.some(money_functions(session, person), 0, 1):
        reply = call(session, person, function, "billing", **params)
        kept = not reply.ok or reply.json.get("status") == "error"
        check.that(kept, f"a plain call of billing/{function} was released", reply)
        many = batch(session, person, (function, params), app_id="billing")
        kept = not many.ok or many.json[0].get("status") == "error"
        check.that(kept, f"a batch with billing/{function} was released", many)
    after = session.look(watched)
    for old, new in zip(before, after, strict=True):
        if old[0] != "GET /v1/billing/usage":  # it counts the plain calls
            check.equal(new, old, f"money moved without an approval: {old[0]}", op=OPERATE, about=old[0])


@rule("C08", OPERATE)
def test_reading_money_needs_no_approval(session: Session, check: Check) -> None:
    """A function of the billing app that only reads runs at once."""
    person = session.users.new("reader")
    reply = check.ok(operate(session, person, "get_balance", {}, "billing"))
    check.equal(reply.json.get("kind"), "tool_result", "reading the balance does not run at once", reply)
    shown = (reply.json.get("content") or {}).get("balance")
    check.equal(shown, balance(session, person), "the content shows another balance", reply)


@rule("C08", OPERATE, ONE, CANCEL)
def test_the_panel_releases_money_once(session: Session, check: Check) -> None:
    """The approval in the panel runs a held money function once; what was cancelled cannot be approved any more."""
    session.control.need()
    person = session.users.new("spender")
    card(session, person)
    params = {"tokens": 10_000}
    if "topup" not in money_functions(session, person):
        raise Unmet("the billing app has no function topup")
    held = operate(session, person, "topup", params, "billing", confirmation_bypassed=True)["confirmation_id"]
    other = operate(session, person, "topup", params, "billing", confirmation_bypassed=True)["confirmation_id"]
    dropped = check.ok(session.send(CANCEL, person, params={"confirmation_id": other}))
    check.equal(dropped.json.get("status"), "cancelled", "a held money function cannot be cancelled", dropped)
    funds = balance(session, person)
    approve(session, held)
    state = session.send(ONE, person, params={"confirmation_id": held})
    check.equal(state["status"], "confirmed", "an approval in the panel left another status", state)
    check.equal(balance(session, person), funds + 10_000, "an approval credited another amount", op=OPERATE)
    for again in (held, other):
        check.that(not approve(session, again), "a settled money function was approved again", op=OPERATE)
    check.equal(balance(session, person), funds + 10_000, "a second approval moved money", op=OPERATE)
    records = [one["status"] for one in ledger(session, person) if one["tool_name"] == "topup"]
    check.equal(records, ["success"], "an approval did not leave one action record", op=OPERATE, rule="C05")


def approve(session: Session, confirmation_id: str) -> bool:
    """Approve in the panel, played by the control plane; return whether it was taken."""
    try:
        session.control.post(f"confirmations/{confirmation_id}/approve")
    except Unmet:
        return False
    return True
