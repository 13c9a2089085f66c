"""Who calls: the headers of a credential, and the people behind them."""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass, field
from typing import Any

import orjson


@dataclass(frozen=True)
class Credential:
    """What one kind of caller sends: headers, and parameters of the query; `name` is what reports call it."""

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


def api_key(secret: str, name: str = "api key") -> Credential:
    """Return the credential of an API key."""
    return Credential(name, {"x-api-key": secret})


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

    `ours` tells a throw-away account of this run from one that the user of the tool gave.
    """

    label: str
    email: str
    password: str
    tenant_id: str = "default"
    imperal_id: str = ""
    role: str = "user"
    access_token: str = ""
    refresh_token: str = ""
    ours: bool = True

    @property
    def bearer(self) -> Credential:
        """Their access token as a credential."""
        return bearer(self.access_token, self.label)

    @property
    def stale(self) -> bool:
        """Whether the access token ends within a minute."""
        return float(claims(self.access_token).get("exp", 0)) < time.time() + 60

    @property
    def session_id(self) -> str:
        """The session of the current access token (claim `sid`)."""
        return str(claims(self.access_token).get("sid", ""))

    def take(self, pair: dict[str, Any]) -> None:
        """Take a token pair that the server answered."""
        self.access_token, self.refresh_token = pair["access_token"], pair["refresh_token"]
        self.imperal_id = str(claims(self.access_token).get("sub", self.imperal_id))
