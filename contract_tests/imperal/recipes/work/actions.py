"""The ledger of actions (`/v1/actions`)."""

from __future__ import annotations

from typing import Any

from specdouble.verify.kit import Read, Ready, either, first, perhaps, recipe

from ...people import Person
from ...session import Session, veteran
from ...shared.apps import own_app, seen_app
from ...shared.calling import ACTION, ACTIONS, RECORD

Doc = dict[str, Any]


def full_action(session: Session, person: Person, **changes: Any) -> Doc:
    """Return a record of an action with every field, each telling."""
    word = session.users.fresh("tr")
    return {
        "trace_id": word,
        "chain_id": f"chain-{word}",
        "parent_task_id": f"task_{word}",
        "user_id": person.imperal_id,
        "tenant_id": person.tenant_id,
        "app_id": "billing",
        "tool_name": "get_balance",
        "action_type": "write",
        "intent_type": "note.create",
        "status": "failed",
        "message_preview": "Write down: milk and bread",
        "result_preview": "Nothing was saved",
        "error": "The pencil broke",
        "duration_ms": 1234,
        "tokens_used": 56,
        "heartbeat_count": 7,
        "action_price": 8.5,
        "extension_price": 6.25,
        "platform_fee": 2.25,
        "worker_id": "worker-9",
        "llm_provider": "example",
        "llm_model": "example-small",
        "llm_steps": [{"step": 1, "model": "example-small", "tokens": 410}, {"step": 2, "tokens": 90}],
        "llm_total_calls": 2,
        "llm_total_tokens": 500,
        "completed_at": "2026-06-21T09:50:00Z",
        **changes,
    }


def small_action(session: Session, person: Person, **fields: Any) -> Doc:
    """Return a record with required fields only, and what is given."""
    return {
        "trace_id": session.users.fresh("tr"),
        "user_id": person.imperal_id,
        "app_id": "billing",
        "tool_name": "get_balance",
        "action_type": "read",
        "status": "success",
        **fields,
    }


@recipe(RECORD)
def record(session: Session) -> Ready:
    """Record an action of a user, as the kernel does."""
    user = session.users.user
    body = full_action(session, user)
    watch = (Read(ACTION, user.bearer, {"trace_id": body["trace_id"]}), Read("GET /v1/actions/stats", user.bearer))
    return Ready(session.users.service, user, body=body, watch=watch)


def _recorded(session: Session) -> Ready:
    """Return a user with an action, and where it stands."""

    def make() -> tuple[Person, str]:
        user = session.users.user
        body = small_action(session, user, tool_name="recorded_once")
        return user, str(session.send(RECORD, session.users.service, body=body)["trace_id"])

    def find() -> tuple[Person, str]:
        user = veteran(session)
        return user, str(first(session, "an action", ACTIONS, user)["trace_id"])

    user, trace_id = session.shared("an action", lambda: either(session, make, find))
    if user.stale:
        session.users.login(user)
    return Ready(user.bearer, user, {"trace_id": trace_id})


@recipe(ACTION)
def read(session: Session) -> Ready:
    """Read an action."""
    return _recorded(session)


@recipe(ACTIONS)
def list_(session: Session) -> Ready:
    """List the actions of an app."""
    user = session.users.user
    ready = perhaps(session, lambda: _recorded(session)) or Ready(user.bearer, user)
    return ready.but(params={}, query={"app_id": "billing", "page": 1, "per_page": 20})


@recipe("GET /v1/actions/stats")
def stats(session: Session) -> Ready:
    """Sum up one's month."""
    user = session.users.user
    perhaps(session, lambda: _recorded(session))
    return Ready(user.bearer, user)


@recipe("GET /v1/actions/stats/extension/{app_id}")
def extension_stats(session: Session) -> Ready:
    """Read the figures of an app as its developer."""
    owned = own_app(session)
    return Ready(owned.owner.bearer, owned.owner, {"app_id": owned.app_id})


@recipe("GET /v1/actions/stats/marketplace/{app_id}")
def marketplace_stats(session: Session) -> Ready:
    """Read the public figures of an app, as the marketplace does."""
    return Ready(session.users.service, params={"app_id": seen_app(session)})
