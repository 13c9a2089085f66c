"""Requests are checked against the schemas of the document, each with the hole of the fault that is on."""

from __future__ import annotations

import copy
import re
from typing import Any

import jsonschema_rs

from .document import QUERY, SCHEMAS
from .faults import on


class Refusal(Exception):  # noqa: N818 - a response
    """A request that is refused."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def _schema(name: str) -> dict[str, Any]:
    made = copy.deepcopy(SCHEMAS[name])
    members = made["properties"]
    if name == "CartItem":
        members["quantity"]["minimum"] = 0 if on("quantity-zero") else 1
        members["quantity"]["maximum"] = 21 if on("quantity-most") else 20
    if name == "ProductNew":
        if on("price-negative"):
            del members["price"]["minimum"]
        if on("currency-enum"):
            del members["currency"]["enum"]
        if on("name-shortest-refused"):
            members["name"]["minLength"] = 3
    if name == "ProductPatch":
        if on("name-too-long"):
            del members["name"]["maxLength"]
        if on("sku-written"):
            members["sku"] = {"type": "string"}
    if name == "ReviewNew" and on("rating-six"):
        members["stars"]["maximum"] = 6
    if name == "AddressNew":
        if on("required-city"):
            made["required"].remove("city")
        if on("extra-member"):
            made["additionalProperties"] = True
        if on("postcode-pattern"):
            del members["post_code"]["pattern"]
    if name == "AccountPatch" and on("role-written"):
        members["role"] = {"type": "string", "enum": ["customer", "admin"]}
    if name == "OrderNew" and on("crash-no-lines"):
        del members["lines"]["minItems"]
    for one in members.values():
        one.pop("multipleOf", None)  # cents as binary fractions are checked below
        if one.pop("nullable", False):
            one["type"] = [one["type"], "null"]
    return made


def checked(name: str, body: Any) -> dict[str, Any]:
    """Return a body that keeps a schema. Raises Refusal (400) for any other."""
    error = next(jsonschema_rs.validator_for(_schema(name)).iter_errors(body), None)
    if error is not None:
        raise Refusal(400, "invalid", f"{'/'.join(map(str, error.instance_path))}: {error.message}"[:200])
    price = body.get("price")
    if isinstance(price, float | int) and abs(round(price * 100) - price * 100) > 1e-6:
        raise Refusal(400, "invalid", "price: at most two digits behind the point")
    for value in body.values():
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str):
                readable(text)
    return dict(body)


def readable(text: str) -> str:
    """Return a text that can be stored. Raises Refusal (400) for any other."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Refusal(400, "invalid", "this is no text") from None
    return text


def queried(args: Any, *names: str) -> dict[str, Any]:
    """Return the parameters of a query, with defaults. Raises Refusal (400) for those out of bounds."""
    found: dict[str, Any] = {}
    for name in names:
        schema = dict(QUERY[name])
        if name == "limit" and on("limit-last-refused"):
            schema["maximum"] = 39
        if name == "limit" and on("limit-most"):
            schema["maximum"] = 10**9
        if name == "offset" and on("offset-negative"):
            del schema["minimum"]
        text = args.get(name)
        if text is None:
            found[name] = schema.get("default")
            continue
        value: Any = text
        if schema["type"] == "integer" and re.fullmatch(r"-?\d{1,18}", text):
            value = int(text)
        if schema["type"] == "number" and re.fullmatch(r"-?\d{1,18}(\.\d{1,10})?", text):
            value = float(text)
        if schema["type"] == "boolean":
            value = {"true": True, "false": False}.get(text, text)
        if not jsonschema_rs.validator_for(schema).is_valid(value):
            raise Refusal(400, "invalid", f"{name} is not valid")
        found[name] = value
    return found
