"""curl against Alquimia Registry, as its documentation calls it: the same calls in the same order, on the seed data."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.command import served

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is needed")
SIGNED = ("-H", "Authorization: Bearer a-token")
JSON = ("-H", "Content-Type: application/json")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with served("alquimia", API_TOKEN="a-token") as url:
        yield url


def curl(method: str, address: str, *options: str) -> tuple[int, Any]:
    """Call with curl; return the status and the JSON of the response."""
    command = ["curl", "-s", "-X", method, address, "-w", "\n%{http_code}", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    body, _, status = done.stdout.rpartition("\n")
    return int(status), json.loads(body)


def test_the_calls_of_the_documentation_are_taken(url: str, tmp_path: Path) -> None:
    space = {"name": "my-agents", "namespace": "local", "tag": "latest"}
    status, made = curl("POST", f"{url}/registry/", *SIGNED, *JSON, "-d", json.dumps(space))
    assert (status, {name: made[name] for name in space}) == (201, space)
    agent = {
        "assistant_id": "guide",
        "nickname": "Guide",
        "response": {"provider_id": "alquimia", "config": {"connector": {"api_key": {"$secretRef": "OPENAI_API_KEY"}}}},
    }
    (tmp_path / "agent.json").write_text(json.dumps(agent))
    where = f"{url}/registry/agent?agentspace_id=default"
    assert curl("POST", where, *SIGNED, *JSON, "-d", f"@{tmp_path / 'agent.json'}") == (200, agent)
    valid = {"validated": 4, "errors": [], "deleted_secrets": []}
    assert curl("POST", f"{url}/registry/validate?agentspace_id=default&dry_run=true", *SIGNED) == (200, valid)
    assert curl("POST", f"{url}/registry/validate?agentspace_id=default", *SIGNED) == (200, valid)
    told = json.dumps({"description": "First release"})
    address = f"{url}/registry/publish?agentspace_id=default&tag=v1.0.0"
    status, pushed = curl("PUT", address, *SIGNED, *JSON, "-d", told)
    assert (status, pushed["tag"], pushed["description"]) == (200, "v1.0.0", "First release")
    assert pushed["digest"].startswith("sha256:")


def test_without_the_token_none_of_them_is(url: str) -> None:
    for method, path in (("POST", ""), ("POST", "agent"), ("POST", "validate"), ("PUT", "publish")):
        assert curl(method, f"{url}/registry/{path}") == (401, {"detail": "Not authenticated"})
