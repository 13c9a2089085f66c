"""Resolving references, for tools that need a document without any."""

from typing import Any


def resolve(document: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of `document` in which every internal `$ref` is replaced by what it points at.

    A schema that contains itself is unrolled once; below that stands an open object with `x-recursive-ref`. Equal
    parts of the result may be one and the same object: read it, and copy it before changing it.

    Raises:
        SpecError: a reference points at nothing.

    """
    import copy

    from prance.util.resolver import RESOLVE_INTERNAL, RefResolver, permissive_object_on_recursion
    from prance.util.url import ResolutionError

    from specdouble.openapi.errors import SpecError
    from specdouble.openapi.reading.bundle import FILES

    resolver = RefResolver(
        copy.deepcopy(document),
        url="file:///document.json",
        resolve_types=RESOLVE_INTERNAL,
        recursion_limit=1,
        recursion_limit_handler=permissive_object_on_recursion,
    )
    try:
        resolver.resolve_references()
    except (ResolutionError, LookupError, TypeError, ValueError) as error:
        raise SpecError(f"a reference points at nothing ({error})", next_step="Correct the $ref") from None
    resolved: dict[str, Any] = {key: value for key, value in resolver.specs.items() if key != FILES}
    return resolved
