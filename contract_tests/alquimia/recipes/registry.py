"""One recipe per operation, each on an agentspace of its own."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Read, Ready, Session, recipe

from .. import things


def _in(session: Session, where: str, *watch: str, query: dict[str, Any] | None = None, **more: Any) -> Ready:
    who = session.users.credential(session.contract[things.SPACE])
    reads = tuple(Read(op, who, query={"agentspace_id": where}) for op in watch)
    return Ready(who, query={"agentspace_id": where, **(query or {})}, watch=reads, **more)


@recipe(things.SPACE)
def read(session: Session) -> Ready:
    """Read an agentspace."""
    return _in(session, session.shared("space", lambda: things.space(session)))


@recipe(things.CREATE)
def create(session: Session) -> Ready:
    """Create an agentspace with every member."""
    body = {
        "name": session.users.fresh("space"), "namespace": "verify", "tag": "v0.1", "description": "For a minute",
        "visibility": "public", "status": "disabled", "user_id": "u1", "source_repo_id": "verify/none:v1",
    }  # fmt: skip
    return Ready(session.users.credential(session.contract[things.SPACE]), body=body)


@recipe(things.UPDATE)
def update(session: Session) -> Ready:
    """Change an agentspace."""
    where = things.space(session)
    body = {"agentspace_id": where, "description": "Changed", "visibility": "public", "tag": "v2"}
    return Ready(
        session.users.credential(session.contract[things.SPACE]),
        body=body,
        watch=_in(session, where, things.SPACE).watch,
    )


@recipe(things.DROP)
def drop(session: Session) -> Ready:
    """Delete an agentspace."""
    where = things.space(session)
    return _in(session, where, things.SPACE)


@recipe(things.SPACES)
def find(session: Session) -> Ready:
    """Find agentspaces."""
    session.shared("space", lambda: things.space(session))
    return Ready(session.users.credential(session.contract[things.SPACE]), body={"namespace": "verify"})


@recipe(things.UPSERT)
def upsert(session: Session) -> Ready:
    """Write an agent."""
    body = {"assistant_id": session.users.fresh("agent"), "nickname": "Helper", "response": {"provider_id": "alquimia"}}
    return _in(session, session.shared("space", lambda: things.space(session)), body=body)


@recipe(things.DELETE_AGENTS)
def delete_agents(session: Session) -> Ready:
    """Delete an agent by its id."""
    where = things.space(session)
    return _in(session, where, body={"assistant_id": things.agent(session, where)["assistant_id"]})


@recipe(things.AGENTS)
def find_agents(session: Session) -> Ready:
    """Find agents by a member."""
    where = session.shared("space", lambda: things.space(session))
    things.agent(session, where)
    return _in(session, where, body={"nickname": "Helper"})


@recipe(things.HOLD)
def hold(session: Session) -> Ready:
    """Put an agent on hold."""
    where = things.space(session)
    return _in(session, where, things.SPACE, params={"assistant_id": things.agent(session, where)["assistant_id"]})


@recipe(things.RELEASE)
def release(session: Session) -> Ready:
    """Release an agent."""
    where = things.space(session)
    params = {"assistant_id": things.agent(session, where)["assistant_id"]}
    things.ask(session, things.HOLD, where, params=params)
    return _in(session, where, things.SPACE, params=params)


@recipe(things.SECRETS)
def secrets(session: Session) -> Ready:
    """List secrets."""
    where = session.shared("space", lambda: things.space(session))
    things.secret(session, where)
    return _in(session, where)


@recipe(things.ADD_SECRET)
def add_secret(session: Session) -> Ready:
    """Register a secret with a value."""
    secret = {"key": "NEW_KEY", "scope": "shared", "description": "For a minute"}
    return _in(session, things.space(session), things.SECRETS, body={"secret": secret, "value": "nobody may see this"})


@recipe(things.FIND_SECRETS)
def find_secrets(session: Session) -> Ready:
    """Find secrets by their scope."""
    where = session.shared("space", lambda: things.space(session))
    things.secret(session, where)
    return _in(session, where, body={"scope": "global"})


@recipe(things.DELETE_SECRETS)
def delete_secrets(session: Session) -> Ready:
    """Delete a secret by its key."""
    where = things.space(session)
    return _in(session, where, things.SECRETS, body={"key": things.secret(session, where)})


@recipe(things.INSPECT)
def inspect(session: Session) -> Ready:
    """Look at the secrets of an agent."""
    where = things.space(session)
    return _in(session, where, params={"assistant_id": things.agent(session, where)["assistant_id"]})


@recipe(things.ADD_PARAMETER)
def add_parameter(session: Session) -> Ready:
    """Register a parameter."""
    body = {"key": "tone", "type": "string", "description": "For a minute", "default": "kind", "assistant_id": "a"}
    return _in(session, things.space(session), body=body)


@recipe(things.PARAMETERS)
def find_parameters(session: Session) -> Ready:
    """Find parameters."""
    where = session.shared("space", lambda: things.space(session))
    return _in(session, where, body={"key": things.parameter(session, where)})


@recipe(things.DELETE_PARAMETERS)
def delete_parameters(session: Session) -> Ready:
    """Delete a parameter."""
    where = things.space(session)
    return _in(session, where, body={"key": things.parameter(session, where)})


@recipe(things.VALIDATE)
def validate(session: Session) -> Ready:
    """Validate an agentspace that has a secret which nobody uses."""
    where = things.space(session)
    things.agent(session, where)
    things.secret(session, where, "UNUSED_KEY")
    return _in(session, where, things.SECRETS, query={"dry_run": False})


@recipe(things.PUBLISH)
def publish(session: Session) -> Ready:
    """Publish an agentspace."""
    where = things.space(session)
    things.agent(session, where)
    space = things.ask(session, things.SPACE, where)
    body, watch = {"description": "For a minute"}, _tags(session, f"{space['namespace']}/{space['name']}")
    return _in(session, where, query={"tag": "v1"}, body=body).but(watch=watch)


def _tags(session: Session, repo: str) -> tuple[Read, ...]:
    who = session.users.credential(session.contract[things.TAGS])
    return (Read(things.TAGS, who, query={"repo_id": repo}),)


@recipe(things.UNPUBLISH)
def unpublish(session: Session) -> Ready:
    """Remove a version."""
    where, target = things.published(session)
    return _in(session, where, query={"tag": "v1"}).but(watch=_tags(session, target.rpartition(":")[0]))


@recipe(things.PULL)
def pull(session: Session) -> Ready:
    """Pull a version into another agentspace."""
    _, target = things.published(session)
    return _in(session, things.space(session), things.SPACE, query={"target": target})


@recipe(things.TAGS)
def tags(session: Session) -> Ready:
    """List the tags of a repository."""
    _, target = session.shared("published", lambda: things.published(session))
    who = session.users.credential(session.contract[things.TAGS])
    return Ready(who, query={"repo_id": target.rpartition(":")[0]})
