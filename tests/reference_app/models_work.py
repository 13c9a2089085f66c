"""What requests and responses about workspaces, projects, tasks, comments and files look like."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from .faults import lax, too_strict
from .fields import Id, Slug, Time, number
from .models_people import READ_ONLY, Closed, Open

MemberRole = Literal["owner", "editor", "viewer"]
Status = Literal["open", "in_progress", "done"]
Text = Annotated[str, Field(max_length=1000)]
Color = Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$", max_length=7)]
Labels = Annotated[list[Annotated[str, Field(min_length=1, max_length=20)]], Field(max_length=5)]


class WorkspaceIn(Open):
    """A whole workspace: what is left out gets its default."""

    name: Annotated[str, Field(min_length=1, max_length=80), lax("valid-workspace-name-length")] = Field(
        examples=["Garden"]
    )
    description: Text | None = None
    color: Annotated[Color, lax("valid-color-pattern")] | None = Field(default=None, examples=["#22aa55"])


class WorkspaceOut(BaseModel):
    """A workspace."""

    id: Id = Field(json_schema_extra=READ_ONLY)
    name: str
    description: str | None
    color: Annotated[Color, lax("valid-color-pattern")] | None
    your_role: MemberRole = Field(json_schema_extra=READ_ONLY)
    member_count: int = Field(ge=1, json_schema_extra=READ_ONLY)
    project_count: int = Field(ge=0, json_schema_extra=READ_ONLY)
    version: int = Field(ge=1, description="Goes up by one with each change.", json_schema_extra=READ_ONLY)
    created_at: Time = Field(json_schema_extra=READ_ONLY)
    updated_at: Time = Field(json_schema_extra=READ_ONLY)


class WorkspacePage(BaseModel):
    """One page of workspaces, oldest first."""

    items: list[WorkspaceOut]
    page: int = Field(ge=1)
    size: int = Field(ge=1, le=50)
    total: int = Field(ge=0, description="How many there are on all pages.")
    pages: int = Field(ge=0)


class MemberIn(Closed):
    """The role of a member."""

    role: Annotated[MemberRole, lax("valid-member-role-enum")]


class MemberOut(BaseModel):
    """A member of a workspace."""

    user_id: Id
    name: str
    role: Annotated[MemberRole, lax("valid-member-role-enum")]
    joined_at: Time


class ProjectIn(Closed):
    """A new project."""

    slug: Annotated[Slug, lax("valid-slug-pattern")] = Field(
        description="Unique in the workspace.", examples=["apple-harvest"]
    )
    name: Annotated[str, Field(min_length=1, max_length=80)] = Field(examples=["Apple harvest"])
    description: Text | None = None
    hourly_rate_cents: Annotated[
        int,
        Field(ge=0, le=100_000),
        number,
        lax("valid-rate-negative", int),
        too_strict("strict-rate-zero", lambda value: value == 0, "more than nothing is needed"),
    ] = 0


class ProjectOut(BaseModel):
    """A project, with figures derived from its tasks."""

    id: Id = Field(json_schema_extra=READ_ONLY)
    workspace_id: Id = Field(json_schema_extra=READ_ONLY)
    slug: Annotated[Slug, lax("valid-slug-pattern")]
    name: str
    description: str | None
    hourly_rate_cents: Annotated[int, Field(ge=0), lax("valid-rate-negative", int)]
    task_count: int = Field(ge=0, description="Tasks that are not deleted.", json_schema_extra=READ_ONLY)
    done_count: int = Field(ge=0, description="Those of them that are done.", json_schema_extra=READ_ONLY)
    estimate_minutes: int = Field(ge=0, description="Sum of the estimates of its tasks.", json_schema_extra=READ_ONLY)
    cost_cents: Annotated[int, Field(ge=0), lax("valid-rate-negative", int)] = Field(
        description="`estimate_minutes * hourly_rate_cents / 60`, half up to whole cents.",
        json_schema_extra=READ_ONLY,
    )
    progress: float = Field(
        ge=0,
        le=100,
        description="Per cent of tasks done, to one decimal; 0 without tasks.",
        json_schema_extra=READ_ONLY,
    )
    created_at: Time = Field(json_schema_extra=READ_ONLY)


class ProjectPage(BaseModel):
    """One page of projects, oldest first."""

    items: list[ProjectOut]
    page: int = Field(ge=1)
    size: int = Field(ge=1, le=50)
    total: int = Field(ge=0, description="How many there are on all pages.")
    pages: int = Field(ge=0)


Title = Annotated[
    str,
    Field(min_length=1, max_length=120),
    lax("valid-title-length"),
    too_strict("strict-title-short", lambda value: isinstance(value, str) and len(value) > 100, "too long"),
]
Priority = Annotated[int, Field(ge=1, le=5), number, lax("valid-priority-range", int)]
Estimate = Annotated[int, Field(ge=0, le=10_000), number]


class TaskIn(Open):
    """A new task."""

    title: Title = Field(examples=["Pick apples"])
    description: Text | None = None
    priority: Priority = 3
    estimate_minutes: Estimate = 0
    labels: Annotated[Labels, lax("valid-labels-count", list)] = Field(default=[])
    assignee_id: Id | None = Field(default=None, description="A member of the workspace.")
    due_at: Time | None = None


class TaskPatch(Open):
    """The fields of a task that are to change (RFC 7396): null clears a field, what is left out stays."""

    title: Title = Field(default_factory=str)
    description: Text | None = None
    priority: Priority = Field(default_factory=int)
    estimate_minutes: Estimate = Field(default_factory=int)
    labels: Labels = Field(default_factory=list)
    assignee_id: Id | None = Field(default=None, description="A member of the workspace.")
    due_at: Time | None = None


class TaskOut(BaseModel):
    """A task."""

    id: Id = Field(json_schema_extra=READ_ONLY)
    project_id: Id = Field(json_schema_extra=READ_ONLY)
    title: Title
    description: str | None
    status: Status = Field(json_schema_extra=READ_ONLY)
    priority: Priority
    estimate_minutes: int = Field(ge=0)
    labels: list[str]
    assignee_id: Id | None
    due_at: Time | None
    comment_count: int = Field(ge=0, json_schema_extra=READ_ONLY)
    created_by: Id = Field(json_schema_extra=READ_ONLY)
    created_at: Time = Field(json_schema_extra=READ_ONLY)
    updated_at: Time = Field(json_schema_extra=READ_ONLY)
    completed_at: Time | None = Field(description="Set while the task is done.", json_schema_extra=READ_ONLY)


class TaskPage(BaseModel):
    """Some tasks, and how to get the next ones."""

    items: list[TaskOut]
    next_cursor: str | None = Field(description="To be sent as `cursor`; null on the last page.")


class Transition(Closed):
    """Where a task is to move."""

    to: Status


class CommentIn(Closed):
    """A new comment."""

    text: Annotated[str, Field(min_length=1, max_length=500), lax("valid-comment-empty")] = Field(examples=["Ripe!"])


class CommentOut(BaseModel):
    """A comment."""

    id: int = Field(ge=1)
    task_id: Id
    author_id: Id
    text: str
    created_at: Time


class AttachmentOut(BaseModel):
    """A file of a task."""

    id: Id
    filename: str
    size: int = Field(ge=0, description="In bytes.")
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    created_at: Time
