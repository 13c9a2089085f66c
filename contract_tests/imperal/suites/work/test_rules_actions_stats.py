"""Rules of the figures of actions: of a person's month, of an app for its developer, of an app for the marketplace."""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.verify.kit import Check, Credential, moment, rule

from ...recipes.work.actions import small_action
from ...session import Session
from ...shared.apps import PRICED, READ, WRITE, install, new_app, published_app
from ...shared.calling import RECORD, call, ledger, with_role
from ._actions import OF_APP, OF_MARKET, STATS, quick, read, record, stats

Doc = dict[str, Any]


# -- a person's month ----------------------------------------------------------------------------------------------


@rule("E07", STATS)
def test_stats_is_no_trace_id(session: Session, check: Check) -> None:
    """`/v1/actions/stats` is the summary of the month and no action of that name; at first everything is zero."""
    person = session.users.new("ledger")
    reply = check.ok(session.send(STATS, person))
    shown = {name: value for name, value in reply.json.items() if name not in ("period", "limit")}
    zero: Doc = dict.fromkeys(("used", "completed", "failed", "llm_total_calls", "llm_total_tokens"), 0)
    check.equal(shown, {**zero, "llm_by_model": []}, "the month of a new user is not empty", reply)


@rule("LIFE-280", STATS)
def test_the_month_counts_what_was_recorded(session: Session, check: Check) -> None:
    """The month counts every action as used, successes as completed, failures as failed, and cancelled as neither.

    Calls and tokens of language models are sums, in all and for each model; the period is the month of the records.
    """
    person, other = session.users.new("ledger"), session.users.new("another ledger")
    small, large = {"llm_model": "example-small"}, {"llm_model": "example-large"}
    rows: list[Doc] = [
        {"status": "success", **small, "llm_total_calls": 2, "llm_total_tokens": 300},
        {"status": "success", **small, "llm_total_calls": 1, "llm_total_tokens": 45, "app_id": "alpha"},
        {"status": "success", **large, "llm_total_calls": 4, "llm_total_tokens": 8000, "action_type": "write"},
        {"status": "failed", **large, "llm_total_calls": 1, "llm_total_tokens": 7, "tokens_used": 99},
        {"status": "failed"},
        {"status": "cancelled"},
        {"status": "success"},
    ]
    made = [record(session, small_action(session, person, **row)) for row in rows]
    quick(session, other, **small, llm_total_calls=50, llm_total_tokens=50)
    reply = check.ok(session.send(STATS, person))
    expected = {"used": 7, "completed": 4, "failed": 2, "llm_total_calls": 8, "llm_total_tokens": 8352}
    for name, value in expected.items():
        check.equal(reply.json.get(name), value, f"{name} is not what was recorded", reply, about=name)
    models = {one["model"]: (one["calls"], one.get("tokens")) for one in reply["llm_by_model"]}
    wanted = {"example-small": (3, 345), "example-large": (5, 8007)}
    check.equal(models, wanted, "llm_by_model is not the sum of each model", reply)
    check.equal(len(reply["llm_by_model"]), 2, "llm_by_model names a model twice", reply)
    stamp = str(read(session, person, made[-1])["created_at"])
    check.equal(reply["period"], stamp[:7], "the period is not the month of the records", reply)
    quick(session, person, status="validation_rejected")
    after = stats(session, person)
    check.equal((after["used"], after["completed"]), (8, 4), "a rejected action is counted otherwise than used", reply)


@rule("LIFE-281", STATS)
@pytest.mark.parametrize("limit", [7, 12_345])
def test_the_limit_is_the_roles(limit: int, session: Session, check: Check) -> None:
    """The limit of the month is the monthly one of the caller's role."""
    person = with_role(session, monthly_action_limit=limit)
    reply = check.ok(session.send(STATS, person))
    check.equal(reply["limit"], limit, "the limit is not the role's", reply)
    plain = session.users.new("ledger")
    roles = session.send("GET /v1/roles", session.users.deputy).need().json
    theirs = [one["monthly_action_limit"] for one in roles if one["name"] == "user"]
    if len(theirs) == 1:
        check.equal(stats(session, plain)["limit"], theirs[0], "the limit is not that of the role user", op=STATS)


# -- an app, for its developer -------------------------------------------------------------------------------------

USE: tuple[tuple[int, Doc], ...] = (
    # who (of two), what was recorded
    (0, {"tool_name": READ, "status": "success", "duration_ms": 100}),
    (0, {"tool_name": READ, "status": "success", "duration_ms": 201}),
    (0, {"tool_name": READ, "status": "failed", "duration_ms": None}),
    (1, {"tool_name": WRITE, "status": "success", "duration_ms": 33}),
    (1, {"tool_name": WRITE, "status": "failed", "duration_ms": 1000}),
    (0, {"tool_name": PRICED, "status": "cancelled"}),
    (1, {"tool_name": READ, "status": "success"}),
)


