"""Lifecycles: what is written is there on every read, what is deleted is nowhere, and reading changes nothing.

All of it follows from the documents: a write and the reads beside it (the same path, the item path below a create, the
list above an item).
"""

from __future__ import annotations

import time
from typing import Any

from specdouble.openapi import Op
from specdouble.verify.api.api import Api
from specdouble.verify.api.recipes import Ready
from specdouble.verify.api.rules import operations, rule
from specdouble.verify.http.client import Reply
from specdouble.verify.problems import Unmet
from specdouble.verify.responses import stamps
from specdouble.verify.session.check import Check
from specdouble.verify.session.session import Session
from specdouble.verify.suites._responses import (
    id_in,
    item_reader,
    last_param,
    list_reader,
    named,
    rows_in,
    without_volatile,
)
from specdouble.verify.suites.reach.test_reach import same

SETTLES = 10.0  # seconds that a deletion may take which was accepted with 202


def writes(op: Op, api: Api) -> bool:
    """Whether what an operation writes can be read back."""
    known = api.contract
    shown = op.spec.method in ("POST", "PUT", "PATCH") and known.body_schema(op)
    return bool(shown and (item_reader(known, op) or list_reader(known, op))) and not api.facts(op).write_only


def deletes(op: Op, _api: Api) -> bool:
    """Whether an operation deletes: one that declares nothing but refusals never does."""
    return op.spec.method == "DELETE" and op.spec.success.status < 400


def partial(op: Op, api: Api) -> bool:
    """Whether an operation changes what its body names, and nothing else."""
    return writes(op, api) and (op.spec.method == "PATCH" or api.facts(op).partial)


def steady(op: Op, api: Api) -> bool:
    """Whether two reads in a row show the same."""
    return op.reads and not api.facts(op).restless and not api.is_stream(op)


def creates(op: Op, api: Api) -> bool:
    """Whether a second create of the same is a clash."""
    return writes(op, api) and op.spec.method == "POST" and 409 in op.spec.responses and not api.facts(op).no_clash


def reader(api: Api, op: Op, ready: Ready, response: Any) -> tuple[Op, dict[str, Any]] | None:
    """Return the item read beside a write, with its path parameters."""
    found = item_reader(api.contract, op)
    if found is None and op.spec.method == "POST":
        found = _by_query(api, op)
    if found is None:
        return None
    if op.spec.method != "POST":
        return found, ready.params
    if found.spec.path == op.spec.path:
        made = response if isinstance(response, dict) else {}
        keys = [one.name for one in found.spec.parameters if one.location == "query" and one.name in made]
        return (found, ready.params) if keys else None  # the key of an item stands in the query
    param = last_param(found)
    value = id_in(api, response, param) or (str(ready.body.get(param, "")) if isinstance(ready.body, dict) else "")
    return (found, {**ready.params, param: value}) if value else None


def _by_query(api: Api, op: Op) -> Op | None:
    """Return the GET of the path of a create, where that gives one item, which its query names."""
    found = list_reader(api.contract, op)
    if found is None or "{" in found.spec.path:
        return None
    schemas = api.contract.by_name[op.service].document.schemas
    shown = schemas.resolve(found.spec.success.schema)
    return (
        found if shown.get("type") == "object" and not shown.get("properties", {}).keys() & {*api.words.lists} else None
    )


def asked(read: Op, ready: Ready, response: Any = None) -> dict[str, Any]:
    """Return the query of a read that is about what a write was about: what both name, anywhere."""
    said = [one for one in (response, ready.body) if isinstance(one, dict)]
    given = {name: value for one in said for name, value in one.items() if isinstance(value, str)} | ready.query
    return {one.name: given[one.name] for one in read.spec.parameters if one.location == "query" and one.name in given}


