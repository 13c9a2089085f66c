"""What a schema looks like from outside: its kind, members and identity, and the envelope around an item or list."""

from dataclasses import dataclass, replace
from typing import Any

from specdouble.openapi.model.evidence.view import mapping
from specdouble.openapi.model.evidence.words import noun, plain, related, words
from specdouble.openapi.pointers import escape
from specdouble.openapi.references import References

_DEEP = 12
_LISTS = ("data", "items", "results", "entries", "records", "values", "rows", "content", "hits", "elements", "objects",
          "resources", "nodes", "list", "result", "value")  # fmt: skip
_WRAPS = ("data", "result", "item", "response", "payload", "attributes")
_META = frozenset({
    "total", "count", "next", "previous", "prev", "page", "pages", "perpage", "limit", "offset", "hasmore", "links",
    "meta", "metadata", "kind", "apiversion", "object", "url", "href", "cursor", "nextcursor", "size", "paging",
    "pagination", "pageinfo", "took", "success", "ok", "status", "message", "error", "errors", "code", "warnings",
    "totalcount", "totalpages", "pagesize", "nextpage", "prevpage", "nextpagetoken", "nexttoken", "cursors", "from",
    "first", "last", "hasnext", "hasnextpage", "iserror", "timestamp", "requestid", "version", "self", "start",
    "totalresults", "totalitems", "numfound", "pagetoken", "included", "etag", "snapshotid", "currentpage", "lastpage",
    "includes",
})  # fmt: skip
_META_SENT = frozenset({"meta", "links", "included", "jsonapi", "requestid", "errors"})
_OUTCOME = frozenset({"error", "errors", "success", "ok", "message", "messages", "warnings", "code", "requestid"})
_PAGE_BEGINS = frozenset({"next", "prev", "previous", "count", "has"})
_PAGE_ENDS = frozenset({"count", "total", "cursor", "iterator", "offset", "page", "pages"})
_TELLS = frozenset({"xml", "description", "title", "example", "examples", "default", "deprecated", "nullable",
                    "externalDocs", "readOnly", "writeOnly"})  # fmt: skip
_KEYS = frozenset({"id", "uid", "uuid", "guid", "gid", "sid"})
_SIMPLE = frozenset({"string", "integer", "number", "boolean"})


@dataclass(frozen=True, slots=True)
class Place:
    """What the path of a body says of it: what it speaks of, which members may be the key, and known items.

    `nouns` begin with the nearest; `keys` are names without case and separators; `known` are identities of schemas;
    `asks` says that the body is that of a request.
    """

    nouns: tuple[str, ...] = ()
    keys: frozenset[str] = frozenset()
    known: frozenset[str] = frozenset()
    asks: bool = False

    def names(self, member: str) -> bool:
        """Tell whether a member speaks of what the path speaks of."""
        return any(related(noun(member), one) for one in self.nouns)


@dataclass(frozen=True, slots=True)
class Shape:
    """What a body holds: `list`, `item`, `map`, `value` or `nothing`; where, and the schema of the one thing.

    `container` is the object that a list is a member of, or whose members tell of the page, and `outside` is where it
    stands.
    """

    kind: str
    pointer: str = ""
    schema: Any = None
    identity: str = ""
    member: str = ""
    around: tuple[str, ...] = ()
    container: Any = None
    outside: str = ""


NOTHING = Shape("nothing")


