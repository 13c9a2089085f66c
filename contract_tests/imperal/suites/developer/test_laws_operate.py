"""Laws of the guarded executor: what waits for a word, what runs at once, and what only the panel may release."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.verify.kit import Judge, Person, Reply, Stage, Unmet, law

from ...apps import DESTRUCTIVE, PRICED, READ, WRITE, install, shop
from ...calling import ASKED, BATCH, CALL, OPERATE, batch, call, customer, ledger, note, notes, operate, with_role
from ...money import balance, books, card, history, small_plan
from ..work._confirmations import CANCEL, CONFIRM, ONE, PENDING, pending

Doc = dict[str, Any]
SETTINGS = "PATCH /v1/me/settings"


def expect_held(stage: Stage, judge: Judge, person: Person, reply: Reply, what: str, tool: str) -> None:
    """Judge that a call waits: it says so, it is on the list, and nothing has run."""
    judge.ok(reply, f"{what} was refused")
    if not judge.equal(reply.json.get("kind"), "confirmation", f"{what} was not held for a confirmation", reply):
        return
    held = reply.json.get("confirmation_id")
    judge.that(isinstance(held, str) and held, f"{what}: the answer names no confirmation_id", reply)
    judge.equal(pending(stage, person), [held], f"{what}: it is not on the list of pending ones", op=PENDING)
    ran = [one["tool_name"] for one in ledger(stage, person) if one["tool_name"] == tool]
    judge.equal(ran, [], f"{what} left an action record although it waits", reply, rule="C05")


def expect_done(stage: Stage, judge: Judge, person: Person, reply: Reply, what: str, tool: str) -> None:
    """Judge that a call ran at once: it says so, it holds nothing back, and one record is there."""
    judge.ok(reply, f"{what} was refused")
    judge.equal(reply.json.get("kind"), "tool_result", f"{what} did not run at once", reply)
    judge.equal(pending(stage, person), [], f"{what} ran, and yet something waits", op=PENDING)
    ran = [one["status"] for one in ledger(stage, person) if one["tool_name"] == tool]
    judge.equal(ran, ["success"], f"{what} did not leave one record of a success", reply, rule="C05")


# -- the word of the user ------------------------------------------------------------------------------------------


@law("C07", OPERATE, PENDING, CALL)
@pytest.mark.parametrize("more", [{}, {"confirmation_bypassed": False}], ids=["left-out", "false"])
def test_a_destructive_function_waits(more: Doc, stage: Stage, judge: Judge) -> None:
    """A destructive function waits for a confirmation when its user wants to be asked; until then nothing has run."""
    person = customer(stage)
    held = note(stage, person, "kept")
    reply = operate(stage, person, DESTRUCTIVE, {"note_id": held}, **more)
    expect_held(stage, judge, person, reply, "a destructive function", DESTRUCTIVE)
    judge.that(held in notes(stage, person), "a destructive function ran before its confirmation", reply)
    judge.that(reply.json.get("content") is None, "a held call has content already", reply)


@law("C07", OPERATE, CALL)
def test_consent_runs_a_destructive_function_at_once(stage: Stage, judge: Judge) -> None:
    """With confirmation_bypassed a destructive function runs at once, with its data as the content."""
    person = customer(stage)
    gone, kept = note(stage, person, "gone"), note(stage, person, "kept")
    reply = operate(stage, person, DESTRUCTIVE, {"note_id": gone}, confirmation_bypassed=True)
    expect_done(stage, judge, person, reply, "a destructive function with consent", DESTRUCTIVE)
    content = reply.json.get("content")
    shown = content.get("note_id") if isinstance(content, dict) else None
    judge.equal(shown, gone, "the content is not the function's data", reply)
    judge.equal(list(notes(stage, person)), [kept], "another note was deleted than was named", reply)


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


@law("C07", OPERATE, SETTINGS)
@pytest.mark.parametrize("what", WISHES)
def test_the_settings_of_the_user_decide(what: str, stage: Stage, judge: Judge) -> None:
    """A user's settings say what waits: whether at all, which kinds of action, and words about single functions."""
    settings, words, function, waits = WISHES[what]
    person, app_id = customer(stage), shop(stage).app_id
    params = {DESTRUCTIVE: {"note_id": note(stage, person)} if function == DESTRUCTIVE else {}}.get(
        function, {} if function == READ else {"title": "x"}
    )
    before = {one["trace_id"] for one in ledger(stage, person)}
    stage.send(SETTINGS, person, body={**settings, "confirmation_overrides": {app_id: words}}).need()
    reply = operate(stage, person, function, params)
    judge.ok(reply, f"{what} was refused")
    expected = "confirmation" if waits else "tool_result"
    judge.equal(reply.json.get("kind"), expected, f"{what} is answered with {reply.json.get('kind')}", reply)
    new = [one["tool_name"] for one in ledger(stage, person) if one["trace_id"] not in before]
    judge.equal(new, [] if waits else [function], f"{what} left other records", reply, rule="C05")
    judge.equal(len(pending(stage, person)), int(waits), f"{what} left another number of pending ones", op=PENDING)


