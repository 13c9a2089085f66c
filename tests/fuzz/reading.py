"""What can be read of a world: every GET of the documents that a request's own names lead to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

from specdouble.openapi import Operation
from tests.conftest import Client
from tests.fuzz.prepared import Prepared
from tests.fuzz.scenes import GRACE, Live
from tests.fuzz.target import OPERATIONS, Target

STREAM = "/stream"
READS = [
    (name, one)
    for name, one in OPERATIONS
    if one.method == "GET" and not one.path.endswith(STREAM) and "text/event-stream" not in one.success.media_type
]


def names(value: Any, found: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return every plain value of a body by the name under which it stands; the first one counts."""
    pool: dict[str, Any] = {} if found is None else found
    if isinstance(value, dict):
        for name, part in value.items():
            if isinstance(part, dict | list):
                names(part, pool)
            elif part is not None:
                pool.setdefault(name, part)
    elif isinstance(value, list):
        for part in value:
            names(part, pool)
    return pool


def readable(ready: Prepared, sent: Any, answer: Any, *, near: bool) -> Iterator[tuple[str, int, bytes]]:
    """Read everything beside a request that has its tag (``near``), or everything else, in the world as it is."""
    pool = names(sent) | names(ready.query) | names(ready.path)
    pool = names(answer, dict(pool))
    for name, operation in READS:
        if (operation.tag == ready.operation.tag) != near:
            continue
        for headers, params in _ways(ready.aim, ready.live.person or _own(ready.operation), operation, pool):
            path = re.sub(r"\{(\w+)\}", lambda found, at=params: quote(str(at[found[1]]), safe="/"), operation.path)
            query = {
                one.name: pool.get(one.name, one.example)
                for one in operation.parameters
                if one.location == "query" and (one.required or (one.name in pool and one.name in ("repo_key", "path")))
            }
            address = f"{path}?{urlencode(query)}" if query else path
            reply = Client(ready.aim.app(name)).get(address, headers=headers)
            yield f"{operation.key} {sorted(headers)}", reply.status, reply.content


def _ways(
    aim: Target, writer: str, operation: Operation, pool: dict[str, Any]
) -> Iterator[tuple[dict[str, str], dict[str, Any]]]:
    """Yield who may read, and the path: who has written, who usually reads, an administrator, the platform."""
    params = {one.name: one.example for one in operation.parameters if one.location == "path"}
    params |= {name: pool[name] for name in params if name in pool}
    people = dict.fromkeys((writer, _own(operation), GRACE))
    seen: list[dict[str, str]] = []
    for person in people:
        for headers in aim.ways(operation, params, Live(person=person)):
            if headers not in seen and not headers.keys() & {"x-api-key"}:
                seen.append(headers)
                yield headers, params


def _own(operation: Operation) -> str:
    role = operation.required_role or ""
    return {"admin": GRACE, "developer": "imp_u_dev001"}.get(role, "imp_u_abc123")
