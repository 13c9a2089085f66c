"""Faults of the platform's key set, linked accounts, device logins and API keys."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from typing import Any

import jwt

from specdouble.mock.pipeline.call import Call, Caller
from specdouble.mock.pipeline.problems import Problem
from specdouble.mock.state.collections import Store
from specdouble.packs.imperal.mockserver.auth_gateway import policy
from specdouble.packs.imperal.mockserver.auth_gateway.identity import auth
from tests.conftest import Client
from tests.planted.fault import gateway
from tests.planted.faults_auth import NEW
from tests.planted.gates import loosely, strips
from tests.planted.makers import (
    accepts,
    after,
    around,
    before,
    body,
    both,
    crash,
    extra,
    field,
    keeps,
    loses,
    media,
    naive,
    null,
    put,
    rename,
    status,
    store,
    stores,
    swap,
)  # fmt: skip
from tests.planted.witness import ADA, ALAN, BARBARA, GRACE, MARGARET, Witness, names, ok

add = gateway.add
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


def device(w: Witness, approve: bool = True) -> dict[str, str]:
    asked = ok(w.post("/v1/auth/cli/device/authorize", {"code_challenge": CHALLENGE}))
    if approve:
        ok(w.post(f"/__mock__/device/{asked['user_code']}/approve", {"user_id": ADA}))
    return {"device_code": asked["device_code"], "code_verifier": VERIFIER}


def poll(w: Witness, sent: dict[str, str]) -> int:
    return w.post("/v1/auth/cli/device/token", sent).status


def cases(client: Client, user_id: str, number: Any = "4711") -> Any:
    return client.patch(f"/v1/auth/users/{user_id}/cases-uid", {"cases_user_id": number})


def _pending_is_400(call: Call, inner: Any) -> Any:
    result = inner(call)
    if "error" in result:
        raise Problem(400, raw=result)
    return result


JWKS = "GET /v1/auth/.well-known/jwks.json"
add("auth-jwks-private", "secrets", JWKS, "The key set holds the private exponent.",
    extra("keys.[].d", "X4cTteJY_gn4FYPsXB8rdXix5vwsg1FLN5E3EaG6RJoVH-HLLKD9"),
    lambda w: sorted(ok(w.get("/v1/auth/.well-known/jwks.json"))["keys"][0]))  # fmt: skip
add("auth-jwks-other-kid", "field", JWKS, "The key set names another kid than the tokens do.",
    put("keys.[].kid", "2024-01"),
    lambda w: ok(w.get("/v1/auth/.well-known/jwks.json"))["keys"][0]["kid"]
    == jwt.get_unverified_header(w.tokens("user@example.com")["access_token"])["kid"])  # fmt: skip
add("auth-jwks-text", "content-type", JWKS, "The key set is sent as text/plain.",
    media("text/plain"), lambda w: w.get("/v1/auth/.well-known/jwks.json").headers["content-type"])  # fmt: skip
CASES = "PATCH /v1/auth/users/{imperal_id}/cases-uid"
add("auth-cases-text", "field", CASES, "cases_user_id is answered as text.",
    field("cases_user_id", str), lambda w: ok(cases(w.ada, ADA))["cases_user_id"])  # fmt: skip
add("auth-cases-not-stored", "persistence", CASES, "The number is answered and not stored.",
    loses("users"), lambda w: (ok(cases(w.ada, ADA)), ok(w.ada.get("/v1/auth/me"))["cases_user_id"])[1])  # fmt: skip
add("auth-cases-of-others", "isolation", CASES, "Anybody may link anybody of their tenant.",
    before(lambda call: setattr(call, "caller", replace(call.caller, user={**call.user, "role": "admin"}))),
    lambda w: cases(w.ada, MARGARET).status)  # fmt: skip
add("auth-cases-other-tenant", "isolation", CASES, "An administrator links people of another tenant.",
    before(lambda call: setattr(call, "caller", replace(call.caller, user={**call.user, "tenant_id": "acme"}))
           if call.params["imperal_id"] == ALAN else None),
    lambda w: (cases(w.grace, ALAN).status, cases(w.grace, BARBARA).status))  # fmt: skip
add("auth-device-code-form", "field", "POST /v1/auth/cli/device/authorize", "The user code is in small letters.",
    field("user_code", str.lower),
    lambda w: ok(w.post("/v1/auth/cli/device/authorize", {"code_challenge": CHALLENGE}))["user_code"]
    .isupper())  # fmt: skip
add("auth-device-short-challenge", "bounds", "POST /v1/auth/cli/device/authorize", "A challenge of 42 is accepted.",
    body("code_challenge", minLength=42),
    lambda w: w.post("/v1/auth/cli/device/authorize", {"code_challenge": "c" * 42}).status)  # fmt: skip
add("auth-device-pending-400", "status", "POST /v1/auth/cli/device/token", "Waiting for the approval is a 400.",
    around(_pending_is_400), lambda w: poll(w, device(w, approve=False)))  # fmt: skip
add("auth-device-twice", "rotation", "POST /v1/auth/cli/device/token", "An approved code gives tokens again.",
    loses("device_logins"), lambda w: (poll(w, sent := device(w)), poll(w, sent)))  # fmt: skip
add("auth-device-any-verifier", "auth", "POST /v1/auth/cli/device/token", "The PKCE verifier is not checked.",
    swap(auth, "_proves", lambda *_args: True),
    lambda w: poll(w, {**device(w), "code_verifier": "x" * 43}))  # fmt: skip
add("auth-register-token-prefix", "service-token", "POST /v1/auth/register", "A beginning of the token is enough.",
    loosely(policy, "_is_ours", lambda _inner, world, sent: world.options.service_token.startswith(sent[:8])),
    lambda w: w.post("/v1/auth/register", NEW, headers={"X-Service-Token": "dev-serv"}).status)  # fmt: skip

# -- API keys --------------------------------------------------------------------------------------------------------

MAKE, LIST, DELETE = "POST /v1/keys", "GET /v1/keys", "DELETE /v1/keys/{key_id}"


def make_key(client: Client, **more: Any) -> Any:
    return ok(client.post("/v1/keys", {"name": "ci", **more}))


def listed(client: Client) -> Any:
    return ok(client.get("/v1/keys"))


def remember_secrets() -> Any:
    """List the secrets of keys, as if they had been stored in the clear."""
    secrets: dict[str, str] = {}

    def make(site: Any) -> None:
        after(lambda _call, made: (secrets.update({made["id"]: made["key"]}), made)[1])(site.at(MAKE))
        after(lambda _call, rows: [{**row, "key": secrets.get(row["id"], "")} for row in rows])(site)

    return make


def _hidden_only() -> Any:
    """Deleting a key hides it from the list; it opens as before."""
    gone: set[str] = set()

    def make(site: Any) -> None:
        keeps("keys")(site)
        after(lambda _call, shown: (gone.add(shown["id"]), shown)[1])(site)
        after(lambda _call, rows: [row for row in rows if row["id"] not in gone])(site.at(LIST))

    return make


def deleted(w: Witness) -> Any:
    made = make_key(w.ada)
    reply = w.ada.delete(f"/v1/keys/{made['id']}")
    return reply.status, len(listed(w.ada)), w.key(made["key"]).get("/v1/auth/me").status


add("keys-create-answers-200", "status", MAKE, "Creating a key answers 200 where 201 is promised.",
    status(200), lambda w: w.ada.post("/v1/keys", {"name": "ci"}).status)  # fmt: skip
add("keys-create-without-secret", "field", MAKE, "The secret of a new key is called secret.",
    rename("key", "secret"), lambda w: sorted(make_key(w.ada)))  # fmt: skip
add("keys-create-short-prefix", "persistence", MAKE, "The stored prefix is not the beginning of the key.",
    stores("keys", key_prefix=lambda text: text[::-1]),
    lambda w: (made := make_key(w.ada), made["key"].startswith(listed(w.ada)[0]["key_prefix"]))[1])  # fmt: skip
add("keys-create-scopes-forgotten", "persistence", MAKE, "The scopes of a key are not stored.",
    stores("keys", scopes="*"),
    lambda w: (make_key(w.ada, scopes="notes:read"), listed(w.ada)[0]["scopes"])[1])  # fmt: skip
add("keys-create-scopes-default", "field", MAKE, "A key without scopes has none instead of all.",
    before(lambda call: call.body.setdefault("scopes", "")), lambda w: make_key(w.ada)["scopes"])  # fmt: skip
add("keys-create-scopes-list", "validation", MAKE, "Scopes may be a list.",
    both(body("scopes", type=None), before(lambda call: call.body.update(scopes="*"))),
    lambda w: w.ada.post("/v1/keys", {"name": "ci", "scopes": ["a:b"]}).status)  # fmt: skip
add("keys-create-name-missing-500", "500", MAKE, "A key without a name is a crash.",
    body("name", required=False), lambda w: w.ada.post("/v1/keys", {}).status)  # fmt: skip
add("keys-create-wrong-owner", "isolation", MAKE, "A new key opens another person's account.",
    stores("keys", user_id=GRACE),
    lambda w: ok(w.key(make_key(w.ada)["key"]).get("/v1/auth/me"))["imperal_id"])  # fmt: skip
add("keys-create-never-opens", "persistence", MAKE, "The digest of another secret is stored.",
    stores("keys", secret_hash=lambda text: text[::-1]),
    lambda w: w.key(make_key(w.ada)["key"]).get("/v1/auth/me").status)  # fmt: skip
add("keys-create-naive", "timestamps", MAKE, "created_at of a new key has no offset.",
    naive("created_at"), lambda w: make_key(w.ada)["created_at"][-1])  # fmt: skip
add("keys-list-secrets", "secrets", LIST, "Keys are listed with their secrets.", remember_secrets(),
    lambda w: (make_key(w.ada), sorted(listed(w.ada)[0]))[1])  # fmt: skip
add("keys-list-everybodys", "isolation", LIST, "The keys of all people are listed.",
    store("keys", newest=lambda self, **_equals: Store.newest(self)),
    lambda w: (make_key(w.grace), len(listed(w.ada)))[1])  # fmt: skip
add("keys-list-name-null", "null", LIST, "Keys are listed without their names.",
    null("[].name"), lambda w: (make_key(w.ada), names(listed(w.ada), "name"))[1])  # fmt: skip
add("keys-list-forgets-one", "pagination", LIST, "The oldest key is not listed.",
    after(lambda _call, rows: rows[:-1]),
    lambda w: (make_key(w.ada), make_key(w.ada), len(listed(w.ada)))[2])  # fmt: skip
add("keys-list-no-key-login", "auth", LIST, "A key cannot list keys.",
    strips("x-api-key"), lambda w: w.key(make_key(w.ada)["key"]).get("/v1/keys").status)  # fmt: skip
add("keys-delete-keeps", "delete", DELETE, "A deleted key is still listed.", keeps("keys"), deleted)
add("keys-delete-still-opens", "auth", DELETE, "A deleted key is listed no more and still opens.",
    _hidden_only(), deleted)  # fmt: skip
add("keys-delete-all", "delete", DELETE, "Deleting one key deletes all of the person's.",
    after(lambda call, shown: (call.state["keys"].remove_where(user_id=call.user_id), shown)[1]),
    lambda w: (make_key(w.ada), w.ada.delete(f"/v1/keys/{make_key(w.ada)['id']}"), len(listed(w.ada)))[2])  # fmt: skip
add("keys-delete-foreign", "isolation", DELETE, "Anybody deletes anybody's key.",
    before(lambda call: setattr(call, "caller", Caller("user", call.state["users"].get(
        (call.state["keys"].get(call.params["key_id"]) or {"user_id": call.user_id})["user_id"])))),
    lambda w: (made := make_key(w.grace), w.ada.delete(f"/v1/keys/{made['id']}").status,
               w.key(made["key"]).get("/v1/auth/me").status)[1:])  # fmt: skip
add("keys-delete-unknown-500", "500", DELETE, "An unknown key is a crash.",
    crash(lambda call: call.params["key_id"] not in call.state["keys"]),
    lambda w: w.ada.delete("/v1/keys/key_nothing").status)  # fmt: skip
add("keys-delete-not-confirmed", "field", DELETE, "deleted is the text yes.",
    put("deleted", "yes"), lambda w: w.ada.delete(f"/v1/keys/{make_key(w.ada)['id']}").json["deleted"])  # fmt: skip
add("keys-delete-again", "delete", DELETE, "Deleting a key a second time is a success.",
    around(lambda call, inner: inner(call) if call.params["key_id"] in call.state["keys"]
           else {"id": call.params["key_id"], "deleted": True}),
    lambda w: (made := make_key(w.ada), w.ada.delete(f"/v1/keys/{made['id']}").status,
               w.ada.delete(f"/v1/keys/{made['id']}").status)[1:])  # fmt: skip
add("keys-read-one", "methods", DELETE, "GET on a key's path is a server error.",
    accepts("GET", lambda _call: 1 / 0), lambda w: w.ada.get("/v1/keys/key_nothing").status)  # fmt: skip
