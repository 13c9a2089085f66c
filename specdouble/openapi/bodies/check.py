"""Whether the bytes of a body are what the document declares: its media type, its syntax, its schema.

The one check for requests and responses of every media type, for a server as for a verifier.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from specdouble.openapi.bodies.base import BodyError, Limits, Place, without_files
from specdouble.openapi.bodies.codec import EVENTS, SEQUENCES, Bodies
from specdouble.openapi.media_types import is_json, kind_of
from specdouble.openapi.operations import Content
from specdouble.openapi.validation.compiled import Schema, Schemas
from specdouble.openapi.validation.telling import errors_of


@dataclass(frozen=True, slots=True)
class BodyMistake:
    """One thing that is wrong with a body: where in it, what, and which kind.

    `kind` is that of `BodyError` (`syntax`, `media-type`, `size`) or `schema`.
    """

    place: Place
    message: str
    kind: str

    def __str__(self) -> str:
        where = "".join(f"/{one}" for one in self.place)
        return f"{where}: {self.message}" if where else self.message


class BodyCheck:
    """Checks the bodies of one request or response. `reading` is `request`, `response` or "" (see `Schemas`).

    With `texts`, what a form says stays text, for who reads the types by rules of their own.
    """

    def __init__(
        self, content: Mapping[str, Content], schemas: Schemas, reading: str = "", limits: Limits | None = None,
        *, texts: bool = False,
    ) -> None:  # fmt: skip
        self.bodies = Bodies(content, schemas.texts if texts else schemas.shapes, limits)
        self._schemas = schemas
        self._reading = reading

    def read(self, raw: bytes, content_type: str | None = None) -> tuple[Any, list[BodyMistake]]:
        """Return what a body says (see `Bodies.decode`; None where it cannot be read), and what is wrong with it."""
        try:
            media_type, content = self.bodies.pick(content_type)
            value = self.bodies.decode(raw, content_type)
        except BodyError as error:
            return None, [BodyMistake(error.place, error.reason, error.kind)]
        return value, list(self.mistakes(without_files(value), content, kind_of(media_type)))

    def mistakes(self, value: Any, content: Content, kind: str) -> Iterator[BodyMistake]:
        """Yield what is wrong with what was read from a body of that media type (without its files)."""
        form = self._schemas.shapes.of(content.schema).form
        item = content.item_schema
        if kind in SEQUENCES and isinstance(value, list) and form == "object":
            # Before 3.2 there was no word for the schema of one item. What an event holds is not said by it.
            item = item if item is not None or kind == EVENTS else content.schema
        elif not (kind == "application/json-patch+json" and form == "object"):  # the schema of what is patched
            yield from self._misfits(value, content.schema, ())
        if item is not None and isinstance(value, list):
            for index, one in enumerate(value):
                yield from self._misfits(one, item, (index,))
                yield from self._inner(one, item, (index,))

    def _inner(self, item: Any, schema: Schema, place: Place) -> Iterator[BodyMistake]:
        """Check JSON inside of a text, as the data of an event: `contentMediaType` with `contentSchema`."""
        for name, member in self._schemas.properties(schema).items() if isinstance(item, dict) else ():
            inner, text = member.get("contentSchema"), item.get(name)
            if inner is None or not isinstance(text, str) or not is_json(str(member.get("contentMediaType", ""))):
                continue
            from specdouble.openapi.bodies import json_body

            try:
                value = json_body.read(text.encode("utf-8", "replace"), self.bodies.limits)
            except BodyError as error:
                yield BodyMistake((*place, name), error.reason, error.kind)
            else:
                yield from self._misfits(value, inner, (*place, name))

    def _misfits(self, value: Any, schema: Schema, place: Place) -> Iterator[BodyMistake]:
        validator = self._schemas.validator(schema, self._reading)
        try:
            if validator.is_valid(value):
                return
            for error in errors_of(validator, value):
                message = (error.message.splitlines() or [""])[0][:300]
                yield BodyMistake((*place, *error.instance_path), message, "schema")
        except ValueError as error:  # half an emoji, or a number beyond what the library takes
            yield BodyMistake(place, f"cannot be validated ({error})", "schema")
