"""The people of a run: throw-away users made with the service token, and those whose credentials were given.

Each worker process has people of its own, so that processes do not see each other's data.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from contextlib import suppress
from functools import partial
from typing import Any

from specdouble.verify import kit
from specdouble.verify.kit import NOBODY, Credential, Op, SettingsError, Unmet

from .parts import Parts
from .people import HOME, Person, api_key

PASSWORD = "Specdouble-7!"  # noqa: S105 - of accounts that live for a minute
REGISTRY = "registry"


class TestUsers(kit.TestUsers):
    """Makes people and hands out their credentials; everyone is made on first use."""

    parts: Parts
    made_with = ("allow-writes", "service-token")

    # -- platform credentials --------------------------------------------------------------------------------------

    @property
    def service(self) -> Credential:
        """The service token.

        Raises:
            Unmet: none was given.

        """
        if not self.settings.service_token:
            raise Unmet("no service token was given: --service-token")
        return Credential("service", {"X-Service-Token": self.settings.service_token})

    def acting(self, person: kit.Person) -> Credential:
        """Return the service token, acting for a person."""
        return self.service.plus(f"acting for {person.label}", X_Acting_User=person.id)

    @property
    def registry(self) -> Credential:
        """The Registry's platform key.

        Raises:
            Unmet: none was given.

        """
        if not self.settings.registry_key:
            raise Unmet("no Registry key was given: --registry-key")
        return Credential("Registry key", {"X-Api-Key": self.settings.registry_key})

    # -- people ----------------------------------------------------------------------------------------------------

    @property
    def user(self) -> Person:
        """A user who may be read and changed, but keeps password and session."""
        return self._person("user", lambda: self.new("user", kept=True) if self.makes else self.given("user"))

    @property
    def other(self) -> Person:
        """Another user, who must never see what is the first one's."""
        return self._person("other", lambda: self.new("other", kept=True) if self.makes else self.given("user2"))

    @property
    def admin(self) -> Person:
        """The administrator of the platform whose credentials were given, else one whom a service makes."""
        return self._person("admin", self._admin)

    def _admin(self) -> Person:
        if self.has_admin or not self.settings.admin:
            return self.given("admin")
        if self.settings.service_token and self.settings.allow_writes:
            return self.new_admin()  # an administrator of another tenant may do less than the contract says
        raise Unmet(f"an administrator of the tenant {HOME} is needed: --admin, with --tenant {HOME}")

    @property
    def has_admin(self) -> bool:
        """Whether an administrator of the platform was given."""
        return bool(self.settings.admin) and self.settings.tenant == HOME

    @property
    def developer(self) -> Person:
        """A registered developer of a paid tier (studio: ten apps), made where possible, else a given one."""
        return self._person("developer", self._developer)

    def _developer(self) -> Person:
        if not self.makes:
            return self.given("developer")
        try:
            return self.new_developer()
        except Unmet:
            if self.settings.developer:
                return self.given("developer")
            raise

    @property
    def makes(self) -> bool:
        """Whether throw-away people can be made: where that is allowed, they are better than given ones."""
        return self.settings.allow_writes and any(self._ways())

    @property
    def plenty(self) -> bool:
        """Whether as many people can be made as are needed: those who made them can remove them again."""
        return self.settings.allow_writes and any(self._ways()[:2])

    def _ways(self) -> tuple[bool, bool, bool]:
        """Return who can make people: a service, an administrator, anybody who reads their own mail."""
        mail = self.settings.mail_command or (not self.settings.local and self.parts.has("mail"))
        return bool(self.settings.service_token), self.has_admin, bool(mail)

    def new(
        self, label: str = "user", password: str = PASSWORD, tenant_id: str = "", *, kept: bool = False
    ) -> Person:  # fmt: skip
        """Make a throw-away user: with the service token, else by the administrator, else by signing up.

        Nobody can remove who signed up, so only people who are `kept` do: few in a run.

        Raises:
            Unmet: no credential for it was given, or the target refused.

        """
        kind = f"person {password} {tenant_id}"
        found: Person = self.lending.lend(kind, lambda: self._new(label, password, tenant_id, kept=kept), label)
        return found

    def _new(self, label: str, password: str, tenant_id: str, *, kept: bool) -> Person:
        if not self.settings.allow_writes:
            raise Unmet("a throw-away user is needed: --allow-writes")
        email = f"{self.fresh('specdouble')}@example.com"
        service, admin, mail = self._ways()
        tenant_id = tenant_id or (HOME if service else self.settings.tenant)
        person = Person(label, email, password, tenant_id=tenant_id)
        body = {"email": email, "password": password, "tenant_id": person.tenant_id}
        if service:
            person.take(self.client.send("POST /v1/auth/register", self.service, body=body).need().json)
        elif admin and person.tenant_id == self.settings.tenant:
            user = {"email": email, "password": password, "role": "user"}
            self.client.send("POST /v1/users", self.admin.bearer, body=user).need()
            self.login(person)
        elif mail and kept:
            self.client.send("POST /v1/auth/signup", NOBODY, body=body).need()
            token = {"token": self.parts.mailed(email)}
            person.take(self.client.send("POST /v1/auth/verify-email", NOBODY, body=token).need().json)
        elif admin:
            raise Unmet("a throw-away user of another tenant is needed: --service-token")
        elif mail:
            raise Unmet("a throw-away user is needed who can be removed again: --service-token or --admin")
        else:
            raise Unmet("a throw-away user is needed: --service-token, --admin, or --mail-command")
        self.client.own(person.imperal_id)
        self.knows(person)
        return person

    def somebody(self, label: str = "user") -> Person:
        """Return a new throw-away user; where few or none can be made, one who is kept, or the given user."""
        return self.new(label) if self.plenty else self.resident(label)

    def resident(self, label: str) -> Person:
        """Return the throw-away user that is kept under a label; where none can be made, the given user."""
        return self.kept(label) if self.makes else self.user

    def kept(self, label: str) -> Person:
        """Return a throw-away user of this process who is kept under a label: beside `user`, for one purpose."""
        return self._person(label, lambda: self.new(label, kept=True))

    def new_admin(self) -> Person:
        """Make a throw-away administrator (the given one grants the role, else a service)."""
        person = self.new("admin of this run")
        self.client.send(
            "PATCH /v1/users/{user_id}",
            self.admin.bearer if self.has_admin else self.service,
            params={"user_id": person.imperal_id},
            body={"role": "admin"},
        ).need()
        person.role = "admin"
        self.login(person)
        return person

    @property
    def deputy(self) -> Person:
        """A throw-away administrator of this process, with sessions of their own; else the one that was given."""
        if not self.plenty:
            return self.admin
        return self._person("deputy", self.new_admin)

    def new_developer(self, tier: str = "studio") -> Person:
        """Make a throw-away developer of a tier; paid tiers are paid from a wallet that is filled for it."""
        found: Person = self.lending.lend(f"developer {tier}", lambda: self._new_developer(tier))
        return found

    def _new_developer(self, tier: str) -> Person:
        person = self.new("developer")
        if tier != "explorer":
            self.fund(person, 40_000 if tier != "partner" else 100_000)
        body = {"display_name": f"Studio {person.imperal_id}", "tier": tier, "nickname": self.fresh("nick")}
        self.client.send("POST /v1/developer/register", person.bearer, body=body).need()
        return person

    def given(self, who: str) -> Person:
        """Log in as one of the people whose credentials were given.

        Raises:
            Unmet: none were given for them, or the target refuses them now (a finding: before the run it took them).

        """
        words = getattr(self.settings, who)
        if not words:
            raise Unmet(f"no credentials of {'a' if who != 'admin' else 'an'} {who} were given: --{who} EMAIL:PASSWORD")
        email, _, password = words.partition(":")
        person = Person(who, email, password, tenant_id=self.settings.tenant, ours=False)
        reply = self.login(person, need=False)
        if not reply.ok:
            if reply.status != 429:
                self.client.record.add(
                    "REACH-01",
                    "POST /v1/auth/login",
                    f"a login that worked before the run is refused with {reply.status}",
                    about=f"{who} {reply.status}",
                    promised="good credentials open a session",
                    expected="200",
                    got=reply.text,
                )
            raise Unmet(f"--{who}: the target answered {reply.status} to the login")
        self.client.safety.given.add(person.id)
        return person

    def login(self, person: kit.Person, *, need: bool = True) -> Any:
        """Log a person in (again); their token pair is exchanged."""
        assert isinstance(person, Person)
        body = {"email": person.email, "password": person.password, "tenant_id": person.tenant_id}
        reply = self.client.send("POST /v1/auth/login", NOBODY, body=body)
        if need:
            reply.need()
        if reply.ok and isinstance(reply.json, dict) and "access_token" in reply.json:
            person.take(reply.json)
            self.knows(person)
            if not person.ours:
                with suppress(SettingsError):  # a run that only reads needs no journal
                    self.client.journal.write("session", who=person.label)
        return reply

    def _person(self, name: str, make: Any) -> Person:
        found: Person = self.keep(name, make)
        return found

    # -- what the general suites ask for ---------------------------------------------------------------------------

    def credential(self, op: Op) -> Credential:
        """Return the best credential of those that an operation declares: a person's, else that of a service."""
        if not any(op.spec.security):
            return NOBODY
        if op.service == REGISTRY:
            return self.registry
        if op.spec.security == (frozenset({"serviceToken"}),):
            return self.service
        people = {"admin": lambda: self.deputy, "developer": lambda: self.developer}
        return people.get(op.spec.required_role or "", lambda: self.user)().bearer

    def someone(self, op: Op) -> Credential:
        """Return a good credential for requests that are to be refused for another reason."""
        return self.registry if op.service == REGISTRY else self.user.bearer

    def remover(self, entry: dict[str, Any]) -> Credential:
        """Return who removes a creation: an administrator where one can, else its maker."""
        undo = str(entry["undo"])
        if entry.get("back"):
            return self.owner(str(entry["owner"])).bearer
        if undo.startswith("registry "):
            return self.registry
        if undo.startswith(("DELETE /v1/users", "DELETE /v1/tenants", "DELETE /v1/roles", "DELETE /v1/scopes")):
            # The service token reaches every tenant; to an administrator another tenant's people are not there (I03).
            return self.service if self.settings.service_token else self.admin.bearer
        if undo.startswith("DELETE /v1/admin"):
            return self.admin.bearer if self.has_admin else self.service
        return self.owner(str(entry.get("owner", ""))).bearer

    def owner(self, id_: str) -> Person:
        """Return the given person who made a thing: nobody else can remove it.

        Raises:
            Unmet: nobody of that id was given.

        """
        for who in self.settings.logins():
            person = self._person(f"given {who}", partial(self.given, who))
            if person.id == id_:
                return person
        raise Unmet(f"it belongs to {id_}, whose credentials were not given")

    def of_role(self, role: str) -> Person:
        """Return an administrator or a developer."""
        return self.admin if role == "admin" else self.developer

    # -- what people have ------------------------------------------------------------------------------------------

    def key(self, person: Person, **more: Any) -> Credential:
        """Make an API key for a person and return it as a credential."""
        reply = self.client.send("POST /v1/keys", person.bearer, body={"name": self.fresh("key"), **more})
        return api_key(str(reply["key"]), f"{person.label}'s key")

    def fund(self, person: Person, tokens: int) -> None:
        """Fill a wallet: a top-up that is paid in a test bank, or that the service confirms.

        Raises:
            Unmet: nobody can pay or confirm it, or a step was refused.

        """
        if not (self.settings.service_token or self.settings.stripe_secret or self.settings.pay_command):
            raise Unmet("a wallet has to be filled: --service-token, with --pay-command or --stripe-secret")
        body = {"tokens": tokens, "price_cents": max(100, tokens // 10)}
        made = self.client.send("POST /v1/billing/topup", person.bearer, body=body)
        intent = str(made["payment_intent_id"])
        if self.settings.pay_command and made.json.get("client_secret"):
            self.parts.pay(str(made["client_secret"]), self.parts.cards[0], person.imperal_id)
        if self.settings.service_token:
            done = {"payment_intent_id": intent}
            self.client.send("POST /v1/billing/topup/confirm", self.service, body=done).need()
        elif self.settings.stripe_secret:
            self.stripe("payment_intent.succeeded", {"id": intent}).need()

    def cards(self, person: Person) -> list[Any]:
        """Return the cards of a person."""
        return list(self.client.send("GET /v1/billing/payment-methods", person.bearer).need().json)

    def stripe(self, kind: str, thing: dict[str, Any], event_id: str | None = None) -> Any:
        """Send an event as Stripe does: signed over the exact bytes, with the time."""
        if not self.settings.stripe_secret:
            raise Unmet("no secret of Stripe's webhooks was given: --stripe-secret")
        event = {"id": event_id or f"evt_{self.fresh('e')}", "type": kind, "data": {"object": thing}}
        data = json.dumps(event).encode()
        return self.client.send(
            "POST /v1/webhooks/stripe", NOBODY, content=data, headers={"Stripe-Signature": self.signature(data)}
        )

    def signature(self, data: bytes) -> str:
        """Return the header Stripe-Signature of a body."""
        stamp = str(int(time.time()))
        signed = hmac.new(self.settings.stripe_secret.encode(), f"{stamp}.".encode() + data, hashlib.sha256).hexdigest()
        return f"t={stamp},v1={signed}"
