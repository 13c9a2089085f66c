"""Accounts and their sessions: what recipes and laws of logins need."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from typing import Any

from contract_tests.credentials import Credential, Person
from contract_tests.problems import Unmet
from contract_tests.stage import Stage

Doc = dict[str, Any]

VERIFIER = "understudy-verifier-0123456789-0123456789-0123456789"  # of PKCE: 43 to 128 characters


def challenge(verifier: str) -> str:
    """Return the S256 challenge of a PKCE verifier."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


CHALLENGE = challenge(VERIFIER)


def session(stage: Stage, person: Person, label: str = "") -> Person:
    """Log a person in once more and return them as they are in that session; the person given keeps their own."""
    other = replace(person, label=label or f"{person.label}, another session", access_token="", refresh_token="")
    stage.cast.login(other)
    return other


def mailed_token(stage: Stage, email: str) -> str:
    """Return the newest verification token that was mailed to an address.

    Raises:
        Unmet: nobody can read the mail, or none came.

    """
    for mail in stage.control.get("outbox", to=email):
        if mail.get("token"):
            stage.redactor.learn(mail["token"], "token")
            return str(mail["token"])
    raise Unmet(f"no mail with a token came to {email}")


def rows(stage: Stage, who: Person | Credential) -> list[Doc]:
    """Return the rows of a caller's list of sessions."""
    found = stage.send("GET /v1/auth/sessions", who)["sessions"]
    return list(found)


def profile(stage: Stage, who: Person | Credential) -> Doc:
    """Return a caller's profile."""
    return dict(stage.send("GET /v1/auth/me", who).need().json)
