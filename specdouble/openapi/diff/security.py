"""Security: who is let in, by what the schemes are and not by what the document calls them."""

from collections.abc import Iterator
from typing import Any

from specdouble.openapi.diff.context import Documents, Place
from specdouble.openapi.schemas.numbers import text_of

Alternative = dict[Any, frozenset[str]]  # schemes that are sent together, each with its scopes
_URLS = ("authorizationUrl", "tokenUrl", "refreshUrl", "deviceAuthorizationUrl")


class Security:
    """The security schemes of two documents."""

    def __init__(self, documents: Documents) -> None:
        self.schemes = tuple(
            documents.members(_mapping(document.get("components")).get("securitySchemes"), side)
            for side, document in enumerate((documents.old, documents.new))
        )

    def compare(self, place: Place, old: Any, new: Any) -> None:
        """Compare the requirements of one operation."""
        before, after = self._alternatives(old, 0), self._alternatives(new, 1)
        if self._same(before, after):
            return
        names = _names(old), _names(new)
        if all(any(_enough(sent, asked, scopes=True) for asked in after) for sent in before):
            place.at("/security").change("security-loosened", *names)
        elif all(any(_enough(sent, asked, scopes=False) for asked in after) for sent in before):
            place.at("/security").change("security-scopes-added", *names)
        else:
            place.at("/security").change("security-tightened", *names)

    def _alternatives(self, value: Any, side: int) -> list[Alternative]:
        given = [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
        return [
            {
                self._key(name, side): frozenset(map(str, scopes if isinstance(scopes, list) else ()))
                for name, scopes in one.items()
            }
            for one in given
        ] or [{}]

    def _same(self, before: list[Alternative], after: list[Alternative]) -> bool:
        def covered(some: list[Alternative], others: list[Alternative]) -> bool:
            return all(any(_enough(sent, asked, scopes=True) for asked in others) for sent in some)

        return covered(before, after) and covered(after, before)

    def _key(self, name: str, side: int) -> Any:
        """Return what a scheme is: two documents may call it differently."""
        scheme = self.schemes[side].get(name)
        if scheme is None:
            return "undefined", name
        core = _core(scheme)
        twin = self.schemes[1 - side].get(name)
        if twin is not None and _core(twin) == core:
            return "named", name
        return core, text_of({key: _flow_urls(scheme, key) for key in _mapping(scheme.get("flows"))})

    def definitions(self, place: Place) -> None:
        """Compare the schemes that have one name in both documents where the requirements cannot tell it."""
        for name, old in self.schemes[0].items():
            new = self.schemes[1].get(name)
            if new is None or _core(old) != _core(new):
                continue
            at = place.at(f"/components/securitySchemes/{name}")
            for rule, before, after in _scheme_changes(old, new):
                at.change(rule, before, after)


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _core(scheme: dict[str, Any]) -> tuple[Any, ...]:
    kind = str(scheme.get("type"))
    name = str(scheme.get("name", ""))
    if kind == "apiKey":
        where = scheme.get("in")
        return kind, str(where), name.lower() if where == "header" else name
    if kind == "http":
        return kind, str(scheme.get("scheme", "")).lower()
    return (kind,)


def _flow_urls(scheme: dict[str, Any], flow: str) -> dict[str, Any]:
    flows = scheme.get("flows")
    one = flows.get(flow) if isinstance(flows, dict) else None
    return {key: one[key] for key in _URLS if key in one} if isinstance(one, dict) else {}


def _scheme_changes(old: dict[str, Any], new: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    if old.get("openIdConnectUrl") != new.get("openIdConnectUrl"):
        yield "security-scheme-changed", old.get("openIdConnectUrl"), new.get("openIdConnectUrl")
    before, after = _mapping(old.get("flows")), _mapping(new.get("flows"))
    for flow in [name for name in {**before, **after} if not name.startswith("x-")]:
        if flow not in after:
            yield "security-flow-removed", flow, None
        elif flow not in before:
            yield "security-flow-added", None, flow
        else:
            if _flow_urls(old, flow) != _flow_urls(new, flow):
                yield "security-scheme-changed", _flow_urls(old, flow), _flow_urls(new, flow)
            yield from _scope_changes(_mapping(before[flow]).get("scopes"), _mapping(after[flow]).get("scopes"))


def _scope_changes(old: Any, new: Any) -> Iterator[tuple[str, Any, Any]]:
    before, after = _mapping(old), _mapping(new)
    yield from (("security-scope-removed", scope, None) for scope in before if scope not in after)
    yield from (("security-scope-added", None, scope) for scope in after if scope not in before)


def _enough(sent: Alternative, asked: Alternative, *, scopes: bool) -> bool:
    """Tell whether callers who send one alternative fulfil another."""
    return all(key in sent and (not scopes or wanted <= sent[key]) for key, wanted in asked.items())


def _names(value: Any) -> str:
    given = [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
    texts = [" and ".join(_named(name, scopes) for name, scopes in one.items()) for one in given]
    return " or ".join(text or "nothing" for text in texts) or "nothing"


def _named(name: str, scopes: Any) -> str:
    return f"{name} ({', '.join(map(str, scopes))})" if isinstance(scopes, list) and scopes else name
