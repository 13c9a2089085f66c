"""Learning how a request has to be made: by whom, with which members, after what else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from os.path import commonpath
from typing import TYPE_CHECKING, Any

from specdouble.openapi import Op
from specdouble.openapi.model.evidence.words import plain
from specdouble.verify.generated.filling import Filler
from specdouble.verify.generated.guard import ends_a_session, forbidden
from specdouble.verify.generated.things import How, Request
from specdouble.verify.identities import Identity
from specdouble.verify.problems import Unmet
from specdouble.verify.responses.reply import Reply

if TYPE_CHECKING:
    from specdouble.verify.generated.workshop import Workshop

_VARIANTS = (How(full=True, example=True), How(full=True), How(full=False), How(full=False, plain=True))
_TRIES = 4  # bodies without members that a refusal names


class Learning:
    """Finds out how requests are taken, and tells the workshop."""

    def __init__(self, shop: Workshop) -> None:
        self.shop = shop

    def learn(self, op: Op) -> Reply:
        """Find out how a request has to be made, and by whom; return the success that was reached.

        Raises:
            Unmet: nothing that was tried was taken.

        """
        if op.id in self.shop.why:
            raise Unmet(self.shop.why[op.id])
        settings = self.shop.session.settings
        why = forbidden(op, self.shop.known.about(op), settings.allow, local=settings.local)
        if why and op.id not in self.shop.session.api.recipes:  # a recipe says that it may be sent
            self.shop.why[op.id] = why
            raise Unmet(why)
        tried: list[str] = []
        for who in self.shop.people.candidates(op):
            for how in self.variants(op):
                reply = self.attempt(op, who, how, tried)
                if reply is not None and reply.taken:
                    return reply
                if reply is not None and reply.status in (401, 403):
                    break
        self.shop.why[op.id] = self._reason(op, tried)
        raise Unmet(self.shop.why[op.id])

    def variants(self, op: Op) -> Iterator[How]:
        """Yield the ways to make a body, the most telling first."""
        if op.spec.body is None:
            yield How()
            return
        content = Filler.content(op)
        for how in _VARIANTS:
            if not how.example or (content is not None and content.has_example):
                yield how

    def attempt(self, op: Op, who: Identity, how: How, tried: list[str]) -> Reply | None:
        """Try one way, without the members that refusals name, and after other actions where it is a conflict."""
        reply = None
        for _ in range(_TRIES):
            try:
                request = self.shop.prepared(op, who, how)
                reply = self.shop.send(request)
            except Unmet as error:
                tried.append(str(error))
                return reply
            if reply.taken:
                self.shop.how.setdefault(op.id, (who, how))
                return reply
            tried.append(f"{reply.status} as {who.name}")
            if reply.status in (400, 404, 422) and op.reads and not how.given and (way := self._from_others(op, how)):
                how = way
                continue
            if reply.status == 404 and op.reads and not how.before:
                return self._stored(op, who, how, tried) or reply
            blamed = self._blamed(op, request, reply) - how.without
            if reply.status not in (400, 409, 422) or not blamed:
                break
            how = replace(how, without=how.without | blamed)
        if reply is None or reply.status not in (400, 409, 412, 422):
            return reply
        return self._otherwise(op, who, how, request, tried) or reply

    def _from_others(self, op: Op, how: How) -> How | None:
        """Return a way on which a required parameter of the query has what another operation gave.

        That is one with the same schema in its response, which needs no such parameter itself: the nearest by path.
        """
        contract, flats = self.shop.known.contract, self.shop.filler(op).flats
        shape = flats.of(op.spec.success.schema) if op.spec.success.schema is not None else None
        needed = [one.name for one in op.spec.parameters if one.location == "query" and one.required]
        if shape is None or not shape.key or shape.type != "object" or len(needed) != 1:
            return None
        wanted = plain(needed[0])
        member = next((one for one in shape.properties if plain(one) == wanted), "")
        if not member:
            return None
        sources = [
            one
            for one in contract.ops
            if one.service == op.service
            and one is not op
            and one.spec.method in ("GET", "POST")
            and "{" not in one.spec.path
            and one.spec.success.schema is not None
            and flats.of(one.spec.success.schema).key == shape.key
            and not any(other.required and other.location == "query" for other in one.spec.parameters)
            and one.id not in self.shop.why
        ]
        if not sources:
            return None
        best = max(sources, key=lambda one: len(commonpath((one.spec.path, op.spec.path))))
        return replace(how, given=((needed[0], best.id, member),))

    def _stored(self, op: Op, who: Identity, how: How, tried: list[str]) -> Reply | None:
        """Try a read after a write to the same path: what it gives may have to be put there first."""
        for other in self.shop.known.contract.ops:
            same = other.service == op.service and other.spec.path == op.spec.path
            if not same or other.spec.method not in ("PUT", "POST") or "{" not in op.spec.path:
                continue
            try:
                if other.id not in self.shop.how:
                    self.learn(other)
                way = replace(how, before=(other.id,))
                reply = self.shop.send(self.shop.prepared(op, who, way))
            except Unmet as error:
                tried.append(str(error))
                continue
            if reply.taken:
                self.shop.how.setdefault(op.id, (who, way))
                return reply
        return None

    def _otherwise(self, op: Op, who: Identity, how: How, request: Request, tried: list[str]) -> Reply | None:
        """Try the other listed values of a body, and an action after others: what fits depends on the state."""
        tries = [replace(how, chosen=((name, one),)) for name, one in self._listed(op, request)]
        if self.shop.known.about(op).role == "action":
            tries += [replace(how, before=(other.id,)) for other in self._others(op)]
        for one in tries:
            try:
                reply = self.shop.send(self.shop.prepared(op, who, one))
            except Unmet as error:
                tried.append(str(error))
                continue
            if reply.ok:
                self.shop.how.setdefault(op.id, (who, one))
                return reply
            tried.append(f"{reply.status} with another value or state")
        return None

    def _listed(self, op: Op, request: Request) -> list[tuple[str, Any]]:
        """Return the listed values that members of a body may have instead."""
        content = Filler.content(op)
        if content is None or not isinstance(request.body, dict):
            return []
        flats = self.shop.filler(op).flats
        members = flats.of(content.schema).properties
        known = [(name, flats.of(members[name]).enum or ()) for name in request.body if name in members]
        return [(name, one) for name, listed in known for one in listed if one not in (request.body[name], None)][:8]

    def _others(self, op: Op) -> list[Op]:
        about = self.shop.known.about(op)
        others = self.shop.known.uses(op.service, about.resource, "action") if about.resource else []
        return [
            other
            for other in others
            if other is not op
            and "{" in other.spec.path
            and not ends_a_session(other)
            and other.id not in self.shop.why
        ][:5]

    def _blamed(self, op: Op, request: Request, reply: Reply) -> frozenset[str]:
        """Return the optional members of a body that a refusal names."""
        if not isinstance(request.body, dict):
            return frozenset()
        content = Filler.content(op)
        flat = self.shop.filler(op).flats.of(content.schema) if content else None
        needed = flat.required if flat is not None else set()
        return frozenset(
            name for name in request.body if name not in needed and re.search(rf"\b{re.escape(name)}\b", reply.text)
        )

    @staticmethod
    def _reason(op: Op, tried: list[str]) -> str:
        told = list(dict.fromkeys(tried))
        if told and all(one in ("401 as nobody", "403 as nobody") for one in told) and not op.spec.public:
            ways = " or ".join(" with ".join(sorted(way)) for way in op.spec.security if way)
            return f"a credential is needed: {ways} (--credential SCHEME=VALUE or --auth FILE)"
        if not told:
            return "no identity was given that could call it: --auth FILE or --credential SCHEME=VALUE"
        return f"no request was taken ({'; '.join(told[:4])})"
