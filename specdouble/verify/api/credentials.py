"""Who calls: the headers of a credential, and the people behind them."""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson


@dataclass(frozen=True)
class Credential:
    """What one kind of caller sends: headers, and where the scheme wants it there, words of the query.

    `name` is what reports call it.
    """

    name: str
    headers: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)

    def plus(self, name: str, **headers: str) -> Credential:
        """Return this credential with more headers; underscores in names stand for hyphens."""
        more = {key.replace("_", "-"): value for key, value in headers.items()}
        return Credential(f"{self.name} {name}", {**self.headers, **more}, self.query)


NOBODY = Credential("nobody")


def bearer(token: str, name: str = "bearer") -> Credential:
    """Return the credential of an access token (or of an API key that is sent as one)."""
    return Credential(name, {"Authorization": f"Bearer {token}"})


def basic(name: str, password: str, called: str = "basic") -> Credential:
    """Return the credential of HTTP Basic."""
    return Credential(called, {"Authorization": f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"})


def of_scheme(scheme: Mapping[str, Any], value: str, name: str) -> Credential:
    """Return a credential as a security scheme of the document has it sent.

    `value` is the token or the key; for HTTP Basic it is `user:password`.
    """
    kind, where = scheme.get("type"), scheme.get("in")
    if kind == "apiKey" and where == "query":
        return Credential(name, {}, {str(scheme["name"]): value})
    if kind == "apiKey":
        sent = f"{scheme['name']}={value}" if where == "cookie" else value
        return Credential(name, {"Cookie" if where == "cookie" else str(scheme["name"]): sent})
    if kind == "http" and str(scheme.get("scheme", "")).lower() == "basic":
        user, _, password = value.partition(":")
        return basic(user, password, name)
    return bearer(value, name)


def claims(token: str) -> dict[str, Any]:
    """Read the payload of a JWT without verifying it; {} when it is none."""
    try:
        part = token.split(".")[1]
        found = orjson.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (IndexError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


@dataclass(eq=False)
class Person:
    """Somebody with an account: who they are, how they log in, and their current token pair.

    `id` is how the API names them. `ours` tells a throw-away account of this run from one that the user of the tool
    gave.
    """

    label: str
    email: str = ""
    password: str = ""
    id: str = ""
    access_token: str = ""
    refresh_token: str = ""
    ours: bool = True

    @property
    def bearer(self) -> Credential:
        """Their access token as a credential."""
        return bearer(self.access_token, self.label)

    @property
    def stale(self) -> bool:
        """Whether the access token is a JWT that ends within a minute."""
        return float(claims(self.access_token).get("exp", float("inf"))) < time.time() + 60

    @property
    def session_id(self) -> str:
        """The session of the current access token (claim `sid`)."""
        return str(claims(self.access_token).get("sid", ""))

    @property
    def marks(self) -> tuple[str, ...]:
        """The texts by which a request names them."""
        return tuple(one for one in (self.id, self.email, self.access_token) if one)
