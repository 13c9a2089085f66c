"""Logins: a password counts as it is, a failure tells nothing, many failures are slowed down, sessions end in time."""

from __future__ import annotations

import re
import time
from typing import Any

from specdouble.openapi import Op
from specdouble.openapi.model.evidence.words import words
from specdouble.verify.api.credentials import NOBODY, claims
from specdouble.verify.api.rules import rule
from specdouble.verify.generated import Known
from specdouble.verify.generated.guard import own_words
from specdouble.verify.identities import Identity
from specdouble.verify.problems import Unmet
from specdouble.verify.responses.reply import Reply
from specdouble.verify.session.check import Check
from specdouble.verify.session.session import Session
from specdouble.verify.suites.model._case import REFUSED, as_sent, body_members, by_model, workshop
from specdouble.verify.suites.model.access._wrong import exchanged
from specdouble.verify.suites.model.access.test_sessions import protected_read

_NUMBERS = dict(zip(["three", "four", "five", "six", "seven", "eight", "nine", "ten"], range(3, 11), strict=True))
_ATTEMPTS = re.compile(
    rf"\b(\d{{1,2}}|{'|'.join(_NUMBERS)})\b[^.]{{0,30}}\b(fail\w*|attempts|tries|wrong)\b[^.]{{0,60}}", re.IGNORECASE
)
_FOR_ONE = re.compile(r"\b(address|account|user|login|email|name)\b", re.IGNORECASE)
_LIFE = frozenset({"lifetime", "ttl", "expires", "duration", "validity", "seconds", "expiry"})
_OTHERWISE = frozenset(
    {"refresh", "register", "signup", "registration", "forgot", "reset", "change", "keys", "revoke", "verify"}
)
_SHORT = 1.5  # seconds over the life of a session that is waited for


def logs_in(op: Op, _known: Known) -> bool:
    """Whether an operation looks like the login of a person."""
    said = own_words(op)
    named = said & {"login", "signin", "session", "sessions", "token", "authenticate", "auth"} and not said & _OTHERWISE
    members = _body_names(op)
    return op.spec.method == "POST" and bool(named) and any(re.search("pass|pin|secret", one, re.I) for one in members)


def _body_names(op: Op) -> list[str]:
    content = next(iter(op.spec.body.content.values()), None) if op.spec.body is not None else None
    schema = content.schema if content is not None and isinstance(content.schema, dict) else {}
    return list(schema.get("properties") or {}) or (["password"] if "$ref" in schema else [])


class Login:
    """The login of a given person, and of somebody whom this run may have registered for the purpose."""

    def __init__(self, session: Session, op: Op) -> None:
        self.session, self.op = session, op
        self.who = self._given()
        self.body: dict[str, Any] = dict(self.who.login.sent) if self.who.login is not None else {}
        self.secret = next((one for one in self.body if re.search("pass|pin|secret", one, re.IGNORECASE)), "")
        self.name = next((one for one in self.body if one != self.secret), "")
        if not self.secret or not self.name:
            raise Unmet("nobody logs in here with a name and a password: --auth FILE with a login")
        self.ours = self._registered()

    def _given(self) -> Identity:
        for one in workshop(self.session).identities.peers:
            if one.login is not None and _same_path(one.login.path, self.op):
                return one
        raise Unmet("nobody logs in by this operation: --auth FILE with a login")

    def _registered(self) -> bool:
        """Register somebody and take their name and password; whether that was possible."""
        shop = workshop(self.session)
        for op in self.session.contract.ops:
            if op.spec.method != "POST" or not own_words(op) & {"register", "signup", "registration", "users"}:
                continue
            try:
                request = shop.request(op)
            except Unmet:
                continue
            body = request.body if isinstance(request.body, dict) else {}
            if self.name not in body or self.secret not in body:
                continue
            if not shop.send(request).ok:
                continue
            made = {**self.body, self.name: body[self.name], self.secret: body[self.secret]}
            if self.send(made).ok:
                self.body = made
                return True
        return False

    def send(self, body: dict[str, Any], *, limited: bool = False) -> Reply:
        """Send a login."""
        found: Reply = self.session.client.send(
            self.op, NOBODY, limited=limited, **as_sent(self.session, self.op, body)
        )
        return found

    def but(self, **changes: Any) -> dict[str, Any]:
        """Return the body with another `name` or `secret`."""
        return {**self.body, **{getattr(self, key): value for key, value in changes.items()}}


