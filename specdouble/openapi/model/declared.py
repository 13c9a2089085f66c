"""Corrections: what `x-specdouble-resource` at a path and `x-specdouble-role` at an operation say wins over inference.

x-specdouble-resource: pet                 # a name alone, or
x-specdouble-resource:
  name: pet
  item: /pets/{petId}                      # paths as the document prints them
  collection: /pets
  key: {petId: /id}                        # parameter: pointer into the item; a text alone is the pointer
  chosen-by: server                        # or client, either
  schema: '#/components/schemas/Pet'
  envelope: {list: /data, item: '', request: ''}
  parents: {store: {parameter: storeId, field: /store_id, implicit: true}}
  owner: caller

x-specdouble-role: find                    # a role alone, or
x-specdouble-role: {role: find, resource: pet, style: query, filters: {status: {field: /status, test: equal}}}
"""

from dataclasses import replace
from typing import Any

from specdouble.openapi.errors import closest
from specdouble.openapi.extensions import EFFECT, RESOURCE, ROLE, read_effects
from specdouble.openapi.model.collect import Collection, Draft
from specdouble.openapi.model.evidence.tree import Node
from specdouble.openapi.model.evidence.view import mapping
from specdouble.openapi.model.parts import ROLES, Envelope, Filter, Key, KeyPart, Operation, Paging, Parent, Resource

_RESOURCE = (
    "name",
    "item",
    "collection",
    "key",
    "chosen-by",
    "schema",
    "envelope",
    "parents",
    "owner",
    "seed",
    "hidden",
)
_ROLE = ("role", "resource", "style", "answers", "at", "key_at", "within", "paging", "filters", "sort", "members")


