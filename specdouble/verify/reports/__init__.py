"""The outputs of a run, all made from one result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from specdouble.files import write_private
from specdouble.verify.reports.stored.reading import ReportError, read
from specdouble.verify.reports.stored.schema import FORMAT, Result
from specdouble.verify.reports.stored.text import shown, whole

__all__ = ["FORMAT", "KINDS", "ReportError", "Result", "read", "write"]


def _json(result: Result, _path: Path) -> str:
    import json

    return json.dumps(result, ensure_ascii=False, indent=2) + "\n"


def _html(result: Result, _path: Path) -> str:
    from specdouble.verify.reports.formats import html

    return html.render(result)


def _junit(result: Result, _path: Path) -> str:
    from specdouble.verify.reports.formats import junit

    return junit.render(result)


def _sarif(result: Result, _path: Path) -> str:
    from specdouble.verify.reports.formats import sarif

    return sarif.render(result)


def _codequality(result: Result, _path: Path) -> str:
    from specdouble.verify.reports.formats import codequality

    return codequality.render(result)


def _markdown(result: Result, _path: Path) -> str:
    from specdouble.verify.reports.formats import markdown

    return markdown.render(result)


def _badge(result: Result, path: Path) -> str:
    from specdouble.verify.reports.formats import badge

    return badge.svg(result) if path.suffix.lower() == ".svg" else badge.endpoint(result)


# kind -> renderer; a renderer's module loads only when its kind is asked for
KINDS: dict[str, Callable[[Result, Path], str]] = {
    "json": _json,
    "html": _html,
    "junit": _junit,
    "sarif": _sarif,
    "codequality": _codequality,
    "markdown": _markdown,
    "badge": _badge,
}


def write(
    result: Mapping[str, Any], outputs: Mapping[str, Path], failed: dict[Path, str] | None = None
) -> list[Path]:  # fmt: skip
    """Write reports of a result, by kind (see `KINDS`); return their paths.

    Folders are made as needed. A badge whose file ends in .svg is a picture, any other is JSON for shields.io. One that
    cannot be written loses no other: it goes into `failed` with the reason, or without `failed` raises a ReportError
    after the others were written. Raises ReportError for an unknown kind, before anything is written.
    """
    if unknown := [kind for kind in outputs if kind not in KINDS]:
        raise ReportError(f"There is no report of the kind {unknown[0]!r}. Kinds: {', '.join(KINDS)}.")
    exact, page = whole(result), shown(result)
    written: list[Path] = []
    lost: dict[Path, str] = {}
    for kind, path in outputs.items():
        try:
            content = KINDS[kind](exact if kind == "json" else page, Path(path))
            write_private(Path(path), content)
        except OSError as error:
            lost[Path(path)] = f"cannot be written ({error.strerror})"
        except ReportError as error:
            lost[Path(path)] = f"is not written: {error}"
        except Exception as error:  # a fault of one report must not cost the others, nor the verdict
            lost[Path(path)] = f"is not written, a fault of specdouble ({type(error).__name__}: {error})"
        else:
            written.append(Path(path))
    if failed is not None:
        failed.update(lost)
    elif lost:
        raise ReportError("; ".join(f"{path}: {why}" for path, why in lost.items()).rstrip(".") + ".")
    return written
