"""The `x-specdouble-` extensions: known ones, where they belong, with what they may say."""

from collections.abc import Iterator

from specdouble.openapi.errors import closest
from specdouble.openapi.extensions import GREEDY, NAMES, PLACES, mistakes
from specdouble.openapi.extensions.schema import PREFIX
from specdouble.openapi.lint.context import Context
from specdouble.openapi.lint.finding import Finding
from specdouble.openapi.pointers import escape

_SPOKEN = {"item": "a path", "operation": "an operation", "parameter": "a path parameter"}


def check_extensions(context: Context) -> Iterator[Finding]:
    """Check every extension of ours, and whether what they name is there."""
    seen = False
    for place in context.places:
        for name, value in place.value.items() if isinstance(place.value, dict) else ():
            if not name.startswith(PREFIX):
                continue
            seen = True
            where = f"{place.pointer}/{escape(name)}"
            if name not in PLACES:
                guess = closest(name, NAMES)
                hint = f"; did you mean {guess}?" if guess else ""
                yield Finding("invalid-extension", where, f"there is no extension {name}{hint}")
            elif PLACES[name] != place.kind or (name == GREEDY and place.value.get("in") != "path"):
                yield Finding("invalid-extension", where, f"{name} stands at {_SPOKEN[PLACES[name]]}")
            else:
                for at, message in mistakes(name, value):
                    yield Finding("invalid-extension", f"{where}{at}", message)
    if seen:
        from specdouble.openapi.model import infer

        for remark in infer(context.document).remarks:
            yield Finding("invalid-extension", "/paths", remark)
