"""Faults that spoil a finished response: its fields, status, headers and content type."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .faults import CATALOGUE
from .security import tokens
from .store import store

WORKSPACES = "/v1/workspaces"
WORKSPACE = "/v1/workspaces/{workspace_id}"
PROJECTS = WORKSPACE + "/projects"
PROJECT = PROJECTS + "/{project_id}"
TASKS = PROJECT + "/tasks"
TASK = TASKS + "/{task_id}"


@dataclass
class Reply:
    """A response that is about to be sent."""

    status: int
    headers: dict[str, str]
    body: Any
    scope: Any


@dataclass(frozen=True)
class Patch:
    """What happens to the responses of one operation."""

    method: str
    route: str
    statuses: tuple[int, ...]
    change: Callable[[Reply], None]

    def matches(self, method: str, route: str, status: int) -> bool:
        """Return whether a response is spoiled."""
        return (
            self.method in ("*", method)
            and (self.route == "*" or route == self.route)
            and (status in self.statuses if self.statuses else 200 <= status < 300)
        )


PATCHES: dict[str, Patch] = {}


def patch(fault_id: str, operation: str, *statuses: int) -> Callable[[Callable[[Reply], None]], None]:
    """Register what a fault does to the responses of an operation; without statuses, to those of success."""
    method, _, route = operation.partition(" ")

    def register(change: Callable[[Reply], None]) -> None:
        PATCHES[CATALOGUE[fault_id].id] = Patch(method, route or "*", statuses, change)

    return register


def put(name: str, value: Callable[[Any], Any]) -> Callable[[Reply], None]:
    """Return a change of one field."""
    return lambda reply: reply.body.update({name: value(reply.body.get(name))})


def drop(name: str) -> Callable[[Reply], None]:
    """Return a change that loses one field."""
    return lambda reply: reply.body.pop(name, None)


def status(code: int) -> Callable[[Reply], None]:
    """Return a change of the status."""
    return lambda reply: setattr(reply, "status", code)


def no_header(name: str) -> Callable[[Reply], None]:
    """Return a change that loses a header."""

    def change(reply: Reply) -> None:
        reply.headers.pop(name, None)

    return change


def header(name: str, value: Callable[[str], str]) -> Callable[[Reply], None]:
    """Return a change of a header."""
    return lambda reply: reply.headers.update({name: value(reply.headers.get(name, ""))})


def each(change: Callable[[dict[str, Any]], None]) -> Callable[[Reply], None]:
    """Return a change of each item of a list or a page."""

    def spoil(reply: Reply) -> None:
        for one in reply.body if isinstance(reply.body, list) else reply.body["items"]:
            change(one)

    return spoil


def camel(reply: Reply) -> None:
    """Write the names of fields in camel case."""
    reply.body = {
        name.split("_")[0] + "".join(part.title() for part in name.split("_")[1:]): value
        for name, value in reply.body.items()
    }


# Schema and serialization
patch("schema-task-priority-text", f"GET {TASK}")(put("priority", str))
patch("schema-task-field-missing", f"POST {TASKS}")(drop("comment_count"))
patch("schema-task-labels-null", f"PATCH {TASK}")(put("labels", lambda labels: labels or None))
patch("schema-task-status-enum", f"POST {TASK}/transitions")(put("status", lambda one: one.replace("_", "-")))
patch("schema-workspace-camel", f"PUT {WORKSPACE}")(camel)
patch("schema-workspace-name-null", f"GET {WORKSPACES}")(each(lambda one: one.update(name=None)))
patch("schema-member-id-integer", f"GET {WORKSPACE}/members")(each(lambda one: one.update(user_id=7)))
patch("schema-project-progress-text", f"GET {PROJECT}")(put("progress", lambda one: f"{one}%"))
patch("schema-comment-nested", f"GET {TASK}/comments")(each(lambda one: one.update(author_id={"id": one["author_id"]})))
patch("schema-role-number", "GET /v1/me")(put("role", lambda role: 1 if role == "member" else 2))
patch("schema-key-expiry-missing", "GET /v1/me/api-keys")(each(lambda one: one.pop("expires_at")))
patch("schema-tokens-type", "POST /v1/auth/refresh")(put("token_type", str.lower))
patch("schema-digest-upper", f"POST {TASK}/attachments")(put("sha256", str.upper))


@patch("schema-list-wrapped", f"GET {WORKSPACE}/members")
def _(reply: Reply) -> None:
    reply.body = {"members": reply.body}


# Times
patch("time-no-offset", f"GET {TASK}")(put("created_at", lambda one: one.removesuffix("Z")))
patch("time-unix", f"GET {TASK}/comments")(each(lambda one: one.update(created_at=1_760_000_000)))
patch("time-date-only", "GET /v1/admin/users")(each(lambda one: one.update(created_at=one["created_at"][:10])))
patch("time-blank", f"POST {PROJECTS}")(put("created_at", lambda one: one.replace("T", " ")))

# Statuses
patch("status-create-200", f"POST {WORKSPACES}")(status(200))
patch("status-register-202", "POST /v1/auth/register")(status(202))
patch("status-comment-200", f"POST {TASK}/comments")(status(200))
patch("status-not-found-is-400", f"GET {PROJECT}", 404)(status(400))
patch("status-conflict-is-422", f"POST {TASK}/transitions", 409)(status(422))
patch("status-invalid-is-400", f"POST {TASKS}", 422)(status(400))
patch("status-stale-is-409", f"PUT {WORKSPACE}", 412)(status(409))
patch("status-login-400", "POST /v1/auth/login", 401)(status(400))
patch("status-duplicate-500", f"POST {PROJECTS}", 409)(status(500))


@patch("status-delete-200-null", "DELETE /v1/me/api-keys/{key_id}")
def _(reply: Reply) -> None:
    reply.status, reply.body, reply.headers["content-type"] = 200, b"null", "application/json"


@patch("status-missing-is-200-null", f"GET {TASK}", 404)
def _(reply: Reply) -> None:
    reply.status, reply.body = 200, b"null"


# Headers and content types
patch("header-location-missing", f"POST {WORKSPACES}")(no_header("location"))
patch("header-location-wrong", f"POST {PROJECTS}")(
    header("location", lambda one: one.replace("/projects/", "/project/"))
)
patch("header-location-other", f"POST {TASKS}")(header("location", lambda one: one.rpartition("/")[0]))
patch("header-location-key", "POST /v1/me/api-keys")(header("location", lambda one: one.replace("/me", "")))
patch("header-location-file", f"POST {TASK}/attachments")(no_header("location"))
patch("header-etag-missing", f"GET {WORKSPACE}")(no_header("etag"))
patch("header-etag-unquoted", f"PUT {WORKSPACE}")(header("etag", lambda one: one.strip('"')))
patch("header-challenge-missing", "*", 401)(no_header("www-authenticate"))
patch("header-retry-missing", "POST /v1/auth/login", 429)(no_header("retry-after"))
patch("header-allow-missing", "*", 405)(no_header("allow"))
patch("header-allow-all", "*", 405)(header("allow", lambda one: "GET, POST, PUT, PATCH, DELETE"))
patch("content-html", f"GET {PROJECTS}")(header("content-type", lambda one: "text/html; charset=utf-8"))
patch("content-text", "PATCH /v1/me")(header("content-type", lambda one: "text/plain; charset=utf-8"))


@patch("content-json-twice", f"GET {TASK}")
def _(reply: Reply) -> None:
    import json

    reply.body = json.dumps(json.dumps(reply.body)).encode()


# Errors
patch("error-string", f"GET {WORKSPACE}", 404)(lambda reply: setattr(reply, "body", {"detail": "Not Found"}))
patch("error-list", f"POST {TASKS}", 422)(lambda reply: setattr(reply, "body", {"detail": reply.body["details"]}))
patch("error-details-missing", f"POST {TASK}/transitions", 409)(drop("details"))
patch("error-code-number", f"PUT {WORKSPACE}/members/{{user_id}}", 403)(put("code", lambda one: 403))


@patch("error-html", f"DELETE {TASK}", 404)
def _(reply: Reply) -> None:
    reply.body, reply.headers["content-type"] = b"<h1>Not Found</h1>", "text/html"


# Secrets
@patch("leak-password-hash", "GET /v1/me")
def _(reply: Reply) -> None:
    user = store.user_by_email(reply.body["email"])
    reply.body["password_hash"] = user.password_hash if user else ""


@patch("leak-password-hash-list", "GET /v1/admin/users")
def _(reply: Reply) -> None:
    for one in reply.body["items"]:
        user = store.user_by_email(one["email"])
        one["password_hash"] = user.password_hash if user else ""


@patch("leak-key-hash", "GET /v1/me/api-keys")
def _(reply: Reply) -> None:
    kept = {str(key.id): key.secret_hash for key in store.keys.values()}
    for one in reply.body:
        one["secret_hash"] = kept[one["id"]]


@patch("leak-register-hash", "POST /v1/auth/register")
def _(reply: Reply) -> None:
    user = store.user_by_email(reply.body["email"])
    reply.body["passwordHash"] = user.password_hash if user else ""


@patch("leak-member-hash", f"GET {WORKSPACE}/members")
def _(reply: Reply) -> None:
    for one in reply.body:
        user = next((user for user in store.users.values() if str(user.id) == one["user_id"]), None)
        one["password_hash"] = user.password_hash if user else ""


@patch("leak-key-secret-list", "GET /v1/me/api-keys")
def _(reply: Reply) -> None:
    secrets = {str(key.id): key.secret for key in store.keys.values()}
    for one in reply.body:
        one["secret"] = secrets[one["id"]]


@patch("leak-refresh-token", "GET /v1/me")
def _(reply: Reply) -> None:
    sessions = [one for one in store.sessions.values() if str(one.user.id) == reply.body["id"]]
    reply.body["sessions"] = [tokens(one, 900)["refresh_token"] for one in sessions]
