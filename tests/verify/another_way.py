"""Our own mock, right in another way: what the contract leaves open is done otherwise.

Each way takes a platform and changes what its services answer or hold; nothing that the contract promises changes.
``python -m tests.verify.another_way WAY PORT REGISTRY_PORT`` serves one to run a gate against by hand.
"""

from __future__ import annotations

import email.utils
import itertools
import json
import re
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
from apis import contract

from specdouble.mock.boot import Platform
from specdouble.mock.pipeline.call import Request
from specdouble.mock.pipeline.dispatch import Service
from specdouble.mock.pipeline.operation import Bound
from specdouble.mock.pipeline.reply import Reply
from specdouble.mock.state.world import World
from tests.pack import Options, boot

Handle = Callable[[Bound, Request, dict[str, Any], World | None], Reply]
Change = Callable[[Service, Bound, Request, dict[str, Any], Reply], Reply]
Way = Callable[[Platform], None]


def answering(change: Change) -> Way:
    """Change every response of both services."""

    def apply(platform: Platform) -> None:
        for service in platform.services.values():
            inner: Handle = service.handle

            def handle(
                op: Bound, request: Request, params: dict[str, Any], world: World | None = None,
                service: Service = service, inner: Handle = inner,
            ) -> Reply:  # fmt: skip
                reply = inner(op, request, params, world)
                return reply if reply.stream is not None else change(service, op, request, params, reply)

            service.handle = handle  # type: ignore[method-assign]

    return apply


def more_headers(_service: Service, _op: Bound, _request: Request, _params: dict[str, Any], reply: Reply) -> Reply:
    """Send headers of proxies, caches and frameworks with every response."""
    more = [
        ("x-request-id", "b1946ac9-2490"), ("server-timing", "db;dur=53, app;dur=47.2"), ("via", "1.1 edge"),
        ("cache-control", "private, no-store"), ("vary", "authorization, origin"), ("x-ratelimit-remaining", "998"),
        ("set-cookie", "edge=1; Path=/; HttpOnly"), ("strict-transport-security", "max-age=63072000"),
    ]  # fmt: skip
    return replace(reply, headers=[*reply.headers, *more])


def slower(_service: Service, _op: Bound, _request: Request, _params: dict[str, Any], reply: Reply) -> Reply:
    """Take 15 ms more for every response."""
    time.sleep(0.015)
    return reply


# -- refusals --------------------------------------------------------------------------------------------------------

# What somebody else's thing may be called by (I02), and the collection that knows whether there is such a thing.
THINGS = {
    "key_id": "keys", "session_id": "sessions", "pm_id": "cards", "rule_id": "automations", "trace_id": "actions",
    "task_id": "tasks", "confirmation_id": "confirmations", "review_id": "reviews",
}  # fmt: skip
CALLS = re.compile(r"POST /v1/extensions/\{app_id\}/(call|batch|operate)")


def _anothers(service: Service, name: str, value: str) -> bool:
    """Whether somebody else than the last caller has a thing with this id."""
    store = service.world.state[THINGS[name]]
    found = store.get(value) or (store.get(int(value)) if value.isdigit() else None)
    return found is not None and found.get("user_id") != service.world.journal.last().user_id


def not_yours(service: Service, op: Bound, _request: Request, params: dict[str, Any], reply: Reply) -> Reply:
    """Say 403 for another's thing where the mock says 404, and 404 where it says 403."""
    swap = {403: 404, 404: 403}.get(reply.status)
    if swap is None or service.name != "auth_gateway":
        return reply
    mine = [name for name in THINGS if name in params]
    if mine and op.required_role is None and _anothers(service, mine[0], str(params[mine[0]])):
        return replace(reply, status=swap)
    if CALLS.fullmatch(op.key) and reply.status == 403 and b"nstalled" in reply.body:
        return replace(reply, status=swap)
    return reply


def other_refusals(_service: Service, op: Bound, request: Request, _params: dict[str, Any], reply: Reply) -> Reply:
    """Say 403 where a credential is missing, as a framework does, and 401 where a service is asked for."""
    sent = request.headers
    if reply.status == 401 and not any(sent.get(name) for name in ("authorization", "x-api-key", "x-service-token")):
        return reply if op.key == "GET /v1/events/stream" or op.public else replace(reply, status=403)
    if reply.status == 403 and op.schemes == {"serviceToken"}:
        return replace(reply, status=401)
    return reply


# Words that clients match (M04, M09, M12): they stay in a sentence, whatever else it says.
KEPT = re.compile(r"already registered|already in use|taken|(?:App )?not found or not active", re.IGNORECASE)


