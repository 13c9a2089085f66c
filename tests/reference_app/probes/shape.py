"""Probes of what a single response looks like: schema, status, headers, content type, errors, secrets."""

from __future__ import annotations

import json
from datetime import datetime

from .. import clock
from .world import World, probe

UNKNOWN = "00000000-0000-4000-8000-000000000000"


@probe(
    "schema-task-priority-text", "schema-task-field-missing", "schema-task-labels-null", "schema-task-status-enum",
    "time-no-offset", "content-json-twice", "time-blank", "header-location-missing", "status-create-200",
    "odd-progress-empty",
)  # fmt: skip
def task_is_as_declared(w: World) -> None:
    task = w.task()
    w.alice.get(task.partition("/tasks")[0])
    w.alice.patch(task, {"labels": []})
    w.move(task, "in_progress")
    assert isinstance(w.alice.get(task), dict)


@probe(
    "schema-workspace-camel", "schema-workspace-name-null", "schema-member-id-integer", "schema-list-wrapped",
    "header-etag-missing", "header-etag-unquoted",
)  # fmt: skip
def workspace_is_as_declared(w: World) -> None:
    workspace = w.workspace()
    w.alice.get("/v1/workspaces")
    assert w.alice.call("GET", workspace, 200).headers["etag"].startswith('"')
    assert w.alice.call("PUT", workspace, 200, json={"name": "Yard"}).headers["etag"].startswith('"')
    w.alice.get(f"{workspace}/members")


@probe("schema-project-progress-text", "content-html")
def project_is_as_declared(w: World) -> None:
    project = w.project()
    w.alice.get(project)
    w.alice.get(project.rpartition("/")[0])


@probe("schema-comment-nested", "time-unix", "status-comment-200")
def comment_is_as_declared(w: World) -> None:
    task = w.task()
    w.alice.post(f"{task}/comments", {"text": "Ripe"})
    w.alice.get(f"{task}/comments")


@probe("schema-role-number", "content-text", "time-updated-never")
def profile_is_as_declared(w: World) -> None:
    before = w.alice.get("/v1/me")
    assert w.alice.patch("/v1/me", {"name": "Al"})["updated_at"] > before["updated_at"]


@probe("schema-key-expiry-missing", "status-delete-200-null", "header-location-key")
def key_is_as_declared(w: World) -> None:
    made = w.alice.call("POST", "/v1/me/api-keys", 201, json={"name": "ci"})
    w.alice.get("/v1/me/api-keys")
    w.alice.delete(made.headers["location"])


@probe("schema-tokens-type", "time-date-only", "status-register-202", "leak-register-hash")
def people_are_as_declared(w: World) -> None:
    w.nobody.post("/v1/auth/refresh", {"refresh_token": w.bob.refresh_token}, 200)
    w.admin.get("/v1/admin/users")
    body = {"email": "dora@example.org", "name": "Dora", "password": "dora-pass-1"}
    assert "hash" not in str(w.nobody.post("/v1/auth/register", body)).lower()


@probe("schema-digest-upper", "header-location-file", "header-download-type", "header-download-disposition")
def file_is_as_declared(w: World) -> None:
    task = w.task()
    made = w.alice.call("POST", f"{task}/attachments", 201, files={"file": ("a.txt", b"apples")})
    assert w.alice.get(made.headers["location"]) == b"apples"


@probe("header-location-wrong", "header-location-other")
def location_is_what_was_made(w: World) -> None:
    workspace = w.workspace()
    made = w.alice.call("POST", f"{workspace}/projects", 201, json={"slug": "apples", "name": "Apples"})
    assert w.alice.get(made.headers["location"])["id"] == made.json()["id"]
    task = w.alice.call("POST", f"{made.headers['location']}/tasks", 201, json={"title": "Pick"})
    assert w.alice.get(task.headers["location"])["id"] == task.json()["id"]


