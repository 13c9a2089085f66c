"""Secrets as their rules see them: a person, an app, and the app itself, which alone may read values."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from specdouble.verify.kit import Credential, Reply, bearer

from ...people import Person
from ...session import Session
from ...shared import apps

LIST, READ = "GET /v1/secrets/{ext_id}", "GET /v1/secrets/{ext_id}/{name}"
PUT, DELETE = "PUT /v1/secrets/{ext_id}/{name}", "DELETE /v1/secrets/{ext_id}/{name}"
META = "GET /v1/secrets/{ext_id}/{name}/meta"
AUDIT = "GET /v1/audit"
Who = Credential | Person


@dataclass
class Vault:
    """The secrets of one app as one person has them."""

    session: Session
    app_id: str
    person: Person

    def ask(self, op: str, name: str | None = None, who: Who | None = None, **more: Any) -> Reply:
        """Send one request, as the person unless told otherwise."""
        params = {"ext_id": self.app_id} | ({} if name is None else {"name": name})
        return self.session.send(op, who or self.person, params=params, **more)

    def put(self, name: str, value: str, who: Who | None = None, **more: Any) -> Reply:
        """Write a value."""
        return self.ask(PUT, name, who, body={"value": value}, **more)

    def meta(self, name: str, who: Who | None = None) -> dict[str, Any]:
        """Return the state of a secret."""
        return dict(self.ask(META, name, who).need().json)

    def rows(self, who: Who | None = None) -> dict[str, dict[str, Any]]:
        """Return the states of all secrets by name."""
        return {str(one["name"]): one for one in self.ask(LIST, None, who).need().json}

    def row(self, name: str, who: Who | None = None) -> dict[str, Any]:
        """Return the state of a secret in the list; {} when it is not there."""
        return self.rows(who).get(name, {})

    @property
    def kernel(self) -> Credential:
        """The platform's kernel, which asks for the app on behalf of the person."""
        return self.session.users.acting(self.person).plus("for the app", X_Ext_Id=self.app_id)

    def value(self, name: str, who: Who | None = None) -> Any:
        """Return what the app itself reads, or the code of the refusal."""
        reply = self.ask(READ, name, who or self.session.users.acting(self.person))
        return reply.json.get("value") if reply.ok else code(reply)

    def logged(self) -> int:
        """Count the entries of the audit log that name the app."""
        found = self.session.send(AUDIT, self.session.users.admin, query={"per_page": 200})["entries"]
        return sum(f"{self.app_id}" in json.dumps(one) for one in found)


def extension(session: Session, person: Person, app_id: str) -> Credential:
    """Return the token of an app that acts for a person, as the platform's runtime has it."""
    token = str(
        session.control.post("extension-token", {"ext_id": app_id, "user_id": person.imperal_id})["access_token"]
    )
    session.redactor.learn(token, "access token")
    return bearer(token, "the app's own token")


def code(reply: Reply) -> str:
    """Return the error_code of a refusal, or its status."""
    detail = reply.detail
    return str(detail.get("error_code")) if isinstance(detail, dict) else str(reply.status)


def vault(session: Session, label: str = "person with secrets") -> Vault:
    """Return the secrets of the shared app for a new person who has it installed."""
    person, app_id = session.users.new(label), apps.shop(session).app_id
    apps.install(session, person, app_id)
    return Vault(session, app_id, person)


def declaring(session: Session, *secrets: dict[str, Any]) -> Vault:
    """Return the secrets of a new app that declares these, for a new person who has it installed."""
    app_id = apps.published_app(session, manifest={"secrets": list(secrets), "webhooks": []})
    person = session.users.new("person with secrets")
    apps.install(session, person, app_id)
    return Vault(session, app_id, person)


def secret(session: Session) -> str:
    """Return a value that nothing else holds."""
    return f"fake-{session.users.fresh('value')}"
