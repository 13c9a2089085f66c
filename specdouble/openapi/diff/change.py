"""One difference between two documents."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from specdouble.openapi.diff.rules import BREAKING, RULES

_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two documents.

    `operation` is the key in the newer document, or in the older one when the operation is gone; `pointer` leads from
    there to the place, following references: `/responses/200/content/application~1json/email`. `also` names the other
    operations that reach the same schemas.
    """

    rule: str
    level: str
    operation: str
    pointer: str
    before: Any = None
    after: Any = None
    hint: str = field(default="", compare=False)
    also: list[str] = field(default_factory=list, compare=False)

    @property
    def breaking(self) -> bool:
        """Whether the change breaks callers."""
        return self.level == BREAKING

    @property
    def kind(self) -> str:
        """The rule in words, without the direction: "property removed"."""
        return self.rule.removeprefix("request-").removeprefix("response-").replace("-", " ")

    @property
    def sentence(self) -> str:
        """What the rule says."""
        return RULES[self.rule].sentence

    def as_dict(self) -> dict[str, Any]:
        """Return the change as JSON data."""
        data = asdict(self)
        kept = {key: value for key, value in data.items() if value or key not in ("hint", "also")}
        return {**kept, "breaking": self.breaking}

    @property
    def summary(self) -> str:
        """The change without its place: "maximum narrowed: 50 -> 20"."""
        values = "" if self.before is None and self.after is None else f": {show(self.before)} -> {show(self.after)}"
        return f"{self.kind}{values}{f' ({self.hint})' if self.hint else ''}"

    def __str__(self) -> str:
        place = f"{self.operation} {self.pointer}".strip()
        more = f" (and in {len(self.also)} more)" if self.also else ""
        return f"{place}{': ' if place else ''}{self.summary}{more} [{self.rule}]"


def show(value: Any) -> str:
    """Return a value as short text; None is nothing."""
    if value is None:
        return "nothing"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
