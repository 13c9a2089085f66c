"""Workloads, groups, clients and secrets."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import NOBODY, Read, Ready, Session, recipe

from .. import things
from ..things import A


def _on(name: str, *watch: str, **more: Any) -> Ready:
    where = {"name": name}
    return Ready(NOBODY, None, where, watch=tuple(Read(op, NOBODY, where) for op in watch), **more)


@recipe(f"GET {A}/workloads/{{name}}", f"GET {A}/workloads/{{name}}/export", f"GET {A}/workloads/{{name}}/logs",
        f"GET {A}/workloads/{{name}}/proxy-logs", f"GET {A}/workloads/{{name}}/status",
        f"GET {A}/workloads/{{name}}/upgrade-check")  # fmt: skip
def of_workload(session: Session) -> Ready:
    """Read what belongs to a workload."""
    return _on(session.shared("workload", lambda: things.workload(session)))


@recipe(things.LIST, f"GET {A}/workloads/upgrade-check")
def workloads(session: Session) -> Ready:
    """List all workloads of a group."""
    session.shared("workload", lambda: things.workload(session))
    return Ready(query={"all": True, "group": "default"})


@recipe(things.WORKLOADS)
def create(session: Session) -> Ready:
    """Create a workload with most settings."""
    name = session.users.fresh("wl")
    body = {
        "name": name, "image": things.IMAGE, "transport": "streamable-http", "target_port": 8080, "group": "default",
        "tools": ["fetch"], "cmd_arguments": ["--verbose"], "env_vars": {"LEVEL": "debug"}, "volumes": ["/srv:/data"],
        "network_isolation": True, "host": "127.0.0.1", "proxy_mode": "sse",
    }  # fmt: skip
    return Ready(body=body, watch=(Read(things.WORKLOAD, NOBODY, {"name": name}),))


@recipe(f"POST {A}/workloads/{{name}}/edit")
def edit(session: Session) -> Ready:
    """Replace the configuration of a workload."""
    body = {"image": things.IMAGE, "transport": "streamable-http", "tools": ["other"], "env_vars": {"LEVEL": "info"}}
    return _on(things.workload(session), things.WORKLOAD, body=body)


@recipe(f"POST {A}/workloads/{{name}}/upgrade")
def upgrade(session: Session) -> Ready:
    """Upgrade a workload that is the newest already."""
    return _on(things.workload(session), body={"env": {"LEVEL": "debug"}})


@recipe(f"POST {A}/workloads/{{name}}/stop", f"POST {A}/workloads/{{name}}/restart", f"DELETE {A}/workloads/{{name}}")
def act(session: Session) -> Ready:
    """Do something to a workload."""
    return _on(things.workload(session))


@recipe(f"POST {A}/workloads/stop", f"POST {A}/workloads/restart", f"POST {A}/workloads/delete")
def act_on_several(session: Session) -> Ready:
    """Do something to a workload by its name."""
    return Ready(body={"names": [things.workload(session)]})


@recipe(things.GROUPS)
def create_group(session: Session) -> Ready:
    """Create a group."""
    name = session.users.fresh("grp")
    return Ready(
        body={"name": name},
        watch=(Read(f"GET {A}/groups/{{name}}", NOBODY, {"name": name}),),
    )


@recipe(f"GET {A}/groups/{{name}}")
def group(session: Session) -> Ready:
    """Read a group."""
    return _on(session.shared("group", lambda: things.group(session)))


@recipe(things.GROUP)
def delete_group(session: Session) -> Ready:
    """Delete a group."""
    return _on(things.group(session), f"GET {A}/groups/{{name}}", query={"with-workloads": False})


@recipe(things.CLIENTS)
def register(session: Session) -> Ready:
    """Register a client."""
    return Ready(body={"name": "goose", "groups": [things.group(session)]})


@recipe(f"POST {A}/clients/register")
def register_several(session: Session) -> Ready:
    """Register clients."""
    return Ready(body={"names": ["kiro", "opencode"], "groups": [things.group(session)]})


@recipe(things.UNREGISTER)
def unregister_several(session: Session) -> Ready:
    """Unregister a client."""
    return Ready(body={"names": [things.client(session, "zed")]})


@recipe(things.CLIENT)
def unregister(session: Session) -> Ready:
    """Unregister a client."""
    return Ready(params={"name": things.client(session, "trae")})


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
