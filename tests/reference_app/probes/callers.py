"""Probes of who may call: credentials, roles, scopes, rotation, isolation, existence, nesting."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from .. import clock
from .world import Person, World, probe

UNKNOWN = "00000000-0000-4000-8000-000000000000"


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def claims(person: Person) -> dict[str, Any]:
    body = person.headers["Authorization"].split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))))


@probe("auth-alg-none")
def unsigned_tokens_are_refused(w: World) -> None:
    w.bearer(f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims(w.alice))}.").get("/v1/me", 401)


@probe("auth-signature-unchecked")
def tampered_tokens_are_refused(w: World) -> None:
    head, _, signature = w.alice.headers["Authorization"].removeprefix("Bearer ").split(".")
    stolen = {**claims(w.alice), "sub": claims(w.bob)["sub"]}
    w.bearer(f"{head}.{part(stolen)}.{signature}").get("/v1/me", 401)


@probe("auth-expired-access", "auth-lifetime-ignored")
def expired_tokens_are_refused(w: World) -> None:
    short = w.login("alice@example.com", lifetime=1)
    short.get("/v1/me")
    clock.advance(2)
    short.get("/v1/me", 401)


@probe("auth-refresh-as-access", "auth-any-scheme")
def other_tokens_are_refused(w: World) -> None:
    w.bearer(w.alice.refresh_token).get("/v1/me", 401)
    token = w.alice.headers["Authorization"].removeprefix("Bearer ")
    Person(w.client, {"Authorization": f"Basic {token}"}).get("/v1/me", 401)


@probe("auth-logout-keeps-access", "auth-logout-ends-all", "rotation-logout-keeps-refresh")
def logout_ends_the_session(w: World) -> None:
    second = w.login("alice@example.com")
    second.post("/v1/auth/logout", status=204)
    second.get("/v1/me", 401)
    w.nobody.post("/v1/auth/refresh", {"refresh_token": second.refresh_token}, 401)
    w.alice.get("/v1/me")


@probe("auth-password-ignored-case", "exists-login-unknown-email")
def wrong_passwords_are_refused(w: World) -> None:
    w.nobody.post("/v1/auth/login", {"email": "alice@example.com", "password": "ALICE-PASS-1"}, 401)
    w.nobody.post("/v1/auth/login", {"email": "nobody@example.com", "password": "alice-pass-1"}, 401)


@probe("auth-key-revoked-works", "auth-key-prefix-enough", "auth-key-manages-keys", "persist-key-lost")
def keys_work_until_they_are_deleted(w: World) -> None:
    key = w.alice.key()
    person = w.with_key(key["secret"])
    person.get("/v1/me")
    w.with_key(key["prefix"] + "x" * 35).get("/v1/me", 401)
    person.post("/v1/me/api-keys", {"name": "more"}, 401)
    w.alice.delete(f"/v1/me/api-keys/{key['id']}")
    person.get("/v1/me", 401)


@probe("auth-key-expired-works", "persist-key-expiry")
def keys_expire(w: World) -> None:
    soon = (clock.now() + timedelta(seconds=5)).isoformat()
    key = w.alice.key(expires_at=soon)
    (listed,) = w.alice.get("/v1/me/api-keys")
    assert datetime.fromisoformat(listed["expires_at"]) == datetime.fromisoformat(soon)
    clock.advance(10)
    w.with_key(key["secret"]).get("/v1/me", 401)


@probe("auth-scope-ignored-tasks", "auth-scope-ignored-workspaces", "persist-key-scope")
def keys_that_read_do_not_write(w: World) -> None:
    project = w.project()
    reader = w.with_key(w.alice.key(scope="read")["secret"])
    reader.get(project)
    reader.post(f"{project}/tasks", {"title": "Pick"}, 403)
    reader.put(project.partition("/projects")[0], {"name": "Yard"}, 403)
    w.with_key(w.alice.key(scope="write")["secret"]).post(f"{project}/tasks", {"title": "Pick"}, 201)


@probe(
    "auth-open-download", "auth-open-comments", "auth-open-task-delete", "auth-open-members", "auth-open-admin-users",
    "auth-open-project",
)  # fmt: skip
def credentials_are_needed(w: World) -> None:
    task = w.task()
    project, workspace = task.partition("/tasks")[0], task.partition("/projects")[0]
    file = f"{task}/attachments/{w.alice.upload(task, b'apples')['id']}"
    for path in (file, f"{task}/comments", f"{workspace}/members", "/v1/admin/users", project):
        w.nobody.get(path, 401)
    w.nobody.delete(task, 401)


@probe("auth-role-unchecked")
def only_administrators_see_users(w: World) -> None:
    w.admin.get("/v1/admin/users")
    w.alice.get("/v1/admin/users", 403)


@probe("auth-viewer-writes", "auth-viewer-comments", "auth-viewer-deletes-task", "auth-viewer-changes-members")
def viewers_only_read(w: World) -> None:
    task = w.task()
    workspace = task.partition("/projects")[0]
    w.invite(w.bob, workspace, "viewer")
    w.bob.get(task)
    w.bob.post(f"{workspace}/projects", {"slug": "pears", "name": "Pears"}, 403)
    w.bob.post(f"{task}/comments", {"text": "Mine"}, 403)
    w.bob.delete(task, 403)
    w.bob.put(f"{workspace}/members/{w.bob.get('/v1/me')['id']}", {"role": "owner"}, 403)


@probe("auth-editor-deletes-workspace")
def editors_do_not_delete_workspaces(w: World) -> None:
    workspace = w.workspace()
    w.invite(w.bob, workspace, "editor")
    w.bob.delete(workspace, 403)


def refresh(w: World, token: str, status: int = 200) -> Any:
    return w.nobody.post("/v1/auth/refresh", {"refresh_token": token}, status)


@probe("rotation-old-works", "rotation-same-token", "rotation-new-token-dead", "rotation-access-of-first-user")
def refresh_tokens_rotate(w: World) -> None:
    new = refresh(w, w.bob.refresh_token)
    assert w.bearer(new["access_token"]).get("/v1/me")["email"] == "bob@example.com"
    refresh(w, new["refresh_token"])
    refresh(w, w.bob.refresh_token, 401)


@probe("rotation-reuse-keeps-session")
def reuse_ends_the_session(w: World) -> None:
    new = refresh(w, w.bob.refresh_token)
    refresh(w, w.bob.refresh_token, 401)
    refresh(w, new["refresh_token"], 401)


@probe("auth-access-as-refresh")
def access_tokens_do_not_refresh(w: World) -> None:
    refresh(w, w.bob.headers["Authorization"].removeprefix("Bearer "), 401)


@probe("rotation-refresh-short")
def refresh_tokens_live_longer(w: World) -> None:
    clock.advance(60)
    refresh(w, w.bob.refresh_token)


# What a peer who is no member tries, by the fault that lets it through.
TRIES: dict[str, Callable[[Person, str], Any]] = {
    "isolation-workspace-read": lambda bob, task: bob.get(task.partition("/projects")[0], 404),
    "isolation-workspace-write": lambda bob, task: bob.put(task.partition("/projects")[0], {"name": "Mine"}, 404),
    "isolation-workspace-delete": lambda bob, task: bob.delete(task.partition("/projects")[0], 404),
    "isolation-members": lambda bob, task: bob.get(task.partition("/projects")[0] + "/members", 404),
    "isolation-project-list": lambda bob, task: bob.get(task.partition("/projects")[0] + "/projects", 404),
    "isolation-project-read": lambda bob, task: bob.get(task.partition("/tasks")[0], 404),
    "isolation-project-create": lambda bob, task: bob.post(
        task.partition("/projects")[0] + "/projects", {"slug": "mine", "name": "Mine"}, 404
    ),
    "isolation-task-list": lambda bob, task: bob.get(task.partition("/tasks")[0] + "/tasks", 404),
    "isolation-task-read": lambda bob, task: bob.get(task, 404),
    "isolation-task-create": lambda bob, task: bob.post(task.partition("/tasks")[0] + "/tasks", {"title": "Mine"}, 404),
    "isolation-task-write": lambda bob, task: bob.patch(task, {"title": "Mine"}, 404),
    "isolation-task-delete": lambda bob, task: bob.delete(task, 404),
    "isolation-task-move": lambda bob, task: bob.post(f"{task}/transitions", {"to": "in_progress"}, 404),
    "isolation-comment-list": lambda bob, task: bob.get(f"{task}/comments", 404),
    "isolation-comment-add": lambda bob, task: bob.post(f"{task}/comments", {"text": "Mine"}, 404),
    "isolation-upload": lambda bob, task: bob.upload(task, b"mine", 404),
}


@probe(*TRIES, "exists-workspace-403")
def others_get_404(w: World) -> None:
    task = w.task()
    for attempt in TRIES.values():
        attempt(w.bob, task)


@probe("isolation-download")
def files_are_not_for_others(w: World) -> None:
    task = w.task()
    w.bob.get(f"{task}/attachments/{w.alice.upload(task, b'apples')['id']}", 404)


@probe("isolation-workspace-list", "isolation-keys-list", "isolation-key-delete", "isolation-profile-last-login")
def lists_are_the_own(w: World) -> None:
    w.workspace()
    key = w.alice.key()
    assert w.bob.get("/v1/workspaces")["items"] == []
    assert w.bob.get("/v1/me/api-keys") == []
    w.bob.delete(f"/v1/me/api-keys/{key['id']}", 404)
    assert w.alice.get("/v1/me")["email"] == "alice@example.com"


@probe("nesting-project-any-workspace", "exists-project-403", "nesting-project-list-all", "derived-project-count-all")
def projects_are_in_their_workspace(w: World) -> None:
    project, other = w.project(), w.workspace()
    w.alice.get(f"{other}/projects/{project.rpartition('/')[2]}", 404)
    assert w.alice.get(f"{other}/projects")["items"] == []
    assert w.alice.get(other)["project_count"] == 0


@probe(
    "nesting-task-read-any-project", "nesting-task-write-any-project", "nesting-task-delete-any-project",
    "nesting-task-list-workspace", "nesting-comments-any-task", "nesting-comment-add-any-task",
    "nesting-download-any-task", "nesting-upload-any-task",
)  # fmt: skip
def tasks_are_in_their_project(w: World) -> None:
    task = w.task()
    other = w.project(task.partition("/projects")[0])
    file = w.alice.upload(task, b"apples")["id"]
    wrong = f"{other}/tasks/{task.rpartition('/')[2]}"
    assert w.alice.get(f"{other}/tasks")["items"] == []
    w.alice.get(wrong, 404)
    w.alice.get(f"{wrong}/comments", 404)
    w.alice.get(f"{wrong}/attachments/{file}", 404)
    w.alice.post(f"{wrong}/comments", {"text": "Ripe"}, 404)
    w.alice.upload(wrong, b"pears", 404)
    w.alice.patch(wrong, {"priority": 5}, 404)
    w.alice.delete(wrong, 404)


@probe("nesting-comments-of-project", "nesting-attachment-any-task")
def comments_and_files_are_in_their_task(w: World) -> None:
    task = w.task()
    other = w.task(task.partition("/tasks")[0])
    w.alice.post(f"{task}/comments", {"text": "Ripe"})
    file = w.alice.upload(task, b"apples")["id"]
    assert w.alice.get(f"{other}/comments") == []
    w.alice.get(f"{other}/attachments/{file}", 404)
