"""Compiled validators of a document's schemas, in the dialect that the document declares; each is built once."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any

from specdouble.openapi.dialects import current
from specdouble.openapi.keywords import INTEGER_FORMATS
from specdouble.openapi.reading.json_text import decode, encode
from specdouble.openapi.references import References, walk
from specdouble.openapi.shapes import Shapes

if TYPE_CHECKING:
    import jsonschema_rs

Schema = dict[str, Any] | bool

_URI = "specdouble:///document"
_NAMES = (b'"$anchor"', b'"$dynamicAnchor"', b'"$id"')
_ELSEWHERE = re.compile(rb'"\$(?:ref|dynamicRef)":"#(?!/(?:components|definitions)/)')
# The members that are not asked for in each reading.
UNSENT = {
    "": frozenset[str](),
    "request": frozenset({"readOnly"}),
    "response": frozenset({"writeOnly"}),
    "either": frozenset({"readOnly", "writeOnly"}),
}
_DRAFTS = {
    "http://json-schema.org/draft-04/schema": "4",
    "http://json-schema.org/draft-06/schema": "6",
    "http://json-schema.org/draft-07/schema": "7",
    "https://json-schema.org/draft/2019-09/schema": "201909",
}


class Schemas:
    """The validators of one document.

    `text` is the document as JSON; it only tells whether references lead outside of the components, and so whether
    the rest of the document can be forgotten. `dialect` of a 3.1 document is what its `jsonSchemaDialect` names, or
    2020-12, which the dialects of OpenAPI are based on; `$schema` in a schema wins over it. A reference that leads
    nowhere takes any value, and `dangling` lists it: one broken schema must not take the others along.
    """

    def __init__(self, document: dict[str, Any], text: bytes | None = None) -> None:
        model, self.version = current(document)
        self.old = self.version in ("2.0", "3.0")
        dialect = "" if self.old else str(model.get("jsonSchemaDialect") or "").rstrip("#")
        self.draft = _DRAFTS.get(dialect, "202012")
        everything = encode(model) if text is None or self.version == "2.0" else text
        if _ELSEWHERE.search(everything):
            self._document = model
        else:
            self._document = {part: model[part] for part in ("components", "definitions", "$self") if part in model}
        self._references = References(self._document)
        self._converts = self.old or any(b'"%s"' % name.encode() in everything for name in INTEGER_FORMATS)
        # How requests and responses are read: otherwise than each other only where the document makes a difference.
        self.request = "request" if b'"readOnly":true' in everything else ""
        self.response = "response" if b'"writeOnly":true' in everything else ""
        self._names = any(name in everything for name in _NAMES)
        self._registries: dict[str, jsonschema_rs.Registry] = {}
        self.broken: dict[str, str] = {}  # schemas that cannot be compiled as they are, as JSON, with the reason
        self._is_mended = False
        self._built: dict[tuple[str, bytes], jsonschema_rs.Validator] = {}

    def validator(self, schema: Schema, reading: str = "") -> jsonschema_rs.Validator:
        """Return the validator of a schema whose references point into the document.

        `reading` is `request` or `response` where members that are not part of that direction (`readOnly`,
        `writeOnly`) need not be there though they are required; or `either`, where neither kind need be there.

        A keyword that cannot be used is left out, and `broken` says that it is so of the schema.
        """
        key = encode(schema)
        built = self._built.get((reading, key))
        if built is None:
            try:
                built = self._compile(key, schema, reading)
            except ValueError as error:
                self.broken[key.decode()] = (str(error).splitlines() or [""])[0]
                built = self._mended_validator(schema, reading)
            self._built[reading, key] = built
        return built

    def _mended_validator(self, schema: Schema, reading: str) -> jsonschema_rs.Validator:
        """Return the validator of a schema without the keywords that cannot be used, its own and those of others."""
        from specdouble.openapi.validation.mending import broken_keywords, mended, without

        if not self._is_mended:
            self._is_mended = True
            keywords = broken_keywords(self._document, self.version, self.draft)
            if keywords:
                self._document = without(self._document, keywords)
                self._references = References(self._document)
                self._registries.clear()
        fresh = mended(schema, self.version, self.draft)
        try:
            return self._compile(encode(fresh), fresh, reading)
        except ValueError:  # what it is, only the library knows
            return self._compile(b"true", True, reading)

    def resolve(self, schema: Any) -> dict[str, Any]:
        """Follow references, if the schema is one; a boolean schema says nothing, and neither does a dangling one."""
        if isinstance(schema, dict) and "$ref" in schema:
            schema, _ = self._references.follow(schema)
        return schema if isinstance(schema, dict) and not isinstance(schema.get("$ref"), str) else {}

    def properties(self, schema: Any) -> dict[str, dict[str, Any]]:
        """Return the declared properties of an object schema, each resolved; none for anything else."""
        found = self.resolve(schema).get("properties") or {}
        return {name: self.resolve(one) for name, one in found.items()}

    @cached_property
    def shapes(self) -> Shapes:
        """What the schemas say about values as text, for parameters, forms and XML."""
        return Shapes(self._document)

    @cached_property
    def texts(self) -> Shapes:
        """The same for who reads the types of texts by rules of their own."""
        return Shapes(self._document, typed=False)

    @cached_property
    def dangling(self) -> frozenset[str]:
        """The references that name nothing in the document."""
        found = {one["$ref"] for one, _ in walk(self._document) if isinstance(one.get("$ref"), str)}
        return frozenset(ref for ref in found if self._references.resolve(ref) is None)

    def _mended(self, value: Any) -> Any:
        """Return a schema or a document without dangling references."""
        if isinstance(value, list):
            return [self._mended(item) for item in value]
        if not isinstance(value, dict):
            return value
        return {
            key: self._mended(item)
            for key, item in value.items()
            if key != "$ref" or not isinstance(item, str) or self._knows(item)
        }

    def _compile(self, key: bytes, schema: Schema, reading: str) -> jsonschema_rs.Validator:
        import jsonschema_rs

        registry = self._registry(reading)
        if any(isinstance(one.get("$ref"), str) and not self._knows(one["$ref"]) for one, _ in walk(schema)):
            schema = self._mended(schema)
            key = encode(schema)
        if reading or self._converts:
            key = encode(self._standard(schema, reading))
        if self._names:
            key = self._moved(key)
        if b'"$id"' not in key:  # a schema with a name of its own means itself by `#`
            key = key.replace(b'"$ref":"#', b'"$ref":"%s#' % _URI.encode())
        kind = getattr(jsonschema_rs, f"Draft{self._draft_of(schema)}Validator")
        made: jsonschema_rs.Validator = kind(
            decode(key), registry=registry, validate_formats=True, formats=self._formats
        )
        return made

    def _with_names(self, document: Any) -> Any:
        """Move the schemas to where validators look for names: in the definitions of a schema."""
        schemas = (document.get("components") or {}).get("schemas") or {}
        rest = {**(document.get("components") or {}), "schemas": {}}
        return decode(self._moved(encode({**document, "components": rest, self._definitions: schemas})))

    def _moved(self, text: bytes) -> bytes:
        return text.replace(b"#/components/schemas/", f"#/{self._definitions}/".encode())

    @property
    def _definitions(self) -> str:
        return "definitions" if self.draft in ("4", "6", "7") else "$defs"

    def _knows(self, ref: str) -> bool:
        return self._references.resolve(ref) is not None

    def _draft_of(self, schema: Schema) -> str:
        named = schema.get("$schema") if isinstance(schema, dict) else None
        return _DRAFTS.get(named.rstrip("#"), "202012") if isinstance(named, str) and not self.old else self.draft

    def _registry(self, reading: str) -> jsonschema_rs.Registry:
        if reading not in self._registries:
            import jsonschema_rs

            document = self._mended(self._document) if self.dangling else self._document
            if reading or self._converts:
                from specdouble.openapi.validation.standard import standard_document

                version = "3.0" if self.old else self.version
                document = standard_document(document, version, UNSENT[reading], self._follow)
            if self._names:
                document = self._with_names(document)
            addresses = {_URI, str(document.get("$self") or _URI)}
            self._registries[reading] = jsonschema_rs.Registry(
                [(address, document) for address in addresses],
                draft=getattr(jsonschema_rs, f"Draft{self.draft}"),
                retriever=_refuse,
            )
        return self._registries[reading]

    def _standard(self, schema: Schema, reading: str) -> Any:
        from specdouble.openapi.validation.standard import standard

        return standard(schema, "3.0" if self.old else self.version, UNSENT[reading], self._follow)

    def _follow(self, schema: Any) -> Any:
        return self.resolve(schema) if isinstance(schema, dict) and "$ref" in schema else schema

    @cached_property
    def _formats(self) -> dict[str, Any]:
        """The formats of OpenAPI that JSON Schema does not know; those of numbers are limits in the schema itself."""
        return {"byte": _is_base64} if self.old else {}


def _is_base64(text: str) -> bool:
    return len(text) % 4 == 0 and re.fullmatch(r"[A-Za-z0-9+/]*={0,2}", text) is not None


def _refuse(uri: str) -> Any:
    """Read nothing outside of the document."""
    raise ValueError(f"{uri} is not followed")
