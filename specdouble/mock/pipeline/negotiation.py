"""Which of the declared media types of a response is sent."""

from __future__ import annotations

from specdouble.openapi import Content
from specdouble.openapi.media_types import covers, is_json, kind_of


def negotiated(content: dict[str, Content], accept: str | None) -> tuple[str, Content]:
    """Return the media type to send: the first that is asked for, JSON where nothing special is."""
    kinds = sorted(content, key=lambda one: (not is_json(one), "*" in one))
    for asked in _asked(accept):
        for kind in kinds:
            if covers(asked, kind_of(kind)) or covers(kind_of(kind), asked):
                return (kind if "*" not in kind else asked if "*" not in asked else _concrete(content[kind])), content[
                    kind
                ]
    first = kinds[0]
    return (first if "*" not in first else _concrete(content[first])), content[first]


def _concrete(content: Content) -> str:
    schema = content.schema
    plain = isinstance(schema, dict) and schema.get("type") == "string" and schema.get("format") != "binary"
    binary = isinstance(schema, dict) and schema.get("format") == "binary"
    main = kind_of(content.media_type).partition("/")[0]
    if main not in ("*", "application"):
        return f"{main}/{'plain' if main == 'text' else 'png' if main == 'image' else 'octet-stream'}"
    return "text/plain" if plain else "application/octet-stream" if binary else "application/json"


def _asked(accept: str | None) -> list[str]:
    if not accept:
        return []
    found = []
    for index, one in enumerate((accept or "").split(",")):
        kind, _, parameters = one.strip().lower().partition(";")
        quality = 1.0
        for part in parameters.split(";"):
            name, _, text = part.strip().partition("=")
            if name == "q":
                try:
                    quality = float(text)
                except ValueError:
                    quality = 0.0
        if kind.strip() and quality > 0:
            found.append((-quality, "*" in kind, index, kind.strip()))
    return [one[-1] for one in sorted(found)]
