"""Named values as `name=value` pairs: what query strings, URL-encoded forms and exploded cookies are made of."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from specdouble.openapi.parameters import styles
from specdouble.openapi.parameters.nested import build, flatten, steps
from specdouble.openapi.parameters.styles import Texts
from specdouble.openapi.reading.json_text import encode as write_json
from specdouble.openapi.shapes import ANYTHING, Shape, text_of

MOST = 1000
_DELIMITERS = {"spaceDelimited": "%20", "pipeDelimited": "|", "tabDelimited": "%09"}
_SPELLINGS = {"spaceDelimited": ("%20", "+", " "), "pipeDelimited": ("%7C", "%7c", "|"), "tabDelimited": ("%09", "\t")}


class FieldError(ValueError):
    """A value that cannot be written, or a text that cannot be read, with the name of the field."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Field:
    """One named value and how it is written. With `json`, its text is JSON whatever the style says."""

    name: str
    shape: Shape = ANYTHING
    style: str = "form"
    explode: bool = True
    allow_reserved: bool = False
    json: bool = False

    @property
    def spread(self) -> bool:
        """Whether the members of an object are pairs of their own, without the field's name."""
        return self.style == "form" and self.explode and self.shape.form == "object" and not self.json


def encode_pairs(fields: Iterable[Field], values: Mapping[str, Any]) -> str:
    """Return the values of the fields as pairs; a field without a value has none.

    Raises:
        FieldError: a value cannot be written in the style of its field.

    """
    found: list[str] = []
    for field in fields:
        if field.name in values:
            try:
                found += _encoded(field, values[field.name])
            except (TypeError, ValueError) as error:
                raise FieldError(field.name, str(error)) from None
    return "&".join(found)


def _encoded(field: Field, value: Any) -> list[str]:
    name = styles.encoded(field.name)
    texts = Texts(styles.reserved if field.allow_reserved else styles.encoded, styles.query_text)
    if field.json:
        return [f"{name}={texts.write(write_json(value).decode())}"]
    if field.style == "deepObject":
        return [f"{_brackets(one)}={texts.write(text)}" for one, text in flatten(field.name, value)]
    if isinstance(value, list):
        if field.explode:
            return [f"{name}={texts.write(text_of(one))}" for one in value]
        return [f"{name}={styles.join_list(value, _DELIMITERS.get(field.style, ','), texts)}"] if value else []
    if isinstance(value, dict):
        if field.explode:
            return [f"{styles.encoded(key)}={texts.write(text_of(one))}" for key, one in value.items()]
        delimiter = _DELIMITERS.get(field.style, ",")
        return [f"{name}={styles.join_members(value, False, delimiter, texts)}"] if value else []
    return [f"{name}={texts.write(text_of(value))}"]


def _brackets(name: str) -> str:
    return styles.encoded(name).replace("%5B", "[").replace("%5D", "]")


def split_pairs(text: str, most: int = MOST) -> list[tuple[str, str]]:
    """Return the pairs of a query string or form: names decoded, values as they were sent.

    Raises:
        ValueError: a name is no UTF-8, or there are more than `most` pairs.

    """
    if text.count("&") >= most:
        raise ValueError(f"more than {most} fields")
    found = []
    for one in text.split("&"):
        if one:
            name, _, value = one.partition("=")
            found.append((styles.query_text(name), value))
    return found


def decode_pairs(
    fields: Iterable[Field], pairs: list[tuple[str, str]]
) -> tuple[dict[str, Any], list[tuple[str, str]], list[FieldError]]:
    """Return the values of the fields, the pairs that belong to none of them, and what cannot be read."""
    known = sorted(fields, key=lambda one: one.spread)  # names of their own come first
    by_name: dict[str, list[str]] = {}
    for name, raw in pairs:
        by_name.setdefault(name, []).append(raw)
    taken: set[str] = {field.name for field in known if not field.spread}
    values: dict[str, Any] = {}
    errors: list[FieldError] = []
    for field in known:
        try:
            found, used = _spread(field, by_name, taken) if field.spread else _read(field, by_name)
        except ValueError as error:
            errors.append(FieldError(field.name, _reason(error)))
            continue
        taken |= used
        if found:
            values[field.name] = found[0]
    return values, [pair for pair in pairs if pair[0] not in taken], errors


def _read(field: Field, by_name: dict[str, list[str]]) -> tuple[list[Any], set[str]]:
    """Return the value, in a list that is empty where there is none, and the names that it is made of."""
    if field.style == "deepObject" and not field.json:
        return _deep(field, by_name)
    raw = by_name.get(field.name)
    if raw is None:
        return [], set()
    used = {field.name}
    if field.json:
        return [orjson.loads(styles.query_text(raw[-1]))], used
    shape = field.shape
    if shape.form == "array":
        if field.explode or len(raw) > 1:
            return [[shape.item(at).read(styles.query_text(one)) for at, one in enumerate(raw)]], used
        return [styles.split_list(*_delimited(field, raw[0]), shape, Texts(styles.plain, styles.query_text))], used
    if shape.form == "object":
        text, delimiter = _delimited(field, raw[-1])
        return [styles.split_members(text, False, delimiter, shape, Texts(styles.plain, styles.query_text))], used
    return [shape.read(styles.query_text(raw[-1]))], used


def _delimited(field: Field, raw: str) -> tuple[str, str]:
    """Return the text with its delimiter written in one way, and that delimiter."""
    spellings = _SPELLINGS.get(field.style)
    if spellings is None:
        return raw, ","
    for one in spellings:
        raw = raw.replace(one, "\n")
    return raw, "\n"


def _deep(field: Field, by_name: dict[str, list[str]]) -> tuple[list[Any], set[str]]:
    found: list[tuple[tuple[str, ...], str]] = []
    used: set[str] = set()
    for name, raw in by_name.items():
        inner = () if name == field.name else _below(name, field.name)
        if inner is not None:
            used.add(name)
            found += [(inner, styles.query_text(one)) for one in raw]
    return ([build(found, field.shape)] if found else []), used


def _below(name: str, first: str) -> tuple[str, ...] | None:
    found = steps(name)
    return found[1] if found and found[0] == first else None


def _spread(field: Field, by_name: dict[str, list[str]], taken: set[str]) -> tuple[list[Any], set[str]]:
    shape = field.shape
    names = [name for name in by_name if name not in taken and (name in shape.properties or shape.takes_any)]
    members: dict[str, Any] = {}
    for name in names:
        inner = shape.member(name)
        texts = [styles.query_text(one) for one in by_name[name]]
        listed = inner.form == "array"
        members[name] = [inner.item(i).read(one) for i, one in enumerate(texts)] if listed else inner.read(texts[-1])
    return ([members] if members else []), set(names)


def _reason(error: ValueError) -> str:
    return "not valid UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