def _login(session: Session, check: Check, op: Op) -> Login | None:
    """Return the login of a given person, None where the operation is the login of none."""
    people = workshop(session).identities.people
    if not any(one.login is not None for one in people):
        raise Unmet("nobody logs in: --auth FILE with a login")
    if not any(one.login is not None and _same_path(one.login.path, op) for one in people):
        check.does_not_apply("nobody logs in by this operation")
        return None
    return Login(session, op)


def _same_path(path: str, op: Op) -> bool:
    return path.partition("?")[0].rstrip("/") == op.spec.path.rstrip("/")


@rule("AUTH-57")
@by_model(logs_in)
def test_a_password_counts_as_it_is(op: Op, session: Session, check: Check) -> None:
    """A password in another case, cut, or with more behind it is refused, with 401 where that is declared."""
    login = _login(session, check, op)
    if login is None:
        return
    right = str(login.body[login.secret])
    tries = [("a password in another case", right.swapcase())]
    if login.ours or session.settings.local:
        tries += [("a password with more behind it", f"{right}x")]
    if login.ours:
        tries += [("a password that is cut", right[:-1]), ("blanks around a password", f" {right} ")]
    for said, value in tries:
        if value == right:
            continue
        reply = login.send(login.but(secret=value))
        check.that(not reply.ok, f"{said} is answered with {reply.status}", reply, expected="401", about=said)
        wrong = 401 in op.spec.responses and op.spec.response(reply.status) is None
        check.that(
            not wrong or reply.ok or reply.status in (423, 429),
            f"a wrong password is answered with {reply.status}, and 401 is declared",
            reply,
            expected="401",
            about="status",
        )
    again = login.send(login.body)
    if again.status in (423, 429):
        return  # so many failures are slowed down
    check.that(again.ok, f"the right password is answered with {again.status}", again, expected="2xx", about="right")


@rule("ISO-47")
@by_model(logs_in)
def test_a_failed_login_does_not_tell_who_has_an_account(op: Op, session: Session, check: Check) -> None:
    """A wrong password and an unknown name are answered alike: with one status and one message."""
    login = _login(session, check, op)
    if login is None:
        return
    if not login.ours and not session.settings.local:
        raise Unmet("a failed login of a given person may lock them out")
    wrong = login.send(login.but(secret=f"{login.body[login.secret]}-Wr0ng"))
    name = str(login.body[login.name])
    unknown = f"specdouble.{int(time.time())}@example.com" if "@" in name else f"specdouble{int(time.time())}"
    other = login.send(login.but(name=unknown, secret=f"{login.body[login.secret]}-Wr0ng"))
    if wrong.status == 429 or other.status in (400, 422, 429):
        raise Unmet(f"failed logins are answered with {wrong.status} and {other.status}")
    check.that(
        wrong.status == other.status,
        f"a wrong password is answered with {wrong.status}, an unknown name with {other.status}",
        other,
        expected=wrong.status,
        about="status",
    )
    texts = [_told(one, name, unknown) for one in (wrong, other)]
    check.that(
        wrong.status != other.status or texts[0] == texts[1],
        "the refusal of an unknown name says something else than that of a wrong password",
        other,
        expected=texts[0],
        got=texts[1],
        about="text",
    )


def _told(reply: Reply, *names: str) -> Any:
    """Return what a refusal says, without what differs between any two."""
    if not isinstance(reply.json, dict):
        return ""
    found = {key: value for key, value in _flat(reply.json) if re.search("code|message|title|detail|error|type", key)}
    return {key: re.sub("|".join(map(re.escape, names)), "NAME", value) for key, value in found.items()}


def _flat(value: Any, key: str = "") -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [one for name, inner in value.items() for one in _flat(inner, f"{key}/{name}".lower())]
    return [(key, value)] if isinstance(value, str) else []


