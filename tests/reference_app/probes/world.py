"""What a probe works with: three identities, and short ways to make things."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fastapi.testclient import TestClient

from .. import clock
from ..store import SEED, store
from . import oracle

PASSWORDS = {email: password for email, _, password, _ in SEED}


@dataclass
class Person:
    """Sends requests with the credentials of somebody; every response must be one that is declared."""

    client: TestClient
    headers: dict[str, str] = field(default_factory=dict)
    refresh_token: str = ""

    def call(self, method: str, path: str, status: int | tuple[int, ...] | None = None, **more: Any) -> Any:
        """Send a request, judge the response by the document and by the wanted status."""
        patch = {"Content-Type": "application/merge-patch+json"} if method == "PATCH" else {}
        headers = {**self.headers, **patch, **more.pop("headers", {})}
        response = self.client.request(method, path, headers=headers, **more)
        kind = response.headers.get("content-type", "")
        parsed = response.json() if "json" in kind and response.content else None
        oracle.check(
            method, response.request.url.path, response.status_code, response.headers, response.content, parsed
        )
        wanted = (status,) if isinstance(status, int) else status
        assert wanted is None or response.status_code in wanted, (
            f"{method} {path}: {response.status_code} for {wanted}: {response.text[:200]}"
        )
        return response

    def get(self, path: str, status: int | tuple[int, ...] = 200, **more: Any) -> Any:
        """Read, and return the data."""
        response = self.call("GET", path, status, **more)
        return response.json() if "json" in response.headers.get("content-type", "") else response.content

    def post(self, path: str, body: Any = None, status: int | tuple[int, ...] = 201, **more: Any) -> Any:
        """Create, and return the data."""
        response = self.call("POST", path, status, json=body, **more)
        return response.json() if response.content else None

    def put(self, path: str, body: Any, status: int | tuple[int, ...] = 200, **more: Any) -> Any:
        """Replace, and return the data."""
        return self.call("PUT", path, status, json=body, **more).json()

    def patch(self, path: str, body: Any, status: int | tuple[int, ...] = 200, **more: Any) -> Any:
        """Change, and return the data."""
        return self.call("PATCH", path, status, json=body, **more).json()

    def delete(self, path: str, status: int | tuple[int, ...] = 204) -> Any:
        """Delete."""
        return self.call("DELETE", path, status)

    def upload(self, task: str, data: bytes, status: int = 201) -> Any:
        """Attach a file to a task, and return what is known of it."""
        return self.call("POST", f"{task}/attachments", status, files={"file": ("apples.txt", data)}).json()

    def key(self, **body: Any) -> Any:
        """Create an API key."""
        return self.post("/v1/me/api-keys", {"name": "ci", **body})


class World:
    """A fresh state with two peers and an administrator."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self._made = 0
        clock.reset()
        with store.lock:
            store.clear()
        self.nobody = Person(client)
        self.alice = self.login("alice@example.com")
        self.bob = self.login("bob@example.com")
        self.admin = self.login("admin@example.com")

    def login(self, email: str, **more: Any) -> Person:
        """Return somebody with a new session."""
        body = {"email": email, "password": PASSWORDS.get(email, "dora-pass-1"), **more}
        tokens = self.nobody.post("/v1/auth/login", body, 200)
        return self.bearer(tokens["access_token"], tokens["refresh_token"])

    def bearer(self, token: str, refresh_token: str = "") -> Person:
        """Return somebody with this access token."""
        return Person(self.client, {"Authorization": f"Bearer {token}"}, refresh_token)

    def with_key(self, secret: str) -> Person:
        """Return somebody with an API key."""
        return Person(self.client, {"X-API-Key": secret})

    def workspace(self, person: Person | None = None, **body: Any) -> str:
        """Make a workspace, and return its path."""
        made = (person or self.alice).post("/v1/workspaces", {"name": "Garden", **body})
        return f"/v1/workspaces/{made['id']}"

    def project(self, workspace: str | None = None, **body: Any) -> str:
        """Make a project, and return its path."""
        self._made += 1
        workspace = workspace or self.workspace()
        made = self.alice.post(f"{workspace}/projects", {"slug": f"apples-{self._made}", "name": "Apples", **body})
        return f"{workspace}/projects/{made['id']}"

    def task(self, project: str | None = None, **body: Any) -> str:
        """Make a task, and return its path."""
        project = project or self.project()
        return f"{project}/tasks/{self.alice.post(f'{project}/tasks', {'title': 'Pick', **body})['id']}"

    def move(self, task: str, *states: str) -> Any:
        """Move a task through states."""
        for one in states:
            moved = self.alice.post(f"{task}/transitions", {"to": one}, 200)
        return moved

    def invite(self, person: Person, workspace: str, role: str) -> None:
        """Make somebody a member of a workspace."""
        user_id = person.get("/v1/me")["id"]
        self.alice.put(f"{workspace}/members/{user_id}", {"role": role}, (200, 201))


Probe = Callable[[World], None]
PROBES: list[tuple[Probe, tuple[str, ...]]] = []


def probe(*fault_ids: str) -> Callable[[Probe], Probe]:
    """Register a probe: it passes on the healthy app and fails with each of these faults."""

    def register(function: Probe) -> Probe:
        PROBES.append((function, fault_ids))
        return function

    return register
