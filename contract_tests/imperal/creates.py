"""What a run creates that outlives its throw-away users, and how each creation is undone."""

from __future__ import annotations

from specdouble.verify.kit import Made

FOREVER = (("permanent", "true"),)
# Whatever belongs to a throw-away user goes with that user; these are the things that outlive one.
CREATES = {
    "POST /v1/auth/register": Made("user", "access_token", "DELETE /v1/users/{user_id}", "user_id", (), FOREVER, True),
    "POST /v1/auth/signup": Made("user", "user_id", "DELETE /v1/users/{user_id}", "user_id", (), FOREVER),
    "POST /v1/users": Made("user", "imperal_id", "DELETE /v1/users/{user_id}", "user_id", (), FOREVER),
    "POST /v1/keys": Made("API key", "id", "DELETE /v1/keys/{key_id}", "key_id", personal=True, hands="key"),
    "POST /v1/tenants": Made("tenant", "tenant_id", "DELETE /v1/tenants/{tenant_id}", "tenant_id"),
    "POST /v1/roles": Made("role", "id", "DELETE /v1/roles/{role_id}", "role_id"),
    "POST /v1/scopes": Made("scope", "id", "DELETE /v1/scopes/{scope_id}", "scope_id"),
    "POST /v1/agencies": Made("agency", "agency_id", "", ""),
    "POST /v1/automations": Made("automation", "rule_id", "DELETE /v1/automations/{rule_id}", "rule_id", personal=True),
    "POST /v1/developer/apps": Made(
        "app",
        "app_id",
        "DELETE /v1/admin/apps/{app_id}",
        "app_id",
        body=lambda id_: {"confirm_name": id_, "force": True},
    ),
    "POST /v1/marketplace/apps/{app_id}/reviews": Made(
        "review", "id", "DELETE /v1/marketplace/reviews/{review_id}", "review_id", personal=True
    ),
    "registry POST /v1/apps": Made("Registry app", "app_id", "registry DELETE /v1/apps/{app_id}", "app_id"),
    "registry POST /v1/apps/{app_id}/keys": Made(
        "Registry key", "key_id", "registry DELETE /v1/apps/{app_id}/keys/{key_id}", "key_id", ("app_id",)
    ),
    "registry POST /extensions": Made("Registry extension", "id", "registry DELETE /extensions/{ext_id}", "ext_id"),
}
