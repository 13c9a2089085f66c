"""The gateway's state at one glance: every collection, its id field and its indexes."""

from __future__ import annotations

from mockserver.kit import Collection

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
    Collection("conversations", key="user_id"),
    # credentials
    Collection("sessions", key="session_id", by=("user_id", "refresh_hash")),
    Collection("verifications", key="token_hash", by=("user_id",)),
    Collection("device_logins", key="device_code", by=("user_code",)),
    Collection("keys", by=("user_id", "secret_hash")),
    # money
    Collection("plans"),
    Collection("subscriptions", key="user_id"),
    Collection("wallets", key="user_id"),
    Collection("ledger", by=("user_id", "transaction_id"), sums=("amount",)),
    Collection("payments", key="payment_intent_id", by=("user_id",)),
    Collection("cards", by=("user_id",)),
    Collection("setup_intents", by=("user_id",)),
    Collection("auto_topups", key="user_id"),
    Collection("meters", by=("user_id",)),
    Collection("stripe_events"),
    # apps
    Collection("apps", key="app_id", by=("developer_id", "status")),
    Collection("installs", by=("user_id", "app_id", ("user_id", "app_id"))),
    Collection("disabled", by=("user_id", "app_id", ("user_id", "app_id"))),
    Collection("denials", by=("user_id", "app_id", ("user_id", "app_id"))),
    Collection("deploys", key="deploy_id", by=("app_id", ("app_id", "status"))),
    Collection("reviews", by=("app_id", ("app_id", "rating"), ("user_id", "app_id")), sums=("rating",)),
    Collection("votes", by=("review_id",)),
    Collection("secrets", by=("ext_id", ("owner", "ext_id"))),
    Collection("records", by=(("app_id", "user_id", "collection"), ("app_id", "user_id"), "user_id", "app_id")),
    Collection("ext_health", key="app_id"),
    Collection("oauth_states", key="nonce", by=("user_id",)),
    Collection("webhook_answers"),
    Collection("faults", key="name"),
    # developers
    Collection("developers", key="imperal_id", by=("developer_id",)),
    Collection(
        "earnings",
        by=("imperal_id", ("imperal_id", "app_id"), "app_id"),
        sums=("base_price", "developer_share", "platform_share"),
    ),
    Collection("payouts", by=("imperal_id", "status", ("imperal_id", "status")), sums=("amount_tokens",)),
    # what happens
    Collection("actions", key="trace_id", by=("user_id", "app_id", ("user_id", "app_id"))),
    Collection(
        "audit", by=("tenant_id", ("tenant_id", "actor_id"), ("tenant_id", "target_id"), ("tenant_id", "action"))
    ),
    Collection("automations", key="rule_id", by=("user_id",)),
    Collection("confirmations", key="confirmation_id", by=("user_id", ("user_id", "status"))),
    Collection("tasks", key="task_id", by=("user_id", ("user_id", "status"))),
)