@rule("LIFE-282", OF_APP, OF_MARKET)
def test_the_figures_of_an_app_are_those_of_its_records(session: Session, check: Check) -> None:
    """An app's figures are its records: how many, completed, failed, by how many users, how long, and of each tool.

    The mean of the durations is over those that are known. The marketplace shows the number, the users and the share
    of successes (when its cache is as new as the records).
    """
    owner = session.users.new_developer("studio")
    app_id, twin = new_app(session, owner), new_app(session, owner)
    first = check.ok(session.send(OF_APP, owner, params={"app_id": app_id}))
    empty = {"app_id": app_id, "total_actions": 0, "completed": 0, "failed": 0, "unique_users": 0,
             "avg_duration_ms": None, "by_tool": []}  # fmt: skip
    check.equal(first.json, empty, "an app that nobody used has other figures", first)
    people = session.users.new("ledger"), session.users.new("another ledger")
    made = [record(session, small_action(session, people[who], app_id=app_id, **row)) for who, row in USE]
    quick(session, people[0], app_id=twin, tool_name=READ, duration_ms=77_777)
    reply = check.ok(session.send(OF_APP, owner, params={"app_id": app_id}))
    expected = {"app_id": app_id, "total_actions": 7, "completed": 4, "failed": 2, "unique_users": 2}
    for name, value in expected.items():
        check.equal(reply.json.get(name), value, f"{name} is not what was recorded", reply, about=name)
    mean = reply.json.get("avg_duration_ms")
    near = isinstance(mean, int | float) and abs(mean - 1334 / 4) <= 0.06
    check.that(near, "avg_duration_ms is not the mean of the known durations", reply, expected=333.5, got=mean)
    tools = {one["tool_name"]: (one["calls"], one["failed"]) for one in reply["by_tool"]}
    check.equal(tools, {READ: (4, 1), WRITE: (2, 1), PRICED: (1, 0)}, "by_tool is not the use of each tool", reply)
    check.equal(len(reply["by_tool"]), 3, "by_tool names a tool twice", reply)
    market = check.ok(session.send(OF_MARKET, session.users.service, params={"app_id": app_id}))
    last = str(read(session, people[1], made[-1])["created_at"])
    if moment(market["cached_at"]) >= moment(last):
        shown = market.json.get("total_actions"), market.json.get("active_users")
        check.equal(shown, (7, 2), "the marketplace shows other figures than were recorded", market)
        check.that(
            abs(market["success_rate"] - 4 / 7) < 0.006, "success_rate is not completed of all", market, expected=4 / 7
        )
    other = check.ok(session.send(OF_APP, owner, params={"app_id": twin}))
    check.equal((other["total_actions"], other["avg_duration_ms"]), (1, 77_777), "figures of two apps mix", other)


@rule("LIFE-283", OF_APP)
def test_overwriting_a_record_counts_it_once(session: Session, check: Check) -> None:
    """A record that is overwritten is counted once in its app's figures, as what it is now."""
    owner = session.users.new_developer("explorer")
    app_id, person = new_app(session, owner), session.users.new("ledger")
    body = small_action(session, person, app_id=app_id, tool_name=READ, duration_ms=100)
    record(session, body)
    record(session, {**body, "tool_name": WRITE, "status": "failed", "duration_ms": 300})
    reply = check.ok(session.send(OF_APP, owner, params={"app_id": app_id}))
    shown = {name: reply.json.get(name) for name in ("total_actions", "completed", "failed", "unique_users")}
    check.equal(
        shown, {"total_actions": 1, "completed": 0, "failed": 1, "unique_users": 1},
        "an overwritten record is counted otherwise than as it is", reply,
    )  # fmt: skip
    check.equal(reply["avg_duration_ms"], 300, "the mean is over durations that were overwritten", reply)
    tools = {one["tool_name"]: (one["calls"], one["failed"]) for one in reply["by_tool"] if one["calls"]}
    check.equal(tools, {WRITE: (1, 1)}, "by_tool counts what was overwritten", reply)


@rule("LIFE-284", OF_APP, OF_MARKET)
def test_calls_are_in_the_figures_of_their_app(session: Session, check: Check) -> None:
    """What users call is in the figures of the app: successes, failures, and each user once."""
    owner = session.users.new_developer("explorer")
    app_id = published_app(session, owner)
    people = [session.users.new("customer") for _ in range(2)]
    for person in people:
        install(session, person, app_id)
        check.ok(call(session, person, WRITE, app_id, title="x"))
        check.ok(call(session, person, READ, app_id))
    check.ok(call(session, people[0], WRITE, app_id))
    records = [one for person in people for one in ledger(session, person)]
    good = sum(one["status"] == "success" for one in records)
    reply = check.ok(session.send(OF_APP, owner, params={"app_id": app_id}))
    shown = {name: reply.json.get(name) for name in ("total_actions", "completed", "failed", "unique_users")}
    expected = {"total_actions": 5, "completed": good, "failed": 5 - good, "unique_users": 2}
    check.equal(shown, expected, "the figures are not the calls that were made", reply)
    check.equal(good, 4, "calls that succeed are not recorded as such", reply, rule="C05")
    known = [one["duration_ms"] for one in records if one["duration_ms"] is not None]
    mean = sum(known) / len(known) if known else None
    near = mean == reply["avg_duration_ms"] if mean is None else abs(reply["avg_duration_ms"] - mean) <= 0.06
    check.that(near, "avg_duration_ms is not the mean of the records", reply, expected=mean)