def compare(api: Api, check: Check, op: Op, written: Any, shown: Any, reply: Any, what: str) -> None:
    """Every written field that a read shows has the written value."""
    if not isinstance(written, dict) or not isinstance(shown, dict):
        return
    for name, value in written.items():
        if name in shown and value is not None and name not in api.facts(op).not_shown:
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
@operations(writes)
def test_what_is_written_is_there_on_every_read(op: Op, session: Session, check: Check) -> None:
    """A write shows in the item's own GET and in the list, field by field, and the three responses agree."""
    api = session.api
    ready = session.ready(op)
    reply = session.play(ready).need()
    beside = reader(api, op, ready, reply.json)
    item: Any = None
    if beside is not None:
        query = asked(beside[0], ready, reply.json)
        read = session.client.send(beside[0], session.callers.reader(ready), params=beside[1], query=query)
        if check.that(read.ok, "what was written cannot be read", read, op=op, expected="2xx", about="read"):
            item = read.json
            compare(api, check, op, ready.body, item, read, "the item's GET")
            compare(api, check, op, _common(api, reply.json, item), without_volatile(api, item), read, "the item's GET")
    listing = list_reader(api.contract, op)
    if listing is None or (beside is not None and listing is beside[0]):
        if beside is None:
            raise Unmet("its response does not say which item was written, and there is no list to look in")
        return
    wanted = next((value for value in _ids(api, op, ready, reply.json) if value), "")
    if not wanted:
        if beside is None:
            raise Unmet("its response does not say which item was written")
        return
    found = _find(session, ready, listing, wanted)
    if check.that(
        found is not None, "what was written is in no list", reply, expected=f"{wanted} in {listing.id}", about="list"
    ):
        compare(api, check, op, ready.body, found, reply, "the list")
        compare(api, check, op, _common(api, item, found), without_volatile(api, found), reply, "the list")


def _common(api: Api, one: Any, other: Any) -> Any:
    one = without_volatile(api, one)
    if not isinstance(one, dict) or not isinstance(other, dict):
        return {}
    return {name: value for name, value in one.items() if name in other}


def _ids(api: Api, op: Op, ready: Ready, response: Any) -> list[str]:
    if op.spec.method != "POST":
        return [str(ready.params.get(last_param(op), ""))] if op.spec.path.endswith("}") else []
    below = item_reader(api.contract, op)
    params = [last_param(below)] if below is not None and below.spec.path != op.spec.path else ["id"]
    return [id_in(api, response, name) for name in params]


def _find(session: Session, ready: Ready, listing: Op, wanted: str) -> Any:
    """Look for a row through the pages of a list."""
    api, facts = session.api, session.api.facts(listing)
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
        written = ready.body if isinstance(ready.body, dict) else {}
        query |= {name: value for name, value in ready.query.items() if name in names and name not in query}
        query |= {**facts.whole} | {name: written.get(name) or usual for name, usual in facts.like_written.items()}
        page = rows_in(
            api, session.client.send(listing, session.callers.reader(ready), params=params, query=query).need().json
        )
        for row in page:
            if named(api, row, wanted):
                return row
        if not size or len(page) < largest:
            return None
    return None


@rule("LIFE-03")
@operations(partial)
def test_a_partial_update_leaves_the_rest_alone(op: Op, session: Session, check: Check) -> None:
    """An update with one field changes that field and no other; updated_at moves."""
    api, facts = session.api, session.api.facts(op)
    ready = session.ready(op)
    required = api.contract.body_schema(op).get("required", [])
    seen = False
    for name, value in session.some(ready.body.items(), 1, 1):
        before = _shown(session, op, ready)
        if name not in before:
            continue
        seen = True
        body = {field: before.get(field, ready.body[field]) for field in required} | {name: value}
        reply = session.play(ready, body=body)
        if not check.that(
            reply.ok, f"an update of {name} alone is refused", reply, expected="2xx", about=f"{name} 2xx"
        ):
            continue
        after = _shown(session, op, ready)
        moved = {name, facts.moves_with.get(name, facts.twins.get(name, name))}
        changed = sorted(
            field for field in without_volatile(api, before) if field not in moved and before[field] != after.get(field)
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
            name in facts.not_shown or same(value, after[name]),
            f"an update of {name} alone is not stored",
            reply,
            expected=value,
            got=after[name],
            about=f"{name} stored",
        )
        if "updated_at" in before:
            check.that(
                stamps.moved(before["updated_at"], after["updated_at"]),
                "updated_at does not move on a write",
                reply,
                rule="LIFE-04",
                expected=f"later than {before['updated_at']}",
                got=after["updated_at"],
                about="updated_at",
            )
    if not seen:
        raise Unmet("no read shows a field that it changes")


def _shown(session: Session, op: Op, ready: Ready) -> dict[str, Any]:
    """Return what the item's own read shows, else its row in the list; an object that is wrapped is unwrapped."""
    api = session.api
    beside, listing = reader(api, op, ready, None), list_reader(api.contract, op)
    shown: Any = None
    if beside is not None:
        query = asked(beside[0], ready)
        shown = session.client.send(beside[0], session.callers.reader(ready), params=beside[1], query=query).need().json
    elif listing is not None:
        shown = _find(session, ready, listing, str(ready.params[last_param(op)]))
    if not isinstance(shown, dict):
        raise Unmet(f"no read shows what {op.id} changes")
    inner = [one for one in shown.values() if isinstance(one, dict) and not one.keys().isdisjoint(ready.body)]
    return inner[0] if len(inner) == 1 and shown.keys().isdisjoint(ready.body) else shown


