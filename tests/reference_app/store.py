"""The state: plain records in memory behind one lock, and the people that it starts with."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from itertools import count
from uuid import UUID, uuid4

from . import clock

SEED = (
    ("alice@example.com", "Alice", "alice-pass-1", "member"),
    ("bob@example.com", "Bob", "bob-pass-1", "member"),
    ("admin@example.com", "Admin", "admin-pass-1", "administrator"),
)


@dataclass
class User:
    """Somebody who can log in."""

    email: str
    name: str
    password_hash: str
    role: str = "member"
    bio: str | None = None
    timezone: str = "UTC"
    id: UUID = field(default_factory=uuid4)
    created_at: datetime = field(default_factory=clock.now)
    updated_at: datetime = field(default_factory=clock.now)


@dataclass
class Session:
    """A login; it has one refresh token that is good at a time."""

    user: User
    refresh_id: str
    id: str = field(default_factory=lambda: uuid4().hex)
    revoked: bool = False


@dataclass
class ApiKey:
    """A long-lived credential with a scope; the secret is not kept."""

    user: User
    name: str
    scope: str
    prefix: str
    secret_hash: str
    expires_at: datetime | None
    listed: bool = True
    secret: str = ""
    id: UUID = field(default_factory=uuid4)
    created_at: datetime = field(default_factory=clock.now)


@dataclass
class Member:
    """A user in a workspace."""

    user: User
    role: str
    joined_at: datetime = field(default_factory=clock.now)


@dataclass
class Workspace:
    """What members share."""

    name: str
    description: str | None
    color: str | None
    members: dict[UUID, Member]
    version: int = 1
    listed: bool = True
    id: UUID = field(default_factory=uuid4)
    created_at: datetime = field(default_factory=clock.now)
    updated_at: datetime = field(default_factory=clock.now)


@dataclass
class Project:
    """A list of tasks with an hourly rate."""

    workspace: Workspace
    slug: str
    name: str
    description: str | None
    hourly_rate_cents: int
    id: UUID = field(default_factory=uuid4)
    created_at: datetime = field(default_factory=clock.now)


@dataclass
class Task:
    """A piece of work."""

    project: Project
    title: str
    description: str | None
    priority: int
    estimate_minutes: int
    labels: list[str]
    assignee_id: UUID | None
    due_at: datetime | None
    created_by: UUID
    status: str = "open"
    id: UUID = field(default_factory=uuid4)
    created_at: datetime = field(default_factory=clock.now)
    updated_at: datetime = field(default_factory=clock.now)
    completed_at: datetime | None = None
    deleted: bool = False


@dataclass
class Comment:
    """A remark on a task."""

    task: Task
    author: User
    text: str
    id: int
    created_at: datetime = field(default_factory=clock.now)


@dataclass
class Attachment:
    """A file of a task."""

    task: Task
    filename: str
    data: bytes
    sha256: str
    id: UUID = field(default_factory=uuid4)
    created_at: datetime = field(default_factory=clock.now)


class Store:
    """Everything that the app knows."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.clear()

    def clear(self) -> None:
        """Forget everything and start with the seed."""
        self.users: dict[UUID, User] = {}
        self.sessions: dict[str, Session] = {}
        self.failures: dict[str, list[datetime]] = {}
        self.keys: dict[UUID, ApiKey] = {}
        self.workspaces: dict[UUID, Workspace] = {}
        self.projects: dict[UUID, Project] = {}
        self.tasks: dict[UUID, Task] = {}
        self.comments: dict[int, Comment] = {}
        self.attachments: dict[UUID, Attachment] = {}
        self.replies: dict[tuple[UUID, UUID, str], tuple[str, UUID]] = {}
        self.cache: dict[object, object] = {}
        self.numbers = count(1)
        for email, name, password, role in SEED:
            user = User(email, name, seed_hash(password), role)
            self.users[user.id] = user

    def user_by_email(self, email: str) -> User | None:
        """Return the user with this address, whatever its case."""
        return next((one for one in self.users.values() if one.email.lower() == email.lower()), None)

    def projects_of(self, workspace: Workspace) -> list[Project]:
        """Return the projects of a workspace, oldest first."""
        return [one for one in self.projects.values() if one.workspace is workspace]

    def tasks_of(self, project: Project, *, deleted: bool = False) -> list[Task]:
        """Return the tasks of a project, oldest first."""
        return [one for one in self.tasks.values() if one.project is project and (deleted or not one.deleted)]

    def comments_of(self, task: Task) -> list[Comment]:
        """Return the comments of a task, oldest first."""
        return [one for one in self.comments.values() if one.task is task]


def hash_password(password: str, salt: bytes | None = None) -> str:
    """Return what is kept of a password."""
    salt = salt or uuid4().bytes
    digest = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, 1_000)
    return f"pbkdf2${salt.hex()}${digest.hex()}"


@cache
def seed_hash(password: str) -> str:
    """Return the hash of a password of the seed, computed once."""
    return hash_password(password)


def password_matches(password: str, kept: str) -> bool:
    """Return whether a password is the one that was kept."""
    return hash_password(password, bytes.fromhex(kept.split("$")[1])) == kept


store = Store()
