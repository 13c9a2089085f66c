"""The operations by short names, and things that recipes and rules make of their own."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Session

SPACE, CREATE, UPDATE, DROP = "GET /registry/", "POST /registry/", "PUT /registry/", "DELETE /registry/"
SPACES = "POST /registry/query"
UPSERT, AGENTS, DELETE_AGENTS = "POST /registry/agent", "POST /registry/agent/query", "DELETE /registry/agent"
HOLD, RELEASE = "PUT /registry/agent/hold/{assistant_id}", "DELETE /registry/agent/hold/{assistant_id}"
ADD_SECRET, SECRETS, DELETE_SECRETS = "POST /registry/secret", "GET /registry/secret", "DELETE /registry/secret"
FIND_SECRETS, INSPECT = "POST /registry/secret/query", "POST /registry/secret/inspect/{assistant_id}"
ADD_PARAMETER, PARAMETERS = "POST /registry/parameter", "POST /registry/parameter/query"
DELETE_PARAMETERS = "DELETE /registry/parameter"
VALIDATE, PUBLISH, UNPUBLISH = "POST /registry/validate", "PUT /registry/publish", "DELETE /registry/publish"
PULL, REPOSITORIES, TAGS = "PUT /registry/pull", "GET /registry/repositories", "GET /registry/tags"
DELETES = (DELETE_AGENTS, DELETE_SECRETS, DELETE_PARAMETERS)


def ask(session: Session, op: str, space: str = "", **more: Any) -> Any:
    """Send a request on an agentspace that has to go well; return what came back."""
    query = {**({"agentspace_id": space} if space else {}), **more.pop("query", {})}
    return session.send(op, session.users.credential(session.contract[op]), query=query, **more).need().json


def space(session: Session) -> str:
    """Create an agentspace and return its id."""
    made = ask(session, CREATE, body={"name": session.users.fresh("space"), "namespace": "verify"})
    return str(made["agentspace_id"])


def agent(session: Session, where: str, key: str = "MODEL_KEY") -> dict[str, Any]:
    """Write an agent that refers to a secret, and return it."""
    body = {
        "assistant_id": session.users.fresh("agent"),
        "nickname": "Helper",
        "description": "Helps for a minute.",
        "response": {"provider_id": "alquimia", "config": {"api_key": {"$secretRef": key}}},
    }
    ask(session, UPSERT, where, body=body)
    return body


def secret(session: Session, where: str, key: str = "MODEL_KEY") -> str:
    """Register a secret and return its key."""
    ask(session, ADD_SECRET, where, body={"secret": {"key": key, "scope": "global"}, "value": "nobody may see this"})
    return key


def parameter(session: Session, where: str) -> str:
    """Register a parameter and return its key."""
    ask(session, ADD_PARAMETER, where, body={"key": "tone", "type": "string", "default": "kind"})
    return "tone"


def published(session: Session) -> tuple[str, str]:
    """Publish an agentspace with an agent; return its id and the repository with the tag."""
    where = space(session)
    agent(session, where)
    secret(session, where)
    made = ask(session, PUBLISH, where, query={"tag": "v1"}, body={"description": "For a minute"})
    return where, f"{made['repo_id']}:v1"
