"""Laws of the older store of extension records."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Judge, Stage, law

from ... import registry
from ...registry import DELETE_RECORD, MAKE_RECORD, PUT_RECORD, RECORD, RECORDS
from .._laws import kept, moves, refused, shows
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


@law("LIFE-390", MAKE_RECORD, RECORD, RECORDS)
def test_a_record_is_what_was_sent(stage: Stage, judge: Judge) -> None:
    """A new record is active and has what was sent; version 1.0.0 and no description are what it has otherwise."""
    desk = Records(stage)
    small = {"display_name": "Small", "manifest": {}}
    for body, more in (
        (FULL, {}),
        (small, {"version": "1.0.0", "description": None}),
        ({**small, "description": None}, {}),
    ):
        ext_id = stage.cast.fresh("rec")
        reply = judge.ok(desk.ask(MAKE_RECORD, body={"id": ext_id, **body}))
        shows(judge, reply, {"id": ext_id, "status": "active", **body, **more}, "a new record")
        judge.equal(reply["created_at"], reply["updated_at"], "a new record has two different stamps", reply)
        judge.equal(desk.one(ext_id), reply.json, "a new record is read otherwise than it was made", reply)
        for query in ({}, {"status": "active"}):
            judge.equal(desk.find(ext_id, **query), reply.json, "a new record is listed otherwise", op=RECORDS)
        before = desk.one(ext_id)
        again = desk.ask(MAKE_RECORD, body={"id": ext_id, "display_name": "Other", "manifest": {"other": 1}})
        judge.status(again, 409, message="a record can be made twice")
        judge.equal(desk.one(ext_id), before, "a refused second record changed the first", again)
    for form in ("Upper{}", "{} x", "{}.x", "é{}", ""):
        wrong = {"id": form.format(stage.cast.fresh("rec")) if form else "", **small}
        refused(judge, desk.ask(MAKE_RECORD, body=wrong), 422, 400, why=f"a record called {form!r}")
    for name in ("id", "display_name", "manifest"):
        less = {field: one for field, one in {"id": stage.cast.fresh("rec"), **FULL}.items() if field != name}
        refused(judge, desk.ask(MAKE_RECORD, body=less), 422, 400, why=f"a record without {name}")


@law("LIFE-391", PUT_RECORD)
def test_a_record_changes_where_it_is_told(stage: Stage, judge: Judge) -> None:
    """PUT changes the given fields of this record alone and moves updated_at; null clears the description only."""
    desk = Records(stage)
    ext_id, other = registry.record(stage, **FULL), registry.record(stage, **FULL)
    untouched = desk.one(other)
    for name, value in SET.items():
        before = desk.one(ext_id)
        reply = judge.ok(desk.ask(PUT_RECORD, params={"ext_id": ext_id}, body={name: value}))
        shows(judge, reply, {name: value}, f"an update of {name}")
        kept(judge, reply, before, f"a record after an update of {name}", name, "updated_at")
        later(judge, reply["updated_at"], before["updated_at"], "updated_at", reply)
        judge.equal(desk.one(ext_id), reply.json, f"an update of {name} is not stored", reply)
    for name in ("display_name", "version", "status", "manifest", "description"):
        before = desk.one(ext_id)
        reply = judge.ok(desk.ask(PUT_RECORD, params={"ext_id": ext_id}, body={name: None}), f"null for {name}")
        kept(judge, reply, before, f"a record after null for {name}", "updated_at", "description")
        wanted = None if name == "description" else before["description"]
        judge.equal(reply["description"], wanted, f"the description after null for {name}", reply)
        judge.equal(desk.one(ext_id), reply.json, f"null for {name} is not stored as it was answered", reply)

    def write() -> Any:
        return judge.ok(desk.ask(PUT_RECORD, params={"ext_id": ext_id}, body={"manifest": {"again": 1}}))["updated_at"]

    judge.that(moves(desk.one(ext_id)["updated_at"], write), "updated_at does not move", op=PUT_RECORD)
    judge.equal(desk.one(other), untouched, "an update changed another record", op=PUT_RECORD)
    refused(judge, desk.ask(PUT_RECORD, params={"ext_id": GONE}, body={"version": "1"}), 404, why="changing nothing")
    refused(judge, desk.ask(RECORD, params={"ext_id": GONE}), 404, why="reading a record that is not there")


@law("FILTER-362", RECORDS)
def test_records_are_listed_by_status(stage: Stage, judge: Judge) -> None:
    """The list keeps one status, active unless told otherwise."""
    desk, status = Records(stage), stage.cast.fresh("status")
    one, two, active = registry.record(stage), registry.record(stage), registry.record(stage)
    for ext_id in (one, two):
        desk.ask(PUT_RECORD, params={"ext_id": ext_id}, body={"status": status}).need()
    rows = desk.ask(RECORDS, query={"status": status}).need().json
    judge.equal(sorted(row["id"] for row in rows), sorted([one, two]), "the records of a status", op=RECORDS)
    judge.equal(rows, [desk.one(row["id"]) for row in rows], "a listed record is not as its page says", op=RECORDS)
    for query in ({}, {"status": "active"}):
        rows = desk.ask(RECORDS, query=query).need().json
        judge.equal({row["status"] for row in rows}, {"active"}, "the list shows other than active records", op=RECORDS)
        judge.that(active in [row["id"] for row in rows], "an active record is not listed", op=RECORDS)
    nothing = desk.ask(RECORDS, query={"status": f"{status}x"}).need().json
    judge.equal(nothing, [], "records of a status that none has", op=RECORDS)
    desk.ask(PUT_RECORD, params={"ext_id": one}, body={"status": "active"}).need()
    judge.that(desk.find(one) is not None, "a record that is active again is not listed", op=RECORDS)


@law("D10", DELETE_RECORD, RECORD, MAKE_RECORD, registry.APP)
def test_the_older_store_is_apart_from_apps(stage: Stage, judge: Judge) -> None:
    """Records are the older store: they are no apps and no installs, and apps are no records, under whatever id."""
    desk, person, app_id = Records(stage), registry.person(stage), registry.active_app(stage)
    registry.install(stage, person, app_id)
    before, installs = desk.everything(app_id), desk.installs(person)
    where = {"ext_id": app_id}
    refused(judge, desk.ask(RECORD, params=where), 404, why="reading an app as a record")
    registry.record(stage, id=app_id)
    judge.ok(desk.ask(PUT_RECORD, params=where, body={"status": "suspended", "display_name": "Record"}))
    judge.equal(desk.everything(app_id), before, "a record changed the app of its id", op=PUT_RECORD)
    other = registry.record(stage)
    refused(judge, desk.ask(registry.APP, other), 404, why="reading a record as an app")
    reply = judge.ok(desk.ask(DELETE_RECORD, params=where))
    judge.equal(reply.json, {"id": app_id, "deleted": True}, "the answer of a deletion", reply)
    judge.equal(desk.everything(app_id), before, "the deletion of a record changed the app of its id", reply)
    judge.equal(desk.installs(person), installs, "the deletion of a record changed installs", reply)
    refused(judge, desk.ask(RECORD, params=where), 404, why="reading a deleted record")
    judge.equal(desk.find(app_id, status="suspended"), None, "a deleted record is listed", op=RECORDS)
    refused(judge, desk.ask(DELETE_RECORD, params=where), 404, why="deleting a record twice")
    judge.ok(desk.ask(RECORD, params={"ext_id": other}), "the deletion of a record took another")
    registry.record(stage, id=app_id)
    judge.equal(desk.one(app_id)["status"], "active", "a record that is made anew has the status of before", op=RECORD)
    desk.ask(registry.DELETE_APP, app_id).need()
    judge.ok(desk.ask(RECORD, params=where), "the deletion of an app took the record of its id")
