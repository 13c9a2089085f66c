"""Changes of a value: JSON Merge Patch (RFC 7396) and JSON Patch (RFC 6902). Nothing is changed in place."""

from typing import Any

from specdouble.openapi.bodies.json_body import check_patch
from specdouble.openapi.schemas.numbers import text_of


class PatchError(ValueError):
    """A patch that cannot be applied: `index` is that of the operation, `failed` whether one of its tests failed."""

    def __init__(self, reason: str, index: int, *, failed: bool = False) -> None:
        super().__init__(f"operation {index} of the patch: {reason}")
        self.reason = reason
        self.index = index
        self.failed = failed


def merge(value: Any, patch: Any) -> Any:
    """Return a value with a merge patch applied: null removes a member, objects are merged, the rest replaces."""
    if not isinstance(patch, dict):
        return patch
    made = dict(value) if isinstance(value, dict) else {}
    for name, one in patch.items():
        if one is None:
            made.pop(name, None)
        else:
            made[name] = merge(made.get(name), one)
    return made


def apply_patch(value: Any, patch: Any) -> Any:
    """Return a value with a JSON Patch applied, all of it or nothing.

    Raises:
        BodyError: it is no JSON Patch.
        PatchError: an operation names a place that is not there, or a test failed.

    """
    check_patch(patch)
    for index, operation in enumerate(patch):
        try:
            value = _applied(value, operation)
        except _FailedError as error:
            raise PatchError(str(error), index, failed=True) from None
        except _NowhereError as error:
            raise PatchError(str(error), index) from None
    return value


class _NowhereError(ValueError):
    pass


class _FailedError(ValueError):
    pass


def _applied(value: Any, operation: dict[str, Any]) -> Any:
    kind, path = operation["op"], _tokens(operation["path"])
    if kind == "test":
        if text_of(_get(value, path)) != text_of(operation["value"]):
            raise _FailedError(f"{operation['path'] or 'the whole'} has another value")
        return value
    if kind == "remove":
        return _without(value, path)
    if kind == "move":
        source = _tokens(operation["from"])
        if path[: len(source)] == source and path != source:
            raise _NowhereError(f"{operation['from']} cannot be moved into itself")
        moved = _get(value, source)
        return _with(_without(value, source), path, moved, insert=True) if source != path else value
    if kind == "replace":
        _get(value, path)
    given = _get(value, _tokens(operation["from"])) if kind == "copy" else operation["value"]
    return _with(value, path, given, insert=kind != "replace")


def _tokens(pointer: str) -> tuple[str, ...]:
    return tuple(one.replace("~1", "/").replace("~0", "~") for one in pointer.split("/")[1:])


def _index(items: list[Any], token: str, *, end: bool = False) -> int:
    if end and token == "-":  # noqa: S105 - behind the last member
        return len(items)
    if not token.isascii() or not token.isdigit() or (len(token) > 1 and token[0] == "0"):
        raise _NowhereError(f"{token} is no index of a list")
    if int(token) >= len(items) + end:
        raise _NowhereError(f"the list has no member {token}")
    return int(token)


def _get(value: Any, path: tuple[str, ...]) -> Any:
    for token in path:
        if isinstance(value, list):
            value = value[_index(value, token)]
        elif isinstance(value, dict) and token in value:
            value = value[token]
        else:
            raise _NowhereError(f"there is no {token}")
    return value


def _with(value: Any, path: tuple[str, ...], given: Any, *, insert: bool) -> Any:
    if not path:
        return given
    token, rest = path[0], path[1:]
    if isinstance(value, list):
        at = _index(value, token, end=insert and not rest)
        if rest:
            return [*value[:at], _with(value[at], rest, given, insert=insert), *value[at + 1 :]]
        return [*value[:at], given, *value[at if insert else at + 1 :]]
    if not isinstance(value, dict) or (rest and token not in value):
        raise _NowhereError(f"there is no {token}")
    return {**value, token: _with(value[token], rest, given, insert=insert) if rest else given}


def _without(value: Any, path: tuple[str, ...]) -> Any:
    _get(value, path)
    if not path:
        return None
    token, rest = path[0], path[1:]
    if isinstance(value, list):
        at = _index(value, token)
        return [*value[:at], *([_without(value[at], rest)] if rest else []), *value[at + 1 :]]
    if rest:
        return {**value, token: _without(value[token], rest)}
    return {name: one for name, one in value.items() if name != token}
