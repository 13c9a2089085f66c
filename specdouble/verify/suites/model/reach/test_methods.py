"""Methods, paths and media types: what is not declared is refused as such, and nothing fails for it."""

from __future__ import annotations

from typing import Any

from specdouble.openapi import Op
from specdouble.openapi.media_types import is_json
from specdouble.verify.api.rules import rule
from specdouble.verify.generated import Known, Request
from specdouble.verify.generated.filling import Filler
from specdouble.verify.problems import Unmet
from specdouble.verify.responses.record import WARNING
from specdouble.verify.session.check import Check
from specdouble.verify.session.session import Session
from specdouble.verify.suites.model._case import by_model, still, unordered, workshop
from specdouble.verify.suites.model.bounds.test_bounds import look

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def _like(one: str, other: str) -> bool:
    """Whether a request to one path may be meant for the other: parameters stand for any segment."""
    parts, others = one.split("/"), other.split("/")
    return len(parts) == len(others) and all(a == b or "{" in a or "{" in b for a, b in zip(parts, others, strict=True))


def _declared(op: Op, known: Known) -> set[str]:
    """Return the methods of every path that a request to this one may be meant for."""
    return {
        one.spec.method
        for one in known.contract.ops
        if one.service == op.service and _like(one.spec.path, op.spec.path)
    }


def _first(op: Op, known: Known) -> bool:
    return next(one for one in known.contract.ops if one.service == op.service and one.spec.path == op.spec.path) is op


@rule("METHOD-41")
@by_model(_first)
def test_a_method_that_is_not_declared_is_refused(op: Op, session: Session, check: Check) -> None:
    """A method that a path does not declare is 405 (404, 501) with what is allowed, and does nothing."""
    shop = workshop(session)
    if not session.settings.allow_destructive:
        raise Unmet("undeclared methods may do anything on a target with such a fault: --allow-destructive")
    declared = _declared(op, shop.known)
    params: dict[str, Any]
    request: Request | None = None
    try:
        request = shop.request(op)
        params = request.params
    except Unmet:
        path = [one for one in op.spec.parameters if one.location == "path"]
        params = {one.name: shop.filler(op).parameter(one, fresh=True) for one in path}
    who = (request.identity if request is not None else None) or shop.identities.first
    session.client.own(*map(str, params.values()))
    before = look(session, request) if request is not None else None
    own = {
        one.spec.method for one in session.contract.ops if one.service == op.service and one.spec.path == op.spec.path
    }
    for method in METHODS:
        if method in declared:
            continue
        reply = session.client.undeclared(
            op, method, who.everything, {name: str(value) for name, value in params.items()}
        )
        if not check.that(
            reply.status >= 400,
            f"{method} is not declared, and is answered with {reply.status}",
            reply,
            op=op,
            expected="405",
            about=method,
        ):
            continue
        if method == "DELETE" and reply.status < 500:
            after = look(session, request) if request is not None else None
            check.that(
                before is None or after == before,
                "DELETE is not declared, refused, and has happened",
                reply,
                op=op,
                expected=before,
                got=after,
                about="DELETE done",
            )
        check.that(
            reply.status < 500 or reply.status == 501,
            f"{method} is answered with {reply.status}",
            reply,
            op=op,
            expected="405",
            about=f"{method} fails",
        )
        allow = {one.strip().upper() for one in reply.headers.get("allow", "").split(",") if one.strip()}
        if reply.status == 405:
            check.that(
                bool(allow),
                "a 405 has no Allow",
                reply,
                op=op,
                rule="METHOD-42",
                expected=", ".join(sorted(own)),
                got="no Allow",
                about="none",
                severity=WARNING,
            )
            if allow:
                wrong = method in allow or bool((allow & set(METHODS)) - declared)
                check.that(
                    not wrong,
                    "the Allow of a 405 names what is not declared",
                    reply,
                    op=op,
                    rule="METHOD-42",
                    expected=", ".join(sorted(own)),
                    got=reply.headers.get("allow"),
                    about="allow",
                )


@rule("METHOD-43")
@by_model(lambda op, known: known.contract.ops[0] is op)
def test_an_unknown_path_is_not_found(op: Op, session: Session, check: Check) -> None:
    """A path that the document does not have is never a success."""
    shop = workshop(session)
    base = session.settings.urls[op.service]
    for path in ("/specdouble-unknown", f"{op.spec.path.partition('{')[0].rstrip('/')}/specdouble/unknown/at/all"):
        reply = session.client.undeclared_path(op, base + path, shop.identities.first.everything)
        check.that(
            reply.status in (401, 403, 404, 405),
            f"an unknown path is answered with {reply.status}",
            reply,
            op=op,
            expected="404",
            about=path.split("/")[1],
        )


