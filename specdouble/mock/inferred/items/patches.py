"""Changes of a value: JSON Merge Patch (RFC 7396) and JSON Patch (RFC 6902)."""

from __future__ import annotations

from typing import Any

from specdouble.mock.inferred.pointing import tokens


class PatchError(ValueError):
    """A patch that cannot be applied; `failed` tells that one of its tests did not hold."""

    def __init__(self, reason: str, failed: bool = False) -> None:
        super().__init__(reason)
        self.failed = failed


def merge(value: Any, patch: Any) -> Any:
    """Return a value with a merge patch applied: null removes, objects are merged, the rest replaces."""
    if not isinstance(patch, dict):
        return patch
    made = dict(value) if isinstance(value, dict) else {}
    for name, one in patch.items():
        if one is None:
            made.pop(name, None)
        else:
            made[name] = merge(made.get(name), one)
    return made


def apply(value: Any, steps: list[Any]) -> Any:
    """Return a value with the steps of a JSON Patch applied.

    Raises:
        PatchError: a step names a place that is not there, or a test does not hold.

    """
    for step in steps:
        if not isinstance(step, dict):
            raise PatchError("a step of a JSON Patch is an object")
        value = _step(value, step)
    return value


def _step(value: Any, step: dict[str, Any]) -> Any:
    kind, path = step.get("op"), tokens(str(step.get("path") or ""))
    if kind == "test":
        if _get(value, path) != step.get("value"):
            raise PatchError(f"the test of {step.get('path')} does not hold", failed=True)
        return value
    if kind in ("move", "copy"):
        source = tokens(str(step.get("from") or ""))
        moved = _get(value, source)
        return _put(_remove(value, source) if kind == "move" else value, path, moved, insert=True)
    if kind == "remove":
        return _remove(value, path)
    if kind == "replace":
        _get(value, path)
        return _put(value, path, step.get("value"), insert=False)
    if kind == "add":
        return _put(value, path, step.get("value"), insert=True)
    raise PatchError(f"{kind} is no operation of a JSON Patch")


def _get(value: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        else:
            raise PatchError(f"there is nothing at /{'/'.join(path)}")
    return value


def _put(value: Any, path: tuple[str, ...], new: Any, insert: bool) -> Any:
    if not path:
        return new
    name, rest = path[0], path[1:]
    if isinstance(value, list):
        index = len(value) if name == "-" else int(name) if name.isdigit() else -1
        if not 0 <= index <= len(value) or (rest and index == len(value)):
            raise PatchError(f"the list has no place {name}")
        if rest:
            return [*value[:index], _put(value[index], rest, new, insert), *value[index + 1 :]]
        return [*value[:index], new, *value[index if insert else index + 1 :]]
    if not isinstance(value, dict) or (rest and name not in value):
        raise PatchError(f"there is nothing at {name}")
    return {**value, name: _put(value[name], rest, new, insert) if rest else new}


def _remove(value: Any, path: tuple[str, ...]) -> Any:
    if not path:
        return None
    name, rest = path[0], path[1:]
    if isinstance(value, dict) and name in value:
        if rest:
            return {**value, name: _remove(value[name], rest)}
        return {key: one for key, one in value.items() if key != name}
    if isinstance(value, list) and name.isdigit() and int(name) < len(value):
        index = int(name)
        return [*value[:index], *([_remove(value[index], rest)] if rest else ()), *value[index + 1 :]]
    raise PatchError(f"there is nothing at {name}")
