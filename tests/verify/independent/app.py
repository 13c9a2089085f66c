"""An independent implementation of a part of the gateway, in another framework, with other ids, words and storage.

It was written from the contract alone, and is right in another way than specdouble: it shows that the suites ask for
what was promised and for nothing else. `faults` are ways of being wrong, by name.
"""

from __future__ import annotations

import asyncio
import base64
import secrets
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from fastapi import FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError

from tests.verify.independent.state import GRANT, Account, State, digest, stamp
from tests.verify.independent.words import Enrolment, Fresh, Login, NewKey, Nick, no, speak

SERVICE_TOKEN = "a-token-of-services-elsewhere"
LIFE = 900
LEAST, MOST = 250, 90_000  # cents of a purchase
PUBLIC = "pk_live_elsewhere"
SLOW = {"/v1/auth/me": 0.01, "/v1/keys": 0.02, "/v1/billing/topup": 0.015, "/v1/auth/sessions": 0.012}
# Each fault with the operation that it spoils and the suite in which it shows.
FAULTS = {
    "logout-leaves-the-access-token": ("POST /v1/auth/logout", "test_rules_auth_tokens"),
    "refresh-tokens-live-on": ("POST /v1/auth/refresh", "test_rules_auth_tokens"),
    "expires-in-is-wrong": ("POST /v1/auth/login", "test_rules_auth_tokens"),
    "unknown-addresses-are-told": ("POST /v1/auth/login", "test_rules_auth_tokens"),
    "register-is-open": ("POST /v1/auth/register", "test_service_token"),
    "unsigned-tokens": ("GET /v1/auth/me", "test_auth_matrix"),
    "tokens-of-other-keys": ("GET /v1/auth/me", "test_rules_auth_tokens"),
    "naive-times": ("GET /v1/auth/me", "test_reach"),
    "another-kid": ("POST /v1/auth/login", "test_rules_auth_tokens"),
    "revokes-the-caller-too": ("POST /v1/auth/sessions/revoke-others", "test_rules_sessions"),
    "revokes-for-anybody": ("POST /v1/auth/sessions/{session_id}/revoke", "test_isolation"),
    "every-session-is-current": ("GET /v1/auth/sessions", "test_rules_sessions"),
    "deleted-keys-work": ("DELETE /v1/keys/{key_id}", "test_rules_keys"),
    "keys-are-listed-whole": ("GET /v1/keys", "test_rules_keys"),
    "credits-twice": ("POST /v1/billing/topup/confirm", "test_models"),
    "the-payer-confirms": ("POST /v1/billing/topup/confirm", "test_rules_topup"),
    "trusts-the-price": ("POST /v1/billing/topup", "test_rules_topup"),
    "oldest-first": ("GET /v1/billing/wallet/history", "test_rules_wallet"),
    "everybody-s-payments": ("GET /v1/billing/payments", "test_models"),
    "no-largest-limit": ("GET /v1/billing/payments", "test_bounds"),
    "balance-is-stale": ("GET /v1/billing/balance", "test_models"),
    "nicknames-are-shared": ("PUT /v1/me/nickname", "test_rules_me"),
    "statistics-for-people": ("GET /v1/events/stats", "test_service_token"),
}
Limit = Annotated[int, Query(ge=1, le=200)]
Offset = Annotated[int, Query(ge=0, le=2**53)]


