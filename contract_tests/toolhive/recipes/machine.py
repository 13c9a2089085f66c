"""Workloads, groups, clients and secrets."""

from __future__ import annotations

from specdouble.verify.kit import Ready, Session, recipe

from .. import things
from ..things import A


@recipe(things.WORKLOADS)
def create(session: Session) -> Ready:
    """Create a workload with most settings."""
    body = {
        "name": session.users.fresh("wl"), "image": things.IMAGE, "transport": "streamable-http", "target_port": 8080,
        "tools": ["fetch"], "cmd_arguments": ["--verbose"], "env_vars": {"LEVEL": "debug"}, "volumes": ["/srv:/data"],
        "network_isolation": True, "host": "127.0.0.1", "proxy_mode": "sse", "group": "default",
    }  # fmt: skip
    return Ready(body=body)


@recipe(f"POST {A}/workloads/{{name}}/stop", f"POST {A}/workloads/{{name}}/restart", f"DELETE {A}/workloads/{{name}}")
def act(session: Session) -> Ready:
    """Do something to a workload."""
    return Ready(params={"name": things.workload(session)})


@recipe(f"POST {A}/workloads/stop", f"POST {A}/workloads/restart", f"POST {A}/workloads/delete")
def act_on_several(session: Session) -> Ready:
    """Do something to a workload by its name."""
    return Ready(body={"names": [things.workload(session)]})


@recipe(things.LEAVE)
def leave(session: Session) -> Ready:
    """Take a client out of a group."""
    group = things.group(session)
    params = {"name": things.client(session, "continue", groups=[group]), "group": group}
    return Ready(params=params)


@recipe(things.SETUP)
def set_up(_session: Session) -> Ready:
    """Set up the provider that is there."""
    return Ready(body={"provider_type": "encrypted"})


@recipe(f"GET {A}/secrets/default", f"GET {A}/secrets/default/keys")
def secrets(session: Session) -> Ready:
    """Read what a provider that can shows."""
    session.shared("secret", lambda: things.secret(session))
    things.make(session, things.SETUP, {"provider_type": "encrypted"})
    return Ready()


@recipe(things.SECRETS)
def store(session: Session) -> Ready:
    """Store a secret, with the provider that can."""
    things.make(session, things.SETUP, {"provider_type": "encrypted"})
    body = {"key": session.users.fresh("key"), "value": "a value that nobody may see"}
    return Ready(body=body)


@recipe(f"PUT {A}/secrets/default/keys/{{key}}")
def replace(session: Session) -> Ready:
    """Replace the value of a secret."""
    return Ready(params={"key": things.secret(session)}, body={"value": "another value that nobody may see"})


@recipe(f"DELETE {A}/secrets/default/keys/{{key}}")
def delete_secret(session: Session) -> Ready:
    """Delete a secret."""
    return Ready(params={"key": things.secret(session)})
