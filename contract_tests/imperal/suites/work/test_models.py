"""Model-based machines: random sequences of two people's actions, beside a dict that says what must be there.

Scripted rules look at one thing after another; these find what only shows in an order that nobody thought of. Whatever
a sequence did, every list and every figure of both people agrees with the model at its end.
"""

from __future__ import annotations

from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, run_state_machine_as_test
from hypothesis.stateful import rule as step

from specdouble.verify.kit import Check, rule

from ...people import Person, api_key
from ...session import Session

SIZES = {"gate": (6, 14), "staging": (2, 14), "nightly": (60, 40)}  # sequences, steps of each
WHO = st.sampled_from((0, 1))
PICK = st.integers(0, 99)


def play(machine: type[RuleBasedStateMachine], session: Session) -> None:
    """Run a machine with the seed of the run."""
    sequences, steps = SIZES["staging" if session.sampling.on else session.settings.profile]
    settings = hypothesis.settings(
        max_examples=sequences,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    run_state_machine_as_test(hypothesis.seed(session.settings.seed)(machine), settings=settings)


class Pair(RuleBasedStateMachine):
    """Two fresh people. Subclasses give `session` and `check`."""

    session: Session
    check: Check

    def __init__(self) -> None:
        super().__init__()
        self.people: list[Person] = [self.session.users.new("one"), self.session.users.new("other")]

    def equal(self, got: Any, expected: Any, what: str, op: str) -> None:
        """Compare a read with the model."""
        self.check.equal(got, expected, f"{what} is not what the sequence led to", op=op, about=what)


@rule("MODEL-01", "POST /v1/keys", "GET /v1/keys", "DELETE /v1/keys/{key_id}", "GET /v1/auth/sessions")
def test_keys_and_sessions_follow_a_model(session: Session, check: Check) -> None:
    """After any sequence of making and deleting keys and sessions, exactly the living ones open and are listed."""

    class Machine(Pair):
        def __init__(self) -> None:
            super().__init__()
            self.keys: list[dict[str, str]] = [{}, {}]
            self.dead: list[str] = []
            self.logins: list[dict[str, Person]] = [{one.session_id: one} for one in self.people]

        @step(who=WHO)
        def make(self, who: int) -> None:
            made = session.send("POST /v1/keys", self.people[who], body={"name": session.users.fresh("key")})
            self.keys[who][str(made["id"])] = str(made["key"])

        @precondition(lambda self: any(self.keys))
        @step(who=WHO, pick=PICK)
        def drop(self, who: int, pick: int) -> None:
            if not self.keys[who]:
                return
            key_id = list(self.keys[who])[pick % len(self.keys[who])]
            reply = session.send("DELETE /v1/keys/{key_id}", self.people[who], params={"key_id": key_id})
            check.ok(reply, "a living key cannot be deleted")
            self.dead.append(self.keys[who].pop(key_id))

        @step(who=WHO, pick=PICK)
        def steal(self, who: int, pick: int) -> None:
            others = list(self.keys[1 - who])
            if others:
                key_id = others[pick % len(others)]
                reply = session.send("DELETE /v1/keys/{key_id}", self.people[who], params={"key_id": key_id})
                check.status(reply, 403, 404, message="another's key can be deleted")

        @step(who=WHO)
        def log_in(self, who: int) -> None:
            one = self.people[who]
            twin = Person(one.label, one.email, one.password, tenant_id=one.tenant_id)
            session.users.login(twin)
            self.logins[who][twin.session_id] = twin

        @step(who=WHO, pick=PICK)
        def log_out(self, who: int, pick: int) -> None:
            extra = [key for key, one in self.logins[who].items() if one is not self.people[who]]
            if extra:
                gone = self.logins[who].pop(extra[pick % len(extra)])
                session.send("POST /v1/auth/logout", body={"refresh_token": gone.refresh_token})
                check.status(session.send("GET /v1/auth/me", gone), 401, message="the token of an ended session opens")

        @step(who=WHO, pick=PICK)
        def refresh(self, who: int, pick: int) -> None:
            one = list(self.logins[who].values())[pick % len(self.logins[who])]
            before, held = one.refresh_token, one.session_id
            one.take(check.ok(session.send("POST /v1/auth/refresh", body={"refresh_token": before})).json)
            check.equal(one.session_id, held, "a refresh opened another session", op="POST /v1/auth/refresh")
            again = session.send("POST /v1/auth/refresh", body={"refresh_token": before})
            check.status(again, 401, message="a used refresh token is taken again")

        @step(who=WHO)
        def revoke_others(self, who: int) -> None:
            session.send("POST /v1/auth/sessions/revoke-others", self.people[who]).need()
            self.logins[who] = {self.people[who].session_id: self.people[who]}

        def teardown(self) -> None:
            for who, person in enumerate(self.people):
                listed = session.send("GET /v1/keys", person).json or []
                self.equal({str(one["id"]) for one in listed}, set(self.keys[who]), "the list of keys", "GET /v1/keys")
                for secret in self.keys[who].values():
                    me = session.send("GET /v1/auth/me", api_key(secret))
                    check.that(me.ok and me["imperal_id"] == person.imperal_id, "a living key does not open", me)
                shown = (session.send("GET /v1/auth/sessions", person).json or {}).get("sessions", [])
                self.equal(
                    {one["session_id"] for one in shown},
                    set(self.logins[who]),
                    "the list of sessions",
                    "GET /v1/auth/sessions",
                )
            for secret in self.dead:
                check.status(session.send("GET /v1/auth/me", api_key(secret)), 401, message="a deleted key opens")

    Machine.session, Machine.check = session, check
    play(Machine, session)


@rule(
    "MODEL-02",
    "POST /v1/billing/topup",
    "POST /v1/billing/topup/confirm",
    "GET /v1/billing/balance",
    "GET /v1/billing/wallet/history",
    "GET /v1/billing/payments",
)
def test_wallets_follow_a_model(session: Session, check: Check) -> None:
    """After any sequence of top-ups and confirmations, also repeated ones, balance, ledger and payments agree."""
    service = session.users.service

    class Machine(Pair):
        def __init__(self) -> None:
            super().__init__()
            self.start = [self.balance(one) for one in self.people]
            self.pending: list[dict[str, int]] = [{}, {}]
            self.paid: list[dict[str, int]] = [{}, {}]

        @staticmethod
        def balance(person: Person) -> int:
            return int(session.send("GET /v1/billing/balance", person)["balance"])

        @step(who=WHO, tokens=st.sampled_from((5000, 7000, 12345, 50000)))
        def top_up(self, who: int, tokens: int) -> None:
            body = {"tokens": tokens, "price_cents": max(100, tokens // 10)}
            reply = session.send("POST /v1/billing/topup", self.people[who], body=body)
            self.pending[who][str(reply["payment_intent_id"])] = tokens

        @step(who=WHO, pick=PICK)
        def confirm(self, who: int, pick: int) -> None:
            known = [*self.pending[who], *self.paid[who]]
            if not known:
                return
            intent = known[pick % len(known)]
            reply = check.ok(
                session.send("POST /v1/billing/topup/confirm", service, body={"payment_intent_id": intent}),
                "a confirmation is refused",
            )
            check.equal(reply["already_completed"], intent in self.paid[who], "already_completed is wrong", reply)
            if intent in self.pending[who]:
                self.paid[who][intent] = self.pending[who].pop(intent)
            check.equal(reply["balance"], self.expected(who), "the confirmed balance is wrong", reply)

        @step(who=WHO)
        def confirm_oneself(self, who: int) -> None:
            for intent in self.pending[who]:
                reply = session.send(
                    "POST /v1/billing/topup/confirm", self.people[who], body={"payment_intent_id": intent}
                )
                check.status(reply, 401, 403, 422, message="a person confirms their own top-up", rule="S04")

        def expected(self, who: int) -> int:
            return self.start[who] + sum(self.paid[who].values())

        def teardown(self) -> None:
            for who, person in enumerate(self.people):
                self.equal(self.balance(person), self.expected(who), "the balance", "GET /v1/billing/balance")
                ledger = session.send("GET /v1/billing/wallet/history", person, query={"limit": 200}).json or []
                self.equal(
                    sum(one["amount"] for one in ledger),
                    self.expected(who),
                    "the sum of the ledger",
                    "GET /v1/billing/wallet/history",
                )
                payments = session.send("GET /v1/billing/payments", person, query={"limit": 200}).json or []
                shown = {one["payment_intent_id"]: (one["tokens"], one["status"]) for one in payments}
                wanted = {intent: (tokens, "pending") for intent, tokens in self.pending[who].items()}
                wanted |= {intent: (tokens, "completed") for intent, tokens in self.paid[who].items()}
                self.equal(shown, wanted, "the list of payments", "GET /v1/billing/payments")

    Machine.session, Machine.check = session, check
    play(Machine, session)


@rule("MODEL-03", "POST /v1/automations", "GET /v1/automations", "POST /v1/automations/{rule_id}/pause")
def test_automations_follow_a_model(session: Session, check: Check) -> None:
    """After any sequence of making, pausing, resuming and deleting rules, the lists of both people agree with it."""

    class Machine(Pair):
        def __init__(self) -> None:
            super().__init__()
            self.living: list[dict[int, str]] = [{}, {}]

        @step(who=WHO)
        def make(self, who: int) -> None:
            reply = session.send(
                "POST /v1/automations", self.people[who], body={"prompt": "Every Monday, count my notes."}
            )
            if reply.ok:
                shown = session.send("GET /v1/automations", self.people[who]).json or []
                rows = (
                    shown if isinstance(shown, list) else next((v for v in shown.values() if isinstance(v, list)), [])
                )
                new = [one for one in rows if one["rule_id"] not in self.living[who]]
                check.that(len(new) == 1, "a new rule is not in the list once", reply, got=new)
                self.living[who] |= {one["rule_id"]: "active" for one in new}

        @step(who=WHO, pick=PICK, move=st.sampled_from(("pause", "resume", "delete")), stranger=st.booleans())
        def change(self, who: int, pick: int, move: str, stranger: bool) -> None:
            rules = self.living[who]
            if not rules:
                return
            rule_id = list(rules)[pick % len(rules)]
            op = "DELETE /v1/automations/{rule_id}" if move == "delete" else f"POST /v1/automations/{{rule_id}}/{move}"
            session.client.own(rule_id)
            reply = session.send(op, self.people[1 - who if stranger else who], params={"rule_id": rule_id})
            if stranger:
                check.status(reply, 403, 404, message="another's rule can be changed")
            elif move == "delete":
                check.ok(reply)
                del rules[rule_id]
            elif reply.ok:
                rules[rule_id] = "paused" if move == "pause" else "active"
            else:
                check.status(reply, 409)
                check.equal(rules[rule_id], "paused" if move == "pause" else "active", "a legal move is refused", reply)

        def teardown(self) -> None:
            for who, person in enumerate(self.people):
                shown = session.send("GET /v1/automations", person).json or []
                rows = (
                    shown if isinstance(shown, list) else next((v for v in shown.values() if isinstance(v, list)), [])
                )
                self.equal(
                    {one["rule_id"]: one["status"] for one in rows},
                    self.living[who],
                    "the list of rules",
                    "GET /v1/automations",
                )

    Machine.session, Machine.check = session, check
    play(Machine, session)
