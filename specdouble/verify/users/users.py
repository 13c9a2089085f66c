"""The test users of a run: whoever calls, made or given, and with which credentials.

Each worker process has test users of its own, so that processes do not see each other's data.
"""

from __future__ import annotations

import itertools
import time
from typing import Any, ClassVar

from specdouble.openapi import Op
from specdouble.openapi.errors import closest
from specdouble.verify.api.credentials import NOBODY, Credential, Person, of_scheme
from specdouble.verify.http.client import Client
from specdouble.verify.problems import SettingsError, Unmet
from specdouble.verify.settings.values import Settings
from specdouble.verify.users.lending import Lending
from specdouble.verify.users.parts import Parts

_counter = itertools.count(1)


class TestUsers:
    """Hands out people and credentials; everyone is made on first use.

    This one knows the credentials that were given by the names of security schemes (`--credential`). A pack's subclass
    makes people of its own, or logs in those whose credentials were given.
    """

    __test__ = False  # no class of tests, whatever it is called
    made_with: ClassVar[tuple[str, ...]] = ()  # options, each of which lets a run make people

    def __init__(self, client: Client, parts: Parts, settings: Settings, worker: str = "main") -> None:
        self.client = client
        self.parts = parts
        self.settings = settings
        self.worker = worker
        self.stem = f"{settings.run.rpartition('-')[2]}{worker.removeprefix('gw') if worker != 'main' else ''}"
        self._kept: dict[str, Person] = {}
        self._everybody: list[Person] = []
        self.lending = Lending()

    # -- names -----------------------------------------------------------------------------------------------------

    def fresh(self, prefix: str = "us") -> str:
        """Return a slug that nobody used before; it is this run's own."""
        name = f"{prefix}-{self.stem}-{next(_counter)}-{time.time_ns() % 0xFFFFF:05x}"
        self.client.own(name)
        return name

    # -- credentials -----------------------------------------------------------------------------------------------

    def credential(self, op: Op) -> Credential:
        """Return a credential that opens an operation.

        Raises:
            Unmet: none was given for any of the ways that the operation declares.

        """
        if op.spec.public:
            return NOBODY
        given, schemes = self._given(), self.schemes(op.service)
        for way in op.spec.security:
            if way <= given.keys():
                found = Credential(" and ".join(sorted(way)) or "nobody")
                for name in sorted(way):
                    one = of_scheme(schemes.get(name, {}), given[name], name)
                    found = Credential(found.name, {**found.headers, **one.headers}, {**found.query, **one.query})
                return found
        ways = " or ".join(" with ".join(sorted(way)) for way in op.spec.security if way)
        raise Unmet(f"a credential is needed: {ways} (--credential SCHEME=VALUE)")

    def schemes(self, service: str) -> dict[str, Any]:
        """Return the security schemes of a service's document, by name."""
        raw = self.settings.api.contract.by_name[service].document.raw
        found: dict[str, Any] = (
            (raw.get("components") or {}).get("securitySchemes") or raw.get("securityDefinitions") or {}
        )
        return found

    def _given(self) -> dict[str, str]:
        given = dict(one.partition("=")[::2] for one in getattr(self.settings, "credential", ()))
        known = [name for service in self.settings.api.contract.by_name for name in self.schemes(service)]
        for name in given:
            if name not in known:
                raise SettingsError(
                    f"--credential: the document has no security scheme {name!r}", closest=closest(name, known)
                )
        return given

    def someone(self, op: Op) -> Credential:
        """Return a good credential for requests that are to be refused for another reason; nobody's where none is."""
        try:
            return self.credential(op)
        except Unmet:
            return NOBODY

    def remover(self, entry: dict[str, Any]) -> Credential:
        """Return who removes a creation of the journal."""
        return self.credential(self.settings.api.contract[entry["undo"]])

    # -- people ----------------------------------------------------------------------------------------------------

    @property
    def user(self) -> Person:
        """A person who may be read and changed, but keeps password and session.

        Raises:
            Unmet: nobody was given, and nobody can be made.

        """
        raise Unmet("a person is needed, and no pack says how one is made")

    @property
    def other(self) -> Person:
        """Another person, who must never see what is the first one's; raises as `user` does."""
        raise Unmet("a second person is needed, and no pack says how one is made")

    def of_role(self, role: str) -> Person:
        """Return a person of a role that the document names (hook); raises as `user` does."""
        raise Unmet(f"a person of the role {role} is needed, and no pack says how one is made")

    def given(self, who: str) -> Person:
        """Log in as a person whose credentials were given (hook)."""
        raise Unmet(f"no pack says how --{who} logs in")

    @property
    def makes(self) -> bool:
        """Whether throw-away people can be made: where that is allowed, they are better than given ones."""
        return False

    @property
    def shares(self) -> bool:
        """Whether the processes of the run work with the same people: those who were given, and no others."""
        return not self.settings.local and not self.makes and bool(self.settings.logins())

    def login(self, person: Person, *, need: bool = True) -> Any:
        """Log a person in (again) (hook)."""
        raise Unmet("no pack says how people log in")

    def of(self, who: Credential) -> Person | None:
        """Return the person whose access token a credential is, if any."""
        token = who.headers.get("Authorization", "").removeprefix("Bearer ")
        return next((one for one in reversed(self._everybody) if token and one.access_token == token), None)

    def stays(self, person: Person) -> bool:
        """Whether a person is kept for several tests."""
        return any(person is one for one in self._kept.values())

    def knows(self, person: Person) -> None:
        """Remember a person, so that their credential is known as theirs."""
        if person not in self._everybody:
            self._everybody.append(person)

    def keep(self, name: str, make: Any) -> Any:
        """Return the person who is kept under a name; made on first use, and logged in again in time."""
        person = self._kept.get(name)
        if person is None:
            with self.lending.paused():
                person = self._kept[name] = make()
        elif person.stale:
            self.login(person)
        return person
