"""What a user may set of the platform: its shared credentials, its secrets, how long things take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from specdouble.mock.kit import Options as Generic
from specdouble.mock.kit import World, setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(Generic):
    """Settings of the platform: times are seconds.

    ``service_token`` and ``registry_key`` are its two shared credentials; ``call_token_secret`` signs the call tokens
    with which the kernel lets an app at its skeletons and its cache; ``oauth_state_secret`` signs the states with which
    apps built with the SDK begin an OAuth flow.
    """

    service_token: str = setting("dev-service-token", "Token of platform services (X-Service-Token).", secret=True)
    registry_key: str = setting("imp_reg_key_dev", "Platform key of the Registry (X-Api-Key).", secret=True)
    stripe_secret: str = setting("whsec_dev", "Secret that signs Stripe webhooks.", secret=True)
    call_token_secret: str = setting(
        "dev-call-token-secret", "Secret that signs the kernel's call tokens (Authorization: ImperalCallToken).",
        secret=True,
    )  # fmt: skip
    oauth_state_secret: str = setting(
        "dev-oauth-state-secret", "Secret that signs the OAuth states of the SDK (its IMPERAL_OAUTH_STATE_SECRET).",
        env="IMPERAL_OAUTH_STATE_SECRET", secret=True,
    )  # fmt: skip
    signing_key: str | None = setting(
        None, "PEM file with the RSA key of access tokens", kind=str, file=True,
        shown="one kept in the user's cache folder",
    )  # fmt: skip
    token_seconds: int = setting(3600, "Life of an access token.", minimum=1)
    refresh_seconds: int = 30 * 86400
    deploy_seconds: float = setting(1.0, "How long a deploy stays pending.", minimum=0)


def of(world: World) -> Options:
    """Return the settings of a world."""
    return cast(Options, world.options)
