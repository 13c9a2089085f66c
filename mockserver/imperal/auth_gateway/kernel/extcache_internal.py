"""The short-lived cache of apps: an envelope per app, user, model and key, for 5 to 300 seconds (rule S15)."""

from __future__ import annotations

from specdouble.mock.kit import Call, Doc, Problem, World, invalid, op, timer

LARGEST = 64 * 1024  # bytes of the whole body, as it was sent
SWEEP_SECONDS = 300


@op("GET /v1/internal/extcache/{app_id}/{user_id}/{model}/{key_hash}")
def read(call: Call) -> Doc:
    """Show an envelope as it was put there."""
    held = _held(call)
    if held is None:
        raise Problem(404, f"No cached {call.params['model'][:80]} under {call.params['key_hash'][:80]}.")
    envelope: Doc = held["envelope"]
    return envelope


@op("PUT /v1/internal/extcache/{app_id}/{user_id}/{model}/{key_hash}")
def put(call: Call) -> Doc:
    """Keep an envelope until its time is over; the whole body may have 64 KiB."""
    if len(call.raw) > LARGEST:
        size = f"{len(call.raw)} of at most {LARGEST} bytes"
        raise Problem(413, f"Cache body too large: {size}. Cache less, or in pages.")
    envelope, world = call.body["envelope"], call.world
    if envelope["model"] != call.params["model"]:
        raise invalid((("body", "envelope", "model"), "Value must be the model of the path", "value_error"))
    until = world.clock.now() + call.body["ttl_seconds"]
    if not len(call.state["extcache"]):
        world.cancel_timers("extcache.sweep")
        world.later(SWEEP_SECONDS, "extcache.sweep")
    call.state["extcache"].put({"id": _key(call), **call.params, "envelope": envelope, "until": until})
    return {"stored": True, "expires_at": world.clock.stamp(until)}


@op("DELETE /v1/internal/extcache/{app_id}/{user_id}/{model}/{key_hash}")
def delete(call: Call) -> Doc:
    """Forget an envelope; forgetting what is not there is no mistake."""
    live = _held(call) is not None
    if _key(call) in call.state["extcache"]:
        call.state["extcache"].remove(_key(call))
    return {"deleted": live}


@timer("extcache.sweep")
def sweep(world: World) -> None:
    """Drop what has expired; one sweep is due as long as anything is kept."""
    cache = world.state["extcache"]
    for entry in cache:
        if entry["until"] <= world.clock.now():
            cache.remove(entry["id"])
    if len(cache):
        world.later(SWEEP_SECONDS, "extcache.sweep")


def _key(call: Call) -> str:
    return "/".join(call.params[name] for name in ("app_id", "user_id", "model", "key_hash"))


def _held(call: Call) -> Doc | None:
    """Return what is kept under the key of the path and has not expired."""
    entry = call.state["extcache"].get(_key(call))
    return entry if entry is not None and entry["until"] > call.world.clock.now() else None
