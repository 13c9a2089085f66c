"""The session: everything a test needs, in one place."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import orjson

from specdouble.openapi import Contract, Op
from specdouble.verify.api.credentials import NOBODY, Credential, Person
from specdouble.verify.api.recipes import Read, Ready
from specdouble.verify.http.client import Client, Reply
from specdouble.verify.http.control import Control
from specdouble.verify.http.meter import Meter
from specdouble.verify.http.served import Unserved
from specdouble.verify.problems import TargetError, Unmet
from specdouble.verify.responses.record import Record
from specdouble.verify.responses.redact import Redactor, ordinary
from specdouble.verify.safety.journal import Journal, folder
from specdouble.verify.session.derived import for_operation
from specdouble.verify.session.sampling import Sampling
from specdouble.verify.settings.urls import without_userinfo
from specdouble.verify.settings.values import Settings
from specdouble.verify.users.callers import Callers
from specdouble.verify.users.parts import Parts
from specdouble.verify.users.users import TestUsers
from specdouble.verify.users.wrong import variants


class Session:
    """The target, the people and the things of one process of a run; a pack may extend it."""

    def __init__(self, settings: Settings, worker: str = "main") -> None:
        self.settings = settings
        self.worker = worker
        self.api = settings.api
        self.contract: Contract = self.api.contract
        pack = self.api.pack
        self.redactor = Redactor.of(settings.secrets(), pack.words.secret_looks)
        texts = [orjson.dumps(service.document.raw).decode() for service in self.contract.services]
        texts += [name for name, _ in settings.logins().values()]
        self.redactor.ordinary |= ordinary(settings.secrets(), texts)
        self.journal = Journal(settings.run, folder(settings.journal), worker, about(settings))
        self.client = Client(settings, self.redactor, self.journal)
        self.control = Control(settings)
        self.parts = (pack.players or Parts)(settings, self.control, self.redactor)
        self.users = (pack.users or TestUsers)(self.client, self.parts, settings, worker)
        self.callers = (pack.callers or Callers)(self)
        self.meter = Meter(settings)
        self.journal.heard = self.meter.reserve
        for http in (self.client.http, self.control.http):
            http.event_hooks = {"request": [self.meter.take], "response": [self.users.lending.heard]}
        self.sampling = Sampling(settings.seed)
        self._shared: dict[str, Any] = {}
        self._prepared: dict[str, Ready] = {}
        self._about = ""
        self._looked: dict[str, tuple[int, Any]] = {}
        self._cannot: dict[str, str] = {}

    @property
    def record(self) -> Record:
        """The log of the running test."""
        return self.client.record

    def send(self, op: str | Op, who: Credential | Person = NOBODY, **more: Any) -> Reply:
        """Send one request (see `Client.send`); a person stands for their access token."""
        return self.client.send(op, who.bearer if isinstance(who, Person) else who, **more)

    def shared(self, name: str, make: Callable[[], Any]) -> Any:
        """Return a thing that tests of this process share and do not change, made on first use.

        Beyond loopback nobody tries again what could not be made: each try leaves something behind.
        """
        if name in self._cannot:
            raise Unmet(self._cannot[name])
        if name not in self._shared:
            try:
                with self.users.lending.paused():
                    self._shared[name] = make()
            except Unmet as error:
                if not self.settings.local:
                    self._cannot[name] = str(error)
                raise
        return self._shared[name]

    def variants(self, secret: str) -> dict[str, str]:
        """Return wrong texts that are made from a secret, by what they are; no report will show them."""
        found = variants(secret)
        for one in found.values():
            self.redactor.learn(one, "variant of a secret")
        return found

    def forget(self) -> None:
        """Forget that operations could not be reached: a test is made again, with all its requests (hook)."""

    def close(self) -> None:
        """End the sessions of given people that are left, and close the connections."""
        self.client.begin(Record())
        with suppress(TargetError, Unmet):
            self.end_sessions()
        self.client.http.close()
        self.control.http.close()

    def end_sessions(self) -> None:
        """End the sessions that given people have because of this process (hook)."""

    # -- recipes ---------------------------------------------------------------------------------------------------

    def ready(self, op: str | Op) -> Ready:
        """Prepare a request that a healthy server takes.

        Raises:
            Unmet: a credential is missing, or a step before it was refused.

        """
        found = self.contract[op]
        kept = self._kept(found)
        if kept is not None:
            if not found.reads or kept.once:  # it is taken now, and the next one is made anew
                self._prepared.pop(found.id)
            return kept
        make = for_operation(self.api, found)
        if make is None:
            raise Unmet(f"{found.id} has no recipe: nothing says how a valid request is made")
        with self.users.lending.paused():
            made = make(self).but(op=found)
        if self.sampling.on and found.reads and not made.once:
            self._prepared[found.id] = made
        return made

    def prepared(self, op: str | Op) -> Ready:
        """Prepare a request that will be refused: a sampling run makes one for all such tests of an operation.

        Raises:
            Unmet: as in `ready`.

        """
        found = self.contract[op]
        kept = self._kept(found)
        if kept is None:
            kept = self._prepared[found.id] = self.ready(op)
        return kept

    def _kept(self, op: Op) -> Ready | None:
        kept = self._prepared.get(op.id) if self.sampling.on else None
        return None if kept is None or (kept.person is not None and kept.person.stale) else kept

    def turn(self, op: str, *, samples: bool) -> None:
        """Begin a test that is about an operation first: what was prepared for another one is made anew."""
        self.sampling.on = self.users.lending.on = samples
        self.users.lending.back()
        if op != self._about:
            self._about = op
            self._prepared.clear()

    def spoilt(self, op: Op) -> None:
        """Say that the prepared request of an operation has been taken: the next test needs another one."""
        self._prepared.pop(op.id, None)

    def some(self, things: Iterable[Any], first: int, more: int = 0) -> list[Any]:
        """Return the probes of the running test: all, or in a sampling run the `first` and `more` of the others."""
        every = list(things)
        found = self.sampling.some(every, first, more, self.record.test)
        self.record.left_out += len(every) - len(found)
        return found

    def play(self, ready: Ready, who: Credential | None = None, **changes: Any) -> Reply:
        """Send a prepared request, as it is or with another credential."""
        if changes:
            ready = ready.but(**changes)
        assert ready.op is not None
        more: dict[str, Any] = {}
        if ready.content is not None:
            more["content"] = ready.content
        elif ready.body is not None:
            more["body"] = ready.body
        return self.client.send(
            ready.op, ready.who if who is None else who,
            params=ready.params, query=ready.query, headers=ready.headers, **more,
        )  # fmt: skip

    def look(self, reads: tuple[Read, ...]) -> list[Any]:
        """Make reads and return what they show, for comparing before with after.

        A read that the target does not serve is left out: what it would show is not there.
        """
        seen = []
        for read in reads:
            with suppress(Unserved):
                seen.append(self._seen(read))
        return seen

    def _seen(self, read: Read) -> Any:
        """Make a read; a sampling run does not repeat one when it has written nothing since."""
        key = repr((read.op, read.who.headers, read.params, read.query))
        writes, known = self._looked.get(key, (-1, None))
        if self.sampling.on and writes == self.meter.writes:
            return known
        reply = self.client.send(read.op, read.who, params=read.params, query=read.query)
        known = (read.op, reply.status, reply.json if reply.json is not None else reply.text)
        self._looked[key] = (self.meter.writes, known)
        return known


def about(settings: Settings) -> dict[str, str]:
    """Return what the journal says of a run: the options without secrets by which a cleanup finds the target again."""
    kinds = ("url", "text")
    plain = [one for one in (*settings.api.services, *settings.api.own_options) if one.kind in kinds]
    told = {one.name: without_userinfo(str(getattr(settings, one.field))) for one in plain}
    return {**told, "pack": settings.pack, "spec": settings.spec, "overlay": settings.overlay,
            "tests": settings.tests}  # fmt: skip
