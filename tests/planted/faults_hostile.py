"""Faults that hostile content meets, secrets that nobody named so, and clashes that hand out another's things."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from specdouble.mock.pipeline.call import Call
from specdouble.mock.pipeline.problems import Problem
from specdouble.packs.imperal.mockserver.auth_gateway.identity import _people
from tests.planted.fault import Area, Maker, Site, gateway, registry
from tests.planted.makers import around, crash, extra, field
from tests.planted.responses import Around, Handler
from tests.planted.witness import ADA, Witness

SIGN = "\N{COLLISION SYMBOL}"

# -- crashes -----------------------------------------------------------------------------------------------------------


def sent(where: str, name: str, bad: Callable[[Any], Any]) -> Callable[[Call], bool]:
    """Tell whether a value of a call is one that the server cannot take; deep in a body by a dotted name."""

    def when(call: Call) -> bool:
        value: Any = getattr(call, where)
        for part in name.split("."):
            if isinstance(value, list):
                value = value[0] if value else None
            value = value.get(part) if isinstance(value, dict) else None
        if isinstance(value, list):
            value = value[0] if value else None
        return value is not None and bool(bad(value))

    return when


def has(text: str) -> Callable[[Any], bool]:
    return lambda value: text in str(value)


def beyond(number: int) -> Callable[[Any], bool]:
    return lambda value: str(value).lstrip("-").isdigit() and int(value) >= number


def wide(value: Any) -> bool:
    """Whether a text has signs of four bytes, which an old table does not hold."""
    return max(map(ord, str(value)), default=0) > 0xFFFF


def foreign(value: Any) -> bool:
    return not str(value).isascii()


def long(value: Any) -> bool:
    return len(str(value)) > 255


def blank(value: Any) -> bool:
    return isinstance(value, str) and value != "" and not value.strip()


def negative(value: Any) -> bool:
    return isinstance(value, int) and value < 0


def ended(value: Any) -> bool:
    return str(value).endswith("\\")


NUL, KEYS, USERS = has("\0"), "POST /v1/keys", "GET /v1/users"
MAKE_USER = {"email": "nina@example.com", "password": "s3cure!nina"}

# name, area, operation, where the value stands, its name, what is bad about it, the words, and who asks what for proof
CRASHES: tuple[tuple[str, Area, str, str, str, Callable[[Any], Any], str, Callable[[Witness], Any]], ...] = (
    ("keys-name-emoji", gateway, KEYS, "body", "name", wide, "A name with an emoji is a crash.",
     lambda w: w.ada.post("/v1/keys", {"name": f"ci {SIGN}"})),
    ("users-search-percent", gateway, USERS, "query", "search", has("%"), "A percent sign in a search is a crash.",
     lambda w: w.grace.get("/v1/users?search=100%25")),
    ("users-search-backslash", gateway, USERS, "query", "search", ended, "A search that ends in a backslash crashes.",
     lambda w: w.grace.get("/v1/users?search=a%5C")),
    ("users-attributes-emoji", gateway, "POST /v1/users", "body", "attributes.anything", wide,
     "An emoji deep in the attributes is a crash.",
     lambda w: w.grace.post("/v1/users", {**MAKE_USER, "attributes": {"anything": SIGN}})),
    ("roles-title-quote", gateway, "POST /v1/roles", "body", "display_name", has("'"), "A quote in a role is a crash.",
     lambda w: w.grace.post("/v1/roles", {"name": "quoted", "display_name": "it's", "default_scopes": []})),
    ("roles-title-blank", gateway, "POST /v1/roles", "body", "display_name", blank, "Blanks only are a crash.",
     lambda w: w.grace.post("/v1/roles", {"name": "blanks", "display_name": "   ", "default_scopes": []})),
    ("automations-prompt-long", gateway, "POST /v1/automations", "body", "prompt", long, "300 characters are a crash.",
     lambda w: w.ada.post("/v1/automations", {"prompt": "a" * 300})),
    ("automations-prompt-percent", gateway, "POST /v1/automations", "body", "prompt", has("%s"),
     "A prompt with %s is a crash.", lambda w: w.ada.post("/v1/automations", {"prompt": "Say %s"})),
    ("marketplace-id-foreign", gateway, "GET /v1/marketplace/apps/{app_id}", "params", "app_id", foreign,
     "An id beyond ASCII is a crash.", lambda w: w.get("/v1/marketplace/apps/n%C3%B6tes")),
    ("tasks-id-percent", gateway, "GET /v1/tasks/{task_id}", "params", "task_id", has("%"), "% in an id crashes.",
     lambda w: w.ada.get("/v1/tasks/a%2500")),
    ("sessions-id-nul", gateway, "POST /v1/auth/sessions/{session_id}/revoke", "params", "session_id", NUL,
     "A NUL in an id is a crash.", lambda w: w.ada.post("/v1/auth/sessions/a%00/revoke")),
    ("actions-id-long", gateway, "GET /v1/actions/{trace_id}", "params", "trace_id", long, "A long id is a crash.",
     lambda w: w.ada.get(f"/v1/actions/{'a' * 300}")),
    ("scopes-id-int", gateway, "DELETE /v1/scopes/{scope_id}", "params", "scope_id", beyond(2**31),
     "An id beyond 2^31 is a crash.", lambda w: w.grace.delete(f"/v1/scopes/{2**31}")),
    ("cases-uid-long", gateway, "PATCH /v1/auth/users/{imperal_id}/cases-uid", "body", "cases_user_id", beyond(2**53),
     "A number beyond 2^53 is a crash.",
     lambda w: w.ada.patch(f"/v1/auth/users/{ADA}/cases-uid", {"cases_user_id": 2**53})),
    ("profile-company-foreign", gateway, "PUT /v1/billing/profile", "body", "company", foreign,
     "Letters beyond ASCII in a company's name are a crash.",
     lambda w: w.ada.put("/v1/billing/profile", {"name": "Ada", "company": "M\u00fcller", "country": "DE"})),
    ("registry-owner-quote", registry, "GET /v1/apps", "query", "owner_id", has("'"), "A quote in a filter is a crash.",
     lambda w: w.reg.get("/v1/apps?owner_id=o%27neil")),
    ("registry-app-emoji", registry, "POST /v1/apps", "body", "display_name", wide, "An emoji in a name is a crash.",
     lambda w: w.reg.post("/v1/apps", {"app_id": "boom", "display_name": SIGN})),
)  # fmt: skip

for id_, area, operation, where, name, bad, words, ask in CRASHES:
    proof = lambda w, ask=ask: ask(w).status  # noqa: E731
    area.add(f"hostile-{id_}", "500", operation, words, crash(sent(where, name, bad)), proof)


def at_the_door(when: Callable[[Call], Any]) -> Maker:
    """Crash before a request is checked."""

    def check(inner: Any, call: Call) -> None:
        if when(call):
            raise RuntimeError("planted")
        inner.request(call)

    def make(site: Site) -> None:
        site.op.checker = Around(site.op.checker, check)  # type: ignore[assignment]

    return make


gateway.add("hostile-door-nul", "500", KEYS, "A body with a NUL is a crash before it is checked.",
            at_the_door(lambda call: b"\\u0000" in call.raw),
            lambda w: w.ada.post("/v1/keys", {"name": "a\0b"}).status)  # fmt: skip
gateway.add("hostile-door-offset", "500", USERS, "A number beyond 64 bits in a query is a crash before it is checked.",
            at_the_door(lambda call: f"={2**63}" in call.text_query or f"={2**64}" in call.text_query),
            lambda w: w.grace.get(f"/v1/users?offset={2**64}").status)  # fmt: skip

# -- secrets without a name --------------------------------------------------------------------------------------------

CARD, BCRYPT = "4242424242424242", "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJpbXBfdV9hYmMxMjMifQ.c2lnbmF0dXJlLW9mLW5vYm9keQ"
PEM = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----"
SIGNS = (CARD, "4242 4242", "iban", BCRYPT, JWT, "PRIVATE", "sk_live_")
CARDS, PROFILE, KEY_LIST = "GET /v1/billing/payment-methods", "GET /v1/auth/me", "GET /v1/keys"


def cards(w: Witness) -> Any:
    return w.ada.get("/v1/billing/payment-methods").json


for id_, operation, words, maker, look in (
    ("card-number", CARDS, "A card shows its number.", extra("[].number", CARD), cards),
    ("card-in-a-label", CARDS, "The brand of a card holds its number.", field("[].brand", lambda old: f"{old} {CARD}"),
     cards),
    ("card-in-groups", CARDS, "A further field holds the number in groups.", extra("[].shown", "4242 4242 4242 4242"),
     cards),
    ("iban", "GET /v1/developer/payouts", "A payout shows the account it goes to.",
     extra("[].iban", "DE89370400440532013000"), lambda w: w.margaret.get("/v1/developer/payouts").json),
    ("bcrypt", PROFILE, "A profile shows the hash of the password under another name.", extra("checksum", BCRYPT),
     lambda w: w.ada.get("/v1/auth/me").json),
    ("pem", "GET /v1/developer/profile", "A developer's profile shows a private key.", extra("signer", PEM),
     lambda w: w.margaret.get("/v1/developer/profile").json),
    ("jwt", KEY_LIST, "The list of keys holds a token for each.", extra("[].link", JWT),
     lambda w: (w.ada.post("/v1/keys", {"name": "ci"}), w.ada.get("/v1/keys").json)[1]),
    ("stripe-key", "GET /v1/billing/topup-config", "The price list shows the platform's key of Stripe.",
     extra("stripe", "sk_live_51H8xq2eZvKYlo2C0Zy"), lambda w: w.ada.get("/v1/billing/topup-config").json),
):  # fmt: skip
    proof = lambda w, look=look: [sign in str(look(w)) for sign in SIGNS]  # noqa: E731
    gateway.add(f"leak-{id_}", "secrets", operation, words, maker, proof)

# -- clashes that hand out another's things ----------------------------------------------------------------------------

REGISTER, SIGNUP = "POST /v1/auth/register", "POST /v1/auth/signup"


def taken(call: Call) -> Any:
    return _people.by_email(call.world, call.body["email"], call.body.get("tenant_id") or "default")


def log_in_again(call: Call, inner: Handler) -> Any:
    user = taken(call)
    return inner(call) if user is None else _people.log_in(call.world, user, call.client, "api")


def sign_up_again(call: Call, inner: Handler) -> Any:
    user = taken(call)
    if user is None:
        return inner(call)
    call.body = {**call.body, "email": f"again-{user['imperal_id']}@example.com"}
    return {**inner(call), "user_id": user["imperal_id"]}


def whose(call: Call, inner: Handler) -> Any:
    """Say in a refusal whose it is."""
    try:
        return inner(call)
    except Problem as problem:
        user = taken(call)
        if problem.status != 409 or user is None:
            raise
        raise Problem(409, f"{problem.detail} It belongs to {user['imperal_id']}.") from None


def nickname_of(call: Call, inner: Handler) -> Any:
    held = call.state["users"].first(nickname=call.body["nickname"])
    try:
        return inner(call)
    except Problem as problem:
        if problem.status != 409 or held is None:
            raise
        raise Problem(409, f"{problem.detail} {held['email']} has it.") from None


def people_of(reply: Any) -> Any:
    """The status, and whether a response gives tokens or names somebody."""
    return reply.status, "access_token" in str(reply.json), bool(re.search(r"imp_u_\w+", str(reply.json)))


HELD = {"email": "user@example.com", "password": "another-word"}
gateway.add("clash-register-hands-out-tokens", "duplicates", REGISTER,
            "Registering a taken address logs in as its owner, whatever the password.", around(log_in_again),
            lambda w: people_of(w.svc.post("/v1/auth/register", HELD)))  # fmt: skip
gateway.add("clash-signup-hands-out-the-id", "duplicates", SIGNUP,
            "Signing up with a taken address makes an account and answers with the owner's id.", around(sign_up_again),
            lambda w: people_of(w.post("/v1/auth/signup", HELD)))  # fmt: skip
gateway.add("clash-register-tells-whose", "isolation", REGISTER, "The refusal of a taken address names its owner.",
            around(whose), lambda w: w.svc.post("/v1/auth/register", HELD).json)  # fmt: skip
gateway.add("clash-nickname-tells-whose", "isolation", "PUT /v1/me/nickname",
            "The refusal of a taken nickname shows the owner's address.", around(nickname_of),
            lambda w: (w.ada.put("/v1/me/nickname", {"nickname": "mine-alone"}),
                       w.grace.put("/v1/me/nickname", {"nickname": "mine-alone"}).json)[1])  # fmt: skip
