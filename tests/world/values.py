"""Values of parameters and bodies, legal and illegal: mostly what the world has, as whoever asks would send it."""

from __future__ import annotations

import random
from functools import cache
from typing import Any

import orjson

from specdouble.mock.pipeline.operation import Bound
from specdouble.mock.state.collections import Doc
from specdouble.mock.state.world import World
from specdouble.packs.imperal.mockserver.auth_gateway.apps import _apps
from tests.fuzz.target import INTERNAL, OPERATIONS, SERVICES, new_target

ALIEN = "nobody-knows-me"
KERNEL = "worker-1"  # what this one records, the gateway has not charged
SLUGS = [f"app-{letter}" for letter in "abcdef"]
NICKNAMES = ["ada", "grace", "nina", "radia", "root", "zed"]
PROMPTS = ["Every morning at 8 send me the open tasks", "When a mail arrives, tell me", "Say hello every hour"]
PLANS = ["free", "pro", "business", "enterprise", ALIEN]
CARDS = ["pm_card_visa", "pm_card_mastercard", "pm_card_chargeCustomerFail", "pm_card_authenticationRequired"]
TOOLS = [
    {"name": "list_things", "description": "List.", "action_type": "read", "params_schema": {}},
    {"name": "create_thing", "description": "Make.", "action_type": "write", "params_schema": {"type": "object"}},
    {"name": "delete_thing", "description": "Remove.", "action_type": "destructive", "params_schema": {}},
]
PRICES = {"tool_prices": {"create_thing": 900, "delete_thing": 3, "scan_receipt": 20}}
MANIFEST = {
    "manifest_schema_version": 3,
    "tools": TOOLS,
    "webhooks": [{"path": "/in", "method": "POST"}, {"path": "/check", "method": "GET"}],
    "secrets": [
        {"name": "token", "write_mode": "both"},
        {"name": "shared", "write_mode": "both", "scope": "app"},
        {"name": "small", "max_bytes": 30},
    ],
    "oauth": [{"provider": "google"}],
}

# What a path parameter or a body field of that name refers to: a collection, and the field that names its owner.
TARGETS: dict[str, tuple[str, str | None]] = {
    "user_id": ("users", "imperal_id"),
    "imperal_id": ("users", "imperal_id"),
    "app_id": ("apps", None),
    "ext_id": ("apps", None),
    "confirm_name": ("apps", None),
    "key_id": ("keys", "user_id"),
    "session_id": ("sessions", "user_id"),
    "pm_id": ("cards", "user_id"),
    "payment_method_id": ("cards", "user_id"),
    "payment_intent_id": ("payments", "user_id"),
    "confirmation_id": ("confirmations", "user_id"),
    "task_id": ("tasks", "user_id"),
    "trace_id": ("actions", "user_id"),
    "rule_id": ("automations", "user_id"),
    "review_id": ("reviews", "user_id"),
    "payout_id": ("payouts", None),
    "deploy_id": ("deploys", None),
    "scope_id": ("scopes", None),
    "role_id": ("roles", None),
    "tenant_id": ("tenants", None),
    "parent_tenant_id": ("tenants", None),
    "agency_id": ("agencies", None),
    "developer_id": ("developers", None),
    "user_code": ("device_logins", None),
    "device_code": ("device_logins", None),
}


@cache
def samples() -> dict[tuple[str, str], list[Any]]:
    """Return bodies that the operations of the published documents take, by document and key: two of each recipe."""
    aim = new_target(strict=False)
    found: dict[tuple[str, str], list[Any]] = {}
    for document, operation in OPERATIONS:
        if document != INTERNAL and operation.body is not None:
            aim.platform.world.restore(aim.pristine)
            aim.recipes.begin()
            made = [aim.recipes.ready(SERVICES[document], operation.key) for _ in range(2)]
            found[document, operation.key] = [one.body or orjson.loads(one.content or b"{}") for one in made]
    return found