def other_words(_service: Service, _op: Bound, _request: Request, _params: dict[str, Any], reply: Reply) -> Reply:
    """Say every refusal in other words."""
    if reply.status < 400 or reply.foreign:
        return reply
    try:
        body = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        return reply
    detail = body.get("detail") if isinstance(body, dict) else None
    if isinstance(detail, str):
        body["detail"] = " ".join(["Das geht leider nicht.", *KEPT.findall(detail)])
    elif isinstance(detail, list):
        for one in detail:
            one["msg"], one["type"] = "stimmt nicht", "falsch"
    elif isinstance(detail, dict) and "message" in detail:
        detail["message"] = " ".join(["Das geht leider nicht.", *KEPT.findall(str(detail["message"]))])
    return replace(reply, body=orjson.dumps(body))


def rate_limited(every: int, *more: tuple[str, str]) -> Way:
    """Answer each n-th request with 429 before anything is done; a `date` among the headers is a second from now."""
    numbers = itertools.count(1)

    def apply(platform: Platform) -> None:
        for service in platform.services.values():
            inner: Handle = service.handle

            def handle(
                op: Bound, request: Request, params: dict[str, Any], world: World | None = None, inner: Handle = inner
            ) -> Reply:
                if next(numbers) % every:
                    return inner(op, request, params, world)
                date = email.utils.formatdate(time.time() + 1, usegmt=True)
                headers = [(name, value if value != "date" else date) for name, value in more]
                return Reply(429, [("content-type", "application/json"), *headers], b'{"detail":"Slower, please."}')

            service.handle = handle  # type: ignore[method-assign]

    return apply


def no_header_422(_service: Service, op: Bound, request: Request, _params: dict[str, Any], reply: Reply) -> Reply:
    """Say 422 where the header of a credential is missing, as a framework does that declares its headers (S10, A22)."""
    name = "x-service-token" if op.schemes == {"serviceToken"} else "authorization"
    credentials = ("authorization", "x-api-key", "x-service-token")
    asked = credentials if name == "authorization" else (name,)
    if reply.status not in (401, 403) or op.public or any(request.headers.get(one) for one in asked):
        return reply
    if op.key == "GET /v1/events/stream" or op.document == "registry":
        return reply
    told = {"detail": [{"loc": ["header", name], "msg": "Field required", "type": "missing"}]}
    return replace(reply, status=422, body=orjson.dumps(told), headers=_without(reply.headers, "www-authenticate"))


def _without(headers: list[tuple[str, str]], *names: str) -> list[tuple[str, str]]:
    return [(name, value) for name, value in headers if name.lower() not in names]


# -- bodies and ids ---------------------------------------------------------------------------------------------------


def more_fields(service: Service, op: Bound, _request: Request, _params: dict[str, Any], reply: Reply) -> Reply:
    """Add a field to every closed object of a success, at any depth."""
    if reply.status >= 300 or op.document not in ("auth-gateway", "registry") or reply.foreign:
        return reply
    known = contract()
    name = op.key if service.name == "auth_gateway" else f"registry {op.key}"
    schemas, schema = known.of(known[name]), op.spec.success.schema
    try:
        body = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        return reply
    _widen(schemas, schema, body)
    return replace(reply, body=orjson.dumps(body))


def _widen(schemas: Any, schema: Any, value: Any) -> None:
    node = schemas.resolve(schema)
    for part in node.get("anyOf", ()):
        if schemas.validator(part).is_valid(value):
            _widen(schemas, part, value)
            return
    if isinstance(value, list):
        for item in value:
            _widen(schemas, node.get("items", True), item)
    elif isinstance(value, dict) and node.get("additionalProperties") is False:
        for name, one in list(value.items()):
            if isinstance(one, list | dict):
                _widen(schemas, node.get("properties", {}).get(name, True), one)
        value["served_from"] = "eu-2"


def rewritten(change: Callable[[Any], bytes]) -> Change:
    """Write each JSON body anew."""

    def other(_service: Service, _op: Bound, _request: Request, _params: dict[str, Any], reply: Reply) -> Reply:
        if reply.foreign or not any("json" in value for name, value in reply.headers if name == "content-type"):
            return reply
        try:
            body = orjson.loads(reply.body)
        except orjson.JSONDecodeError:
            return reply
        return replace(reply, body=change(body), headers=_without(reply.headers, "content-length", "etag"))

    return other


def backwards(value: Any) -> Any:
    """Turn the order of keys around, at every depth."""
    if isinstance(value, dict):
        return {name: backwards(one) for name, one in reversed(value.items())}
    return [backwards(one) for one in value] if isinstance(value, list) else value


def spacious(body: Any) -> bytes:
    """Write JSON with much white space, and with escapes in place of letters beyond ASCII."""
    return b"\r\n\t " + json.dumps(body, indent=3, ensure_ascii=True, separators=(" , ", " : ")).encode() + b"\n\n"


_STAMP = re.compile(rb'"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?Z"')


