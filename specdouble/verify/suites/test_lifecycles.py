"""Lifecycles: what is written is there on every read, what is deleted is nowhere, and reading changes nothing.

All of it follows from the documents: a write and the reads beside it (the same path, the item path below a create, the
list above an item).
"""

from __future__ import annotations

from typing import Any

import pytest

from specdouble.verify.check import Check
from specdouble.verify.client import Reply
from specdouble.verify.contract import GATEWAY, Op, contract
from specdouble.verify.credentials import Credential
from specdouble.verify.problems import Unmet
from specdouble.verify.recipes import Ready
from specdouble.verify.rules import rule
from specdouble.verify.session import Session
from specdouble.verify.suites import _stamps
from specdouble.verify.suites._responses import (
    NAMES,
    id_in,
    item_reader,
    last_param,
    list_reader,
    named,
    rows,
    without_volatile,
)
from specdouble.verify.suites.test_reach import same

KNOWN = contract()
WRITES = [
    op
    for op in KNOWN.ops
    if op.spec.method in ("POST", "PUT", "PATCH")
    and KNOWN.body_schema(op)
    and (item_reader(KNOWN, op) or list_reader(KNOWN, op))
    and op.id != "PUT /v1/secrets/{ext_id}/{name}"  # who writes a value may not read it (K02)
]
DELETES = [op for op in KNOWN.ops if op.spec.method == "DELETE"]
PARTIAL = [
    op
    for op in WRITES
    if op.spec.method == "PATCH"
    or op.id
    in {
        "PUT /v1/developer/apps/{app_id}",
        "PUT /v1/marketplace/reviews/{review_id}",
        "registry PUT /v1/apps/{app_id}",
        "registry PUT /extensions/{ext_id}",
    }
]
# Written under this name, and not shown again under it (a secret, a switch, another spelling).
NOT_SHOWN = {
    ("PATCH /v1/tenants/{tenant_id}", "db_config"),
    ("POST /v1/tenants", "db_config"),
    ("POST /v1/users", "password"),
    ("PATCH /v1/users/{user_id}", "password"),
}
# Two names of one value (M11).
TOGETHER = {
    ("PUT /v1/developer/apps/{app_id}", "name"): {"display_name"},
    ("PUT /v1/developer/apps/{app_id}", "display_name"): {"name"},
    ("registry PUT /v1/apps/{app_id}", "name"): {"display_name"},
    ("registry PUT /v1/apps/{app_id}", "display_name"): {"name"},
    ("registry PATCH /v1/apps/{app_id}", "display_name"): {"name"},
}
# Reads whose response moves between two reads for a good reason: live figures, and a state that is good once.
RESTLESS = frozenset(
    {
        "GET /v1/ext/{app_id}/oauth/{provider}/callback",
        "GET /v1/tenants/{tenant_id}/health",
        "GET /v1/events/stats",
        "GET /v1/events/stream",
    }
)
READS = [op for op in KNOWN.ops if op.reads and op.id not in RESTLESS]
# DELETEs that answer a second time as they did the first, or that a person may repeat (K07, D06).
REPEATABLE = frozenset(
    {
        "DELETE /v1/secrets/{ext_id}/{name}",
        "DELETE /v1/me/extensions/disable/{app_id}",
        "DELETE /v1/users/{user_id}/extensions/disable/{app_id}",
        "DELETE /v1/marketplace/apps/{app_id}/install",
    }
)
# Creates whose second time is something else than a clash, or that a rule of their own looks at.
NO_CLASH = frozenset(
    {
        "registry POST /v1/users/{user_id}/extensions",
        "POST /v1/billing/subscribe",
        "POST /v1/billing/change-plan",
        "POST /v1/billing/topup/confirm",
    }
)


CREATES = [
    op for op in WRITES if op.spec.method == "POST" and 409 in op.spec.responses and op.id not in NO_CLASH
]  # fmt: skip


def reader(op: Op, ready: Ready, response: Any) -> tuple[Op, dict[str, Any]] | None:
    """Return the item read beside a write, with its path parameters."""
    found = item_reader(KNOWN, op)
    if found is None:
        return None
    if op.spec.method != "POST":
        return found, ready.params
    if found.spec.path == op.spec.path:
        return None
    param = last_param(found)
    value = id_in(response, param) or (str(ready.body.get(param, "")) if isinstance(ready.body, dict) else "")
    return (found, {**ready.params, param: value}) if value else None


def reader_credential(ready: Ready) -> Credential:
    """Return the credential that reads back what a request wrote: the person's own where a service wrote for one."""
    return ready.person.bearer if ready.person is not None and "X-Service-Token" in ready.who.headers else ready.who


