"""A pack of one's own: operations that only refuse, and requests that the model makes where there is no recipe."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from specdouble.openapi import Op
from specdouble.packs.documents import contract_of_file
from specdouble.verify.http.served import Served, Unserved
from specdouble.verify.responses.reply import Reply, stands_for_success
from specdouble.verify.running.gather import gather
from tests.clients.command import served

TEXT = {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "No."}
BOX: dict[str, Any] = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Boxes", "version": "1"},
    "components": {"schemas": {"Box": BOX}},
    "paths": {
        "/boxes": {
            "get": {"responses": {"200": {"description": "All.", "content": {
                "application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/Box"}}}}}}},
            "post": {
                "requestBody": {"required": True, "content": {
                    "application/json": {"schema": {"$ref": "#/components/schemas/Box"}}}},
                "responses": {"201": {"description": "One.", "content": {
                    "application/json": {"schema": {"$ref": "#/components/schemas/Box"}}}}, "400": TEXT},
            },
        },
        "/restart": {"post": {"responses": {"501": TEXT}}},
        "/old": {"get": {"responses": {"301": {"description": "Moved."}, "404": TEXT}}},
        "/login": {"get": {"responses": {"302": {"description": "There."}, "default": TEXT}}},
    },
}  # fmt: skip
PACK = '''"""Boxes."""

from specdouble.verify.kit import Facts, ModelSession, VerifierPack

pack = VerifierPack(session=ModelSession, facts={"POST /boxes": Facts(alone=True)})
'''
RECIPES = '''"""Recipes."""

from specdouble.verify.kit import Ready, recipe


@recipe("POST /restart")
def restart(_session):
    """Ask for what never happens."""
    return Ready()
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A pack with one recipe, for what a run would not send on its own."""
    for name, text in (
        ("specs/boxes.json", json.dumps(DOCUMENT)), ("contract_tests/__init__.py", PACK),
        ("contract_tests/recipes/__init__.py", ""), ("contract_tests/recipes/restart.py", RECIPES),
    ):  # fmt: skip
        path = tmp_path / "boxes" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "boxes"


def op(folder: Path, key: str) -> Op:
    return contract_of_file(folder / "specs" / "boxes.json")[key]


@pytest.mark.parametrize(
    ("key", "status", "stands"),
    [
        ("POST /boxes", 201, True), ("POST /boxes", 202, True), ("POST /boxes", 400, False),
        ("POST /restart", 501, True), ("POST /restart", 500, False), ("POST /restart", 204, True),
        ("GET /old", 301, True), ("GET /old", 302, False), ("GET /old", 404, False),
        ("GET /login", 302, True), ("GET /login", 404, False),
    ],
)  # fmt: skip
def test_what_stands_for_a_success(folder: Path, key: str, status: int, stands: bool) -> None:
    assert stands_for_success(op(folder, key), status) is stands


@pytest.mark.parametrize(("status", "served_"), [(501, True), (405, False), (404, False)])
def test_a_status_that_is_declared_is_no_sign_of_absence(folder: Path, status: int, served_: bool) -> None:
    """A run of a part of the API takes 404, 405 and 501 elsewhere for an operation that is not there."""
    asked = op(folder, "POST /restart")
    given = {"spec": str(folder / "specs" / "boxes.json"), "target": "http://127.0.0.1:9", "only": ("/boxes",)}
    known, reply = Served(gather(given, {}, folder)), Reply(asked, status, {}, b"")
    if served_:
        known.need(None, asked, reply)  # type: ignore[arg-type]  # nothing is asked of the client
    else:
        with pytest.raises(Unserved):
            known.need(None, asked, reply)  # type: ignore[arg-type]


def verify(folder: Path, *options: str) -> dict[str, Any]:
    with served(str(folder)) as url:
        out = folder.parent / "result.json"
        command = [sys.executable, "-m", "specdouble", "verify", "--pack", str(folder), url, "--workers", "1"]
        done = subprocess.run(
            [*command, "--quiet", "--seed", "1", "--json", str(out), *options],
            capture_output=True,
            text=True,
            check=False,
        )
        assert out.exists(), done.stderr
        return dict(json.loads(out.read_text()))


def test_a_pack_with_one_recipe_is_proven(folder: Path) -> None:
    """The model makes what has no recipe; a recipe says that an operation may be sent; a refusal is all it promises."""
    found = verify(folder)
    verdicts = {one["key"]: one["verdict"] for one in found["operations"]}
    assert verdicts["POST /restart"] == "conforms"
    assert verdicts["POST /boxes"] == verdicts["GET /boxes"] == "conforms"
    assert found["findings"] == []


def test_without_its_recipe_the_operation_is_not_sent(folder: Path) -> None:
    (folder / "contract_tests" / "recipes" / "restart.py").unlink()
    (found,) = [one for one in verify(folder, "--only", "/restart")["operations"] if one["key"] == "POST /restart"]
    assert found["verdict"] == "unproven"
    assert "--allow" in " ".join(found["reasons"])


def test_a_recipe_that_is_refused_is_a_finding(folder: Path) -> None:
    """The model gives up on a request that is refused; whoever writes a recipe says that a healthy server takes it."""
    (folder / "contract_tests" / "recipes" / "boxes.py").write_text(
        '''"""A box without a name."""

from specdouble.verify.kit import Ready, recipe


@recipe("POST /boxes")
def nameless(_session):
    """Send what is refused."""
    return Ready(body={})
'''
    )
    found = verify(folder, "--only", "REACH-01")
    assert ("REACH-01", "POST /boxes") in {(one["rule"], one["key"]) for one in found["findings"]}