class Gateway:
    """The state, the key and the doors of one server."""

    def __init__(self, faults: frozenset[str]) -> None:
        self.faults, self.state = faults, State()
        self.key = rsa.generate_private_key(65537, 2048)
        self.kid = secrets.token_hex(4)
        self.ended: dict[str, float] = {}

    # -- tokens ----------------------------------------------------------------------------------------------------

    def pair(self, who: Account, sid: str, fresh: str) -> dict[str, Any]:
        now = int(time.time())
        told = {
            "sub": who.uid, "sid": sid, "iat": now, "nbf": now, "exp": now + LIFE, "jti": uuid.uuid4().hex,
            "iss": "https://auth.example.net", "email": who.mail, "tenant_id": who.tenant, "role": "user",
            "scopes": ["everything"], "actor_kind": "user",
        }  # fmt: skip
        token = jwt.encode(told, self.key, "RS256", {"kid": self.kid})
        life = 3600 if "expires-in-is-wrong" in self.faults else LIFE
        return {"expires_in": life, "token_type": "bearer", "refresh_token": fresh, "access_token": token}

    def by_token(self, token: str) -> Account | None:
        try:
            head = jwt.get_unverified_header(token)
            if "unsigned-tokens" in self.faults and str(head.get("alg")).lower() == "none":
                told = jwt.decode(token, options={"verify_signature": False})
            elif head.get("kid") != self.kid:
                return None
            else:
                told = jwt.decode(token, self.key.public_key(), ["RS256"])
        except (jwt.PyJWTError, ValueError):
            if "tokens-of-other-keys" not in self.faults:
                return None
            try:
                told = jwt.decode(token, options={"verify_signature": False})
            except (jwt.PyJWTError, ValueError):
                return None
        sid = str(told.get("sid"))
        alive = self.state.one("SELECT no FROM visit WHERE sid = ?", sid)
        if not alive and "logout-leaves-the-access-token" not in self.faults:
            return None
        return self.state.account("uid", told.get("sub"), sid)

    # -- doors -----------------------------------------------------------------------------------------------------

    def serves(self, request: Request) -> bool:
        sent = request.headers.get("x-service-token") or ""
        return secrets.compare_digest(sent.encode(), SERVICE_TOKEN.encode())

    def service(self, request: Request) -> None:
        """Let platform services in, and nobody else."""
        if self.serves(request):
            return
        if request.headers.get("x-service-token"):
            raise no(401, "Dieses Dienst-Token kennt hier niemand.")
        self.person(request)
        raise no(403, "Hier arbeiten nur Dienste.", "SERVICES_ONLY")

    def person(self, request: Request, *, acting: bool = False) -> Account:
        """Return who calls: by token, by key, or where it is allowed by a service that acts for somebody."""
        if request.headers.get("x-service-token"):
            if not self.serves(request):
                raise no(401, "Dieses Dienst-Token kennt hier niemand.")
            who = self.state.account("uid", request.headers.get("x-acting-user") or "")
            if who is None or not acting:
                raise no(401, "Für wen?")
            return who
        sent = request.headers.get("authorization") or ""
        scheme, _, token = sent.partition(" ")
        who = None
        if sent and scheme.lower() == "bearer":
            who = self.state.by_key(token) if token.startswith("imp_live_") else self.by_token(token)
        elif not sent:
            who = self.state.by_key(request.headers.get("x-api-key") or "")
        if who is None:
            raise no(401, "Wer da?", "WHO_IS_THERE")
        return who