@law("C07", OPERATE)
def test_words_about_another_app_mean_nothing(stage: Stage, judge: Judge) -> None:
    """A word about a function of one app does not let a function of that name of another app through."""
    person = customer(stage)
    held = note(stage, person)
    words = {"confirmation_overrides": {stage.cast.fresh("other"): {DESTRUCTIVE: False}}}
    stage.send(SETTINGS, person, body=words).need()
    reply = operate(stage, person, DESTRUCTIVE, {"note_id": held})
    expect_held(stage, judge, person, reply, "a function that a word about another app names", DESTRUCTIVE)


POLICIES = [
    ("enforced", False, True),
    ("enforced", None, True),
    ("default_on", None, True),
    ("default_on", False, False),
    ("default_off", None, False),
    ("default_off", True, True),
    ("disabled", True, False),
]


@law("C07", OPERATE, "POST /v1/roles")
@pytest.mark.parametrize(("policy", "own", "waits"), POLICIES, ids=lambda value: str(value).lower())
def test_the_policy_of_the_role_decides_first(
    policy: str, own: bool | None, waits: bool, stage: Stage, judge: Judge
) -> None:
    """A role's confirmation policy decides first: enforced always asks, disabled never, the others by default.

    Under default_on and default_off a user's own setting wins.
    """
    person = with_role(stage, confirmation_policy=policy)
    install(stage, person, shop(stage).app_id)
    held = note(stage, person)
    if own is not None:
        stage.send(SETTINGS, person, body={"confirmation_enabled": own}).need()
    what = f"a destructive function under the policy {policy}"
    reply = operate(stage, person, DESTRUCTIVE, {"note_id": held})
    (expect_held if waits else expect_done)(stage, judge, person, reply, what, DESTRUCTIVE)


@law("LIFE-260", OPERATE)
def test_a_failure_stands_in_the_content(stage: Stage, judge: Judge) -> None:
    """A function that fails in the guarded executor is a tool_result whose content has the error."""
    person = customer(stage)
    for function, params in (("no_such_function", {}), (WRITE, {"count": 1}), (DESTRUCTIVE, {"note_id": "nothing"})):
        reply = judge.ok(operate(stage, person, function, params, confirmation_bypassed=True))
        judge.equal(reply.status, 200, f"a failing {function} is answered with {reply.status}", reply, rule="C02")
        judge.equal(reply.json.get("kind"), "tool_result", f"a failing {function} is no tool_result", reply)
        content = reply.json.get("content")
        told = isinstance(content, dict) and isinstance(content.get("error"), str) and content["error"]
        judge.that(told, f"a failing {function} does not say so in its content", reply)
    judge.equal(len(ledger(stage, person)), 3, "failures of operate left another number of records", rule="C05")


@law("LIFE-260", OPERATE)
def test_a_success_stands_in_the_content(stage: Stage, judge: Judge) -> None:
    """What a function answers in the guarded executor is the content: a write's data, and a read's list of them."""
    person = customer(stage)
    reply = judge.ok(operate(stage, person, WRITE, {"title": "from operate", "count": 4}, confirmation_bypassed=True))
    content = reply.json.get("content") or {}
    shown = content.get("title"), content.get("count")
    judge.equal(shown, ("from operate", 4), "the content lacks what was written", reply)
    listed = judge.ok(operate(stage, person, READ, {}))
    items = (listed.json.get("content") or {}).get("items", [])
    judge.equal([one.get("title") for one in items], ["from operate"], "the content lacks what is there", listed)


@law("LIFE-261", OPERATE)
def test_a_held_call_costs_nothing_yet(stage: Stage, judge: Judge) -> None:
    """A priced function that waits for its confirmation has taken nothing from the wallet."""
    person = customer(stage)
    stage.send(SETTINGS, person, body=ON).need()
    funds, entries = balance(stage, person), history(stage, person)
    reply = operate(stage, person, PRICED, {"title": "later"})
    expect_held(stage, judge, person, reply, "a priced write", PRICED)
    judge.equal(balance(stage, person), funds, "a call that waits has been paid already", reply)
    judge.equal(history(stage, person), entries, "a call that waits is in the ledger already", reply)


# -- money, and the panel ------------------------------------------------------------------------------------------


MONEY = (
    "topup", "buy_tokens", "change_plan", "upgrade_plan", "downgrade_plan", "cancel_subscription",
    "resume_subscription", "renew_subscription",
)  # fmt: skip


def money_functions(stage: Stage, person: Person) -> list[str]:
    """Return the functions of the billing app that move money, by the kernel's own list, which its clients mirror.

    Raises:
        Unmet: there are none.

    """
    apps = stage.send("GET /v1/me/extensions", person).need().json
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


