"""Media types and ranges: written in one way, and whether one covers another."""

from collections.abc import Iterable
from functools import lru_cache

_USUAL = 200  # characters


def canonical(text: str) -> str:
    """Return a media type or range as others write it too: lower case, parameters sorted, without `charset`."""
    if ";" not in text:
        return text.strip().lower()
    from email.message import Message  # slow to import, and seldom needed

    message = Message()
    message["content-type"] = text
    kind = text.partition(";")[0].strip().lower()
    parameters = message.get_params([], "content-type")[1:]
    kept = sorted((name.lower(), value) for name, value in parameters if name.lower() not in ("charset", "q"))
    return "".join([kind, *(f"; {name}={value}" for name, value in kept)])


def covers(wide: str, narrow: str) -> bool:
    """Tell whether a range (`*/*`, `text/*`, `application/*+json`) or type covers another, both canonical."""
    if wide == narrow:
        return True
    wide_kind, _, wide_parameters = wide.partition("; ")
    narrow_kind, _, narrow_parameters = narrow.partition("; ")
    if wide_parameters and wide_parameters != narrow_parameters:
        return False
    if wide_kind in ("*/*", "*") or wide_kind == narrow_kind:
        return True
    main, _, sub = wide_kind.partition("/")
    other_main, _, other_sub = narrow_kind.partition("/")
    if main != other_main:
        return False
    return sub == "*" or (sub.startswith("*+") and other_sub.endswith(sub[1:]))


def kind_of(text: str) -> str:
    """Return the type of a media type without its parameters, in lower case."""
    return _kind_of(text) if len(text) <= _USUAL else _kind_of.__wrapped__(text)  # only short ones are kept


@lru_cache(512)
def _kind_of(text: str) -> str:
    return text.partition(";")[0].strip().lower()


def is_json(text: str) -> bool:
    """Tell whether a media type is JSON: `application/json`, or with the suffix `+json`."""
    return _is_json(text) if len(text) <= _USUAL else _is_json.__wrapped__(text)


@lru_cache(512)
def _is_json(text: str) -> bool:
    kind = kind_of(text)
    return kind in ("application/json", "text/json") or kind.endswith("+json")


def is_xml(text: str) -> bool:
    """Tell whether a media type is XML."""
    kind = kind_of(text)
    return kind in ("application/xml", "text/xml") or kind.endswith("+xml")


def parameter_of(text: str, name: str) -> str | None:
    """Return a parameter of a media type, such as its `boundary`."""
    if ";" not in text:
        return None
    from email.message import Message

    message = Message()
    message["content-type"] = text.replace("\r", " ").replace("\n", " ")
    found = message.get_param(name, None, "content-type")
    return found if isinstance(found, str) else None


def best(declared: Iterable[str], sent: str) -> str | None:
    """Return the declared media type or range that covers the one that was sent, the most special one first."""
    wanted = canonical(sent)
    found = [one for one in declared if covers(canonical(one), wanted)]
    return max(found, key=_special, default=None)


def _special(text: str) -> tuple[int, int]:
    kind = kind_of(text)
    main, _, sub = kind.partition("/")
    level = 0 if main == "*" else 1 if sub == "*" else 2 if sub.startswith("*") else 3
    return level, text.count(";")