@rule("AUTH-55")
@by_model(lambda op, known: logs_in(op, known) and 429 in op.spec.responses)
def test_many_failed_logins_are_slowed_down(op: Op, session: Session, check: Check) -> None:
    """Where the document says after how many failures for an account a login is refused for a while, it is (429)."""
    text = f"{op.spec.summary} {op.spec.description} {' '.join(one.description for one in op.spec.responses.values())}"
    found = _ATTEMPTS.search(text)
    if found is None or not _FOR_ONE.search(found[0]):
        check.does_not_apply("the document does not say after how many failures for one account")
        return
    login = _login(session, check, op)
    if login is None:
        return
    if not login.ours:
        name = str(login.body[login.name])
        unknown = f"specdouble.{int(time.time())}@example.com" if "@" in name else f"specdouble{int(time.time())}"
        login.body = login.but(name=unknown)
    many = _NUMBERS.get(found[1].lower()) or int(found[1])
    reply = None
    for _ in range(many + 2):
        reply = login.send(login.but(secret=f"{login.body[login.secret]}-Wr0ng"), limited=True)
        if reply.status == 429:
            break
    assert reply is not None
    check.that(
        reply.status == 429,
        f"after {many + 2} failures a login is answered with {reply.status}, and the document says {found[0].strip()}",
        reply,
        expected="429",
        about="429",
    )


@rule("AUTH-56")
@by_model(logs_in)
def test_a_session_ends_in_time(op: Op, session: Session, check: Check) -> None:
    """A session lasts as long as its login says: its token says the same, and is refused when that time has passed."""
    login = _login(session, check, op)
    if login is None:
        return
    shop = workshop(session)
    name = next(
        (
            one
            for one, schema in body_members(session, op).items()
            if set(words(one)) & _LIFE and shop.filler(op).flats.of(schema).type == "integer"
        ),
        "",
    )
    wanted: dict[str, Any] = {}
    if name:
        least = shop.filler(op).flats.of(body_members(session, op)[name]).low
        wanted = {name: max(1, int(least or 1))}
    body = {**(login.who.login.sent if login.who.login is not None else {}), **wanted}
    reply = login.send(body).need()
    found = reply.json if isinstance(reply.json, dict) else {}
    token = next((one for key, one in found.items() if "access" in key or key == "token"), "")
    lives = next((one for key, one in found.items() if "expires" in key.lower() and isinstance(one, int)), None)
    if not isinstance(token, str) or not token:
        check.does_not_apply("the login gives no token")
        return
    told = claims(token)
    if lives is not None and isinstance(told.get("exp"), int) and isinstance(told.get("iat"), int) and lives < 10**8:
        check.that(
            abs(told["exp"] - told["iat"] - lives) <= 2,
            "a token lives another time than its login says",
            reply,
            expected=lives,
            got=told["exp"] - told["iat"],
            about="says",
        )
    if wanted and lives is not None:
        check.that(
            lives == wanted[name],
            f"a session of {wanted[name]} seconds was asked for, and one of {lives} is given",
            reply,
            expected=wanted[name],
            got=lives,
            about="wanted",
        )
    life = wanted.get(name) or lives
    if not isinstance(life, int) or life > 3:
        check.that(True, "", reply)
        return
    probe = protected_read(session, login.who)
    late = exchanged(login.who.everything, "a session whose time has passed", lambda _one: token)
    time.sleep(life + _SHORT)
    after = session.play(probe, late)
    check.that(
        after.status in REFUSED,
        f"a session whose time has passed is answered with {after.status}",
        after,
        op=op,
        rule="AUTH-54",
        expected="401",
        about="ended",
    )
    _outlived(session, check, op, found)


def _outlived(session: Session, check: Check, op: Op, found: dict[str, Any]) -> None:
    """Judge that a refresh token goes on working when its access token has ended."""
    held = next(((key, one) for key, one in found.items() if "refresh" in key.lower() and isinstance(one, str)), None)
    if held is None:
        return
    for other in session.contract.ops:
        if other.spec.method == "POST" and "refresh" in own_words(other) and held[0] in body_members(session, other):
            reply = session.client.send(other, NOBODY, **as_sent(session, other, {held[0]: held[1]}))
            check.that(
                reply.ok,
                f"the refresh token of an ended access token is answered with {reply.status}",
                reply,
                op=op,
                expected="2xx",
                about="refresh",
            )
            return
