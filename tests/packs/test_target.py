"""What a command works on: a pack by name, a folder that is one, a document by path or URL."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from specdouble import packs
from specdouble.cli.routes import routes, where
from specdouble.cli.serve import serve
from specdouble.errors import SpecdoubleError
from specdouble.mock.options import Options
from specdouble.packs.target import contract_of_target

DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Shop", "version": "1"},
    "paths": {"/pets": {"get": {"operationId": "pets", "responses": {"200": {"description": "Pets"}}}}},
}
OVERLAY = """
overlay: 1.0.0
info: {title: more, version: "1"}
actions:
  - target: $.paths['/pets'].get
    update: {summary: from the overlay}
"""


@pytest.fixture(autouse=True)
def _forgotten(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(packs, "_added", dict(packs._added))
    yield
    packs.manifest_of.cache_clear()


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "shop.json"
    path.write_text(json.dumps(DOCUMENT))
    return path


def folder(at: Path, *services: str) -> Path:
    (at / "specs").mkdir(parents=True)
    for one in services:
        (at / "specs" / f"{one}.json").write_text(json.dumps(DOCUMENT))
    return at


def test_nothing_is_the_default_pack() -> None:
    assert contract_of_target().name == packs.default()


def test_a_document_is_a_pack_with_nothing_else(document: Path) -> None:
    contract = contract_of_target(str(document))
    assert [op.id for op in contract.ops] == ["GET /pets"]
    assert packs.find(contract.name).layers == {}


def test_a_document_never_gets_the_handlers_of_a_pack_that_has_its_name(document: Path) -> None:
    twin = document.rename(document.with_name(f"{packs.default()}.json"))
    assert contract_of_target(str(twin)).name == packs.default()
    assert packs.find(packs.default()).layers == {}


def test_an_overlay_goes_with_a_document(document: Path) -> None:
    overlay = document.with_name("more.yaml")
    overlay.write_text(OVERLAY)
    assert contract_of_target(str(document), overlay).ops[0].spec.summary == "from the overlay"
    with pytest.raises(SpecdoubleError, match="an overlay goes with a document, and this is none"):
        contract_of_target("", overlay)


def test_a_folder_is_a_pack_named_after_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder(tmp_path / "my-shop", "front", "stock"))
    contract = contract_of_target(".")
    assert (contract.name, list(contract.by_name)) == ("my_shop", ["front", "stock"])


def test_a_url_is_a_document(document: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = importlib.import_module("specdouble.openapi.effective")
    monkeypatch.setattr(module, "read", lambda _source, _timeout: document.read_bytes())
    contract = contract_of_target("https://example.com/shop.json")
    assert contract.first.name == "shop"


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("imperil", "imperil: it is neither a pack nor a folder nor a document. Did you mean imperal?"),
        ("shop.yaml", "shop.yaml: there is no such file. Did you mean shop.json?"),
        ("empty", "empty: there is no OpenAPI document in it, and no folder specs/. Put .* there"),
    ],
)
def test_what_is_none_says_so(
    target: str, said: str, document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(SpecdoubleError, match=said):
        contract_of_target(target)


# -- the commands ------------------------------------------------------------------------------------------------------


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Options]:
    """Collect the options with which servers would start."""
    found: list[Options] = []
    monkeypatch.setattr("specdouble.cli.serve.start", lambda _target, options, *_more: found.append(options))
    return found


def call(command: click.Command, *words: str, **variables: str) -> str:
    done = CliRunner().invoke(command, words, env=variables, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_each_service_has_a_port_option_and_a_variable(tmp_path: Path, started: list[Options]) -> None:
    shop = str(folder(tmp_path / "shop", "front", "stock_room"))
    call(serve, shop)
    call(serve, shop, "--port", "9000", "--stock-room-port", "9001")
    call(serve, "--port=9000", shop, SPECDOUBLE_STOCK_ROOM_PORT="9002")
    call(serve, shop, SPECDOUBLE_FRONT_PORT="9003", SPECDOUBLE_STOCK_ROOM_PORT="9004")
    assert [dict(one.ports) for one in started] == [
        {"front": 8080, "stock_room": 8081},
        {"front": 9000, "stock_room": 9001},
        {"front": 9000, "stock_room": 9002},
        {"front": 9003, "stock_room": 9004},
    ]


def test_the_options_are_those_of_the_target(document: Path, started: list[Options]) -> None:
    assert "--registry-port" in call(serve, "--help")
    assert "--registry-port" not in call(serve, str(document), "--help")
    done = CliRunner().invoke(serve, [str(document), "--registry-port", "9000"])
    assert done.exit_code == 2
    assert "No such option" in done.output
    assert started == []


@pytest.mark.parametrize(
    "words", [("--seed", "5", "{}"), ("{}", "--seed", "5"), ("--strict", "{}", "--seed=5"), ("--seed", "5", "--", "{}")]
)
def test_the_target_may_stand_anywhere(words: tuple[str, ...], document: Path, started: list[Options]) -> None:
    call(serve, *(word.format(document) for word in words))
    assert started[0].seed == 5
    assert list(started[0].ports) == ["shop"]


def test_routes_and_where_take_a_target(document: Path) -> None:
    said = call(routes, str(document))
    assert re.search(r"GET /pets\s+inferred\s+singleton-read: one thing", said)
    assert json.loads(call(routes, str(document), "--json"))[0]["fidelity"] == "inferred"
    assert call(where, "pets", str(document)).startswith("singleton-read: one thing")
    with pytest.raises(SpecdoubleError, match=r"no operation is called 'GET /pet'. Did you mean GET /pets?"):
        CliRunner().invoke(where, ["GET /pet", str(document)], catch_exceptions=False)
