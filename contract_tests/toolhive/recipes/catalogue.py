"""The registry, its feeds, and skills."""

from __future__ import annotations

from specdouble.verify.kit import NOBODY, Read, Ready, Session, recipe

from .. import things
from ..things import A

DEFAULT = {"name": "default"}
FEED = "/registry/{registryName}/v0.1"
BUILDS = f"GET {A}/skills/builds"
SKILL = f"GET {A}/skills/{{name}}"


@recipe(f"GET {A}/registry/{{name}}", f"GET {A}/registry/{{name}}/servers", f"POST {A}/registry/{{name}}/refresh")
def registry(_session: Session) -> Ready:
    """Read the only registry."""
    return Ready(params=DEFAULT)


@recipe(f"PUT {A}/registry/{{name}}")
def point(_session: Session) -> Ready:
    """Point the registry to an address without a sign-in."""
    return Ready(params=DEFAULT, body={"url": "https://registry.example.com/registry.json"})


@recipe(f"GET {A}/registry/{{name}}/servers/{{serverName}}")
def server(session: Session) -> Ready:
    """Read a server that the list shows."""
    listed = session.send(f"GET {A}/registry/{{name}}/servers", NOBODY, params=DEFAULT).need().json["servers"]
    return Ready(params={**DEFAULT, "serverName": listed[0]["name"]})


def _signed_in(session: Session) -> None:
    auth = {"issuer": "https://id.example.com", "client_id": "thv"}
    body = {"api_url": "https://api.example.com", "auth": auth}
    session.send(f"PUT {A}/registry/{{name}}", NOBODY, params=DEFAULT, body=body).need()


@recipe(f"POST {A}/registry/auth/login", f"POST {A}/registry/auth/logout")
def sign_in(session: Session) -> Ready:
    """Sign in to a registry that has settings for it."""
    _signed_in(session)
    session.send(f"POST {A}/registry/auth/login", NOBODY).need()
    return Ready()


@recipe(f"GET {FEED}/servers", f"GET {FEED}/x/dev.toolhive/skills")
def feed(_session: Session) -> Ready:
    """Read a page of a feed."""
    return Ready(params={"registryName": "default"}, query={"page": 1, "limit": 2})


@recipe(f"GET {FEED}/servers/{{serverName}}/versions/latest")
def latest(session: Session) -> Ready:
    """Read a server that the feed shows."""
    where = {"registryName": "default"}
    (one, *_) = session.send(f"GET {FEED}/servers", NOBODY, params=where).need().json["servers"]
    return Ready(params={**where, "serverName": one["name"]})


@recipe(f"GET {FEED}/x/dev.toolhive/skills/{{namespace}}/{{skillName}}")
def offered(session: Session) -> Ready:
    """Read a skill that the feed shows."""
    where = {"registryName": "default"}
    (one, *_) = session.send(f"GET {FEED}/x/dev.toolhive/skills", NOBODY, params=where).need().json["skills"]
    return Ready(params={**where, "namespace": one["namespace"], "skillName": one["name"]})


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


@recipe(things.BUILD)
def build(session: Session) -> Ready:
    """Build a skill."""
    name = session.users.fresh("skill")
    return Ready(body={"path": f"/home/mia/{name}", "tag": name})


@recipe(BUILDS)
def builds(session: Session) -> Ready:
    """List what was built."""
    session.shared("build", lambda: things.build(session))
    return Ready()


@recipe(f"DELETE {A}/skills/builds/{{tag}}")
def delete_build(session: Session) -> Ready:
    """Delete an artifact."""
    return Ready(params={"tag": things.build(session)})


@recipe(f"POST {A}/skills/push")
def push(session: Session) -> Ready:
    """Push an artifact."""
    return Ready(body={"reference": things.build(session)})


@recipe(f"POST {A}/skills/validate")
def validate(_session: Session) -> Ready:
    """Check a folder."""
    return Ready(body={"path": "/home/mia/some-skill"})


@recipe(f"GET {A}/skills/content")
def content(session: Session) -> Ready:
    """Read what an artifact holds."""
    return Ready(query={"ref": session.shared("build", lambda: things.build(session))})
