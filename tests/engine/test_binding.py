"""Binding: every operation finds its handler by its full key, or a default that says what it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from specdouble import packs
from specdouble.mock.binding.bind import bind, missing
from specdouble.mock.binding.load import PackError, ServerSide, collect, load
from specdouble.mock.binding.pack import ServerPack
from specdouble.mock.binding.source import where
from specdouble.mock.boot import bound_operations
from specdouble.mock.kit import Call, Options, ServerService, control, op, timer
from specdouble.openapi.contract import Contract, Service
from tests.pack import SIDE, bound, contract


@pytest.fixture
def service() -> ServerService:
    return ServerService()


@pytest.fixture
def gateway() -> Service:
    return Service("auth_gateway", "", contract().first.documents[:1], 1)


def handler(key: str) -> Callable[[Call], Any]:
    @op(key)
    def handle(_call: Call) -> dict[str, Any]:
        return {}

    return handle


def test_a_key_bound_twice_names_both_places(service: ServerService) -> None:
    collect(service, handler("GET /v1/keys"))
    with pytest.raises(PackError, match=r"GET /v1/keys is bound twice: .*binding\.py:\d+ and .*binding\.py:\d+"):
        collect(service, handler("GET /v1/keys"))


def test_an_unknown_key_names_the_closest(service: ServerService, gateway: Service) -> None:
    collect(service, handler("GET /v1/keyz"))
    said = r"test_binding\.py:\d+: it binds GET /v1/keyz, which auth-gateway does not have. Did you mean GET /v1/keys?"
    with pytest.raises(PackError, match=said):
        bind(service, gateway)


def test_what_is_not_bound_answers_with_an_example_and_says_so(service: ServerService, gateway: Service) -> None:
    collect(service, handler("GET /v1/keys"))
    side = ServerSide(ServerPack(), {"auth_gateway": service})
    assert len(missing(bind(service, gateway))) == len(gateway.document.operations) - 1
    found = bound_operations(Contract("x", "X", (gateway,)), side, Options())[0]["auth_gateway"]
    assert found["GET /v1/keys"].fidelity == "handler"
    assert found["GET /v1/keys"].source.startswith("tests/engine/test_binding.py:")
    assert found["GET /v1/auth/me"].fidelity == "example"
    assert found["GET /v1/auth/me"].reason.startswith("no handler: ")
    assert dict(found["GET /v1/auth/me"].headers)["x-mock-fidelity"] == "example"
    assert missing(found) == frozenset()


def test_timers_controls_and_lenient_operations_are_collected(service: ServerService, gateway: Service) -> None:
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
        collect(service, function)
    assert service.timers == {"notes.expire": expire}
    assert service.controls == {"POST /__mock__/notes": ("Make one", make)}
    assert bind(service, gateway)["GET /v1/keys"].lenient


def test_one_function_may_answer_two_keys(service: ServerService) -> None:
    @op("GET /v1/billing/wallet", "GET /v1/billing/balance")
    def wallet(_call: Call) -> None:
        """Show."""

    collect(service, wallet)
    assert set(service.handlers) == {"GET /v1/billing/wallet", "GET /v1/billing/balance"}


def test_loading_a_pack_twice_gives_the_same_one() -> None:
    again = load("imperal", list(SIDE.services))
    assert again.services["registry"] is SIDE.services["registry"]
    assert again.pack is SIDE.pack


def test_where_a_handler_stands() -> None:
    assert where(SIDE.services["auth_gateway"].handlers["POST /v1/auth/login"]).startswith(
        "mockserver/imperal/auth_gateway/identity/auth.py:"
    )
    assert bound("registry")["GET /v1/catalog"].source.startswith("mockserver/imperal/registry/")


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("shpo/a.py", "x = 1", r"shpo: it belongs to no service. Did you mean shop?"),
        ("orders.py", "x = 1", r"orders\.py: it belongs to no service. .*The services are shop, stock"),
        ("__init__.py", "pack = 3", r"__init__\.py: pack is a int, not a ServerPack. Write pack = ServerPack"),
        ("shop/__init__.py", "service = []", r"service is a list, not a ServerService"),
        ("shop/a.py", "x = (", r"a\.py:1: '\(' was never closed\."),
        ("shop/a.py", "x = 1\nx = y", r"a\.py:2: NameError: name 'y' is not defined\. Mend the pack\."),
        ("shop/a.py", "from .shelf import BOOKS", r"a\.py:1: ModuleNotFoundError: .*shelf"),
    ],
)
def test_a_server_side_that_does_not_fit_says_why(
    file: str, text: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packs, "_added", dict(packs._added))
    path = tmp_path / "mockserver" / file
    path.parent.mkdir(parents=True)
    path.write_text(text)
    name = f"broken_{abs(hash(said))}"
    packs.add(name, tmp_path)
    with pytest.raises(PackError, match=said):
        load(name, ["shop", "stock"])
