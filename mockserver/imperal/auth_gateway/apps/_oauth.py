"""The OAuth dance of apps: the signed state that ties a callback to a person, and the account it leaves (W06).

The provider's part is played here too: its tokens open nothing, and are refreshed by the control plane.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

import orjson

from specdouble.mock.kit import Doc, Problem, World

from ... import _options
from ..kernel import _records
from . import _apps

STATE_SECONDS = 600
TOKEN_SECONDS = 3600
NAMES = {"google": "Google", "microsoft": "Microsoft", "yahoo": "Yahoo"}


def provider(app: Doc, name: str) -> Doc | None:
    """Return what an app's manifest declares about a provider, or None."""
    manifest = app.get("manifest_json") or {}
    return next((one for one in manifest.get("oauth") or () if one["provider"] == name), None)


def issue_state(world: World, app_id: str, name: str, user_id: str) -> str:
    """Return a signed state for one person, app and provider; it works once, within ten minutes."""
    nonce = world.ids.new("", 20)
    world.state["oauth_states"].add({"nonce": nonce, "user_id": user_id})
    claims = {
        "app_id": app_id,
        "provider": name,
        "user_id": user_id,
        "nonce": nonce,
        "exp": int(world.clock.now()) + STATE_SECONDS,
    }
    payload = base64.urlsafe_b64encode(orjson.dumps(claims)).rstrip(b"=").decode()
    return f"{payload}.{_signature(world, payload)}"


def redeem_state(world: World, state: str, app_id: str, name: str) -> Doc:
    """Return the person that a state was issued to; refuses with 400 what is forged, foreign, late or used."""
    payload, _, signature = state.partition(".")
    built = _built_state(world, payload, signature)
    if built is not None:
        _require_for(built, app_id, name)
        return _holder(world, built["user_id"])
    if not hmac.compare_digest(signature.encode(), _signature(world, payload).encode()):
        raise Problem(400, "The state is not one of ours. Start again from the panel.")
    claims = orjson.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    _require_for(claims, app_id, name)
    if claims["exp"] <= world.clock.now():
        raise Problem(400, "The state has expired. Start again from the panel.")
    if claims["nonce"] not in world.state["oauth_states"]:
        raise Problem(400, "The state was used already. Start again from the panel.")
    world.state["oauth_states"].remove(claims["nonce"])
    return _holder(world, claims["user_id"])


def _built_state(world: World, payload: str, signature: str) -> Doc | None:
    """Return what a state of the SDK's ``build_oauth_state`` says, or None for any other.

    Its payload is ``{app_id, user_id, tenant_id, provider}``, its signature HMAC-SHA256 under the shared secret, both
    base64url without padding. It has no nonce and no end, so it may come again.
    """
    key = _options.of(world).oauth_state_secret.encode()
    wanted = base64.urlsafe_b64encode(hmac.new(key, payload.encode(), hashlib.sha256).digest()).rstrip(b"=")
    if not key or not hmac.compare_digest(signature.encode(), wanted):
        return None
    try:
        claims = orjson.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except ValueError:
        return None
    names = ("app_id", "user_id", "tenant_id", "provider")
    known = isinstance(claims, dict) and all(isinstance(claims.get(name), str) for name in names)
    return claims if known else None


def _require_for(claims: Doc, app_id: str, name: str) -> None:
    if (claims["app_id"], claims["provider"]) != (app_id, name):
        raise Problem(400, "The state was issued for another app or provider. Start again from the panel.")


def _holder(world: World, user_id: str) -> Doc:
    user = world.state["users"].get(user_id)
    if user is None or not user["is_active"]:
        raise Problem(400, "The account that started this is gone or deactivated.")
    return user


def store_account(world: World, user: Doc, app: Doc, declared: Doc) -> Doc:
    """Keep the account record in the app's store; connecting the same account again replaces it."""
    name, app_id, user_id = declared["provider"], app["app_id"], user["imperal_id"]
    collection = declared.get("collection") or f"{name}_accounts"
    full = " ".join(part for part in (user.get("first_name"), user.get("last_name")) if part)
    data = {
        "provider": name,
        "email": user["email"],
        "name": full or user["email"].partition("@")[0],
        "provider_user_id": hashlib.sha256(f"{name}:{user_id}".encode()).hexdigest()[:21],
        "scopes": list(declared.get("scopes") or ()),
        **_tokens(world, name),
        "refresh_token": f"mock-{name}-refresh-{world.ids.new('', 24)}",
        "is_active": True,
        "connected_at": world.clock.stamp(),
    }
    record = _records.put(world, user_id, app_id, collection, data, record_id=account_id(name, app_id, user_id))
    world.emit(user_id, "panel_refresh", {"panel": "accounts", "app_id": app_id, "provider": name})
    return record


def _tokens(world: World, name: str) -> Doc:
    """Return a provider's access token and when it ends, in epoch seconds."""
    return {
        "access_token": f"mock-{name}-access-{world.ids.new('', 24)}",
        "expires_at": int(world.clock.now()) + TOKEN_SECONDS,
    }


def refresh(world: World, name: str, refresh_token: str) -> Doc:
    """Play the provider's token endpoint; refuses with 400 a refresh token that it never gave to an active account."""
    held = (one["data"] for one in world.state["records"] if one["data"].get("provider") == name)
    if not any(one.get("refresh_token") == refresh_token and one.get("is_active") for one in held):
        raise Problem(400, "invalid_grant: no active account has this refresh token.")
    fresh = _tokens(world, name)["access_token"]
    return {"access_token": fresh, "expires_in": TOKEN_SECONDS, "token_type": "Bearer", "refresh_token": refresh_token}


def accounts(world: World, user_id: str) -> list[Doc]:
    """Return the accounts that a person has connected for the apps they have (each a MailAccount)."""
    found = []
    for _held, app in _apps.reachable(world, user_id):
        manifest = app.get("manifest_json") or {}
        for declared in manifest.get("oauth") or ():
            record = world.state["records"].get(account_id(declared["provider"], app["app_id"], user_id))
            if record is not None:
                found.append(_account(record))
    return found


def account_id(name: str, app_id: str, user_id: str) -> str:
    """Return the id under which an app's store holds a person's account at a provider."""
    return f"{name}:{app_id}:{user_id}"


def _account(record: Doc) -> Doc:
    data = record["data"]
    return {
        "account_id": record["id"],
        "provider": data["provider"],
        "email": data["email"],
        "status": data.get("status", "connected"),
        "connected_at": data["connected_at"],
    }


def _signature(world: World, payload: str) -> str:
    key = hashlib.sha256(f"oauth state:{_options.of(world).service_token}".encode()).digest()
    return hmac.new(key, payload.encode(), hashlib.sha256).hexdigest()
