"""Configuration for the kernel: what is set in each scope, what follows for a user, and which models answer."""

from __future__ import annotations

from specdouble.mock.kit import Call, Doc, Problem, op

from ..agent import _llm, _llm_usage
from ..developer import _developers
from ..rights import _operators, _tenancy, _trail
from . import _config, _kernel

NOTHING = "Nothing was configured for {scope} {scope_id!r} yet. PUT the same path to begin."

# -- scopes --------------------------------------------------------------------------------------------------------


@op("GET /v1/internal/config/resolve")
def resolve(call: Call) -> Doc:
    """Return what holds for a user of an app."""
    query = call.query
    return _config.resolve(call.world, query["tenant_id"], query["app_id"], query["role"], query["user_id"])


@op("GET /v1/internal/config/{scope}/{scope_id}")
def read(call: Call) -> Doc:
    """Show what was set for one owner; before the first PUT there is nothing."""
    _require_reader(call)
    held = _config.read(call.world, _address(call))
    if held is None:
        scope, scope_id = call.params["scope"], call.params["scope_id"][:80]
        raise Problem(404, NOTHING.format(scope=scope, scope_id=scope_id))
    return call.show(held)


@op("PUT /v1/internal/config/{scope}/{scope_id}")
def write(call: Call) -> Doc:
    """Merge what was sent into what is there."""
    _require_keeper(call)
    address = _address(call)
    by = call.body.get("updated_by") or (call.caller.user["imperal_id"] if call.caller.user else "service")
    held = _config.write(call.world, address, call.body, by)
    scope, scope_id = address["scope"], address["scope_id"]
    sent = [name for name in _config.TREES if call.body.get(name) is not None]
    _trail.audit(call, "config.update", f"config.{scope}", scope_id, {"trees": sent, "updated_by": by})
    if scope == "user" and scope_id in call.state["users"]:
        call.world.emit(scope_id, "panel_refresh", {"panel": "config", "app_id": address["app_id"]})
    return call.show(held)


def _require_reader(call: Call) -> None:
    """Refuse with 403 an acting user who asks for what another person or another tenant has set (S13)."""
    user, scope, scope_id = call.caller.user, call.params["scope"], call.params["scope_id"]
    if user is None or scope not in ("user", "tenant"):
        return
    if scope == "user":
        owner = call.state["users"].get(scope_id)
        own = scope_id == user["imperal_id"] or (
            user["role"] == "admin" and (owner is None or _tenancy.reaches(call, owner["tenant_id"]))
        )
    else:
        own = _tenancy.reaches(call, scope_id)
    if not own:
        raise Problem(403, f"X-Acting-User names nobody who may see this {scope}. Act for one of theirs.")


def _require_keeper(call: Call) -> None:
    """Refuse with 403 an acting user who sets what is not theirs: users their own, developers their app's (S13)."""
    user, scope, scope_id = call.caller.user, call.params["scope"], call.params["scope_id"]
    _require_reader(call)
    if user is None or scope == "user":
        return
    if scope == "app" and _developers.owns(call.world, user["imperal_id"], scope_id):
        return
    if user["role"] != "admin" or (scope != "tenant" and not _tenancy.runs_platform(call)):
        raise Problem(403, f"X-Acting-User names nobody who may set this {scope}. Act for an administrator.")


def _address(call: Call) -> Doc:
    tenant_id = call.query["tenant_id"] or call.headers.get("x-tenant-id")
    return _config.row(call.world, call.params["scope"], call.params["scope_id"], tenant_id, call.query["app_id"])


# -- language models -----------------------------------------------------------------------------------------------


@op("GET /v1/internal/config/llm/providers")
def providers(call: Call) -> list[Doc]:
    """List the providers and whether each has a key."""
    return call.show_all(_llm.providers(call.world))


@op("GET /v1/internal/config/llm")
def llm(call: Call) -> Doc:
    """Show the platform's choice, without keys."""
    return _shown(_llm.chosen(call.world))


@op("PUT /v1/internal/config/llm")
def save_llm(call: Call) -> Doc:
    """Merge what was sent into the platform's choice."""
    by = call.body.get("updated_by") or _operators.require(call)
    saved = _shown(_llm.save(call.world, call.body, by))
    changes = {**_llm.shown(call.body.get("config") or {}), "updated_by": by}
    _trail.audit(call, "config.update", "config.llm", "llm", changes)
    return saved


@op("GET /v1/internal/config/llm/usage")
def usage(call: Call) -> Doc:
    """Count a day's calls of the whole platform."""
    return call.show(_llm_usage.day(call.world, date=_day(call)))


@op("GET /v1/internal/config/llm/usage/{user_id}")
def user_usage(call: Call) -> Doc:
    """Count a day's calls for one user."""
    user_id = _kernel.person(call)["imperal_id"]
    return call.show(_llm_usage.day(call.world, user_id, _day(call)))


@op("POST /v1/internal/config/llm/invalidate/{user_id}")
def invalidate(call: Call) -> Doc:
    """Forget what was resolved for a user; here everything is resolved anew each time, so nothing is left to do."""
    return {"user_id": _kernel.person(call)["imperal_id"], "invalidated": True}


@op("POST /v1/internal/config/llm/test")
def try_model(call: Call) -> Doc:
    """Try a choice without saving it."""
    choice = _llm.with_changes(call.world, call.body)
    error = _llm.failure(call.world, choice)
    return call.show(choice, ok=error is None, latency_ms=0 if error else _llm.LATENCY_MS, error=error)


@op("POST /v1/internal/config/llm/test-tools")
def try_tools(call: Call) -> Doc:
    """Try without saving whether a choice calls the tool that it is asked to call."""
    choice = _llm.with_changes(call.world, call.body)
    error = _llm.failure(call.world, choice)
    return call.show(choice, ok=error is None, tool_calls=0 if error else 1, error=error)


def _shown(choice: Doc) -> Doc:
    shown: Doc = _llm.shown(choice)
    return shown


def _day(call: Call) -> str:
    """Return the day that the query names, or nothing for today."""
    return str(call.query["date"])
