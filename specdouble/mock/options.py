"""What a user may set when starting a server; every value has a documented default."""

from __future__ import annotations

from dataclasses import dataclass

_HERE = frozenset({"127.0.0.1", "0.0.0.0", "::1", "::"})  # noqa: S104 - only compared


def url(host: str, port: int) -> str:
    """Write where to find from this machine what listens on that address and port."""
    name = "localhost" if host in _HERE else f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}"


@dataclass(frozen=True, slots=True)
class Options:
    """Settings of one world and its servers.

    Times are seconds, sizes are bytes. ``seed`` makes ids repeatable; ``strict`` validates every answer against
    the effective document; ``service_token`` and ``registry_key`` are the platform's two shared credentials;
    ``call_token_secret`` signs the call tokens with which the kernel lets an app at its skeletons and its cache;
    ``oauth_state_secret`` signs the states with which apps built with the SDK begin an OAuth flow (the platform's
    ``IMPERAL_OAUTH_STATE_SECRET``);
    ``signing_key`` is a PEM file with the RSA key of the tokens (default: one kept in the user's cache folder);
    ``internal`` serves the kernel routes too, which are not among the published paths;
    ``rate_limits`` turns on the optional 429s of the older documentation (gotcha E13).
    """

    host: str = "127.0.0.1"
    port: int = 8085
    registry_port: int = 8086
    seed: int | None = None
    strict: bool = False
    world: str = "default"
    service_token: str = "dev-service-token"  # noqa: S105 - a documented development credential
    registry_key: str = "imp_reg_key_dev"
    stripe_secret: str = "whsec_dev"  # noqa: S105 - a documented development credential
    call_token_secret: str = "dev-call-token-secret"  # noqa: S105 - a documented development credential
    oauth_state_secret: str = "dev-oauth-state-secret"  # noqa: S105 - a documented development credential
    signing_key: str | None = None
    token_seconds: int = 3600
    refresh_seconds: int = 30 * 86400
    deploy_seconds: float = 1.0
    heartbeat_seconds: float = 15.0
    body_limit: int = 40 * 1024 * 1024
    journal_size: int = 1000
    rate_limits: bool = False
    expose_control: bool = False
    cors: bool = True
    internal: bool = True
