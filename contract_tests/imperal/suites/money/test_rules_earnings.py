"""Rules of what developers earn: exact shares, totals, figures by app, and analytics."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from specdouble.verify.kit import Check, rule

from ...people import Person
from ...session import Session
from ...shared.apps import approve, deploy, new_app, submit
from ...shared.earnings import buyer, call, earn, payout, priced_app
from ...shared.money import balance, history
from .._rules import shows
from ..developer._developer import DEV, App, Doc, draft, fails, live

EARNINGS, OF_APP = "GET /v1/developer/earnings", "GET /v1/developer/earnings/{app_id}"
ANALYTICS, CALL = f"GET {DEV}/analytics", "POST /v1/extensions/{app_id}/call"
PRICES = {"list_one": 1, "list_three": 3, "list_seven": 7, "list_odd": 13, "list_large": 999}
WINDOWS = {"explorer": 7, "indie": 30, "studio": 90}
NOTHING: Doc = {"total_earnings": 0, "total_platform_share": 0, "pending_payout": 0, "paid_out": 0}


def share(price: int, split: int) -> int:
    """Return the developer's part of a price."""
    return price * split // 100


def _totals(session: Session, owner: Person) -> Doc:
    return dict(session.send(EARNINGS, owner).need().json)


def _sold(session: Session, check: Check, owner: Person, app_id: str, split: int) -> None:
    """Call every function of an app twice, and check each time what both sides have."""
    person, earned, kept_back, calls = buyer(session, app_id, tokens=10_000), 0, 0, 0
    before = _totals(session, owner)
    for name, price in session.some((*PRICES.items(), *PRICES.items()), 0, 2):
        wallet, told = balance(session, person), len(history(session, person))
        reply = check.ok(call(session, person, app_id, name))
        check.equal(reply["status"], "success", "a declared function fails", reply)
        check.equal(wallet - balance(session, person), price, "a call does not cost its price", reply)
        entries = history(session, person)
        check.equal(len(entries), told + 1, "a priced call is not one entry of the ledger", reply)
        entry = {field: entries[0].get(field) for field in ("amount", "reason", "app_id")} if entries else {}
        check.equal(entry, {"amount": -price, "reason": "deduct", "app_id": app_id}, "the ledger says otherwise", reply)
        earned, kept_back, calls = earned + share(price, split), kept_back + price - share(price, split), calls + 1
        now = _totals(session, owner)
        moved = {field: now[field] - before[field] for field in now}
        expected = {
            "total_earnings": earned,
            "total_platform_share": kept_back,
            "pending_payout": earned,
            "paid_out": 0,
        }
        for field, value in expected.items():
            check.equal(
                moved[field], value, f"{field} after a call of {price} tokens at {split} % is wrong", op=EARNINGS,
                about=f"{field} {split}",
            )  # fmt: skip
    _by_app(session, check, owner, app_id, earned, calls)


def _by_app(session: Session, check: Check, owner: Person, app_id: str, earned: int, calls: int) -> None:
    reply = check.ok(session.send(OF_APP, owner, params={"app_id": app_id}))
    shows(check, reply, {"app_id": app_id, "total_earnings": earned, "action_count": calls}, "the earnings of an app")
    periods = reply["by_period"]
    check.equal(sum(one["total_earnings"] for one in periods), earned, "the periods do not add up to the total", reply)
    check.equal(sum(one["action_count"] for one in periods), calls, "the calls of the periods do not add up", reply)
    month = datetime.now(UTC).strftime("%Y-%m")
    check.that(any(str(one["period"]).startswith(month) for one in periods), "no period is this month", reply)
    profile = session.send("GET /v1/developer/profile", owner)
    totals = _totals(session, owner)
    check.equal(
        profile["total_earnings"], totals["total_earnings"], "profile and earnings show different totals", profile
    )


@rule("M24", CALL, EARNINGS, OF_APP)
@pytest.mark.parametrize(("tier", "split"), [("explorer", 70), ("indie", 80), ("studio", 85)])
def test_the_share_of_each_call_is_the_floor_of_price_times_split(
    tier: str, split: int, session: Session, check: Check
) -> None:
    """Of each call the developer gets floor(price * split / 100), the platform the rest; the caller pays the price."""
    owner = session.users.new_developer(tier)
    check.equal(_totals(session, owner), NOTHING, "a new developer has earned something", op=EARNINGS)
    _sold(session, check, owner, priced_app(session, owner, PRICES), split)


