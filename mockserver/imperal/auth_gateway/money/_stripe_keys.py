"""The payment provider's keys: what was set, what the server was started with, and how both are shown.

Keys are kept in the vault and never shown again, only their two ends.
"""

from __future__ import annotations

from specdouble.mock.kit import Doc, Problem, World

from ... import _options

NAME = "stripe"
SECRET, PUBLISHABLE = "sk_test_specdouble0000", "pk_test_specdouble"
PREFIXES = {"secret_key": "sk_", "publishable_key": "pk_", "webhook_secret": "whsec_"}
MODES = ("test", "live")


def keys(world: World) -> Doc:
    """Return the keys in force: those that were set, each else the one that the server was started with."""
    held = world.state["platform_settings"].get(NAME)
    own = held["values"] if held else {}
    started = {
        "secret_key": SECRET,
        "publishable_key": PUBLISHABLE,
        "webhook_secret": _options.of(world).stripe_secret,
    }
    return {**started, **own}


def publishable(world: World) -> str:
    """Return the key that forms in a browser use."""
    return str(keys(world)["publishable_key"])


def webhook_secret(world: World) -> str:
    """Return the secret that signs the provider's events."""
    return str(keys(world)["webhook_secret"])


def save(world: World, given: Doc) -> None:
    """Set the keys that were sent (None: not sent).

    Refuses with 400 a key of another kind than its field, and two keys of different modes.
    """
    sent = {name: given[name] for name in PREFIXES if given.get(name) is not None}
    for name, key in sent.items():
        if not key.startswith(PREFIXES[name]) or (name != "webhook_secret" and _mode(key) is None):
            example = PREFIXES[name] + ("…" if name == "webhook_secret" else "test_… or " + PREFIXES[name] + "live_…")
            raise Problem(400, f"The {name} does not look like one; it starts with {example}.")
    now = {**keys(world), **sent}
    if _mode(now["secret_key"]) != _mode(now["publishable_key"]):
        raise Problem(400, "secret_key and publishable_key are of different modes. Send both of them together.")
    held = world.state["platform_settings"].get(NAME)
    values = {**(held["values"] if held else {}), **sent}
    if sent:
        world.state["platform_settings"].put({"name": NAME, "values": values, "updated_at": world.clock.stamp()})


def view(world: World, origin: str) -> Doc:
    """Return what an administrator sees of it (a StripeConfig); ``origin`` is where this server is reached."""
    used = keys(world)
    received = world.state["payments"].sum("amount_cents", status="completed")
    return {
        "mode": _mode(used["secret_key"]),
        "source": "vault" if NAME in world.state["platform_settings"] else "environment",
        "enabled": True,
        "configured": True,
        "secret_key_masked": _masked(used["secret_key"]),
        "publishable_key_masked": _masked(used["publishable_key"]),
        "webhook_secret_set": bool(used["webhook_secret"]),
        "account": {"id": "acct_specdouble", "charges_enabled": True, "payouts_enabled": True},
        "balance": {"amount": received, "currency": "usd"},
        "webhook": {
            "url": f"{origin}/v1/webhooks/stripe",
            "endpoint_id": "we_specdouble",
            "healthy": True,
            "events_ok": True,
        },
    }


def _mode(key: str) -> str | None:
    return next((mode for mode in MODES if key.partition("_")[2].startswith(f"{mode}_")), None)


def _masked(key: str) -> str:
    """Show a key's kind and, of a long one, its last four characters."""
    tail = key[8:]
    return f"{key[:8]}...{tail[-4:] if len(tail) > 8 else ''}"
