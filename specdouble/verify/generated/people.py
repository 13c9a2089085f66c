"""What the run knows of its people: who is let in, who they are on the server, what their login gave."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from specdouble.openapi import Op
from specdouble.openapi.model.evidence.words import ME, plain, words
from specdouble.verify.api.credentials import claims
from specdouble.verify.api.known import Known
from specdouble.verify.identities import Identity
from specdouble.verify.problems import Unmet

if TYPE_CHECKING:
    from specdouble.verify.generated.workshop import Workshop

_PERSON = frozenset(
    {
        "user",
        "owner",
        "assignee",
        "member",
        "author",
        "reviewer",
        "person",
        "account",
        "customer",
        "reporter",
        "agent",
        "manager",
        "invitee",
        "recipient",
        "collaborator",
        "participant",
        "lead",
        "student",
        "employee",
        "profile",
    }
)
_SHARED = frozenset(
    {
        "member",
        "members",
        "collaborator",
        "collaborators",
        "invite",
        "invitation",
        "invitations",
        "share",
        "shares",
        "participants",
        "watchers",
        "permissions",
        "access",
    }
)
_IDS = ("id", "user_id", "userId", "uid", "uuid", "sub", "username", "login")


class People:
    """The people of a run, as the server knows them."""

    def __init__(self, workshop: Workshop) -> None:
        self.workshop = workshop
        self._selves: dict[str, dict[str, Any]] = {}

    def candidates(self, op: Op) -> Iterator[Identity]:
        """Yield who may be let in, those with the fewest rights first; nobody where no credential is needed."""
        everybody = self.workshop.identities
        if op.spec.public:
            yield everybody.nobody
        yield from everybody.in_order
        if not op.spec.public and not everybody:
            yield everybody.nobody  # an API may ask for less than it declares

    def shared(self, op: Op) -> bool:
        """Whether an operation lets somebody else in: then its body means another person than the caller."""
        return not {word for one in op.spec.path.split("/") for word in words(one)}.isdisjoint(_SHARED)

    def value(self, op: Op, name: str, who: Identity) -> Any:
        """Return what is known of a member by its name: what a login gave, or who a person is; None for nothing."""
        login = who.login
        if login is not None and login.response.get(name) is not None and plain(name).endswith(("token", "session")):
            return login.response[name]
        about = who
        if self.shared(op):
            about = self.workshop.identities.other(who) or who
            if plain(name) == "email":
                return next((text for text in about.texts if "@" in text), None)
        return self.own_id(op.service, name, about)

    def own_id(self, service: str, name: str, who: Identity) -> Any:
        """Return the id of a person where a member or parameter of that name means one: `user_id`, `assigneeId`."""
        parts = words(name)
        if len(parts) < 2 or parts[-1] not in ("id", "uid", "uuid", "name") or parts[-2] not in _PERSON:
            return None
        found = self.itself(service, who)
        if parts[-1] == "name":
            return found.get("username") or found.get("login")
        return next((found[one] for one in _IDS if found.get(one) is not None), None)

    def itself(self, service: str, who: Identity) -> dict[str, Any]:
        """Return how the server shows somebody to themselves, what their login gave included; {} for nothing."""
        if who.name not in self._selves:
            self._selves[who.name] = {}  # while it is looked for
            self._selves[who.name] = self._look(service, who)
        return self._selves[who.name]

    def _look(self, service: str, who: Identity) -> dict[str, Any]:
        if not who.ways or who is self.workshop.identities.nobody:
            return {}
        known: Known = self.workshop.known
        for op in known.contract.ops:
            last = op.spec.path.rstrip("/").rpartition("/")[2]
            if op.service == service and op.reads and "{" not in op.spec.path and set(words(last)) & (ME | {"profile"}):
                try:
                    reply = self.workshop.session.client.send(op, who.credential(op.spec.security))
                except Unmet:
                    continue
                item = known.item(op, reply.json) if reply.ok else None
                if item and any(one in item for one in _IDS):
                    return item
        told = who.login.response if who.login else {}
        for inner in (told.get("user"), told.get("account"), told):
            if isinstance(inner, dict) and any(one in inner for one in _IDS):
                return inner
        subject = next((found["sub"] for token in who.tokens if "sub" in (found := claims(token))), None)
        return {"id": subject} if subject is not None else {}

    def login_body(self, op: Op, who: Identity) -> dict[str, Any] | None:
        """Return the body of the operation that is the login itself; None for any other operation."""
        if op.spec.method != "POST" or op.spec.body is None:
            return None
        everybody = (who, *self.workshop.identities.people)
        for one in everybody:
            if one.login is not None and one.login.sent and _path(one.login.path) == op.spec.path:
                return dict(one.login.sent)
        return None


def _path(text: str) -> str:
    return text.partition("?")[0].rstrip("/") or "/"
