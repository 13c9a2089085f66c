"""Valid requests to every operation of a server: what hostile ones are made from.

The verifier prepares them through the API itself (`Session.ready`), so that what they name exists. Operations that it
has no request for, as those of documents that are no part of a contract, are called with the document's examples.
"""

from __future__ import annotations

import base64
import json
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from specdouble.errors import SpecdoubleError
from specdouble.openapi import Op, Operation
from specdouble.openapi.bodies import Bodies, BodyError
from specdouble.openapi.validation.compiled import Schemas
from specdouble.openapi.values.context import Context, chance
from specdouble.openapi.values.flat import Flats
from specdouble.openapi.values.make import Maker
from specdouble.verify.api.api import Api, load
from specdouble.verify.http.encoding import query_text
from specdouble.verify.problems import Unmet
from specdouble.verify.running.opening import make_session
from specdouble.verify.settings.values import Settings
from tests.soak.hostile.servers import Running

_PEOPLE = {
    "admin": "admin@example.com:s3cure!admin",
    "user": "user@example.com:s3cure!",
    "user2": "viewer@example.com:s3cure!viewer",
    "developer": "dev@example.com:s3cure!dev",
}


@dataclass
class Seed:
    """One valid request.

    Attributes:
        service: whose it is, by name.
        key: the operation, as its document prints it.
        method: in upper case.
        path: with placeholders, below the base path of its server.
        params: by name, what stands in the path, percent-encoded.
        query: pairs, percent-encoded.
        headers: credentials among them.
        body: JSON to be changed, None where there is none.
        content: the bytes of a body that is no JSON.
        content_type: of the body.
        names: of all query parameters that are declared.
        header_names: of all headers that are declared.
        failures: the statuses above 500 that its document declares.

    """

    service: str
    key: str
    method: str
    path: str
    params: dict[str, str]
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: Any = None
    content: bytes = b""
    content_type: str = "application/json"
    names: list[str] = field(default_factory=list)
    header_names: list[str] = field(default_factory=list)
    failures: tuple[int, ...] = ()


def seeds_of(running: Running) -> list[Seed]:
    """Prepare a valid request to each operation of a server, as far as they can be made."""
    api = load(spec=running.target) if running.is_document else load(running.target)
    found = list(_by_the_verifier(api, running))
    for one in found:
        _sign_in(one, running)
    known = {(one.service, one.key) for one in found}
    for service in api.contract.services:
        for document in service.documents:
            maker = Maker(Flats(document.schemas))
            for op in document.operations:
                if (service.name, op.key) in known:
                    continue
                schemes = document.raw.get("components", {}).get("securitySchemes", {})
                found += [
                    _from_examples(service.name, op, document.schemas, maker, headers)
                    for headers in _ways(op, schemes, running)[:4] or [{}]
                ]
    return found


def _sign_in(seed: Seed, running: Running) -> None:
    """Give a request a session of its own, which nothing but itself ends."""
    given = seed.headers.get("Authorization", "")
    with suppress(ValueError, LookupError):
        claims = json.loads(base64.urlsafe_b64decode(given.removeprefix("Bearer ").split(".")[1] + "==="))
        made = running.http.post("/__mock__/tokens", json={"id": claims["sub"]})
        if made.is_success:
            seed.headers["Authorization"] = f"Bearer {made.json()['token']}"


def _ways(op: Operation, schemes: dict[str, Any], running: Running) -> list[dict[str, str]]:
    """Return headers that an operation may be called with, for each of its ways, as far as the server tells of them."""
    found = []
    for way in op.security:
        for secret in running.secrets:
            headers = dict(secret) if way else {}
            for scheme in way:
                name = str(schemes.get(scheme, {}).get("name", "Authorization"))
                headers.setdefault(name, "Bearer dev-service-token" if name == "Authorization" else "imp_u_abc123")
            wanted = {str(schemes.get(one, {}).get("name", "Authorization")) for one in way}
            if headers.keys() == wanted and headers not in found:
                found.append(headers)
    return found


