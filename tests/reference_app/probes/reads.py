"""Probes of lists, figures, and of what is refused: paging, filters, sorting, derived values, validation, odd input."""

from __future__ import annotations

from typing import Any

from .world import Person, World, probe


def walk(person: Person, path: str, size: int) -> list[dict[str, Any]]:
    """Return all items of a paged list, after judging every page."""
    first = person.get(path, params={"size": size, "page": 1})
    total = first["total"]
    assert first["pages"] == -(-total // size)
    items = list(first["items"])
    for page in range(2, first["pages"] + 1):
        read = person.get(path, params={"size": size, "page": page})
        assert (read["page"], read["size"], read["total"]) == (page, size, total)
        items += read["items"]
    assert person.get(path, params={"size": size, "page": 99})["items"] == []
    assert len(items) == total == len({one["id"] for one in items})
    return items


@probe(
    "page-off-by-one", "page-number-ignored", "page-pages-floored", "page-total-of-page", "sort-workspaces-by-name",
    "list-only-owned",
)  # fmt: skip
def workspaces_have_pages(w: World) -> None:
    made = [w.workspace(name=name) for name in "ebadc"]
    shared = w.workspace(w.bob, name="shared")
    alice = w.alice.get("/v1/me")["id"]
    w.bob.put(f"{shared}/members/{alice}", {"role": "viewer"}, 201)
    listed = [f"/v1/workspaces/{one['id']}" for one in walk(w.alice, "/v1/workspaces", 4)]
    assert listed == [*made, shared]


@probe("page-starts-with-zero", "page-overlap", "page-total-off-by-one", "odd-page-beyond", "list-projects-skips-empty")
def projects_have_pages(w: World) -> None:
    workspace = w.workspace()
    made = [w.project(workspace).rpartition("/")[2] for _ in range(5)]
    assert [one["id"] for one in walk(w.alice, f"{workspace}/projects", 2)] == made


@probe(
    "page-size-ignored", "filter-user-role-ignored", "filter-user-name-case", "sort-users-newest-first",
    "odd-user-search",
)  # fmt: skip
def users_have_pages(w: World) -> None:
    path = "/v1/admin/users"
    assert [one["name"] for one in walk(w.admin, path, 1)] == ["Alice", "Bob", "Admin"]
    assert [one["name"] for one in w.admin.get(path, params={"role": "administrator"})["items"]] == ["Admin"]
    assert [one["name"] for one in w.admin.get(path, params={"q": "aL"})["items"]] == ["Alice"]
    assert w.admin.get(path, params={"q": "["})["items"] == []


@probe(
    "cursor-ignored", "cursor-repeats-last", "cursor-skips-one", "cursor-limit-ignored", "cursor-after-last",
    "cursor-never",
)  # fmt: skip
def tasks_have_cursors(w: World) -> None:
    project = w.project()
    made = [w.task(project).rpartition("/")[2] for _ in range(5)]
    found: list[str] = []
    cursor: str | None = None
    for expected in (2, 2, 1):
        page = w.alice.get(f"{project}/tasks", params={"limit": 2, **({"cursor": cursor} if cursor else {})})
        assert len(page["items"]) == expected
        found += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
    assert found == made
    assert cursor is None


@probe("cursor-bad-is-first-page", "odd-cursor")
def bad_cursors_are_refused(w: World) -> None:
    w.alice.get(f"{w.project()}/tasks", 422, params={"cursor": "nonsense"})


@probe(
    "filter-status-ignored", "filter-status-inverted", "filter-assignee-ignored", "filter-priority-exclusive",
    "filter-due-undated",
)  # fmt: skip
def tasks_are_filtered(w: World) -> None:
    project, alice = w.project(), w.alice.get("/v1/me")["id"]
    w.task(project, title="a", assignee_id=alice)
    w.task(project, title="b", priority=4, due_at="2030-01-01T00:00:00Z")
    w.move(w.task(project, title="c", priority=5, due_at="2031-01-01T00:00:00Z"), "in_progress")
    for query, titles in (
        ({"status": "in_progress"}, "c"),
        ({"status": "open"}, "ab"),
        ({"assignee_id": alice}, "a"),
        ({"min_priority": 4}, "bc"),
        ({"due_before": "2030-06-01T00:00:00Z"}, "b"),
    ):
        assert "".join(one["title"] for one in w.alice.get(f"{project}/tasks", params=query)["items"]) == titles


@probe("sort-tasks-ignored", "sort-descending-ignored", "sort-priority-reversed", "sort-title-by-length")
def tasks_are_sorted(w: World) -> None:
    project = w.project()
    for title, priority in (("bb", 2), ("a", 5), ("aaa", 1)):
        w.task(project, title=title, priority=priority)
    for order, titles in (
        ("title", ["a", "aaa", "bb"]),
        ("-title", ["bb", "aaa", "a"]),
        ("priority", ["aaa", "bb", "a"]),
        ("-created_at", ["aaa", "a", "bb"]),
    ):
        assert [one["title"] for one in w.alice.get(f"{project}/tasks", params={"sort": order})["items"]] == titles


@probe(
    "derived-cost-truncated", "derived-cost-per-minute-rounded", "derived-cost-rounded-by-task",
    "derived-done-counts-in-progress", "derived-sum-skips-done", "derived-progress-whole", "cache-project-figures",
)  # fmt: skip
def figures_are_right(w: World) -> None:
    project = w.project(hourly_rate_cents=1111)
    w.move(w.task(project, estimate_minutes=5), "in_progress", "done")
    w.move(w.task(project, estimate_minutes=7), "in_progress")
    w.task(project, estimate_minutes=9)
    read = w.alice.get(project)
    assert (read["task_count"], read["done_count"]) == (3, 1)
    assert (read["estimate_minutes"], read["cost_cents"], read["progress"]) == (21, 389, 33.3)


def register(**body: Any) -> tuple[str, str, Any]:
    return "POST", "/v1/auth/register", {"email": "dora@example.org", "name": "D", "password": "dora-pass-1", **body}


# Bodies that break one rule each, by the fault with which they are taken; {w}, {p} and {t} are paths.
REFUSED: dict[str, tuple[str, str, Any]] = {
    "valid-password-length": register(password="short"),
    "valid-email-pattern": register(email="dora"),
    "valid-bio-length": ("PATCH", "/v1/me", {"bio": "x" * 501}),
    "valid-key-name-empty": ("POST", "/v1/me/api-keys", {"name": ""}),
    "valid-key-scope-enum": ("POST", "/v1/me/api-keys", {"name": "ci", "scope": "all"}),
    "valid-key-expiry-past": ("POST", "/v1/me/api-keys", {"name": "ci", "expires_at": "2020-01-01T00:00:00Z"}),
    "valid-workspace-name-length": ("POST", "/v1/workspaces", {"name": "x" * 81}),
    "valid-color-pattern": ("PUT", "{w}", {"name": "Yard", "color": "green"}),
    "valid-member-role-enum": ("PUT", "{w}/members/{bob}", {"role": "chief"}),
    "valid-slug-pattern": ("POST", "{w}/projects", {"slug": "Green Apples", "name": "Apples"}),
    "valid-rate-negative": ("POST", "{w}/projects", {"slug": "pears", "name": "Pears", "hourly_rate_cents": -1}),
    "valid-title-length": ("POST", "{p}/tasks", {"title": "x" * 121}),
    "valid-priority-range": ("PATCH", "{t}", {"priority": 6}),
    "valid-labels-count": ("POST", "{p}/tasks", {"title": "Pick", "labels": list("abcdef")}),
    "valid-assignee-unchecked": ("PATCH", "{t}", {"assignee_id": "{bob}"}),
    "valid-due-any-time": ("POST", "{p}/tasks", {"title": "Pick", "due_at": 1_900_000_000}),
    "valid-comment-empty": ("POST", "{t}/comments", {"text": ""}),
    "valid-status-filter": ("GET", "{p}/tasks?status=lost", None),
    "valid-page-zero": ("GET", "{w}/projects?page=0", None),
    "valid-size-max": ("GET", "/v1/workspaces?size=51", None),
    "valid-limit-max": ("GET", "{p}/tasks?limit=51", None),
}


@probe(*REFUSED, "odd-assignee")
def what_is_not_valid_is_refused(w: World) -> None:
    task = w.task()
    names = {
        "w": task.partition("/projects")[0],
        "p": task.partition("/tasks")[0],
        "t": task,
        "bob": w.bob.get("/v1/me")["id"],
    }
    for method, path, body in REFUSED.values():
        if isinstance(body, dict) and body.get("assignee_id"):
            body = {"assignee_id": names["bob"]}
        w.alice.call(method, path.format_map(names), 422, json=body)


@probe("valid-file-size")
def large_files_are_refused(w: World) -> None:
    w.alice.upload(w.task(), b"x" * (256 * 1024 + 1), 413)


@probe("strict-name-ascii", "strict-title-short")
def what_is_valid_is_taken(w: World) -> None:
    w.alice.patch("/v1/me", {"name": "Zoë"})
    w.task(title="x" * 120)
