"""Rules of the older store of extension records."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Check, rule

from ...session import Session
from ...shared import registry
from ...shared.registry import DELETE_RECORD, MAKE_RECORD, PUT_RECORD, RECORD, RECORDS
from .._rules import kept, moves, refused, shows
from ._registry import GONE, Desk, later

FULL: dict[str, Any] = {
    "display_name": "A record ☂", "description": "Described.", "version": "2.3.4",
    "manifest": {"tools": [{"name": "x"}], "deep": {"null": None}},
}  # fmt: skip
SET: dict[str, Any] = {
    "display_name": "Shown anew", "description": "Anew.", "version": "7.7.7", "status": "suspended",
    "manifest": {"only": {"this": True}},
}  # fmt: skip


class Records(Desk):
    """The older store with the platform key."""

    def one(self, ext_id: str) -> dict[str, Any]:
        """Return a record."""
        return dict(self.ask(RECORD, params={"ext_id": ext_id}).need().json)

    def find(self, ext_id: str, **query: Any) -> dict[str, Any] | None:
        """Return the row of a record in a list, or None."""
        found = [one for one in self.ask(RECORDS, query=query).need().json if one["id"] == ext_id]
        return found[0] if len(found) == 1 else None


@rule("LIFE-390", MAKE_RECORD, RECORD, RECORDS)
def test_a_record_is_what_was_sent(session: Session, check: Check) -> None:
    """A new record is active and has what was sent; version 1.0.0 and no description are what it has otherwise."""
    desk = Records(session)
    small = {"display_name": "Small", "manifest": {}}
    for body, more in (
        (FULL, {}),
        (small, {"version": "1.0.0", "description": None}),
        ({**small, "description": None}, {}),
    ):
        ext_id = session.users.fresh("rec")
        reply = check.ok(desk.ask(MAKE_RECORD, body={"id": ext_id, **body}))
        shows(check, reply, {"id": ext_id, "status": "active", **body, **more}, "a new record")
        check.equal(reply["created_at"], reply["updated_at"], "a new record has two different stamps", reply)
        check.equal(desk.one(ext_id), reply.json, "a new record is read otherwise than it was made", reply)
        for query in ({}, {"status": "active"}):
            check.equal(desk.find(ext_id, **query), reply.json, "a new record is listed otherwise", op=RECORDS)
        before = desk.one(ext_id)
        again = desk.ask(MAKE_RECORD, body={"id": ext_id, "display_name": "Other", "manifest": {"other": 1}})
        check.status(again, 409, message="a record can be made twice")
        check.equal(desk.one(ext_id), before, "a refused second record changed the first", again)
    for form in ("Upper{}", "{} x", "{}.x", "é{}", ""):
        wrong = {"id": form.format(session.users.fresh("rec")) if form else "", **small}
        refused(check, desk.ask(MAKE_RECORD, body=wrong), 422, 400, why=f"a record called {form!r}")
    for name in ("id", "display_name", "manifest"):
        less = {field: one for field, one in {"id": session.users.fresh("rec"), **FULL}.items() if field != name}
        refused(check, desk.ask(MAKE_RECORD, body=less), 422, 400, why=f"a record without {name}")


@rule("LIFE-391", PUT_RECORD)
def test_a_record_changes_where_it_is_told(session: Session, check: Check) -> None:
    """PUT changes the given fields of this record alone and moves updated_at; null clears the description only."""
    desk = Records(session)
    ext_id, other = registry.record(session, **FULL), registry.record(session, **FULL)
    untouched = desk.one(other)
    for name, value in SET.items():
        before = desk.one(ext_id)
        reply = check.ok(desk.ask(PUT_RECORD, params={"ext_id": ext_id}, body={name: value}))
        shows(check, reply, {name: value}, f"an update of {name}")
        kept(check, reply, before, f"a record after an update of {name}", name, "updated_at")
        later(check, reply["updated_at"], before["updated_at"], "updated_at", reply)
        check.equal(desk.one(ext_id), reply.json, f"an update of {name} is not stored", reply)
    for name in ("display_name", "version", "status", "manifest", "description"):
        before = desk.one(ext_id)
        reply = check.ok(desk.ask(PUT_RECORD, params={"ext_id": ext_id}, body={name: None}), f"null for {name}")
        kept(check, reply, before, f"a record after null for {name}", "updated_at", "description")
        wanted = None if name == "description" else before["description"]
        check.equal(reply["description"], wanted, f"the description after null for {name}", reply)
        check.equal(desk.one(ext_id), reply.json, f"null for {name} is not stored as it was answered", reply)

    def write() -> Any:
        return check.ok(desk.ask(PUT_RECORD, params={"ext_id": ext_id}, body={"manifest": {"again": 1}}))["updated_at"]

    check.that(moves(desk.one(ext_id)["updated_at"], write), "updated_at does not move", op=PUT_RECORD)
    check.equal(desk.one(other), untouched, "an update changed another record", op=PUT_RECORD)
    refused(check, desk.ask(PUT_RECORD, params={"ext_id": GONE}, body={"version": "1"}), 404, why="changing nothing")
    refused(check, desk.ask(RECORD, params={"ext_id": GONE}), 404, why="reading a record that is not there")


@rule("FILTER-362", RECORDS)
def test_records_are_listed_by_status(session: Session, check: Check) -> None:
    """The list keeps one status, active unless told otherwise."""
    desk, status = Records(session), session.users.fresh("status")
    one, two, active = registry.record(session), registry.record(session), registry.record(session)
    for ext_id in (one, two):
        desk.ask(PUT_RECORD, params={"ext_id": ext_id}, body={"status": status}).need()
    rows = desk.ask(RECORDS, query={"status": status}).need().json
    check.equal(sorted(row["id"] for row in rows), sorted([one, two]), "the records of a status", op=RECORDS)
    check.equal(rows, [desk.one(row["id"]) for row in rows], "a listed record is not as its page says", op=RECORDS)
    for query in ({}, {"status": "active"}):
        rows = desk.ask(RECORDS, query=query).need().json
        check.equal({row["status"] for row in rows}, {"active"}, "the list shows other than active records", op=RECORDS)
        check.that(active in [row["id"] for row in rows], "an active record is not listed", op=RECORDS)
    nothing = desk.ask(RECORDS, query={"status": f"{status}x"}).need().json
    check.equal(nothing, [], "records of a status that none has", op=RECORDS)
    desk.ask(PUT_RECORD, params={"ext_id": one}, body={"status": "active"}).need()
    check.that(desk.find(one) is not None, "a record that is active again is not listed", op=RECORDS)


@rule("D10", DELETE_RECORD, RECORD, MAKE_RECORD, registry.APP)
def test_the_older_store_is_apart_from_apps(session: Session, check: Check) -> None:
    """Records are the older store: they are no apps and no installs, and apps are no records, under whatever id."""
    desk, person, app_id = Records(session), registry.person(session), registry.active_app(session)
    registry.install(session, person, app_id)
    before, installs = desk.everything(app_id), desk.installs(person)
    where = {"ext_id": app_id}
    refused(check, desk.ask(RECORD, params=where), 404, why="reading an app as a record")
    registry.record(session, id=app_id)
    check.ok(desk.ask(PUT_RECORD, params=where, body={"status": "suspended", "display_name": "Record"}))
    check.equal(desk.everything(app_id), before, "a record changed the app of its id", op=PUT_RECORD)
    other = registry.record(session)
    refused(check, desk.ask(registry.APP, other), 404, why="reading a record as an app")
    reply = check.ok(desk.ask(DELETE_RECORD, params=where))
    check.equal(reply.json, {"id": app_id, "deleted": True}, "the response of a deletion", reply)
    check.equal(desk.everything(app_id), before, "the deletion of a record changed the app of its id", reply)
    check.equal(desk.installs(person), installs, "the deletion of a record changed installs", reply)
    refused(check, desk.ask(RECORD, params=where), 404, why="reading a deleted record")
    check.equal(desk.find(app_id, status="suspended"), None, "a deleted record is listed", op=RECORDS)
    refused(check, desk.ask(DELETE_RECORD, params=where), 404, why="deleting a record twice")
    check.ok(desk.ask(RECORD, params={"ext_id": other}), "the deletion of a record took another")
    registry.record(session, id=app_id)
    check.equal(desk.one(app_id)["status"], "active", "a record that is made anew has the status of before", op=RECORD)
    desk.ask(registry.DELETE_APP, app_id).need()
    check.ok(desk.ask(RECORD, params=where), "the deletion of an app took the record of its id")
