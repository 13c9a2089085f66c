"""Values for parameters and bodies: what the document shows, else what its schema and its names ask for."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from specdouble.openapi import Content, Op, Parameter
from specdouble.openapi.bodies import Bodies, File
from specdouble.openapi.effective import Document
from specdouble.openapi.media_types import is_json
from specdouble.openapi.model.evidence.words import words
from specdouble.openapi.values.context import Context, chance
from specdouble.openapi.values.flat import Flat, Flats
from specdouble.openapi.values.make import Maker, bounded
from specdouble.verify.api.known import MISSING

Refer = Callable[[str, Any], Any]
_counter = itertools.count(1)
# Members of which there may be only one of a value: they get a value that nobody used before.
_UNIQUE = frozenset(
    {
        "name",
        "title",
        "slug",
        "email",
        "username",
        "login",
        "code",
        "key",
        "label",
        "handle",
        "nickname",
        "sku",
        "identifier",
        "reference",
        "domain",
        "hostname",
        "subject",
        "summary",
        "id",
        "tag",
        "symbol",
    }
)
_TO_COME = frozenset(
    {
        "due",
        "expires",
        "expire",
        "expiry",
        "expiration",
        "end",
        "ends",
        "until",
        "deadline",
        "scheduled",
        "start",
        "starts",
        "begin",
        "begins",
        "from",
        "to",
        "checkin",
        "checkout",
        "arrival",
        "departure",
        "planned",
    }
)
_BEGINS = frozenset({"start", "starts", "begin", "begins", "from", "checkin", "arrival"})
_FEW = frozenset({"quantity", "qty", "units", "seats", "pieces", "tickets", "copies"})
_DEEPEST = 3
_ODD = 37  # no default, and nothing that rounding leaves alone
_FAR = 1_900_000_000  # whole numbers from here on name nothing yet
_SHORT = "abcdefghijklmnopqrstuvwxyz"


class Filler:
    """Makes values for one document; nothing is made twice where it may have to be unique."""

    def __init__(self, document: Document, seed: int, worker: str = "main") -> None:
        self.document = document
        self.schemas = document.schemas
        self.flats = Flats(document.schemas)
        self.maker = Maker(self.flats)
        self.seed = seed
        stem = random.Random(f"{seed} {worker} {time.time_ns()}").getrandbits(24)
        self.stem = _letters(stem)
        self.start = 1_000_000 + stem * 100  # numbers from here on are thought to be free

    def context(self, *, full: bool, refer: Refer | None = None, number: int = 0) -> Context:
        """Return what a value is made for."""
        rng = chance(self.seed, next(_counter)) if number else chance(self.seed)
        return Context(rng, time.time(), rich=full, request=True, number=number, refer=refer)

    # -- bodies --------------------------------------------------------------------------------------------------

    @staticmethod
    def content(op: Op) -> Content | None:
        """Return the media type in which a body is sent: JSON where it is declared, else the first."""
        known = op.spec.body.content if op.spec.body else {}
        ordered = sorted(known.values(), key=lambda one: (not is_json(one.media_type), "json-patch" in one.media_type))
        return ordered[0] if ordered else None

    def body(self, op: Op, *, full: bool, example: bool, refer: Refer | None, plain_texts: bool = False) -> Any:
        """Return a body, MISSING where an operation takes none."""
        content = self.content(op)
        if content is None:
            return MISSING
        validator = self.schemas.validator(content.schema, "request")
        if example and content.has_example and validator.is_valid(content.example):
            made = content.example
            return self._touched(self.flats.of(content.schema), made, refer, 0)
        made = self.maker.make(content.schema, self.context(full=full, refer=refer))
        if not validator.is_valid(made):
            for number in range(1, 6):
                tried = self.maker.make(content.schema, self.context(full=full, refer=refer, number=number))
                if validator.is_valid(tried):
                    made = tried
                    break
        flat = self.flats.of(content.schema)
        if made == [] and flat.items is not None:
            made = [self.maker.make(flat.items, self.context(full=full, refer=refer))]
        touched = self._touched(flat, made, None, 0)
        if plain_texts:
            touched = self._plain(flat, touched)
        return touched if validator.is_valid(touched) else made

    def _touched(self, flat: Flat, value: Any, refer: Refer | None, depth: int) -> Any:
        """Return a value with live references, and with new texts where there may be only one of each."""
        if isinstance(value, list) and depth == 0 and flat.items is not None:
            return [self._touched(self.flats.of(flat.items), one, refer, 1) for one in value]
        if not isinstance(value, dict) or depth > _DEEPEST:
            return value
        made = {}
        for name, one in value.items():
            inner = self.flats.of(flat.properties[name]) if name in flat.properties else None
            if isinstance(one, list) and inner is not None:
                made[name] = self._listed(inner, name, one)
                continue
            if inner is None:
                made[name] = one
                continue
            if inner.read_only:
                continue
            found = refer(name, inner) if refer is not None and not isinstance(one, dict) else None
            if found is not None and self.maker.fits(inner, found):
                made[name] = found
            elif isinstance(one, dict):
                made[name] = self._touched(inner, one, refer, depth + 1)
            else:
                made[name] = self.unique(inner, name, one)
        return made

    def _listed(self, flat: Flat, name: str, value: list[Any]) -> list[Any]:
        """Return a list with few of everything, not empty by default alone, and in no order by chance."""
        if flat.items is None:
            return value
        inner = self.flats.of(flat.items)
        made = value
        if not value and flat.has_default and inner.type in ("string", "integer", "number"):
            made = [self.maker.make(flat.items, self.context(full=True))]
        free = inner.type == "string" and not inner.enum and not {"format", "pattern"} & inner.rules.keys()
        if free and len(made) == 1 and words(name)[-1:] not in (("id",), ("ids",)):
            mark = _letters(next(_counter))
            made = [f"z{mark}", f"a{mark}"]
        value = made if self.maker.fits(flat, made) else value
        return [
            {
                name: self.few(self.flats.of(inner.properties[name]), name, held) if name in inner.properties else held
                for name, held in one.items()
            }
            if isinstance(one, dict)
            else one
            for one in value
        ]

    def few(self, flat: Flat, name: str, value: Any) -> Any:
        """Return 2 for a number of things that are ordered or the like: there may be few of them."""
        said = words(name)
        small = flat.type == "integer" and bool(said) and said[-1] in _FEW and not flat.enum
        return 2 if small and self.maker.fits(flat, 2) else value

    def _plain(self, flat: Flat, value: Any, depth: int = 0) -> Any:
        """Return a value whose texts without format, pattern or list are one word, and whose maps hold something."""
        if depth > _DEEPEST:
            return value
        if isinstance(value, list) and flat.items is not None:
            return [self._plain(self.flats.of(flat.items), one, depth + 1) for one in value]
        if isinstance(value, dict):
            if not value and isinstance(flat.additional, dict):
                return {_letters(self.start): self._plain(self.flats.of(flat.additional), "a", depth + 1)}
            return {
                name: self._plain(self.flats.of(flat.properties[name]), one, depth + 1)
                if name in flat.properties
                else one
                for name, one in value.items()
            }
        free = (
            isinstance(value, str) and flat.type == "string" and not {"format", "pattern", "enum"} & flat.rules.keys()
        )
        if not free or flat.enum:
            return value
        made = f"{self.stem}{_letters(next(_counter))}"
        high = flat.rules.get("maxLength")
        return made[-high:] if isinstance(high, int) else made

    def unique(self, flat: Flat, name: str, value: Any) -> Any:
        """Return a text that nobody used before where a member of that name may have to be unique."""
        if isinstance(value, int | float) and not isinstance(value, bool) and flat.has_default and not flat.enum:
            odd = type(value)((flat.low or 0) + _ODD)
            return odd if self.maker.fits(flat, odd) else value
        parts = words(name) or ("",)
        if self.few(flat, name, value) != value:
            return 2
        if not isinstance(value, str) or flat.enum or parts[-1] not in _UNIQUE or (parts[-1] == "id" and parts[1:]):
            return self.later(flat, parts, value)
        mark = f"{self.stem}{_letters(next(_counter))}"
        tries = [f"{value} {mark}", f"{value}-{mark}", f"{value}{mark}", mark, mark.upper(), f"{mark}@example.com"]
        if "@" in value:
            local, _, domain = value.partition("@")
            tries.insert(0, f"{local}.{mark}@{domain}")
        high = flat.rules.get("maxLength")
        if isinstance(high, int):
            tries += [mark[-high:]]
            tries = [one for one in tries if len(one) <= high]
        return next((one for one in tries if self.maker.fits(flat, one)), self._other(flat, name, value))

    def fresh_key(self, op: Op, name: str, value: Any) -> Any:
        """Return a key that no thing has yet, for what the client names."""
        content = self.content(op)
        members = self.flats.members(content.schema) if content is not None else {}
        flat = self.flats.of(members[name]) if name in members else None
        if flat is None or flat.enum or isinstance(value, bool) or not isinstance(value, str | int):
            return value
        if isinstance(value, int):
            made = self.start + next(_counter)
            return made if self.maker.fits(flat, made) else bounded(flat, made, whole=True)
        return self.unique(flat, name if set(words(name)) & _UNIQUE and len(words(name)) == 1 else "name", value)

    @staticmethod
    def later(flat: Flat, parts: Sequence[str], value: Any) -> Any:
        """Return a time to come where a member of that name asks for one: when something is due, ends, expires."""
        if flat.rules.get("format") not in ("date", "date-time") or _TO_COME.isdisjoint(parts):
            return value
        days = 30 if _BEGINS.isdisjoint(parts) else 20
        at = datetime.fromtimestamp(time.time(), UTC).replace(microsecond=0) + timedelta(days=days)
        return at.strftime("%Y-%m-%d" if flat.rules["format"] == "date" else "%Y-%m-%dT%H:%M:%SZ")

    # -- values --------------------------------------------------------------------------------------------------

    def parameter(self, one: Parameter, refer: Refer | None = None, *, fresh: bool = False) -> Any:
        """Return a value of a parameter; a `fresh` one was not used before."""
        flat = self.flats.of(one.schema)
        if refer is not None:
            found = refer(one.name, flat)
            if found is not None and self.maker.fits(flat, found):
                return found
        if fresh:
            made = self.maker.make(one.schema, self.context(full=True, number=next(_counter)), one.name)
            if isinstance(made, int) and not isinstance(made, bool) and not flat.enum:
                return bounded(flat, _FAR + next(_counter), whole=True)
            if isinstance(made, str) and not flat.enum:
                mark = f"{self.stem}{_letters(next(_counter))}"
                tries = (f"{words(one.name)[0] if words(one.name) else 'x'}-{mark}", mark, made)
                return next((text for text in tries if self.maker.fits(flat, text)), made)
            return made
        for shown in (one.example, one.default):
            if shown is not None and self.maker.fits(flat, shown):
                return shown
        made = self.maker.make(one.schema, self.context(full=True), one.name)
        return made if made not in (MISSING, None) else "text"

    def usual(self, schema: Any, name: str) -> Any:
        """Return the value of a member that a full body would have."""
        return self.maker.make(schema, self.context(full=True), name)

    def fitting(self, schema: Any, value: Any) -> Any:
        """Return a value if it is one of a schema, else MISSING."""
        return value if self.maker.fits(self.flats.of(schema), value) else MISSING

    def another(self, schema: Any, value: Any, name: str) -> Any:
        """Return a valid value that differs from another one; MISSING where there is none."""
        flat = self.flats.of(schema)
        if flat.options:
            return MISSING
        made = self._other(flat, name, value)
        return made if made is not MISSING and made != value and self.maker.fits(flat, made) else MISSING

    def _other(self, flat: Flat, name: str, value: Any) -> Any:
        if flat.enum:
            return next((one for one in flat.enum if one != value and one is not None), MISSING)
        kind = flat.type
        if kind == "boolean":
            return not value
        if kind in ("integer", "number"):
            start = value if isinstance(value, int | float) and not isinstance(value, bool) else 1
            step = flat.rules.get("multipleOf") or 1
            for one in (start + step, start - step, start + 2 * step):
                if bounded(flat, one, kind == "integer") == one:
                    return one
            return MISSING
        if kind == "array" and (two := self.several(flat.raw, name)) not in ([], value):
            return two
        for _ in range(4):
            made = self.maker.make(flat.raw, replace(self.context(full=True, number=next(_counter)), number=1), name)
            if kind == "string" and not {"format", "pattern"} & flat.rules.keys():
                mark = f"{self.stem}{_letters(next(_counter))}"
                high = flat.rules.get("maxLength")
                made = mark if not isinstance(high, int) or len(mark) <= high else mark[-high:]
            if made not in (value, None, MISSING) and self.maker.fits(flat, made):
                return made
        return MISSING

    def several(self, schema: Any, name: str) -> list[Any]:
        """Return a list of two words or numbers, for one that is lost shows only among several; [] for other lists."""
        flat = self.flats.of(schema)
        inner = self.flats.of(flat.items) if flat.items is not None else None
        if inner is None or inner.type not in ("string", "integer") or words(name)[-1:] in (("ids",), ("id",)):
            return []
        first = self._other(inner, name, None)
        made = [first, self._other(inner, name, first)]
        return made if MISSING not in made and made[0] != made[1] and self.maker.fits(flat, made) else []

    # -- bytes ---------------------------------------------------------------------------------------------------

    def encoded(self, op: Op, value: Any) -> tuple[bytes, str] | None:
        """Return a body that is not JSON as bytes with its media type, None for JSON.

        Raises:
            BodyError: its media type cannot hold the value.

        """
        content = self.content(op)
        if content is None or op.spec.body is None:
            return None
        if is_json(content.media_type):
            return None
        bodies = Bodies(op.spec.body.content, self.schemas.shapes)
        media_type = content.media_type if "*" not in content.media_type else "application/octet-stream"
        if media_type == "multipart/form-data" and isinstance(value, dict):
            value = self._with_files(self.flats.of(content.schema), value)
        elif media_type.startswith("text/") and isinstance(value, bool | int | float):
            return str(value).lower().encode(), media_type
        elif not isinstance(value, str | bytes | dict | list) or (
            media_type == "application/octet-stream" and isinstance(value, dict | list)
        ):
            value = b"specdouble"
        return bodies.encode(value, media_type)

    def _with_files(self, flat: Flat, value: dict[str, Any]) -> dict[str, Any]:
        made = {}
        for name, one in value.items():
            inner = self.flats.of(flat.properties[name]) if name in flat.properties else None
            several = inner is not None and inner.type == "array" and inner.items is not None
            what = self.flats.of(inner.items) if several and inner is not None else inner
            if what is not None and (what.rules.get("format") == "binary" or "contentMediaType" in what.rules):
                file = File(b"specdouble", f"{name}.txt", "text/plain")
                made[name] = [file] if several else file
            else:
                made[name] = one
        return made


def _letters(number: int) -> str:
    """Write a number in lower-case letters, which most patterns take."""
    text = ""
    while True:
        number, rest = divmod(number, len(_SHORT))
        text = _SHORT[rest] + text
        if not number:
            return text
