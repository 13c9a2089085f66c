"""What the documents of Imperal Cloud do not say, and the general suites must know: words, and facts by operation."""

from __future__ import annotations

import re

from specdouble.verify.kit import Facts, Words

from .safety import OWNERS, UNKNOWN

IDS = (
    "id", "app_id", "key_id", "tenant_id", "agency_id", "imperal_id", "rule_id", "review_id", "trace_id", "task_id",
    "user_id",
)  # fmt: skip
WORDS = Words(
    volatile=frozenset(
        {"updated_at", "last_seen_at", "last_used_at", "last_accessed_at", "last_login", "cached_at", "ts", "current"}
    ),
    ids=IDS,
    own_ids=(
        "id", "key_id", "rule_id", "trace_id", "payment_intent_id", "session_id", "confirmation_id", "task_id",
        "app_id",
    ),
    lists=(
        "items", "sessions", "confirmations", "tasks", "entries", "extensions", "apps", "agencies", "tools", "users",
        "webhooks",
    ),
    personal=frozenset({"bearerAuth", "apiKey"}),
    people=("imperal_id", "user_id"),
    owners=OWNERS,
    # Apps of the marketplace and extensions are everybody's.
    things=(
        "key_id", "session_id", "pm_id", "confirmation_id", "task_id", "trace_id", "rule_id", "review_id", "user_id",
        "imperal_id",
    ),
    role_things=("app_id",),
    unique=frozenset({"email", "nickname", "app_id", "slug", "tenant_id"}),
    of_a_caller=frozenset({"is_installed"}),
    # As such ids look, so that nothing but its owner is missing.
    unknown={"user_id": UNKNOWN, "imperal_id": UNKNOWN},
    secret_fields={"device_code": "device code"},
    # Words that carry a secret in some operations only.
    local_secrets={"/v1/keys": {"key": "API key"}, "/v1/secrets/": {"value": "secret value"}},
    secret_looks=(
        ("API key or refresh token", re.compile(r"\bimp_(?:live|rt)_[\w-]{12,}"), "imp_"),
        ("", re.compile(r"\bimp_dev_[\w-]{12,}"), "imp_dev_"),
        ("", re.compile(r"\b(?:pi|seti)_\w+_secret_\w{8,}"), "_secret_"),
    ),
    secret_headers=frozenset({"stripe-signature"}),
    utc=True,
)  # fmt: skip
APPS, NAMES = "/v1/developer/apps", {"name": "display_name", "display_name": "name"}  # two names of one value (M11)
LOGO = "a logo is an https URL or a path"
DISABLE = "extensions/disable/{app_id}"

FACTS = {
    # -- accounts --------------------------------------------------------------------------------------------------
    "POST /v1/auth/refresh": Facts(echoes_other=frozenset({"refresh_token"})),
    "POST /v1/auth/me/change-password": Facts(ends_callers=True),
    "POST /v1/auth/sessions/revoke-others": Facts(ends_callers=True),
    "PATCH /v1/auth/users/{imperal_id}/cases-uid": Facts(echoes_other=frozenset({"cases_user_id"})),
    "GET /v1/users": Facts(whole={"include_inactive": True}),
    "POST /v1/users": Facts(not_shown=frozenset({"password"})),
    "PATCH /v1/users/{user_id}": Facts(not_shown=frozenset({"password"})),
    "POST /v1/tenants": Facts(not_shown=frozenset({"db_config"})),
    "PATCH /v1/tenants/{tenant_id}": Facts(not_shown=frozenset({"db_config"})),
    "GET /v1/tenants/{tenant_id}/health": Facts(restless=True),  # live figures
    "GET /v1/agencies/me": Facts(common=True),
    "PUT /v1/agencies/{agency_id}/settings": Facts(meaningful={"logo_url": LOGO, "logo_dark_url": LOGO}),
    # -- apps ------------------------------------------------------------------------------------------------------
    f"POST {APPS}": Facts(twins=NAMES, one_of=True),
    f"PUT {APPS}/{{app_id}}": Facts(twins=NAMES, partial=True),
    f"POST {APPS}/{{app_id}}/deploys": Facts(one_of=True, echoes_other=frozenset({"status"})),
    f"GET {APPS}/{{app_id}}/analytics": Facts(meaningful={"days": "a tier has a window of its own (M20)"}),
    "POST /v1/developer/register": Facts(one_of=True),
    "PUT /v1/marketplace/reviews/{review_id}": Facts(partial=True),
    "POST /v1/marketplace/reviews/{review_id}/vote": Facts(public_id=True),
    "DELETE /v1/marketplace/apps/{app_id}/install": Facts(repeatable=True),  # D06
    f"DELETE /v1/me/{DISABLE}": Facts(repeatable=True, free=frozenset({"app_id"})),
    f"DELETE /v1/users/{{user_id}}/{DISABLE}": Facts(repeatable=True, free=frozenset({"app_id"})),
    "GET /v1/me/extensions": Facts(common=True),  # rows are everybody's; what one has of them is not
    "GET /v1/ext/{app_id}/health": Facts(free=frozenset({"app_id"})),  # of an unknown app it is `unknown`
    "GET /v1/ext/{app_id}/oauth/{provider}/callback": Facts(restless=True),  # its state is good once
    "POST /v1/ext/{app_id}/webhook/{path}": Facts(any_body=True),
    # A person signs in here as everywhere, and is not who the response is for (K02); it may show a secret.
    "GET /v1/secrets/{ext_id}/{name}": Facts(not_theirs=True, secret=True),
    "PUT /v1/secrets/{ext_id}/{name}": Facts(write_only=True),  # who writes a value may not read it (K02)
    "DELETE /v1/secrets/{ext_id}/{name}": Facts(repeatable=True),  # K07
    # -- money -----------------------------------------------------------------------------------------------------
    "GET /v1/billing/topup-config": Facts(common=True),
    "POST /v1/billing/cancel": Facts(echoes_other=frozenset({"status"})),
    "POST /v1/billing/subscribe": Facts(no_clash=True),
    "POST /v1/billing/change-plan": Facts(no_clash=True),
    "POST /v1/billing/topup/confirm": Facts(no_clash=True),
    "POST /v1/webhooks/gmail": Facts(
        any_body=True, any_request="The receiver of Gmail's pushes always answers 2xx (W04)."
    ),
    "POST /v1/webhooks/stripe": Facts(
        any_body=True, any_request="The bytes are signed: a changed body is refused for its signature."
    ),
    "GET /v1/events/stats": Facts(restless=True),  # live figures
    # -- the Registry ----------------------------------------------------------------------------------------------
    "registry GET /v1/apps": Facts(whole={"status": "all"}),
    "registry PUT /v1/apps/{app_id}": Facts(partial=True, moves_with=NAMES),
    "registry PATCH /v1/apps/{app_id}": Facts(moves_with={"display_name": "name"}),
    "registry GET /extensions": Facts(like_written={"status": "active"}),
    "registry PUT /extensions/{ext_id}": Facts(partial=True),
    "registry POST /v1/users/{user_id}/extensions": Facts(no_clash=True),
    # Lists of users who have none are empty.
    "registry GET /v1/users/{user_id}/extensions": Facts(free=frozenset({"user_id"})),
    "registry GET /v1/users/{user_id}/automations": Facts(free=frozenset({"user_id"})),
    "registry PUT /v1/users/{user_id}/automations": Facts(free=frozenset({"user_id"})),
    "registry POST /v1/hub/{user_id}/messages": Facts(free=frozenset({"user_id"})),
}