def _only_json(op: Op, _known: Known) -> bool:
    content = Filler.content(op)
    return (
        content is not None
        and is_json(content.media_type)
        and op.spec.body is not None
        and len(op.spec.body.content) == 1
    )


@rule("METHOD-44")
@by_model(_only_json)
def test_a_body_that_is_none_is_refused(op: Op, session: Session, check: Check) -> None:
    """Malformed JSON, a body in another media type and a missing one are refused, and change nothing."""
    shop = workshop(session)
    request = shop.request(op)
    if request.body is None:
        raise Unmet("it is sent without a JSON body")
    before = look(session, request)
    required = op.spec.body is not None and op.spec.body.required
    kind = next(iter(op.spec.body.content)) if op.spec.body is not None else "application/json"
    tries = [
        ("malformed JSON", b'{"a": ', kind),
        ("bytes that are no UTF-8", b'{"name": "\xff\xfe"}', kind),
        ("a text in another media type", b"name=specdouble", "text/plain"),
        ("XML", b"<a>1</a>", "application/xml"),
        *([("no body", b"", kind)] if required else []),
    ]
    taken = False
    for said, data, media_type in tries:
        reply = shop.send(request, body=None, content=data, headers={**request.headers, "Content-Type": media_type})
        taken |= reply.ok
        check.that(
            400 <= reply.status < 500,
            f"{said} is answered with {reply.status}",
            reply,
            expected="400, 415 or 422",
            about=said,
            rule="BOUND-49" if not data else None,
        )
        if reply.ok:
            shop.take(request, reply)
            request = shop.request(op)
            before = look(session, request)
    if op.spec.response(415) is not None and 415 in op.spec.responses:
        reply = shop.send(
            request, body=None, content=b"a", headers={**request.headers, "Content-Type": "application/x-specdouble"}
        )
        check.that(
            reply.status == 415 or reply.status in (401, 403),
            f"an unknown media type is answered with {reply.status}",
            reply,
            expected="415",
            about="415",
        )
    if not taken and before is not None:
        check.that(
            look(session, request) == before,
            "a refused body changes something",
            op=op,
            rule="LIFE-55",
            expected=before,
            about="body",
        )


@rule("METHOD-45")
@by_model(lambda op, _known: op.reads)
def test_an_accept_that_cannot_be_met_fails_nothing(op: Op, session: Session, check: Check) -> None:
    """A request for a media type that is not declared is answered in a declared one, or with 406."""
    shop = workshop(session)
    request = shop.request(op)
    reply = shop.send(request, headers={**request.headers, "Accept": "application/x-specdouble"})
    check.that(
        reply.status < 500,
        f"an Accept that cannot be met is answered with {reply.status}",
        reply,
        expected="406, or 2xx",
    )
    again = shop.send(request, headers={**request.headers, "Accept": "*/*"})
    check.that(again.taken, f"Accept: */* is answered with {again.status}", again, expected="2xx", about="any")


@rule("METHOD-46")
@by_model(lambda op, known: op.reads and known.about(op).role in ("read", "list", "find", "singleton-read", "download"))
def test_reading_changes_nothing(op: Op, session: Session, check: Check) -> None:
    """Two reads in a row show the same, member by member, but for what moves by itself."""
    shop = workshop(session)
    request = shop.request(op)
    one, other = shop.send(request), shop.send(request)
    if not (one.ok and other.ok):
        raise Unmet(f"{op.id} answered {one.status}, then {other.status}")
    if "set-cookie" in one.headers:
        check.does_not_apply("what it shows belongs to the session that it begins")
        return
    if one.json is None:
        check.that(one.content == other.content, "two reads in a row differ", other, expected=one.text, about="twice")
        return
    free = shop.known.about(op).paging is None
    first, second = (unordered(one.json), unordered(other.json)) if free else (one.json, other.json)
    check.that(still(first) == still(second), "two reads in a row differ", other, expected=one.text, about="twice")
    moved = _stamps(first, second)
    check.that(not moved, f"{', '.join(moved)} moves by reading", other, expected=one.text, about="stamps")


def _stamps(one: object, other: object) -> list[str]:
    """Return the times of a change that differ between two reads."""
    if isinstance(one, dict) and isinstance(other, dict):
        own = [
            name
            for name in ("updated_at", "updatedAt", "modified_at", "version")
            if name in one and one[name] != other.get(name)
        ]
        return own + [found for name in one.keys() & other.keys() for found in _stamps(one[name], other[name])]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [found for a, b in zip(one, other, strict=True) for found in _stamps(a, b)]
    return []
