"""The wheel, installed into an empty environment outside the checkout, serves, verifies and lints."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the console scripts of a fresh environment that has the wheel and nothing of the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = folder.glob("understudy-*.whl")
    venv.create(folder / "env", with_pip=True)
    scripts = folder / "env" / "bin"
    install = [scripts / "python", "-m", "pip", "install", "-q", "--disable-pip-version-check", str(wheel)]
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return scripts


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment of variables without the checkout and with an empty cache."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    return {**kept, "XDG_CACHE_HOME": str(tmp_path_factory.mktemp("cache"))}


def test_it_lints_the_bundled_documents(installed: Path, elsewhere: dict[str, str], tmp_path: Path) -> None:
    lint = [installed / "understudy", "spec", "lint"]
    done = subprocess.run(lint, cwd=tmp_path, env=elsewhere, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    assert "162 operations" in done.stdout


def test_it_serves_and_verifies(installed: Path, elsewhere: dict[str, str], tmp_path: Path) -> None:
    ports = []
    for _ in range(2):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            ports.append(probe.getsockname()[1])
    command = [installed / "understudy", "serve", "--port", str(ports[0]), "--registry-port", str(ports[1])]
    server = subprocess.Popen(command, cwd=tmp_path, env=elsewhere, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        assert _get(ports[0], "/healthz", server) == {"status": "ok"}
        assert _get(ports[1], "/v1/health", server) == {"status": "ok"}
        assert len(_get(ports[0], "/v1/openapi.json", server)["paths"]) == 134
        login = json.dumps({"email": "user@example.com", "password": "s3cure!"}).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{ports[0]}/v1/auth/login", login, {"content-type": "application/json"}
        )
        with urllib.request.urlopen(request) as answer:
            assert json.load(answer)["token_type"] == "bearer"
        url, state = f"http://127.0.0.1:{ports[0]}", tmp_path / "state"
        verify = [installed / "understudy", "verify", url, "--only", "api-keys", "--journal", str(state)]
        done = subprocess.run(verify, cwd=tmp_path, env=elsewhere, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "CONFORM 2/2 paths 3/3 operations" in done.stdout
    finally:
        server.terminate()
        server.communicate(timeout=20)


def _get(port: int, path: str, server: subprocess.Popen[bytes]) -> dict[str, object]:
    until = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
                return dict(json.load(answer))
        except OSError:
            assert server.poll() is None, server.stdout and server.stdout.read()
            assert time.monotonic() < until, "the server did not come up"
            time.sleep(0.1)
