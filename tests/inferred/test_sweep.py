"""Every operation of every document here, called with what its schemas ask for: it answers, and as it is declared."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from specdouble.mock.inferred.api import Api
from specdouble.mock.inferred.items.store import items_of
from specdouble.openapi import Operation
from specdouble.openapi.bodies import Bodies
from specdouble.openapi.parameters import Parameters
from specdouble.openapi.values.context import Context, chance
from specdouble.openapi.values.make import MISSING
from tests.inferred.conftest import DOCUMENTS, Checked, Served

NAMES = sorted(path.stem for path in DOCUMENTS.glob("*.yaml"))
HEADERS = {"Authorization": "Bearer x", "X-Key": "k", "Cookie": "sid=k"}


def known_key(client: Checked, api: Api, operation: Operation, name: str, within: dict[str, str]) -> Any:
    """Return the key of an item that is there for a parameter of a path, MISSING where nothing is known of it."""
    meaning = api.meanings[operation.key]
    kind = api.kinds.get(meaning.within.get(name, meaning.resource))
    if kind is None or (name not in meaning.within and (kind.key is None or kind.key.parameter != name)):
        return MISSING
    items = items_of(api, client.platform.world)
    records = [one for one in items.all(kind, {}) if within.items() <= {**within, **one["within"]}.items()]
    if not records:
        return MISSING
    within |= {**records[-1]["within"], kind.name: records[-1]["key"]}
    return records[-1]["key"]


def sent(client: Checked, api: Api, operation: Operation, rich: bool) -> tuple[str, dict[str, Any]]:
    """Return the path of a valid request, and its body with its media type."""
    within: dict[str, str] = {}
    context = Context(chance(operation.key, rich), 1.7e9, rich=rich, request=True)
    values: dict[str, dict[str, Any]] = {}
    path = operation.path
    for one in operation.parameters:
        made = api.maker.make(one.schema, context, one.name)
        if one.location == "path":
            known = known_key(client, api, operation, one.name, within)
            made = made if known is MISSING else known
            path = path.replace(f"{{{one.name}}}", quote(str("x1" if made in (MISSING, None, "") else made), safe=""))
        elif (one.required or rich) and one.location == "query" and made is not MISSING:
            values.setdefault("query", {})[one.name] = made
    query = Parameters(operation.parameters, api.schemas.shapes).encode(values).query
    more: dict[str, Any] = {}
    if operation.body is not None:
        kind, content = next(iter(operation.body.content.items()))
        value = api.maker.make(content.schema, context)
        if "patch" in kind or "image" in kind:
            value = [] if "json-patch" in kind else b"data"
        raw, media = Bodies({kind: content}, api.schemas.shapes).encode(value, kind)
        more = {"data": raw, "content_type": media}
    return f"{path}?{query}" if query else path, more


@pytest.mark.parametrize("rich", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_every_operation_answers_as_declared(served: Served, name: str, rich: bool) -> None:
    headers = {**HEADERS, "Authorization": "Basic dTpw"} if name == "phone" else HEADERS
    client: Checked = served(name, headers)
    api: Api = client.service.policy.admit.__self__.api  # type: ignore[attr-defined]
    statuses = []
    for operation in api.operations.values():
        path, more = sent(client, api, operation, rich)
        statuses.append(client.call(operation.method, path, **more).status)
    assert sum(status < 400 for status in statuses) * 3 >= len(statuses), statuses  # the rest asks for unknown things


def test_there_is_a_document_of_every_manner() -> None:
    assert len(NAMES) >= 9
    assert Path(DOCUMENTS / "rpc.yaml").is_file()