def compare(check: Check, op: Op, written: Any, shown: Any, reply: Any, what: str) -> None:
    """Every written field that a read shows has the written value."""
    if not isinstance(written, dict) or not isinstance(shown, dict):
        return
    for name, value in written.items():
        if name in shown and value is not None and (op.id, name) not in NOT_SHOWN:
            check.that(
                same(value, shown[name]),
                f"{name} was written, and {what} says something else",
                op=op,
                rule="LIFE-02",
                expected=value,
                got=shown[name],
                about=f"{what} {name}",
            )


@rule("LIFE-02")
@pytest.mark.parametrize("op", WRITES, ids=str)
def test_what_is_written_is_there_on_every_read(op: Op, session: Session, check: Check) -> None:
    """A write shows in the item's own GET and in the list, field by field, and the three responses agree."""
    ready = session.ready(op)
    reply = session.play(ready).need()
    beside = reader(op, ready, reply.json)
    item: Any = None
    if beside is not None:
        read = session.client.send(beside[0], reader_credential(ready), params=beside[1])
        if check.that(read.ok, "what was written cannot be read", read, op=op, expected="2xx", about="read"):
            item = read.json
            compare(check, op, ready.body, item, read, "the item's GET")
            compare(check, op, _common(reply.json, item), without_volatile(item), read, "the item's GET")
    listing = list_reader(KNOWN, op)
    if listing is None or (beside is not None and listing is beside[0]):
        return
    wanted = next((value for value in _ids(op, ready, reply.json) if value), "")
    if not wanted:
        return
    found = _find(session, ready, listing, wanted)
    if check.that(
        found is not None, "what was written is in no list", reply, expected=f"{wanted} in {listing.id}", about="list"
    ):
        compare(check, op, ready.body, found, reply, "the list")
        compare(check, op, _common(item, found), without_volatile(found), reply, "the list")


def _common(one: Any, other: Any) -> Any:
    one = without_volatile(one)
    if not isinstance(one, dict) or not isinstance(other, dict):
        return {}
    return {name: value for name, value in one.items() if name in other}


def _ids(op: Op, ready: Ready, response: Any) -> list[str]:
    if op.spec.method != "POST":
        return [str(ready.params.get(last_param(op), ""))] if op.spec.path.endswith("}") else []
    below = item_reader(KNOWN, op)
    params = [last_param(below)] if below is not None and below.spec.path != op.spec.path else ["id"]
    return [id_in(response, name) for name in params]


def _find(session: Session, ready: Ready, listing: Op, wanted: str) -> Any:
    """Look for a row through the pages of a list."""
    names = {one.name: one.schema for one in listing.spec.parameters if one.location == "query"}
    params = {name: value for name, value in ready.params.items() if f"{{{name}}}" in listing.spec.path}
    size = next((name for name in ("per_page", "limit") if name in names), "")
    schema = names.get(size)
    largest = schema.get("maximum", 50) if isinstance(schema, dict) else 50
    for number in range(60):
        query: dict[str, Any] = {size: largest} if size else {}
        if "page" in names:
            query["page"] = number + 1
        elif "offset" in names:
            query["offset"] = number * largest
        if "include_inactive" in names:
            query["include_inactive"] = True
        if "status" in names and listing.service != GATEWAY:
            written = ready.body.get("status") if isinstance(ready.body, dict) else None
            query["status"] = "all" if "'all'" in str(names["status"]) else written or "active"
        page = rows(session.client.send(listing, reader_credential(ready), params=params, query=query).need().json)
        for row in page:
            if named(row, wanted):
                return row
        if not size or len(page) < largest:
            return None
    return None


@rule("LIFE-03")
@pytest.mark.parametrize("op", PARTIAL, ids=str)
def test_a_partial_update_leaves_the_rest_alone(op: Op, session: Session, check: Check) -> None:
    """An update with one field changes that field and no other; updated_at moves."""
    ready = session.ready(op)
    required = KNOWN.body_schema(op).get("required", [])
    for name, value in session.some(ready.body.items(), 1, 1):
        before = _shown(session, op, ready)
        if name not in before:
            continue
        body = {field: before.get(field, ready.body[field]) for field in required} | {name: value}
        reply = session.play(ready, body=body)
        if not check.that(
            reply.ok, f"an update of {name} alone is refused", reply, expected="2xx", about=f"{name} 2xx"
        ):
            continue
        after = _shown(session, op, ready)
        moved = {name, *TOGETHER.get((op.id, name), ())}
        changed = sorted(
            field for field in without_volatile(before) if field not in moved and before[field] != after.get(field)
        )
        check.that(
            not changed,
            f"an update of {name} alone changed {', '.join(changed)}",
            reply,
            about=name,
            expected={field: before[field] for field in changed},
            got={field: after.get(field) for field in changed},
        )
        check.that(
            (op.id, name) in NOT_SHOWN or same(value, after[name]),
            f"an update of {name} alone is not stored",
            reply,
            expected=value,
            got=after[name],
            about=f"{name} stored",
        )
        if "updated_at" in before:
            check.that(
                _stamps.moved(before["updated_at"], after["updated_at"]),
                "updated_at does not move on a write",
                reply,
                rule="LIFE-04",
                expected=f"later than {before['updated_at']}",
                got=after["updated_at"],
                about="updated_at",
            )


