"""Wrong credentials: everything that somebody might send in place of a good one, made from a real person's.

They belong to the person who could make the request with a good credential; else a refusal might rest on something
other than the credential.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric import rsa

from specdouble.openapi import Op
from specdouble.verify.api.credentials import Credential, bearer, claims, of_scheme

_SECRET = "x" * 48


@dataclass(frozen=True)
class Wrong:
    """A credential that must open nothing, and the rule that says so."""

    rule: str
    who: Credential


@cache
def foreign_key() -> rsa.RSAPrivateKey:
    """Return a key that no server knows."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(value)).decode().rstrip("=")


def _changed(text: str) -> str:
    """Keep the first half of a text and turn the rest round, letter by letter."""
    middle = len(text) // 2
    return text[:middle] + "".join("A" if one != "A" else "B" for one in text[middle:])


def variants(secret: str) -> dict[str, str]:
    """Return texts that are made from a secret and are never the secret itself, by what they are.

    None is a few letters away from it, for these texts may stand in logs: a part is half of it, and what holds the
    whole goes on for long. What readers of passwords may leave out is not among them: all after 72 bytes, which bcrypt
    does not see.
    """
    half = len(secret) // 2
    made = {
        "the beginning of": secret[:half],
        "the end of": secret[len(secret) - half :],
        "more than": f"{secret}-and-{'x' * 16}",
        "other letters than": secret.swapcase(),
        "nothing of": "",
    }
    return {
        name: one
        for one, name in {text: name for name, text in made.items()}.items()  # each text once
        if one.encode()[:72] != secret.encode()[:72] and _far(one, secret)
    }


def _far(one: str, other: str) -> bool:
    return len(one) != len(other) or sum(a != b for a, b in zip(one, other, strict=True)) >= max(4, len(other) // 3)


def forged(token: str) -> Iterator[Wrong]:
    """Yield tokens that nobody issued: tampered, unsigned, signed with other keys or algorithms."""
    head, payload, signature = token.split(".")
    header, body = jwt.get_unverified_header(token), claims(token)
    later = dict(reversed(body.items())) | {"exp": body.get("exp", 0) + 86400}  # in another order
    yield Wrong("AUTH-06", bearer(f"{head}.{_part(later)}.{signature}", "a token with a tampered payload"))
    yield Wrong(
        "AUTH-07", bearer(f"{head}.{payload}.{signature[: len(signature) // 2]}", "a token with a cut signature")
    )
    yield Wrong("AUTH-07", bearer(f"{head}.{payload}.{_changed(signature)}", "a token with a changed signature"))
    yield Wrong("AUTH-07", bearer(f"{head}.{payload}.", "a token without its signature"))
    for name in ("none", "None", "NONE"):
        unsigned = f"{_part({**header, 'alg': name})}.{payload}."
        yield Wrong("AUTH-08", bearer(unsigned, f"an unsigned token (alg {name})"))
    yield Wrong(
        "AUTH-09", bearer(jwt.encode(body, _SECRET, "HS256", {"kid": header.get("kid")}), "a token of alg HS256")
    )
    foreign = jwt.encode(body, foreign_key(), "RS256", {"kid": header.get("kid")})
    yield Wrong("AUTH-09", bearer(foreign, "a token signed with a foreign key"))
    unknown = jwt.encode(body, foreign_key(), "RS256", {"kid": "unknown-key"})
    yield Wrong("AUTH-09", bearer(unknown, "a token of an unknown kid"))


def declared(schemes: Mapping[str, Any], op: Op, token: str) -> Iterator[Wrong]:
    """Yield wrong credentials for the schemes that an operation declares; `token` is a good bearer's, if any."""
    yield Wrong("AUTH-01", Credential("no credential"))
    for name in sorted({name for way in op.spec.security for name in way}):
        scheme = schemes.get(name, {})
        if scheme.get("type") == "apiKey":
            yield Wrong("AUTH-14", of_scheme(scheme, "specdouble-" + "x" * 32, f"an unknown key ({name})"))
            yield Wrong("AUTH-02", of_scheme(scheme, "", f"an empty key ({name})"))
        elif str(scheme.get("scheme", "")).lower() == "basic":
            yield Wrong("AUTH-05", of_scheme(scheme, "specdouble:nobody", f"unknown words of Basic ({name})"))
            yield Wrong("AUTH-02", Credential("Basic without words", {"Authorization": "Basic"}))
        else:
            yield Wrong("AUTH-03", bearer("garbage", f"garbage as a token ({name})"))
            yield Wrong("AUTH-02", Credential("Bearer without a token", {"Authorization": "Bearer"}))
            yield Wrong("AUTH-05", Credential("Basic", {"Authorization": "Basic YWRtaW46YWRtaW4="}))
            if token:
                yield Wrong("AUTH-04", Credential("another scheme", {"Authorization": f"Token {token}"}))
            if claims(token):
                yield from forged(token)
