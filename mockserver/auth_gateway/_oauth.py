"""The OAuth dance of apps: the signed state that ties a callback to a person, and the account it leaves (W06)."""

from __future__ import annotations

import base64
import hashlib
import hmac

import orjson

from mockserver.auth_gateway import _apps, _records
from mockserver.kit import Doc, Problem, World

STATE_SECONDS = 600
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
    if not hmac.compare_digest(signature.encode(), _signature(world, payload).encode()):
        raise Problem(400, "The state is not one of ours. Start again from the panel.")
    claims = orjson.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    if (claims["app_id"], claims["provider"]) != (app_id, name):
        raise Problem(400, "The state was issued for another app or provider. Start again from the panel.")
    if claims["exp"] <= world.clock.now():
        raise Problem(400, "The state has expired. Start again from the panel.")
    if claims["nonce"] not in world.state["oauth_states"]:
        raise Problem(400, "The state was used already. Start again from the panel.")
    world.state["oauth_states"].remove(claims["nonce"])
    user = world.state["users"].get(claims["user_id"])
    if user is None or not user["is_active"]:
        raise Problem(400, "The account that started this is gone or deactivated.")
    return user


def store_account(world: World, user: Doc, app: Doc, declared: Doc) -> Doc:
    """Keep the account record in the app's store; connecting the same account again replaces it (effect 18)."""
    name, app_id, user_id = declared["provider"], app["app_id"], user["imperal_id"]
    collection = declared.get("collection") or f"{name}_accounts"
    data = {
        "provider": name,
        "email": user["email"],
        "scopes": list(declared.get("scopes") or ()),
        "connected_at": world.clock.stamp(),
    }
    record = _records.put(world, user_id, app_id, collection, data, record_id=account_id(name, app_id, user_id))
    world.emit(user_id, "panel_refresh", {"panel": "accounts", "app_id": app_id, "provider": name})
    return record


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
    key = hashlib.sha256(f"oauth state:{world.options.service_token}".encode()).digest()
    return hmac.new(key, payload.encode(), hashlib.sha256).hexdigest()
