"""New keys in the form that the document gives them."""

from __future__ import annotations

import re
from typing import Any

from specdouble.digits import whole
from specdouble.mock.inferred.api import Api, Kind
from specdouble.mock.inferred.pointing import read
from specdouble.mock.state.world import World
from specdouble.openapi.model.evidence.words import words
from specdouble.openapi.patterns import matches
from specdouble.openapi.shapes import text_of
from specdouble.openapi.values import meaning
from specdouble.openapi.values.context import Context
from specdouble.openapi.values.make import MISSING
from specdouble.openapi.values.pattern import text_for

_TRIES = 40
_WORDY = frozenset({"name", "slug", "username", "login", "handle", "title"})


def text_key(value: Any) -> str:
    """Return the value of a key as the text that stands for it in a path; 7.0 is 7, for JSON makes no difference."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    try:
        return text_of(value)
    except ValueError:
        return str(value)


def new_key(api: Api, kind: Kind, world: World, context: Context, value: Any, taken: Any) -> Any:
    """Return a key that no item has, of the type of the member that holds it.

    `value` is the item as far as it is known, and `taken` tells whether the text of a key is in use.
    """
    member = api.flats.of(kind.key_schema if kind.field else kind.path_schema)
    path = api.flats.of(kind.path_schema)
    made: Any = None
    for turn in range(_TRIES):
        made = _candidate(kind, member, path, world, context, value, turn)
        if kind.field and member.type != "" and not api.maker.fits(member, made):
            fitted = api.fitter.scalar(kind.key_schema, made)
            made = (
                fitted
                if fitted is not MISSING
                else api.maker.make(kind.key_schema, context, kind.field.rpartition("/")[2])
            )
        if turn >= 2 and isinstance(member.rules.get("pattern"), str) and taken(text_key(made)):  # not its example
            text = text_for(member.rules["pattern"], context.rng, 0, member.rules.get("maxLength"))
            made = made if text is None else text
        if taken(text_key(made)):
            continue
        if (
            turn > _TRIES // 2
            or kind.path_schema is True
            or api.maker.fits(path, made)
            or api.maker.fits(path, _typed(made))
        ):
            break
    return made


def _typed(value: Any) -> Any:
    number = whole(value) if isinstance(value, str) else None
    return text_key(value) if number is None else number


def _candidate(kind: Kind, member: Any, path: Any, world: World, context: Context, value: Any, turn: int) -> Any:
    rules = {**path.rules, **member.rules}
    enum = member.enum or path.enum
    if enum:
        return enum[turn % len(enum)]
    if "integer" in (member.type, path.type) or member.type == "number":
        return _serial(kind, member if member.low is not None else path, world)
    shown = [one for one in (*member.examples, *path.examples) if isinstance(one, str)]
    if str(rules.get("format") or "") in ("uuid", "guid") or (shown and _UUID.fullmatch(shown[0])):
        return meaning.of_format("uuid", context)
    if isinstance(rules.get("pattern"), str):
        fitting = [one for one in shown if matches(rules["pattern"], one)]
        if fitting:
            return like(fitting[0], context)
        number = str(10**17 + world.serial(kind.store) * 4096)
        if matches(rules["pattern"], number) and len(number) <= (rules.get("maxLength") or len(number)):
            return number
        made = text_for(rules["pattern"], context.rng, int(rules.get("minLength", 0)), rules.get("maxLength"))
        if made is not None:
            return made
    last = words(kind.field)[-1] if words(kind.field) else ""
    if last in _WORDY:
        named = next(
            (one for one in (read(value, f"/{name}") for name in ("name", "title")) if isinstance(one, str)), None
        )
        text = re.sub(r"[^a-z0-9]+", "-", named.lower()).strip("-") if named and not kind.field.endswith("name") else ""
        text = text or str(meaning.of_name(last, context)).lower().replace(" ", "-")
        return text if turn == 0 else f"{text}-{turn + 1}"
    if shown:
        return like(shown[0], context)
    if rules.get("format"):
        made = meaning.of_format(str(rules["format"]), context)
        if made is not None:
            return made
    low, high = int(rules.get("minLength", 0)), rules.get("maxLength")
    length = max(low, min(20, int(high)) if isinstance(high, int) else 20)
    return "".join(context.rng.choice("0123456789abcdefghjkmnpqrstvwxyz") for _ in range(length))


def _serial(kind: Kind, bounds: Any, world: World) -> int:
    number = world.serial(kind.store)
    if bounds.low is not None and number < bounds.low:
        number += int(bounds.low) + (1 if bounds.strict_low else 0)
    return number


_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def like(shown: str, context: Context) -> str:
    """Return a text of the form of an example: the prefix of words stays, letters and digits change."""
    prefix = re.match(r"(?:[A-Za-z]+[_\-:])+", shown)
    kept = prefix[0] if prefix and len(prefix[0]) < len(shown) else ""
    rng = context.rng
    rest = shown[len(kept) :]
    if not any(char.isdigit() for char in rest) and len(rest) < 12:
        return f"{kept}{rest}-{rng.randint(100, 99999)}"
    hexadecimal = len(rest) >= 12 and re.fullmatch(r"[0-9a-f]*[a-f][0-9a-f]*", rest) is not None
    return kept + "".join(_char(one, rng, hexadecimal) for one in rest)


def _char(one: str, rng: Any, hexadecimal: bool) -> str:
    if hexadecimal:
        return str(rng.choice("0123456789abcdef"))
    if one.isdigit():
        return str(rng.choice("0123456789"))
    if one.isalpha() and one.isascii():
        return str(rng.choice("abcdefghijklmnopqrstuvwxyz" if one.islower() else "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    return one
