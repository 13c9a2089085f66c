"""One place that breaks a rule."""

from dataclasses import asdict, dataclass
from typing import Any

from specdouble.openapi.lint.rules import RULES


@dataclass(frozen=True, slots=True)
class Finding:
    """One place that breaks a rule; `where` is a JSON pointer into the document, or names something of an overlay.

    `line` is the line in the file, 0 where it is not known.
    """

    rule: str
    where: str
    message: str
    level: str = ""
    line: int = 0

    def __post_init__(self) -> None:
        if not self.level:
            object.__setattr__(self, "level", RULES[self.rule].level)

    def as_dict(self) -> dict[str, Any]:
        """Return the finding as JSON data."""
        return asdict(self)

    def __str__(self) -> str:
        place = f"{self.line}: {self.where}" if self.line else self.where
        return f"{place}: {self.message} [{self.rule}]"