def _by_the_verifier(api: Api, running: Running) -> Any:
    urls = list(running.urls.values())
    values: dict[str, Any] = {"target": urls[0], "seed": 1, "journal": tempfile.mkdtemp(prefix="hostile-"), "rate": 0}
    if running.target == "imperal":
        values |= {"registry": urls[1], "service_token": "dev-service-token", "registry_key": "imp_reg_key_dev"}
        values |= {"stripe_secret": "whsec_dev", **_PEOPLE}
    else:
        values["credential"] = _credentials(api, running)
    session: Any = make_session(Settings(api, **values))
    try:
        for op in api.contract.ops:
            with suppress(Unmet, SpecdoubleError, httpx.HTTPError, AssertionError):
                ready = session.ready(op)
                yield _of_ready(api, op, ready)
    finally:
        session.client.http.close()
        session.control.http.close()


def _credentials(api: Api, running: Running) -> tuple[str, ...]:
    """Return a credential of each scheme: what the server tells of itself, else anything."""
    schemes = api.contract.first.document.raw.get("components", {}).get("securitySchemes", {})
    bearer = next((one["Authorization"][7:] for one in running.secrets if "Authorization" in one), "any")
    return tuple(
        f"{name}={'any:any' if one.get('scheme') == 'basic' else bearer}"
        for name, one in schemes.items()
        if one.get("type") in ("http", "apiKey", "oauth2")
    )


def _of_ready(api: Api, op: Op, ready: Any) -> Seed:
    query = query_text(api.contract, op, ready.query | ready.who.query)
    headers = {str(name): str(value) for name, value in (ready.who.headers | ready.headers).items()}
    kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    headers = {name: value for name, value in headers.items() if name.lower() != "content-type"}
    declared = next(iter(op.spec.body.content), "") if op.spec.body else ""
    made = _seed(op.service, op.spec, headers)
    made.params = {name: quote(str(value), safe="") for name, value in ready.params.items()}
    made.query = [_pair(one) for one in query.split("&") if one]
    made.body, made.content = ready.body, ready.content or b""
    made.content_type = kind or declared or "application/json"
    return made


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name, value


def _seed(service: str, op: Operation, headers: dict[str, str]) -> Seed:
    base = next((urlsplit(one.url()).path.rstrip("/") for one in op.servers), "")
    names = [one.name for one in op.parameters if one.location == "query"]
    told = [one.name for one in op.parameters if one.location == "header"]
    fails = tuple(status for status in op.responses if status > 500)
    path = base + op.path
    return Seed(service, op.key, op.method, path, {}, [], dict(headers), names=names, header_names=told, failures=fails)


def _from_examples(service: str, op: Operation, schemas: Schemas, maker: Maker, headers: dict[str, str]) -> Seed:
    made = _seed(service, op, headers)
    context = Context(chance("hostile"), 1.8e9, rich=True, request=True)
    for one in op.parameters:
        value = one.example if one.example is not None else maker.make(one.schema, context, one.name)
        text = value if isinstance(value, str) else ",".join(map(str, value)) if isinstance(value, list) else str(value)
        if one.location == "path":
            made.params[one.name] = quote(text, safe="")
        elif one.location == "query" and one.required:
            made.query.append((quote(one.name), quote(text, safe="")))
        elif one.location == "header" and one.required:
            made.headers.setdefault(one.name, text.encode("latin-1", "replace").decode("latin-1"))
    if op.body and op.body.content:
        made.content_type, content = next(iter(op.body.content.items()))
        value = content.example if content.example is not None else maker.make(content.schema, context)
        if content.media_type.split(";")[0].endswith("json"):
            made.body = value
        else:
            with suppress(BodyError):
                codec = Bodies(op.body.content, schemas.shapes)
                made.content, made.content_type = codec.encode(value, made.content_type)
    return made
