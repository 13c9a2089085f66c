"""The model as data: resources, what each operation does to them, and why that is believed."""

from dataclasses import asdict, dataclass, field
from typing import Any

from specdouble.openapi.extensions import Effect

ROLES = {
    "create": "makes an item",
    "list": "gives the items of a collection",
    "read": "gives one item",
    "replace": "writes one item as a whole",
    "update": "changes some members of one item",
    "upsert": "makes or replaces the item that the path names",
    "delete": "removes one item",
    "delete-many": "removes items of a collection",
    "find": "gives the items, or the item, that fit a question",
    "action": "does something to an item, a collection or the server",
    "singleton-read": "gives a thing of which there is one",
    "singleton-write": "writes a thing of which there is one",
    "singleton-delete": "resets or removes a thing of which there is one",
    "set-add": "puts members into a set",
    "set-remove": "takes members out of a set",
    "set-check": "says whether something is in a set",
    "derived": "gives figures that follow from other data",
    "upload": "takes in a file",
    "download": "gives out a file",
    "stream": "sends events while they happen",
    "none": "nothing that the model knows",
}
STYLES = {
    "whole": "the body is the whole item",
    "merge": "members of the body replace those of the item (RFC 7396)",
    "json-patch": "the body is a list of steps (RFC 6902)",
    "post": "a POST that merges the body, or query parameters, into the item",
    "many": "the body holds a list of items",
    "body-key": "the body holds the key of the item",
    "set": "the list holds the members of a set",
    "query": "a query parameter holds the key of the item",
}


@dataclass(frozen=True, slots=True)
class KeyPart:
    """One parameter of an item path, and the member of the item with the same value.

    `field` is a JSON pointer into the item, "" where the value of the path stands in no member.
    """

    parameter: str
    field: str
    type: str = ""


@dataclass(frozen=True, slots=True)
class Key:
    """What tells items apart. `chosen_by` is `server`, `client` or `either`, "" where nothing makes items."""

    parts: tuple[KeyPart, ...] = ()
    chosen_by: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Envelope:
    """JSON pointers to the list of items, to an item and to the item in a request; "" where nothing is around it."""

    list: str = ""
    item: str = ""
    request: str = ""


@dataclass(frozen=True, slots=True)
class Parent:
    """What a resource belongs to. `field` is the member that holds the parent's key, "" for none.

    `implicit` says that no operation makes the parent, so that any value of the parameter names one; `optional` that
    only some paths to the resource go through it.
    """

    resource: str
    parameter: str
    field: str = ""
    implicit: bool = False
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind of thing. `item` or `collection` is "" where no path leads there; `schema` is a pointer or "".

    `seed` is what is there at the start, where the document says so: a number of items, or the items; `hidden` names
    members that a server keeps and never shows.
    """

    name: str
    collection: str = ""
    item: str = ""
    key: Key = field(default_factory=Key)
    schema: str = ""
    envelope: Envelope = field(default_factory=Envelope)
    parents: tuple[Parent, ...] = ()
    owner: str = ""
    other_paths: tuple[str, ...] = ()
    reason: str = ""
    declared: bool = False
    seed: Any = None
    hidden: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Paging:
    """The style (`page`, `offset`, `cursor`, `limit`), its parameters, and the members of a response about a page."""

    style: str
    parameters: dict[str, str]
    members: dict[str, str]


@dataclass(frozen=True, slots=True)
class Filter:
    """A parameter that chooses items: by which member, and how.

    `test` is `equal`, `any-of`, `least`, `most`, `after`, `before` or `text`, which looks into `field` and `also`, or
    into all texts where `field` is "".
    """

    parameter: str
    field: str
    test: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """What an operation does. `within` maps path parameters to the resources above.

    `answers` says what comes back from a write, `at` is the pointer to the item or the list in the response, and
    `key_at` the one to the key of a new item, or `header Location`. `effects` are what it does beyond its role.
    """

    key: str
    role: str
    resource: str = ""
    style: str = ""
    answers: str = ""
    at: str = ""
    key_at: str = ""
    within: dict[str, str] = field(default_factory=dict)
    paging: Paging | None = None
    filters: tuple[Filter, ...] = ()
    sort: tuple[str, ...] = ()
    members: str = ""
    reason: str = ""
    declared: bool = False
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True, slots=True)
class Model:
    """What a document is about; `remarks` are corrections that could not be used."""

    resources: tuple[Resource, ...]
    operations: tuple[Operation, ...]
    remarks: tuple[str, ...] = ()

    def resource(self, name: str) -> Resource | None:
        """Return the resource of a name, or None."""
        return next((one for one in self.resources if one.name == name), None)

    @property
    def by_key(self) -> dict[str, Operation]:
        """The operations by key, such as "POST /pets"."""
        return {one.key: one for one in self.operations}

    def as_dict(self) -> dict[str, Any]:
        """Return the model as JSON data, without what is empty."""
        return {
            "resources": [_full(asdict(one)) for one in self.resources],
            "operations": [_full(asdict(one)) for one in self.operations],
            "remarks": list(self.remarks),
        }


def _full(value: Any) -> Any:
    """Copy data without empty members."""
    if isinstance(value, dict):
        made = {key: _full(one) for key, one in value.items()}
        return {key: one for key, one in made.items() if one not in ("", None, {}, [], False) or key == "field"}
    return [_full(one) for one in value] if isinstance(value, list | tuple) else value