def six_digits(body: Any) -> bytes:
    """Write all times with six digits of a second, as many libraries do."""
    return _STAMP.sub(lambda one: b'"%s.%sZ"' % (one[1], (one[2] or b"").ljust(6, b"0")[:6]), orjson.dumps(body))


def now_and_then(body: Any) -> bytes:
    """Write times in turn with six digits, with an offset and with nine digits, so that equal ones differ as texts."""
    count = itertools.count()

    def spelt(one: re.Match[bytes]) -> bytes:
        number = next(count) % 3
        fraction = (one[2] or b"").ljust(9 if number else 6, b"0")
        return b'"%s.%s%s"' % (one[1], fraction, b"+00:00" if number == 1 else b"Z")

    return _STAMP.sub(spelt, orjson.dumps(body))


# Prefixes that the contract leaves open; those of people, payments, deploys and keys are promised.
OPEN = ("role_", "task_", "conf_", "tnt_", "ses_", "tr_", "exec_", "msg_", "pm_", "usr_", "imp_rt_", "imp_dev_",
        "verify_", "dev_", "txn_", "ntf_", "conv_")  # fmt: skip


class OtherIds:
    """Ids of another alphabet, without prefixes where none is promised."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def new(self, prefix: str, length: int) -> str:
        if prefix not in OPEN:
            return str(self._inner.new(prefix, length))
        text = "".join(self._inner.pick("0123456789ABCDEF", 32 if length < 40 else 64))
        return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def other_ids(platform: Platform) -> None:
    """Make ids of another form, and count from elsewhere."""
    world = platform.world
    serial = world.serial
    world.ids = OtherIds(world.ids)  # type: ignore[assignment]
    world.serial = lambda name: 7_000_000 + 13 * serial(name)  # type: ignore[method-assign]


def crowd(platform: Platform) -> None:
    """Let many more people, apps, plans and audit entries be there."""
    state = platform.world.state
    user = dict(next(one for one in state["users"] if one["role"] == "user" and one["is_active"]))
    for number in range(400):
        uid = f"imp_u_crowd{number:05d}"
        state["users"].add({**user, "imperal_id": uid, "id": f"usr-{number}", "email": f"crowd{number}@example.org",
                            "nickname": None, "agency_id": None, "attributes": {}})  # fmt: skip
    for name, key, count in (("apps", "app_id", 120), ("plans", "id", 9), ("audit", "id", 2500)):
        every = [dict(one) for one in state[name]]
        for number in range(count):
            model = every[number % len(every)]
            value: Any = 10_000_000 + number if isinstance(model[key], int) else f"crowd-{number}"
            state[name].add({**model, key: value})
    state.commit()
    platform.world.keep_as_pristine()


WAYS: dict[str, tuple[Way, dict[str, Any]]] = {
    "as it is": (lambda _platform: None, {}),
    "more headers": (answering(more_headers), {}),
    "slower": (answering(slower), {}),
    "403 and 404": (answering(not_yours), {}),
    "401 and 403": (answering(other_refusals), {}),
    "other words": (answering(other_words), {}),
    "more fields": (answering(more_fields), {}),
    "422 for a header": (answering(no_header_422), {}),
    "keys backwards": (answering(rewritten(lambda body: orjson.dumps(backwards(body)))), {}),
    "white space": (answering(rewritten(spacious)), {}),
    "six digits of a second": (answering(rewritten(six_digits)), {}),
    "times as they come": (answering(rewritten(now_and_then)), {}),
    "other ids": (other_ids, {}),
    "crowded": (lambda _platform: None, {"world": "crowded"}),
    "a crowd": (crowd, {}),
    "rate limit": (rate_limited(400, ("retry-after", "1")), {}),
    "rate limit until a date": (rate_limited(400, ("retry-after", "date")), {}),
    "rate limit without a word": (rate_limited(400), {}),
}


def all_at_once(platform: Platform) -> None:
    """Be right in every other way at once, but for those that only take time."""
    ways = ("more headers", "403 and 404", "401 and 403", "other words", "more fields", "keys backwards", "other ids",
            "times as they come", "a crowd")  # fmt: skip
    for way in ways:
        WAYS[way][0](platform)


WAYS["all at once"] = (all_at_once, {"world": "crowded"})


def platform_of(way: str, ports: dict[str, int] | None = None) -> Platform:
    """Boot a platform that is right in another way."""
    change, options = WAYS[way]
    platform = boot(Options(deploy_seconds=1.0, ports=ports or {}, **options))
    change(platform)
    return platform


if __name__ == "__main__":
    from specdouble.mock.transports.server import open_sockets, run

    ours = platform_of(sys.argv[1], {"auth_gateway": int(sys.argv[2]), "registry": int(sys.argv[3])})
    run(ours, open_sockets(ours.world.options))
