"""Uniformity: what nearly every response of a server has, none of its operations leaves out."""

from __future__ import annotations

from specdouble.openapi import Op
from specdouble.verify.api.rules import rule
from specdouble.verify.generated.oracle import ModelOracle
from specdouble.verify.responses.record import WARNING
from specdouble.verify.session.check import Check
from specdouble.verify.session.session import Session
from specdouble.verify.suites.model._case import by_model
from specdouble.verify.suites.model.bounds.test_bounds import refusals

_OWN = frozenset(
    {
        "content-length",
        "content-type",
        "date",
        "server",
        "connection",
        "transfer-encoding",
        "keep-alive",
        "location",
        "etag",
        "vary",
        "last-modified",
        "content-encoding",
        "set-cookie",
        "link",
        "allow",
        "www-authenticate",
        "retry-after",
        "age",
        "via",
        "content-disposition",
        "accept-ranges",
        "content-language",
    }
)
_MOST = 0.9  # share of the operations whose responses have a header, from which on it belongs to all
_LEAST = 8


@rule("SCHEMA-41")
@by_model(lambda _op, _known: True)
def test_what_every_response_has_is_nowhere_missing(op: Op, session: Session, check: Check) -> None:
    """A header that the responses of nearly all operations have is in those of this one too, by kind of status."""
    oracle = session.client.oracle
    seen = oracle.headers if isinstance(oracle, ModelOracle) else {}
    judged = False
    for kind in sorted({status for name, status in seen if name == op.id}):
        mine = seen.get((op.id, kind))
        others = [one for (name, other), one in seen.items() if other == kind and name != op.id]
        if mine is None or len(others) < _LEAST:
            continue
        judged = True
        for header in {name for one in others for name in one.always}:
            share = sum(header in one.always for one in others) / len(others)
            if header in _OWN or header in mine.always or share < _MOST:
                continue
            check.that(
                False,
                f"header {header} is missing in a {kind}, and {share:.0%} of the operations have it",
                op=op,
                expected=header,
                got="no such header",
                about=f"{kind} {header}",
            )
        values = {header: {one.always[header] for one in others if header in one.always} for header in mine.always}
        for header, known in values.items():
            if header in _OWN or len(known) != 1 or None in known or mine.always[header] in known:
                continue
            if sum(header in one.always for one in others) / len(others) >= _MOST and mine.always[header] is not None:
                check.that(
                    False,
                    f"header {header} has another value than everywhere else in a {kind}",
                    op=op,
                    expected=next(iter(known)),
                    got=mine.always[header],
                    about=f"{kind} {header} value",
                    severity=WARNING,
                )
    if judged:
        check.that(True, "", op=op)
    else:
        check.does_not_apply("too few operations were seen")


@rule("SCHEMA-43")
@by_model(lambda _op, _known: True)
def test_one_reason_is_refused_with_one_status(op: Op, session: Session, check: Check) -> None:
    """What nearly all operations refuse with one status is refused so here, where the document declares it."""
    judged = False
    for reason in ("a body that is not valid", "an unknown id"):
        known = refusals(session, reason)
        mine = {status for status in known.get(op.id, ()) if 400 <= status < 500}
        others = [set(one) for name, one in known.items() if name != op.id]
        usual = max((400, 404, 422), key=lambda status: sum(status in one for one in others))
        share = sum(usual in one for one in others) / len(others) if others else 0.0
        if not mine or len(others) < _LEAST or share < _MOST or usual not in op.spec.responses:
            continue
        judged = True
        odd = sorted(status for status in mine if status not in op.spec.responses)
        check.that(
            not odd or usual in mine,
            f"{reason} is refused with {', '.join(map(str, odd))}, and by {share:.0%} of the operations with {usual}",
            op=op,
            expected=usual,
            got=odd,
            about=reason,
        )
    if not judged:
        check.does_not_apply("too few operations were seen, or they differ")
