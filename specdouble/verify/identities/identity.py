"""An identity: somebody who may call, by which credentials, and how they get fresh ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from specdouble.verify.api.credentials import NOBODY, Credential, claims

_HIGHER = re.compile(r"admin|root|super|staff|operator|manager|owner|chief|sudo", re.IGNORECASE)


@dataclass(frozen=True)
class Login:
    """What a login gave: the credential, the JSON that came back, and what was sent, for requests that need it."""

    credential: Credential
    response: dict[str, Any] = field(default_factory=dict)
    sent: dict[str, Any] = field(default_factory=dict)
    path: str = ""


@dataclass(eq=False)
class Identity:
    """Somebody who was given to the run.

    `name` is what reports call them. `ways` holds credentials by security scheme; a credential under "" is sent
    whatever an operation declares. `renew` logs in once more and gives a session of its own. `login` is what the last
    login gave.
    """

    name: str
    ways: dict[str, Credential] = field(default_factory=dict)
    renew: Callable[[], Login] | None = None
    login: Login | None = None

    @property
    def higher(self) -> bool:
        """Whether the name says that they have more rights than others."""
        return bool(_HIGHER.search(self.name))

    @property
    def everything(self) -> Credential:
        """Every credential of theirs together, for operations that do not say what they want."""
        return self._together(self.ways)

    def credential(self, security: tuple[frozenset[str], ...]) -> Credential:
        """Return what to send to an operation with these alternatives of security schemes.

        It is the first alternative that can be met; all that there is where nothing is declared or none can be met.
        """
        if "" in self.ways:
            return self.everything
        for alternative in security:
            if alternative and all(one in self.ways for one in alternative):
                return self._together(sorted(alternative))
        return self.everything

    def _together(self, schemes: Any) -> Credential:
        headers: dict[str, str] = {}
        query: dict[str, str] = {}
        for one in schemes:
            way = self.ways[one]
            cookies = [found for found in (headers.get("Cookie"), way.headers.get("Cookie")) if found]
            headers.update(way.headers)
            query.update(way.query)
            if len(cookies) > 1:
                headers["Cookie"] = "; ".join(cookies)
        return Credential(self.name, headers, query)

    def fresh(self) -> Identity:
        """Return the same person with a session of its own; raises what a failed login raises."""
        if self.renew is None:
            return self
        made = self.renew()
        return Identity(self.name, {"": made.credential}, self.renew, made)

    def again(self) -> None:
        """Log in again, in place of a session that has ended."""
        if self.renew is not None:
            self.login = self.renew()
            self.ways = {"": self.login.credential}

    @property
    def tokens(self) -> list[str]:
        """The tokens of their credentials: what stands behind the scheme, in a header or in the query."""
        one = self.everything
        texts = [value for name, value in one.headers.items() if name.lower() != "cookie"]
        texts += [part.partition("=")[2].strip() for part in one.headers.get("Cookie", "").split(";") if part]
        return [text.rpartition(" ")[2] for text in (*texts, *one.query.values()) if text]

    @property
    def texts(self) -> set[str]:
        """Texts that name this person: what they log in with, the subject of their token, ids that a login gave."""
        found: set[str] = set()
        if self.login is not None:
            found |= {str(value) for name, value in self.login.sent.items() if not _SECRET.search(name)}
            found |= {value for name, value in _walk(self.login.response) if name in ("email", "username", "login")}
        for token in self.tokens:
            found |= {str(value) for name, value in claims(token).items() if name in ("sub", "email")}
        return {one for one in found if len(one) >= 4}

    @property
    def secrets(self) -> dict[str, str]:
        """The secrets of this person by value, with what each one is."""
        found = dict.fromkeys(self.tokens, f"credential of {self.name}")
        if self.login is not None:
            for name, value in (*_walk(self.login.sent), *_walk(self.login.response)):
                if _SECRET.search(name) and isinstance(value, str):
                    found[value] = f"{name} of {self.name}"
        return found


_SECRET = re.compile(r"pass|secret|token|key", re.IGNORECASE)


def _walk(value: Any) -> Iterator[tuple[str, str]]:
    """Yield every text of a JSON value with the name of its member."""
    if isinstance(value, dict):
        for name, one in value.items():
            if isinstance(one, str):
                yield name, one
            else:
                yield from _walk(one)
    elif isinstance(value, list):
        for one in value:
            yield from _walk(one)


def nobody() -> Identity:
    """Return whoever has no credential."""
    return Identity("nobody", {"": NOBODY})
