"""Every example of a document, checked against the schema beside it."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from specs.pointers import escape, follow

_URI = "urn:document"


def wrong_examples(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the pointer of each example that its schema refuses, and why."""
    check = _Checker(document)
    for part in ("paths", "components", "webhooks"):
        for example, schema in _examples(document, document.get(part), f"/{part}"):
            yield from check(example, schema)
    for name, schema in document.get("components", {}).get("schemas", {}).items():
        at = f"/components/schemas/{escape(name)}"
        if isinstance(schema, dict) and isinstance(schema.get("examples"), list):
            for index in range(len(schema["examples"])):
                yield from check(f"{at}/examples/{index}", at)


class _Checker:
    """Validates the values at pointers of one document against schemas at other pointers."""

    def __init__(self, document: dict[str, Any]) -> None:
        from jsonschema import Draft202012Validator
        from openapi_schema_validator import OAS30Validator, oas30_format_checker
        from referencing import Registry
        from referencing.jsonschema import DRAFT202012

        self._document = document
        old = str(document.get("openapi", "")).startswith("3.0")
        self._class: Any = OAS30Validator if old else Draft202012Validator
        self._formats = oas30_format_checker if old else Draft202012Validator.FORMAT_CHECKER
        self._registry: Registry[Any] = Registry().with_resource(_URI, DRAFT202012.create_resource(document))

    def __call__(self, example: str, schema: str) -> Iterator[tuple[str, str]]:
        from specs.pointers import lookup

        validator = self._class(
            {"$ref": f"{_URI}#{quote(schema, safe='/~{}')}"}, registry=self._registry, format_checker=self._formats
        )
        for error in validator.iter_errors(lookup(self._document, example)):
            yield example + "".join(f"/{escape(str(part))}" for part in error.absolute_path), error.message[:200]


def _examples(document: dict[str, Any], value: Any, pointer: str) -> Iterator[tuple[str, str]]:
    """Yield pointers to examples with the pointers of their schemas.

    Parameters, headers and media types share one form: `schema` beside `example` or `examples`.
    """
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _examples(document, item, f"{pointer}/{index}")
    if not isinstance(value, dict):
        return
    schema = f"{pointer}/schema"
    if "schema" in value:
        if "example" in value:
            yield f"{pointer}/example", schema
        for name, example in (value.get("examples") or {}).items():
            found, at = follow(document, example, f"{pointer}/examples/{escape(name)}")
            if "value" in found:
                yield f"{at}/value", schema
    for key, item in value.items():
        if key not in ("schema", "schemas", "example", "examples"):
            yield from _examples(document, item, f"{pointer}/{escape(key)}")
