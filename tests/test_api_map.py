"""The fifteen examples of the published API map, run with curl, in order, against the default server."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from typing import Any

import pytest

from specdouble.mock.pytest_plugin import Urls

CURL = shutil.which("curl")
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


@pytest.fixture
def curl(specdouble_server: Urls) -> Any:
    """Runs curl as the page prints it, on our base URL; returns status and parsed body."""
    assert CURL, "curl is needed to run the documented examples"

    def run(path: str, body: Any = None, token: str | None = None, method: str | None = None) -> tuple[int, Any]:
        command = [CURL, "-s", "-w", "\n%{http_code}"]
        if method or body is not None:
            command += ["-X", method or "POST"]
        command.append(specdouble_server.auth_gateway + path)
        if token:
            command += ["-H", f"Authorization: Bearer {token}"]
        if body is not None:
            command += ["-H", "Content-Type: application/json", "-d", json.dumps(body)]
        text, _, status = subprocess.run(command, check=True, capture_output=True, text=True).stdout.rpartition("\n")
        return int(status), json.loads(text)

    return run


def test_the_fifteen_examples(curl: Any, specdouble_server: Urls) -> None:
    # 1 signup: the page's own address is one of the seed data, so the second sign-up of it is refused; a new one works
    account = {"email": "user@example.com", "password": "s3cure!", "tenant_id": "default"}
    assert curl("/v1/auth/signup", account)[0] == 409
    status, signed = curl("/v1/auth/signup", {**account, "email": "newcomer@example.com"})
    assert status == 201
    assert signed["message"] == "Verification email sent. Check your inbox."
    assert signed["user_id"].startswith("imp_u_")
    _, mails = curl("/__mock__/outbox?to=newcomer@example.com")
    status, tokens = curl("/v1/auth/verify-email", {"token": mails[0]["token"]})
    assert (status, sorted(tokens)) == (200, ["access_token", "expires_in", "refresh_token", "token_type"])

    # 2 login, 3 refresh, 4 me
    status, tokens = curl("/v1/auth/login", account)
    assert (status, tokens["token_type"], tokens["expires_in"]) == (200, "bearer", 3600)
    status, rotated = curl("/v1/auth/refresh", {"refresh_token": tokens["refresh_token"]})
    assert status == 200
    assert rotated["refresh_token"] != tokens["refresh_token"]
    token = rotated["access_token"]
    status, me = curl("/v1/auth/me", token=token)
    printed = {
        "imperal_id": "imp_u_abc123", "email": "user@example.com", "role": "user", "tenant_id": "default",
        "is_active": True,
    }  # fmt: skip
    assert status == 200
    assert printed.items() <= me.items()

    # 5 call, 6 batch
    step = {
        "id": "step_1", "kind": "declarative", "action": "store.create",
        "params": {"collection": "tasks", "data": {"title": "{{title}}"}},
    }  # fmt: skip
    ir = {"app_id": "my-extension", "version": "1.0.0", "steps": [step]}
    who = {"user_id": "imp_u_abc123", "tenant_id": "default"}
    params = {"app_id": "my-extension", "ir_dict": ir}
    status, deployed = curl("/v1/extensions/developer/call", {**who, "function": "deploy_ir", "params": params}, token)
    assert status == 200
    assert STAMP.fullmatch(deployed["data"].pop("deployed_at"))
    assert deployed == {
        "status": "success",
        "data": {"app_id": "my-extension", "steps_registered": 1, "ir_version": "1.0.0"},
        "summary": "IR deployed",
        "error": None,
        "ui": None,
    }
    calls = [{"function": "get_balance"}, {"function": "list_plans"}]
    status, batch = curl("/v1/extensions/billing/batch", {"user_id": "imp_u_abc123", "calls": calls}, token)
    assert status == 200
    assert [item["status"] for item in batch] == ["success", "success"]
    assert batch[0]["data"]["balance"] == 4200

    # 7 me/extensions
    status, mine = curl("/v1/me/extensions", token=token)
    assert status == 200
    (portal,) = [one for one in mine if one["app_id"] == "developer"]
    assert portal["name"] == "Developer Portal"
    assert (portal["is_installed"], portal["is_disabled"]) == (True, False)
    assert "deploy_ir" in [one["name"] for one in portal["functions"]]

    # 8 browse, 9 install
    status, found = curl("/v1/marketplace/apps?search=notes&limit=10", token=token)
    assert status == 200
    assert [(one["app_id"], one["name"], one["category"], one["pricing_model"]) for one in found] == [
        ("notes", "Notes", "productivity", "free")
    ]
    status, installed = curl("/v1/marketplace/apps/notes/install", {}, token)
    assert (status, installed["app_id"], installed["status"]) == (200, "notes", "installed")
    assert STAMP.fullmatch(installed["installed_at"])

    # 10 balance
    status, balance = curl("/v1/billing/balance", token=token)
    assert (status, balance["balance"], balance["currency"]) == (200, 4200, "token")

    # 11 register as developer, 12 create an app, 13 record a deploy, 14 submit
    assert curl("/v1/developer/register", {"display_name": "Ada Lovelace"}, token) == (200, {})
    app = {
        "app_id": "my-extension", "name": "My Extension", "short_description": "Does something useful.",
        "category": "productivity",
    }  # fmt: skip
    status, created = curl("/v1/developer/apps", app, token)
    assert (status, created["app_id"], created["name"], created["status"]) == (
        201, "my-extension", "My Extension", "draft",
    )  # fmt: skip
    release = {"version": "1.0.0", "changelog": "Initial release."}
    status, deploy = curl("/v1/developer/apps/my-extension/deploys", release, token)
    assert (status, deploy["status"], deploy["version"]) == (201, "pending", "1.0.0")
    assert deploy["deploy_id"].startswith("dep_")
    until = time.monotonic() + 10
    while curl("/v1/developer/apps/my-extension/deploys", token=token)[1][0]["status"] == "pending":
        assert time.monotonic() < until, "a pending deploy settles by itself"
        time.sleep(0.1)
    status, submitted = curl("/v1/developer/apps/my-extension/submit", {}, token)
    assert (status, submitted["app_id"], submitted["status"]) == (200, "my-extension", "pending_review")

    # 15 the event stream
    stream_url = f"{specdouble_server.auth_gateway}/v1/events/stream"
    command = [CURL, "-s", "-N", "-m", "3", stream_url, "-H", f"Authorization: Bearer {token}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as stream:
        time.sleep(0.5)
        curl("/__mock__/events", {"user_id": "imp_u_abc123", "type": "chat_message", "payload": {"text": "hello"}})
        lines = (stream.communicate()[0] or "").splitlines()
    events = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]
    assert [(event["type"], event["payload"]) for event in events] == [("chat_message", {"text": "hello"})]
    assert STAMP.fullmatch(events[0]["ts"])
