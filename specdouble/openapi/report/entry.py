"""What the output formats know: one entry for each finding or change, grouped by what was checked."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Entry:
    """A finding of lint or a change of diff.

    `level` is its own word; `severity` is error, warning or note, as other tools call it; `fails` tells whether it
    makes the command fail.
    """

    rule: str
    level: str
    severity: str
    operation: str
    where: str
    message: str
    fails: bool = False
    line: int = 0
    data: dict[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Section:
    """The entries about one document, or about one pair; `file` is the document that they point into."""

    name: str
    file: str
    entries: tuple[Entry, ...]
