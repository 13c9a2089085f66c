"""Given people: nothing of theirs stays changed, no password of theirs raises an alarm, nobody is locked out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import Any

import orjson
import pytest
import respx
from apis import API, Settings, contract

from specdouble.mock.transports.app import create_app
from specdouble.packs.imperal.contract_tests.safety import UNKNOWN
from specdouble.packs.imperal.contract_tests.safety import Safety as PackSafety
from specdouble.verify.api.credentials import NOBODY, bearer
from specdouble.verify.http.client import Client
from specdouble.verify.problems import Unmet
from specdouble.verify.responses.redact import Redactor, ordinary
from specdouble.verify.safety.journal import Journal
from specdouble.verify.suites.access._matrix import exposed
from specdouble.verify.users.wrong import variants
from tests.pack import boot
from tests.verify.running import told, verdicts, verify
from tests.verify.test_client import token
from tests.verify.wsgi import Server

SAFETY: dict[str, Any] = {"safety": True, "control": "off", "rate": 0.0}
USERS = {"user": "user@example.com:s3cure!", "user2": "viewer@example.com:s3cure!viewer"}
ADA = "imp_u_abc123"
REACH, MATRIX = ("test_reach",), ("test_auth_matrix",)
# What a person has, as they see it themselves.
OWN = (
    "me/nickname", "me/settings", "me/extensions", "auth/me", "keys", "automations", "secrets/crm-sync",
    "secrets/notes", "confirmations/active", "billing/payment-methods", "billing/balance", "billing/subscription",
    "billing/auto-topup", "billing/wallet/history",
)  # fmt: skip
MOVES = ("last_login", "last_used_at", "last_accessed_at", "updated_at", "resolved_at")


def belongings(app: Any) -> dict[str, Any]:
    """Return what the given user has, without the times at which it was used."""
    asker = app.test_client()
    body = dict(zip(("email", "password"), USERS["user"].split(":"), strict=True))
    pair = asker.post("/v1/auth/login", json=body).json
    head = {"Authorization": f"Bearer {pair['access_token']}"}
    found = {path: asker.get(f"/v1/{path}", headers=head).get_data(as_text=True) for path in OWN}
    assert [path for path, text in found.items() if text.startswith('{"detail')] == []
    asker.post("/v1/auth/logout", json={"refresh_token": pair["refresh_token"]})
    moving = re.compile(rf'"({"|".join(MOVES)})":[^,}}]*')
    return {path: moving.sub("", text) for path, text in found.items()}


def test_given_people_keep_what_they_have() -> None:
    platform = boot()
    app = create_app(platform, "auth_gateway")
    before, sessions = belongings(app), list(platform.world.state["sessions"])
    with Server(app) as server:
        result = verify(server.url, suites=REACH, allow_writes=True, allow_destructive=True, **USERS, **SAFETY)
    assert told(result) == []
    changed = {one["what"] for one in result["created"]}
    assert {"nickname", "settings", "billing profile", "install", "switched-on app", "API key"} <= changed
    assert [one for one in result["created"] if not one["removed"]] == []
    after = belongings(app)
    assert {path: (before[path], text) for path, text in after.items() if text != before[path]} == {}
    assert len(list(platform.world.state["sessions"])) == len(sessions), "a session stays behind"


@pytest.mark.parametrize(
    "password", ["lowercase-only", "NOTHING BUT CAPITALS", "1234567890", "abba-abba", "x" * 90, "aaaaaaaa", "Aa345678"]
)
def test_variants_of_a_password_are_never_the_password_and_far_from_it(password: str) -> None:
    found = [*variants(password).values()]
    assert len(found) >= 2
    assert len(set(found)) == len(found)
    assert all(one.encode()[:72] != password.encode()[:72] for one in found), "bcrypt would take it"
    for one in found:
        changes = [step for step in SequenceMatcher(None, one, password).get_opcodes() if step[0] != "equal"]
        assert sum(max(end - start, there - here) for _, start, end, here, there in changes) >= 3, one


def test_a_password_that_is_an_ordinary_word_is_replaced_and_no_finding() -> None:
    redactor = Redactor.of({"marketplace": "password of user", "hunter-2-hunter": "password of admin"})
    redactor.ordinary |= ordinary(redactor.known, ["the path /v1/Marketplace/apps"])
    text = '{"path": "marketplace hunter-2-hunter"}'
    assert redactor.shown(text) == ["hunter-2-hunter"]
    assert "marketplace" not in redactor.clean(text)
    assert ordinary(["20261129", "secret", "ada-1", "s3cure!"], ["Ada-1@example.com"]) == {
        "20261129",
        "secret",
        "ada-1",
    }


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("Mixed.Case+tag@Example.com", "lowercase"),
        ("plain@example.com", "12345678"),
        ("word@example.com", "marketplace"),
    ],
)
def test_no_password_and_no_address_of_theirs_raises_an_alarm(email: str, password: str) -> None:
    platform = boot()
    app = create_app(platform, "auth_gateway")
    body = {"email": email, "password": password}
    made = app.test_client().post("/v1/auth/register", json=body, headers={"X-Service-Token": "dev-service-token"})
    assert made.status_code == 201
    suites = ("test_reach", "test_rules_auth_tokens", "test_rules_keys", "test_isolation")
    people = {**USERS, "user": f"{email}:{password}"}
    with Server(app) as server:
        result = verify(server.url, ("auth", "api-keys", "me"), suites=suites, allow_writes=True, **people, **SAFETY)
    assert told(result) == []
    assert result["summary"]["operations"]["conforms"] > 5


def safety(**settings: Any) -> PackSafety:
    found = PackSafety(
        Settings(target="https://auth.example.com", allow_writes=True, allow_destructive=True, **settings)
    )
    found.given.add("imp_u_theirs")
    return found


def test_a_given_account_is_not_locked_by_wrong_passwords() -> None:
    one, login = safety(user="Ada@Example.com:right"), contract()["POST /v1/auth/login"]
    for _ in range(9):
        one.may(login, {}, NOBODY, body={"email": "ada@example.com", "password": "right"})
        one.may(login, {}, NOBODY, body={"email": "somebody@example.com", "password": "wrong"})
        one.may(login, {}, NOBODY, body={"email": "ada@example.com", "password": 17})
    one.may(login, {}, NOBODY, body={"email": " ADA@example.com", "password": "wrong"})
    with pytest.raises(Unmet, match="locked by wrong passwords"):
        one.may(login, {}, NOBODY, body={"email": "ada@example.com", "password": "wrong again"})


THEIRS = bearer(token("imp_u_theirs"))


@pytest.mark.parametrize("op", sorted(PackSafety.spends))
def test_given_people_never_pay(op: str) -> None:
    one = safety(allow=("money",))
    one.owned.add("pm_1")
    with pytest.raises(Unmet, match="spends the money"):
        one.may(contract()[op], {"pm_id": "pm_1"} if "{pm_id}" in op else {}, THEIRS, body={})


def test_of_given_people_only_what_is_put_back_is_changed() -> None:
    one, settings, nickname = safety(), contract()["PATCH /v1/me/settings"], contract()["PUT /v1/me/nickname"]
    for op in (settings, nickname):
        with pytest.raises(Unmet, match="what belongs to a given person"):
            one.may(op, {}, THEIRS, body={})
    one.borrowed.add((settings.id,))
    one.may(settings, {}, THEIRS, body={})
    with pytest.raises(Unmet, match="what belongs to a given person"):
        one.may(nickname, {}, THEIRS, body={})


def test_an_api_key_of_a_given_person_is_that_person(tmp_path: Any) -> None:
    settings = Settings(target="https://auth.example.com", allow_writes=True, run="r-test")
    one = Client(settings, Redactor(), Journal("r-test", tmp_path))
    one.safety.given.add("imp_u_theirs")
    with respx.mock:
        respx.post("https://auth.example.com/v1/keys").respond(201, json={"id": 1, "key": "imp_live_" + "k" * 32})
        one.send("POST /v1/keys", THEIRS, body={"name": "x"}, check=False)
        for who in (bearer("imp_live_" + "k" * 32), bearer("")):
            if who.headers["Authorization"] == "Bearer ":
                continue
            with pytest.raises(Unmet, match="what belongs to a given person"):
                one.send("PATCH /v1/me/settings", who, body={})


def test_an_app_of_others_runs_only_functions_that_read() -> None:
    one, call = safety(), contract()["POST /v1/extensions/{app_id}/call"]
    batch = contract()["POST /v1/extensions/{app_id}/batch"]
    one.borrowed.add(("notes", "*"))
    one.barred.add(("notes", "create_note"))
    where = {"app_id": "notes"}
    one.may(call, where, THEIRS, body={"function": "list_notes"})
    one.may(batch, where, THEIRS, body={"calls": [{"function": "list_notes"}, {"function": {"a": 1}}]})
    for op, body in ((call, {"function": "create_note"}),
                     (batch, {"calls": [{"function": "list_notes"}, {"function": "create_note"}]})):  # fmt: skip
        with pytest.raises(Unmet, match="did not create"):
            one.may(op, where, THEIRS, body=body)
    with pytest.raises(Unmet, match="did not create"):
        one.may(call, {"app_id": "other"}, THEIRS, body={"function": "list_notes"})


# -- refusals where only reading is allowed ----------------------------------------------------------------------------


class Watched:
    """A gateway that keeps what was asked of it, and may take a request that it should refuse."""

    def __init__(self, opens: str = "") -> None:
        self.app = create_app(boot(), "auth_gateway")
        self.asked: list[tuple[str, str, bytes, str]] = []
        self.opens = opens

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length)
        environ["wsgi.input"] = __import__("io").BytesIO(body)
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        who = environ.get("HTTP_AUTHORIZATION", "") + environ.get("HTTP_X_ACTING_USER", "")
        self.asked.append((method, path, body, who))
        if f"{method} {path}" == self.opens and not who:
            start("200 OK", [("Content-Type", "application/json")])
            return [b"{}"]
        return self.app(environ, start)  # type: ignore[no-any-return]


WORDS = ("/v1/users", "/v1/roles", "/v1/keys", "/v1/auth", "/v1/me", "/v1/billing")


def test_where_only_reading_is_allowed_refusals_are_tried_harmlessly() -> None:
    watched = Watched()
    with Server(watched) as server:  # type: ignore[arg-type]
        result = verify(server.url, WORDS, suites=MATRIX, admin="admin@example.com:s3cure!admin", **USERS, **SAFETY)
    assert told(result) == []
    writes = [one for one in watched.asked if one[0] != "GET" and one[1] not in
              ("/v1/auth/login", "/v1/auth/logout", "/v1/auth/refresh")]  # fmt: skip
    assert len(writes) > 300
    known = {op.key: op for op in contract().ops}
    for method, path, body, who in writes:
        assert body in (b"", b"{}"), (method, path)
        if "imp_u_" in path:
            assert UNKNOWN in path
        op = known.get(f"{method} {path}")
        if op is not None and exposed(API, op):
            assert ADA not in who
            named = re.findall(r"eyJ[\w-]+\.([\w-]+)\.", who)
            assert all(UNKNOWN in str(orjson.loads(_decoded(part))) for part in named), (method, path)
    tried = {f"{method} {path}" for method, path, _, _ in writes}
    assert {"POST /v1/auth/sessions/revoke-others", "POST /v1/roles", "POST /v1/billing/cancel"} <= tried


def _decoded(part: str) -> bytes:
    import base64

    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


@pytest.mark.parametrize(
    "opens", ["POST /v1/billing/portal", "PUT /v1/billing/profile", "POST /v1/auth/sessions/revoke-others"]
)
def test_a_write_that_nobody_guards_is_found_where_only_reading_is_allowed(opens: str) -> None:
    with Server(Watched(opens)) as server:  # type: ignore[arg-type]
        result = verify(server.url, (opens,), suites=MATRIX, **SAFETY)
    assert [one["rule"] for one in result["findings"] if one["severity"] == "violation"][:1] == ["AUTH-01"]
    assert {one["key"] for one in result["findings"]} == {opens}


def test_without_a_url_of_the_registry_its_operations_are_unproven() -> None:
    with Server(create_app(boot(), "auth_gateway")) as server:
        result = verify(server.url, ("registry",), suites=("test_reach", "test_drift", "test_registry_gate"),
                        registry_key="imp_reg_key_dev", **SAFETY)  # fmt: skip
    assert told(result) == []
    reasons = verdicts(result, "unproven")
    assert len(reasons) == 27
    assert {reason for why in reasons.values() for reason in why} >= {"no URL of Registry was given: --registry"}
