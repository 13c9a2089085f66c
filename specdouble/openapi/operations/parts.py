"""The parts of an operation: parameters, bodies, responses, and what they look like in each media type."""

from collections.abc import Callable
from typing import Any

from specdouble.openapi.extensions import GREEDY
from specdouble.openapi.operations.model import Body, Content, Parameter, Response, Schema
from specdouble.openapi.pointers import escape
from specdouble.openapi.references import References

LOCATIONS = ("path", "query", "header", "cookie", "querystring")
STYLES = {
    "path": ("simple", "label", "matrix"),
    "query": ("form", "spaceDelimited", "pipeDelimited", "tabDelimited", "deepObject"),
    "header": ("simple",),
    "cookie": ("form", "cookie"),
    "querystring": ("form",),
}


class BrokenPartError(Exception):
    """A part that cannot be used, with its place."""

    def __init__(self, pointer: str, reason: str) -> None:
        super().__init__(reason)
        self.pointer = pointer
        self.reason = reason


class Parts:
    """Reads the parts of one document; `note` takes what is wrong with a part that can be used all the same."""

    def __init__(self, document: dict[str, Any], note: Callable[[str, str, bool], None]) -> None:
        self.references = References(document)
        self.note = note

    def mapping(self, raw: Any, pointer: str) -> tuple[dict[str, Any], str]:
        """Follow references to a mapping; return it with its pointer."""
        if isinstance(raw, dict) and "$ref" not in raw:
            return raw, pointer
        start, seen = pointer, set()
        while isinstance(raw, dict) and "$ref" in raw:
            ref = raw["$ref"]
            if not isinstance(ref, str):
                raise BrokenPartError(start, "the reference is no text")
            if ref in seen:
                raise BrokenPartError(start, "the reference goes round in a circle")
            seen.add(ref)
            found = self.references.resolve(ref)
            if found is None:
                local = ref.startswith("#")
                raise BrokenPartError(
                    start, f"the reference {ref} {'points at nothing' if local else 'leaves the document'}"
                )
            raw, pointer = found
        if not isinstance(raw, dict):
            raise BrokenPartError(start, f"not what OpenAPI asks for: a mapping, not {type(raw).__name__}")
        return raw, pointer

    def parameter(self, raw: Any, pointer: str) -> Parameter:
        """Read one parameter."""
        raw, pointer = self.mapping(raw, pointer)
        name, location = raw.get("name"), raw.get("in")
        if not isinstance(name, str) or location not in LOCATIONS:
            raise BrokenPartError(
                pointer, f"not what OpenAPI asks for: a parameter has a name and is in {', '.join(LOCATIONS)}"
            )
        style, explode = self._style(raw, location, pointer)
        schema, content, at = self._described(raw, pointer)
        has_default, default = self._default(schema, at)
        example, _ = self._example(raw)
        return Parameter(
            name=name,
            location=location,
            required=raw.get("required") is True or location == "path",
            schema=schema,
            pointer=at,
            description=str(raw.get("description") or ""),
            example=example,
            default=default,
            has_default=has_default,
            style=style,
            explode=explode,
            allow_reserved=raw.get("allowReserved") is True,
            allow_empty=raw.get("allowEmptyValue") is True,
            content=content,
            greedy=raw.get(GREEDY) is True,
        )

    def _described(self, raw: dict[str, Any], pointer: str) -> tuple[Schema, Content | None, str]:
        """Return the schema of a parameter, the media type that it is written in, if any, and the schema's place."""
        if "schema" in raw:
            return self._schema(raw["schema"], f"{pointer}/schema"), None, f"{pointer}/schema"
        contents = self._content(raw, pointer)
        first = next(iter(contents.values()), None)
        return (first.schema, first, first.pointer) if first else (True, None, pointer)

    def _style(self, raw: dict[str, Any], location: str, pointer: str) -> tuple[str, bool]:
        usual = STYLES[location]
        style = raw.get("style", usual[0])
        if style not in usual:
            self.note(pointer, f"the style {style} means nothing in {location}: {usual[0]} is taken", False)
            style = usual[0]
        explode = raw.get("explode")
        return style, explode if isinstance(explode, bool) else style in ("form", "deepObject", "cookie")

    def _default(self, schema: Schema, pointer: str) -> tuple[bool, Any]:
        target: Any = schema
        if isinstance(schema, dict) and "$ref" in schema and "default" not in schema:
            target, _ = self.references.follow(schema, pointer)
        return (True, target["default"]) if isinstance(target, dict) and "default" in target else (False, None)

    def _schema(self, raw: Any, pointer: str) -> Schema:
        if isinstance(raw, dict | bool):
            return raw
        self.note(pointer, f"a schema is a mapping, not {type(raw).__name__}: anything fits", False)
        return True

    def body(self, raw: Any, pointer: str) -> Body | None:
        """Read a request body; one that cannot be read is left out."""
        try:
            raw, pointer = self.mapping(raw, pointer)
        except BrokenPartError as broken:
            self.note(broken.pointer, broken.reason, True)
            return None
        return Body(raw.get("required") is True, self._content(raw, pointer), pointer)

    def response(self, status: str, raw: dict[str, Any], pointer: str) -> Response:
        """Read a response, to which references were followed."""
        wildcard = not status.isdigit()
        content = self._content(raw, pointer)
        first = next(iter(content.values()), None)
        headers, links = raw.get("headers"), raw.get("links")
        return Response(
            status=int(status[0] + "00") if wildcard and status[0].isdigit() else 0 if wildcard else int(status),
            media_type=first.media_type if first else "",
            schema=first.schema if first else True,
            pointer=first.pointer if first else pointer,
            description=str(raw.get("description") or ""),
            example=first.example if first else None,
            has_example=first.has_example if first else False,
            headers=headers if isinstance(headers, dict) else None,
            links=links if isinstance(links, dict) else None,
            content=content,
            wildcard=wildcard,
        )

    def _content(self, raw: dict[str, Any], pointer: str) -> dict[str, Content]:
        """Return what stands under `content`, by media type."""
        found: dict[str, Content] = {}
        given = raw.get("content") or {}
        if not isinstance(given, dict):
            self.note(f"{pointer}/content", "not what OpenAPI asks for: media types with a mapping each", True)
            return found
        for media_type, one in given.items():
            at = f"{pointer}/content/{escape(media_type)}"
            try:
                one, at = self.mapping({} if one is None else one, at)
            except BrokenPartError as broken:
                self.note(broken.pointer, broken.reason, True)
                continue
            example, has_example = self._example(one)
            encoding = one.get("encoding")
            found[media_type] = Content(
                media_type,
                self._schema(one.get("schema", True), f"{at}/schema"),
                f"{at}/schema",
                example,
                has_example,
                encoding if isinstance(encoding, dict) else {},
                self._schema(one["itemSchema"], f"{at}/itemSchema") if "itemSchema" in one else None,
            )
        return found

    def _example(self, raw: dict[str, Any]) -> tuple[Any, bool]:
        """Return the first example that shows a value, and whether there is one."""
        if "example" in raw:
            return raw["example"], True
        given = raw.get("examples")
        for one in given.values() if isinstance(given, dict) else ():
            shown, _ = self.references.follow(one)
            for word in ("dataValue", "value") if isinstance(shown, dict) else ():
                if word in shown:
                    return shown[word], True
        return None, False
