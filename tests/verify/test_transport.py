"""The HTTP clients of a run: whom they trust, what they show, which way they go, and what they do not keep."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from apis import Settings

import specdouble.verify
from specdouble.verify.api.credentials import Credential
from specdouble.verify.http.control import Control
from specdouble.verify.http.transport import http_client, proxy_of
from specdouble.verify.problems import SettingsError, TargetError
from specdouble.verify.running.preflight import preflight
from specdouble.verify.session.session import Session
from tests.verify.certificates import Authority
from tests.verify.wsgi import Server

PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")
STAGING = "https://auth.staging.example.com"


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def answering(seen: list[dict[str, str]], **more: str) -> Any:
    """Return an application that notes the requests, answers as an API that lives, and sends more headers."""

    def app(environ: dict[str, str], start: Any) -> list[bytes]:
        seen.append(environ)
        body = orjson.dumps({"status": "ok", "keys": []})
        start("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body))), *more.items()])
        return [body]

    return app


# -- cookies -----------------------------------------------------------------------------------------------------------


def test_no_client_keeps_a_cookie(tmp_path: Path) -> None:
    seen: list[dict[str, str]] = []
    with Server(answering(seen, **{"Set-Cookie": "session=of-the-first; Path=/"})) as server:
        settings = Settings(target=server.url, run="r-test", journal=str(tmp_path))
        session = Session(settings)
        for _ in range(2):
            session.send("GET /v1/auth/.well-known/jwks.json", check=False)
            Control(settings).post("clock")
        with http_client(settings) as http:
            http.get(server.url)
            http.get(server.url)
        session.send("GET /v1/auth/.well-known/jwks.json", Credential("own", {"Cookie": "mine=1"}), check=False)
        session.close()
    sent = [one["HTTP_COOKIE"] for one in seen if "HTTP_COOKIE" in one]
    assert sent == ["mine=1"]  # what a test sends as a header is sent


# -- certificates ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


def tls(cert: Path, clients: Path | None = None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert)
    if clients:
        context.load_verify_locations(clients)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


@pytest.fixture
def private(authority: Authority) -> Iterator[str]:
    with Server(answering([]), tls(authority.issue("server"))) as server:
        yield server.url


def look(url: str, **more: Any) -> Settings:
    return preflight(Settings(target=url, control="off", **more))


def test_a_private_certificate_names_the_option_that_helps(private: str) -> None:
    with pytest.raises(TargetError, match=r"authority that is not trusted.*--ca-file FILE \(or SSL_CERT_FILE\)"):
        look(private)


def test_a_private_authority_is_trusted_where_it_is_given(
    private: str, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    look(private, ca_file=str(authority.file))
    look(private, insecure=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    look(private)


def test_a_certificate_of_another_name_or_time_is_told(authority: Authority) -> None:
    for made, said in (("elsewhere", "certificate is for another address"), ("old", "certificate has expired")):
        cert = authority.issue(
            made, host="10.0.0.9" if made == "elsewhere" else "127.0.0.1", days=-1 if made == "old" else 1
        )
        with Server(answering([]), tls(cert)) as server, pytest.raises(TargetError, match=said):
            look(server.url, ca_file=str(authority.file))


def test_a_client_certificate_is_shown(authority: Authority) -> None:
    mine = authority.issue("client")
    with Server(answering([]), tls(authority.issue("server"), authority.file)) as server:
        with pytest.raises(TargetError, match="asks for a client certificate: --client-cert FILE"):
            look(server.url, ca_file=str(authority.file))
        look(server.url, ca_file=str(authority.file), client_cert=str(mine))
        look(server.url, ca_file=str(authority.file), client_cert=str(mine), client_key=str(mine))


def test_https_where_http_is_spoken_is_told() -> None:
    with (
        Server(answering([])) as server,
        pytest.raises(TargetError, match="does not speak TLS there; is the URL http://"),
    ):
        look(server.url.replace("http:", "https:"))


def test_files_that_cannot_be_used_are_told(tmp_path: Path, authority: Authority) -> None:
    text = tmp_path / "text.pem"
    text.write_text("no certificate")
    closed, mine, other = authority.issue("closed", password=b"word"), authority.issue("me"), authority.issue("you")
    for more, said in (
        ({"ca_file": "/nowhere/ca.pem"}, "--ca-file: /nowhere/ca.pem: No such file"),
        ({"ca_file": str(text)}, "is no file of certificates; it must be PEM"),
        ({"client_cert": "/nowhere/me.pem"}, "--client-cert: there is no file /nowhere/me.pem"),
        ({"client_cert": str(text)}, "it must be PEM, with a certificate"),
        ({"client_cert": str(closed)}, "which has no password"),
        ({"client_cert": str(mine), "client_key": str(other)}, "the key is that of another certificate"),
        ({"client_key": str(mine)}, "--client-key is of no use alone"),
    ):
        with pytest.raises(SettingsError, match=said):
            http_client(Settings(target=STAGING, **more))


# -- proxies -----------------------------------------------------------------------------------------------------------


def way(url: str, **more: Any) -> str:
    return proxy_of(Settings(target=url, **more), url)


def test_the_environment_names_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    assert way(STAGING) == ""
    monkeypatch.setenv("HTTPS_PROXY", "proxy.example.com:3128")
    assert way(STAGING) == "http://proxy.example.com:3128"
    assert way("http://10.1.2.3") == ""
    assert way(STAGING, proxy="off") == ""
    assert way(STAGING, proxy="http://other:1") == "http://other:1"
    monkeypatch.setenv("ALL_PROXY", "http://all:2")
    assert way("http://10.1.2.3") == "http://all:2"


@pytest.mark.parametrize("word", [".example.com", "auth.staging.example.com", "*", "a.b, example.com"])
def test_what_needs_no_proxy_gets_none(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://proxy:3128")
    monkeypatch.setenv("no_proxy", word)
    assert way(STAGING) == ""
    assert way("https://auth.example.org") == ("" if word == "*" else "http://proxy:3128")


def test_a_network_needs_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    monkeypatch.setenv("NO_PROXY", "10.0.0.0/8")
    assert way("https://10.1.2.3") == ""
    assert way("https://11.1.2.3") == "http://proxy:3128"


def test_loopback_goes_through_a_proxy_only_when_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[dict[str, str]] = []
    with Server(answering(seen)) as proxy, Server(answering([])) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        for safety in (False, True):
            preflight(Settings(target=server.url, safety=safety))
        assert seen == []
        settings = preflight(Settings(target=server.url, proxy=proxy.url, journal=str(tmp_path)))
        assert seen
        session = Session(settings)
        before = len(seen)
        session.send("GET /v1/auth/.well-known/jwks.json", check=False)
        assert len(seen) == before + 1
        session.close()


def test_a_proxy_that_refuses_is_told() -> None:
    def refuse(_environ: Any, start: Any) -> list[bytes]:
        start("407 Proxy Authentication Required", [("Content-Length", "0")])
        return [b""]

    with Server(refuse) as proxy, pytest.raises(TargetError, match=r"the proxy refused \(.*--proxy, HTTPS_PROXY"):
        preflight(Settings(target=STAGING, proxy=proxy.url))


def test_the_password_of_a_proxy_is_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://me:word-of-env@proxy:1")
    secrets = Settings(target=STAGING, proxy="http://me:word-of-option@proxy:1").secrets()
    assert {"word-of-env", "word-of-option"} <= set(secrets)


def test_every_client_is_built_in_one_place() -> None:
    folder = Path(specdouble.verify.__file__).parent
    others = [
        path.name for path in folder.rglob("*.py") if "httpx.Client(" in path.read_text() and path.stem != "transport"
    ]
    assert others == []
