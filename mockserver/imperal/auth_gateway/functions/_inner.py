"""The platform's apps use the platform as everybody does: by its operations, with exactly their user's rights."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import orjson

from specdouble.mock.kit import Call, Caller, Doc, Request, Response, World

from .. import policy

HEADERS = {"content-type": "application/json"}


def ask(
    world: World,
    user: Doc,
    key: str,
    *,
    params: Doc | None = None,
    query: Doc | None = None,
    body: Any = None,
) -> Any:
    """Run an operation for a person, inside the present request, and return its answer.

    A kernel operation is asked by the platform for the person. Raises the ``Problem`` of a refusal; what was written
    by then stays, unless the caller undoes it.
    """
    op = world.shared["auth_gateway"][key]
    sent = {name: _spelled(value) for name, value in (query or {}).items() if value is not None}
    raw = b"" if body is None else orjson.dumps(body)
    request = Request(op.spec.method, op.spec.path, urlencode(sent), HEADERS, raw)
    call = Call(op, world, request, dict(params or {}))
    call.caller = Caller("service" if op.schemes.isdisjoint(policy.PERSONAL) else "user", user)
    policy.require_role(call)
    op.checker.request(call)
    answer = op.handler(call)
    return answer.body if isinstance(answer, Response) else answer


def _spelled(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value