@law("C08", OPERATE, CONFIRM, ONE, CALL, BATCH)
@pytest.mark.parametrize("bypassed", [True, False], ids=["bypassed", "not-bypassed"])
def test_money_waits_for_the_panel(bypassed: bool, stage: Stage, judge: Judge) -> None:
    """No API call releases a function that moves money, bypassed or not: it waits for an approval in the browser.

    A confirmation by API is refused, call and batch run it neither, and no money moves in all this.
    """
    person = stage.cast.new("spender")
    card(stage, person)
    stage.send(SETTINGS, person, body=OFF).need()
    watched = tuple(stage.some(books(person), 0, 3))
    before = stage.look(watched)
    params = {"tokens": 10_000, "plan_id": small_plan(stage)}
    for function in stage.some(money_functions(stage, person), 0, 1):
        reply = judge.ok(operate(stage, person, function, params, "billing", confirmation_bypassed=bypassed))
        waits = judge.equal(
            reply.json.get("kind"), "panel_approval_required", f"billing/{function} does not wait for the panel", reply
        )
        held, url = reply.json.get("confirmation_id"), reply.json.get("panel_url")
        if not waits or not judge.that(isinstance(held, str) and held, "the answer names no confirmation_id", reply):
            continue
        judge.that(isinstance(url, str) and url.startswith("http"), "the answer names no panel_url", reply)
        where = {"confirmation_id": held}
        refused = stage.send(CONFIRM, person, params=where)
        judge.status(refused, 403, 409, message=f"a money function was confirmed by API: {refused.status}")
        state = stage.send(ONE, person, params=where)
        judge.equal(state["status"], "pending", "a refused confirmation settled a money function", state)
    for function in stage.some(money_functions(stage, person), 0, 1):
        reply = call(stage, person, function, "billing", **params)
        kept = not reply.ok or reply.json.get("status") == "error"
        judge.that(kept, f"a plain call of billing/{function} was released", reply)
        many = batch(stage, person, (function, params), app_id="billing")
        kept = not many.ok or many.json[0].get("status") == "error"
        judge.that(kept, f"a batch with billing/{function} was released", many)
    after = stage.look(watched)
    for old, new in zip(before, after, strict=True):
        if old[0] != "GET /v1/billing/usage":  # it counts the plain calls
            judge.equal(new, old, f"money moved without an approval: {old[0]}", op=OPERATE, about=old[0])


@law("C08", OPERATE)
def test_reading_money_needs_no_approval(stage: Stage, judge: Judge) -> None:
    """A function of the billing app that only reads runs at once."""
    person = stage.cast.new("reader")
    reply = judge.ok(operate(stage, person, "get_balance", {}, "billing"))
    judge.equal(reply.json.get("kind"), "tool_result", "reading the balance does not run at once", reply)
    shown = (reply.json.get("content") or {}).get("balance")
    judge.equal(shown, balance(stage, person), "the content shows another balance", reply)


@law("C08", OPERATE, ONE, CANCEL)
def test_the_panel_releases_money_once(stage: Stage, judge: Judge) -> None:
    """The approval in the panel runs a held money function once; what was cancelled cannot be approved any more."""
    stage.control.need()
    person = stage.cast.new("spender")
    card(stage, person)
    params = {"tokens": 10_000}
    if "topup" not in money_functions(stage, person):
        raise Unmet("the billing app has no function topup")
    held = operate(stage, person, "topup", params, "billing", confirmation_bypassed=True)["confirmation_id"]
    other = operate(stage, person, "topup", params, "billing", confirmation_bypassed=True)["confirmation_id"]
    dropped = judge.ok(stage.send(CANCEL, person, params={"confirmation_id": other}))
    judge.equal(dropped.json.get("status"), "cancelled", "a held money function cannot be cancelled", dropped)
    funds = balance(stage, person)
    approve(stage, held)
    state = stage.send(ONE, person, params={"confirmation_id": held})
    judge.equal(state["status"], "confirmed", "an approval in the panel left another status", state)
    judge.equal(balance(stage, person), funds + 10_000, "an approval credited another amount", op=OPERATE)
    for again in (held, other):
        judge.that(not approve(stage, again), "a settled money function was approved again", op=OPERATE)
    judge.equal(balance(stage, person), funds + 10_000, "a second approval moved money", op=OPERATE)
    records = [one["status"] for one in ledger(stage, person) if one["tool_name"] == "topup"]
    judge.equal(records, ["success"], "an approval did not leave one action record", op=OPERATE, rule="C05")


def approve(stage: Stage, confirmation_id: str) -> bool:
    """Approve in the panel, played by the control plane; return whether it was taken."""
    try:
        stage.control.post(f"confirmations/{confirmation_id}/approve")
    except Unmet:
        return False
    return True