class Shapes:
    """Schemas of one document."""

    def __init__(self, references: References) -> None:
        self.references = references
        self._members: dict[int, tuple[Any, dict[str, Any]]] = {}
        self._plain: dict[int, tuple[Any, tuple[dict[str, Any], str]]] = {}
        self._kinds: dict[int, tuple[Any, str]] = {}

    def plain(self, schema: Any) -> tuple[dict[str, Any], str]:
        """Return a schema behind references, `null` alternatives and lone `allOf`, and the pointer that names it."""
        if id(schema) not in self._plain:
            self._plain[id(schema)] = schema, self._bare(schema)
        return self._plain[id(schema)][1]

    def _bare(self, schema: Any) -> tuple[dict[str, Any], str]:
        name = ""
        for _ in range(_DEEP):
            schema, found = self.references.follow(schema)
            name = found or name
            schema = mapping(schema)
            inner = self._only(schema)
            if inner is None:
                break
            schema = inner
        return mapping(schema), name

    def _only(self, schema: dict[str, Any]) -> Any:
        """Return the one schema that this one stands for, or None."""
        for word in ("allOf", "anyOf", "oneOf"):
            given = schema.get(word)
            if isinstance(given, list) and "properties" not in schema:
                real = [one for one in given if not (isinstance(one, dict) and one.get("type") == "null")]
                if word == "allOf":  # what only describes adds nothing
                    real = [one for one in real if not (isinstance(one, dict) and one.keys() <= _TELLS)]
                if len(real) == 1:
                    return real[0]
        return None

    def kind(self, schema: Any) -> str:
        """Return the JSON type of a schema, `binary` for files, "" where it is open."""
        known = self._kinds.get(id(schema))
        if known is None:
            known = self._kinds[id(schema)] = schema, self._kind(schema)  # an id is valid while its object lives
        return known[1]

    def _kind(self, schema: Any) -> str:
        bare, _ = self.plain(schema)
        given = bare.get("type")
        if isinstance(given, list):
            given = next((one for one in given if one != "null"), "")
        if given in ("file",) or bare.get("format") == "binary" or "contentMediaType" in bare:
            return "binary"
        if isinstance(given, str):
            return given
        if "items" in bare:
            return "array"
        return "object" if self.members(schema) or "additionalProperties" in bare else ""

    def items(self, schema: Any) -> Any:
        """Return the schema of the members of an array."""
        bare, _ = self.plain(schema)
        given = bare.get("items")
        return given if isinstance(given, dict) else {}

    def members(self, schema: Any, depth: int = 0) -> dict[str, Any]:
        """Return the members of an object with their schemas, those of alternatives included."""
        bare, _ = self.plain(schema)
        if id(bare) in self._members:
            return self._members[id(bare)][1]
        found = dict(mapping(bare.get("properties")))
        if depth < _DEEP:
            for word in ("allOf", "anyOf", "oneOf"):
                given = bare.get(word)
                for one in given if isinstance(given, list) else ():
                    for name, inner in self.members(one, depth + 1).items():
                        found.setdefault(name, inner)
        self._members[id(bare)] = bare, found
        return found

    def only_tells(self, schema: Any) -> bool:
        """Tell whether an object has no members, or only such that tell how something went."""
        return {plain(one) for one in self.members(schema)} <= _OUTCOME

    def required(self, schema: Any, depth: int = 0) -> frozenset[str]:
        """Return the members that an object must have."""
        bare, _ = self.plain(schema)
        given = bare.get("required")
        found = {one for one in given if isinstance(one, str)} if isinstance(given, list) else set()
        parts = bare.get("allOf")
        if isinstance(parts, list) and depth < _DEEP:
            for one in parts:
                found |= self.required(one, depth + 1)
        return frozenset(found)

    def identity(self, schema: Any) -> str:
        """Return what names a schema: its pointer in the document, else its members; "" for one without any."""
        bare, name = self.plain(schema)
        return name if self._named(name) else self._form(bare)

    def _named(self, pointer: str) -> bool:
        return pointer.startswith(("/components/schemas/", "/definitions/", "/x-referenced-files/", "/$defs/"))

    def _form(self, schema: dict[str, Any]) -> str:
        found = sorted(self.members(schema))
        return f"members {', '.join(found)}" if len(found) > 1 else ""

    def name(self, schema: Any) -> str:
        """Return the name under which a schema stands in the document, "" for one without."""
        _, pointer = self.plain(schema)
        return pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~") if self._named(pointer) else ""

    def alike(self, one: Any, other: Any) -> bool:
        """Tell whether two schemas may describe the same thing: most members of the smaller are in the larger."""
        if self.identity(one) == self.identity(other):
            return True
        a, b = self.members(one), self.members(other)
        if not a or not b:
            return True
        return len(a.keys() & b.keys()) * 2 >= min(len(a), len(b))

    def shape(self, schema: Any, place: Place, expect: str = "", depth: int = 0) -> Shape:
        """Return what a body holds; `expect` is `list` or `item` where the path says so, else ""."""
        if schema is None:
            return NOTHING
        kind = self.kind(schema)
        if kind == "array":
            return Shape("list", "", self.items(schema), self.identity(self.items(schema)))
        if kind not in ("object", ""):
            return Shape("value", schema=schema)
        members = self.members(schema)
        if not members:
            extra = self.plain(schema)[0].get("additionalProperties")
            if isinstance(extra, dict) and extra:
                return Shape("map", schema=extra, identity=self.identity(extra))
            return Shape("item" if kind == "object" else "value", schema=schema, identity=self.identity(schema))
        whole = Shape("item", schema=schema, identity=self.identity(schema), around=tuple(members))
        if depth > 2:
            return whole
        found = self._list_inside(schema, place, expect) or self._item_inside(schema, place, expect, depth)
        return found or whole

    def _list_inside(self, schema: Any, place: Place, expect: str) -> Shape | None:
        """Return the list that an object is the envelope of, None where it is none."""
        members = self.members(schema)
        if expect != "list" and self._has_key(members, place):
            return None
        kinds = {name: self.kind(members[name]) for name in members}
        arrays = [n for n in members if kinds[n] == "array" and (plain(n) not in _META or place.names(n))]
        fitting = sorted((n for n in arrays if place.names(n)), key=lambda name: noun(name) not in place.nouns)
        usual = [name for word in _LISTS for name in arrays if plain(name) == word]
        rest = [name for name in members if not self._is_meta(name, members, place)]
        if not self._has_key(members, place):
            rest = [name for name in rest if not _tells_of_page(name, kinds[name])]
        paged = len(rest) < len(members)
        for name in (*fitting, *usual, *arrays):
            items = self.items(members[name])
            of_objects = self.kind(items) in ("object", "")
            named = name in fitting or name in usual
            alone = all(one == name for one in rest) and (paged or named or (of_objects and expect != "item"))
            expected = expect == "list" and named and len(rest) <= 4
            if (alone and (of_objects or expect != "item" or not paged)) or expected:
                return self._list_at(name, schema)
        identity = self.identity(schema)
        for name in (*fitting, *usual, *arrays) if identity not in place.known else ():
            others = [kinds[one] in _SIMPLE for one in rest if one != name]
            known = self.identity(self.items(members[name])) in place.known
            if known and (expect == "list" or (not expect and all(others) and not self._has_key(members, place))):
                return self._list_at(name, schema)
        return None

    def _list_at(self, name: str, schema: Any) -> Shape:
        members = self.members(schema)
        items = self.items(members[name])
        return Shape("list", f"/{escape(name)}", items, self.identity(items), name, tuple(members), schema)

    def _item_inside(self, schema: Any, place: Place, expect: str, depth: int) -> Shape | None:
        """Return the item, or list, in the one member that an object is there for; None where it is there for more."""
        members = self.members(schema)
        rest = [name for name in members if not self._is_meta(name, members, place)]
        objects = [name for name in rest if self.kind(members[name]) == "object"]
        wrapping = [one for one in objects if plain(one) in _WRAPS or place.names(one)]
        for name in objects:
            if plain(name) == "embedded" and expect != "item":
                inner = self._inner(name, members, place, expect, depth)
                if inner.kind == "list" and not inner.outside:
                    made = self._below(name, inner, tuple(members))
                    return Shape(made.kind, made.pointer, made.schema, made.identity, name, made.around, schema)
        if len(rest) == 1 and objects:
            inner = self._inner(objects[0], members, place, expect, depth)
            if inner.kind == "list" or objects[0] in wrapping:
                return self._below(objects[0], inner, tuple(members))
        if expect == "item" and not self._has_key(members, place) and self.identity(schema) not in place.known:
            named = [one for one in objects if noun(one) in place.nouns[:1]]
            named = named or [one for one in objects if related(noun(one), next(iter(place.nouns), ""))]
            if not named and not place.asks and {self.kind(members[one]) for one in rest} - {"object"} <= _SIMPLE:
                named = [one for one in objects if plain(one) in ("data", "result")] if len(objects) == 1 else []
            if len(named) == 1:
                inner = self._inner(named[0], members, place, expect, depth)
                return self._below(named[0], inner, tuple(members)) if inner.kind == "item" else None
        return None

    def _is_meta(self, name: str, members: dict[str, Any], place: Place) -> bool:
        """Tell whether a member is about the response; an object that is named like the thing is the thing."""
        if plain(name) not in (_META_SENT if place.asks else _META):
            return False
        return self.kind(members[name]) != "object" or noun(name) not in place.nouns

    def _has_key(self, members: dict[str, Any], place: Place) -> bool:
        """Tell whether an object has a member that may be its key, so that it is the item and no envelope."""
        wanted = place.keys or _KEYS
        return any(plain(one) in wanted and not self.members(members[one]) for one in members)

    def _inner(self, name: str, members: dict[str, Any], place: Place, expect: str, depth: int) -> Shape:
        return self.shape(members[name], replace(place, nouns=(*place.nouns, noun(name))), expect, depth + 1)

    def _below(self, name: str, inner: Shape, others: tuple[str, ...]) -> Shape:
        around = inner.around if inner.kind == "list" else others
        at = f"/{escape(name)}"
        outside = f"{at}{inner.outside}" if inner.container is not None else ""
        return Shape(
            inner.kind, f"{at}{inner.pointer}", inner.schema, inner.identity, name, around, inner.container, outside
        )


def _tells_of_page(name: str, kind: str) -> bool:
    """Tell whether a member is about a page of a list: `nextLink`, `count_current`."""
    found = words(name)
    return kind in _SIMPLE and bool(found) and (found[0] in _PAGE_BEGINS or found[-1] in _PAGE_ENDS)
