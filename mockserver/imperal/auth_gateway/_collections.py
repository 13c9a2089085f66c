"""The gateway's state at one glance: every collection, its id field and its indexes."""

from __future__ import annotations

from specdouble.mock.kit import Collection

COLLECTIONS = (
    # people
    Collection("tenants", key="tenant_id"),
    Collection("agencies", key="agency_id", by=("domain", "tenant_id")),
    Collection(
        "users",
        key="imperal_id",
        by=(
            ("tenant_id", "email"),
            "nickname",
            "tenant_id",
            "agency_id",
            ("tenant_id", "role"),
            ("tenant_id", "is_active"),
            ("tenant_id", "role", "is_active"),
        ),
    ),
    Collection("roles", by=("tenant_id", ("tenant_id", "name"))),
    Collection("scopes", by=("name", "tenant_id")),
    Collection("settings", key="user_id"),
    Collection("tenant_settings", key="tenant_id"),
    Collection("live_chats", key="user_id"),
    # credentials
    Collection("sessions", key="session_id", by=("user_id", "refresh_hash"), sign_ins=True, most=20_000),
    Collection("verifications", key="token_hash", by=("user_id",), most=10_000, ends="expires_at", lingers=7 * 86_400),
    Collection("device_logins", key="device_code", by=("user_id", "user_code"), most=10_000, ends="expires_at"),
    Collection("keys", by=("user_id", "secret_hash")),
    # money
    Collection("plans"),
    Collection("subscriptions", key="user_id"),
    Collection("wallets", key="user_id"),
    Collection("ledger", by=("user_id", "transaction_id"), sums=("amount",)),
    Collection("payments", key="payment_intent_id", by=("user_id", "status"), sums=("amount_cents",)),
    Collection("cards", by=("user_id",)),
    Collection("setup_intents", by=("user_id",), most=10_000),
    Collection("auto_topups", key="user_id"),
    Collection("meters", by=("user_id",)),
    Collection("stripe_events", most=10_000),
    # apps
    Collection("apps", key="app_id", by=("developer_id", "status")),
    Collection("installs", by=("user_id", "app_id", ("user_id", "app_id")), since="installed_at"),
    Collection("disabled", by=("user_id", "app_id", ("user_id", "app_id"))),
    Collection("denials", by=("user_id", "app_id", ("user_id", "app_id"))),
    Collection("deploys", key="deploy_id", by=("app_id", ("app_id", "status")), most=10_000),
    Collection("reviews", by=("app_id", "user_id", ("app_id", "rating"), ("user_id", "app_id")), sums=("rating",)),
    Collection("votes", by=("review_id", "user_id")),
    Collection("secrets", by=("ext_id", "owner", ("owner", "ext_id"))),
    Collection(
        "records",
        by=(
            ("app_id", "user_id", "collection"),
            ("app_id", "user_id"),
            "user_id",
            "app_id",
            ("app_id", "tenant_id", "collection"),
            ("app_id", "tenant_id", "collection", "user_id"),
        ),
    ),
    Collection("ext_health", key="app_id"),
    Collection("oauth_states", key="nonce", by=("user_id",), most=10_000),
    Collection("webhook_answers"),
    Collection("web_pages", key="url"),
    Collection("faults", key="name"),
    # developers
    Collection("developers", key="imperal_id", by=("developer_id",)),
    Collection(
        "earnings",
        by=("imperal_id", ("imperal_id", "app_id"), "app_id"),
        sums=("base_price", "developer_share", "platform_share"),
    ),
    Collection(
        "payouts", by=("imperal_id", "status", ("imperal_id", "status")), sums=("amount_tokens",), since="requested_at"
    ),
    # what happens
    Collection(
        "actions",
        key="trace_id",
        by=("user_id", "app_id", ("user_id", "app_id"), ("user_id", "status"), ("user_id", "action_type")),
        most=10_000,
    ),
    Collection("tallies", by=("of", "user_id", "imperal_id"), derived=True),
    Collection(
        "audit",
        by=(
            "tenant_id",
            ("tenant_id", "actor_id"),
            ("tenant_id", "target_id"),
            ("tenant_id", "action"),
            ("tenant_id", "target_type"),
            ("tenant_id", "source"),
        ),
        most=10_000,
    ),
    Collection("automations", key="rule_id", by=("user_id", "tenant_id", ("tenant_id", "status"))),
    Collection("confirmations", key="confirmation_id", by=("user_id", ("user_id", "status"))),
    Collection("tasks", key="task_id", by=("user_id", ("user_id", "status")), most=10_000),
    # the kernel's own
    Collection("conversations", by=("user_id",)),
    Collection("messages", by=("conversation_id", "user_id")),
    Collection("notifications", by=("user_id", "app_id"), most=10_000),
    Collection("skeletons", by=("user_id", "app_id")),
    Collection("extcache", by=("user_id", "app_id"), ends="until"),
    Collection("files", by=("app_id", ("tenant_id", "app_id"), ("tenant_id", "app_id", "path"))),
    Collection("llm_usage", by=("user_id", "date")),
    Collection("executions", by=("user_id", "rule_id", "status"), most=10_000),
    Collection("configs", by=("scope", ("scope", "scope_id"))),
    Collection("platform_settings", key="name"),
    Collection("model_rates"),
    Collection("llm_providers"),
    Collection("email_templates", key="case"),
    Collection("email_log", by=("case", "status", ("case", "status"), "user_id", "dedup_key"), most=10_000),
    # the agent and its memory
    Collection("coding_remotes", key="user_id"),
    Collection("agent_sessions", key="session_id", by=("user_id", ("user_id", "running"))),
    Collection("agent_frames", by=("user_id", "session_id")),
    Collection("agent_messages", by=("user_id", "session_id")),
    Collection("agent_steps", key="ref", by=("user_id", "session_id")),
    Collection("frame_sessions", key="session_id", by=("user_id",)),
    Collection("frames", by=("user_id", "session_id")),
    Collection("code_repos", by=("user_id",)),
    Collection("code_files", by=("user_id", "repo", ("user_id", "blob"))),
    Collection("code_blobs", by=("user_id",)),
)
