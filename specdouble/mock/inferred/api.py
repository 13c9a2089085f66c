"""What is known of one service: its operations, its model, and the tools that make values of its schemas."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from specdouble.mock.inferred.access.securities import securities
from specdouble.mock.inferred.calls import with_calls
from specdouble.mock.inferred.outgoing import callbacks_of, webhooks_of
from specdouble.mock.inferred.pointing import tokens
from specdouble.mock.inferred.remembered import model_of
from specdouble.openapi import Content, Document, Operation
from specdouble.openapi.dialects import current
from specdouble.openapi.extensions import EFFECT
from specdouble.openapi.media_types import is_json, kind_of
from specdouble.openapi.model.evidence.words import plain
from specdouble.openapi.model.parts import KeyPart, Model, Resource
from specdouble.openapi.model.parts import Operation as Meaning
from specdouble.openapi.pointers import escape, lookup
from specdouble.openapi.reading.json_text import decode
from specdouble.openapi.references import References
from specdouble.openapi.values.context import Context, chance
from specdouble.openapi.values.fit import Fitter
from specdouble.openapi.values.flat import Flats, Schema
from specdouble.openapi.values.make import Maker

MAKES = frozenset({"create", "upsert"})
EPOCH = 1_767_225_600.0  # the first of January 2026: seed data is dated before it, so that it is the same every day


@dataclass(frozen=True, slots=True)
class Settings:
    """How inferred handlers begin: with how many items of each resource, and the seed of what is made up.

    `mount` is below which path the service stands, "" for none.
    """

    items: int = 3
    seed: int = 0
    mount: str = ""


@dataclass(slots=True)
class Kind:
    """A resource as the server keeps it.

    `store` names its collection; `schema` is that of an item; `unmade` says that no operation makes items, and
    `implicit` that none lists them either, so that any key names one.
    """

    resource: Resource
    store: str
    schema: Schema
    unmade: bool
    implicit: bool
    key: KeyPart | None
    key_schema: Schema
    path_schema: Schema
    examples: list[Any] = field(default_factory=list)

    def scope(self, within: dict[str, str]) -> dict[str, str]:
        """Return inside of what a key is unique: what the path of an item goes through, or what a query names."""
        path = self.resource.item or self.resource.collection
        if self.key is not None:  # a path to it from elsewhere may call a parent's key as this path calls its own
            path = path.removesuffix(f"{{{self.key.parameter}}}")
        asked = not self.resource.item and "{" not in path
        named = {parent.resource for parent in self.resource.parents if asked or f"{{{parent.parameter}}}" in path}
        return {name: key for name, key in within.items() if name in named}

    def parameter_in(self, path: str) -> str:
        """Return how a path that goes through an item, or ends in it, calls its key; "" for other paths."""
        shape = _shape(path)
        for one in filter(None, (self.resource.item, *self.resource.other_paths)):
            if one.endswith("}") and (shape == _shape(one) or shape.startswith(f"{_shape(one)}/")):
                names = re.findall(r"\{([^{}]*)\}", path)
                return str(names[one.count("{") - 1])
        return ""

    @property
    def name(self) -> str:
        """The name of the resource."""
        return self.resource.name

    @property
    def field(self) -> str:
        """The pointer to the key in an item, "" where it stands in no member."""
        return self.key.field if self.key is not None else ""


class Api:
    """One document, ready to be answered from."""

    def __init__(self, document: Document, settings: Settings | None = None, prefix: str = "") -> None:
        self.name = document.name
        self.settings = settings or Settings()
        self.schemas = document.schemas
        current_document, _ = current(document.raw)
        self.operations: dict[str, Operation] = {one.key: one for one in document.operations}
        self.flats = Flats(self.schemas)
        self.model: Model = with_calls(model_of(document), self.operations, self.flats)
        nothing = {key: Meaning(key, "none", reason="the model knows no such method") for key in self.operations}
        self.meanings: dict[str, Meaning] = {**nothing, **self.model.by_key}
        self.maker = Maker(self.flats)
        self.fitter = Fitter(self.flats, self.maker)
        self.prefix = prefix
        self.security = securities(current_document, self.operations)
        self._json = document.json
        self.with_effects = {  # operations whose document says what they do beyond their role
            key for key, one in self.operations.items() if EFFECT in _at(current_document, one.pointer)
        }
        self.callbacks = callbacks_of(current_document, self.operations)
        self.webhooks = webhooks_of(current_document)
        references = References(current_document)
        parts = current_document.get("components")
        schemes = parts.get("securitySchemes") if isinstance(parts, dict) else None
        self.security_schemes: dict[str, dict[str, Any]] = {
            name: self._mapping(references, one) for name, one in (schemes if isinstance(schemes, dict) else {}).items()
        }
        for required in self.security.values():
            for name in (name for one in required for name in one):
                self.security_schemes.setdefault(name, {"type": "http", "scheme": "bearer"})  # named, not declared
        self.streams = {
            key: self.event_schema(content)
            for key, one in self.operations.items()
            for kind, content in (one.success.content or {}).items()
            if kind_of(kind) == "text/event-stream"
        }
        self.facts: dict[tuple[Any, ...], Any] = {}  # what follows from an operation, see `of_operation`
        self.plain_members: dict[str, dict[str, str]] = {}  # of items, by resource and plain name
        self.writable: dict[str, set[str]] = {}  # plain names of what clients write, by resource
        self.nested = {one.resource for one in self.model.operations if one.resource in one.within.values()}
        self.wholes: dict[str, dict[str, str]] = {}  # of lists without pages: where a response holds which figure
        self.deep_filters: dict[str, Any] = {}  # by operation, see `further_filters`
        self.key_names: dict[str, str] = {}  # by operation: the parameter of its path that names the item
        self.links: dict[str, dict[str, str]] = {}  # of pages, by operation: where a response holds which one
        self._uses: dict[str, list[Meaning]] = {}
        for one in self.model.operations:
            self._uses.setdefault(one.resource, []).append(one)
        self.kinds: dict[str, Kind] = {one.name: self._kind(one) for one in self.model.resources}
        self.by_plain = {plain(name): kind for name, kind in reversed(self.kinds.items())}

    def spans(self) -> dict[str, set[str]]:
        """Return the path parameters, by operation, that are keys of which the document shows one with a slash."""
        wide = [one for one in self.kinds.values() if _has_slash(self.flats.of(one.key_schema).examples)]
        found: dict[str, set[str]] = {}
        for kind in wide:
            for key, operation in self.operations.items():
                if name := kind.parameter_in(operation.path):
                    found.setdefault(key, set()).add(name)
        return found

    def resolve(self, raw: Any) -> dict[str, Any]:
        """Follow references in the document; {} for what leads nowhere."""
        return self.schemas.resolve(raw)

    @staticmethod
    def _mapping(references: References, raw: Any) -> dict[str, Any]:
        found, _ = references.follow(raw)
        return found if isinstance(found, dict) else {}

    def look_up(self, pointer: str) -> Any:
        """Return what stands at a pointer into the document in the form of 3.x, read anew; None for nothing."""
        document, _ = current(decode(self._json))
        try:
            return lookup(document, pointer)
        except KeyError:
            return None

    def resolve_in_document(self, raw: Any) -> Any:
        """Follow references anywhere in the document."""
        document, _ = current(decode(self._json))
        return References(document).follow(raw)[0]

    def example_context(self) -> Context:
        """Return the context of examples: the same for every request."""
        return Context(chance("example"), EPOCH, rich=True)

    def uses(self, resource: str) -> list[Meaning]:
        """Return what operations do to a resource."""
        return self._uses.get(resource, [])

    def is_twin(self, kind: Kind, other: Kind) -> bool:
        """Tell whether two resources are the same things: one schema, or one noun and like members."""
        if kind.schema is True or other.schema is True:
            return False
        if kind.schema == other.schema:
            return True
        if kind.name.rpartition("-")[2] != other.name.rpartition("-")[2]:
            return False
        mine, theirs = self.flats.members(kind.schema).keys(), self.flats.members(other.schema).keys()
        return len(mine & theirs) * 2 > min(len(mine), len(theirs)) > 1

    def store(self, name: str) -> str:
        """Return the name of a collection of this service."""
        return f"{self.prefix}{name}"

    @cached_property
    def base(self) -> str:
        """The base path of the first server, below where the service is mounted."""
        for one in self.operations.values():
            if one.servers:
                return f"{self.settings.mount}{one.servers[0].base_path}"
        return self.settings.mount

    def success(self, key: str) -> Schema | None:
        """Return the schema of what an operation gives as JSON, None where it gives nothing."""
        operation = self.operations.get(key)
        if operation is None:
            return None
        return json_schema(operation.success.content or {})

    def below(self, schema: Any, pointer: str) -> Any:
        """Return the schema of what stands at a pointer in a value; `True` where nothing is known."""
        for name in tokens(pointer):
            flat = self.flats.of(schema)
            if name.isdigit() and flat.items is not None:
                schema = flat.items
                continue
            found = self.flats.members(schema).get(name)
            schema = found if found is not None else flat.additional if isinstance(flat.additional, dict) else True
        return schema

    def sent_in_examples(self, operation: Operation) -> set[str]:
        """Return the members that a document shows in the request of an operation, also where no schema has them."""
        found: set[str] = set()
        for content in (operation.body.content if operation.body is not None else {}).values():
            shown = [content.example] if content.has_example else []
            for one in (*shown, *self.flats.of(content.schema).examples):
                found |= set(one) if isinstance(one, dict) else set()
        return found

    def event_schema(self, content: Content) -> Schema:
        """Return the schema of one event of a stream."""
        schema = content.item_schema if content.item_schema is not None else content.schema
        flat = self.flats.of(schema)
        return flat.items if flat.type == "array" and flat.items is not None else schema

    def list_in(self, schema: Any, wanted: str = "") -> str:
        """Return the pointer to the list in a response: the wanted one if it is there, else the first of objects."""
        if self.flats.of(schema).type == "array":
            return ""
        if wanted and self.flats.of(self.below(schema, wanted)).type == "array":
            return wanted
        lists = [one for one, inner in self.flats.members(schema).items() if self.flats.of(inner).type == "array"]
        objects = [
            one for one in lists if self.flats.of(self.element(self.flats.members(schema)[one])).type in ("object", "")
        ]
        return f"/{escape((objects or lists)[0])}" if lists else ""

    def element(self, schema: Any) -> Any:
        """Return the schema of the elements of a list, or of the values of a map."""
        flat = self.flats.of(schema)
        if flat.items is not None:
            return flat.items
        return flat.additional if isinstance(flat.additional, dict) and flat.type == "object" else True

    # ------------------------------------------------------------------------------------------------------- inside
    def _kind(self, resource: Resource) -> Kind:
        uses = self.uses(resource.name)
        schema = self._item_schema(resource, uses)
        key = resource.key.parts[-1] if resource.key.parts else None
        unmade = not any(self._makes(resource, one) for one in uses)
        implicit = unmade and resource.implicit
        made = Kind(resource, self.store(resource.name), schema, unmade, implicit, key, True, True)
        if key is not None and key.field:
            made.key_schema = self.below(schema, key.field)
        if key is not None:
            made.path_schema = self._path_schema(resource, key.parameter)
        return made

    def _makes(self, resource: Resource, meaning: Meaning) -> bool:
        """Tell whether an operation makes items out of nothing: not from an item, and not a list of what there is."""
        path = meaning.key.partition(" ")[2]
        if meaning.role == "set-add" and path == resource.item:
            return True
        if meaning.role not in MAKES or resource.name in meaning.within.values():
            return False
        if (
            resource.item
            and path != resource.item
            and "{" in path
            and _shape(path).startswith(f"{_shape(resource.item)}/")
        ):
            return False
        return meaning.answers != "list" or meaning.style == "many" or path == resource.collection

    def _path_schema(self, resource: Resource, parameter: str) -> Schema:
        paths = {resource.item, *resource.other_paths}
        for operation in self.operations.values():
            if operation.path in paths or (resource.item and operation.path.startswith(resource.item)):
                for one in operation.parameters:
                    if one.location == "path" and one.name == parameter:
                        return one.schema
        return True

    def _item_schema(self, resource: Resource, uses: Iterable[Meaning]) -> Schema:
        if resource.schema:
            ref = {"$ref": f"#{resource.schema}"}
            if self.schemas.resolve(ref):
                return ref
        for role in ("read", "create", "update", "replace", "upsert", "list", "find"):
            for one in uses:
                found = self.success(one.key) if one.role == role else None
                if found is None or (role not in ("read", "list", "find") and one.answers != "item"):
                    continue
                inner = self.below(found, one.at)
                return self.element(inner) if role in ("list", "find") else inner  # type: ignore[no-any-return]
        return True


def _at(document: dict[str, Any], pointer: str) -> dict[str, Any]:
    """Return the object at a pointer, {} for anything else."""
    try:
        found = lookup(document, pointer)
    except KeyError:
        return {}
    return found if isinstance(found, dict) else {}


def _has_slash(examples: Iterable[Any]) -> bool:
    return any(isinstance(one, str) and "/" in one and "://" not in one for one in examples)


def _shape(path: str) -> str:
    """Return a path template without the names of its parameters."""
    return re.sub(r"\{[^{}]*\}", "{}", path)


def json_schema(content: Any) -> Schema | None:
    """Return the schema of the JSON among media types, else of the first, None for no content."""
    chosen = next((one for kind, one in content.items() if is_json(kind)), None) or next(iter(content.values()), None)
    return None if chosen is None else chosen.schema