@probe("time-due-local", "time-created-now", "time-created-moves", "time-task-updated-never")
def times_are_true(w: World) -> None:
    task = w.task(due_at="2030-05-01T12:00:00+02:00")
    first = w.alice.get(task)
    assert datetime.fromisoformat(first["due_at"]) == datetime.fromisoformat("2030-05-01T10:00:00+00:00")
    clock.advance(5)
    changed = w.alice.patch(task, {"priority": 4})
    assert changed["created_at"] == first["created_at"]
    assert changed["updated_at"] > first["updated_at"]
    assert w.alice.get(task)["created_at"] == w.alice.get(task)["created_at"]


@probe("status-not-found-is-400", "status-missing-is-200-null", "error-string", "error-html")
def missing_is_404(w: World) -> None:
    project = w.project()
    w.alice.get(f"{project}/tasks/{UNKNOWN}", 404)
    w.alice.delete(f"{project}/tasks/{UNKNOWN}", 404)
    w.alice.get(f"{project.rpartition('/')[0]}/{UNKNOWN}", 404)
    w.alice.get(f"/v1/workspaces/{UNKNOWN}", 404)


@probe("status-conflict-is-422", "error-details-missing", "status-invalid-is-400", "error-list", "status-duplicate-500")
def refusals_have_their_status(w: World) -> None:
    project = w.project(slug="pears")
    w.alice.post(f"{w.task(project)}/transitions", {"to": "done"}, 409)
    w.alice.post(f"{project}/tasks", {"title": 5}, 422)
    w.alice.post(project.rpartition("/")[0], {"slug": "pears", "name": "Pears"}, 409)


@probe("status-stale-is-409", "error-code-number")
def refusals_of_workspaces_have_their_status(w: World) -> None:
    workspace = w.workspace()
    w.alice.put(workspace, {"name": "Yard"}, 412, headers={"If-Match": '"old"'})
    w.invite(w.bob, workspace, "viewer")
    w.bob.put(f"{workspace}/members/{w.bob.get('/v1/me')['id']}", {"role": "owner"}, 403)


@probe("status-401-is-403", "header-challenge-missing", "status-login-400", "odd-token-shape")
def strangers_get_401(w: World) -> None:
    w.nobody.get("/v1/me", 401)
    w.nobody.post("/v1/auth/login", {"email": "alice@example.com", "password": "wrong"}, 401)
    w.bearer("garbage").get("/v1/me", 401)


@probe("header-allow-missing", "header-allow-all")
def methods_are_refused(w: World) -> None:
    refused = w.alice.call("PATCH", w.workspace(), 405)
    assert {one.strip() for one in refused.headers["allow"].split(",")} == {"GET", "PUT", "DELETE"}


@probe("content-any-type")
def other_content_types_are_refused(w: World) -> None:
    kind = {"Content-Type": "text/plain"}
    w.alice.call("POST", "/v1/workspaces", 415, content=b'{"name": "Garden"}', headers=kind)
    w.alice.call("PATCH", "/v1/me", 415, json={"name": "Al"}, headers={"Content-Type": "application/json"})


@probe("header-retry-missing", "rate-login-unlimited")
def failed_logins_are_limited(w: World) -> None:
    body = {"email": "dora@example.org", "password": "wrong"}
    for _ in range(10):
        w.nobody.post("/v1/auth/login", body, 401)
    w.nobody.post("/v1/auth/login", body, 429)


@probe(
    "leak-password-hash", "leak-password-hash-list", "leak-member-hash", "leak-key-hash", "leak-key-secret-list",
    "leak-refresh-token",
)  # fmt: skip
def nothing_secret_is_shown(w: World) -> None:
    workspace, key = w.workspace(), w.alice.key()
    shown = [w.alice.get("/v1/me"), w.admin.get("/v1/admin/users"), w.alice.get(f"{workspace}/members")]
    shown.append(w.alice.get("/v1/me/api-keys"))
    text = json.dumps(shown)
    assert "hash" not in text
    assert key["secret"] not in text
    assert "eyJ" not in text
