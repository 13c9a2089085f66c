"""A random machine plays with the whole world; after each request every invariant holds, and a refusal has no effect.

``SPECDOUBLE_MACHINE_EXAMPLES`` and ``SPECDOUBLE_MACHINE_STEPS`` make it run longer, ``SPECDOUBLE_MACHINE_SEED`` along
other ways; as it is, it takes the same way each time.
"""

from __future__ import annotations

import logging
import os
import random
from collections import Counter
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

import specdouble.mock.state.clock
from specdouble.mock.boot import Platform
from specdouble.mock.control.actions import PREFIX
from specdouble.mock.state.clock import Ids
from specdouble.mock.transports.app import create_app
from specdouble.packs.imperal.mockserver.auth_gateway.apps import _apps
from specdouble.packs.imperal.mockserver.auth_gateway.identity._tokens import digest
from tests.conftest import Client, Reply
from tests.pack import Options, boot
from tests.world.answers import ANSWERS, foreign_ids, hidden_fields
from tests.world.history import History
from tests.world.invariants import broken, indexes
from tests.world.traffic import Ask, Traffic
from tests.world.values import CARDS, samples

EXAMPLES = int(os.environ.get("SPECDOUBLE_MACHINE_EXAMPLES", "40"))
STEPS = int(os.environ.get("SPECDOUBLE_MACHINE_STEPS", "60"))
SEED = os.environ.get("SPECDOUBLE_MACHINE_SEED", "1")
BURST = 4  # requests a step
START = 1_781_000_000.0  # a day in June 2026
TICK = 0.05  # seconds that a request takes
MOVES = ("30s", "5m", "20m", "2h", "1d", "3d", "16d", "31d", "200d")
THEMES: dict[str, tuple[str, ...]] = {
    "identity": ("/v1/auth", "/v1/keys", "/v1/me"),
    "money": ("/v1/billing", "/v1/webhooks"),
    "making": ("/v1/developer", "/v1/admin"),
    "using": ("/v1/marketplace", "/v1/extensions", "/v1/confirmations", "/v1/automations", "/v1/tasks", "/v1/actions"),
    "ruling": ("/v1/users", "/v1/roles", "/v1/scopes", "/v1/tenants", "/v1/agencies"),
    "outside": ("/v1/secrets", "/v1/ext/"),
}
READS_THAT_WRITE = frozenset(
    {
        "GET /v1/billing/wallet", "GET /v1/billing/balance", "GET /v1/secrets/{ext_id}/{name}",
        "GET /v1/ext/{app_id}/webhook/{path}", "GET /v1/ext/{app_id}/oauth/{provider}/callback",
    }
)  # fmt: skip
STREAM = "GET /v1/events/stream"
SHOWS_A_KEY = {"POST /v1/keys": "key", "POST /v1/apps/{app_id}/keys": "api_key"}


