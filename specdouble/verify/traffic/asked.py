"""Whether a request that somebody else made is one that the document declares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl

from specdouble.openapi import Contract, Op
from specdouble.openapi.bodies import BodyCheck
from specdouble.openapi.parameters import IGNORED, Parameters
from specdouble.verify.responses.wording import failure, place, sentence

_READS = frozenset({"GET", "HEAD", "DELETE", "OPTIONS"})  # a body of these means nothing


def mistakes(
    contract: Contract, op: Op, params: Mapping[str, str], query: str, headers: Mapping[str, str], body: bytes | None,
    secrets: frozenset[str] = frozenset(),
) -> Iterator[tuple[str, str]]:  # fmt: skip
    """Yield what is wrong with a request: where, and a sentence.

    Args:
        contract: of the operation.
        op: the operation.
        params: the path parameters, decoded.
        query: the query as it was sent.
        headers: by names in lower case.
        body: without content coding; None where it is not known.
        secrets: names, in lower case, of what carries credentials: recordings leave them out.

    """
    schemas = contract.of(op)
    declared = [one for one in op.spec.parameters if one.location != "header" or one.name.lower() not in IGNORED]
    values, unread = Parameters(declared, schemas.shapes).decode(params, query, headers, decoded_path=True)
    broken = {(one.location, one.name) for one in unread}
    for wrong in unread:
        yield f"{wrong.location} {wrong.name}", f"{wrong.location} parameter {wrong.name}: {wrong.reason}"
    for one in declared:
        value = values.get(one.location, {})
        hidden = one.name.lower() in secrets or (one.location == "cookie" and "cookie" not in headers)
        if one.name not in value:
            if one.required and (one.location, one.name) not in broken and not hidden:
                yield f"{one.location} {one.name}", f"{one.location} parameter {one.name} is required and was not sent"
            continue
        for error in list(schemas.validator(one.schema, schemas.request).iter_errors(value[one.name]))[:1]:
            found = failure(error)
            at = sentence((one.name, *found.path), found.expected, found.got)
            yield f"{one.location} {one.name}", f"{one.location} parameter {at}"
    yield from _undeclared(op, query, secrets)
    yield from _body(contract, op, headers, body)


def _undeclared(op: Op, query: str, secrets: frozenset[str]) -> Iterator[tuple[str, str]]:
    mine = [one for one in op.spec.parameters if one.location in ("query", "querystring")]
    if any(one.location == "querystring" or _takes_any_name(one.schema) for one in mine):
        return
    known = {one.name for one in mine}
    for name in dict.fromkeys(name for name, _value in parse_qsl(query, keep_blank_values=True)):
        if name not in known and name.partition("[")[0] not in known and name.lower() not in secrets:
            yield f"query {name}", f"query parameter {name} is not declared"


def _takes_any_name(schema: object) -> bool:
    """Whether a parameter may be spread into any names: an object, or what cannot be told here."""
    return not isinstance(schema, dict) or "$ref" in schema or "properties" in schema or schema.get("type") == "object"


def _body(contract: Contract, op: Op, headers: Mapping[str, str], body: bytes | None) -> Iterator[tuple[str, str]]:
    wanted = op.spec.body
    if wanted is None:
        if body and op.spec.method not in _READS:
            yield "body", "a body was sent, and none is declared"
        return
    if body == b"":
        if wanted.required:
            yield "body", "a body is required and none was sent"
        return
    if body is None:
        return
    schemas = contract.of(op)
    _value, found = BodyCheck(wanted.content, schemas, schemas.request).read(body, headers.get("content-type"))
    for one in found:
        at = "".join("/*" if isinstance(part, int) else f"/{part}" for part in one.place)
        where = f"body {place(one.place)}" if one.place else "body"
        yield f"body {one.kind} {at}", f"{where}: {one.message}"
