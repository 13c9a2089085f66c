"""What else a body holds when one of its fields is tried, and the declared fields that are not stored, with why.

Both tables are by operation and field, a part of a field with dots; an entry for ``a`` counts for ``a.b`` too.
"""

from __future__ import annotations

from typing import Any

LLM = "/v1/internal/config/llm"
SYNC, FRAME = "/v1/memory/code/sync", "/v1/memory/frame"
EXTENSIONS = "/v1/extensions/{app_id}"
DATABASE = {"host": "db.example.com", "username": "u", "password": "p", "database": "d"}

BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("PATCH /v1/tenants/{tenant_id}", "db_config"): {"db_config": DATABASE},
    (f"POST {EXTENSIONS}/operate", "confirmation_bypassed"): {"function": "delete_note", "params": {"note_id": "none"}},
    ("POST /v1/billing/topup", "save_payment_method"): {"off_session": False},
    (f"PUT {LLM}", "replace_paths"): {"config": {"purpose": {"voice": {}}}},
    ("PUT /v1/internal/config/{scope}/{scope_id}", "replace_paths"): {"config": {"limits": {"pages": 1}}},
    ("POST /v1/internal/ai/complete", "messages"): {"prompt": ""},
    **{
        (f"{method} /v1/automations/internal/{where}", f"actions.0.{name}"): {
            "actions": [{"app_id": "notes", "tool": "create_note", "args": {"text": "One"}}]
        }
        for method, where in (("PATCH", "{rule_id}"), ("POST", "create"))
        for name in ("app_id", "tool", "args")
    },
    ("PATCH /v1/automations/internal/{rule_id}", "trigger_filter"): {"trigger_filter": {"event_type": "schedule"}},
    **{
        (operation, f"actions.0.{field}"): {"actions": [{"app_id": "notes", "tool": "create_note", "args": {}}]}
        for operation in ("POST /v1/automations/internal/create", "PATCH /v1/automations/internal/{rule_id}")
        for field in ("app_id", "tool", "args")
    },
    ("POST /v1/agent/sessions", "goal"): {"marathon": True},
    (f"POST {FRAME}", "cwd"): {"repo_key": "", "repo_root": ""},
    (f"POST {FRAME}", "repo_root"): {"repo_key": "", "cwd": ""},
    (f"POST {FRAME}", "session_repo"): {"repo_key": "", "cwd": "", "repo_root": ""},
    ("POST /v1/memory/code/slice", "depth"): {"symbols": ["week"]},
    (f"POST {SYNC}/plan", "listing"): {"listing": [{"path": "api.py", "size": 90, "mtime": 1750000000.0}]},
    (f"POST {SYNC}/apply", "configs"): {
        "configs": [{"path": "pyproject.toml", "text": "[project]"}],
        "files": [],
        "blobs": [],
    },
    (f"POST {SYNC}/apply", "chunks"): {
        "chunks": [{"blob": "a1b2c3", "def_qualname": "login", "start_line": 1, "end_line": 2, "vector": "AAAA"}]
    },
    (f"POST {SYNC}/apply", "measured"): {
        "measured": [{"src_path": "a.py", "dst_repo": "r", "dst_path": "b.py", "confidence": 0.5, "origin": "runs"}]
    },
    ("POST /v1/developer/apps", "display_name"): {"name": None},
    ("PUT /v1/developer/apps/{app_id}", "display_name"): {"name": None},
    ("PUT /v1/developer/apps/{app_id}", "name"): {"display_name": None},
    ("PUT /v1/apps/{app_id}/tools", "skeleton_sections"): {"skeleton_sections": [{"name": "recent"}]},
    ("PUT /v1/apps/{app_id}/tools", "skeleton_sections.0.section_name"): {"skeleton_sections": [{"section_name": "x"}]},
}