@rule("M24", CALL, EARNINGS, OF_APP)
@pytest.mark.parametrize("split", [50, 57, 95])
def test_the_split_of_the_app_decides(split: int, session: Session, check: Check) -> None:
    """The split that counts is the one that the app shows, whatever the tier of its developer."""
    owner = session.users.new_developer("indie")
    app_id = priced_app(session, owner, PRICES)
    app = App(session, app_id, owner)
    app.suspend().need()
    app.change(revenue_split_dev=split).need()
    submit(session, owner, app_id)
    approve(session, app_id)
    _sold(session, check, owner, app_id, split)


@rule("M25", "PUT /v1/developer/tier", EARNINGS)
def test_an_older_app_earns_by_its_own_split(session: Session, check: Check) -> None:
    """After a change of tier an existing app goes on to earn by the split it was made with."""
    owner = session.users.new_developer("explorer")
    app_id = priced_app(session, owner, PRICES)
    session.users.fund(owner, 40_000)
    session.send("PUT /v1/developer/tier", owner, body={"tier": "studio"}).need()
    _sold(session, check, owner, app_id, 70)


@rule("M24", CALL, EARNINGS)
def test_a_free_app_earns_nothing_and_is_recorded(session: Session, check: Check) -> None:
    """A free app costs its callers and earns its developer nothing, whatever prices it names; the call is recorded."""
    owner = session.users.new_developer("explorer")
    app_id = priced_app(session, owner, PRICES, pricing_model="free")
    person = buyer(session, app_id)
    before = balance(session, person), history(session, person)
    reply = check.ok(call(session, person, app_id, "list_large"))
    check.equal(reply["status"], "success", "a declared function fails", reply)
    check.equal(
        (balance(session, person), history(session, person)), before, "a call of a free app costs something", reply
    )
    check.equal(_totals(session, owner), NOTHING, "a free app earns something", op=EARNINGS)
    actions = session.send("GET /v1/actions", person, query={"app_id": app_id})
    check.equal(actions["total"], 1, "a call of a free app is not recorded", actions)


@rule("LIFE-330", CALL, EARNINGS, OF_APP)
def test_what_fails_or_cannot_be_paid_earns_nothing(session: Session, check: Check) -> None:
    """A call that fails, is refused, or that the wallet cannot pay (402) costs nothing and earns nothing."""
    owner = session.users.new_developer("studio")
    dear = 5_000_000
    app_id = priced_app(session, owner, {"list_notes": 7, "list_dear": dear})
    person, stranger = buyer(session, app_id), session.users.new()
    before = balance(session, person), history(session, person)
    failed = check.ok(call(session, person, app_id, "no_such_function"))
    check.equal(failed["status"], "error", "an unknown function does not fail", failed)
    check.status(call(session, person, app_id, "list_dear"), 402, message="a call beyond the wallet is not 402")
    check.status(
        call(session, stranger, app_id, "list_notes"), 403, 404, message="somebody without the app can call it"
    )
    check.equal((balance(session, person), history(session, person)), before, "a call that failed was paid", op=CALL)
    check.equal(_totals(session, owner), NOTHING, "a call that failed earns something", op=EARNINGS)
    reply = session.send(OF_APP, owner, params={"app_id": app_id})
    check.equal(
        (reply["total_earnings"], reply["action_count"]), (0, 0), "an app has earned without a paid call", reply
    )
    check.equal(reply["by_period"], [], "an app without earnings has periods", reply)


@rule("LIFE-331", EARNINGS, OF_APP)
def test_earnings_belong_to_their_developer_and_app(session: Session, check: Check) -> None:
    """Each app and each developer have their own earnings; the total of a developer is the sum over their apps."""
    owner, other = session.users.new_developer("studio"), session.users.new_developer("explorer")
    first, second = (priced_app(session, owner, PRICES) for _ in range(2))
    foreign = priced_app(session, other, PRICES)
    person = buyer(session, first, second, foreign, tokens=5_000)
    for app_id, name in ((first, "list_large"), (second, "list_odd"), (second, "list_seven"), (foreign, "list_three")):
        call(session, person, app_id, name).need()
    earned = {first: share(999, 85), second: share(13, 85) + share(7, 85), foreign: share(3, 70)}
    for app_id, who in ((first, owner), (second, owner), (foreign, other)):
        reply = session.send(OF_APP, who, params={"app_id": app_id})
        check.equal(reply["total_earnings"], earned[app_id], "an app shows another app's earnings", reply)
        check.equal(reply["action_count"], 2 if app_id == second else 1, "an app counts another app's calls", reply)
    total = _totals(session, owner)["total_earnings"]
    check.equal(total, earned[first] + earned[second], "the total is not the sum over the apps", op=EARNINGS)
    check.equal(
        _totals(session, other)["total_earnings"], earned[foreign], "a developer has another's earnings", op=EARNINGS
    )
    fails(
        check, lambda: session.send(OF_APP, other, params={"app_id": first}), 404, 403, why="another's app", op=OF_APP
    )
    nobody = {"app_id": session.users.fresh("app")}
    fails(check, lambda: session.send(OF_APP, owner, params=nobody), 404, why="an unknown app", op=OF_APP)


