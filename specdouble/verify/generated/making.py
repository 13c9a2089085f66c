"""Live things: made by the operations of the model, found in lists, or named by the document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from specdouble.openapi.model import Resource
from specdouble.verify.generated.things import Request, Thing
from specdouble.verify.identities import Identity
from specdouble.verify.problems import Unmet
from specdouble.verify.responses.reply import Reply

if TYPE_CHECKING:
    from specdouble.verify.generated.workshop import Workshop

USED_UP = (402, 409, 422, 423)  # statuses of a refusal that other things may not meet
_OFTEN = 5  # requests that name a thing, after which the next ones name another


class Making:
    """Makes things, and keeps those that are only looked at."""

    def __init__(self, shop: Workshop) -> None:
        self.shop = shop
        self._kept: dict[tuple[str, str, str], Thing] = {}
        self._cannot: dict[tuple[str, str, str], str] = {}
        self._used: dict[int, int] = {}

    def forget(self) -> None:
        """Forget what could not be made."""
        self._cannot.clear()

    @contextmanager
    def apart(self) -> Iterator[None]:
        """Keep nothing of what is made meanwhile, and use nothing that was kept: it will be shared, or is to be new."""
        kept, self._kept = self._kept, {}
        try:
            yield
        finally:
            self._kept = kept

    def thing(
        self, service: str, name: str, who: Identity, *, fresh: bool, within: Mapping[str, Thing] | None = None
    ) -> Thing:
        """Return a live item of a resource: a new one, or one that is kept for whoever only looks at it.

        Raises:
            Unmet: none can be made, and none is there.

        """
        key = (service, name, who.name)
        kept = self._kept.get(key)
        if kept is not None and not kept.gone and not fresh:
            return kept
        if key in self._cannot:
            raise Unmet(self._cannot[key])
        resource = self.shop.known.named(service, name)
        if resource is None:
            raise Unmet(f"{name} is no resource")
        reasons: list[str] = []
        made = (
            self._make(service, resource, who, reasons)
            or self.shop.reading.found(service, resource, who, within or {})
            or self._implicit(service, resource, who)
        )
        if made is None:
            self._cannot[key] = (
                f"no {name} could be made or found ({'; '.join(dict.fromkeys(reasons)) or 'no operation makes one'})"
            )
            raise Unmet(self._cannot[key])
        if not fresh:
            self._kept[key] = made
        return made

    def referred(self, service: str, name: str, who: Identity) -> Thing:
        """Return a live item that a request names, another one after a few: what is used up may not suffice for all.

        Raises:
            Unmet: none can be made, and none is there.

        """
        found = self.thing(service, name, who, fresh=False)
        self._used[id(found)] = self._used.get(id(found), 0) + 1
        if self._used[id(found)] > _OFTEN and found.ours:
            with suppress(Unmet):
                found = self._kept[service, name, who.name] = self.thing(service, name, who, fresh=True)
        return found

    def _implicit(self, service: str, resource: Resource, who: Identity) -> Thing | None:
        """Return a thing that no operation makes: any value may name one, the document's own example first."""
        if self.shop.known.makers(service, resource.name):
            return None
        keys = {}
        for part in resource.key.parts:
            declared = [
                one
                for op in self.shop.known.contract.ops
                if op.service == service
                for one in op.spec.parameters
                if one.location == "path" and one.name == part.parameter
            ]
            if declared:
                keys[part.parameter] = str(self.shop.fillers[service].parameter(declared[0]))
        return Thing(service, resource, keys, who, ours=False) if keys else None

    def _make(self, service: str, resource: Resource, who: Identity, reasons: list[str]) -> Thing | None:
        for op in self.shop.known.makers(service, resource.name):
            try:
                if op.id not in self.shop.how:
                    self.shop.learn(op)
                found, how = self.shop.how[op.id]
                for maker in dict.fromkeys((who, found)):
                    request = self.shop.prepared(op, maker, how)
                    reply = self.shop.send(request)
                    if reply.status in USED_UP and self._kept:
                        with self.apart():
                            request = self.shop.prepared(op, maker, how)
                            reply = self.shop.send(request)
                    if reply.ok and (thing := self.take(request, reply)) is not None:
                        return thing
                    reasons.append(f"{op.id} answered {reply.status}" + (" without a key" if reply.ok else ""))
            except Unmet as error:
                reasons.append(str(error))
        return None

    def take(self, request: Request, reply: Reply) -> Thing | None:
        """Return the thing that a create made; None where its key cannot be known."""
        op = request.operation
        resource, about = self.shop.known.resource(op), self.shop.known.about(op)
        if resource is None:
            return None
        keys = self.shop.known.key_of_new(op, reply)
        for part in resource.key.parts:
            if part.parameter not in keys and part.parameter in request.params and about.role in ("upsert", "create"):
                keys[part.parameter] = str(request.params[part.parameter])
        if not keys and isinstance(request.body, dict):
            keys = self.shop.known.keys(resource, request.body)
        if not keys and resource.key.parts:
            return None
        who = request.identity or self.shop.identities.nobody
        thing = Thing(
            op.service, resource, keys, who, dict(request.above), self.shop.known.item(op, reply.json), request, reply
        )
        if request.thing is not None:
            thing.above[request.thing.resource.name] = request.thing
        self.shop.made.append(thing)
        self.shop.session.created(thing)
        return thing
