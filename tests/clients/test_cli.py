"""The command line `imperal` of imperal-sdk, unchanged, with one key for both hosts: deploy, logs, what they reach."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.clients.harness import Live

MARGARET, EMAIL = "imp_u_dev001", "dev@example.com"
PLATFORM = {"X-Api-Key": "imp_reg_key_dev"}
APP = "seed-swap"
MAIN = '''
from pydantic import BaseModel, Field
from imperal_sdk import ActionResult, ChatExtension, Extension

ext = Extension(
    "seed-swap", version="1.2.0", display_name="Seed Swap Extension", icon="icon.svg", actions_explicit=True,
    description="Lets gardeners offer seeds to each other and find what they still lack for the season.",
)
chat = ChatExtension(ext, "seed_swap", description="Offers and finds seeds for gardeners.")


class Wanted(BaseModel):
    """What is looked for."""

    plant: str = Field(default="", description="Name of the plant")


class Found(BaseModel):
    """What was found."""

    offers: int = Field(description="Number of offers")


@chat.function("find_seeds", action_type="read", data_model=Found, description="Find seeds that others offer.")
async def find_seeds(ctx, params: Wanted) -> ActionResult:
    """Find seeds."""
    return ActionResult.success(data={"offers": 0}, summary="None yet.")
'''


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small extension, as a developer has it on disk."""
    folder = tmp_path / APP
    folder.mkdir()
    (folder / "main.py").write_text(MAIN)
    (folder / "icon.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>')
    return folder


@pytest.fixture
def key(live: Live) -> str:
    """Margaret's own key."""
    return str(live.ask("POST", "/v1/keys", EMAIL, {"name": "laptop"})["key"])


def imperal(live: Live, project: Path, key: str, *words: str) -> subprocess.CompletedProcess[str]:
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(project.parent),
        "IMPERAL_REGISTRY_URL": live.registry,
        "IMPERAL_GATEWAY_URL": live.gateway,
        "IMPERAL_API_KEY": key,
    }
    command = [sys.executable, "-m", "imperal_sdk.cli.main", *words]
    return subprocess.run(command, cwd=project, env=environ, capture_output=True, text=True, check=False, timeout=60)


def create(live: Live) -> None:
    """Create the app in the portal and register it, as the panel does."""
    body = {"app_id": APP, "display_name": "Seed Swap", "short_description": "Swap seeds.", "category": "lifestyle"}
    live.ask("POST", "/v1/developer/apps", EMAIL, body)
    row = {"app_id": APP, "display_name": "Seed Swap", "owner_id": MARGARET}
    assert httpx.post(f"{live.registry}/v1/apps", json=row, headers=PLATFORM).status_code == 200
    live.saw()


def test_deploy_fills_the_registry_and_the_gateway_follows_its_own_way(live: Live, project: Path, key: str) -> None:
    create(live)
    done = imperal(live, project, key, "deploy")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Deployed seed-swap v1.2.0 successfully!" in done.stdout
    seen = live.saw()
    assert seen[:2] == [("GET /v1/apps/{app_id}", 200), ("PUT /v1/apps/{app_id}/tools", 200)]
    assert {status for _key, status in seen} == {200}

    tools = httpx.get(f"{live.registry}/v1/catalog/tools", headers=PLATFORM).json()
    mine = [tool for tool in tools if APP in str(tool)]
    assert mine, "the catalogue shows the tools of the deploy"
    row = httpx.get(f"{live.registry}/v1/apps/{APP}", headers=PLATFORM).json()
    assert (row["version"], row["status"]) == ("1.2.0", "active")
    before = live.ask("GET", f"/v1/developer/apps/{APP}", EMAIL)
    assert before["version"] != "1.2.0"

    assert imperal(live, project, key, "build").returncode == 0
    manifest = (project / "imperal.json").read_text()
    live.ask("POST", f"/v1/developer/apps/{APP}/_sync_manifest", body={"manifest_json": manifest}, service=True)
    deploy = live.ask("POST", f"/v1/developer/apps/{APP}/deploys", EMAIL, {"version": "1.2.0"})
    live.control(f"/deploys/{deploy['deploy_id']}/finish")
    live.ask("POST", f"/v1/developer/apps/{APP}/submit", EMAIL)
    live.ask("POST", f"/v1/admin/apps/{APP}/approve", "admin@example.com", {})
    shown = live.ask("GET", "/v1/marketplace/apps?search=seed&per_page=10")
    assert APP in str(shown)
    live.ask("POST", f"/v1/marketplace/apps/{APP}/install")
    (held,) = [one for one in live.ask("GET", "/v1/me/extensions") if one["app_id"] == APP]
    assert "find_seeds" in str(held)


def test_deploy_says_that_an_app_must_be_registered_first(live: Live, project: Path, key: str) -> None:
    done = imperal(live, project, key, "deploy")
    assert done.returncode == 1
    assert "not registered" in done.stderr
    assert live.saw() == [("GET /v1/apps/{app_id}", 404)]


def test_deploy_with_a_wrong_key_pushes_nothing(live: Live, project: Path) -> None:
    create(live)
    done = imperal(live, project, "imp_live_wrong", "deploy")
    assert done.returncode == 1
    assert live.saw() == [("GET /v1/apps/{app_id}", 401)]


def test_logs_shows_the_deploys_with_the_same_key(live: Live, project: Path, key: str) -> None:
    create(live)
    path = f"/v1/developer/apps/{APP}/deploys"
    first = live.ask("POST", path, EMAIL, {"version": "1.1.0", "commit_sha": "0123456789abcdef"})
    live.control(f"/deploys/{first['deploy_id']}/fail", {"error_message": "icon.svg is missing"})
    second = live.ask("POST", path, EMAIL, {"version": "1.2.0"})
    live.control(f"/deploys/{second['deploy_id']}/finish")
    live.saw()
    done = imperal(live, project, key, "logs", "--limit", "5")
    assert done.returncode == 0, done.stdout + done.stderr
    words = [line.split() for line in done.stdout.splitlines()]
    lines = [line for line in words if "FAILED" in line or "SUCCESS" in line]
    assert [line[1] for line in lines] == ["SUCCESS", "FAILED"]
    assert lines[1][2] == "01234567"
    assert "icon.svg is missing" in done.stdout
    assert live.saw() == [("GET /v1/developer/apps/{app_id}/deploys", 200)]


def test_logs_says_what_it_was_refused(live: Live, project: Path, key: str) -> None:
    unknown = imperal(live, project, key, "logs")
    assert (unknown.returncode, "not found on the platform" in unknown.stdout) == (1, True)
    wrong = imperal(live, project, "imp_live_wrong", "logs")
    assert (wrong.returncode, "Credentials rejected" in wrong.stdout) == (1, True)
    assert [status for _key, status in live.saw()] == [404, 401]
