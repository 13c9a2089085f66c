"""References that lead nowhere, out of the document, or round in a circle; components that nothing refers to."""

import re
from collections.abc import Iterator
from typing import Any

from specdouble.openapi.errors import closest
from specdouble.openapi.lint.context import Context
from specdouble.openapi.lint.finding import Finding
from specdouble.openapi.places import INSIDE, Place
from specdouble.openapi.pointers import escape
from specdouble.openapi.reading.source import outside
from specdouble.openapi.schemas.equal import refs_in

_NAME = re.compile(r"[\w-]+")
_SPOKEN = {"item": "path item", "body": "request body", "scheme": "security scheme", "media": "media type"}
_WORDS = frozenset({"$ref", "description", "summary"})


def check_references(context: Context) -> Iterator[Finding]:
    """Check every reference of the document, also those that nothing uses."""
    for place in context.places:
        value = place.value
        if not isinstance(value, dict):
            continue
        for keyword in ("$ref", "$dynamicRef"):
            ref = value.get(keyword)
            if isinstance(ref, str):
                yield from _reference(context, place, ref, keyword)
        if place.kind == "schema" and isinstance(value.get("discriminator"), dict):
            yield from _mapping(context, place, value["discriminator"].get("mapping"))


def _reference(context: Context, place: Place, ref: str, keyword: str) -> Iterator[Finding]:
    where = f"{place.pointer}/{keyword}"
    if context.references.resolve(ref) is None:
        if not ref.startswith("#"):
            yield Finding("reference-outside", where, f"{ref} {outside(ref, context.source, where)}")
            return
        beside = [name for name in _names(context.document) if name.rpartition("/")[0] == ref.rpartition("/")[0]]
        guess = closest(ref.rpartition("/")[2], [name.rpartition("/")[2] for name in beside])
        guess = f"{ref.rpartition('/')[0]}/{guess}" if guess else None
        yield Finding("reference-nowhere", where, f"{ref} names nothing{f'; did you mean {guess}?' if guess else ''}")
        return
    named = _kind(context.references.resolve(ref))
    if keyword == "$ref" and named and named != place.kind:
        yield Finding(
            "reference-kind",
            where,
            f"{ref} is a {_SPOKEN.get(named, named)}, not a {_SPOKEN.get(place.kind, place.kind)}",
        )
    found, _ = context.references.follow(place.value)
    if found == {} and keyword == "$ref" and _only_reference(context, place.value):
        yield Finding("reference-circle", where, f"{ref} leads back to itself")
    beside = [key for key in place.value if key not in _WORDS and not key.startswith("x-")]
    ignored = context.dialect in ("2.0", "3.0") or place.kind not in ("schema", "item")
    if beside and ignored and keyword == "$ref":
        yield Finding("reference-siblings", where, f"{', '.join(beside)} beside the reference is ignored")


def _kind(found: tuple[Any, str] | None) -> str:
    """Return the kind of component that a reference names, or nothing where it leads elsewhere."""
    tokens = found[1].split("/") if found else []
    if len(tokens) == 4 and tokens[1] == "components":
        return INSIDE["components"].get(tokens[2], ("", ""))[1]
    return "schema" if len(tokens) == 3 and tokens[1] == "definitions" else ""


def _only_reference(context: Context, value: dict[str, Any]) -> bool:
    seen: set[str] = set()
    while isinstance(value, dict) and isinstance(value.get("$ref"), str):
        if value["$ref"] in seen:
            return True
        seen.add(value["$ref"])
        found = context.references.resolve(value["$ref"])
        if found is None:
            return False
        value = found[0]
    return False


def _mapping(context: Context, place: Place, mapping: Any) -> Iterator[Finding]:
    components = context.mapping(context.document.get("components"))
    names = context.mapping(components.get("schemas", context.document.get("definitions")))
    for name, ref in context.mapping(mapping).items():
        if isinstance(ref, str) and ref.startswith("#") and context.references.resolve(ref) is None:
            where = f"{place.pointer}/discriminator/mapping/{escape(name)}"
            yield Finding("reference-nowhere", where, f"{ref} names nothing")
        elif isinstance(ref, str) and _NAME.fullmatch(ref) and ref not in names:
            where = f"{place.pointer}/discriminator/mapping/{escape(name)}"
            guess = closest(ref, names)
            yield Finding(
                "reference-nowhere", where, f"no schema is called {ref}{f'; did you mean {guess}?' if guess else ''}"
            )


def _names(document: dict[str, Any]) -> list[str]:
    components = document.get("components")
    found = []
    for part, members in components.items() if isinstance(components, dict) else ():
        found += [f"#/components/{part}/{escape(name)}" for name in members] if isinstance(members, dict) else []
    return found


def unused_components(context: Context) -> Iterator[Finding]:
    """Check that something refers to every component, be it another unused one."""
    used = {found[1] for ref in refs_in(context.published) if (found := context.references.resolve(ref))}
    for place in context.places:
        if not isinstance(place.value, dict):
            continue
        discriminator = place.value.get("discriminator")
        if isinstance(discriminator, dict):
            used |= set(_mapped(context, discriminator))
    used |= {"/".join(pointer.split("/")[:depth]) for pointer in used for depth in (3, 4)}
    for where in _components(context):
        if where not in used:
            yield Finding("unused-component", where, "nothing refers to it")


def _components(context: Context) -> Iterator[str]:
    for part, members in context.mapping(context.document.get("components")).items():
        if part != "securitySchemes":
            yield from (f"/components/{part}/{escape(name)}" for name in context.mapping(members))
    for part in ("definitions", "parameters", "responses") if context.version == "2.0" else ():
        yield from (f"/{part}/{escape(name)}" for name in context.mapping(context.document.get(part)))


def _mapped(context: Context, discriminator: dict[str, Any]) -> Iterator[str]:
    for ref in context.mapping(discriminator.get("mapping")).values():
        if isinstance(ref, str):
            found = context.references.resolve(ref)
            yield found[1] if found else f"/components/schemas/{escape(ref)}"
