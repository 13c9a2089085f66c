"""The headers that a response declares."""

from __future__ import annotations

from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from specdouble.openapi import Response
from specdouble.openapi.model.evidence.words import plain
from specdouble.openapi.shapes import text_of
from specdouble.openapi.values.make import MISSING

if TYPE_CHECKING:
    from specdouble.mock.inferred.act import Act

_SKIPPED = frozenset({"contenttype", "contentlength", "transferencoding", "connection", "date", "server"})


def declared_headers(act: Act, declared: Response, status: int, facts: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the headers that a response declares, as far as something is known of them or they are required.

    `facts` may hold `location`, `etag`, `total` and `link`.
    """
    found: list[tuple[str, str]] = []
    references = act.api.resolve
    for name, raw in (declared.headers or {}).items():
        short = plain(name)
        if short in _SKIPPED:
            continue
        header = references(raw)
        text = _known(act, short, facts, status)
        if text is None:
            schema = header.get("schema", header if "type" in header else True)
            example = header.get("example", MISSING)
            needed = header.get("required") is True or example is not MISSING
            if not needed and short in ("link", "location", "etag"):
                continue
            value = example if example is not MISSING else act.api.maker.make(schema, act.context, name)
            text = _text(value)
            if short == "setcookie" and example is MISSING and "=" not in (text or ""):
                text = _cookie(act, text or "mock")
        if text is not None:
            found.append((name.lower(), text))
    if not any(name == "location" for name, _ in found) and 300 <= status < 400:
        found.append(("location", facts.get("location") or "/"))
    for name in ("etag", "link"):
        if facts.get(name) and not any(one == name for one, _ in found):
            found.append((name, facts[name]))
    if status == 201 and facts.get("location") and not any(name == "location" for name, _ in found):
        found.append(("location", facts["location"]))
    return found


def _cookie(act: Act, value: str) -> str:
    """Return a cookie: of the name that the document has for one that signs a caller in, else a session."""
    names = [str(one.get("name")) for one in act.api.security_schemes.values() if one.get("in") == "cookie"]
    return f"{(names or ['session'])[0]}={value}; Path=/; HttpOnly"


def _known(act: Act, short: str, facts: dict[str, Any], status: int) -> str | None:
    if short in ("location", "contentlocation"):
        return facts.get("location")
    if short in ("etag", "link"):
        return facts.get(short)
    if "total" in short and "total" in facts and "page" not in short:
        return str(facts["total"])
    if "total" in short and "page" in short and "pages" in facts:
        return str(facts["pages"])
    if short in ("lastmodified", "expires"):
        return formatdate(act.world.clock.now(), usegmt=True)
    if short.endswith(("ratelimit", "ratelimitlimit")):
        return "1000"
    if short.endswith("ratelimitremaining"):
        return "999"
    if short.endswith(("ratelimitreset",)):
        return str(int(act.world.clock.now()) + 3600)
    if short == "allow":
        return ", ".join(sorted({one.method for one in act.api.operations.values() if one.path == act.spec.path}))
    return None


def _text(value: Any) -> str | None:
    if isinstance(value, list):
        value = ",".join(filter(None, map(_text, value)))
    if value is MISSING or isinstance(value, dict) or value is None:
        return None
    text = text_of(value)
    return text if text.isprintable() and text.isascii() else None
