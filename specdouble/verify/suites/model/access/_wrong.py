"""Credentials that open nothing, made from good ones."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from specdouble.openapi import Op
from specdouble.verify.api.credentials import NOBODY, Credential, claims
from specdouble.verify.identities import Identity
from specdouble.verify.problems import Unmet
from specdouble.verify.session.session import Session
from specdouble.verify.suites.model._case import workshop

REFUSED = (401, 403)


@dataclass(frozen=True)
class Wrong:
    """A credential that opens nothing."""

    rule: str
    who: Credential


def takes_anything(session: Session, good: Credential) -> bool:
    """Whether the server takes whatever looks like a credential, as a mock does: then none is a wrong one.

    It is asked only where the good ones were not given by the server itself.
    """

    def ask(like: Credential | None) -> bool:
        shop = workshop(session)
        answers: list[bool] = []
        for op in session.contract.ops:
            if op.reads and not op.spec.public and "{" not in op.spec.path and len(answers) < 3:
                try:
                    request = shop.request(op)
                except Unmet:
                    continue
                if like is not None and request.who.headers.keys() != like.headers.keys():
                    continue
                basic = any(value.startswith("Basic ") for value in request.who.headers.values())
                other = base64.b64encode(b"specdouble:nobody").decode() if basic else "specdouble-garbage"
                wrong_one = exchanged(request.who, "garbage", lambda _one, text=other: text)
                answers.append(session.play(request, wrong_one).taken)
        return bool(answers) and all(answers)

    def asked() -> bool:
        return ask(good) or (not any(_alike(session, op, good) for op in session.contract.ops) and ask(None))

    found: bool = session.shared(f"whether any credential is taken in {sorted(good.headers)}", asked)
    return found


def _alike(session: Session, op: Op, good: Credential) -> bool:
    """Whether a read without parameters is called with the same headers as a credential."""
    found = workshop(session).how.get(op.id)
    free = op.reads and not op.spec.public and "{" not in op.spec.path
    return bool(free and found and found[0].credential(op.spec.security).headers.keys() == good.headers.keys())


def exchanged(good: Credential, name: str, change: Any) -> Credential:
    """Return a credential with its token exchanged."""
    headers = {}
    for key, value in good.headers.items():
        scheme, blank, token = value.rpartition(" ")
        if key.lower() == "cookie":
            parts = [one.partition("=") for one in value.split("; ")]
            headers[key] = "; ".join(f"{left}={change(right)}" for left, _, right in parts)
        else:
            headers[key] = f"{scheme}{blank}{change(token)}".strip()
    return Credential(name, headers, {key: change(value) for key, value in good.query.items()})


def _other_case(text: str) -> str:
    """Return a token in another case; a number in hexadecimal digits has none."""
    return text.swapcase() if re.search(r"[g-zG-Z]", text) else flipped(text)


def flipped(text: str) -> str:
    middle = len(text) // 2
    return text[:middle] + ("A" if text[middle : middle + 1] != "A" else "B") + text[middle + 1 :]


def wrong(good: Credential, who: Identity) -> Iterator[Wrong]:
    """Yield credentials that are nearly a good one, the most telling first."""
    yield Wrong("AUTH-41", NOBODY)
    yield Wrong("AUTH-42", exchanged(good, "garbage in place of the token", lambda _one: "garbage"))
    yield Wrong("AUTH-42", exchanged(good, "an empty token", lambda _one: ""))
    yield Wrong("AUTH-42", exchanged(good, "a token with one other character", flipped))
    yield Wrong("AUTH-42", exchanged(good, "a token that is cut short", lambda one: one[: max(1, len(one) * 2 // 3)]))
    yield Wrong("AUTH-42", exchanged(good, "a token with more behind it", lambda one: f"{one}x"))
    yield Wrong("AUTH-42", exchanged(good, "a token in another case", _other_case))
    if any(claims(token) for token in who.tokens):
        yield from forged(good)
    if who.login is not None:
        refresh = next(
            (
                value
                for name, value in who.login.response.items()
                if "refresh" in name.lower() and isinstance(value, str)
            ),
            "",
        )
        if refresh and refresh not in who.tokens:
            yield Wrong("AUTH-45", exchanged(good, "a refresh token as an access token", lambda _one: refresh))
    for name, value in good.headers.items():
        if value.startswith("Bearer "):
            token = value.removeprefix("Bearer ")
            encoded = base64.b64encode(b"admin:admin").decode()
            yield Wrong("AUTH-43", Credential("Basic in place of Bearer", {**good.headers, name: f"Basic {encoded}"}))
            yield Wrong("AUTH-43", Credential("the token in another scheme", {**good.headers, name: f"Digest {token}"}))
        elif value.startswith("Basic "):
            yield Wrong(
                "AUTH-43", Credential("Bearer in place of Basic", {**good.headers, name: f"Bearer {value[6:]}"})
            )


def forged(good: Credential) -> Iterator[Wrong]:
    """Yield tokens that nobody issued, made from a JWT."""

    def unsigned(token: str) -> str:
        head = {**_part(token, 0), "alg": "none"}
        return f"{_encoded(head)}.{token.split('.')[1]}." if token.count(".") == 2 else "garbage"

    def later(token: str) -> str:
        if token.count(".") != 2:
            return "garbage"
        head, _payload, signature = token.split(".")
        told = claims(token)
        return f"{head}.{_encoded({**told, 'exp': int(told.get('exp', 0)) + 86_400})}.{signature}"

    def foreign(token: str) -> str:
        import jwt

        head = _part(token, 0)
        more = {"kid": head["kid"]} if "kid" in head else {}
        return (
            jwt.encode(claims(token), "specdouble-knows-no-secret-of-this-server", "HS256", more)
            if token.count(".") == 2
            else "garbage"
        )

    def bare(token: str) -> str:
        return f"{token.rpartition('.')[0]}." if token.count(".") == 2 else "garbage"

    def expired(token: str) -> str:
        import jwt

        told = claims(token)
        past = {**told, "exp": 1_000_000_000, "iat": 999_999_000}
        return (
            jwt.encode(past, "specdouble-knows-no-secret-of-this-server", "HS256")
            if token.count(".") == 2
            else "garbage"
        )

    yield Wrong("AUTH-44", exchanged(good, "an unsigned token (alg none)", unsigned))
    yield Wrong("AUTH-44", exchanged(good, "a token whose payload was changed", later))
    yield Wrong("AUTH-44", exchanged(good, "a token signed with another key", foreign))
    yield Wrong("AUTH-44", exchanged(good, "a token without its signature", bare))
    yield Wrong("AUTH-44", exchanged(good, "an expired token", expired))


def _part(token: str, number: int) -> dict[str, Any]:
    try:
        part = token.split(".")[number]
        found = orjson.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (IndexError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _encoded(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(value)).decode().rstrip("=")
