"""Who proves a fault: the seed data of the default world, calling both services in-process."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

import orjson
from flask import Flask
from werkzeug.datastructures import Headers

from specdouble.mock.pipeline.call import Request
from specdouble.mock.pipeline.operation import Bound
from specdouble.mock.state.world import World
from tests.conftest import Client, Reply

ADA, GRACE, MARGARET, KATHERINE = "imp_u_abc123", "imp_u_admin01", "imp_u_dev001", "imp_u_view01"
RADIA, BARBARA, FRANCES, ALAN, JOAN = "imp_u_expl01", "imp_u_indi01", "imp_u_part01", "imp_u_acme01", "imp_u_acme02"


def _parsed(content: bytes) -> Any:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return None


class Sent:
    """The headers of a request that never was bytes."""

    def __init__(self, headers: dict[str, str]) -> None:
        self._held = {name.lower(): value for name, value in headers.items()}

    def get(self, key: str, /) -> str | None:
        """Return the value of a header, or None."""
        return self._held.get(key)


@dataclass
class Direct(Client):
    """A client that hands its requests to dispatch, as the server's own door does: it costs less than Flask's.

    What is no operation (the control plane, unknown paths) takes Flask's way.
    """

    def call(
        self, method: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None, **more: Any
    ) -> Reply:
        service = self.app.extensions.get("service")
        where, _, query = path.partition("?")
        if isinstance(more.get("query_string"), dict):
            query = urlencode(more["query_string"])
        op, params = self.app.extensions["paths"].find(method, where)
        if service is None or not isinstance(op, Bound) or "%" in where:
            return super().call(method, path, body, headers=headers, **more)
        sent = {**self.headers, **(headers or {})}
        raw = more.get("data", b"")
        if body is not None:
            raw, sent["content-type"] = orjson.dumps(body), "application/json"
        elif "content_type" in more:
            sent["content-type"] = more["content_type"]
        asked = Request(method, where, query, Sent(sent), raw, "127.0.0.1")
        reply = service.handle(op, asked, dict(params))
        if reply.stream is not None:
            service.world.hub.leave(reply.stream)
        content = reply.stream.take() if reply.stream is not None else reply.body
        kinds = Headers(reply.headers)
        return Reply(
            reply.status, kinds, content, _parsed(content) if "json" in kinds.get("content-type", "") else None
        )

    def bearer(self, token: str) -> Client:
        return Direct(self.app, {"Authorization": f"Bearer {token}"})

    def service(self, acting: str | None = None) -> Client:
        return Direct(self.app, super().service(acting).headers)

    def key(self, secret: str = "imp_reg_key_dev") -> Client:
        return Direct(self.app, {"X-Api-Key": secret})


@dataclass
class Witness(Direct):
    """The gateway without a credential; everybody else is one attribute away."""

    registry_app: Flask | None = None
    world: World | None = None

    @cached_property
    def ada(self) -> Client:
        """A user with a plan, cards and a wallet."""
        return self.login()

    @cached_property
    def grace(self) -> Client:
        """An administrator of the platform."""
        return self.login("admin@example.com")

    @cached_property
    def margaret(self) -> Client:
        """A developer, tier studio."""
        return self.login("dev@example.com")

    @cached_property
    def katherine(self) -> Client:
        """A viewer."""
        return self.login("viewer@example.com")

    @cached_property
    def radia(self) -> Client:
        """A developer, tier explorer."""
        return self.login("explorer@example.com")

    @cached_property
    def barbara(self) -> Client:
        """A developer, tier indie."""
        return self.login("indie@example.com")

    @cached_property
    def frances(self) -> Client:
        """A developer, tier partner."""
        return self.login("partner@example.com")

    @cached_property
    def joan(self) -> Client:
        """An administrator of another tenant."""
        return self.login("admin@acme.example", "s3cure!admin", "acme")

    @cached_property
    def svc(self) -> Client:
        """The platform itself."""
        return self.service()

    @cached_property
    def reg(self) -> Client:
        """The Registry with the platform's key."""
        assert self.registry_app is not None
        return Direct(self.registry_app, {"X-Api-Key": "imp_reg_key_dev"})

    def reg_as(self, secret: str | None) -> Client:
        """The Registry with another key, or with none."""
        assert self.registry_app is not None
        return Direct(self.registry_app, {} if secret is None else {"X-Api-Key": secret})

    def newcomer(self, email: str = "nina@example.com") -> Client:
        """A verified person without cards, on the free plan."""
        body = {"email": email, "password": "s3cure!nina"}
        return self.bearer(ok(self.svc.post("/v1/auth/register", body))["access_token"])

    def frames(self, client: Client, path: str, act: Any = None, **more: Any) -> str:
        """Open a stream, let something happen, and return all that has come by then."""
        headers = {**client.headers, **more.pop("headers", {})}
        answer = self.app.test_client().open(path, method="GET", headers=headers, **more)
        if answer.status_code != 200:
            return f"{answer.status_code}"
        pieces = iter(answer.response)
        text = bytes(next(pieces))
        if act is not None:
            act()
            text += bytes(next(pieces))
        answer.close()
        return text.decode()


def ok(reply: Reply) -> Any:
    """The JSON of a response that must be a success."""
    assert reply.status < 300, (reply.status, reply.content[:300])
    return reply.json


def names(rows: list[dict[str, Any]], field: str) -> list[Any]:
    """One field of every row, in order."""
    return [row[field] for row in rows]


def shape(value: Any) -> Any:
    """The keys and types of a JSON value, without its values; lists by the shapes they hold."""
    if isinstance(value, dict):
        return {name: shape(part) for name, part in sorted(value.items())}
    if isinstance(value, list):
        return sorted({str(shape(part)) for part in value})
    return type(value).__name__
