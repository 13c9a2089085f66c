"""The styles of a parameter: how a text, a list or a mapping is written in a path, a header or a cookie, or as pairs.

Delimiters are looked for in the text as it was sent, before percent-encoding is undone, so that a value may contain
them. Where a style has no percent-encoding (headers) or its delimiter is itself encoded (spaces, pipes), a value that
contains the delimiter is refused by the encoder: nobody could read it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from specdouble.openapi.shapes import Shape, text_of

_RESERVED = ":/?@!$'()*;"  # what `allowReserved` leaves as it is; the rest of RFC 6570's set delimits


def plain(text: str) -> str:
    """Return the text itself: headers and cookies of style `cookie` know no percent-encoding."""
    return text


def header_text(text: str) -> str:
    """Return the text itself, where a header can hold it.

    Raises:
        ValueError: it has control characters, characters beyond Latin-1, or spaces at its ends.

    """
    if any(ord(char) < 32 or ord(char) in (127, *range(128, 160)) or ord(char) > 255 for char in text):
        raise ValueError("no header can hold control characters or characters beyond Latin-1")
    if text != text.strip():
        raise ValueError("no header can hold spaces at the ends of a value")
    return text


def encoded(text: str) -> str:
    """Return a text with everything but unreserved characters percent-encoded."""
    return quote(text, safe="")


def reserved(text: str) -> str:
    """Return a text for `allowReserved`: percent-encoded but for the characters that addresses are made of."""
    return quote(text, safe=_RESERVED)


def query_text(text: str) -> str:
    """Return what a piece of a query string says: `+` is a space there, and bytes that are no UTF-8 are refused."""
    return unquote(text.replace("+", " "), errors="strict")


def strict(text: str) -> str:
    """Undo percent-encoding; bytes that are no UTF-8 are refused (`UnicodeDecodeError`, a ValueError)."""
    return unquote(text, errors="strict")


@dataclass(frozen=True)
class Texts:
    """How single texts are written and read where a style puts them together."""

    write: Callable[[str], str]
    read: Callable[[str], str]


HEADER = Texts(header_text, plain)
PLAIN = Texts(plain, plain)
PATH = Texts(encoded, strict)


def join_list(value: Iterable[Any], delimiter: str, texts: Texts) -> str:
    """Return a list as one text.

    Raises:
        ValueError: an item contains the delimiter and the style cannot encode it, or is no single text.

    """
    return delimiter.join(_safe(texts.write(text_of(one)), delimiter) for one in value)


def split_list(text: str, delimiter: str, shape: Shape, texts: Texts) -> list[Any]:
    """Return the items of a text; an empty text is an empty list, unless items are strings."""
    if not text and "string" not in shape.item().types:
        return []
    return [shape.item(index).read(texts.read(one)) for index, one in enumerate(text.split(delimiter))]


def join_members(value: dict[str, Any], explode: bool, delimiter: str, texts: Texts) -> str:
    """Return a mapping as one text: `name=value` pairs where exploded, or else names and values in turn."""
    between = "=" if explode else delimiter
    return delimiter.join(
        f"{_safe(texts.write(name), delimiter, '=')}{between}{_safe(texts.write(text_of(one)), delimiter)}"
        for name, one in value.items()
    )


def split_members(text: str, explode: bool, delimiter: str, shape: Shape, texts: Texts) -> dict[str, Any]:
    """Return the members of a text.

    Raises:
        ValueError: a name without a value, or a name that stands twice.

    """
    pieces = text.split(delimiter) if text else []
    if explode:
        pairs = [tuple(one.split("=", 1)) if "=" in one else (one,) for one in pieces]
    else:
        pairs = [tuple(pieces[at : at + 2]) for at in range(0, len(pieces), 2)]
    found: dict[str, Any] = {}
    for pair in pairs:
        name = texts.read(pair[0])
        if len(pair) < 2:
            raise ValueError(f"{name[:60]} has no value")
        if name in found:
            raise ValueError(f"{name[:60]} stands twice")
        found[name] = shape.member(name).read(texts.read(pair[1]))
    return found


def _safe(text: str, *delimiters: str) -> str:
    for one in delimiters:
        if one in text or (quote(one) in text and len(one) == 1 and one == "|"):
            raise ValueError(f"{text[:60]} contains {one!r}, which separates values in this style")
    return text
