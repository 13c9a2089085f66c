"""Binding: a handler stands in the room its path names, once, under a key that the document has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from specdouble.mock.binding import bind as packs
from specdouble.mock.binding.bind import Pack, PackError, bind, load, room_of, where
from specdouble.mock.kit import Call, control, op, timer
from specdouble.packs.documents import bundled


def admit(_call: Call) -> None:
    """Let everybody in."""


@pytest.fixture
def pack() -> Pack:
    return Pack(name="auth_gateway", documents=("auth-gateway",), admit=admit, collections=())


def handler(key: str) -> Callable[[Call], Any]:
    @op(key)
    def handle(_call: Call) -> dict[str, Any]:
        return {}

    return handle


@pytest.mark.parametrize(
    ("path", "room"),
    [
        ("/v1/marketplace/apps/{app_id}/install", "marketplace"),
        ("/v1/auth/me", "auth"),
        ("/v1/internal/billing/{user_id}", "billing_internal"),
        ("/v1/billing/internal/balance/{uid}", "billing_internal"),
        ("/healthz", "healthz"),
        ("/user-extensions/{id}", "user_extensions"),
        ("/v12/x", "x"),
        ("/vault/x", "vault"),
        ("/{id}/x", "x"),
        ("/{id}", "root"),
        ("/", "root"),
    ],
)
def test_the_room_of_a_path(path: str, room: str) -> None:
    assert room_of(path) == room


def test_a_key_in_the_wrong_room_names_both(pack: Pack) -> None:
    with pytest.raises(PackError, match=r"GET /v1/keys stands in room auth; .*auth_gateway/keys\.py"):
        packs._collect(pack, "auth", handler("GET /v1/keys"))


def test_a_key_bound_twice_names_both_places(pack: Pack) -> None:
    packs._collect(pack, "keys", handler("GET /v1/keys"))
    with pytest.raises(PackError, match=r"GET /v1/keys is bound twice .*test_packs\.py:\d+, .*test_packs\.py:\d+"):
        packs._collect(pack, "keys", handler("GET /v1/keys"))


def test_an_unknown_key_names_the_closest(pack: Pack) -> None:
    packs._collect(pack, "keyz", handler("GET /v1/keyz"))
    with pytest.raises(PackError, match=r"binds GET /v1/keyz, which .* does not have; the closest is GET /v1/keys"):
        bind(pack, [bundled("auth-gateway")])


def test_what_is_not_bound_answers_from_a_sample_and_says_so(pack: Pack) -> None:
    packs._collect(pack, "keys", handler("GET /v1/keys"))
    bound = bind(pack, [bundled("auth-gateway")])
    assert bound["GET /v1/keys"].rung == "rule"
    assert bound["GET /v1/keys"].room.startswith("tests/machine/test_packs.py:")
    assert bound["GET /v1/auth/me"].rung == "sample"
    assert len(bound) == len(bundled("auth-gateway").operations)


def test_timers_controls_and_lenient_operations_are_collected(pack: Pack) -> None:
    @timer("notes.expire")
    def expire() -> None:
        """Expire."""

    @control("POST /__mock__/notes", "Make one")
    def make() -> None:
        """Make."""

    @op("GET /v1/keys", lenient=True)
    def keys(_call: Call) -> None:
        """List."""

    for function in (expire, make, keys):
        packs._collect(pack, "keys", function)
    assert pack.timers == {"notes.expire": expire}
    assert pack.controls == {"POST /__mock__/notes": ("Make one", make)}
    assert bind(pack, [bundled("auth-gateway")])["GET /v1/keys"].lenient


def test_one_function_may_answer_two_keys(pack: Pack) -> None:
    @op("GET /v1/billing/wallet", "GET /v1/billing/balance")
    def wallet(_call: Call) -> None:
        """Show."""

    packs._collect(pack, "billing", wallet)
    assert set(pack.handlers) == {"GET /v1/billing/wallet", "GET /v1/billing/balance"}


def test_loading_a_pack_twice_gives_the_same_one() -> None:
    assert load("registry") is load("registry")


def test_where_a_handler_stands() -> None:
    assert where(load("auth_gateway").handlers["POST /v1/auth/login"]).startswith(
        "mockserver/imperal/auth_gateway/identity/auth.py:"
    )
