"""How Imperal Cloud refuses: `detail` says what is wrong, and of an invalid request where."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Op, Record, Reply

LOCATIONS = ("body", "query", "path", "header")


def inspect(op: Op, reply: Reply, record: Record) -> None:
    """Check the form of a refusal: a 422 says where, starting with body, query, path or header (E01, D09)."""
    detail = reply.detail
    if reply.status == 422 and isinstance(detail, list):
        record.checked(op.id, "E01")
        wrong = [one for one in detail if not isinstance(one, dict) or not _located(one)]
        if wrong or not detail:
            record.add(
                "E01", op.id, "a 422 does not say where the mistake is", about="loc", source="rule E01",
                promised="detail: [{loc, msg, type}], loc from body, query, path or header", got=reply.text,
                expected='{"detail": [{"loc": ["body", …], "msg": …, "type": …}]}',
            )  # fmt: skip
    if reply.status == 429:
        record.checked(op.id, "E13")
        if "retry-after" not in reply.headers:
            record.add(
                "E13", op.id, "a 429 does not say when to come back", about="retry-after", source="rule E13",
                promised="the header Retry-After", expected="Retry-After", got="no such header",
            )  # fmt: skip


def refused_at(reply: Reply) -> list[tuple[str, ...]] | None:
    """Return the places that a 422 names; None where it is no list of places."""
    if reply.status != 422 or not isinstance(reply.detail, list):
        return None
    locs = [one.get("loc") for one in reply.detail if isinstance(one, dict)]
    return [tuple(map(str, loc)) if isinstance(loc, list) else () for loc in locs]


def is_refusal(body: Any) -> bool:
    """Whether the body of a 429 is a refusal of the API's own, such as a quota: it has an `error_code` (E03)."""
    detail = body.get("detail") if isinstance(body, dict) else None
    return isinstance(detail, dict) and "error_code" in detail


def _located(error: dict[str, Any]) -> bool:
    loc = error.get("loc")
    return isinstance(loc, list) and bool(loc) and loc[0] in LOCATIONS and {"msg", "type"} <= error.keys()