class Machine(RuleBasedStateMachine):
    """Sends requests; the class keeps one platform, each example starts from the seeded world."""

    now = START
    platform: Platform
    clients: dict[str, Client]
    pristine: bytes
    keys: dict[str, list[tuple[str, str]]]
    steps: int
    statuses: Counter[tuple[str, int]]

    @classmethod
    def build(cls) -> None:
        cls.platform = boot(Options(strict=True, seed=11))
        cls.clients = {name: Client(create_app(cls.platform, name)) for name in cls.platform.services}
        cls.pristine = orjson.dumps(cls.platform.world.state.snapshot())
        cls.steps, cls.statuses = 0, Counter()
        documents = {name: service.document.name for name, service in cls.platform.services.items()}
        every = [
            (name, key)
            for name, service in cls.platform.services.items()
            for key, op in service.operations.items()
            if op.document == documents[name] and key != STREAM
        ]
        changing = [one for one in every if not one[1].startswith("GET")]
        cls.keys = {
            theme: [
                one for one in changing if one[0] == "auth_gateway" and one[1].partition(" ")[2].startswith(prefixes)
            ]
            for theme, prefixes in THEMES.items()
        }
        cls.keys["registry"] = [one for one in changing if one[0] == "registry"]
        cls.keys["reading"] = [one for one in every if one[1].startswith("GET")]
        cls.keys["every"] = every

    def __init__(self) -> None:
        super().__init__()
        type(self).now = START
        self.world = self.platform.world
        self.world.reset()
        self.world.ids = Ids(11)
        self.traffic = Traffic(self.world, self.platform.services)
        self.history = History(self.world)
        self.cast = set(self.traffic.passwords.values())
        self.changes = 0
        self.known = b""  # the state that was last found sound
        for secret in self.world.state["secrets"]:
            self.history.keep_secret(secret["value"], "a secret's value")

    def dump(self) -> bytes:
        return orjson.dumps(self.world.state.snapshot())

    # -- one request -----------------------------------------------------------------------------------------------

    def send(self, ask: Ask) -> Reply:
        """Send a request and check all that must be true afterwards."""
        if ask.kind == "bearer" and "Authorization" not in ask.headers:
            self.log_in(ask)
        type(self).now += TICK
        due = self.world._next_due <= self.world.clock.now()
        self.world.run_due()
        if due or not self.known:
            self.sound(f"the timers before {ask.key}")
        before = self.known
        method = ask.key.partition(" ")[0]
        more: dict[str, Any] = {"data": ask.data} if ask.data is not None else {}
        reply = self.clients[ask.service].call(method, ask.path, ask.body, headers=ask.headers, **more)
        after = self.dump()
        type(self).steps += 1
        self.statuses[ask.key, reply.status] += 1
        told = f"{ask.key} {ask.path} {ask.body} as {ask.kind} {ask.user_id}: {reply.status} {reply.content[:300]!r}"
        away = reply.status == 503 and len(self.world.state["faults"])
        assert reply.status < 500 or away, told
        if reply.status >= 400:
            assert before == after, f"a refusal changed the world: {told}"
        elif (
            method == "GET" and ask.kind != "api-key" and ask.service != "registry" and ask.key not in READS_THAT_WRITE
        ):
            assert before == after, f"a read changed the world: {told}"
        if before != after:
            self.sound(told, after)
        self.read(ask, reply, told)
        return reply

    def sound(self, told: str, state: bytes | None = None) -> None:
        """Check the state, of which a dump may be at hand; the indexes, which cost more, now and then."""
        self.known = state or self.dump()
        self.changes += 1
        wrong = [*broken(self.world), *self.history.broken()]
        if self.changes % 8 == 0:
            wrong += indexes(self.world)
        assert not wrong, f"{wrong[:5]} after {told}"

    def read(self, ask: Ask, reply: Reply, told: str) -> None:
        """Check an answer, and remember the credentials that it brings."""
        allowed = (
            {"a secret's value"} if ask.key == "GET /v1/secrets/{ext_id}/{name}" and reply.status == 200 else set()
        )
        wrong = [*self.history.no_secret(reply.content, allowed), *hidden_fields(reply.json)]
        if reply.status < 400 and ask.key in ANSWERS:
            wrong += ANSWERS[ask.key](self.world, ask.user_id, reply.json)
        user = self.world.state["users"].get(ask.user_id)
        if user is not None and user["role"] != "admin" and reply.status < 400:
            asked = f"{ask.path} {ask.body}".encode()
            wrong += foreign_ids(self.world, user["imperal_id"], reply.content, asked)
        assert not wrong, f"{wrong[:5]} in {told}"
        self.remember(ask, reply)

    def remember(self, ask: Ask, reply: Reply) -> None:
        body = ask.body if isinstance(ask.body, dict) else {}
        for name in ("password", "new_password"):
            kept_plain = body.get(name) in list(self.cast)  # fixtures are read by people
            self.history.keep_secret(body.get(name), "a password of the seed data" if kept_plain else "a password")
        if isinstance(body.get("db_config"), dict):
            self.history.keep_secret(body["db_config"].get("password"), "a database's password")
        if ask.key.startswith("PUT /v1/secrets"):
            self.history.keep_secret(body.get("value"), "a secret's value")
        if reply.status >= 400 or not isinstance(reply.json, dict):
            return
        if ask.key in SHOWS_A_KEY:
            secret = reply.json[SHOWS_A_KEY[ask.key]]
            self.history.keep_secret(secret, "an API key")
            if ask.service == "registry":
                self.traffic.registry_keys.append(secret)
            elif ask.user_id is not None:
                self.traffic.api_keys[ask.user_id] = secret
        if "refresh_token" in reply.json:
            self.history.keep_secret(reply.json["refresh_token"], "a refresh token")
            self.traffic.refresh.append(reply.json["refresh_token"])
            session = self.world.state["sessions"].first(refresh_hash=digest(reply.json["refresh_token"]))
            assert session is not None
            self.traffic.access[session["user_id"]] = reply.json["access_token"]
            if "password" in body:
                self.traffic.passwords.setdefault(session["user_id"], body["password"])
        if ask.key in ("POST /v1/auth/signup", "POST /v1/users"):
            made = reply.json.get("user_id") or reply.json["imperal_id"]
            self.traffic.passwords[made] = body["password"]
        if ask.key == "POST /v1/auth/me/change-password" and ask.user_id is not None:
            self.traffic.passwords[ask.user_id] = body["new_password"]

    def log_in(self, ask: Ask) -> None:
        """Get a token for the person of a request, if they may log in."""
        assert ask.user_id is not None
        user = self.world.state["users"].get(ask.user_id)
        if user is None or ask.user_id not in self.traffic.passwords:
            return
        body = {"email": user["email"], "password": self.traffic.passwords[ask.user_id], "tenant_id": user["tenant_id"]}
        login = Ask("auth_gateway", "POST /v1/auth/login", "/v1/auth/login", body)
        if self.send(login).status == 200:
            ask.headers["Authorization"] = f"Bearer {self.traffic.access[ask.user_id]}"

    def forget_stale_tokens(self) -> None:
        """Let most people whose token no longer works log in anew; some go on with the old one."""
        for user_id in list(self.traffic.access):
            if self.traffic.often(0.8):
                del self.traffic.access[user_id]

    def play(self, theme: str, seed: int) -> None:
        rng = random.Random(seed)
        for _ in range(BURST):
            service, key = rng.choice(self.keys[theme])
            reply = self.send(self.traffic.make(service, key, rng.getrandbits(32)))
            if reply.status == 401 and rng.random() < 0.5:
                self.forget_stale_tokens()

    # -- what may happen -------------------------------------------------------------------------------------------

    @rule(seed=st.integers(0, 2**32 - 1))
    def identity(self, seed: int) -> None:
        self.play("identity", seed)

    @rule(seed=st.integers(0, 2**32 - 1))
    def money(self, seed: int) -> None:
        self.play("money", seed)

    @rule(seed=st.integers(0, 2**32 - 1))
    def making(self, seed: int) -> None:
        self.play("making", seed)

    @rule(seed=st.integers(0, 2**32 - 1))
    def using(self, seed: int) -> None:
        self.play("using", seed)

    @rule(seed=st.integers(0, 2**32 - 1))
    def ruling(self, seed: int) -> None:
        self.play("ruling", seed)

    @rule(seed=st.integers(0, 2**32 - 1))
    def outside(self, seed: int) -> None:
        self.play("outside", seed)

    @rule(seed=st.integers(0, 2**32 - 1))
    def registry(self, seed: int) -> None:
        self.play("registry", seed)

    @rule(seed=st.integers(0, 2**32 - 1))
    def reading(self, seed: int) -> None:
        self.play("reading", seed)

    @rule(seed=st.integers(0, 2**32 - 1))
    def anything(self, seed: int) -> None:
        self.play("every", seed)

    @rule(advance=st.sampled_from(MOVES))
    def time_passes(self, advance: str) -> None:
        self.control("POST /clock", {"advance": advance})
        self.sound(f"{advance} have passed")
        self.forget_stale_tokens()

    @rule(seed=st.integers(0, 2**32 - 1))
    def a_worker_or_a_person_acts(self, seed: int) -> None:
        """What the control plane plays: workers, browsers, banks."""
        traffic = self.traffic
        traffic.rng = rng = random.Random(seed)
        pick, person = traffic.id_of, traffic.person()
        app_id = pick("app_id", "")
        acts: tuple[tuple[str, Any], ...] = (
            (
                f"POST /deploys/{pick('deploy_id', '')}/finish",
                {"status": rng.choice(["success", "success", "warning"])},
            ),
            (f"POST /deploys/{pick('deploy_id', '')}/fail", {}),
            (f"POST /device/{pick('user_code', '')}/approve", {"user_id": person}),
            (f"POST /device/{pick('user_code', '')}/deny", {}),
            (f"POST /confirmations/{pick('confirmation_id', '')}/approve", {}),
            ("POST /tasks", {"user_id": person, "app_id": app_id, "seconds": rng.choice([1, 100, 4000, None])}),
            (f"POST /tasks/{pick('task_id', '')}/finish", {}),
            (f"POST /tasks/{pick('task_id', '')}/fail", {}),
            (f"POST /automations/{pick('rule_id', '')}/trigger", {}),
            ("POST /cards", {"user_id": person, "card": rng.choice(CARDS)}),
            (f"POST /payments/{pick('payment_intent_id', '')}/succeed", {}),
            (f"POST /payments/{pick('payment_intent_id', '')}/fail", {}),
            ("POST /vault", {"available": rng.random() < 0.7}),
            ("POST /oauth/doc-shelf/google/state", {"user_id": person}),
            (f"POST /ext/{app_id}/webhook", {"path": "in", "answer": {"status_code": 201, "body": "Thanks"}}),
        )
        self.control(*rng.choice(acts))

    @rule(seed=st.integers(0, 2**32 - 1))
    def a_developer_gets_on(self, seed: int) -> None:
        """The way from a draft to earnings, a step at a time: what chance alone seldom finds."""
        traffic = self.traffic
        traffic.rng = rng = random.Random(seed)
        mine = [app for app in self.world.state["apps"] if app["developer_id"] != _apps.FIRST_PARTY]
        app = traffic.recent(mine)
        if app is None:
            return
        app_id = app["app_id"]
        keys = {
            "draft": ["POST /v1/developer/apps/{app_id}/deploys", "POST /v1/developer/apps/{app_id}/submit"],
            "pending_review": ["POST /v1/admin/apps/{app_id}/approve", "POST /v1/admin/apps/{app_id}/reject"],
            "active": [
                "POST /v1/marketplace/apps/{app_id}/install", "POST /v1/extensions/{app_id}/call",
                "POST /v1/extensions/{app_id}/operate", "POST /v1/marketplace/apps/{app_id}/reviews",
                "POST /v1/developer/apps/{app_id}/_sync_manifest",
            ],
            "suspended": ["POST /v1/developer/apps/{app_id}/submit"],
        }[app["status"]]  # fmt: skip
        for key in rng.sample(keys, k=min(2, len(keys))):
            ask = traffic.make("auth_gateway", key, rng.getrandbits(32))
            ask.path = key.partition(" ")[2].replace("{app_id}", app_id)
            if "function" in (ask.body or {}):
                ask.body["function"] = traffic._function(key, {"app_id": app_id})
            self.send(ask)

    def control(self, key: str, body: dict[str, Any]) -> None:
        method, _, path = key.partition(" ")
        before = self.dump()
        type(self).now += TICK
        reply = self.clients["auth_gateway"].call(method, PREFIX + path, body)
        assert reply.status < 500, (key, body, reply.content)
        if reply.status >= 400:
            assert before == self.dump(), f"a refusal of {key} changed the world"
        elif "state" in (reply.json or ()):
            self.traffic.states.append(reply.json["state"])
        self.sound(f"{key} {body}: {reply.status}")

    @invariant()
    def streams_are_closed(self) -> None:
        assert self.world.hub.clients == 0

    def teardown(self) -> None:
        wrong = [*indexes(self.world), *self.history.no_secret_kept()]
        type(self).now = START  # a cast that has grown old is written anew
        self.world.reset()
        if self.dump() != self.pristine:
            wrong.append("the seeded documents were changed in place")
            self.world.restore(orjson.loads(self.pristine))
            self.world.keep_as_pristine()
        assert not wrong, wrong[:5]


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Real time stands still but for the machine's ticks, so that a run can be repeated."""
    samples()  # made in a world of their own, whose time goes on
    monkeypatch.setattr(specdouble.mock.state.clock, "time", SimpleNamespace(time=lambda: Machine.now))
    caplog.set_level(logging.ERROR, "specdouble")


@pytest.mark.usefixtures("frozen")
def test_the_world_stays_sound(record_property: Any, caplog: pytest.LogCaptureFixture) -> None:
    Machine.build()
    profile = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        derandomize=SEED == "1",
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        print_blob=False,
        report_multiple_bugs=False,
    )
    run_state_machine_as_test(Machine, settings=profile)  # type: ignore[no-untyped-call]
    statuses = Machine.statuses
    reached = {key for key, _ in statuses}
    done = {key for key, status in statuses if status < 400}
    refused = sum(count for (_, status), count in statuses.items() if status >= 400)
    said = f"{Machine.steps} requests, {refused} refused; {len(reached)} operations reached, {len(done)} succeeded"
    record_property("machine", said)
    failed = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    assert not failed, failed[:3]
    never = sorted({key for _, key in Machine.keys["every"]} - done)
    assert Machine.steps >= EXAMPLES * STEPS, said
    if EXAMPLES * STEPS >= 40 * 60:
        assert len(reached) >= 175, f"{said}; never succeeded: {never}"
        assert len(done) >= 165, f"{said}; never succeeded: {never}"
