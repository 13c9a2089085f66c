"""The session of a run about a document without a pack: its people, its workshop, what it changed and puts back."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from specdouble.openapi import Op
from specdouble.verify.api.credentials import Credential
from specdouble.verify.api.known import known_of
from specdouble.verify.api.recipes import Ready
from specdouble.verify.generated.oracle import ModelOracle
from specdouble.verify.generated.things import How, Thing
from specdouble.verify.generated.workshop import Workshop
from specdouble.verify.identities import gather
from specdouble.verify.problems import SettingsError, TargetError, Unmet
from specdouble.verify.responses.record import Record
from specdouble.verify.responses.reply import Reply
from specdouble.verify.session.session import Session
from specdouble.verify.settings.values import Settings
from specdouble.verify.users.users import TestUsers


class ModelUsers(TestUsers):
    """The people of such a run, as the framework asks for them."""

    session: ModelSession

    def credential(self, op: Op) -> Credential:
        """Return a credential that opens an operation: that of whoever was let in before, or of the first person."""
        found = self.session.workshop.how.get(op.id)
        who = found[0] if found else next(iter(self.session.workshop.people.candidates(op)))
        return who.credential(op.spec.security)

    def remover(self, entry: dict[str, Any]) -> Credential:
        """Return the credential of whoever made what is to be removed."""
        op = self.settings.api.contract[entry["undo"]]
        people = self.session.workshop.identities.people
        who = next((one for one in people if one.name == entry.get("owner")), None)
        return who.credential(op.spec.security) if who is not None else self.credential(op)


class ModelSession(Session):
    """A session whose requests come from the resource model, and whose people are those who were given."""

    users: ModelUsers

    def __init__(self, settings: Settings, worker: str = "main") -> None:
        super().__init__(settings, worker)
        self._before: dict[str, tuple[Ready, dict[str, Any]]] = {}
        self.users = ModelUsers(self.client, self.parts, settings, worker)
        self.users.session = self
        self.client.oracle = ModelOracle(self.api, self.redactor, strict=settings.strict)
        try:
            schemes = schemes_of(settings)
            identities = gather(settings.auth, settings.credential, schemes, self.client.http, settings.target)
        except (SettingsError, TargetError):
            super().close()
            raise
        for value, kind in identities.secrets().items():
            self.redactor.learn(value, kind)
        self.workshop = Workshop(self, known_of(self.contract), identities, worker)

    def ready(self, op: str | Op) -> Ready:
        """Prepare a request that a healthy server takes: by a recipe of the user's own, else by the model.

        What a recipe makes is not tried before: that it is refused is a finding.
        """
        found = self.contract[op]
        if found.id in self.api.recipes and found.id not in self.workshop.how:
            self.workshop.how[found.id] = (next(iter(self.workshop.people.candidates(found))), How())
        return self.workshop.request(found)

    def play(self, ready: Ready, who: Credential | None = None, **changes: Any) -> Reply:
        """Send a request; what makes something is written down before."""
        op = ready.op
        if op is not None and not op.reads and self.workshop.known.about(op).role in ("create", "upsert"):
            with suppress(SettingsError):
                self.journal.write(
                    "creating", op=op.id, what=self.workshop.known.about(op).resource, params=ready.params, traces={}
                )
        if op is not None and self.workshop.known.about(op).role == "singleton-write":
            self._remember(op, ready)
        return super().play(ready, who, **changes)

    def forget(self) -> None:
        """Forget why operations could not be reached, so that they are tried again."""
        self.workshop.why.clear()
        self.workshop.making.forget()

    def created(self, thing: Thing) -> None:
        """Take what a create made: it is this run's own, and is to be removed at the end."""
        self.client.own(*thing.keys.values())
        deleter = self.workshop.known.deleter(thing.service, thing.resource.name)
        if thing.request is None:
            return
        entry = {
            "op": thing.request.operation.id,
            "what": thing.resource.name,
            "id": "/".join((*_above(thing), *thing.keys.values())),
            "undo": "",
            "params": {},
            "query": {},
            "owner": thing.who.name,
        }
        if deleter is not None:
            with suppress(Unmet):
                params, _thing, _above_it = self.workshop.path(deleter, thing.who, thing)
                entry |= {"undo": deleter.id, "params": {name: str(value) for name, value in params.items()}}
        self.client.own(entry["id"])
        with suppress(SettingsError):
            self.journal.write("created", **entry)

    # -- what belongs to given people ----------------------------------------------------------------------------------

    def _remember(self, op: Op, ready: Ready) -> None:
        """Keep what there is only one of as it is before the first change, to put it back at the end."""
        key = f"{op.service} {op.spec.path} {ready.who.name}"
        if key in self._before:
            return
        reader = next(
            (
                one
                for one in self.contract.ops
                if one.service == op.service and one.spec.path == op.spec.path and one.reads
            ),
            None,
        )
        shown: dict[str, Any] = {}
        if reader is not None:
            with suppress(Unmet, TargetError):
                reply = self.client.send(reader, ready.who, params=ready.params)
                shown = self.workshop.known.item(reader, reply.json) or {} if reply.ok else {}
        self._before[key] = ready, shown

    def end_sessions(self) -> None:
        """Put back what was changed of what there is only one of."""
        for ready, shown in self._before.values():
            assert ready.op is not None
            content = self.workshop.filler(ready.op).content(ready.op)
            flats = self.workshop.filler(ready.op).flats
            members = flats.members(content.schema) if content is not None else {}
            body = {
                name: value
                for name, value in shown.items()
                if name in members and not flats.of(members[name]).read_only
            }
            if body:
                with suppress(Unmet, TargetError):
                    super().play(ready, body=body)
        self._before.clear()

    def close(self) -> None:
        """Put back what was changed, and close the connections."""
        self.client.begin(Record())
        super().close()


def schemes_of(settings: Settings) -> dict[str, Any]:
    """Return the security schemes of all documents of a run, by name."""
    found: dict[str, Any] = {}
    for service in settings.api.contract.services:
        raw = service.document.raw
        found |= (raw.get("components") or {}).get("securitySchemes") or raw.get("securityDefinitions") or {}
    return found


def _above(thing: Thing) -> list[str]:
    return [value for one in thing.above.values() for value in (*_above(one), *one.keys.values())]
