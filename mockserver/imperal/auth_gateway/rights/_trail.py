"""What is written down about what happened: action records and audit entries."""

from __future__ import annotations

from typing import Any

from specdouble.mock.kit import Call, Doc, World

from ..work import _tallies

PREVIEW = 200


def preview(value: Any) -> str | None:
    """Shorten a value for a record."""
    return None if value is None else str(value)[:PREVIEW]


def record_action(world: World, user: Doc, app_id: str, tool_name: str, **more: Any) -> Doc:
    """Write one action record of a user and tell their streams (rule C05)."""
    now = world.clock.stamp()
    action = {
        "trace_id": world.ids.new("tr_", 16),
        "chain_id": None,
        "parent_task_id": None,
        "user_id": user["imperal_id"],
        "tenant_id": user["tenant_id"],
        "app_id": app_id,
        "tool_name": tool_name,
        "action_type": "read",
        "intent_type": None,
        "status": "success",
        "message_preview": None,
        "result_preview": None,
        "error": None,
        "duration_ms": 1,
        "tokens_used": 0,
        "heartbeat_count": 0,
        "action_price": 0,
        "extension_price": 0,
        "platform_fee": 0,
        "worker_id": None,
        "llm_provider": None,
        "llm_model": None,
        "llm_steps": None,
        "llm_total_calls": 0,
        "llm_total_tokens": 0,
        "source": "chat",
        "created_at": now,
        "completed_at": now,
        **more,
    }
    world.state["actions"].add(action)
    _tallies.count_action(world, action)
    payload = {name: action[name] for name in ("trace_id", "app_id", "tool_name", "status")}
    world.emit(user["imperal_id"], "action_recorded", payload)
    return action


def audit(
    call: Call, action: str, target_type: str, target_id: Any, changes: Doc | None = None, tenant_id: str | None = None
) -> None:
    """Write one audit entry: who did what to which target; never with a secret's value (rule K01)."""
    user = call.caller.user
    write_audit(
        call.world,
        tenant_id=tenant_id or (user["tenant_id"] if user else "default"),
        actor_id=user["imperal_id"] if user else "service",
        actor_type="service" if call.caller.service else "user",
        action=action,
        target_type=target_type,
        target_id=str(target_id),
        changes=changes,
        ip_address=call.client or None,
    )


def differences(before: Doc, changes: Doc) -> Doc:
    """Write down what a change changed: ``{field: {"before": …, "after": …}}``."""
    return {
        name: {"before": before.get(name), "after": value}
        for name, value in changes.items()
        if before.get(name) != value
    }


def write_audit(world: World, **entry: Any) -> Doc:
    """Write one audit entry with the given fields and return it."""
    return world.state["audit"].add(
        {
            "id": world.serial("audit"),
            "metadata": None,
            "source": "api",
            "changes": None,
            **entry,
            "created_at": world.clock.stamp(),
        }
    )
