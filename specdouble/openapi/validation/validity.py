"""Whether values fit the schemas of a document, and if not, why."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from specdouble.openapi.places import places
from specdouble.openapi.pointers import join
from specdouble.openapi.schemas.cutter import Cutter
from specdouble.openapi.schemas.universe import Universe
from specdouble.openapi.schemas.values import Values
from specdouble.openapi.validation.standard import standard

_URI = "urn:document"
_UNSENT = {"request": frozenset({"readOnly"}), "response": frozenset({"writeOnly"})}
_BOTH = frozenset({"readOnly", "writeOnly"})


class Validity:
    """Judges values by the schemas of one document.

    What fits is found by our own reading of schemas, which is quick. What does not is judged once more by a validator,
    which then says why; members that are not part of a direction are not asked for.
    """

    def __init__(self, document: dict[str, Any], version: str) -> None:
        self.document = document
        self.version = version
        self.universe = Universe((document, version))
        self.values = Values(Cutter(self.universe), strict=True)
        self._forgiving = {unsent: Values(self.values.cutter, True, unsent) for unsent in (*_UNSENT.values(), _BOTH)}
        self._standard: dict[frozenset[str], Any] = {}

    def mistakes(self, value: Any, schema: Any, pointer: str, reading: str = "") -> Iterator[tuple[str, str]]:
        """Yield where in a value its schema, which stands at `pointer`, refuses it, and why."""
        unsent = _UNSENT.get(reading, _BOTH)
        if self._forgiving[unsent].fits(value, self.universe.add(schema, 0)):
            return
        try:
            validator = self._validator(pointer, unsent)
        except Exception:  # the library raises its own kinds; such a schema is found wrong by other rules
            return
        for found in validator.iter_errors(value):
            yield join(map(str, found.instance_path)), _line(found.message)

    def _validator(self, pointer: str, unsent: frozenset[str]) -> Any:
        import jsonschema_rs

        if unsent not in self._standard:
            document = standard_document(self.document, self.version, unsent)
            self._standard[unsent] = jsonschema_rs.Registry(
                [(_URI, document)], draft=jsonschema_rs.Draft202012, retriever=_refuse
            )
        schema = {"$ref": f"{_URI}#{quote(pointer, safe='/~')}"}
        return jsonschema_rs.Draft202012Validator(schema, registry=self._standard[unsent], validate_formats=True)


def _refuse(uri: str) -> Any:
    """Read nothing outside of the document: it may be somebody else's, and its references may name any file."""
    raise ValueError(f"{uri} is not followed")


def standard_document(document: dict[str, Any], version: str, unsent: frozenset[str]) -> Any:
    """Return a copy of the document in which every schema is written in 2020-12; other parts stay as they are."""
    made = _copy(document)
    root = "-"
    for place in places(made):
        if place.kind != "schema" or not isinstance(place.value, dict) or place.pointer.startswith(root):
            continue
        root = f"{place.pointer}/"  # inner schemas are written with the outer one
        fresh = standard(dict(place.value), version, unsent)
        if fresh != place.value:
            place.value.clear()
            place.value.update(fresh)
    return made


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value


def _line(text: str) -> str:
    return (text.splitlines() or [""])[0][:200]