@rule("LIFE-332", EARNINGS, "POST /v1/developer/payouts/request")
def test_the_total_is_what_was_paid_and_what_is_left(session: Session, check: Check) -> None:
    """total_earnings = paid_out + pending_payout + open and approved payouts, whatever happens; totals never shrink."""
    owner = session.users.new_developer("studio")
    app_id = priced_app(session, owner, {"list_dear": 99_999})
    earn(session, owner, app_id, "list_dear", buyer(session, app_id), 99_999)
    earned = share(99_999, 85)
    numbers = [payout(session, owner, tokens) for tokens in (10_000, 11_111, 12_345)]
    decided = {numbers[0]: "approve", numbers[1]: "reject"}
    for number, step in (*decided.items(), (0, "")):
        totals = _totals(session, owner)
        payouts = session.send("GET /v1/developer/payouts", owner).need().json
        held = sum(one["amount_tokens"] for one in payouts if one["status"] in ("pending", "approved"))
        paid = sum(one["amount_tokens"] for one in payouts if one["status"] == "paid")
        expected = {
            "total_earnings": earned, "total_platform_share": 99_999 - earned,
            "pending_payout": earned - held - paid, "paid_out": paid,
        }  # fmt: skip
        check.equal(
            totals, expected, f"the totals do not add up before the step {step or 'after the last'}", op=EARNINGS
        )
        if number:
            path = f"POST /v1/admin/payouts/{{payout_id}}/{step}"
            session.send(path, session.users.admin, params={"payout_id": number}, body={}).need()


# -- analytics -----------------------------------------------------------------------------------------------------


@rule("M20", ANALYTICS)
@pytest.mark.parametrize("tier", WINDOWS)
def test_analytics_look_back_as_far_as_the_tier(tier: str, session: Session, check: Check) -> None:
    """A tier looks back 7, 30 or 90 days; more is 400, and so is the default of 30 days for an explorer."""
    app, days = draft(session, session.users.new_developer(tier)), WINDOWS[tier]
    for asked in (1, days - 1, days):
        reply = check.ok(app.send(ANALYTICS, query={"days": asked}), f"{tier} may not look back {asked} days")
        check.equal(reply["days"], asked, "days is not what was asked for", reply)
    for asked in (days + 1, 365):
        fails(check, lambda asked=asked: app.send(ANALYTICS, query={"days": asked}), 400, why=f"{tier}: {asked} days")  # type: ignore[misc]
    for asked in (0, 366):
        fails(check, lambda asked=asked: app.send(ANALYTICS, query={"days": asked}), 422, why=f"{tier}: {asked} days")  # type: ignore[misc]
    default = app.send(ANALYTICS)
    check.status(default, 400 if tier == "explorer" else 200, message=f"{tier} without days: answered {default.status}")
    if default.ok:
        check.equal(default["days"], 30, "the default is not 30 days", default)


@rule("M20", ANALYTICS, "PUT /v1/developer/tier")
def test_the_window_follows_the_tier(session: Session, check: Check) -> None:
    """A developer who moves up looks back further at once, also on older apps."""
    owner = session.users.new_developer("explorer")
    app = draft(session, owner)
    session.users.fund(owner, 9_000)
    session.send("PUT /v1/developer/tier", owner, body={"tier": "indie"}).need()
    check.ok(app.send(ANALYTICS, query={"days": 30}), "a developer who moved up may not look back 30 days")


