"""Media types and ranges: written in one way, and whether one covers another."""

from email.message import Message


def canonical(text: str) -> str:
    """Return a media type or range as others write it too: lower case, parameters sorted, without `charset`."""
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
