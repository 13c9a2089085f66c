"""Documents of OpenAPI 2.0 (Swagger) in the form of 3.0.

Schemas and references to `#/definitions/…` stay as they are, and so does that part of the document.
"""

from typing import Any

from specdouble.openapi.references import References

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
_PARAMETER = ("name", "in", "description", "required", "deprecated", "allowEmptyValue")
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_DELIMITERS = {"ssv": "spaceDelimited", "pipes": "pipeDelimited", "tsv": "tabDelimited"}
_FLOWS = {"application": "clientCredentials", "accessCode": "authorizationCode"}


def as_openapi3(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document in the form of 3.0; what has no meaning in 2.0 is left out."""
    return _Adapter(document).document()


class _Adapter:
    def __init__(self, document: dict[str, Any]) -> None:
        self.old = document
        self.references = References(document)

    def document(self) -> dict[str, Any]:
        old = self.old
        kept = {key: value for key, value in old.items() if key.startswith("x-") or key in _KEPT}
        components = {
            "securitySchemes": {name: _scheme(one) for name, one in _mapping(old.get("securityDefinitions")).items()},
        }
        made = {"openapi": "3.0.3", **kept, "paths": self.paths(), "components": components}
        servers = _servers(old)
        return {**made, "servers": servers} if servers else made

    def paths(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for path, raw in _mapping(self.old.get("paths")).items():
            item, _ = self.references.follow(raw)
            if path.startswith("x-") or not isinstance(item, dict):
                continue
            common = self.parameters(item.get("parameters"))
            made = {key: value for key, value in item.items() if key.startswith("x-")}
            for method in _METHODS:
                if isinstance(item.get(method), dict):
                    made[method] = self.operation(item[method], common)
            found[path] = made
        return found

    def parameters(self, given: Any) -> list[dict[str, Any]]:
        followed = (self.references.follow(one)[0] for one in (given if isinstance(given, list) else ()))
        return [one for one in followed if isinstance(one, dict) and isinstance(one.get("in"), str)]

    def operation(self, old: dict[str, Any], common: list[dict[str, Any]]) -> dict[str, Any]:
        by_place = {(one["in"], str(one.get("name"))): one for one in common}
        by_place.update({(one["in"], str(one.get("name"))): one for one in self.parameters(old.get("parameters"))})
        made = {
            key: value for key, value in old.items() if key not in ("consumes", "produces", "schemes", "parameters")
        }
        given = list(by_place.values())
        made["parameters"] = [_parameter(one) for one in given if one["in"] not in ("body", "formData")]
        consumes = self.types(old, "consumes")
        body = next((one for one in given if one["in"] == "body"), None)
        fields = [one for one in given if one["in"] == "formData"]
        if body is not None:
            content = {kind: {"schema": body.get("schema", {})} for kind in consumes}
            made["requestBody"] = {"required": body.get("required") is True, "content": content}
        elif fields:
            made["requestBody"] = _form(fields, consumes)
        produces = self.types(old, "produces")
        made["responses"] = {
            status: self.response(one, produces) for status, one in _mapping(old.get("responses")).items()
        }
        return made

    def types(self, operation: dict[str, Any], key: str) -> list[str]:
        given = operation.get(key, self.old.get(key))
        return [str(kind) for kind in given] if isinstance(given, list) and given else ["application/json"]

    def response(self, raw: Any, produces: list[str]) -> Any:
        old, _ = self.references.follow(raw)
        if not isinstance(old, dict):
            return old
        made = {key: value for key, value in old.items() if key == "description" or key.startswith("x-")}
        if "headers" in old:
            made["headers"] = {name: _header(one) for name, one in _mapping(old["headers"]).items()}
        examples = _mapping(old.get("examples"))
        if "schema" in old:
            made["content"] = {
                kind: {"schema": old["schema"], **({"example": examples[kind]} if kind in examples else {})}
                for kind in produces
            }
        return made


_KEPT = frozenset({"info", "tags", "externalDocs", "security", "definitions", "parameters", "responses"})


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _servers(old: dict[str, Any]) -> list[dict[str, Any]]:
    host, base = old.get("host"), str(old.get("basePath") or "")
    if not host:
        return [{"url": base}] if base else []
    return [{"url": f"{scheme}://{host}{base}"} for scheme in _schemes(old)]


def _schemes(old: dict[str, Any]) -> list[str]:
    given = old.get("schemes")
    return [str(one) for one in given] if isinstance(given, list) and given else ["https"]


def _schema(old: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in old.items() if key not in _PARAMETER and key != "collectionFormat"}


def _parameter(old: dict[str, Any]) -> dict[str, Any]:
    made = {key: old[key] for key in _PARAMETER if key in old}
    made |= {key: value for key, value in old.items() if key.startswith("x-")}
    made["schema"] = _schema(old)
    return {**made, **_list_style(old)}


def _list_style(old: dict[str, Any]) -> dict[str, Any]:
    """Return what `collectionFormat` says, as `style` and `explode`; nothing for a value that is no list."""
    if old.get("type") != "array":
        return {}
    style = str(old.get("collectionFormat", "csv"))
    explode = {"explode": style == "multi"}
    return {"style": _DELIMITERS[style], **explode} if style in _DELIMITERS else explode


def _header(old: Any) -> Any:
    if not isinstance(old, dict):
        return old
    return {"schema": _schema(old), **({"description": old["description"]} if "description" in old else {})}


def _form(fields: list[dict[str, Any]], consumes: list[str]) -> dict[str, Any]:
    schema = {
        "type": "object",
        "properties": {str(one.get("name")): _schema(one) for one in fields},
        "required": [str(one.get("name")) for one in fields if one.get("required") is True],
    }
    kinds = [kind for kind in consumes if kind in _FORMS] or [_FORMS[any(one.get("type") == "file" for one in fields)]]
    encoding = {
        str(one.get("name")): {"style": "form", **_list_style(one)} for one in fields if one.get("type") == "array"
    }
    media = {"schema": schema, "encoding": encoding} if encoding else {"schema": schema}
    return {"required": bool(schema["required"]), "content": dict.fromkeys(kinds, media)}


def _scheme(old: Any) -> Any:
    if not isinstance(old, dict):
        return old
    if old.get("type") == "basic":
        return {"type": "http", "scheme": "basic"}
    if old.get("type") != "oauth2":
        return old
    flow = str(old.get("flow"))
    inner = {key: value for key, value in old.items() if key in ("authorizationUrl", "tokenUrl", "scopes")}
    return {"type": "oauth2", "flows": {_FLOWS.get(flow, flow): inner}}