class Corrections:
    """What a document says about itself. `remarks` names what could not be used, and why."""

    def __init__(self, root: Node) -> None:
        self.remarks: list[str] = []
        self.nodes = {operation.path: node for node in root.walk() for operation in node.operations}
        self.implied = {node.path: node for node in root.walk()}

    def resources(self, collection: Collection) -> None:
        """Give every declaration to the resource that it is about, or make one, before roles are looked for."""
        for path, node in self.nodes.items():
            given = node.operations[0].item.get(RESOURCE)
            if given is None:
                continue
            said = {"name": given} if isinstance(given, str) else mapping(given)
            if not said:
                self._remark(path, RESOURCE, "is neither a name nor a mapping")
                continue
            self._known(said, _RESOURCE, f"{path}: {RESOURCE}")
            self._apply(collection, path, node, said)

    def _apply(self, collection: Collection, path: str, node: Node, said: dict[str, Any]) -> None:
        item, top = self._node(path, said, "item"), self._node(path, said, "collection")
        by_name = [one for one in collection.drafts if one.name == said.get("name")]
        found = (item and collection.of_item.get(item)) or (top and collection.of_list.get(top))
        if found is None and item is None and top is None:
            here = collection.of_item.get(node) if node.variable else collection.of_list.get(node)
            found = here or next(iter(by_name), None)
        draft = found or next(iter(by_name), None)
        if draft is None:
            draft = Draft(str(said.get("name") or "item"), name=str(said.get("name") or "item"))
            collection.drafts.append(draft)
            item = item or (node if node.variable and top is None else None)
            top = top or (node if not node.variable and item is None else None)
        draft.declared = said
        draft.name = str(said.get("name") or draft.name)
        if item is not None and item is not draft.item:
            draft.item = item
            draft.items = [item, *(one for one in draft.items if one is not item)]
            collection.of_item[item] = draft
        if top is not None and top is not draft.collection:
            draft.collection = top
            collection.of_list[top] = draft
            draft.collections += [top] if top not in draft.collections else []

    def _node(self, path: str, said: dict[str, Any], key: str) -> Node | None:
        wanted = said.get(key)
        if not wanted:
            return None
        found = self.nodes.get(wanted) or self.implied.get(wanted)
        if found is None:
            guess = closest(str(wanted), self.implied)
            self._remark(path, RESOURCE, f"names the {key} path {wanted}, which the document does not have", guess)
        return found

    def resource(self, made: Resource, said: dict[str, Any]) -> Resource:
        """Return a resource with what is declared in the place of what was inferred."""
        if not said:
            return made
        changes: dict[str, Any] = {"declared": True, "reason": f"declared by {RESOURCE}; {made.reason}"}
        if "schema" in said:
            changes["schema"] = str(said["schema"]).removeprefix("#")
        if "seed" in said:
            changes["seed"] = said["seed"]
        if isinstance(said.get("hidden"), list):
            changes["hidden"] = tuple(map(str, said["hidden"]))
        if "owner" in said:
            changes["owner"] = str(said["owner"] or "")
        if isinstance(said.get("envelope"), dict):
            given = {name: str(one or "") for name, one in said["envelope"].items()}
            changes["envelope"] = replace(made.envelope, **{k: v for k, v in given.items() if k in _ENVELOPE})
        if isinstance(said.get("parents"), dict):
            changes["parents"] = tuple(_parent(str(name), mapping(one)) for name, one in said["parents"].items())
        parts = made.key.parts
        if isinstance(said.get("key"), dict):
            types = {part.parameter: part.type for part in parts}
            parts = tuple(KeyPart(str(k), _pointer(v), types.get(str(k), "")) for k, v in said["key"].items())
        elif isinstance(said.get("key"), str):
            last = parts[-1] if parts else KeyPart("", "")
            parts = (*parts[:-1], replace(last, field=_pointer(said["key"])))
        chosen = str(said.get("chosen-by", made.key.chosen_by) or "")
        return replace(made, key=Key(parts, chosen, made.key.reason), **changes)

    def operation(self, made: Operation, said: Any, effect: Any, names: list[str]) -> Operation:
        """Return an operation with what is declared in the place of what was inferred."""
        if effect is not None:
            made = replace(made, effects=read_effects(effect))
            for one in made.effects:
                for name in (one.resource, *(creation.resource for creation in one.create)):
                    if name and name not in names:
                        what = f"names the resource {name}, which is not known"
                        self._remark(made.key, EFFECT, what, closest(name, names))
        if said is None:
            return made
        given: dict[str, Any] = {"role": said} if isinstance(said, str) else mapping(said)
        self._known(given, _ROLE, f"{made.key}: {ROLE}")
        role = given.get("role", made.role)
        if role not in ROLES:
            self._remark(made.key, ROLE, f"says {role!r}, which is no role", closest(str(role), ROLES))
            return made
        wanted = given.get("resource", made.resource)
        if wanted and wanted not in names:
            self._remark(
                made.key, ROLE, f"names the resource {wanted}, which is not known", closest(str(wanted), names)
            )
            wanted = made.resource
        changes: dict[str, Any] = {"role": role, "resource": str(wanted or ""), "declared": True}
        if isinstance(said, str) and role != made.role:
            changes["style"] = ""
        for name in ("style", "answers", "at", "key_at", "members"):
            if name in given:
                changes[name] = str(given[name] or "")
        if isinstance(given.get("within"), dict):
            changes["within"] = {str(name): str(one) for name, one in given["within"].items()}
        if isinstance(given.get("paging"), dict):
            style, parameters, members = (given["paging"].get(one) for one in ("style", "parameters", "members"))
            changes["paging"] = Paging(str(style), mapping(parameters), mapping(members))
        elif "paging" in given:
            changes["paging"] = None
        if isinstance(given.get("filters"), dict):
            changes["filters"] = tuple(_filter(str(name), one) for name, one in given["filters"].items())
        if "sort" in given:
            text = given["sort"]
            changes["sort"] = tuple(str(text).split()) if isinstance(text, str) else tuple(map(str, text or ()))
        return replace(made, reason=f"declared by {ROLE}", **changes)

    def _known(self, said: dict[str, Any], known: tuple[str, ...], where: str) -> None:
        for name in said:
            if name not in known and not str(name).startswith("x-"):
                self._remark(where.partition(": x-")[0], where.rpartition(" ")[2], f"has an unknown field {name}",
                             closest(str(name), known))  # fmt: skip

    def _remark(self, where: str, field: str, what: str, guess: str | None = None) -> None:
        self.remarks.append(f"{where}: {field} {what}.{f' Did you mean {guess}?' if guess else ''}")


_ENVELOPE = tuple(Envelope.__slots__)


def _pointer(value: Any) -> str:
    text = str(value or "")
    return text if not text or text.startswith("/") else f"/{text}"


def _parent(name: str, said: dict[str, Any]) -> Parent:
    return Parent(name, str(said.get("parameter") or ""), _pointer(said.get("field")), said.get("implicit") is True,
                  said.get("optional") is True)  # fmt: skip


def _filter(name: str, said: Any) -> Filter:
    if isinstance(said, str):
        return Filter(name, _pointer(said), "equal")
    given = mapping(said)
    fields = given.get("field")
    first, *also = fields if isinstance(fields, list) and fields else [fields]
    return Filter(name, _pointer(first), str(given.get("test") or "equal"), tuple(map(_pointer, also)))