def _await_gone(session: Session, op: Op, ready: Ready) -> None:
    """Give a server time to do what it has accepted: until the item is gone, and no longer than that takes."""
    read = item_reader(session.api.contract, op)
    until = time.monotonic() + SETTLES
    while read is not None and time.monotonic() < until:
        reply = session.client.send(read, session.callers.reader(ready), params=ready.params)
        if reply.status in (403, 404, 410) or _gone(reply.json):
            return
        time.sleep(0.25)


@rule("LIFE-05")
@operations(deletes)
def test_what_is_deleted_is_nowhere(op: Op, session: Session, check: Check) -> None:
    """After a DELETE the item is 404, no list has it, and a second DELETE is refused."""
    api = session.api
    ready = session.ready(op)
    param = last_param(op)
    before = session.look(ready.watch)
    reply = session.play(ready).need()
    if reply.status == 202:
        _await_gone(session, op, ready)
    check.that(
        not ready.watch or session.look(ready.watch) != before,
        "a DELETE changed nothing",
        op=op,
        expected="a change",
        got="the same responses",
        about="watch",
    )
    if op.spec.path.endswith("}"):
        read = item_reader(api.contract, op)
        if read is not None and not api.facts(op).repeatable:
            reply = session.client.send(read, session.callers.reader(ready), params=ready.params)
            check.that(
                reply.status in (403, 404, 410) or _gone(reply.json),
                f"a deleted item is answered with {reply.status}",
                reply,
                op=op,
                expected="404",
                about="read",
            )
        listing = list_reader(api.contract, op)
        if listing is not None and not api.facts(op).repeatable:
            found = _find(session, ready, listing, str(ready.params[param]))
            check.that(
                found is None or _gone(found),
                "a deleted item is listed still",
                op=op,
                expected="no such row",
                got=found,
                about="list",
            )
    if not api.facts(op).repeatable:
        again = session.play(ready)
        check.that(
            again.status in (400, 403, 404, 409, 410),
            f"a second DELETE is answered with {again.status}",
            again,
            expected="404",
            about="again",
        )


def _gone(row: Any) -> bool:
    """Whether a row says of itself that it is not there any more: what was switched off or marked."""
    return isinstance(row, dict) and (row.get("is_active") is False or row.get("status") in ("deleted", "inactive"))


@rule("LIFE-06")
@operations(steady)
def test_reading_twice_shows_the_same(op: Op, session: Session, check: Check) -> None:
    """Two reads in a row answer the same, in the same order: reading changes nothing."""
    api = session.api
    ready = session.ready(op)
    for _attempt in range(5):  # somebody else may write into a shared list in between
        one, other = session.play(ready).need(), session.play(ready).need()
        alike = _alike(api, op, one, other)
        if alike:
            break
    check.that(alike, "two reads in a row differ", other, expected=one.text, got=other.text, about="twice")


def _alike(api: Api, op: Op, one: Reply, other: Reply) -> bool:
    """Whether two reads show the same; of what everybody writes into, whether the rows are in the same order."""
    if one.json is None:
        return one.content == other.content
    if without_volatile(api, one.json) == without_volatile(api, other.json):
        return True
    if api.has_people(op.service) and op.spec.required_role not in api.words.high_roles:
        return False
    first, second = _names(api, one.json), _names(api, other.json)
    common = set(first) & set(second)
    return bool(first) and [name for name in first if name in common] == [name for name in second if name in common]


def _names(api: Api, value: Any) -> list[str]:
    return [
        next((str(row[name]) for name in api.words.ids if name in row), "")
        for row in rows_in(api, value)
        if isinstance(row, dict)
    ]


@rule("LIFE-07")
@operations(creates)
def test_a_second_create_of_the_same_is_a_clash(op: Op, session: Session, check: Check) -> None:
    """Creating again what is there already is 409, and changes nothing."""
    api = session.api
    ready = session.ready(op)
    first = session.play(ready).need()
    beside = reader(api, op, ready, first.json)
    before = (
        without_volatile(
            api,
            session.client.send(
                beside[0], session.callers.reader(ready), params=beside[1], query=asked(beside[0], ready)
            ).json,
        )
        if beside
        else None
    )
    again = session.play(ready)
    check.status(again, 409, 400, message=f"a second create of the same is answered with {again.status}", about="again")
    if beside:
        after = without_volatile(
            api,
            session.client.send(
                beside[0], session.callers.reader(ready), params=beside[1], query=asked(beside[0], ready)
            ).json,
        )
        check.equal(after, before, "a refused second create changed the first", again, about="changed")
