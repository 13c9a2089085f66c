"""Random requests, legal and illegal: the verifier's recipes say what they look like, the world whom they meet.

A request first picks what it is about, then who asks: mostly its owner, sometimes somebody else, sometimes nobody.
Everything random comes from one seed, so a request can be made again.
"""

from __future__ import annotations

import hashlib
import hmac
import random
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from specdouble.mock.pipeline.operation import Bound
from specdouble.mock.state.collections import Doc
from tests.world.values import ALIEN, KERNEL, TARGETS, Values


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


class Traffic(Values):
    """Makes requests for one world."""

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
