"""What an update changes, and how it is looked at before and after."""

from __future__ import annotations

import re
from typing import Any

from specdouble.openapi import Op
from specdouble.verify.api.known import MISSING
from specdouble.verify.generated import Request, Thing
from specdouble.verify.generated.things import How
from specdouble.verify.problems import Unmet
from specdouble.verify.responses.reply import Reply
from specdouble.verify.session.check import Check
from specdouble.verify.session.session import Session
from specdouble.verify.suites.model._case import (
    body_members,
    item,
    moves,
    still,
    workshop,
)


def is_partial(op: Op, session: Session) -> bool:
    style = workshop(session).known.about(op).style
    return op.spec.method == "PATCH" or style in ("merge", "post")


class Subject:
    """What an update changes: a thing, or that of which there is only one."""

    def __init__(self, session: Session, op: Op) -> None:
        self.session, self.op = session, op
        self.shop = workshop(session)
        self.request: Request = self.shop.request(op)
        self.thing: Thing | None = self.request.thing
        self.members = {
            name: schema
            for name, schema in body_members(session, op).items()
            if not self.shop.filler(op).flats.of(schema).read_only
        }

    def shown(self) -> dict[str, Any]:
        """Return what is shown of it now."""
        reader = self._single()
        part = reader is not None and self.shop.known.about(self.op).role.startswith("singleton")
        if self.thing is not None and not part:  # what a thing has one of is shown by a path of its own
            return item(self.session, self.thing)
        if reader is None:
            raise Unmet("no operation shows what this one changes")
        reply = self._look(reader)
        found = self.shop.known.item(reader, reply.json) if reply is not None and reply.ok else None
        if found is None:
            raise Unmet(f"{reader.id} does not show it")
        return found

    def read(self) -> Reply | None:
        """Return the read of what there is only one of, None where there is none."""
        reader = self._single()
        reply = self._look(reader) if reader is not None else None
        return reply if reply is not None and reply.ok else None

    def _look(self, reader: Op) -> Reply | None:
        who = self.request.identity
        if who is None:
            return None
        return self.shop.send(self.shop.build(reader, who, How(), self.thing).but(params=self.request.params))

    def _single(self) -> Op | None:
        for op in self.session.contract.ops:
            if op.service == self.op.service and op.spec.path == self.op.spec.path and op.reads:
                return op
        return None

    def another(self, name: str, value: Any) -> Any:
        """Return another value for a member, MISSING where there is none that is known to be taken."""
        who = self.request.identity
        refer = self.shop._refer(self.op, who, self.request.params) if who else None
        flat = self.shop.filler(self.op).flats.of(self.members[name])
        if refer is not None and flat.type in ("string", "integer"):
            found = refer(name, flat)
            if found is not None:
                return found if found != value else MISSING
        made = self.shop.filler(self.op).another(self.members[name], value, name)
        return self.shop.filler(self.op).later(flat, re.split(r"[_-]", name), made) if isinstance(made, str) else made

    def needed(self, shown: dict[str, Any]) -> dict[str, Any]:
        """Return the members without which a request is none, as they are now."""
        content = self.shop.filler(self.op).content(self.op)
        flat = self.shop.filler(self.op).flats.of(content.schema) if content else None
        body = self.request.body if isinstance(self.request.body, dict) else {}
        names = flat.required if flat is not None else set()
        return {name: shown.get(name, body.get(name)) for name in names if name in shown or name in body}


def untouched(check: Check, subject: Subject, reply: Any, name: str, before: Any, after: Any) -> None:
    """Members that a request could name and did not, and those that identify a thing, stay."""
    stays = {one for one in subject.members if one in before} | {one for one in before if is_fixed(one)}
    changed = sorted(
        one for one in stays - {name} if not moves(one) and _ordered(before[one]) != _ordered(after.get(one, MISSING))
    )
    check.that(
        not changed,
        f"an update of {name} alone changes {', '.join(changed)}",
        reply,
        expected={one: before[one] for one in changed},
        got={one: after.get(one) for one in changed},
        about=f"{name} alone",
    )


def _ordered(value: Any) -> Any:
    """Return a value without what moves, and texts of a list in one order: a set has none."""
    shown = still(value)
    if isinstance(shown, dict):
        return {name: _ordered(one) for name, one in shown.items()}
    return sorted(shown) if isinstance(shown, list) and all(isinstance(one, str) for one in shown) else shown


def is_fixed(name: str) -> bool:
    """Whether a member never changes: what a thing is called by the server, and when it was made."""
    plain = name.lower().replace("_", "")
    return plain in ("id", "uuid", "createdat", "created", "createdby", "ownerid", "owner")


def stamped(check: Check, reply: Any, before: Any, after: Any) -> None:
    """Judge that the time of the last change moves, and never backwards."""
    for name in ("updated_at", "updatedAt", "modified_at", "modifiedAt", "last_modified"):
        one, other = before.get(name), after.get(name)
        if isinstance(one, str) and isinstance(other, str):
            check.that(
                one < other or len(one) < 23,
                f"{name} does not move on a write",
                reply,
                rule="LIFE-54",
                expected=f"later than {one}",
                got=other,
                about=name,
            )
    for name in ("version", "revision", "generation"):
        one, other = before.get(name), after.get(name)
        if isinstance(one, int) and isinstance(other, int) and not isinstance(one, bool):
            check.that(
                other > one,
                f"{name} does not go up on a write",
                reply,
                rule="LIFE-54",
                expected=f"more than {one}",
                got=other,
                about=name,
            )
