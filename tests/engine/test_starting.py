"""Starting anywhere: https with our own certificate or another, a line for scripts, secrets that cannot be used."""

from __future__ import annotations

import contextlib
import json
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import trustme
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from specdouble.cli.serve import ready
from specdouble.mock.pipeline.problems import StartError
from specdouble.mock.state.worlds import below, name_in
from specdouble.mock.transports.certificates import certificate_of
from tests.pack import Options, boot

ROOT = Path(__file__).resolve().parent.parent.parent


def test_a_line_of_json_says_where_things_are_and_https_carries_streams(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "specdouble", "serve", "--port", "0", "--tls", "--ready-json"]
    environment = {"XDG_CACHE_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as run:
        assert run.stdout is not None
        try:
            said = json.loads(run.stdout.readline())
            context = ssl.create_default_context(cafile=said["authority"])
            with httpx.Client(verify=context, base_url=said["urls"]["auth_gateway"], timeout=10) as client:
                login = {"email": "user@example.com", "password": "s3cure!"}
                token = client.post("/v1/auth/login", json=login).json()["access_token"]
                assert client.get(said["control"] + "clock").status_code == 200
                with client.stream("GET", f"/v1/events/stream?token={token}") as stream:
                    assert ": connected" in stream.iter_lines()
        finally:
            run.terminate()
        rest = run.stdout.read()
    assert run.returncode == 0
    assert rest == ""
    assert said["pid"] == run.pid
    assert said["urls"].keys() == said["ports"].keys() == {"auth_gateway", "registry"}
    assert all(url == f"https://localhost:{said['ports'][name]}" for name, url in said["urls"].items())
    assert said["control"] == said["urls"]["auth_gateway"] + "/__mock__/"


def test_without_tls_there_is_no_authority() -> None:
    said = json.loads(ready(boot(Options(ports={"auth_gateway": 1, "registry": 2}))))
    assert (said["authority"], said["urls"]["registry"]) == (None, "http://localhost:2")


def test_the_authority_is_made_once_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    first = certificate_of(Options(tls=True))
    assert first is not None
    assert first.authority is not None
    known = first.authority.read_bytes()
    again = certificate_of(Options(tls=True, host="dev.example.test"))
    assert again is not None
    assert first.authority.read_bytes() == known
    assert {path.stat().st_mode & 0o077 for path in tmp_path.rglob("*.pem")} == {0}
    assert certificate_of(Options()) is None


def test_files_such_as_mkcert_makes_are_taken_together_or_apart(tmp_path: Path) -> None:
    made = trustme.CA().issue_cert("localhost")
    chain, key, both = tmp_path / "localhost.pem", tmp_path / "localhost-key.pem", tmp_path / "both.pem"
    chain.write_bytes(made.cert_chain_pems[0].bytes())
    key.write_bytes(made.private_key_pem.bytes())
    both.write_bytes(made.private_key_and_cert_chain_pem.bytes())
    for options in (Options(tls_cert=str(chain), tls_key=str(key)), Options(tls_cert=str(both))):
        found = certificate_of(options)
        assert found is not None
        assert found.authority is None
    other = tmp_path / "other.pem"
    other.write_bytes(trustme.CA().issue_cert("localhost").private_key_pem.bytes())
    with pytest.raises(StartError, match="the key is that of another certificate"):
        certificate_of(Options(tls_cert=str(chain), tls_key=str(other)))
    with pytest.raises(StartError, match="a file holds no certificate, or no key"):
        certificate_of(Options(tls_cert=str(chain)))
    with pytest.raises(StartError, match="a key without its certificate"):
        certificate_of(Options(tls_key=str(key)))
    locked = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    key.write_bytes(pem(locked, b"secret"))
    with pytest.raises(StartError, match="the key needs a password"):
        certificate_of(Options(tls_cert=str(chain), tls_key=str(key)))


def pem(key: Any, password: bytes | None = None) -> bytes:
    """Return a private key as a PEM file."""
    locked = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked)  # type: ignore[no-any-return]


def test_a_signing_key_that_cannot_be_used_is_one_line(tmp_path: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    file = tmp_path / "key.pem"
    for content, said in (
        (pem(key, b"secret"), "it needs a password, which a server cannot ask for"),
        (pem(ec.generate_private_key(ec.SECP256R1())), "it holds no RSA private key"),
        (key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), "it holds no RSA private key"),
        (b"", "it holds no RSA private key"),
    ):
        file.write_bytes(content)
        with pytest.raises(StartError, match=said) as refused:
            boot(Options(signing_key=str(file)))
        assert "\n" not in str(refused.value)
    with pytest.raises(StartError, match="Is a directory"):
        boot(Options(signing_key=str(tmp_path)))
    file.write_bytes(pem(key))
    boot(Options(signing_key=str(file)))


@pytest.mark.parametrize("name", ["service_token", "registry_key", "stripe_secret", "call_token_secret"])
@pytest.mark.parametrize(("value", "said"), [("", "it is empty"), (" ", "it is empty"), (" x", "a header cannot hold")])
def test_a_secret_that_opens_nothing_is_one_line(name: str, value: str, said: str) -> None:
    with pytest.raises(StartError, match=f"--{name.replace('_', '-')}: .*{said}"):
        boot(Options(**{name: value}))


def test_an_error_comes_before_the_panel() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "specdouble", "serve", "--port", "0", "--service-token", ""],
        capture_output=True, text=True, cwd=ROOT, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "specdouble: --service-token: it is empty. Give a value, or leave the option out.\n"


def test_clients_take_our_certificate_for_the_host_names_of_worlds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    made = certificate_of(Options(tls=True))
    assert made is not None
    name = urlsplit(below("https://localhost:8085", "w1")).hostname
    assert name_in(None, f"{name}:8085", None) == "w1"
    ours, theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context(cafile=made.authority)
    ours.load_cert_chain(made.chain, made.key)
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = ours.wrap_bio(up, down, server_side=True)
    client = theirs.wrap_bio(down, up, server_hostname=name)
    for _ in range(3):
        for side in (client, server):
            with contextlib.suppress(ssl.SSLWantReadError):
                side.do_handshake()
    assert client.version() is not None
    client.do_handshake()
