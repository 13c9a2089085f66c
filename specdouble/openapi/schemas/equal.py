"""The references that name the same schema in two documents, down to the last schema that they reach."""

from typing import Any

from specdouble.openapi.references import References
from specdouble.openapi.schemas.normal import ANNOTATIONS
from specdouble.openapi.schemas.numbers import text_of

_WORDS = frozenset({"description", "title", "summary", "example", "examples", "externalDocs", "xml", "$comment"})
_NAMED = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "schemas"})
_VALUES = frozenset({"enum", "const", "default", "required", "type"})


def same_targets(old: tuple[dict[str, Any], str], new: tuple[dict[str, Any], str]) -> frozenset[str]:
    """Return the references that mean the same in both documents, given with their versions."""
    if (old[1] in ("2.0", "3.0")) != (new[1] in ("2.0", "3.0")):
        return frozenset()
    before, after = References(old[0]), References(new[0])
    shared = refs_in(old[0]) & refs_in(new[0])
    users: dict[str, set[str]] = {}
    changed = []
    for ref in shared:
        left, right = before.resolve(ref), after.resolve(ref)
        if left is None or right is None or not _alike(left[0], right[0]):
            changed.append(ref)
            continue
        for inner in refs_in(left[0]):
            if inner not in shared:
                changed.append(ref)
            users.setdefault(inner, set()).add(ref)
    other = set(changed)
    while changed:
        fresh = users.get(changed.pop(), set()) - other
        other |= fresh
        changed += fresh
    return frozenset(shared - other)


def refs_in(value: Any) -> set[str]:
    """Return every reference that stands somewhere in a value."""
    found: set[str] = set()
    todo = [value]
    while todo:
        item = todo.pop()
        if isinstance(item, dict):
            for key, inner in item.items():
                if isinstance(inner, dict | list):
                    todo.append(inner)
                elif key in ("$ref", "$dynamicRef") and isinstance(inner, str):
                    found.add(inner)
        else:
            todo += [inner for inner in item if isinstance(inner, dict | list)]
    return found


def _alike(left: Any, right: Any) -> bool:
    return bool(left == right) or text_of(_bare(left)) == text_of(_bare(right))


def _bare(value: Any) -> Any:
    """Return a schema without its words."""
    if isinstance(value, list):
        return [_bare(item) for item in value]
    if not isinstance(value, dict):
        return value
    found = {}
    for key, item in value.items():
        if key in _WORDS or (key.startswith("x-") and key not in ANNOTATIONS):
            continue
        if key in _VALUES:
            found[key] = item
        elif key in _NAMED and isinstance(item, dict):
            found[key] = {name: _bare(inner) for name, inner in item.items()}
        else:
            found[key] = _bare(item)
    return found
