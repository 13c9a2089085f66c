"""Faults that nobody wrote by hand: the generic makers, applied to any operation, chosen by a seed.

``random-00017`` is the fault of seed 17. A seed draws a public operation, a way to spoil it and the place, from what
the effective document promises: a required field that is really answered, a value that may not be null, a bound that
is stated, a credential that is asked for. Each is proved like the others; a draw that the operation's own answer
cannot show is thrown away and drawn again, on a platform of its own, so that a number always means the same fault.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any
from urllib.parse import urlencode

import orjson

from specdouble.mock.pipeline.call import Call, Caller
from specdouble.mock.state.collections import Snapshot
from specdouble.mock.transports.app import create_app
from specdouble.openapi import Operation
from tests.conftest import Client, Reply
from tests.fuzz.scenes import ADA, GRACE, MARGARET
from tests.fuzz.target import JSON, Target, new_target
from tests.planted import gates, makers
from tests.planted.fault import DOCUMENTS, Fault, Maker, planted, tags
from tests.planted.witness import Witness

QUIET = frozenset({"events", "outbox", "timers", "counters", "tallies", "audit", "sessions", "wallets", "email_log"})
TRIES = 200
STATUSES = (200, 201, 202, 203, 206, 302, 400, 409, 418, 501, 503)

WRONG: tuple[tuple[str, dict[str, str]], ...] = (
    ("No credential", {}),
    ("Any bearer token", {"Authorization": "Bearer nonsense"}),
    ("Any API key", {"x-api-key": "imp_live_nonsense"}),
    ("Any Authorization header", {"Authorization": "Basic YTpi"}),
)

Draw = tuple[str, str, Maker, Callable[["Scene"], Any]]


class Scene:
    """One operation on one platform, with a request that succeeds on it."""

    def __init__(self, aim: Target, service: str, operation: Operation) -> None:
        self.platform, self.service, self.operation = aim.platform, service, operation
        self.apps = {name: create_app(self.platform, name) for name in self.platform.services}  # a path may be new
        self.live, self.people = aim.meet(DOCUMENTS[service], operation), aim.people
        aim.platform.world.clock.reset()
        ways = aim.ways(operation, self.live.path, self.live)
        self.own = next((one for one in ways if "Authorization" in one), ways[0])
        role = {"admin": GRACE, "developer": MARGARET}.get(operation.required_role or "", ADA)
        self.person = self.live.person if self.live.person in (ADA, GRACE, MARGARET) else role

    def credential(self) -> dict[str, str]:
        """The headers of somebody who may call the operation."""
        return self.own

    def send(
        self, credential: dict[str, str] | None = None, query: dict[str, Any] | None = None, change: Any = None
    ) -> Reply:
        """Send the request; ``change`` spoils a copy of its body."""
        operation, live = self.operation, self.live
        path = re.sub(r"\{(\w+)\}", lambda found: str(live.path[found[1]]), operation.path)
        sent = {name: value for name, value in (live.query | (query or {})).items() if value is not None}
        body = self.body()
        if change is not None:
            body = orjson.loads(orjson.dumps(body))
            change(body)
        app = self.apps[self.service]
        headers = self.credential() if credential is None else credential
        text = path + (f"?{urlencode(sent)}" if sent else "")
        return Client(app, headers).call(operation.method, text, body)

    def body(self) -> Any:
        """The body, if the operation takes one in JSON."""
        if not self.operation.body or JSON not in self.operation.body.content:
            return None
        return [self.live.body] if self.live.listed else self.live.body

    def broken(self, reply: Reply) -> list[str]:
        """What a response breaks of the operation's promise; a refused or crashed request breaks it too."""
        op = self.platform.services[self.service].operations[self.operation.key]
        kind = reply.headers.get("content-type", "")
        found = list(op.checker.response(reply.status, kind, reply.content)) if reply.status < 500 else ["crash"]
        return found if reply.status == self.operation.success.status else [*found, f"status {reply.status}"]


# -- ways to spoil ---------------------------------------------------------------------------------------------------


def _places(value: Any, schema: Any, resolve: Any, path: str = "") -> Iterator[tuple[str, Any, dict[str, Any], bool]]:
    """Yield ``(path, value, schema, required)`` for every field of a response that its schema describes."""
    schema = resolve(schema)
    if isinstance(value, list) and value and isinstance(schema.get("items"), dict):
        yield from _places(value[0], schema["items"], resolve, f"{path}.[]".lstrip("."))
    if isinstance(value, dict):
        for name, part in schema.get("properties", {}).items():
            if name in value:
                here = f"{path}.{name}".lstrip(".")
                yield here, value[name], resolve(part), name in schema.get("required", ())
                yield from _places(value[name], part, resolve, here)


