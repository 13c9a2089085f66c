"""The Registry's own state; installs, users and events are the world's, shared with the gateway."""

from __future__ import annotations

from specdouble.mock.kit import Collection

COLLECTIONS = (
    Collection("registry_apps", key="app_id", by=("status", "owner_id"), ends="forget_at", lingers=0),
    Collection("registry_keys", key="key_id", by=("app_id", "secret_hash"), ends="forget_at", lingers=0),
    Collection("registry_manifests", key="app_id"),
    Collection("registry_settings", key="app_id", ends="forget_at", lingers=0),
    Collection("registry_rules", key="user_id"),
    Collection("registry_extensions", by=("status",)),
    Collection("hub_messages", by=("user_id",), most=10_000),
)
