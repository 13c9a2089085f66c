"""Where suites lie, and under which names they are imported: the general ones here, those of a pack in its folder."""

from __future__ import annotations

from pathlib import Path

from specdouble.packs import package

NAMES = ("specdouble.verify", "specdouble.verify.suites")  # what pytest is asked for (`--pyargs`) to run all suites
HERE = Path(__file__).resolve().parent.parent
GENERAL = HERE / "suites"
MODEL = GENERAL / "model"  # for whoever has no pack: made from the resource model


def folders(pack: str = "", own: Path | None = None) -> dict[Path, str]:
    """Return the folders that hold suites, each with the package that its files belong to."""
    return {GENERAL: NAMES[1], **({own: package("contract_tests", pack)} if own else {})}


def files(own: Path | None = None) -> list[Path]:
    """Return the files with suites, the general ones first."""
    return [path for folder in folders(own=own) for path in sorted(folder.rglob("test_*.py"))]


def wanted(files: list[Path], *, generated: bool) -> list[Path]:
    """Leave out the general suites that are not for an API: those of the model, or those for packs."""
    return [one for one in files if not one.is_relative_to(GENERAL) or one.is_relative_to(MODEL) == generated]


def module_name(path: Path, pack: str = "", own: Path | None = None) -> str | None:
    """Return the name under which a file is imported, or None when no suite of these lies there."""
    for folder, name in folders(pack, own).items():
        if path.is_relative_to(folder):
            return ".".join([name, *path.relative_to(folder).with_suffix("").parts])
    return None


def asks_for_all(word: str, own: Path | None = None) -> bool:
    """Whether a word names all suites of a folder, rather than some of its files or tests."""
    return word in NAMES or ("::" not in word and Path(word).absolute() in {*folders(own=own), HERE})
