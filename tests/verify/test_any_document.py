"""What a run does without a pack's knowledge: a plain document, and a pack without `contract_tests`."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from verify_command import Run

from specdouble.verify.api.api import Api, load
from specdouble.verify.api.pack import VerifierPack
from specdouble.verify.kit import recipe
from specdouble.verify.problems import SettingsError
from specdouble.verify.running.gather import gather

KEY = "s3cret-key-1"
ITEM = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}


def answer(schema: Any, *others: str) -> dict[str, Any]:
    found = {"200": {"description": "ok", "content": {"application/json": {"schema": schema}}}}
    return found | {one: {"description": "no"} for one in others}


DOCUMENT = {
    "openapi": "3.0.3",
    "info": {"title": "Pets", "version": "1"},
    "paths": {
        "/pets": {"get": {"responses": answer({"type": "array", "items": ITEM})}},
        "/owner": {"get": {"security": [{"key": []}], "responses": answer(ITEM, "401")}},
        "/pets/{pet}": {
            "get": {
                "parameters": [{"name": "pet", "in": "path", "required": True, "schema": {"type": "string"}}],
                "responses": answer(ITEM, "404"),
            }
        },
    },
    "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}},
}


class Pets(BaseHTTPRequestHandler):
    """A server of the document; `leaky` opens what needs a key."""

    leaky = False

    def log_message(self, *_args: Any) -> None:
        pass

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        status, body = 404, {"detail": "There is no such thing."}
        if path in ("/pets", "/owner") and self.command != "GET":
            status, body = 405, {"detail": "No."}
        elif path == "/pets":
            status, body = 200, [{"name": "Rex"}]  # type: ignore[assignment]
        elif path == "/owner":
            known = self.leaky or self.headers.get("X-Key") == KEY
            status, body = (200, {"name": "Ada"}) if known else (401, {"detail": "A key is needed."})
        text = json.dumps(body).encode()
        self.rfile.read(int(self.headers.get("content-length") or 0))
        self.send_response(status)
        if status == 405:
            self.send_header("allow", "GET")
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 - as the server asks for them


@pytest.fixture
def serving(request: pytest.FixtureRequest) -> Iterator[str]:
    kind = type("Handler", (Pets,), {"leaky": getattr(request, "param", False)})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "pets.json"
    path.write_text(json.dumps(DOCUMENT))
    return path


def result(run: Run, *words: str, tmp_path: Path) -> tuple[int, dict[str, Any]]:
    code, _out, err = run(*words, "--json", str(tmp_path / "r.json"), "-q")
    assert "Traceback" not in err
    found: dict[str, Any] = json.loads((tmp_path / "r.json").read_text())
    return code, found


def verdicts(found: dict[str, Any]) -> dict[str, str]:
    return {one["key"]: one["verdict"] for one in found["operations"]}


def test_reads_of_a_plain_document_are_proven(serving: str, document: Path, run: Run, tmp_path: Path) -> None:
    words = (serving, "--spec", str(document), "--credential", f"key={KEY}")
    code, found = result(run, *words, tmp_path=tmp_path)
    assert verdicts(found) == {"GET /pets": "conforms", "GET /owner": "conforms", "GET /pets/{pet}": "unproven"}
    (reasons,) = [one["reasons"] for one in found["operations"] if one["verdict"] == "unproven"]
    assert any("no request was taken (404 as" in why for why in reasons)
    assert (code, found["findings"]) == (2, [])  # two of three are less than 80 %
    assert KEY not in json.dumps(found)
    assert found["run"]["api"] == "pets"


@pytest.mark.parametrize("serving", [True], indirect=True)
def test_an_open_door_is_found(serving: str, document: Path, run: Run, tmp_path: Path) -> None:
    words = (serving, "--spec", str(document), "--credential", f"key={KEY}")
    code, found = result(run, *words, tmp_path=tmp_path)
    assert code == 1
    assert "AUTH-41" in {one["rule"] for one in found["findings"]}


def test_without_a_credential_it_is_said_which_would_help(
    serving: str, document: Path, run: Run, tmp_path: Path
) -> None:
    _code, found = result(run, serving, "--spec", str(document), tmp_path=tmp_path)
    (reasons,) = [one["reasons"] for one in found["operations"] if one["key"] == "GET /owner"]
    assert any("a credential is needed: key (--credential SCHEME=VALUE or --auth FILE)" in why for why in reasons)


def test_a_folder_with_nothing_but_a_document_is_a_pack(serving: str, document: Path, run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "a_pack_of_pets" / "specs"
    folder.mkdir(parents=True)
    (folder / "pets.json").write_text(document.read_text())
    code, found = result(run, serving, "--pack", str(folder.parent), "--credential", f"key={KEY}", tmp_path=tmp_path)
    assert verdicts(found)["GET /owner"] == "conforms"
    assert code == 2


def test_a_scheme_that_the_document_does_not_have_is_named(document: Path, tmp_path: Path) -> None:
    from specdouble.verify.running.opening import make_session

    settings = gather({"spec": str(document), "target": "http://127.0.0.1:1", "credential": ("kay=1",)}, {}, tmp_path)
    with pytest.raises(SettingsError, match="no security scheme 'kay'; the closest is 'key'"):
        make_session(settings)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"pack": "imperal", "spec": "x.json"}, "--pack and --spec exclude each other"),
        ({"overlay": "x.yaml"}, "--overlay belongs to --spec"),
        ({"pack": "imperial"}, "Did you mean imperal"),
    ],
)
def test_what_is_verified_is_named_once(given: dict[str, str], said: str, tmp_path: Path) -> None:
    with pytest.raises(Exception, match=said):
        gather(given, {}, tmp_path)


def test_an_option_wins_over_the_file_that_names_a_pack(document: Path, tmp_path: Path) -> None:
    (tmp_path / "specdouble.toml").write_text('[verify]\npack = "imperal"\n')
    found = gather({"spec": str(document)}, {}, tmp_path)
    assert (found.api.name, found.pack, found.spec) == ("", "", str(document))


def test_a_recipe_for_what_there_is_not_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    import types

    known = load("imperal")
    module = types.ModuleType("specdouble.packs.imperal.contract_tests.recipes.odd")

    @recipe("GET /v1/kys")
    def odd(_session: Any) -> Any:
        """Make nothing."""

    odd.__module__ = module.__name__
    module.odd = odd  # type: ignore[attr-defined]
    monkeypatch.setattr("specdouble.packs.modules", lambda *_words, **_more: iter([module]))
    with pytest.raises(SettingsError, match=r"recipes\.odd\.odd: .* GET /v1/kys.*Did you mean GET /v1/keys"):
        _ = Api(known.contract, VerifierPack(), "imperal").recipes
