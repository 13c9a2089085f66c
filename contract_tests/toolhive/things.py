"""The operations by short names, and things that recipes and rules make of their own."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import NOBODY, Session

A = "/api/v1beta"
WORKLOADS, LIST = f"POST {A}/workloads", f"GET {A}/workloads"
WORKLOAD, STATUS = f"GET {A}/workloads/{{name}}", f"GET {A}/workloads/{{name}}/status"
GROUPS, GROUP = f"POST {A}/groups", f"DELETE {A}/groups/{{name}}"
CLIENTS = f"POST {A}/clients"
CLIENT, LEAVE = f"DELETE {A}/clients/{{name}}", f"DELETE {A}/clients/{{name}}/groups/{{group}}"
UNREGISTER = f"POST {A}/clients/unregister"
SECRETS, SETUP = f"POST {A}/secrets/default/keys", f"POST {A}/secrets"
BUILD, INSTALL, SKILLS = f"POST {A}/skills/build", f"POST {A}/skills", f"GET {A}/skills"
REGISTRY, POINT = f"GET {A}/registry/{{name}}", f"PUT {A}/registry/{{name}}"
LOGIN, LOGOUT = f"POST {A}/registry/auth/login", f"POST {A}/registry/auth/logout"
FEED = "/registry/{registryName}/v0.1"
DEFAULT = {"name": "default"}
IMAGE = "ghcr.io/stackloklabs/gofetch/server:1.0.4"


def make(session: Session, op: str, body: Any) -> Any:
    """Send a request that has to go well; return what came back."""
    return session.send(op, NOBODY, body=body).need().json


def workload(session: Session, **more: Any) -> str:
    """Create a workload and return its name."""
    name = session.users.fresh("wl")
    make(session, WORKLOADS, {"name": name, "image": IMAGE, "transport": "streamable-http", **more})
    return name


def group(session: Session) -> str:
    """Create a group and return its name."""
    name = session.users.fresh("grp")
    make(session, GROUPS, {"name": name})
    return name


def secret(session: Session) -> str:
    """Store a secret and return its name."""
    name = session.users.fresh("key")
    make(session, SETUP, {"provider_type": "encrypted"})
    make(session, SECRETS, {"key": name, "value": "a value that nobody may see"})
    return name


def build(session: Session) -> str:
    """Build a skill and return its tag."""
    name = session.users.fresh("skill")
    make(session, BUILD, {"path": f"/home/mia/{name}", "tag": name})
    return name


def skill(session: Session) -> str:
    """Build and install a skill and return its name."""
    name = build(session)
    make(session, INSTALL, {"name": name})
    return name


def client(session: Session, name: str = "goose", **more: Any) -> str:
    """Register a client and return its name."""
    make(session, CLIENTS, {"name": name, **more})
    return name


def point(session: Session, **source: Any) -> None:
    """Point the registry to a source, the built-in one without any."""
    session.send(POINT, NOBODY, params=DEFAULT, body=source).need()


def usable(session: Session) -> None:
    """Let go of a registry that wants a sign-in, which another test may have left behind."""
    if (
        session.send(f"GET {FEED}/servers", NOBODY, params={"registryName": "default"}, query={"limit": 1}).status
        == 503
    ):
        point(session)


def signed_in(session: Session) -> None:
    """Point the registry to a source that wants a sign-in, and sign in."""
    point(session, api_url="https://api.example.com", auth={"issuer": "https://id.example.com", "client_id": "thv"})
    session.send(LOGIN, NOBODY).need()
