"""What the start-up panel prints, for tools: where the services listen, and what opens them."""

from __future__ import annotations

from specdouble.mock.kit import Doc, World, control

from ... import _options

_SHOWN = ("email", "password", "tenant_id", "role", "imperal_id", "is_active", "email_verified")


@control("GET /__mock__/credentials", "List where the services listen and every credential that opens them")
def credentials(world: World, _params: Doc, _body: Doc) -> Doc:
    """List URLs, shared secrets and people; a URL is null where nobody serves that API on a port."""
    options = _options.of(world)
    return {
        "gateway": world.urls.get("auth_gateway"),
        "registry": world.urls.get("registry"),
        "service_token": options.service_token,
        "registry_key": options.registry_key,
        "stripe_secret": options.stripe_secret,
        "call_token_secret": options.call_token_secret,
        "oauth_state_secret": options.oauth_state_secret,
        "people": [_person(world, user) for user in world.state["users"] if _known(user)],
    }


def _known(user: Doc) -> bool:
    """Tell whether the password is known: those of the seed data are, until their owner chooses another one."""
    return bool(user.get("password")) and "password_hash" not in user


def _person(world: World, user: Doc) -> Doc:
    developer = world.state["developers"].get(user["imperal_id"])
    return {**{name: user[name] for name in _SHOWN}, "developer_tier": developer["tier"] if developer else None}
