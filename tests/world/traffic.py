"""Random requests, legal and illegal: the verifier's recipes say what they look like, the world whom they meet.

A request first picks what it is about, then who asks: mostly its owner, sometimes somebody else, sometimes nobody.
Everything random comes from one seed, so a request can be made again.
"""

from __future__ import annotations

import hashlib
import hmac
import random
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

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


@dataclass(slots=True)
class Ask:
    """A request as it goes out; ``user_id`` is whom it acts for, ``kind`` how it says so."""

    service: str
    key: str
    path: str
    body: Any = None
    data: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    user_id: str | None = None
    kind: str = "nobody"


class Traffic:
    """Makes requests for one world, and knows the credentials that were given to its people so far."""

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

    # -- the whole request -----------------------------------------------------------------------------------------

    def make(self, service: str, key: str, seed: int) -> Ask:
        """Make a request to one operation."""
        self.rng = random.Random(seed)
        op: Bound = self.services[service].operations[key]
        params, owner = self._path_params(service, op)
        ask = Ask(service, key, "")
        self._sign_in(ask, op, owner)
        if ask.user_id is not None:
            params["caller"] = ask.user_id
            params = self._own_path(op, params, ask)
        ask.body = self.body(op, op.checker._schemas, params)
        ask.path = self._path(op, params)
        if ask.kind == "service" and op.required_role == "developer" and isinstance(ask.body, dict):
            ask.body["user_id"] = owner or self.person()
        if key == "POST /v1/actions":
            ask.body["worker_id"] = KERNEL
        if key == "POST /v1/webhooks/stripe":
            ask.data = orjson.dumps(ask.body)
            stamp = str(int(self.world.clock.now() - self.world.clock.offset))
            text = stamp.encode() + b"." + ask.data
            signed = hmac.new(self.world.options.stripe_secret.encode(), text, hashlib.sha256).hexdigest()
            ask.headers["Stripe-Signature"] = f"t={stamp},v1={signed if self.often(0.9) else 'no'}"
            ask.headers["Content-Type"] = "application/json"
            ask.body = None
        return ask

    def _path_params(self, service: str, op: Bound) -> tuple[dict[str, str], str | None]:
        params: dict[str, str] = {}
        owner: str | None = None
        app: Doc | None = None
        for parameter in op.spec.parameters:
            name = parameter.name
            if parameter.location != "path":
                continue
            if name in TARGETS and self.often(0.95):
                doc = self.target(name, service)
                if "secrets" in op.key and self.often(0.8):
                    doc = self.recent([one for one in self.world.state["apps"] if self.declares(one, "secrets")]) or doc
                if "/v1/ext/" in op.key and self.often(0.8):
                    rows = "oauth" if "oauth" in op.key else "webhooks"
                    doc = self.recent([one for one in self.world.state["apps"] if self.declares(one, rows)]) or doc
                if doc is not None:
                    owner = self.owner_of(name, doc) or owner
                    app = doc if TARGETS[name][0] == "apps" else app
                    params[name] = self._key_of(name, doc)
                    continue
            params[name] = ALIEN if name != "rule_id" else "7"
        manifest = (app or {}).get("manifest_json") or {}
        for name, rows, inner in (
            ("name", "secrets", "name"),
            ("path", "webhooks", "path"),
            ("provider", "oauth", "provider"),
        ):
            if name in params and manifest.get(rows) and self.often(0.9):
                params[name] = self.rng.choice(manifest[rows])[inner].strip("/")
        return params, owner

    @staticmethod
    def declares(app: Doc, rows: str) -> bool:
        return bool((app["manifest_json"] or {}).get(rows))

    def _key_of(self, name: str, doc: Doc) -> str:
        if name in doc:
            return str(doc[name])
        return str(doc["imperal_id"] if name == "user_id" else doc.get("id", doc.get("app_id")))

    def _own_path(self, op: Bound, params: dict[str, str], ask: Ask) -> dict[str, str]:
        """Where the path names an app or a switched-off one, let it mostly be one that the caller has."""
        used = "/extensions/{app_id}/" in op.key or op.key.endswith("/reviews")
        if used and op.key.startswith("POST") and self.often(0.75):
            held = [one["app_id"] for one in self.world.state["installs"].find(user_id=ask.user_id)]
            if held:
                params["app_id"] = self.rng.choice(held)
        if "disable/{app_id}" in op.key and self.often(0.7):
            off = [
                one["app_id"] for one in self.world.state["disabled"].find(user_id=params.get("user_id", ask.user_id))
            ]
            if off:
                params["app_id"] = self.rng.choice(off)
        return params

    def _path(self, op: Bound, params: dict[str, str]) -> str:
        path = op.spec.path
        for name in [parameter.name for parameter in op.spec.parameters if parameter.location == "path"]:
            path = path.replace("{" + name + "}", quote(params[name]))
        query: dict[str, str] = {}
        for parameter in op.spec.parameters:
            wanted = 0.9 if "callback" in op.key and parameter.name != "error" else 0.4
            if parameter.location == "query" and (parameter.required or self.often(wanted)):
                query[parameter.name] = str(self._query(parameter, op, params))
        return f"{path}?{urlencode(query)}" if query else path

    def _query(self, parameter: Any, op: Bound, params: dict[str, str]) -> Any:
        name = parameter.name
        if name == "state":
            return self.states[-1] if self.states else ALIEN
        if name == "code":
            return "any"
        if name == "error":
            return self.rng.choice(["", "", "denied"])
        if name == "permanent":
            return self.rng.choice(["true", "false"])
        if name in ("from", "to"):
            return "2026-01-01T00:00:00Z"
        if name == "tenant_id":
            return self._tenant_id(op.key, params)
        if name == "user_id":
            return self._user_id(op.key, params)
        if name == "days":
            return self.rng.choice([7, 30, 400])
        if name in ("page", "per_page", "limit", "offset"):
            return self.rng.choice([1, 2, 5, 0])
        value = self.of_schema(op.checker._schemas.resolve(parameter.schema))
        return str(value).lower() if isinstance(value, bool) else value

    # -- who asks --------------------------------------------------------------------------------------------------

    def _sign_in(self, ask: Ask, op: Bound, owner: str | None) -> None:
        if ask.service == "registry":
            keys = ["imp_reg_key_dev"] * 8 + self.registry_keys[-3:] + [ALIEN]
            if self.often(0.98):
                ask.headers["X-Api-Key"], ask.kind = self.rng.choice(keys), "registry"
            return
        if op.public or (op.optional and self.often(0.4)):
            return
        alone = frozenset({"serviceToken"}) in op.accepts
        if (op.schemes == {"serviceToken"} and self.often(0.85)) or (alone and self.often(0.15)):
            ask.headers["X-Service-Token"], ask.kind = "dev-service-token", "service"
            if alone and self.often(0.1):
                ask.headers["X-Tenant-ID"] = self.id_of("tenant_id", "")
            return
        if op.required_role == "admin":
            user_id = self.admin() if self.often(0.9) else self.person()
        elif op.required_role == "developer":
            developers = list(self.world.state["developers"])
            user_id = (
                owner
                if owner and self.often(0.85)
                else (self.recent(developers) or {"imperal_id": ALIEN})["imperal_id"]
            )
        else:
            theirs = owner if owner and "/apps/{app_id}" not in op.key else None
            user_id = theirs if theirs and self.often(0.75) else self.person()
        self.act_as(ask, str(user_id), acting=frozenset({"serviceToken", "actingUser"}) in op.accepts)

    def act_as(self, ask: Ask, user_id: str, *, acting: bool) -> None:
        """Give a request the credential of a person: their token, their API key, or the platform's word for them."""
        if acting and self.often(0.3):
            ask.headers |= {"X-Service-Token": "dev-service-token", "X-Acting-User": user_id}
            ask.user_id, ask.kind = user_id, "acting"
        elif user_id in self.api_keys and self.often(0.15):
            ask.headers["X-Api-Key"] = self.api_keys[user_id]
            ask.user_id, ask.kind = user_id, "api-key"
        elif user_id in self.access:
            ask.headers["Authorization"] = f"Bearer {self.access[user_id]}"
            ask.user_id, ask.kind = user_id, "bearer"
        elif self.often(0.95):
            ask.user_id, ask.kind = user_id, "bearer"  # not logged in yet: the machine does that first
