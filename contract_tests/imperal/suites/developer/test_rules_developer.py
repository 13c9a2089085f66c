"""Rules of developers: enrolment, the profile, tiers and what they cost."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from specdouble.verify.kit import Check, Read, rule

from ...people import Person
from ...session import Session
from ...shared.apps import new_app
from ...shared.money import balance, history
from .._rules import kept, shows
from ._developer import App, Doc, fails

REGISTER, PROFILE, TIER = "POST /v1/developer/register", "GET /v1/developer/profile", "PUT /v1/developer/tier"
PRICES = {"explorer": 0, "indie": 9_000, "studio": 29_000}
UNENROLLED: tuple[tuple[str, Doc | None], ...] = (
    (PROFILE, None),
    (TIER, {"tier": "indie"}),
    ("GET /v1/developer/apps", None),
    ("POST /v1/developer/apps", {"name": "Too early", "short_description": "Made by nobody."}),
    ("GET /v1/developer/apps/{app_id}", None),
    ("PUT /v1/developer/apps/{app_id}", {"description": "Mine now."}),
    ("DELETE /v1/developer/apps/{app_id}", {}),
    ("POST /v1/developer/apps/{app_id}/submit", {}),
    ("POST /v1/developer/apps/{app_id}/suspend", None),
    ("GET /v1/developer/apps/{app_id}/analytics", None),
    ("GET /v1/developer/apps/{app_id}/deploys", None),
    ("POST /v1/developer/apps/{app_id}/deploys", {"commit_sha": "0" * 40}),
    ("GET /v1/developer/earnings", None),
    ("GET /v1/developer/earnings/{app_id}", None),
    ("POST /v1/developer/payouts/request", {"amount_tokens": 10_000}),
    ("GET /v1/developer/payouts", None),
)


def _own(person: Person) -> tuple[Read, ...]:
    """Return the reads that show whether somebody is a developer, and their money."""
    paths = ("GET /v1/developer/profile", "GET /v1/billing/balance", "GET /v1/billing/wallet/history")
    return (*(Read(path, person.bearer) for path in paths), Read("GET /v1/me/nickname", person.bearer))


def _with_balance(session: Session, tokens: int, person: Person | None = None) -> Person:
    """Return a person whose wallet holds exactly so many tokens."""
    person = person or session.users.new("payer")
    session.users.fund(person, tokens - balance(session, person))
    return person


def _year_ahead(check: Check, text: Any, what: str) -> None:
    days = (datetime.fromisoformat(str(text)) - datetime.now().astimezone()).total_seconds() / 86_400
    check.that(364 < days < 367, f"{what} is not a year ahead", expected="a year from now", got=text)


@rule("M10", REGISTER, PROFILE)
def test_a_display_name_alone_enrols(session: Session, check: Check) -> None:
    """Enrolling takes display_name alone, and the profile shows every word that was sent and sensible beginnings."""
    person = session.users.new()
    said = {"display_name": "Ada Lovelace", "website": "https://ada.example.com", "description": "Notes by Ada."}
    response = check.ok(session.send(REGISTER, person, body=said))
    profile = check.ok(session.send(PROFILE, person))
    shows(check, profile, {**said, "imperal_id": person.imperal_id, "email": person.email}, "the profile")
    shows(check, profile, {"tier": "explorer", "apps_count": 0, "total_earnings": 0}, "a new profile")
    shows(check, response, {name: profile.json.get(name) for name in response.json or {}}, "the answer to enrolling")
    nickname = session.send("GET /v1/me/nickname", person)["nickname"]
    check.equal(profile["nickname"], nickname, "the profile and /v1/me/nickname show different nicknames", profile)
    made = datetime.fromisoformat(str(profile["registered_at"]))
    age = abs((datetime.now().astimezone() - made).total_seconds())
    check.that(age < 3_600, "registered_at is not the time of enrolling", profile, got=profile["registered_at"])
    check.equal(session.send(PROFILE, person).json, profile.json, "two reads of a profile differ", profile)
    plain = session.users.new()
    check.ok(session.send(REGISTER, plain, body={"display_name": "Plain"}), "display_name alone is refused")
    shown = check.ok(session.send(PROFILE, plain))
    check.that(not shown.json.get("website") and not shown.json.get("description"), "texts appear from nowhere", shown)


@rule("M10", REGISTER, PROFILE)
def test_a_nickname_and_a_tier_alone_enrol(session: Session, check: Check) -> None:
    """Enrolling takes tier and nickname alone, tells what came of it, and shows the nickname wherever it belongs."""
    person, nickname = session.users.new(), session.users.fresh("nick")
    response = check.ok(session.send(REGISTER, person, body={"tier": "explorer", "nickname": nickname}))
    profile = check.ok(session.send(PROFILE, person))
    shows(check, profile, {"tier": "explorer", "nickname": nickname}, "the profile")
    shows(check, response, {"tier": "explorer", "nickname": nickname}, "the answer to enrolling")
    check.equal(response.json.get("registered_at"), profile["registered_at"], "registered_at is two times", response)
    check.equal(session.send("GET /v1/me/nickname", person)["nickname"], nickname, "/v1/me/nickname shows another one")
    page = session.send("GET /v1/marketplace/developer/{developer_id}", params={"developer_id": person.imperal_id})
    check.equal(page["nickname"], nickname, "the public page shows another nickname", page)


@rule("M10", REGISTER)
@pytest.mark.parametrize("body", [{}, {"tier": "explorer"}, {"website": "https://ada.example.com"}])
def test_somebody_without_any_name_is_not_enrolled(body: Doc, session: Session, check: Check) -> None:
    """Enrolling with neither a display name nor a nickname is 422 and makes no developer."""
    person = session.users.new()
    fails(check, lambda: session.send(REGISTER, person, body=body), 422, why="no name at all", watch=_own(person))


@rule("M09", REGISTER)
def test_enrolling_twice_is_refused(session: Session, check: Check) -> None:
    """Enrolling a second time is 400 with the words "already registered" and changes neither profile nor wallet."""
    person = _with_balance(session, 50_000)
    session.send(REGISTER, person, body={"display_name": "Once", "nickname": session.users.fresh("nick")}).need()
    again = {"display_name": "Twice", "nickname": session.users.fresh("nick"), "tier": "indie"}
    reply = fails(
        check, lambda: session.send(REGISTER, person, body=again), 400, why="a second enrolment", watch=_own(person)
    )
    check.that("already registered" in str(reply.detail).lower(), "the refusal lacks 'already registered'", reply)


@rule("M09", REGISTER)
def test_a_nickname_belongs_to_one_person(session: Session, check: Check) -> None:
    """A nickname that somebody has is 400 with the word "taken", and whoever asked for it is not enrolled."""
    holder, nickname = session.users.new(), session.users.fresh("nick")
    session.send(REGISTER, holder, body={"display_name": "First", "nickname": nickname}).need()
    person = _with_balance(session, 50_000)
    body = {"display_name": "Second", "nickname": nickname, "tier": "indie"}
    watch = (*_own(person), *_own(holder))
    reply = fails(check, lambda: session.send(REGISTER, person, body=body), 400, why="a taken nickname", watch=watch)
    check.that("taken" in str(reply.detail).lower(), "the refusal lacks the word 'taken'", reply)
    check.ok(
        session.send(REGISTER, person, body={"display_name": "Second"}), "a refused enrolment left something behind"
    )


@rule("LIFE-300", REGISTER)
@pytest.mark.parametrize("tier", ["indie", "studio"])
def test_enrolling_on_a_paid_tier_takes_its_year(tier: str, session: Session, check: Check) -> None:
    """A paid tier takes exactly its yearly price from the wallet at once, as one ledger entry, and shows everywhere."""
    price, nickname = PRICES[tier], session.users.fresh("nick")
    poor = _with_balance(session, price - 1, session.users.new())
    body = {"display_name": "Paid", "tier": tier}
    fails(check, lambda: session.send(REGISTER, poor, body=body), 402, why="one token too few", watch=_own(poor))
    person = _with_balance(session, price, session.users.new())
    before = history(session, person)
    response = check.ok(
        session.send(REGISTER, person, body={**body, "nickname": nickname}), "exactly enough is refused"
    )
    check.equal(response.json.get("tier"), tier, "the response shows another tier", response)
    check.equal(session.send(PROFILE, person)["tier"], tier, "the profile shows another tier", op=PROFILE)
    _paid(session, check, person, 0, price, before)
    mine = session.send("GET /v1/auth/me", person)
    check.equal(mine["attributes"].get("developer_tier"), tier, "attributes.developer_tier is not the tier", mine)


def _paid(session: Session, check: Check, person: Person, left: int, price: int, before: list[Doc]) -> None:
    """Check that a wallet paid a tier: what is left, and exactly one new entry (none for a tier that is free)."""
    check.equal(balance(session, person), left, "the wallet does not hold what is left after the tier's price")
    new = history(session, person)[: len(history(session, person)) - len(before)]
    check.equal([one["amount"] for one in new], [-price] if price else [], "the ledger does not show the tier's price")
    check.equal([one["reason"] for one in new], ["tier_fee"] if price else [], "the ledger gives another reason")


@rule("LIFE-301", TIER, PROFILE)
def test_changing_the_tier_takes_the_price_of_the_new_one(session: Session, check: Check) -> None:
    """Another tier costs its full year at once, whichever the old one was, and a free one costs nothing."""
    person = _with_balance(session, 60_000, session.users.new_developer("explorer"))
    left = 60_000
    for tier in ("indie", "studio", "indie", "explorer"):
        before, price = history(session, person), PRICES[tier]
        reply = check.ok(session.send(TIER, person, body={"tier": tier}))
        left -= price
        shows(check, reply, {"tier": tier, "charged_tokens": price}, f"the change to {tier}")
        if price:
            _year_ahead(check, reply["renews_at"], f"renews_at of {tier}")
        else:
            check.equal(reply["renews_at"], None, "a free tier renews", reply)
        check.equal(session.send(PROFILE, person)["tier"], tier, "the profile shows another tier", reply)
        _paid(session, check, person, left, price, before)
        mine = session.send("GET /v1/auth/me", person)["attributes"]
        check.equal(mine.get("developer_tier"), tier, "attributes.developer_tier is not the tier", reply)
        page = session.send("GET /v1/marketplace/developer/{developer_id}", params={"developer_id": person.imperal_id})
        check.equal(page["tier"], tier, "the public page shows another tier", page)


@rule("LIFE-302", TIER)
def test_a_tier_that_cannot_be_had_is_refused(session: Session, check: Check) -> None:
    """The present tier is 409, one beyond the wallet 402, partner is an administrator's to grant; nothing changes."""
    person = _with_balance(session, 8_999, session.users.new_developer("explorer"))
    watch = _own(person)

    def asks(tier: str, status: int, why: str) -> None:
        fails(check, lambda: session.send(TIER, person, body={"tier": tier}), status, why=why, watch=watch)

    asks("explorer", 409, "the present tier")
    asks("indie", 402, "one token too few for indie")
    asks("studio", 402, "too few tokens for studio")
    session.users.fund(person, 100_000)
    asks("partner", 403, "partner for money")
    session.send(TIER, person, body={"tier": "indie"}).need()
    asks("indie", 409, "the present paid tier")
    rich = _with_balance(session, 120_000)
    body = {"display_name": "Rich", "tier": "partner"}
    why, watch = "enrolling as a partner for money", _own(rich)
    fails(check, lambda: session.send(REGISTER, rich, body=body), 403, 422, 402, 400, why=why, watch=watch)


