"""Names with brackets, `filter[age][gte]=1`: the style deepObject, and nested forms."""

import re
from collections.abc import Iterable
from typing import Any

from specdouble.openapi.shapes import Shape, text_of

DEEPEST = 20
_MOST_INDEX = 10_000
_BRACKETS = re.compile(r"\[([^\[\]]*)\]")


def flatten(name: str, value: Any, depth: int = 0) -> list[tuple[str, str]]:
    """Return a value as pairs of a name with brackets and a text.

    Lists of texts repeat the name; lists of anything else count their items: `a[0][b]`. Empty lists and mappings have
    no pairs.

    Raises:
        ValueError: the value nests too deeply, or a member's name contains brackets.

    """
    if depth > DEEPEST:
        raise ValueError(f"{name[:60]} nests deeper than {DEEPEST} levels")
    if isinstance(value, dict):
        for key in value:
            if "[" in key or "]" in key:
                raise ValueError(f"{key[:60]} contains brackets, which separate names in this style")
        return [pair for key, one in value.items() for pair in flatten(f"{name}[{key}]", one, depth + 1)]
    if isinstance(value, list):
        if not any(isinstance(one, dict | list) for one in value):
            return [(name, text_of(one)) for one in value]
        return [pair for at, one in enumerate(value) for pair in flatten(f"{name}[{at}]", one, depth + 1)]
    return [(name, text_of(value))]


def steps(name: str) -> tuple[str, tuple[str, ...]] | None:
    """Return the first name of `a[b][c]` and those in brackets, or None where the name has no brackets of that kind."""
    first, bracket, _ = name.partition("[")
    if not bracket or not first:
        return None
    rest = name[len(first) :]
    found = tuple(_BRACKETS.findall(rest))
    return (first, found) if "".join(f"[{one}]" for one in found) == rest else None


def build(pairs: Iterable[tuple[tuple[str, ...], str]], shape: Shape) -> Any:
    """Return the value that pairs of the names in brackets and a text stand for, typed by the shape.

    `a[]=1` and a repeated `a=1` are lists too, and so are members with numbers as names where the schema says list.

    Raises:
        ValueError: the pairs nest too deeply, or a name has a text and members at once.

    """
    tree: dict[str, Any] = {}
    for names, text in pairs:
        if len(names) > DEEPEST:
            raise ValueError(f"names nest deeper than {DEEPEST} levels")
        node = tree
        for name in names:
            node = node.setdefault("members", {}).setdefault(name, {})
        node.setdefault("texts", []).append(text)
    return _built(tree, shape)


def _built(node: dict[str, Any], shape: Shape) -> Any:
    members, texts = node.get("members"), node.get("texts", [])
    if members is not None and texts:
        raise ValueError("a name has both a value and members")
    if members is None:
        if shape.form == "array" or len(texts) > 1:
            return [shape.item(at).read(text) for at, text in enumerate(texts)]
        return shape.read(texts[0])
    if shape.form == "array" or (set(members) == {""}):
        return _listed(members, shape)
    return {name: _built(one, shape.member(name)) for name, one in members.items()}


def _listed(members: dict[str, Any], shape: Shape) -> list[Any]:
    """Return the list of members that are called by their index, or all by nothing."""
    if set(members) == {""}:
        inner = members[""]
        if "members" in inner:
            return [_built(inner, shape.item())]
        return [shape.item(at).read(text) for at, text in enumerate(inner["texts"])]
    if not all(name.isascii() and name.isdigit() and len(name) < 6 and int(name) < _MOST_INDEX for name in members):
        raise ValueError("a list has names that are no index")
    ordered = sorted(members.items(), key=lambda one: int(one[0]))
    return [_built(one, shape.item(at)) for at, (_, one) in enumerate(ordered)]
