"""What a run reports about servers that nobody here wrote was looked at by hand: nothing else may be reported.

These tests install and start the servers themselves, which takes minutes: ``pytest -m slow tests/real_servers``.
"""

from __future__ import annotations

import base64
import json
import re
import shutil
import socket
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.slow

KINTO = """
[server:main]
use = egg:waitress
host = 127.0.0.1
port = {port}
[app:main]
use = egg:kinto
kinto.userid_hmac_secret = not-a-secret
kinto.storage_backend = kinto.core.storage.memory
kinto.cache_backend = kinto.core.cache.memory
kinto.permission_backend = kinto.core.permission.memory
kinto.includes = kinto.plugins.flush kinto.plugins.history kinto.plugins.default_bucket
multiauth.policies = basicauth
kinto.bucket_create_principals = system.Authenticated
"""


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        return int(made.getsockname()[1])


def installed(folder: Path, *packages: str) -> Path:
    """Return the programs of packages in an environment of their own; skip where they cannot be installed."""
    venv.create(folder, with_pip=True)
    done = subprocess.run(
        [folder / "bin" / "pip", "install", "-q", *packages], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"{packages[0]} cannot be installed: {done.stderr.strip().splitlines()[-1]}")
    return folder / "bin"


@contextmanager
def running(words: list[Any], url: str, cwd: Path) -> Iterator[None]:
    """Start a server, wait for it, and end it."""
    with (cwd / "server.log").open("w") as log:
        server = subprocess.Popen([str(one) for one in words], cwd=cwd, stdout=log, stderr=log)
        try:
            for _ in range(120):
                try:
                    httpx.get(url, timeout=2)
                    break
                except httpx.HTTPError:
                    time.sleep(0.5)
            else:
                pytest.fail(f"{words[0]} does not answer: {(cwd / 'server.log').read_text()[-500:]}")
            yield
        finally:
            server.terminate()
            server.wait(20)


def verified(spec: Path, url: str, folder: Path, *more: str) -> dict[str, Any]:
    """Verify a server and return the result."""
    words = [sys.executable, "-m", "specdouble", "verify", "--spec", str(spec), url, "--seed", "1", "-q", *more]
    subprocess.run([*words, "--json", "result.json", "--journal", "."], cwd=folder, check=False, capture_output=True)
    found: dict[str, Any] = json.loads((folder / "result.json").read_text())
    return found


def faults(result: dict[str, Any]) -> set[tuple[str, str]]:
    """Return the faults of a result: rule and operation."""
    return {(one["rule"], one["key"]) for one in result["findings"] if one["kind"] == "fault"}


def test_kinto(tmp_path: Path) -> None:
    """It fails on deep nesting, and tells of a collection in somebody else's bucket whether it exists."""
    port = free_port()
    (tmp_path / "kinto.ini").write_text(KINTO.format(port=port))
    people = [
        f"  - name: {one}\n    fixedHeaders: [{{name: Authorization, value: 'Basic "
        f"{base64.b64encode(f'{one}:{one}-1'.encode()).decode()}'}}]\n"
        for one in ("ann", "ben", "admin")
    ]
    (tmp_path / "people.yaml").write_text("auth:\n" + "".join(people))
    programs = installed(tmp_path / "env", "kinto==26.5", "setuptools<81")
    base = f"http://127.0.0.1:{port}/v1"
    with running([programs / "kinto", "start", "--ini", "kinto.ini", "--port", port], f"{base}/", tmp_path):
        (tmp_path / "document.json").write_bytes(httpx.get(f"{base}/__api__").content)
        result = verified(tmp_path / "document.json", base, tmp_path, "--auth", "people.yaml")
    found = faults(result)
    nested = {op for rule, op in found if rule == "FUZZ-42"}
    assert "POST /buckets" in nested
    assert {rule for rule, _ in found} <= {"FUZZ-42", "SCHEMA-02", "ISO-43"}
    assert {op for rule, op in found if rule == "SCHEMA-02"} <= nested | {"GET /__version__", "POST /batch"}


def test_alertmanager(tmp_path: Path) -> None:
    """It drops the connection on a null among matchers, and fails for the deletion of what is not there."""
    program = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
    if program is None:
        pytest.skip("prometheus-alertmanager is not installed (apt install prometheus-alertmanager)")
    (tmp_path / "document.json").write_text(json.dumps(embedded(Path(program).read_bytes())))
    (tmp_path / "config.yml").write_text("route: {receiver: nobody}\nreceivers: [{name: nobody}]\n")
    base = f"http://127.0.0.1:{free_port()}"
    words = [program, "--config.file=config.yml", "--storage.path=data", "--cluster.listen-address="]
    with running([*words, f"--web.listen-address={base.removeprefix('http://')}"], f"{base}/-/ready", tmp_path):
        result = verified(tmp_path / "document.json", f"{base}/api/v2", tmp_path)
    assert faults(result) == {("SCHEMA-08", "POST /silences"), ("SCHEMA-02", "DELETE /silence/{silenceID}")}
    assert result["summary"]["operations"]["unproven"] == 0


def embedded(program: bytes) -> dict[str, Any]:
    """Return the document that a program carries in itself."""
    decoder = json.JSONDecoder()
    for match in re.finditer(rb'"swagger":\s*"2\.0"', program):
        for start in range(match.start(), match.start() - 2_000, -1):
            if program[start : start + 1] == b"{":
                try:
                    found, _end = decoder.raw_decode(program[start : start + 400_000].decode("utf-8", "replace"))
                except ValueError:
                    continue
                if "paths" in found:
                    return dict(found)
    pytest.skip("the program carries no document in itself")


def test_jupyter_server(tmp_path: Path) -> None:
    """Its pages of errors hold the token; what is no notebook, and a kernel that is not installed, make it fail."""
    programs = installed(tmp_path / "env", "jupyter_server")
    (spec,) = (tmp_path / "env").glob("lib/*/site-packages/jupyter_server/services/api/api.yaml")
    port = free_port()
    (tmp_path / "files").mkdir()
    token = "a-token-of-the-test-1234"
    header = f"[{{name: Authorization, value: 'token {token}'}}]"
    (tmp_path / "people.yaml").write_text(f"auth:\n  - name: me\n    fixedHeaders: {header}\n")
    options = [f"--ServerApp.port={port}", "--ServerApp.ip=127.0.0.1", f"--IdentityProvider.token={token}"]
    options += ["--ServerApp.root_dir=files", "--ServerApp.open_browser=False", "--allow-root"]
    base = f"http://127.0.0.1:{port}"
    with running([programs / "jupyter-server", *options], f"{base}/api", tmp_path):
        result = verified(spec, base, tmp_path, "--auth", "people.yaml")
    found = faults(result)
    assert {rule for rule, _ in found} <= {"SECRET-01", "SCHEMA-02"}
    assert {op for rule, op in found if rule == "SCHEMA-02"} <= {"POST /api/kernels", "PUT /api/contents/{path}"}
