"""What a run creates: written into the journal before and after, its own from then on, and new each time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from specdouble.openapi import Op
from specdouble.verify.api.credentials import Credential, claims
from specdouble.verify.responses.record import Record
from specdouble.verify.responses.redact import Redactor
from specdouble.verify.responses.reply import Reply
from specdouble.verify.safety.journal import Journal, Made
from specdouble.verify.safety.safety import Safety

# Fields of a body by which people find what was created when no response came.
_TRACES = ("email", "name", "title", "slug", "display_name")


class Creations:
    """Follows the operations that create something which outlives a throw-away user."""

    def __init__(self, journal: Journal, redactor: Redactor, safety: Safety) -> None:
        self.journal = journal
        self.redactor = redactor
        self.safety = safety
        self.creates = safety.creates
        self.traces = dict.fromkeys((*_TRACES, *sorted(safety.settings.api.words.unique)))
        self._made: set[tuple[str, str]] = set()

    def announce(self, op: Op, params: Mapping[str, str], body: Any) -> dict[str, Any]:
        """Write down that something is about to be created, with what people can find it by; return the entry."""
        if op.id not in self.creates:
            return {}
        given = body if isinstance(body, dict) else {}
        traces = {name: self.redactor.clean(str(given[name])[:200]) for name in self.traces if given.get(name)}
        entry = {"op": op.id, "what": self.creates[op.id].what, "params": dict(params), "traces": traces}
        self.journal.write("creating", **entry)
        return entry

    def made(self, op: Op, reply: Reply, params: Mapping[str, str], who: Credential, record: Record) -> None:
        """Take what a create answered: it is this run's own, it is to be removed, and it was not there before."""
        made = self.creates[op.id]
        value = reply.json.get(made.field) if isinstance(reply.json, dict) else None
        if made.claim:
            value = claims(str(value)).get("sub")
        if value is None:
            return
        self._is_new(op, made, str(value), reply, record)
        self.safety.owned.add(str(value))
        owner = self.safety.owner(who)
        if made.hands and owner:
            self.safety.holders[str(reply.json.get(made.hands))] = owner
        if made.personal and (not owner or owner in self.safety.owned):
            return
        undo = {**{name: params[name] for name in made.parents}, **({made.param: str(value)} if made.param else {})}
        entry = {
            "op": op.id,
            "what": made.what,
            "id": str(value),
            "undo": made.undo,
            "params": undo,
            "query": dict(made.query),
            "owner": owner,
        }
        self.journal.write("created", **entry)

    def _is_new(self, op: Op, made: Made, id_: str, reply: Reply, record: Record) -> None:
        """Hold against a create that it hands out what was there: an id that nobody named, and that was given before.

        The number of a thing that is gone may be given again.
        """
        record.checked(op.id, "ISO-08")
        if (made.what, id_) in self._made and not id_.isdigit() and id_.encode() not in reply.asked:
            record.add(
                "ISO-08", op.id, f"a create hands out a {made.what} that was there before", about=made.what,
                promised="a create makes something new, or is refused", source="a general promise",
                expected="409, or a new id", got=f"{reply.status} with the {made.what} of an earlier create",
            )  # fmt: skip
        self._made.add((made.what, id_))