NOT_STORED: dict[tuple[str, str], str] = {
    (
        "POST /v1/tenants",
        "db_config.password",
    ): "a secret of a database that nobody opens here; it is forgotten at once",
    ("PATCH /v1/tenants/{tenant_id}", "db_config.password"): "as at POST /v1/tenants",
    ("POST /v1/billing/topup", "price_cents"): "the gateway computes the price itself (B11)",
    ("POST /v1/webhooks/gmail", "subscription"): "Google's name of its push; whatever is sent is acknowledged (W04)",
    ("POST /v1/internal/ai/complete", "temperature"): "the mock's model says the same at every temperature",
    ("POST /v1/internal/ai/complete", "extension_id"): "use of models is counted by user",
    ("POST /v1/billing/internal/usage/track", "extension_id"): "meters count by user",
    ("POST /v1/internal/llm-usage/track", "extension_id"): "use of models is counted by user",
    ("POST /v1/internal/llm-usage/track", "model"): "use of models is counted by user and day",
    ("POST /v1/internal/llm-usage/track", "purpose"): "use of models is counted by user and day",
    (f"POST {LLM}/test", "updated_by"): "a trial saves nothing",
    (f"POST {LLM}/test-tools", "updated_by"): "a trial saves nothing",
    (f"POST {LLM}/test", "replace_paths"): "a trial looks at the provider, the model and the key, which are no trees",
    (f"POST {LLM}/test-tools", "replace_paths"): "a trial looks at the provider, the model and the key",
    (f"POST {FRAME}/lens", "session_repo"): "a lens opens what its session and its arguments name",
    (f"POST {SYNC}/apply", "chunks"): "nothing is found by meaning here: texts are kept, their vectors are not",
}

# Stored and not shown by any GET: where the value counts instead.
ELSEWHERE: dict[tuple[str, str], str] = {
    ("POST /v1/auth/signup", "password"): "the login after verification",
    ("POST /v1/auth/signup", "first_name"): "the profile of the new person, who has not verified yet",
    ("POST /v1/auth/signup", "last_name"): "the profile of the new person, who has not verified yet",
    ("POST /v1/auth/register", "password"): "the next login",
    ("POST /v1/auth/me/change-password", "new_password"): "the next login",
    ("POST /v1/users", "password"): "the first login",
    ("POST /v1/auth/cli/device/authorize", "code_challenge"): "the code_verifier that POST …/device/token takes",
    ("POST /v1/tenants", "db_config"): "the settings of a database are never shown; the host counts for …/health",
    ("PATCH /v1/tenants/{tenant_id}", "db_config"): "as at POST /v1/tenants",
    ("POST /v1/billing/topup", "save_payment_method"): "the card is among one's cards once the payment is confirmed",
    ("PUT /v1/internal/billing/stripe-config", "webhook_secret"): "the signature that POST /v1/webhooks/stripe takes",
    ("POST /v1/internal/billing/stripe-config", "webhook_secret"): "the signature that POST /v1/webhooks/stripe takes",
    ("POST /v1/internal/notify", "channel"): "a wish that is kept; the person's settings choose the channels",
    ("POST /v1/automations/internal/triggered", "attempt"): "kept with the run, which no route shows",
    ("POST /v1/automations/internal/triggered", "parent_execution_id"): "kept with the run",
    ("POST /v1/automations/internal/triggered", "timeout_at"): "what POST …/check-timeout ends",
    ("POST /v1/automations/internal/triggered", "event_data"): "kept with the run",
    ("POST /v1/automations/internal/triggered", "result"): "kept with the run",
    ("POST /v1/automations/internal/triggered", "error"): "kept with the run",
    ("POST /v1/automations/internal/triggered", "error_text"): "kept with the run",
    ("POST /v1/agent/sessions", "steer_iid"): "the same task sent again",
    **dict.fromkeys(
        ((f"POST {FRAME}/{verb}", name) for verb, more in (
            ("record", ("goal", "items")), ("final", ("final_text", "tools")),
        ) for name in ("session_id", "step", "repo_key", "session_repo", *more)),
        "POST /v1/memory/frame and its lenses",
    ),
    (f"POST {SYNC}/apply", "files.0.size"): "POST …/sync/plan",
    (f"POST {SYNC}/apply", "files.0.mtime"): "POST …/sync/plan",
    (f"POST {SYNC}/apply", "configs.0.size"): "POST …/sync/plan",
    (f"POST {SYNC}/apply", "configs.0.mtime"): "POST …/sync/plan",
    (f"POST {SYNC}/apply", "measured"): "POST /v1/memory/code/impact",
}  # fmt: skip


def elsewhere(key: str, field: str) -> str | None:
    """Where a field counts that no GET shows, or None when one does."""
    return next((ELSEWHERE[key, one] for one in _prefixes(field) if (key, one) in ELSEWHERE), None)


def companion(key: str, field: str) -> dict[str, Any]:
    """The part of a body that a trial of a field needs."""
    return next((BODIES[key, one] for one in _prefixes(field) if (key, one) in BODIES), {})


def not_stored(key: str, field: str) -> str | None:
    """Why a field is not stored, or None when it is."""
    return next((NOT_STORED[key, one] for one in _prefixes(field) if (key, one) in NOT_STORED), None)


def _prefixes(field: str) -> list[str]:
    parts = field.split(".")
    return [".".join(parts[:count]) for count in range(len(parts), 0, -1)]