@rule("LIFE-285", RECORD, "GET /v1/developer/earnings/{app_id}", "GET /v1/developer/earnings")
def test_a_recorded_priced_action_earns_once(session: Session, check: Check) -> None:
    """A priced action that a service records earns its developer floor(price x split / 100), once for a trace_id.

    One that failed earns nothing.
    """
    owner = session.users.new_developer("explorer")
    app_id, person = new_app(session, owner), session.users.new("ledger")
    split = int(session.send("GET /v1/developer/apps/{app_id}", owner, params={"app_id": app_id})["revenue_split_dev"])
    body = small_action(session, person, app_id=app_id, extension_price=15)
    record(session, body)
    record(session, {**body, "result_preview": "the same again"})
    quick(session, person, app_id=app_id, extension_price=99, status="failed")
    quick(session, person, app_id=app_id)
    share = 15 * split // 100
    reply = check.ok(session.send("GET /v1/developer/earnings/{app_id}", owner, params={"app_id": app_id}))
    check.equal((reply["total_earnings"], reply["action_count"]), (share, 1), "the app has earned otherwise", reply)
    whole = check.ok(session.send("GET /v1/developer/earnings", owner))
    shown = whole["total_earnings"], whole["total_platform_share"], whole["pending_payout"]
    check.equal(shown, (share, 15 - share, share), "the developer has earned otherwise", whole)


@rule("GATE-250", OF_APP)
def test_only_its_developer_reads_the_figures_of_an_app(session: Session, check: Check) -> None:
    """An app's figures are for its developer: others are refused, whether developers or not; unknown apps are 404.

    A service names the developer in user_id or in X-Acting-User (S16), and gets what the developer gets.
    """
    owner, rival = session.users.new_developer("explorer"), session.users.new_developer("explorer")
    app_id, person = new_app(session, owner), session.users.new("ledger")
    quick(session, person, app_id=app_id, tool_name="a_private_tool")
    where = {"app_id": app_id}
    mine = check.ok(session.send(OF_APP, owner, params=where), "a developer is refused the figures of their app")
    for who in (rival, person):
        for query in ({}, {"user_id": owner.imperal_id}):
            reply = session.send(OF_APP, who, params=where, query=query)
            check.status(reply, 403, 404, message=f"{who.label}: figures of another's app are answered {reply.status}")
            check.that("a_private_tool" not in reply.text, "a refusal shows figures of another's app", reply)
    unknown = session.send(OF_APP, owner, params={"app_id": session.users.fresh("none")})
    check.status(unknown, 404, message=f"an unknown app is answered with {unknown.status}, not 404")
    named = check.ok(session.send(OF_APP, session.users.service, params=where, query={"user_id": owner.imperal_id}))
    check.equal(named.json, mine.json, "a service that names the developer gets other figures", named, rule="S16")
    acting = check.ok(session.send(OF_APP, session.users.acting(owner), params=where))
    check.equal(acting.json, mine.json, "a service that acts for the developer gets other figures", acting, rule="S16")
    refused = session.send(OF_APP, session.users.acting(rival), params=where)
    check.status(refused, 403, 404, message="a service that acts for another developer gets the figures", rule="S16")


# -- an app, for the marketplace -----------------------------------------------------------------------------------


@rule("S03", OF_MARKET)
def test_marketplace_figures_are_for_services(session: Session, check: Check) -> None:
    """The marketplace's figures of an app are for services only: every bearer is refused, the owner's too."""
    owner = session.users.new_developer("explorer")
    app_id = new_app(session, owner)
    where = {"app_id": app_id}
    wrong = Credential("a wrong service token", {"X-Service-Token": "wrong", **owner.bearer.headers})
    for who in (owner.bearer, session.users.admin.bearer, session.users.key(owner), Credential("nobody"), wrong):
        reply = session.send(OF_MARKET, who, params=where)
        check.status(reply, 401, 403, 422, message=f"{who.name} is answered with {reply.status}", about=who.name)
        check.that("total_actions" not in reply.text, f"{who.name} sees figures", reply)
    reply = check.ok(session.send(OF_MARKET, session.users.service, params=where))
    shown = {name: reply.json.get(name) for name in ("app_id", "total_actions", "active_users", "success_rate")}
    empty = {"app_id": app_id, "total_actions": 0, "active_users": 0, "success_rate": 0}
    check.equal(shown, empty, "an app that nobody used has other figures", reply)
    unknown = session.send(OF_MARKET, session.users.service, params={"app_id": session.users.fresh("none")})
    check.status(unknown, 404, message=f"an unknown app is answered with {unknown.status}, not 404")
