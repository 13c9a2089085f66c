r"""JSONPath as RFC 9535 has it, by python-jsonpath, with the regular expressions of JSON Schema.

Names like `x-internal` may stand without quotes, as overlays in the wild write them. The library's own `match` and
`search` use Python's expressions, which do not know `\p{L}`.
"""

import re
from functools import cache
from typing import Any

from specdouble.openapi import patterns

Place = tuple[Any, ...]
_TEXT = re.compile(r"'(?:[^'\\]|\\.)*'" + r'|"(?:[^"\\]|\\.)*"')


def find(query: str, document: Any) -> list[Place]:
    """Return where the matches of a query stand, as keys and indices from the root; each place once.

    Raises:
        ValueError: it is no JSONPath.

    """
    from jsonpath import JSONPathError

    if "<>" in _TEXT.sub("", query):  # the library takes it for `!=`
        raise ValueError("the target is no JSONPath (unexpected token '<>')")
    try:
        return list(dict.fromkeys(tuple(match.parts) for match in _environment().finditer(query, document)))
    except (JSONPathError, RecursionError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ValueError(f"the target is no JSONPath ({reason})") from None


@cache
def _environment() -> Any:
    from jsonpath import JSONPathEnvironment
    from jsonpath.function_extensions import ExpressionType, FilterFunction

    class Expression(FilterFunction):
        """`search`, or `match`, which looks at the whole text; a pattern that cannot be read matches nothing."""

        arg_types = [ExpressionType.VALUE, ExpressionType.VALUE]  # noqa: RUF012 - the library asks for a list
        return_type = ExpressionType.LOGICAL

        def __init__(self, form: str) -> None:
            self.form = form

        def __call__(self, value: object, pattern: object) -> bool:
            if not isinstance(value, str) or not isinstance(pattern, str) or not patterns.readable(pattern):
                return False
            return patterns.matches(self.form % pattern, value)

    environment = JSONPathEnvironment(strict=True)
    environment.function_extensions |= {"match": Expression("^(?:%s)$"), "search": Expression("%s")}
    return environment
