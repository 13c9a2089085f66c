"""Model-based machines: random sequences of two people's actions, beside a dict that says what must be there.

Scripted laws look at one thing after another; these find what only shows in an order that nobody thought of. Whatever
a sequence did, every list and every figure of both people agrees with the model at its end.
"""

from __future__ import annotations

from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from specdouble.verify.kit import Judge, Person, Stage, api_key, law

SIZES = {"gate": (6, 14), "staging": (2, 14), "nightly": (60, 40)}  # sequences, steps of each
WHO = st.sampled_from((0, 1))
PICK = st.integers(0, 99)


def play(machine: type[RuleBasedStateMachine], stage: Stage) -> None:
    """Run a machine with the seed of the run."""
    sequences, steps = SIZES["staging" if stage.sampling.on else stage.settings.profile]
    settings = hypothesis.settings(
        max_examples=sequences,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    run_state_machine_as_test(hypothesis.seed(stage.settings.seed)(machine), settings=settings)


class Pair(RuleBasedStateMachine):
    """Two fresh people. Subclasses give `stage` and `judge`."""

    stage: Stage
    judge: Judge

    def __init__(self) -> None:
        super().__init__()
        self.people: list[Person] = [self.stage.cast.new("one"), self.stage.cast.new("other")]

    def equal(self, got: Any, expected: Any, what: str, op: str) -> None:
        """Compare a read with the model."""
        self.judge.equal(got, expected, f"{what} is not what the sequence led to", op=op, about=what)


@law("MODEL-01", "POST /v1/keys", "GET /v1/keys", "DELETE /v1/keys/{key_id}", "GET /v1/auth/sessions")
def test_keys_and_sessions_follow_a_model(stage: Stage, judge: Judge) -> None:
    """After any sequence of making and deleting keys and sessions, exactly the living ones open and are listed."""

    class Machine(Pair):
        def __init__(self) -> None:
            super().__init__()
            self.keys: list[dict[str, str]] = [{}, {}]
            self.dead: list[str] = []
            self.logins: list[dict[str, Person]] = [{one.session_id: one} for one in self.people]

        @rule(who=WHO)
        def make(self, who: int) -> None:
            made = stage.send("POST /v1/keys", self.people[who], body={"name": stage.cast.fresh("key")})
            self.keys[who][str(made["id"])] = str(made["key"])

        @precondition(lambda self: any(self.keys))
        @rule(who=WHO, pick=PICK)
        def drop(self, who: int, pick: int) -> None:
            if not self.keys[who]:
                return
            key_id = list(self.keys[who])[pick % len(self.keys[who])]
            reply = stage.send("DELETE /v1/keys/{key_id}", self.people[who], params={"key_id": key_id})
            judge.ok(reply, "a living key cannot be deleted")
            self.dead.append(self.keys[who].pop(key_id))

        @rule(who=WHO, pick=PICK)
        def steal(self, who: int, pick: int) -> None:
            others = list(self.keys[1 - who])
            if others:
                key_id = others[pick % len(others)]
                reply = stage.send("DELETE /v1/keys/{key_id}", self.people[who], params={"key_id": key_id})
                judge.status(reply, 403, 404, message="another's key can be deleted")

        @rule(who=WHO)
        def log_in(self, who: int) -> None:
            one = self.people[who]
            twin = Person(one.label, one.email, one.password, one.tenant_id)
            stage.cast.login(twin)
            self.logins[who][twin.session_id] = twin

        @rule(who=WHO, pick=PICK)
        def log_out(self, who: int, pick: int) -> None:
            extra = [key for key, one in self.logins[who].items() if one is not self.people[who]]
            if extra:
                gone = self.logins[who].pop(extra[pick % len(extra)])
                stage.send("POST /v1/auth/logout", body={"refresh_token": gone.refresh_token})
                judge.status(stage.send("GET /v1/auth/me", gone), 401, message="the token of an ended session opens")

        @rule(who=WHO, pick=PICK)
        def refresh(self, who: int, pick: int) -> None:
            one = list(self.logins[who].values())[pick % len(self.logins[who])]
            before, session = one.refresh_token, one.session_id
            one.take(judge.ok(stage.send("POST /v1/auth/refresh", body={"refresh_token": before})).json)
            judge.equal(one.session_id, session, "a refresh opened another session", op="POST /v1/auth/refresh")
            again = stage.send("POST /v1/auth/refresh", body={"refresh_token": before})
            judge.status(again, 401, message="a used refresh token is taken again")

        @rule(who=WHO)
        def revoke_others(self, who: int) -> None:
            stage.send("POST /v1/auth/sessions/revoke-others", self.people[who]).need()
            self.logins[who] = {self.people[who].session_id: self.people[who]}

        def teardown(self) -> None:
            for who, person in enumerate(self.people):
                listed = stage.send("GET /v1/keys", person).json or []
                self.equal({str(one["id"]) for one in listed}, set(self.keys[who]), "the list of keys", "GET /v1/keys")
                for secret in self.keys[who].values():
                    me = stage.send("GET /v1/auth/me", api_key(secret))
                    judge.that(me.ok and me["imperal_id"] == person.imperal_id, "a living key does not open", me)
                shown = (stage.send("GET /v1/auth/sessions", person).json or {}).get("sessions", [])
                self.equal(
                    {one["session_id"] for one in shown},
                    set(self.logins[who]),
                    "the list of sessions",
                    "GET /v1/auth/sessions",
                )
            for secret in self.dead:
                judge.status(stage.send("GET /v1/auth/me", api_key(secret)), 401, message="a deleted key opens")

    Machine.stage, Machine.judge = stage, judge
    play(Machine, stage)


@law(
    "MODEL-02",
    "POST /v1/billing/topup",
    "POST /v1/billing/topup/confirm",
    "GET /v1/billing/balance",
    "GET /v1/billing/wallet/history",
    "GET /v1/billing/payments",
)
def test_wallets_follow_a_model(stage: Stage, judge: Judge) -> None:
    """After any sequence of top-ups and confirmations, also repeated ones, balance, ledger and payments agree."""
    service = stage.cast.service

    class Machine(Pair):
        def __init__(self) -> None:
            super().__init__()
            self.start = [self.balance(one) for one in self.people]
            self.pending: list[dict[str, int]] = [{}, {}]
            self.paid: list[dict[str, int]] = [{}, {}]

        @staticmethod
        def balance(person: Person) -> int:
            return int(stage.send("GET /v1/billing/balance", person)["balance"])

        @rule(who=WHO, tokens=st.sampled_from((5000, 7000, 12345, 50000)))
        def top_up(self, who: int, tokens: int) -> None:
            body = {"tokens": tokens, "price_cents": max(100, tokens // 10)}
            reply = stage.send("POST /v1/billing/topup", self.people[who], body=body)
            self.pending[who][str(reply["payment_intent_id"])] = tokens

        @rule(who=WHO, pick=PICK)
        def confirm(self, who: int, pick: int) -> None:
            known = [*self.pending[who], *self.paid[who]]
            if not known:
                return
            intent = known[pick % len(known)]
            reply = judge.ok(
                stage.send("POST /v1/billing/topup/confirm", service, body={"payment_intent_id": intent}),
                "a confirmation is refused",
            )
            judge.equal(reply["already_completed"], intent in self.paid[who], "already_completed is wrong", reply)
            if intent in self.pending[who]:
                self.paid[who][intent] = self.pending[who].pop(intent)
            judge.equal(reply["balance"], self.expected(who), "the confirmed balance is wrong", reply)

        @rule(who=WHO)
        def confirm_oneself(self, who: int) -> None:
            for intent in self.pending[who]:
                reply = stage.send(
                    "POST /v1/billing/topup/confirm", self.people[who], body={"payment_intent_id": intent}
                )
                judge.status(reply, 401, 403, 422, message="a person confirms their own top-up", rule="S04")

        def expected(self, who: int) -> int:
            return self.start[who] + sum(self.paid[who].values())

        def teardown(self) -> None:
            for who, person in enumerate(self.people):
                self.equal(self.balance(person), self.expected(who), "the balance", "GET /v1/billing/balance")
                ledger = stage.send("GET /v1/billing/wallet/history", person, query={"limit": 200}).json or []
                self.equal(
                    sum(one["amount"] for one in ledger),
                    self.expected(who),
                    "the sum of the ledger",
                    "GET /v1/billing/wallet/history",
                )
                payments = stage.send("GET /v1/billing/payments", person, query={"limit": 200}).json or []
                shown = {one["payment_intent_id"]: (one["tokens"], one["status"]) for one in payments}
                wanted = {intent: (tokens, "pending") for intent, tokens in self.pending[who].items()}
                wanted |= {intent: (tokens, "completed") for intent, tokens in self.paid[who].items()}
                self.equal(shown, wanted, "the list of payments", "GET /v1/billing/payments")

    Machine.stage, Machine.judge = stage, judge
    play(Machine, stage)


@law("MODEL-03", "POST /v1/automations", "GET /v1/automations", "POST /v1/automations/{rule_id}/pause")
def test_automations_follow_a_model(stage: Stage, judge: Judge) -> None:
    """After any sequence of making, pausing, resuming and deleting rules, the lists of both people agree with it."""

    class Machine(Pair):
        def __init__(self) -> None:
            super().__init__()
            self.living: list[dict[int, str]] = [{}, {}]

        @rule(who=WHO)
        def make(self, who: int) -> None:
            reply = stage.send(
                "POST /v1/automations", self.people[who], body={"prompt": "Every Monday, count my notes."}
            )
            if reply.ok:
                shown = stage.send("GET /v1/automations", self.people[who]).json or []
                rows = (
                    shown if isinstance(shown, list) else next((v for v in shown.values() if isinstance(v, list)), [])
                )
                new = [one for one in rows if one["rule_id"] not in self.living[who]]
                judge.that(len(new) == 1, "a new rule is not in the list once", reply, got=new)
                self.living[who] |= {one["rule_id"]: "active" for one in new}

        @rule(who=WHO, pick=PICK, move=st.sampled_from(("pause", "resume", "delete")), stranger=st.booleans())
        def change(self, who: int, pick: int, move: str, stranger: bool) -> None:
            rules = self.living[who]
            if not rules:
                return
            rule_id = list(rules)[pick % len(rules)]
            op = "DELETE /v1/automations/{rule_id}" if move == "delete" else f"POST /v1/automations/{{rule_id}}/{move}"
            stage.client.own(rule_id)
            reply = stage.send(op, self.people[1 - who if stranger else who], params={"rule_id": rule_id})
            if stranger:
                judge.status(reply, 403, 404, message="another's rule can be changed")
            elif move == "delete":
                judge.ok(reply)
                del rules[rule_id]
            elif reply.ok:
                rules[rule_id] = "paused" if move == "pause" else "active"
            else:
                judge.status(reply, 409)
                judge.equal(rules[rule_id], "paused" if move == "pause" else "active", "a legal move is refused", reply)

        def teardown(self) -> None:
            for who, person in enumerate(self.people):
                shown = stage.send("GET /v1/automations", person).json or []
                rows = (
                    shown if isinstance(shown, list) else next((v for v in shown.values() if isinstance(v, list)), [])
                )
                self.equal(
                    {one["rule_id"]: one["status"] for one in rows},
                    self.living[who],
                    "the list of rules",
                    "GET /v1/automations",
                )

    Machine.stage, Machine.judge = stage, judge
    play(Machine, stage)