class Values:
    """Makes values for one world, and knows the credentials that were given to its people so far."""

    def __init__(self, world: World, services: dict[str, Any]) -> None:
        self.world = world
        self.services = services
        self.passwords = {one["imperal_id"]: one["password"] for one in world.state["users"] if "password" in one}
        self.access: dict[str, str] = {}
        self.refresh: list[str] = []
        self.api_keys: dict[str, str] = {}
        self.registry_keys: list[str] = []
        self.states: list[str] = []
        self.count = 0
        self.rng = random.Random(0)

    # -- picking ---------------------------------------------------------------------------------------------------

    def often(self, chance: float) -> bool:
        return self.rng.random() < chance

    def recent(self, docs: list[Doc]) -> Doc | None:
        """Pick one of them, half the time among the last three."""
        if not docs:
            return None
        return self.rng.choice(docs[-3:] if self.often(0.5) else docs)

    def fresh(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}{self.count}"

    def target(self, name: str, service: str) -> Doc | None:
        collection, _ = TARGETS[name]
        if service == "registry":
            collection = {"app_id": "registry_apps", "ext_id": "registry_extensions", "key_id": "registry_keys"}.get(
                name, collection
            )
        return self.recent(list(self.world.state[collection]))

    def owner_of(self, name: str, doc: Doc) -> str | None:
        """Return whose a document is; of an app the developer's, or of who has it."""
        field_ = TARGETS[name][1]
        if field_ is not None:
            return str(doc.get(field_) or "") or None
        if TARGETS[name][0] == "apps":
            developer = self.world.state["developers"].first(developer_id=doc.get("developer_id"))
            return developer["imperal_id"] if developer else None
        return None

    def person(self) -> str:
        users = list(self.world.state["users"])
        return str((self.recent(users) or {"imperal_id": ALIEN})["imperal_id"])

    def admin(self) -> str:
        admins = [one for one in self.world.state["users"] if one["role"] == "admin" and one["is_active"]]
        home = [one for one in admins if one["tenant_id"] == "default"]
        chosen = self.rng.choice(home if home and self.often(0.8) else admins) if admins else None
        return str(chosen["imperal_id"]) if chosen else self.person()

    # -- bodies ----------------------------------------------------------------------------------------------------

    def body(self, op: Bound, schemas: Any, params: dict[str, str]) -> Any:
        if op.spec.body is None or "application/json" not in op.spec.body.content:
            return None
        schema = schemas.resolve(op.spec.body.content["application/json"].schema)
        sample = self.rng.choice(samples()[op.document, op.key])
        if isinstance(sample, list):
            return [{**one, "app_id": self.id_of("app_id", "")} for one in sample]
        made: dict[str, Any] = {}
        for name, part in schema.get("properties", {}).items():
            if name in schema.get("required", ()) or self.often(0.5):
                made[name] = self.value(op.key, name, schemas.resolve(part), params, sample)
        if made and self.often(0.06):
            spoilt = self.rng.choice(sorted(made))
            if self.often(0.5):
                del made[spoilt]
            else:
                made[spoilt] = self.rng.choice([None, 0, -1, "", [], {"a": []}, True, "x" * 70000])
        return made

    def value(self, key: str, name: str, schema: Doc, params: dict[str, str], sample: Doc) -> Any:
        special = getattr(self, f"_{name}", None)
        if special is not None:
            return special(key, params)
        if name in TARGETS:
            return self.id_of(name, "registry" if key.startswith(("POST /extensions", "PUT /extensions")) else "")
        return sample[name] if name in sample and self.often(0.8) else self.of_schema(schema)

    def id_of(self, name: str, service: str) -> str:
        doc = self.target(name, service)
        if doc is None or self.often(0.05):
            return ALIEN
        return str(
            doc.get("user_code") if name == "user_code" else doc[self.world.state[TARGETS[name][0]].declared.key]
        )

    def of_schema(self, schema: Doc) -> Any:
        if "enum" in schema:
            return self.rng.choice(schema["enum"])
        options = [part for part in schema.get("anyOf", ()) if part.get("type") != "null"]
        if options:
            return self.of_schema(options[0])
        kind = schema.get("type")
        kind = kind[0] if isinstance(kind, list) else kind
        if kind == "integer":
            least = schema.get("minimum", 0)
            return self.rng.choice([least, least + 1, min(schema.get("maximum", 40), 40)])
        if kind == "number":
            return self.rng.choice([0, 5, 12.5])
        if kind == "boolean":
            return self.often(0.5)
        if kind == "array":
            return []
        if kind == "object":
            return {}
        return "Some words about nothing in particular."[: schema.get("maxLength", 40)]

    def _email(self, key: str, _params: dict[str, str]) -> str:
        if key == "POST /v1/auth/login" or self.often(0.1):
            return str((self.recent(list(self.world.state["users"])) or {})["email"])
        return self.fresh("person") + "@example.com"

    def _tenant_id(self, key: str, _params: dict[str, str]) -> str:
        if key == "POST /v1/tenants":
            return self.rng.choice(["tenant-a", "tenant-b", "default"])
        return "default" if self.often(0.7) else self.id_of("tenant_id", "")

    def _password(self, _key: str, _params: dict[str, str]) -> str:
        return self.fresh("pass-word-") if self.often(0.95) else "short"

    def _new_password(self, key: str, params: dict[str, str]) -> str:
        return self._password(key, params)

    def _current_password(self, _key: str, params: dict[str, str]) -> str:
        return self.passwords.get(params.get("caller", ""), "wrong-password") if self.often(0.8) else "wrong-password"

    def _token(self, _key: str, _params: dict[str, str]) -> str:
        mails = [one["token"] for one in self.world.state["outbox"] if "token" in one]
        return self.rng.choice(mails[-2:]) if mails else ALIEN

    def _refresh_token(self, _key: str, _params: dict[str, str]) -> str:
        return self.rng.choice(self.refresh[-4:]) if self.refresh and self.often(0.9) else ALIEN

    def _app_id(self, key: str, _params: dict[str, str]) -> str:
        if key in ("POST /v1/developer/apps", "POST /v1/apps"):
            return self.rng.choice(SLUGS)
        if key == "POST /v1/users/{user_id}/extensions" and self.often(0.4):
            return self.id_of("app_id", "registry")
        return self.id_of("app_id", "")

    def _id(self, key: str, _params: dict[str, str]) -> str:
        return self.fresh("evt_") if "stripe" in key and self.often(0.9) else self.rng.choice([*SLUGS, "evt_1"])

    def _confirm_name(self, _key: str, params: dict[str, str]) -> str:
        return params.get("app_id", ALIEN) if self.often(0.9) else ALIEN

    def _plan_id(self, _key: str, _params: dict[str, str]) -> str:
        return self.rng.choice([*PLANS, "pro", "business"])

    def _tokens(self, _key: str, _params: dict[str, str]) -> int:
        return self.rng.choice([5_000, 20_000, 100, 500_000])

    def _amount_tokens(self, _key: str, _params: dict[str, str]) -> int:
        return self.rng.choice([10_000, 10_500, 25_000, 9_999])

    def _recharge_tokens(self, _key: str, _params: dict[str, str]) -> int:
        return self.rng.choice([5_000, 20_000, 900_000])

    def _payment_method_id(self, _key: str, params: dict[str, str]) -> str:
        own = [card["id"] for card in self.world.state["cards"].find(user_id=params.get("caller"))]
        return self.rng.choice(own) if own and self.often(0.6) else self.rng.choice(["", self.id_of("pm_id", "")])

    def _user_id(self, _key: str, params: dict[str, str]) -> str:
        return params.get("caller") or self.person() if self.often(0.92) else self.person()

    def _nickname(self, _key: str, _params: dict[str, str]) -> str:
        return self.rng.choice(NICKNAMES)

    def _role(self, _key: str, _params: dict[str, str]) -> str:
        return str((self.recent(list(self.world.state["roles"])) or {"name": "user"})["name"])

    def _name(self, key: str, _params: dict[str, str]) -> str:
        return self.rng.choice(["editor", "auditor"]) if key == "POST /v1/roles" else "A Name"

    def _resource(self, _key: str, _params: dict[str, str]) -> str:
        return self.rng.choice(["boats", "trains"])

    def _action(self, _key: str, _params: dict[str, str]) -> str:
        return self.rng.choice(["read", "write"])

    def _scopes(self, key: str, _params: dict[str, str]) -> Any:
        return "*" if key == "POST /v1/keys" else self.rng.choice([["boats:read"], ["*:read"], []])

    def _default_scopes(self, _key: str, _params: dict[str, str]) -> Any:
        return self.rng.choice([["boats:read"], ["trains:*"], []])

    def _agency_id(self, key: str, _params: dict[str, str]) -> str | None:
        if key == "POST /v1/agencies":
            return self.rng.choice(["agency-a", "agency-b"])
        return None if self.often(0.3) else self.id_of("agency_id", "")

    def _function(self, _key: str, params: dict[str, str]) -> str:
        app = self.world.state["apps"].get(params.get("app_id"))
        names = [one["name"] for one in _apps.functions(app)] if app else []
        return self.rng.choice(names) if names and self.often(0.92) else ALIEN

    def _params(self, _key: str, params: dict[str, str]) -> Any:
        mine = [one["id"] for one in self.world.state["records"].find(user_id=params.get("caller"))]
        rules = [one["rule_id"] for one in self.world.state["automations"].find(user_id=params.get("caller"))]
        given: Doc = {"title": "Boats", "tokens": self.rng.choice([5_000, 20_000])}
        if rules and params.get("app_id") == "automations":
            given |= {"rule_id": self.rng.choice(rules)}
        if params.get("app_id") in ("automations", "memory-index"):
            given |= {"prompt": self.rng.choice(PROMPTS), "text": "I like boats.", "query": "boats", "fact": "Boats."}
        if params.get("app_id") == "developer":
            own = self.rng.choice([*SLUGS, "notes", "quiz-night"])
            given |= {"app_id": own, "ir_dict": {"version": "1", "steps": [{"id": "go", "action": "store.create"}]}}
        if mine and self.often(0.5):
            given |= {"id": self.rng.choice(mine)}
        return given

    def _calls(self, key: str, params: dict[str, str]) -> Any:
        return [
            {"function": self._function(key, params), "params": self._params(key, params)}
            for _ in range(self.rng.randrange(4))
        ]

    def _confirmation_ttl(self, _key: str, _params: dict[str, str]) -> Any:
        return self.rng.choice([60, 300, 0, None])

    def _value(self, _key: str, _params: dict[str, str]) -> str:
        return self.fresh("secret-value-") * self.rng.choice([1, 1, 4])

    def _version(self, _key: str, _params: dict[str, str]) -> str:
        return self.rng.choice(["1.0.0", "1.1.0", "2.0.0 [fail]", "2.0.0 [warn]"])

    def _pricing_config(self, _key: str, _params: dict[str, str]) -> Any:
        return self.rng.choice([PRICES, PRICES, {"monthly_price": 20}, {"tool_prices": {"x": -1}}, None])

    def _pricing_model(self, _key: str, _params: dict[str, str]) -> str:
        return self.rng.choice(["per_action", "per_action", "free", "subscription"])

    def _tier(self, _key: str, _params: dict[str, str]) -> str:
        return self.rng.choice(["explorer", "indie", "studio", "partner"])

    def _manifest_json(self, _key: str, _params: dict[str, str]) -> Any:
        shown: Any = self.rng.choice([MANIFEST, {**MANIFEST, "system": False}, {"tools": 3}])
        return orjson.dumps(shown).decode() if self.often(0.3) else shown

    def _system(self, _key: str, _params: dict[str, str]) -> bool:
        return self.often(0.3)

    def _trace_id(self, _key: str, _params: dict[str, str]) -> str:
        told = [one["trace_id"] for one in self.world.state["actions"] if one["worker_id"] == KERNEL]
        return self.rng.choice(told) if told and self.often(0.2) else self.fresh("trace_")

    def _extension_price(self, _key: str, _params: dict[str, str]) -> int:
        return self.rng.choice([0, 7, 30_000])

    def _type(self, _key: str, _params: dict[str, str]) -> str:
        return self.rng.choice(
            [
                "payment_intent.succeeded", "payment_intent.payment_failed", "setup_intent.succeeded", "invoice.paid",
                "invoice.payment_failed", "customer.subscription.updated", "customer.subscription.deleted", "other",
            ]
        )  # fmt: skip

    def _data(self, _key: str, _params: dict[str, str]) -> Any:
        state = self.world.state
        names = [*(one["payment_intent_id"] for one in list(state["payments"])[-4:])]
        names += [one["id"] for one in list(state["setup_intents"])[-4:]]
        told = {"id": self.rng.choice([*names, ALIEN]), "customer": f"cus_{self.person()}"}
        return {"object": {**told, "payment_method": self.rng.choice(CARDS), "cancel_at_period_end": self.often(0.5)}}
