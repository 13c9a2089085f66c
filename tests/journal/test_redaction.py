"""Secrets are not shown: neither by the name of their field, nor by their value anywhere else."""

from __future__ import annotations

import base64
import json
import re

import pytest

from specdouble.mock.boot import Platform
from specdouble.mock.journal.secrets import MOST, MOST_SIZE, Secrets, is_secret, mark
from tests.conftest import Client

SECRET = "correct-horse-battery"


def everything(client: Client) -> str:
    """Return all that the control plane shows of the requests so far."""
    found = client.get("/__mock__/requests?limit=100")
    texts = [found.content, client.get("/__mock__/journal").content, client.get("/__mock__/requests.har").content]
    texts += [client.get(f"/__mock__/requests/{one['id']}").content for one in found.json["requests"]]
    return b"\n".join(texts).decode()


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("password", True), ("newPassword", True), ("client_secret", True), ("access_token", True), ("api-key", True),
        ("X-Service-Token", True), ("Authorization", True), ("cvc", True), ("token_type", False), ("tokens", False),
        ("next_page_token", False), ("name", False), ("key", False), ("max_tokens", False), ("secretary", False),
    ],
)  # fmt: skip
def test_which_names_are_of_secrets(name: str, secret: bool) -> None:
    assert is_secret(name) is secret


def test_credentials_are_redacted_and_told_apart(shop: Platform, client: Client) -> None:
    basic = base64.b64encode(b"ada:correct-horse").decode()
    client.get("/vault", headers={"authorization": f"Bearer {SECRET}-1"})
    client.get("/vault", headers={"authorization": f"Basic {basic}"})
    client.get("/vault", headers={"x-shop-pass": f"{SECRET}-2"})
    shown = everything(client)
    assert SECRET not in shown
    assert basic not in shown
    assert f"Bearer {mark(f'{SECRET}-1')}" in shown
    assert mark(f"{SECRET}-1") != mark(f"{SECRET}-2")
    assert shop.world.calls("openVault")[0].request.header("authorization") == f"Bearer {SECRET}-1"  # tests see it


@pytest.mark.rule("A18")
@pytest.mark.parametrize("query", ["token={}", "api_key={}", "code={}&state=a", "X-Amz-Signature={}"])
def test_secrets_in_a_query_are_redacted(client: Client, query: str) -> None:
    client.get(f"/items?page=2&{query.format(SECRET)}")
    shown = everything(client)
    assert SECRET not in shown
    assert "page=2" in shown


def test_secrets_in_bodies_are_redacted(client: Client) -> None:
    client.post("/items", {"name": "Cup", "price": 1, "password": SECRET, "inner": [{"clientSecret": f"{SECRET}2"}]})
    client.call("POST", "/items", data=f"name=a&password={SECRET}", content_type="application/x-www-form-urlencoded")
    client.call("POST", "/items", data=f'{{"name": 1, "token": "{SECRET}", ', content_type="application/json")
    shown = everything(client)
    assert SECRET not in shown
    assert "Cup" in shown


def test_a_secret_is_redacted_by_its_value_where_its_name_says_nothing(client: Client) -> None:
    client.get("/vault", headers={"x-shop-pass": SECRET})
    client.post("/items", {"name": f"of {SECRET}", "price": 1})
    client.get(f"/items?q={SECRET}")
    client.get(f"/reset/{SECRET}")
    client.get("/items", headers={"x-note": f"see {SECRET}"})
    assert SECRET not in everything(client)


def test_a_json_web_token_is_redacted_by_its_look(client: Client) -> None:
    token = ".".join(base64.urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=")
                     for one in ({"alg": "none"}, {"sub": "ada", "n": 1}, {"s": 1}))  # fmt: skip
    client.post("/items", {"name": token, "price": 1})
    assert token not in everything(client)


def test_keys_and_vaults_of_a_pack_are_redacted(user: Client) -> None:
    key = user.post("/v1/keys", {"name": "ci"}).json["key"]
    refreshed = user.tokens("user@example.com")
    shown = everything(user)
    for hidden in (
        key,
        refreshed["access_token"],
        refreshed["refresh_token"],
        "s3cure!",
        user.headers["Authorization"],
    ):
        assert hidden not in shown


def test_cookies_keep_their_names(shop: Platform, client: Client) -> None:
    shop.world.faults.add({"headers": {"set-cookie": f"sid={SECRET}; Path=/; HttpOnly"}})
    client.get("/items")
    shown = everything(client)
    assert SECRET not in shown
    assert f"sid={mark(SECRET)}; Path=/; HttpOnly" in shown


def test_what_is_cut_hides_its_secrets_too(shop: Platform, client: Client) -> None:
    shop.world.journal.body_limit = 60
    client.post("/items", {"password": SECRET, "name": "x" * 9000})
    shop.world.journal.body_limit = 64 * 1024
    assert SECRET[:12] not in everything(client)


def test_printing_an_entry_shows_no_body_and_no_query(shop: Platform, client: Client) -> None:
    client.get(f"/items?token={SECRET}", headers={"x-shop-pass": SECRET})
    assert SECRET not in f"{list(shop.world.journal)!r}{shop.world.calls()!r}{shop.world.journal!s}"


def test_many_secrets_are_found_by_value_wherever_they_stand() -> None:
    secrets = Secrets()
    values = [f"sk_live_{number:03}" for number in range(300)] + ["sk_live_007_longer", "correct-horse"]
    for one in values:
        secrets._add(one)
    said = "a sk_live_007_longer, sk_live_007, xsk_live_299sk_live_000correct-horse sk_live_300 sk_live"
    shown = secrets.text(said)
    assert shown == (
        f"a {mark('sk_live_007_longer')}, {mark('sk_live_007')}, x{mark('sk_live_299')}{mark('sk_live_000')}"
        f"{mark('correct-horse')} sk_live_300 sk_live"
    )
    for one in values[:-1]:
        secrets._forget(one)
    assert secrets.text(said) == said.replace("correct-horse", mark("correct-horse"))


def test_what_is_known_by_value_has_a_bound(shop: Platform, client: Client) -> None:
    for number in range(80):
        client.post("/items", {"name": "Cup", "password": f"{number:08}" + "x" * 60_000})
    held = shop.world.journal.secrets
    shown = client.get("/__mock__/journal")
    assert shown.status == 200
    assert sum(map(len, held._known)) == held._size <= MOST_SIZE
    assert sum(len(one) for sizes in held._begins.values() for one in sizes.values()) == len(held._known) < 80


def test_one_secret_more_costs_the_same_however_many_are_known() -> None:
    """A pattern of all of them took a second to compile after each request, and every pattern was kept."""
    secrets = Secrets()
    for number in range(MOST):
        secrets._add(f"{number:05}-{'x' * 500}")
    assert not [name for name, value in vars(secrets).items() if isinstance(value, re.Pattern)]
    assert secrets.text(f"a {4999:05}-{'x' * 500}") == f"a {mark('04999-' + 'x' * 500)}"