def _objects(value: Any, schema: Any, resolve: Any, path: str = "") -> Iterator[str]:
    """Yield the paths of closed objects in a response; the response itself is an empty path."""
    schema = resolve(schema)
    if isinstance(value, dict) and schema.get("additionalProperties") is False:
        yield path
    if isinstance(value, list) and value and isinstance(schema.get("items"), dict):
        yield from _objects(value[0], schema["items"], resolve, f"{path}.[]".lstrip("."))
    if isinstance(value, dict):
        for name, part in schema.get("properties", {}).items():
            if name in value:
                yield from _objects(value[name], part, resolve, f"{path}.{name}".lstrip("."))


def _answer(scene: Scene, reply: Reply, pick: random.Random, resolve: Any) -> Draw | None:
    """Spoil the body of the response."""
    places = list(_places(reply.json, scene.operation.success.schema, resolve))
    if not places:
        return None
    path, value, schema, required = pick.choice(places)
    proof = lambda now: bool(now.broken(now.send()))  # noqa: E731 - a proof is a value
    choices: list[Draw] = []
    if required:
        choices.append(("field", f"{path} is left out.", makers.drop(path), proof))
        other = f"{path.rpartition('.')[2]}_"
        choices.append(("field", f"{path} has another name.", makers.rename(path, other), proof))
    if value is not None:
        choices.append(("null", f"{path} is null.", makers.null(path), proof))
        choices.append(("field", f"{path} is wrapped in a list.", makers.field(path, lambda old: [old]), proof))
    if isinstance(value, str):
        if "enum" in schema:
            choices += [("enum", f"{path} is an unknown word.", makers.put(path, "unknown"), proof)] * 2
        if schema.get("format") == "date-time":
            choices += [("timestamps", f"{path} has no offset.", makers.naive(path), proof)] * 3
    if isinstance(value, int | float) and not isinstance(value, bool):
        choices.append(("field", f"{path} is a text.", makers.field(path, str), proof))
    for where in list(_objects(reply.json, scene.operation.success.schema, resolve))[:2]:
        name = f"{where}.debug".lstrip(".")
        choices.append(("field", f"{name} is added.", makers.extra(name, {"sql": "SELECT"}), proof))
    return pick.choice(choices)


def _outside(scene: Scene, _reply: Reply, pick: random.Random, _resolve: Any) -> Draw | None:
    """Spoil the status, the content type, or let the operation fail."""
    proof = lambda now: now.broken(now.send()) != []  # noqa: E731
    operation = scene.operation
    code = pick.choice([one for one in STATUSES if one not in operation.responses])
    return pick.choice(
        [
            ("status", f"A success responses {code}.", makers.status(code), proof),
            ("content-type", "A success is sent as text/html.", makers.media("text/html"), proof),
            ("500", "Every good request is a crash.", makers.crash(), proof),
        ]
    )


def _gate(scene: Scene, _reply: Reply, pick: random.Random, _resolve: Any) -> Draw | None:
    """Let in who may not."""
    operation, service = scene.operation, scene.service
    if operation.public:
        return None
    if service == "registry":
        return ("auth", "A wrong key is good.", gates.forgives(gates.whole_service),
                lambda now: now.send({"X-Api-Key": "x"}).status < 300)  # fmt: skip
    if not any("bearerAuth" in way for way in operation.security):
        return ("service-token", "An administrator passes for the platform.",
                gates.forgives(gates.administrator, 401, 403),
                lambda now: now.send(dict(now.people[GRACE].headers)).status < 300)  # fmt: skip
    name, wrong = pick.choice(WRONG)

    def find(call: Call) -> Caller | None:
        """Take whoever sends just this for the person of the scene."""
        given = {header.lower() for header in wrong}
        sent = {header for header in ("authorization", "x-api-key") if call.headers.get(header)}
        return Caller("user", call.state["users"].get(person)) if sent == given else None

    person = scene.person
    return ("auth", f"{name} is good enough.", gates.forgives(find), lambda now: now.send(wrong).status < 300)


def _role(scene: Scene, _reply: Reply, _pick: random.Random, _resolve: Any) -> Draw | None:
    """Forget the role."""
    if scene.operation.required_role != "admin":
        return None
    return ("auth", "The role is not asked for.", gates.any_role(),
            lambda now: now.send(dict(now.people[ADA].headers)).status not in (401, 403))  # fmt: skip


