"""What fits already is given back as it is, and nothing else: fitting step by step gives the same."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from specdouble.openapi.validation.compiled import Schemas
from specdouble.openapi.values.context import Context, chance
from specdouble.openapi.values.fit import Fitter
from specdouble.openapi.values.flat import Flats
from specdouble.openapi.values.make import Maker
from specdouble.packs.documents import bundled, bundled_documents

PARTS: dict[str, Any] = {
    "Shelf": {
        "type": "object",
        "required": ["id", "name"],
        "properties": {
            "id": {"type": "integer"},
            "name": {"type": "string", "maxLength": 9},
            "tags": {"type": "array", "items": {"type": "string"}},
            "sizes": {"type": "array", "items": {"type": "integer"}},
            "owner": {"$ref": "#/components/schemas/Owner"},
            "labels": {"type": "object", "additionalProperties": {"type": "integer"}},
            "anything": {},
        },
    },
    "Owner": {
        "type": "object",
        "properties": {
            "email": {"type": "string", "format": "email"},
            "password": {"type": "string", "writeOnly": True},
        },
    },
    "Open": {"type": "object", "additionalProperties": True, "properties": {"id": {"type": "integer"}}},
    "Node": {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Node"}, "n": {"type": "integer"}}},
    "Choice": {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"type": "string"}},
        "oneOf": [
            {"properties": {"a": {"type": "integer"}}, "required": ["a"]},
            {"properties": {"b": {"type": "integer"}}, "required": ["b"]},
        ],
    },
    "Shelves": {"type": "array", "items": {"$ref": "#/components/schemas/Shelf"}, "uniqueItems": True},
}
GOOD = {"id": 1, "name": "a", "owner": {"email": "a@example.com"}, "sizes": [1], "labels": {"x": 1}, "anything": [{}]}


class Both:
    """A fitter, and one that goes through every value."""

    def __init__(self, schemas: Schemas) -> None:
        self.flats = Flats(schemas)
        self.maker = Maker(self.flats)
        self.quick = Fitter(self.flats, self.maker)
        self.slow = Fitter(self.flats, self.maker)
        self.slow.untouched = _Never()  # type: ignore[assignment]

    def fit(self, schema: Any, value: Any) -> Any:
        """Return a value as it was fitted; both ways gave it."""
        made, slowly = (by.fit(schema, value, Context(chance("one"), 0.0)) for by in (self.quick, self.slow))
        assert json.dumps(made) == json.dumps(slowly), (schema, value)
        return made

    def kept(self, schema: Any, value: Any) -> bool:
        """Tell whether a value is known to fit without going through it."""
        self.fit(schema, value)
        return self.quick.untouched.holds(self.flats.of(schema), value)


class _Never:
    def holds(self, _flat: Any, _value: Any) -> bool:
        return False


@pytest.fixture(scope="module")
def own() -> Both:
    return Both(Schemas({"openapi": "3.1.0", "info": {}, "paths": {}, "components": {"schemas": PARTS}}))


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("Shelf", GOOD, True),
        ("Shelf", {**GOOD, "more": 1}, False),  # not declared
        ("Shelf", {"id": 1}, False),  # a name is missing
        ("Shelf", {**GOOD, "id": 1.0}, False),  # an integer is written without a point
        ("Shelf", {**GOOD, "sizes": [1, 2.0]}, False),
        ("Shelf", {**GOOD, "labels": {"x": 2.0}}, False),
        ("Shelf", {**GOOD, "name": "much too long"}, False),
        ("Owner", {"email": "a@example.com"}, True),
        ("Owner", {"email": "a@example.com", "password": "x"}, False),  # is never shown
        ("Open", {"id": 1, "more": {"a": 1.0}}, True),
        ("Open", {"id": 1.0, "more": 1}, False),
        ("Node", {"n": 1, "next": {"n": 2, "more": 3}}, False),
        ("Choice", {"kind": "x", "a": 1}, False),
        ("Shelves", [], True),
        ("Shelves", [GOOD, GOOD], False),
    ],
)
def test_what_would_change_is_gone_through(own: Both, name: str, value: Any, expected: bool) -> None:
    assert own.kept(ref(name), value) is expected


def schemas_of(name: str) -> list[Any]:
    """Return the schemas of the responses of a bundled document."""
    document = bundled(name)
    found = {}
    for operation in document.operations:
        for response in operation.responses.values():
            for content in (response.content or {}).values():
                if content.schema is not None:
                    found[json.dumps(content.schema)] = content.schema
    return list(found.values())


def changed(value: Any, chance: random.Random) -> Any:
    """Return a value with something else in one of its places."""
    if isinstance(value, dict) and value and chance.random() < 0.9:
        name = chance.choice(sorted(value))
        how = chance.random()
        if how < 0.15:
            return {key: one for key, one in value.items() if key != name}
        if how < 0.3:
            return {**value, "more": chance.choice(OTHERS)}
        return {**value, name: changed(value[name], chance)}
    if isinstance(value, list) and value and chance.random() < 0.9:
        at = chance.randrange(len(value))
        return [*value[:at], changed(value[at], chance), *value[at + 1 :]]
    return float(value) if type(value) is int and chance.random() < 0.5 else chance.choice(OTHERS)


OTHERS: tuple[Any, ...] = (
    None, "x" * 300, "", -1, 1.5, 2.0, True, [], [1], ["a"], {}, {"id": 1}, [{}],
    [[]], [[1]], [None], [True], {"id": [[]]}, {"name": []}, {"name": {}}, {"value": None}, 10**19, 1e300,
)  # fmt: skip


@pytest.mark.parametrize("kind", ["string", "integer", "number", "boolean"])
@pytest.mark.parametrize("value", [[[]], [[1]], [None], [{}], {"name": [[]]}, []])
def test_what_holds_no_text_and_no_figure_is_made_anew(own: Both, kind: str, value: Any) -> None:
    made = own.fit({"type": "object", "required": ["of"], "properties": {"of": {"type": kind}}}, {"of": value})
    assert own.maker.checks.fits({"type": kind}, made["of"])


@pytest.mark.parametrize("said", [[], {}, [1], None, 1, "cat"])
def test_a_discriminator_may_hold_anything(said: Any) -> None:
    options = [
        {"type": "object", "required": ["kind"], "properties": {"kind": {"const": one}}} for one in ("cat", "dog")
    ]
    schemas = {"Cat": options[0], "Dog": options[1]}
    both = Both(Schemas({"openapi": "3.1.0", "info": {}, "paths": {}, "components": {"schemas": schemas}}))
    mapping = {"cat": "#/components/schemas/Cat", "dog": "#/components/schemas/Dog"}
    pet = {"oneOf": [ref("Cat"), ref("Dog")], "discriminator": {"propertyName": "kind", "mapping": mapping}}
    assert both.fit(pet, {"kind": said})["kind"] in mapping


@pytest.mark.parametrize("name", sorted(bundled_documents()))
def test_both_ways_give_the_same_for_every_response_of_a_bundled_document(name: str) -> None:
    both, chance_ = Both(bundled(name).schemas), random.Random(name)
    kept = 0
    for schema in schemas_of(name):
        for number in range(3):
            good = both.maker.make(schema, Context(chance(number), 0.0, rich=bool(number)), "")
            kept += both.kept(schema, good)
            for _ in range(8):
                both.fit(schema, changed(good, chance_))
    assert kept
