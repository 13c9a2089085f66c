"""The registry, its feeds, and skills."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import NOBODY, Read, Ready, Session, recipe

from .. import things
from ..things import DEFAULT, FEED, A

WHERE = {"registryName": "default"}
SKILL = f"GET {A}/skills/{{name}}"


@recipe(f"GET {A}/registry/{{name}}", f"GET {A}/registry/{{name}}/servers", f"POST {A}/registry/{{name}}/refresh",
        f"DELETE {A}/registry/{{name}}")  # fmt: skip
def registry(session: Session) -> Ready:
    """Ask for the only registry."""
    things.usable(session)
    return Ready(params=DEFAULT)


@recipe(f"PUT {A}/registry/{{name}}")
def point(_session: Session) -> Ready:
    """Point the registry to an address without a sign-in."""
    return Ready(params=DEFAULT, body={"url": "https://registry.example.com/registry.json"})


@recipe(things.LOGIN, things.LOGOUT)
def sign_in(session: Session) -> Ready:
    """Sign in to a registry that has settings for it."""
    things.signed_in(session)
    return Ready()


def _shown(session: Session, what: str) -> dict[str, Any]:
    things.usable(session)
    return dict(session.send(f"GET {FEED}/{what}", NOBODY, params=WHERE).need().json[what.rpartition("/")[2]][0])


@recipe(f"GET {FEED}/servers", f"GET {FEED}/x/dev.toolhive/skills")
def feed(session: Session) -> Ready:
    """Read a page of a feed."""
    things.usable(session)
    return Ready(params=WHERE, query={"page": 1, "limit": 2})


@recipe(f"GET {FEED}/servers/{{serverName}}/versions/latest")
def latest(session: Session) -> Ready:
    """Read a server that the feed shows."""
    return Ready(params={**WHERE, "serverName": _shown(session, "servers")["name"]})


@recipe(f"GET {FEED}/x/dev.toolhive/skills/{{namespace}}/{{skillName}}")
def offered(session: Session) -> Ready:
    """Read a skill that the feed shows."""
    one = _shown(session, "x/dev.toolhive/skills")
    return Ready(params={**WHERE, "namespace": one["namespace"], "skillName": one["name"]})


@recipe(things.SKILLS)
def skills(session: Session) -> Ready:
    """List the skills of a scope."""
    session.shared("skill", lambda: things.skill(session))
    return Ready(query={"scope": "user"})


@recipe(things.INSTALL)
def install(session: Session) -> Ready:
    """Install what was built."""
    name = things.build(session)
    return Ready(body={"name": name, "clients": ["codex"]}, watch=(Read(SKILL, NOBODY, {"name": name}),))


@recipe(f"GET {A}/skills/{{name}}")
def skill(session: Session) -> Ready:
    """Read an installed skill."""
    return Ready(params={"name": session.shared("skill", lambda: things.skill(session))})


@recipe(f"DELETE {A}/skills/{{name}}")
def uninstall(session: Session) -> Ready:
    """Uninstall a skill."""
    where = {"name": things.skill(session)}
    return Ready(params=where, watch=(Read(SKILL, NOBODY, where),))


@recipe(f"POST {A}/skills/push")
def push(session: Session) -> Ready:
    """Push an artifact."""
    return Ready(body={"reference": things.build(session)})


@recipe(f"GET {A}/skills/content")
def content(session: Session) -> Ready:
    """Read what an artifact holds."""
    return Ready(query={"ref": session.shared("build", lambda: things.build(session))})