def _bound(scene: Scene, _reply: Reply, pick: random.Random, resolve: Any) -> Draw | None:
    """Move a bound of the query or the body by one, outwards."""
    found: list[Draw] = []
    for one in scene.operation.parameters:
        schema = resolve(one.schema)
        for keyword, step in (("minimum", -1), ("maximum", 1)):
            if one.location == "query" and keyword in schema:
                name, value = one.name, schema[keyword] + step
                found.append(("bounds", f"{name} may be {value}.", makers.query(name, **{keyword: value}),
                              lambda now, sent={one.name: value}: now.send(query=sent).status == 422))  # fmt: skip
    content = scene.operation.body.content.get("application/json") if scene.operation.body else None
    whole = resolve(content.schema) if content else {}
    for name, part in whole.get("properties", {}).items():
        schema = resolve(part)
        for keyword, step in (("minimum", -1), ("maximum", 1)):
            if keyword in schema:
                value = schema[keyword] + step
                found.append(("bounds", f"{name} may be {value}.", makers.body(name, **{keyword: value}),
                              _sends(name, value)))  # fmt: skip
        for keyword, length in (("minLength", -1), ("maxLength", 1)):
            if schema.get(keyword, 0) > 1 and "pattern" not in schema and "format" not in schema:
                text = "x" * (schema[keyword] + length)
                found.append(("bounds", f"{name} may have {len(text)} characters.",
                              makers.body(name, **{keyword: len(text)}), _sends(name, text)))  # fmt: skip
        if "enum" in schema:
            found.append(("validation", f"{name} may be any word.", makers.body(name, enum=None), _sends(name, "xx")))
        if name in whole.get("required", ()):
            found.append(("validation", f"{name} may be missing.", makers.body(name, required=False), _sends(name)))
    return pick.choice(found) if found else None


def _sends(name: str, *value: Any) -> Callable[[Scene], Any]:
    def change(sent: Any) -> None:
        sent.pop(name, None)
        sent.update(dict.fromkeys([name], value[0]) if value else {})

    return lambda now: now.send(change=change).status == 422


def _write(scene: Scene, _reply: Reply, _pick: random.Random, _resolve: Any) -> Draw | None:
    """Answer as if something had been written, and write nothing."""
    if scene.operation.method == "GET":
        return None

    def act(call: Any, inner: Any) -> Any:
        result = inner(call)
        call.world.rollback()
        return result

    return ("persistence", "What it answers is undone.", makers.around(act), _changes)


def _changes(scene: Scene) -> list[str]:
    world = scene.platform.world
    before: Snapshot = world.state.snapshot()
    scene.send()
    after = world.state.snapshot()
    return sorted(name for name in before.keys() - QUIET if before[name] != after[name])


def _method(scene: Scene, _reply: Reply, pick: random.Random, _resolve: Any) -> Draw | None:
    """Answer a method that the path does not have."""
    operations = scene.platform.services[scene.service].operations
    path = scene.operation.path
    free = [one for one in ("GET", "PUT", "POST", "PATCH", "DELETE") if f"{one} {path}" not in operations]
    if not free:
        return None
    method = pick.choice(free)
    response = pick.choice((lambda _call: {"status": "ok"}, lambda _call: 1 / 0))
    maker = makers.accepts(method, response)
    concrete = re.sub(r"\{\w+\}", "x", path)

    def proof(now: Scene) -> Any:
        reply = Client(now.apps[now.service], now.credential()).call(method, concrete)
        return reply.status

    return ("methods", f"{method} on the path is not refused with 405.", maker, proof)


WAYS = (_answer, _answer, _answer, _outside, _gate, _role, _bound, _bound, _write, _write, _method)


# -- drawing ---------------------------------------------------------------------------------------------------------


@cache
def _aim() -> Target:
    """The platform on which draws are tried out."""
    return new_target(strict=False)


def _scene(service: str, operation: Operation) -> Scene:
    return Scene(_aim(), service, operation)


@cache
def numbered(number: int) -> Fault:
    """Return the fault of a seed; raises ``LookupError`` when nothing could be drawn."""
    pick = random.Random(f"planted {number}")
    platform = _aim().platform
    every = [(service, key) for service in DOCUMENTS for key in tags(service)]
    for _try in range(TRIES):
        service, key = pick.choice(every)
        op = platform.services[service].operations[key]
        way = pick.choice(WAYS)
        scene = _scene(service, op.spec)
        reply = scene.send()
        if reply.status != op.spec.success.status or reply.json is None or scene.broken(reply):
            continue
        drawn = way(scene, reply, pick, op.checker._schemas.resolve)
        if drawn is None:
            continue
        kind, text, maker, proof = drawn
        name = f"random-{number:05d}"
        fault = Fault(name, kind, op.spec.tag, service, key, text, maker, _over_http(service, key, proof))
        healthy = proof(_scene(service, op.spec))
        with planted(platform, fault):
            spoilt = proof(_scene(service, op.spec))
        if spoilt != healthy:
            return fault
    raise LookupError(f"seed {number} draws no fault that shows")


def _over_http(service: str, key: str, proof: Callable[[Scene], Any]) -> Callable[[Witness], Any]:
    """Write a proof in the form of the others; it runs on the platform of the draws."""

    def prove(_witness: Witness) -> Any:
        return proof(_scene(service, _aim().platform.services[service].operations[key].spec))

    return prove


def generate(count: int) -> list[Fault]:
    """Return the faults of the first seeds."""
    return [numbered(number) for number in range(count)]
