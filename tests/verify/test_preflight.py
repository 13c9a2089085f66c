"""Preflight: whatever does not work is one clear line, before any test is made, and exit code 3."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from apis import Settings

from specdouble.cli.main import cli
from specdouble.mock.pytest_plugin import Urls
from specdouble.verify.problems import TargetError
from specdouble.verify.running.preflight import alive, preflight
from tests.verify.wsgi import Server, page


def said(**settings: Any) -> str:
    with pytest.raises(TargetError) as caught:
        preflight(Settings(**settings))
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.fixture
def silent() -> Iterator[str]:
    """Somebody who takes connections and says nothing."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def test_no_target() -> None:
    assert said() == "no target was given: --target URL, SPECDOUBLE_TARGET, or `target` in specdouble.toml."


def test_a_target_that_is_down() -> None:
    told = said(target="http://127.0.0.1:9")
    assert told == "http://127.0.0.1:9: the connection was refused. Is the server running, is the URL right?"


def test_a_host_that_does_not_exist() -> None:
    assert said(target="http://does-not-exist.invalid").startswith("http://does-not-exist.invalid: cannot connect")


def test_a_target_that_says_nothing(silent: str) -> None:
    assert said(target=silent, timeout=0.2).startswith(f"{silent}: no answer within 0.2 seconds.")


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        ("200 OK", "text/html", "answered text/html (an HTML page, perhaps a proxy's); this API answers JSON there."),
        ("502 Bad Gateway", "text/html", "answered 502 (an HTML page, perhaps a proxy's)"),
        ("404 Not Found", "application/json", "answered 404; a server of this API answers 200 there."),
        ("200 OK", "", "answered no content type; this API answers JSON"),
    ],
)
def test_something_else_than_this_api(
    status: str, kind: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setattr("specdouble.verify.running.preflight._BETWEEN", 0.01)
    with Server(page(status, b"{}", kind)) as server:
        told = said(target=server.url)
        assert told.startswith(f"{server.url}/healthz ")
        assert words in told
        assert not alive(Settings(target=server.url))


def test_a_redirect_is_named() -> None:
    with Server(page("301 Moved", b"", Location="https://elsewhere.example.com/healthz")) as server:
        assert "answered 301, to https://elsewhere.example.com/healthz: give that URL." in said(target=server.url)


@pytest.mark.parametrize("who", ["user", "user2", "admin", "developer"])
def test_a_wrong_password(who: str, specdouble_server: Urls) -> None:
    told = said(target=specdouble_server.auth_gateway, **{who: "user@example.com:wrong-password"})
    assert told.startswith(f"--{who}: the login of user@example.com in tenant default was answered with 401.")
    assert "wrong-password" not in told


def test_a_wrong_tenant(specdouble_server: Urls) -> None:
    told = said(target=specdouble_server.auth_gateway, developer="dev@example.com:s3cure!dev", tenant="acme")
    assert "the login of dev@example.com in tenant acme was answered with 401" in told


def test_an_admin_who_is_none(specdouble_server: Urls) -> None:
    told = said(target=specdouble_server.auth_gateway, admin="user@example.com:s3cure!")
    assert told == "--admin: user@example.com is no administrator (403 on GET /v1/users). Give one, or leave it out."


def test_a_wrong_service_token(specdouble_server: Urls) -> None:
    told = said(target=specdouble_server.auth_gateway, service_token="wrong-service-token")
    assert told == "--service-token: the target refuses it (401 on GET /v1/events/stats and GET /v1/extensions/access)."


def test_a_wrong_registry_key(specdouble_server: Urls) -> None:
    urls = {"target": specdouble_server.auth_gateway, "registry": specdouble_server.registry}
    assert said(**urls, registry_key="wrong-key").startswith("--registry-key: the Registry refuses it (401 on GET")


def test_a_registry_that_is_down(specdouble_server: Urls) -> None:
    told = said(target=specdouble_server.auth_gateway, registry="http://127.0.0.1:9")
    assert told.startswith("http://127.0.0.1:9: the connection was refused.")


def test_no_message_shows_the_password_of_a_url() -> None:
    told = said(target="http://guard:gate-passw0rd@127.0.0.1:9")
    assert "gate-passw0rd" not in told


def test_a_mock_needs_no_credentials(specdouble_server: Urls) -> None:
    found = preflight(Settings(target=specdouble_server.auth_gateway))
    assert found.registry.rpartition(":")[2] == specdouble_server.registry.rpartition(":")[2]
    assert all((found.service_token, found.registry_key, found.admin, found.user, found.developer))
    assert preflight(Settings(target=specdouble_server.auth_gateway, control="off")).service_token == ""


def test_what_was_given_is_kept(specdouble_server: Urls) -> None:
    found = preflight(Settings(target=specdouble_server.auth_gateway, user="viewer@example.com:s3cure!viewer"))
    assert found.user == "viewer@example.com:s3cure!viewer"


def test_a_target_that_is_there_is_alive(specdouble_server: Urls) -> None:
    assert alive(Settings(target=specdouble_server.auth_gateway))


@pytest.mark.parametrize("words", [["http://127.0.0.1:9"], ["http://127.0.0.1:9/v1/"], []])
def test_the_command_ends_with_3_and_one_line(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli(["verify", *words], standalone_mode=False)
    out, err = capsys.readouterr()
    assert ended.value.code == 3
    assert out == ""
    assert err.startswith("specdouble: ")
    assert err.count("\n") == 1
