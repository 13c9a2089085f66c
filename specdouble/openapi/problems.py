"""What of a document cannot be used: where it stands, what is wrong, and what happens instead.

The one place to ask, so that a server, a verifier and the command line say the same. `specdouble.openapi.lint` tells
what is wrong by the specification; here stands only what has consequences.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from specdouble.openapi.dialects import current
from specdouble.openapi.effective import Document
from specdouble.openapi.places import places
from specdouble.openapi.pointers import lookup
from specdouble.openapi.reading.source import outside
from specdouble.openapi.references import References
from specdouble.openapi.validation.mending import broken_keywords

_ANY = "any value is taken"


@dataclass(frozen=True, slots=True)
class Problem:
    """A part that cannot be used as it is.

    `where` is a JSON pointer into the document in the form of 3.x. `harm` orders problems: an operation that is missing
    (0), another part that is missing (1), a schema that takes more than it says (2), a part that was put right (3).
    """

    where: str
    what: str
    instead: str
    harm: int

    def __str__(self) -> str:
        return f"{self.where}: {self.what}; {self.instead}"


def problems(document: Document, *, schemas: bool = True) -> tuple[Problem, ...]:
    """Return what of a document cannot be used, in order of harm.

    With `schemas`, every schema is tried whether it can be used; that takes a second for a document of a thousand
    operations, and a server that starts may leave it out.
    """
    found = [*_mistakes(document), *_dangling(document), *_undeclared(document)]
    if schemas:
        found += _broken(document)
    return tuple(sorted(dict.fromkeys(found), key=lambda one: one.harm))


def _mistakes(document: Document) -> Iterator[Problem]:
    for one in document.mistakes:
        if one.left_out:
            tokens = one.pointer.split("/")
            whole = tokens[1:2] == ["paths"] and len(tokens) <= 4  # a path or an operation
            yield Problem(one.pointer, one.reason, "it is left out", 0 if whole else 1)
        else:
            what, _, instead = one.reason.rpartition(": ")
            yield Problem(one.pointer, what or one.reason, instead if what else "it is read as if that were right", 3)


def _dangling(document: Document) -> Iterator[Problem]:
    model, _ = current(document.raw)
    references = References(model)
    for place in places(model):
        ref = place.value.get("$ref") if place.kind == "schema" and isinstance(place.value, dict) else None
        if isinstance(ref, str) and references.resolve(ref) is None:
            what = "names nothing" if ref.startswith("#") else outside(ref, document.source, place.pointer)
            what += " and is not followed" if what.startswith("leaves") else ""
            yield Problem(place.pointer, f"the reference {ref} {what}", _ANY, 2)


def _undeclared(document: Document) -> Iterator[Problem]:
    """Yield each security scheme that is required and not declared, where it is named first."""
    model, _ = current(document.raw)
    parts = model.get("components")
    declared = parts.get("securitySchemes") if isinstance(parts, dict) else None
    known = set(declared) if isinstance(declared, dict) else set()
    for pointer in ("", *(one.pointer for one in document.operations)):
        try:
            holder = lookup(model, pointer)
        except KeyError:
            continue
        required = holder.get("security") if isinstance(holder, dict) else None
        for name in (
            [name for one in required if isinstance(one, dict) for name in one] if isinstance(required, list) else ()
        ):
            if name not in known:
                known.add(name)
                what = f"the security scheme {name} is not declared"
                yield Problem(f"{pointer}/security", what, "a bearer token is asked for", 2)


def _broken(document: Document) -> Iterator[Problem]:
    model, version = current(document.raw)
    for pointer, reason in broken_keywords(model, version, document.schemas.draft).items():
        yield Problem(pointer, f"the keyword cannot be used ({reason})", "it is left out", 2)
