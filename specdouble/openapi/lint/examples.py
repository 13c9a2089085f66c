"""Examples and defaults against their schemas, everywhere that they may stand; links against examples."""

from collections.abc import Iterator
from typing import Any

from specdouble.openapi.lint.context import Context
from specdouble.openapi.lint.finding import Finding
from specdouble.openapi.media_types import canonical
from specdouble.openapi.places import Place
from specdouble.openapi.pointers import escape, lookup


def check_examples(context: Context) -> Iterator[Finding]:
    """Check every example and default of the document."""
    for place in context.places:
        if not isinstance(place.value, dict):
            continue
        if place.kind == "schema":
            yield from _in_schema(context, place)
        elif place.kind in ("media", "parameter", "header"):
            yield from _beside_schema(context, place)


def _in_schema(context: Context, place: Place) -> Iterator[Finding]:
    schema = place.value
    if "$ref" in schema and context.dialect in ("2.0", "3.0"):
        return  # what stands beside a reference is ignored
    given = [("example", schema["example"])] if "example" in schema else []
    if isinstance(schema.get("examples"), list):
        given += [(f"examples/{index}", value) for index, value in enumerate(schema["examples"])]
    for name, value in given:
        yield from _misfits(context, "example-mismatch", value, schema, f"{place.pointer}/{name}")
    if "default" in schema:
        where = f"{place.pointer}/default"
        yield from _misfits(context, "default-mismatch", schema["default"], schema, where)


def _beside_schema(context: Context, place: Place) -> Iterator[Finding]:
    value = place.value
    if "example" in value and "examples" in value:
        yield Finding("example-and-examples", place.pointer, "example and examples exclude each other")
    keyword = "schema" if "schema" in value else "itemSchema"
    if keyword not in value:
        return
    schema = value[keyword]
    for where, example in _given(context, place):
        if keyword == "itemSchema":
            for index, item in enumerate(example if isinstance(example, list) else ()):
                yield from _misfits(context, "example-mismatch", item, schema, f"{where}/{index}", place.reading)
            continue
        if _is_text(context, place, example):
            continue
        yield from _misfits(context, "example-mismatch", example, schema, where, place.reading)


def _given(context: Context, place: Place) -> Iterator[tuple[str, Any]]:
    value = place.value
    if "example" in value:
        yield f"{place.pointer}/example", value["example"]
    named = value.get("examples")
    for name, raw in named.items() if isinstance(named, dict) else ():
        found, where = context.references.follow(raw, f"{place.pointer}/examples/{escape(name)}")
        for keyword in ("value", "dataValue"):
            if isinstance(found, dict) and keyword in found:
                yield f"{where}/{keyword}", found[keyword]


def _is_text(context: Context, place: Place, example: Any) -> bool:
    """Tell whether an example is the text of a body that is no JSON, such as XML or a form."""
    if place.kind != "media" or not isinstance(example, str):
        return False
    kind = canonical(place.pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~")).partition(";")[0]
    return not (kind.endswith(("/json", "+json")) or kind in ("*/*", "application/*"))


def _misfits(context: Context, rule: str, value: Any, schema: Any, where: str, reading: str = "") -> Iterator[Finding]:
    for at, message in context.validity.mistakes(value, schema, reading):
        yield Finding(rule, f"{where}{at}", message)


def check_links(context: Context) -> Iterator[Finding]:
    """Check that links name operations and parameters that exist, and values that the example response has."""
    by_id = {str(one.value.get("operationId")): one for one in context.operations}
    for operation in context.operations:
        responses = context.mapping(operation.value.get("responses"))
        for status, raw in responses.items():
            response = context.follow(raw)
            for name, link_raw in context.mapping(response.get("links")).items():
                at = f"{operation.pointer}/responses/{escape(status)}/links/{escape(name)}"
                link, where = context.references.follow(link_raw, at)
                ref = link.get("operationRef") if isinstance(link, dict) else None
                if isinstance(ref, str) and ref.startswith("#") and context.references.resolve(ref) is None:
                    yield Finding("link-nowhere", where, f"{ref} names nothing")
                if isinstance(link, dict) and isinstance(link.get("operationId"), str):
                    target = by_id.get(link["operationId"])
                    if target is None:
                        yield Finding("link-nowhere", where, f"there is no operation {link['operationId']}")
                        continue
                    known = {one["name"] for one, _, _ in context.parameters(target)}
                    yield from _link(context, link, known, f"{target.method} {target.path}", response, where)


def _link(
    context: Context, link: dict[str, Any], known: set[str], target: str, response: dict[str, Any], where: str
) -> Iterator[Finding]:
    example = next(iter(_examples(context, response)), None)
    for name, value in context.mapping(link.get("parameters")).items():
        if name not in known and name.partition(".")[2] not in known:
            yield Finding("link-nowhere", where, f"{target} has no parameter {name}")
        if example is not None and isinstance(value, str) and value.startswith("$response.body#"):
            try:
                lookup(example, value.removeprefix("$response.body#"))
            except KeyError:
                yield Finding("link-value", where, f"the example response has nothing at {value}")


def _examples(context: Context, response: dict[str, Any]) -> Iterator[Any]:
    for media in context.mapping(response.get("content")).values():
        if isinstance(media, dict):
            yield from (value for _, value in _given(context, Place("media", media, "")))
