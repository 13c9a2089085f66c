"""Probes of what writes do: create, change, replace, delete, keep, repeat, move."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from .. import clock
from .world import World, probe

DORA = {"email": "dora@example.org", "name": "Dora", "password": "dora-pass-1"}


@probe(
    "persist-workspace-color", "persist-project-description", "persist-due-lost", "persist-labels-deduplicated",
    "persist-estimate-rounded", "persist-title-capitalized",
)  # fmt: skip
def what_was_sent_is_kept(w: World) -> None:
    workspace = w.workspace(color="#112233", description="Trees")
    read = w.alice.get(workspace)
    assert (read["color"], read["description"]) == ("#112233", "Trees")
    project = w.project(workspace, description="Red", hourly_rate_cents=1234)
    assert w.alice.get(project)["description"] == "Red"
    sent = {
        "title": "Pick all APPLES", "description": "Now", "priority": 5, "estimate_minutes": 50,
        "labels": ["b", "a", "b"], "due_at": "2030-05-01T10:00:00Z",
    }  # fmt: skip
    task = w.alice.get(w.task(project, **sent))
    assert {name: task[name] for name in sent} == sent


@probe("persist-failed-create-kept", "unique-slug-unchecked", "unique-slug-everywhere", "strict-rate-zero")
def slugs_are_unique_in_a_workspace(w: World) -> None:
    workspace = w.workspace()
    body = {"slug": "pears", "name": "Pears", "hourly_rate_cents": 0}
    w.alice.post(f"{workspace}/projects", body)
    w.alice.post(f"{workspace}/projects", body, 409)
    assert w.alice.get(f"{workspace}/projects")["total"] == 1
    w.alice.post(f"{w.workspace()}/projects", body)


@probe("unique-email-unchecked", "unique-email-case")
def addresses_are_unique(w: World) -> None:
    w.nobody.post("/v1/auth/register", DORA)
    w.nobody.post("/v1/auth/register", {**DORA, "email": "Dora@example.org"}, 409)
    w.nobody.post("/v1/auth/register", DORA, 409)


@probe("persist-title-second-write", "persist-refused-patch")
def changes_are_kept(w: World) -> None:
    task = w.task()
    for title in ("One", "Two"):
        clock.advance(1)
        w.alice.patch(task, {"title": title})
        assert w.alice.get(task)["title"] == title
    w.alice.patch(task, {"title": "Three", "assignee_id": "00000000-0000-4000-8000-000000000000"}, 422)
    assert w.alice.get(task)["title"] == "Two"


@probe("persist-profile-second-write", "cache-profile", "patch-null-ignored", "patch-profile-clears-bio")
def profile_changes_are_kept(w: World) -> None:
    w.alice.get("/v1/me")
    w.alice.patch("/v1/me", {"bio": "Gardener"})
    clock.advance(1)
    w.alice.patch("/v1/me", {"name": "Al"})
    read = w.alice.get("/v1/me")
    assert (read["name"], read["bio"]) == ("Al", "Gardener")
    w.alice.patch("/v1/me", {"bio": None})
    assert w.alice.get("/v1/me")["bio"] is None


@probe(
    "persist-second-comment-lost", "persist-comment-author", "duplicate-comment-twice", "duplicate-comment-merged",
    "list-comments-first-three", "list-comments-only-own", "sort-comments-newest-first", "derived-comment-count-others",
)  # fmt: skip
def comments_are_kept(w: World) -> None:
    task = w.task()
    w.invite(w.bob, task.partition("/projects")[0], "editor")
    made = [w.alice.post(f"{task}/comments", {"text": "Ripe"}) for _ in range(3)]
    made.append(w.bob.post(f"{task}/comments", {"text": "Ripe"}))
    assert w.alice.get(f"{task}/comments") == made
    assert w.alice.get(task)["comment_count"] == 4


@probe("persist-member-role", "state-last-owner", "derived-member-count-without-owner", "derived-your-role-of-creator")
def members_are_kept(w: World) -> None:
    workspace = w.workspace()
    alice, bob = w.alice.get("/v1/me")["id"], w.bob.get("/v1/me")["id"]
    w.invite(w.bob, workspace, "viewer")
    w.invite(w.bob, workspace, "editor")
    assert [one["role"] for one in w.alice.get(f"{workspace}/members")] == ["owner", "editor"]
    assert w.bob.get(workspace)["your_role"] == "editor"
    assert w.bob.get(workspace)["member_count"] == 2
    w.alice.put(f"{workspace}/members/{alice}", {"role": "viewer"}, 409)
    w.alice.put(f"{workspace}/members/{bob}", {"role": "owner"})
    w.alice.put(f"{workspace}/members/{alice}", {"role": "viewer"})


@probe("mass-profile-role", "mass-profile-email")
def profile_has_fields_that_cannot_be_written(w: World) -> None:
    w.alice.patch("/v1/me", {"name": "Al", "role": "administrator", "email": "mallory@example.com"})
    read = w.alice.get("/v1/me")
    assert (read["role"], read["email"]) == ("member", "alice@example.com")


@probe("mass-workspace-version", "mass-workspace-created-at")
def workspace_has_fields_that_cannot_be_written(w: World) -> None:
    workspace = w.workspace()
    before = w.alice.get(workspace)
    w.alice.put(workspace, {**before, "version": 77, "created_at": "2001-01-01T00:00:00Z"})
    after = w.alice.get(workspace)
    assert (after["version"], after["created_at"]) == (2, before["created_at"])


@probe("mass-task-status", "mass-task-created-by", "mass-task-status-patch")
def task_has_fields_that_cannot_be_written(w: World) -> None:
    bob = w.bob.get("/v1/me")["id"]
    task = w.task(status="done", created_by=bob)
    read = w.alice.get(task)
    assert read["status"] == "open"
    assert read["created_by"] != bob
    assert w.alice.patch(task, {"status": "done"})["status"] == "open"


@probe("delete-workspace-nothing", "delete-workspace-still-readable", "delete-workspace-not-empty-500")
def deleted_workspaces_are_gone(w: World) -> None:
    project = w.project()
    workspace = project.partition("/projects")[0]
    w.alice.delete(workspace)
    assert w.alice.get("/v1/workspaces")["items"] == []
    w.alice.get(workspace, 404)
    w.alice.get(project, 404)


@probe("delete-key-nothing", "delete-key-unknown-204")
def deleted_keys_are_gone(w: World) -> None:
    key = w.alice.key()
    w.alice.delete(f"/v1/me/api-keys/{key['id']}")
    assert w.alice.get("/v1/me/api-keys") == []
    w.alice.delete(f"/v1/me/api-keys/{key['id']}", 404)


@probe(
    "delete-task-nothing", "delete-task-still-listed", "delete-task-still-readable", "delete-task-keeps-comments",
    "delete-task-takes-neighbour", "delete-task-twice-204", "derived-counts-deleted",
)  # fmt: skip
def deleted_tasks_are_gone(w: World) -> None:
    project = w.project()
    kept, task = w.task(project), w.task(project)
    w.alice.post(f"{task}/comments", {"text": "Ripe"})
    w.alice.delete(task)
    w.alice.get(task, 404)
    w.alice.get(f"{task}/comments", 404)
    w.alice.delete(task, 404)
    w.alice.get(kept)
    assert [one["id"] for one in w.alice.get(f"{project}/tasks")["items"]] == [kept.rpartition("/")[2]]
    assert w.alice.get(project)["task_count"] == 1


@probe(
    "patch-resets-left-out", "patch-resets-priority", "patch-labels-appended", "patch-null-keeps-due",
    "patch-zero-ignored",
)  # fmt: skip
def patch_changes_what_it_names(w: World) -> None:
    task = w.task(description="Red", priority=5, estimate_minutes=30, labels=["a"], due_at="2030-05-01T10:00:00Z")
    before = w.alice.get(task)
    for change in ({"title": "Two"}, {"labels": ["b"]}, {"due_at": None}, {"estimate_minutes": 0}):
        w.alice.patch(task, change)
        before |= change
        after = w.alice.get(task)
        assert {**after, "updated_at": ""} == {**before, "updated_at": ""}


@probe("put-keeps-left-out", "put-ignores-description", "put-appends-name", "cache-workspace")
def put_replaces(w: World) -> None:
    workspace = w.workspace(color="#112233", description="Trees")
    w.alice.get(workspace)
    for _ in range(2):
        w.alice.put(workspace, {"name": "Yard", "description": "Bushes"})
        read = w.alice.get(workspace)
        assert (read["name"], read["description"], read["color"]) == ("Yard", "Bushes", None)


@probe("idempotency-ignored", "idempotency-body-unchecked", "duplicate-task-on-create")
def keys_make_one_task(w: World) -> None:
    project, key = w.project(), {"Idempotency-Key": "apples-0001"}
    first, second = (w.alice.post(f"{project}/tasks", {"title": "Pick"}, headers=key) for _ in range(2))
    assert first["id"] == second["id"]
    w.alice.post(f"{project}/tasks", {"title": "Eat"}, 409, headers=key)
    assert len(w.alice.get(f"{project}/tasks")["items"]) == 1


@probe("idempotency-key-shared")
def keys_are_of_a_caller(w: World) -> None:
    project, key = w.project(), {"Idempotency-Key": "apples-0001"}
    w.invite(w.bob, project.partition("/projects")[0], "editor")
    first, second = (one.post(f"{project}/tasks", {"title": "Pick"}, headers=key) for one in (w.alice, w.bob))
    assert first["id"] != second["id"]


@probe("etag-constant", "etag-version-stays", "etag-match-ignored", "etag-refused-but-done", "etag-of-put-old")
def stale_changes_are_refused(w: World) -> None:
    workspace = w.workspace()
    first = w.alice.call("GET", workspace, 200).headers["etag"]
    second = w.alice.call("PUT", workspace, 200, json={"name": "Yard"}, headers={"If-Match": first}).headers["etag"]
    assert second == w.alice.call("GET", workspace, 200).headers["etag"] != first
    w.alice.put(workspace, {"name": "Lawn"}, 412, headers={"If-Match": first})
    assert w.alice.get(workspace)["name"] == "Yard"


@probe("etag-none-match-ignored", "etag-none-match-always")
def known_representations_are_not_sent(w: World) -> None:
    workspace = w.workspace()
    etag = w.alice.call("GET", workspace, 200).headers["etag"]
    w.alice.call("GET", workspace, 304, headers={"If-None-Match": etag})
    w.alice.call("GET", workspace, 200, headers={"If-None-Match": '"other"'})


@probe(
    "state-skip-to-done", "state-done-to-open", "state-same-again", "state-no-way-back", "state-refused-but-moved",
    "state-move-not-kept", "state-completed-at-missing", "state-completed-at-stays",
)  # fmt: skip
def tasks_move_by_steps(w: World) -> None:
    task = w.task()

    def refused(*states: str) -> None:
        before = w.alice.get(task)
        for one in states:
            w.alice.post(f"{task}/transitions", {"to": one}, 409)
            assert w.alice.get(task) == before

    refused("done", "open")
    w.move(task, "in_progress")
    assert w.alice.get(task)["status"] == "in_progress"
    assert w.move(task, "done")["completed_at"] is not None
    refused("open", "done")
    assert w.move(task, "in_progress")["completed_at"] is None


def at_once(*calls: Any) -> list[int]:
    with ThreadPoolExecutor(len(calls)) as pool:
        return sorted(one.result().status_code for one in [pool.submit(call) for call in calls])


@probe("race-register")
def one_of_two_registers(w: World) -> None:
    assert at_once(*2 * [lambda: w.nobody.call("POST", "/v1/auth/register", json=DORA)]) == [201, 409]


@probe("race-project-slug")
def one_of_two_gets_the_slug(w: World) -> None:
    path, body = f"{w.workspace()}/projects", {"slug": "pears", "name": "Pears"}
    assert at_once(*2 * [lambda: w.alice.call("POST", path, json=body)]) == [201, 409]


@probe("race-task-patch")
def both_of_two_changes_are_kept(w: World) -> None:
    task = w.task()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda change: w.alice.patch(task, change), ({"title": "Two"}, {"priority": 5})))
    read = w.alice.get(task)
    assert (read["title"], read["priority"]) == ("Two", 5)


@probe("file-text-newlines", "file-latin-text", "file-digest-of-name", "file-last-byte-lost")
def files_keep_their_bytes(w: World) -> None:
    import hashlib

    task, data = w.task(), b"ap\r\nples \xff\xe9."
    made = w.alice.upload(task, data)
    assert w.alice.get(f"{task}/attachments/{made['id']}") == data
    assert made["sha256"] == hashlib.sha256(data).hexdigest()
    assert made["size"] == len(data)