def create(faults: frozenset[str] = frozenset(), *, extra: bool = False) -> FastAPI:
    """Return a server with some faults; with `extra`, one response has a field that no schema knows."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    gate = Gateway(faults)
    speak(app)

    @app.middleware("http")
    async def around(request: Request, go: Callable[[Request], Awaitable[Response]]) -> Response:
        await asyncio.sleep(SLOW.get(request.url.path, 0))
        response = await go(request)
        response.headers["Server-Timing"] = "app;dur=1"
        response.headers["X-Request-Id"] = uuid.uuid4().hex
        response.headers["Cache-Control"] = "no-store"
        response.headers["Vary"] = "Authorization, X-Api-Key"
        return response

    _accounts(app, gate, extra=extra)
    _sessions(app, gate)
    _keys(app, gate)
    from tests.verify.independent.money import money

    money(app, gate)
    return app


def _accounts(app: FastAPI, gate: Gateway, *, extra: bool) -> None:
    state, faults = gate.state, gate.faults

    @app.get("/healthz")
    def health() -> dict[str, Any]:
        return {"status": "ok"}

    @app.post("/v1/auth/register", status_code=201)
    def register(request: Request, body: Enrolment) -> dict[str, Any]:
        if "register-is-open" not in faults:
            gate.service(request)
        if body.tenant_id not in state.TENANTS:
            wrong = {"loc": ("body", "tenant_id"), "msg": "unbekannter Mandant", "type": "tenant"}
            raise RequestValidationError([wrong])
        who = state.enrol(body.email, body.password, body.tenant_id)
        if who is None:
            raise no(409, "Schon vergeben.", "ADDRESS_IN_USE")
        return gate.pair(who, *state.arrive(who.no, request.headers.get("user-agent", "")))

    @app.post("/v1/auth/login")
    def login(request: Request, body: Login) -> dict[str, Any]:
        who = state.known(body.email, body.password, body.tenant_id)
        if who is None:
            if "unknown-addresses-are-told" in faults and not state.account("mail", body.email.lower()):
                raise no(401, "Diese Adresse kennt hier niemand.")
            raise no(401, "Das passt nicht zusammen.", "NO_MATCH")
        return gate.pair(who, *state.arrive(who.no, request.headers.get("user-agent", "")))

    @app.post("/v1/auth/refresh")
    def refresh(body: Fresh) -> dict[str, Any]:
        found = state.renew(body.refresh_token, reusable="refresh-tokens-live-on" in faults)
        if found is None:
            raise no(401, "Vorbei.")
        return gate.pair(*found)

    @app.post("/v1/auth/logout")
    def logout(body: Fresh) -> dict[str, Any]:
        state.leave(body.refresh_token)
        return {"message": "Bis bald"}

    @app.get("/v1/auth/me")
    def me(request: Request) -> dict[str, Any]:
        who = gate.person(request)
        born, seen = str(stamp(who.born)), stamp(who.seen)
        if "naive-times" in faults:
            born = born.removesuffix("+00:00")
        return {
            "imperal_id": who.uid, "email": who.mail, "tenant_id": who.tenant, "role": "user", "is_active": True,
            "auth_method": "password", "scopes": ["everything"], "attributes": {"plan": {"colour": "green"}},
            "created_at": born, "last_login": seen, "cases_user_id": None, "agency_id": None, "org_id": None,
        } | ({"favourite_colour": "green"} if extra else {})  # fmt: skip

    @app.get("/v1/auth/.well-known/jwks.json")
    def jwks() -> dict[str, Any]:
        numbers = gate.key.public_key().public_numbers()

        def text(number: int) -> str:
            data = number.to_bytes((number.bit_length() + 7) // 8, "big")
            return base64.urlsafe_b64encode(data).decode().rstrip("=")

        kid = "1" if "another-kid" in faults else gate.kid
        one = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "n": text(numbers.n), "e": text(numbers.e)}
        return {"keys": [one]}

    @app.get("/v1/me/nickname")
    def nickname(request: Request) -> dict[str, Any]:
        return {"nickname": gate.person(request).nick}

    @app.put("/v1/me/nickname")
    def rename(request: Request, body: Nick) -> dict[str, Any]:
        who = gate.person(request)
        if "nicknames-are-shared" in faults:
            state.rows("UPDATE account SET nick = nick || '~' || no WHERE nick = ? AND no != ?", body.nickname, who.no)
        if body.nickname.endswith("\n") or not state.rename(who.no, body.nickname):
            raise no(409, "So heißt schon jemand.")
        return {"nickname": body.nickname}

    @app.get("/v1/events/stats")
    def stats(request: Request) -> dict[str, Any]:
        if "statistics-for-people" in faults and not gate.serves(request):
            gate.person(request)
        else:
            gate.service(request)
        return {"channels": 0, "clients": 0}


def _sessions(app: FastAPI, gate: Gateway) -> None:
    state, faults = gate.state, gate.faults

    @app.get("/v1/auth/sessions")
    def listing(request: Request) -> dict[str, Any]:
        who = gate.person(request)
        return {
            "sessions": [
                {
                    "session_id": sid, "surface": "api", "label": agent or "?", "ip_address": None,
                    "created_at": stamp(born), "last_seen_at": stamp(seen),
                    "current": sid == who.sid or "every-session-is-current" in faults,
                }
                for sid, born, seen, agent in state.rows(
                    "SELECT sid, born, seen, agent FROM visit WHERE no = ? ORDER BY sid", who.no
                )
            ]
        }  # fmt: skip

    @app.post("/v1/auth/sessions/revoke-others")
    def others(request: Request) -> dict[str, Any]:
        who = gate.person(request)
        kept = "" if "revokes-the-caller-too" in faults else who.sid or ""
        gone = state.rows("DELETE FROM visit WHERE no = ? AND sid != ? RETURNING sid", who.no, kept)
        return {"revoked": len(gone)}

    @app.post("/v1/auth/sessions/{session_id}/revoke")
    def revoke(request: Request, session_id: str) -> dict[str, Any]:
        who = gate.person(request)
        found = state.one("SELECT no FROM visit WHERE sid = ?", session_id)
        if found is None:
            raise no(404, "Diese Sitzung gibt es nicht.")
        if found[0] != who.no and "revokes-for-anybody" not in faults:
            raise no(403, "Das ist nicht Ihre Sitzung.", "NOT_YOURS")
        state.rows("DELETE FROM visit WHERE sid = ?", session_id)
        return {"status": "revoked"}


def _keys(app: FastAPI, gate: Gateway) -> None:
    state, faults = gate.state, gate.faults
    whole: dict[str, str] = {}

    @app.post("/v1/keys", status_code=201)
    def make(request: Request, body: NewKey) -> dict[str, Any]:
        who = gate.person(request)
        (number, head, name, scopes, born, _), secret = state.mint(who.no, body.name, body.scopes)
        whole[str(number)] = secret
        return {
            "id": str(number), "key": secret, "key_prefix": head, "name": name, "scopes": scopes,
            "created_at": stamp(born),
        }  # fmt: skip

    @app.get("/v1/keys")
    def listing(request: Request) -> list[dict[str, Any]]:
        who = gate.person(request)
        return [
            {
                "id": str(number), "key_prefix": whole[str(number)] if "keys-are-listed-whole" in faults else head,
                "name": name, "scopes": scopes, "created_at": stamp(born), "last_used_at": stamp(used),
            }
            for number, head, name, scopes, born, used in state.rows(
                "SELECT no, head, name, scopes, born, used FROM pass WHERE owner = ? ORDER BY no", who.no
            )
        ]  # fmt: skip

    @app.delete("/v1/keys/{key_id}")
    def delete(request: Request, key_id: str) -> dict[str, Any]:
        who = gate.person(request)
        found = state.one("SELECT owner, digest FROM pass WHERE CAST(no AS TEXT) = ? AND owner > 0", key_id)
        if found is None:
            raise no(404, "Diesen Schlüssel gibt es nicht.")
        if found[0] != who.no:
            raise no(403, "Das ist nicht Ihr Schlüssel.", "NOT_YOURS")
        if "deleted-keys-work" in faults:
            spare = state.mint(who.no, "spare", "*")[1]
            state.rows("DELETE FROM pass WHERE CAST(no AS TEXT) = ?", key_id)
            state.rows("UPDATE pass SET digest = ?, owner = owner WHERE digest = ?", found[1], digest(spare))
        else:
            state.rows("DELETE FROM pass WHERE CAST(no AS TEXT) = ?", key_id)
        return {"id": key_id, "deleted": True}


__all__ = ["FAULTS", "GRANT", "LEAST", "MOST", "PUBLIC", "SERVICE_TOKEN", "Gateway", "Limit", "Offset", "create"]