@rule("LIFE-333", ANALYTICS)
def test_analytics_count_calls_people_and_revenue(session: Session, check: Check) -> None:
    """Analytics count each call and each person, and revenue by day and by function add up to the total.

    Revenue is either what people paid or the developer's share of it, the same everywhere.
    """
    owner = session.users.new_developer("studio")
    app_id = priced_app(session, owner, {"list_large": 999, "list_seven": 7, "list_free": 0})
    app = App(session, app_id, owner)
    empty = check.ok(app.send(ANALYTICS, query={"days": 7}))
    none: Doc = {"app_id": app_id, "total_calls": 0, "total_revenue": 0, "unique_users": 0, "top_functions": []}
    shows(check, empty, none, "the analytics of an app that nobody called")
    check.equal(sum(one["revenue"] for one in empty["revenue_by_day"]), 0, "revenue appears from nowhere", empty)
    first, second = (buyer(session, app_id, tokens=10_000) for _ in range(2))
    first_day = datetime.now(UTC).date()
    for person, name in (
        (first, "list_large"), (first, "list_large"), (second, "list_large"), (first, "list_large"),
        (second, "list_seven"), (first, "list_seven"), (first, "list_free"),
    ):  # fmt: skip
        call(session, person, app_id, name).need()
    days = {str(first_day), str(datetime.now(UTC).date())}
    reply = check.ok(app.send(ANALYTICS, query={"days": 7}))
    shows(check, reply, {"total_calls": 7, "unique_users": 2}, "the analytics of an app")
    gross = {"list_large": 4 * 999, "list_seven": 2 * 7, "list_free": 0}
    net = {"list_large": 4 * share(999, 85), "list_seven": 2 * share(7, 85), "list_free": 0}
    chosen = gross if reply["total_revenue"] == sum(gross.values()) else net
    check.equal(reply["total_revenue"], sum(chosen.values()), "total_revenue is neither the price nor the share", reply)
    by_day = reply["revenue_by_day"]
    check.equal(sum(one["revenue"] for one in by_day), sum(chosen.values()), "the days do not add up", reply)
    check.that({one["day"] for one in by_day if one["revenue"]} <= days, "revenue stands on another day", reply)
    top = [(one["function"], one["calls"], one["revenue"]) for one in reply["top_functions"]]
    counts = {"list_large": 4, "list_seven": 2, "list_free": 1}
    check.equal(
        top, [(name, counts[name], chosen[name]) for name in counts], "top_functions are not the most used", reply
    )
    other = live(session, owner)
    zero = other.send(ANALYTICS, query={"days": 7})
    check.equal(zero["total_calls"], 0, "an app shows the calls of another", zero)


@rule("LIFE-334", "POST /v1/extensions/{app_id}/batch", EARNINGS)
def test_each_call_of_a_batch_earns(session: Session, check: Check) -> None:
    """Every priced call of a batch is paid and earns by itself, each share rounded down alone."""
    owner = session.users.new_developer("explorer")
    app_id = priced_app(session, owner, PRICES)
    person = buyer(session, app_id, tokens=5_000)
    names = ("list_seven", "list_seven", "list_odd", "list_one")
    calls: list[Any] = [{"function": name, "params": {}} for name in names]
    before = balance(session, person)
    body = {"user_id": person.imperal_id, "calls": calls}
    check.ok(session.send("POST /v1/extensions/{app_id}/batch", person, params={"app_id": app_id}, body=body))
    check.equal(before - balance(session, person), 28, "a batch does not cost the sum of its calls")
    earned = sum(share(PRICES[name], 70) for name in names)
    check.equal(
        _totals(session, owner)["total_earnings"], earned, "a batch does not earn the sum of its shares", op=EARNINGS
    )
    _by_app(session, check, owner, app_id, earned, 4)


@rule("LIFE-335", CALL, EARNINGS)
def test_a_function_without_a_price_is_free(session: Session, check: Check) -> None:
    """In an app with prices, a function that has none, or a price of 0, costs and earns nothing."""
    owner = session.users.new_developer("explorer")
    app_id = new_app(session, owner, pricing_model="per_action", pricing_config={"tool_prices": {"list_zero": 0}})
    deploy(session, owner, app_id)
    app = App(session, app_id, owner)
    app.sync(
        manifest_json={"tools": [{"name": name, "description": "x"} for name in ("list_zero", "list_none")]}
    ).need()
    submit(session, owner, app_id)
    approve(session, app_id)
    person = buyer(session, app_id)
    before = balance(session, person)
    for name in ("list_zero", "list_none"):
        check.ok(call(session, person, app_id, name))
    check.equal(balance(session, person), before, "a call without a price costs something")
    check.equal(_totals(session, owner), NOTHING, "a call without a price earns something", op=EARNINGS)
