"""Ways to spoil who gets in: what the policies refuse, one operation lets through."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jwt

from specdouble.mock.pipeline.call import Call, Caller
from specdouble.mock.pipeline.problems import Problem
from specdouble.packs.imperal.mockserver.auth_gateway import policy
from tests.planted.fault import Maker, Site
from tests.planted.makers import swapped

Admit = Callable[[Call], None]
Finder = Callable[[Call], Caller | None]


def gate(function: Callable[[Call, Admit], None]) -> Maker:
    """Put a function around the policy, for this operation alone."""

    def make(site: Site) -> None:
        policy, op = site.service.policy, site.op
        inner = policy.admit

        def admit(call: Call) -> None:
            if call.op is op:
                function(call, inner)
            else:
                inner(call)

        site.service.policy = replace(policy, admit=admit)

    return make


def forgives(find: Finder, *statuses: int) -> Maker:
    """Let in whom the policy refuses when ``find`` knows somebody for the call."""

    def admit(call: Call, inner: Admit) -> None:
        try:
            inner(call)
        except Problem as problem:
            caller = find(call) if problem.status in (statuses or (401,)) else None
            if caller is None:
                raise
            call.caller = caller

    return gate(admit)


def strips(*headers: str) -> Maker:
    """Read the request as if some of its headers had not been sent."""
    return gate(lambda call, inner: (_strip(call, headers), inner(call))[1])


def _strip(call: Call, headers: tuple[str, ...]) -> None:
    sent = call.headers
    call.headers = _Headers(sent, dict.fromkeys(headers))


class _Headers:
    """Headers of which some read otherwise."""

    def __init__(self, sent: Any, other: dict[str, str | None]) -> None:
        self._sent, self._other = sent, other

    def get(self, key: str, /) -> str | None:
        return self._other[key] if key in self._other else self._sent.get(key)


def reads(header: str, change: Callable[[str], str | None]) -> Maker:
    """Read a header in another way than it was sent."""

    def admit(call: Call, inner: Admit) -> None:
        sent = call.headers.get(header)
        if sent is not None:
            call.headers = _Headers(call.headers, {header: change(sent)})
        inner(call)

    return gate(admit)


def loosely(owner: Any, name: str, function: Callable[..., Any]) -> Maker:
    """Replace a function of the policy's modules while it decides about this operation."""

    def admit(call: Call, inner: Admit) -> None:
        with swapped((owner, name, function)):
            inner(call)

    return gate(admit)


def any_role() -> Maker:
    """Forget the role that the operation asks for."""

    def make(site: Site) -> None:
        site.op.required_role = None

    return make


def open_to_all() -> Maker:
    """Ask for no credential."""

    def make(site: Site) -> None:
        site.op.public = True

    return make


# -- who is found where the policy finds nobody ----------------------------------------------------------------------


def person(user_id: str) -> Finder:
    """Take everybody without a credential for one person."""
    return lambda call: Caller("user", call.state["users"].get(user_id)) if not _sent(call) else None


def _sent(call: Call) -> bool:
    return any(call.headers.get(name) for name in ("authorization", "x-api-key", "x-service-token"))


def _token(call: Call) -> str:
    return (call.headers.get("authorization") or "").partition(" ")[2]


def claimed(call: Call) -> Caller | None:
    """Believe what a token says, whoever signed it."""
    try:
        claims = jwt.decode(_token(call), options={"verify_signature": False})
    except jwt.InvalidTokenError:
        return None
    user = call.state["users"].get(claims.get("sub"))
    return Caller("user", user, claims.get("sid"), claims) if user else None


def signed(call: Call) -> Caller | None:
    """Believe a token that the platform signed, although its session has ended or its user is inactive."""
    claims = policy._tokens.verify(call.world, _token(call))
    user = call.state["users"].get(claims["sub"]) if claims else None
    return Caller("user", user, claims["sid"], claims) if claims and user else None


def refresher(call: Call) -> Caller | None:
    """Take a refresh token for an access token."""
    session = call.state["sessions"].first(refresh_hash=policy._tokens.digest(_token(call)))
    user = call.state["users"].get(session["user_id"]) if session else None
    return Caller("user", user, session["session_id"]) if session and user else None


def anybody(call: Call) -> Caller | None:
    """Take any person with a good credential for the platform's own service."""
    caller = policy._person(call)
    return Caller("service", caller.user) if caller else None


def administrator(call: Call) -> Caller | None:
    """Take an administrator for the platform's own service."""
    caller = policy._person(call)
    return Caller("service") if caller and caller.user and caller.user["role"] == "admin" else None


def whole_service(_call: Call) -> Caller:
    """Take whoever it is for the platform's own service."""
    return Caller("service")
