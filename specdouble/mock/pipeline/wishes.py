"""What one request wishes for (RFC 7240 and query twins): a status, a named example, a delay, a fault.

`Prefer: code=404`, `Prefer: example=cat`, `Prefer: wait=2`, `Prefer: drop`, or `?__code=404&__example=cat&__wait=2`.
A preference that nobody knows, or whose value is none, is ignored, as the RFC says; `Preference-Applied` names the
others.
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl, quote

from specdouble.digits import whole
from specdouble.mock.faults.effects import ENDINGS, Delay, Effects, FaultError, effects_of
from specdouble.mock.pipeline.call import Request

LONGEST_WAIT = 60.0
_COUNTED = ("truncate", "stall", "cut")


def wished(request: Request) -> tuple[Effects, str] | None:
    """Return what a request wishes for and how `Preference-Applied` says it; None for nothing."""
    given: dict[str, str] = {}
    for part in (request.headers.get("prefer") or "").replace(";", ",").split(","):
        name, _, value = part.strip().partition("=")
        given[name.strip().lower().replace("-", "_")] = value.strip().strip('"')
    for name, value in parse_qsl(request.query, keep_blank_values=True):
        if name.startswith("__"):
            given[name[2:].replace("-", "_")] = value
    effects, applied = Effects(), []
    for name, value in given.items():
        found = _read("code" if name == "statuscode" else name, value)
        if found is None:
            continue
        merged = _merged(effects, found)
        if merged is not None:
            effects = merged
            said = quote(value, safe="/*.-_~")  # it goes into a header
            applied.append(f"{name.replace('_', '-')}={said}" if said else name.replace("_", "-"))
    if effects.retry_after is not None and not effects.status:
        effects = replace(effects, status=429)
    return (effects, ", ".join(applied)) if applied else None


def _read(name: str, value: str) -> Effects | None:
    try:
        if name == "code":
            return Effects(status=int(value), after_handling=False) if 200 <= int(value) < 600 else None
        if name == "example":
            return Effects(example=value, after_handling=False) if value else None
        if name == "wait":
            seconds = min(LONGEST_WAIT, float(value)) if float(value) > 0 else 0.0
            return Effects(delay=Delay(seconds, seconds)) if seconds else None
        if name == "retry_after":
            return replace(effects_of({name: float(value)}), status=0)
        if name in _COUNTED and (number := whole(value)) is not None:
            return effects_of({name: number})
        if name in _COUNTED and value == "chunked":
            return effects_of({name: value})
        if name in ENDINGS or name == "expired_token":
            return effects_of({name: True}) if value in ("", "true", "1") else None
        if name in ("omit", "wrong_type"):
            return effects_of({name: value.split() or value})
    except (ValueError, FaultError):
        pass
    return None


def _merged(one: Effects, other: Effects) -> Effects | None:
    """Return both together, None where they exclude each other."""
    plain = Effects()
    changed = {name: getattr(other, name) for name in Effects.__slots__ if getattr(other, name) != getattr(plain, name)}
    if other.ending and one.ending:
        return None
    both = replace(one, **changed)
    refused = both.status >= 300 or both.expired_token
    return None if refused and (both.omit or both.wrong_type) else both