@rule("M25", TIER, "POST /v1/developer/apps")
def test_a_tier_change_leaves_the_split_of_existing_apps(session: Session, check: Check) -> None:
    """Apps keep the split they were made with when their developer's tier changes; younger apps get the new one."""
    person = _with_balance(session, 45_000, session.users.new_developer("explorer"))
    splits = {new_app(session, person): 70}
    for tier, split in (("indie", 80), ("studio", 85)):
        session.send(TIER, person, body={"tier": tier}).need()
        splits[new_app(session, person)] = split
    session.send(TIER, person, body={"tier": "explorer"}).need()
    rows = session.send("GET /v1/developer/apps", person).need().json
    listed = {one["app_id"]: one["revenue_split_dev"] for one in rows}
    for app_id, split in splits.items():
        shown = session.send("GET /v1/developer/apps/{app_id}", person, params={"app_id": app_id})
        check.equal(shown["revenue_split_dev"], split, "the split of an app is not that of its birth", shown)
        check.equal(listed.get(app_id), split, "the list shows another split", shown)


@rule("M08")
@pytest.mark.parametrize(("op", "body"), UNENROLLED, ids=str)
def test_the_portal_is_closed_before_enrolment(op: str, body: Doc | None, session: Session, check: Check) -> None:
    """Every route of developers is 403 to somebody who never enrolled, however rich, and leaves nothing behind."""
    person, app_id = session.shared("an outsider", lambda: _with_balance(session, 10_000)), session.users.fresh("app")
    more: Doc = {} if body is None else {"body": dict(body)}
    if op == "POST /v1/developer/apps":
        more["body"]["app_id"] = app_id
    if op.startswith("DELETE"):
        more["body"]["confirm_name"] = app_id
    params = {"app_id": app_id}
    fails(check, lambda: session.send(op, person, params=params, **more), 403, why="not enrolled", watch=_own(person))
    if op == "POST /v1/developer/apps":
        owner = session.users.new_developer("explorer")
        check.ok(session.send(op, owner, **more), "an app that was refused to an outsider took its slug")


@rule("LIFE-303", PROFILE, "GET /v1/developer/apps")
def test_the_profile_counts_apps(session: Session, check: Check) -> None:
    """apps_count of the profile is the number of the developer's apps, and a deletion counts down."""
    person = session.users.new_developer("studio")
    made: list[str] = []
    for _ in range(3):
        check.equal(session.send(PROFILE, person)["apps_count"], len(made), "apps_count is not the number of apps")
        made.append(new_app(session, person))
    before = session.send(PROFILE, person).need()
    check.equal(before["apps_count"], 3, "apps_count is not the number of apps", before)
    App(session, made.pop(), person).delete().need()
    after = session.send(PROFILE, person)
    check.equal(after["apps_count"], 2, "apps_count does not count down", after)
    kept(check, after, before.json, "the profile", "apps_count")
