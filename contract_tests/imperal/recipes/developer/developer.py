"""Developers: enrolment, profile and tier, earnings and payouts (`/v1/developer/…`, without the apps)."""

from __future__ import annotations

from specdouble.verify.kit import Read, Ready, Unmet, either, perhaps, recipe

from ...session import Session
from ...shared.apps import own_app
from ...shared.earnings import payout, wealthy

YEAR_OF_INDIE = 9_000  # tokens


@recipe("POST /v1/developer/register")
def register(session: Session) -> Ready:
    """Enrol somebody new, on a paid tier where that can be paid, with everything that a developer may say."""
    person, tier = session.users.new(), "indie"
    try:
        session.users.fund(person, YEAR_OF_INDIE)
    except Unmet:
        if session.settings.local:
            raise
        tier = "explorer"
    body = {
        "display_name": f"Works of {person.imperal_id}",
        "website": "https://works.example.com",
        "description": "Small tools, made by hand.",
        "tier": tier,
        "nickname": session.users.fresh("nick"),
    }
    watch = (Read("GET /v1/developer/profile", person.bearer), Read("GET /v1/billing/balance", person.bearer))
    return Ready(person.bearer, person, body=body, watch=watch)


@recipe("GET /v1/developer/profile")
def profile(session: Session) -> Ready:
    """Read the profile of a developer who has an app."""
    owner = own_app(session).owner
    return Ready(owner.bearer, owner)


@recipe("PUT /v1/developer/tier")
def change_tier(session: Session) -> Ready:
    """Let an explorer who can pay for it move up."""
    person = session.users.new_developer("explorer")
    session.users.fund(person, YEAR_OF_INDIE)
    watch = (Read("GET /v1/developer/profile", person.bearer), Read("GET /v1/billing/balance", person.bearer))
    return Ready(person.bearer, person, body={"tier": "indie"}, watch=watch)


@recipe("GET /v1/developer/earnings")
def earnings(session: Session) -> Ready:
    """Read the totals of somebody who has earned something."""
    owner = either(session, lambda: wealthy(session).owner, lambda: own_app(session).owner)
    return Ready(owner.bearer, owner)


@recipe("GET /v1/developer/earnings/{app_id}")
def earnings_of_app(session: Session) -> Ready:
    """Read what one app has earned."""
    rich = either(session, lambda: wealthy(session), lambda: own_app(session))
    return Ready(rich.owner.bearer, rich.owner, {"app_id": rich.app_id})


@recipe("POST /v1/developer/payouts/request")
def request_payout(session: Session) -> Ready:
    """Ask for a part of what was earned."""
    owner = wealthy(session).owner
    watch = (Read("GET /v1/developer/payouts", owner.bearer), Read("GET /v1/developer/earnings", owner.bearer))
    return Ready(owner.bearer, owner, body={"amount_tokens": 10_001}, watch=watch)


@recipe("GET /v1/developer/payouts")
def payouts(session: Session) -> Ready:
    """List the payouts of somebody who asked for one."""
    owner = either(session, lambda: wealthy(session).owner, lambda: own_app(session).owner)
    if owner.ours:
        perhaps(session, lambda: session.shared("a payout", lambda: payout(session, owner)))
    return Ready(owner.bearer, owner)