def _shown(session: Session, op: Op, ready: Ready) -> dict[str, Any]:
    """Return what the item's own read shows, else its row in the list; an object that is wrapped is unwrapped."""
    beside, listing = reader(op, ready, None), list_reader(KNOWN, op)
    shown: Any = None
    if beside is not None:
        declared = {one.name for one in beside[0].spec.parameters if one.location == "query"}
        query = {name: value for name, value in ready.query.items() if name in declared}
        shown = session.client.send(beside[0], reader_credential(ready), params=beside[1], query=query).need().json
    elif listing is not None:
        shown = _find(session, ready, listing, str(ready.params[last_param(op)]))
    if not isinstance(shown, dict):
        raise Unmet(f"no read shows what {op.id} changes")
    inner = [one for one in shown.values() if isinstance(one, dict) and not one.keys().isdisjoint(ready.body)]
    return inner[0] if len(inner) == 1 and shown.keys().isdisjoint(ready.body) else shown


@rule("LIFE-05")
@pytest.mark.parametrize("op", DELETES, ids=str)
def test_what_is_deleted_is_nowhere(op: Op, session: Session, check: Check) -> None:
    """After a DELETE the item is 404, no list has it, and a second DELETE is refused."""
    ready = session.ready(op)
    param = last_param(op)
    before = session.look(ready.watch)
    session.play(ready).need()
    check.that(
        not ready.watch or session.look(ready.watch) != before,
        "a DELETE changed nothing",
        op=op,
        expected="a change",
        got="the same responses",
        about="watch",
    )
    if op.spec.path.endswith("}"):
        read = item_reader(KNOWN, op)
        if read is not None and op.id not in REPEATABLE:
            reply = session.client.send(read, reader_credential(ready), params=ready.params)
            check.that(
                reply.status in (403, 404, 410) or _gone(reply.json),
                f"a deleted item is answered with {reply.status}",
                reply,
                op=op,
                expected="404",
                about="read",
            )
        listing = list_reader(KNOWN, op)
        if listing is not None and op.id not in REPEATABLE:
            found = _find(session, ready, listing, str(ready.params[param]))
            check.that(
                found is None or _gone(found),
                "a deleted item is listed still",
                op=op,
                expected="no such row",
                got=found,
                about="list",
            )
    if op.id not in REPEATABLE:
        again = session.play(ready)
        check.that(
            again.status in (400, 403, 404, 409, 410),
            f"a second DELETE is answered with {again.status}",
            again,
            expected="404",
            about="again",
        )


def _gone(row: Any) -> bool:
    """Whether a row says of itself that it is not there any more: deactivated users, deleted Registry apps."""
    return isinstance(row, dict) and (row.get("is_active") is False or row.get("status") in ("deleted", "inactive"))


@rule("LIFE-06")
@pytest.mark.parametrize("op", READS, ids=str)
def test_reading_twice_shows_the_same(op: Op, session: Session, check: Check) -> None:
    """Two reads in a row answer the same, in the same order: reading changes nothing."""
    ready = session.ready(op)
    for _attempt in range(5):  # somebody else may write into a shared list in between
        one, other = session.play(ready).need(), session.play(ready).need()
        alike = _alike(op, one, other)
        if alike:
            break
    check.that(alike, "two reads in a row differ", other, expected=one.text, got=other.text, about="twice")


def _alike(op: Op, one: Reply, other: Reply) -> bool:
    """Whether two reads show the same; of what everybody writes into, whether the rows are in the same order."""
    if one.json is None:
        return one.content == other.content
    if without_volatile(one.json) == without_volatile(other.json):
        return True
    if op.service == GATEWAY and op.spec.required_role != "admin":
        return False
    first, second = _names(one.json), _names(other.json)
    common = set(first) & set(second)
    return bool(first) and [name for name in first if name in common] == [name for name in second if name in common]


def _names(value: Any) -> list[str]:
    return [next((str(row[name]) for name in NAMES if name in row), "") for row in rows(value) if isinstance(row, dict)]


@rule("LIFE-07")
@pytest.mark.parametrize("op", CREATES, ids=str)
def test_a_second_create_of_the_same_is_a_clash(op: Op, session: Session, check: Check) -> None:
    """Creating again what is there already is 409, and changes nothing."""
    ready = session.ready(op)
    first = session.play(ready).need()
    beside = reader(op, ready, first.json)
    before = (
        without_volatile(session.client.send(beside[0], reader_credential(ready), params=beside[1]).json)
        if beside
        else None
    )
    again = session.play(ready)
    check.status(again, 409, 400, message=f"a second create of the same is answered with {again.status}", about="again")
    if beside:
        after = without_volatile(session.client.send(beside[0], reader_credential(ready), params=beside[1]).json)
        check.equal(after, before, "a refused second create changed the first", again, about="changed")
