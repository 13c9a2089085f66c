"""No write is taken and ignored: every declared field of every JSON body changes something, or is refused.

Each field is sent with different values into the same world, at the same moment and with the same ids. Either two of
the requests that are taken have different outcomes, and then a read shows the difference; or one of the values is
refused for what it says. ``companions`` lists the fields that are not stored, and those that count elsewhere.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson
import pytest

from specdouble.mock.state import clock
from specdouble.mock.state.clock import Ids
from specdouble.mock.state.collections import Snapshot
from specdouble.openapi import Operation
from specdouble.openapi.validation.compiled import Schemas
from specdouble.packs.documents import bundled
from specdouble.verify.suites.bounds._bounds import variants
from tests.conftest import Reply
from tests.fuzz import companions
from tests.fuzz.fields import ABSENT, Path, fields, get, put, values
from tests.fuzz.prepared import JSON, Prepared, prepare
from tests.fuzz.reading import readable
from tests.fuzz.target import OPERATIONS, Headers, target

SIGNED = {"POST /v1/webhooks/stripe"}  # Stripe's own words under Stripe's signature: test_webhooks has them
WITH_JSON = [(name, one) for name, one in OPERATIONS if one.body and JSON in one.body.content and one.key not in SIGNED]
AUDIT = "audit"  # repeats what was sent, whatever became of it
STREAMS = {"events", "agent_frames", "outbox"}  # what event streams and the outbox of the control plane show


@dataclass
class Tried:
    """One request with one value: what was sent, the answer, and what it changed."""

    value: Any
    body: dict[str, Any]
    reply: Reply
    world: Snapshot
    changes: dict[str, Any]

    @property
    def outcome(self) -> bytes:
        """The answer and the changed documents, to be compared."""
        return self.reply.content + orjson.dumps(self.changes, option=orjson.OPT_SORT_KEYS, default=str)


class Bench:
    """Tries the values of the fields of one operation."""

    def __init__(self, document: str, operation: Operation) -> None:
        self.ready: Prepared = prepare(document, operation)
        self.headers: Headers = self.ready.ways()[0]
        self.schemas = schemas(document)
        assert operation.body is not None
        schema = operation.body.content[JSON].schema
        self.schema = self.schemas.resolve(schema)["items"] if self.ready.listed else schema

    def send(self, value: Any, body: dict[str, Any]) -> Tried:
        """Send a body into the scene, as if for the first time."""
        world = self.ready.aim.platform.world
        world.ids = Ids(7)
        reply = self.ready.send(self.headers, body)
        changes = self.ready.changes()
        changes.pop(AUDIT, None)
        return Tried(value, body, reply, world.state.snapshot(), changes)

    def tries(self, path: Path, schema: Any, *, required: bool) -> list[Tried]:
        """Send every value of a field."""
        body = {**self.ready.body, **companions.companion(self.ready.operation.key, dotted(path))}
        body = {name: part for name, part in body.items() if part is not None}
        found = values(self.schemas, schema, get(body, path), str(path[-1]))
        return [self.send(one, put(body, path, one)) for one in (*found, *(() if required else (ABSENT,)))]

    def shows(self, one: Tried, other: Tried) -> bool:
        """Whether anybody can tell two outcomes apart: by the answer, by a stream, or by a read."""
        if one.reply.content != other.reply.content:
            return True
        if any(one.changes.get(name) != other.changes.get(name) for name in STREAMS):
            return True
        return any(
            mine != theirs and min(mine[1], theirs[1]) < 400
            for near in (True, False)
            for mine, theirs in zip(self.read(one, near=near), self.read(other, near=near), strict=True)
        )

    def read(self, tried: Tried, *, near: bool) -> list[tuple[str, int, bytes]]:
        """Read the world as a request left it."""
        self.ready.aim.platform.world.restore(tried.world)
        return list(readable(self.ready, tried.body, tried.reply.json, near=near))


def dotted(path: Path) -> str:
    return ".".join(map(str, path))


def label(value: Any) -> str:
    return value.key if isinstance(value, Operation) else str(value)


@cache
def schemas(document: str) -> Schemas:
    return bundled(document).schemas


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let every request happen at one moment, and leave the platform's ids as they were."""
    world, now = target(strict=True).platform.world, time.time()
    ids = world.ids
    monkeypatch.setattr(clock, "time", type("Still", (), {"time": staticmethod(lambda: now)}))
    yield
    world.ids = ids


@pytest.mark.usefixtures("still")
@pytest.mark.parametrize(("document", "operation"), WITH_JSON, ids=label)
def test_every_field_counts(document: str, operation: Operation) -> None:
    bench = Bench(document, operation)
    first = bench.send(None, bench.ready.body)
    assert first.reply.status < 300, first.reply.content
    for path, schema, required in fields(bench.schemas, bench.schema):
        field = dotted(path)
        tried = bench.tries(path, schema, required=required)
        taken: dict[bytes, Tried] = {}
        for one in tried:
            if one.reply.status < 300:
                taken.setdefault(one.outcome, one)
        why = companions.not_stored(operation.key, field)
        if why is not None:
            assert len(taken) == 1, f"{field} counts after all: take it off the list"
            continue
        said = {str(one.value)[:40]: one.reply.content[:120] for one in tried}
        assert taken, f"no value of {field} is taken: {said}"
        refused = [one for one in tried if one.reply.status >= 400]
        assert len(taken) > 1 or refused or len(tried) - (not required) < 2, f"{field} is taken and ignored: {said}"
        if len(taken) > 1 and companions.elsewhere(operation.key, field) is None:
            some = list(taken.values())[:3]
            assert any(bench.shows(some[0], one) for one in some[1:]), f"{field} is stored, and nothing shows it"


@pytest.mark.usefixtures("still")
@pytest.mark.parametrize(
    ("key", "field", "said"),
    [
        ("PATCH /v1/me/settings", "routing_context", "taken and ignored"),
        ("POST /v1/automations", "cooldown_seconds", "taken and ignored"),
    ],
)
def test_an_ignored_field_is_seen(key: str, field: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The walk itself can fail: a handler that never sees one field of its body."""
    bound = target(strict=True).platform.services["auth_gateway"].operations[key]
    inner = bound.handler

    def handler(call: Any) -> Any:
        call.body.pop(field, None)
        return inner(call)

    monkeypatch.setattr(bound, "handler", handler)
    with pytest.raises(AssertionError, match=f"{field} is {said}"):
        test_every_field_counts("auth-gateway", bound.spec)


def test_the_lists_name_declared_fields() -> None:
    known = {
        (operation.key, dotted(path))
        for document, operation in WITH_JSON
        for path, _schema, _required in fields(schemas(document), Bench(document, operation).schema)
    }
    for table in (companions.BODIES, companions.NOT_STORED, companions.ELSEWHERE):
        for key, field in table:
            assert any(key == one and (name + ".").startswith(field + ".") for one, name in known), f"{key}: {field}"


def test_the_documents_say_what_is_not_stored() -> None:
    """Trials apart, which save nothing at all: there the operation says it."""
    for document, operation in WITH_JSON:
        for key, field in companions.NOT_STORED:
            if key != operation.key or "/llm/test" in key:
                continue
            known, schema, said = schemas(document), Bench(document, operation).schema, ""
            for name in field.split("."):
                node = known.properties(schema)[name]
                said, schema = str(node.get("description", "")), variants(known, node)[0][0]
            assert "not stored" in said.lower() or "not kept" in said, f"{key}: {field}"
