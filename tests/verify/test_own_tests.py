"""The user's own recipes and rules beside a plain document, as the page about it writes them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from verify_command import Run

from specdouble import packs
from specdouble.verify.problems import SettingsError

PAGE = Path(__file__).resolve().parents[2] / "docs" / "verify-any-document.md"
ORDER = {"type": "object", "required": ["id", "price"],
         "properties": {name: {"type": "integer"} for name in ("id", "count", "price")}}  # fmt: skip
NEW = {"type": "object", "required": ["sku", "count"],
       "properties": {"sku": {"type": "string"}, "count": {"type": "integer", "minimum": 1}}}  # fmt: skip


def _ok(schema: Any) -> dict[str, Any]:
    return {"description": "ok", "content": {"application/json": {"schema": schema}}}


DOCUMENT = {
    "openapi": "3.0.3",
    "info": {"title": "Shop", "version": "1"},
    "paths": {
        "/orders": {
            "get": {"responses": {"200": _ok({"type": "array", "items": ORDER})}},
            "post": {
                "requestBody": {"required": True, "content": {"application/json": {"schema": NEW}}},
                "responses": {"201": _ok(ORDER), "409": {"description": "not in stock"}, "422": {"description": "no"}},
            },
        }
    },
}


@contextmanager
def shop(*, surcharge: int = 0) -> Iterator[str]:
    """Serve a shop that sells one thing, which no document says."""
    orders: list[dict[str, int]] = []

    class Shop(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_args: Any) -> None:
            pass

        def answer(self, status: int, body: Any) -> None:
            text = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def do_GET(self) -> None:
            self.answer(*((200, orders) if self.path.partition("?")[0] == "/orders" else (404, {})))

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("content-length") or 0))
            try:
                told = json.loads(raw)
                sku, count = told["sku"], told["count"]
            except (ValueError, KeyError, TypeError, RecursionError):
                self.answer(422, {})
                return
            if not isinstance(sku, str) or type(count) is not int or count < 1:
                self.answer(422, {})
            elif sku != "A-1":
                self.answer(409, {})
            else:
                orders.append({"id": len(orders) + 1, "count": count, "price": 150 * count + surcharge})
                self.answer(201, orders[-1])

    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def project(folder: Path) -> None:
    """Write what the page shows, and the document."""
    snippets = re.findall(r'```python title="([^"]+)"\n(.*?)```', PAGE.read_text(), re.DOTALL)
    assert len(snippets) == 2
    for title, text in snippets:
        (folder / title).parent.mkdir(parents=True, exist_ok=True)
        (folder / title).write_text(text)
    (folder / "shop.json").write_text(json.dumps(DOCUMENT))


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    """Let no test see the modules of another one's folder."""
    yield
    for name in [one for one in packs._added if one.endswith("_tests")]:
        del packs._added[name]
        for module in [one for one in sys.modules if one.startswith(f"specdouble.packs.{name}")]:
            del sys.modules[module]


def verified(run: Run, *words: str, tmp_path: Path) -> tuple[int, dict[str, Any]]:
    from specdouble.verify.api.api import load

    load.cache_clear()
    code, _out, err = run("--spec", "shop.json", *words, "-q", "--json", "r.json")
    assert "Traceback" not in err
    return code, json.loads((tmp_path / "r.json").read_text())


def test_a_recipe_reaches_what_no_document_says(run: Run, tmp_path: Path) -> None:
    project(tmp_path)
    with shop() as url:
        code, alone = verified(run, url, tmp_path=tmp_path)
        assert (code, alone["summary"]["operations"]["unproven"]) == (2, 1)
        code, found = verified(run, url, "--tests", "contract_tests", tmp_path=tmp_path)
    assert (code, found["summary"]["operations"]["conforms"], found["findings"]) == (0, 2, [])
    assert {"ORD-01", "ORD-02"} <= {one["rule"] for one in found["proof"] if one["verdict"] == "conforms"}


def test_a_rule_of_the_user_finds_and_is_replayed(run: Run, tmp_path: Path) -> None:
    project(tmp_path)
    with shop(surcharge=1) as url:
        code, found = verified(run, url, "--tests", "contract_tests", "--only", "ORD-01", tmp_path=tmp_path)
    (one,) = found["findings"]
    assert (code, one["rule"], one["expected"], one["got"]) == (1, "ORD-01", "300", "301")
    assert "--tests contract_tests" in one["replay"]
    assert one["promised"] == "A new order has the price of its items"


def test_a_rule_with_the_id_of_a_general_one_takes_its_place(run: Run, tmp_path: Path) -> None:
    project(tmp_path)
    (tmp_path / "contract_tests" / "test_orders.py").write_text(
        "from specdouble.verify.kit import rule\n\n\n"
        '@rule("REACH-41", "POST /orders")\n'
        "def test_mine(session, check):\n"
        '    """An order is never taken."""\n'
        '    check.that(False, "mine was made", op="POST /orders")\n'
    )
    with shop() as url:
        _code, found = verified(run, url, "--tests", "contract_tests", "--only", "REACH-41", tmp_path=tmp_path)
    assert [(one["rule"], one["key"], one["message"]) for one in found["findings"]] == [
        ("REACH-41", "POST /orders", "mine was made")
    ]
    assert {one["key"] for one in found["operations"] if one["verdict"] == "conforms"} == {"GET /orders"}


def test_plain_pytest_makes_the_tests_of_the_folder(tmp_path: Path) -> None:
    project(tmp_path)
    kept = {
        name: one for name, one in os.environ.items() if not name.startswith(("SPECDOUBLE", "PYTEST", "PYTHONPATH"))
    }
    command = [
        sys.executable,
        "-m",
        "pytest",
        "contract_tests",
        "--contract-spec",
        "shop.json",
        "-p",
        "no:cacheprovider",
    ]
    with shop(surcharge=1) as url:
        words = [
            "--contract-tests",
            "contract_tests",
            "--target",
            url,
            "--contract-journal",
            str(tmp_path / "runs"),
            "-v",
        ]
        done = subprocess.run([*command, *words], cwd=tmp_path, env=kept, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "test_an_order_is_priced FAILED" in done.stdout
    assert "test_a_list_is_quick[GET /orders] PASSED" in done.stdout
    assert "1 failed, 1 passed" in done.stdout
    assert "ORD-01 POST /orders: price" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--tests", "nowhere", "--spec", "shop.json"), "--tests is no folder"),
        (("--tests", "contract_tests"), "--tests belongs to --spec"),
    ],
)
def test_a_folder_that_cannot_be_used_is_named(run: Run, tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    project(tmp_path)
    with pytest.raises(SettingsError, match=said):
        run("http://127.0.0.1:1", *words)


def test_a_recipe_for_no_operation_names_the_closest(run: Run, tmp_path: Path) -> None:
    project(tmp_path)
    (tmp_path / "contract_tests" / "recipes" / "orders.py").write_text(
        "from specdouble.verify.kit import Ready, recipe\n\n\n"
        '@recipe("POST /order")\ndef order(session):\n    return Ready()\n'
    )
    with shop() as url, pytest.raises(SettingsError, match=r"POST /order, which no document has.*POST /orders"):
        verified(run, url, "--tests", "contract_tests", tmp_path=tmp_path)
