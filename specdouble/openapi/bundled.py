"""The documents that come with the package."""

from dataclasses import dataclass
from pathlib import Path

from specdouble.openapi.effective import Document, effective
from specdouble.openapi.errors import SpecError, closest
from specdouble.packs import folder

_HERE = folder("specs")


@dataclass(frozen=True, slots=True)
class Bundled:
    """A bundled document: its files, and the size the documentation states for it."""

    name: str
    paths: int
    operations: int

    @property
    def published(self) -> Path:
        """The file with the published document."""
        return _HERE / f"{self.name}.json"

    @property
    def overlay(self) -> Path:
        """The file with what the published document leaves out."""
        return _HERE / f"{self.name}.overlay.yaml"


# The first two are the public contract of 149 paths. The third holds what only the platform itself and its own clients
# call; it is never counted among them.
BUNDLED = {
    entry.name: entry
    for entry in (
        Bundled("auth-gateway", paths=134, operations=162),
        Bundled("registry", paths=15, operations=27),
        Bundled("auth-gateway-internal", paths=109, operations=133),
    )
}


def bundled(name: str) -> Document:
    """Return a bundled document with its overlay applied.

    Raises:
        SpecError: there is no bundled document of that name.

    """
    entry = find(name)
    return effective(entry.published, entry.overlay, name=name)


def find(name: str) -> Bundled:
    """Return the files and the stated size of a bundled document.

    Raises:
        SpecError: there is no bundled document of that name.

    """
    if name not in BUNDLED:
        raise SpecError(
            "no bundled document has this name",
            where=name,
            closest=closest(name, BUNDLED),
            next_step=f"Bundled are {', '.join(BUNDLED)}",
        )
    return BUNDLED[name]
