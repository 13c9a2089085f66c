"""The outputs of a run, all made from one result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from contract_tests.reports.reading import ReportError, read
from contract_tests.reports.schema import FORMAT, Result
from contract_tests.reports.text import shown, whole

__all__ = ["FORMAT", "KINDS", "ReportError", "Result", "read", "write"]


def _json(result: Result, _path: Path) -> str:
    import json

    return json.dumps(result, ensure_ascii=False, indent=2) + "\n"


def _html(result: Result, _path: Path) -> str:
    from contract_tests.reports import html

    return html.render(result)


def _junit(result: Result, _path: Path) -> str:
    from contract_tests.reports import junit

    return junit.render(result)


def _sarif(result: Result, _path: Path) -> str:
    from contract_tests.reports import sarif

    return sarif.render(result)


def _markdown(result: Result, _path: Path) -> str:
    from contract_tests.reports import markdown

    return markdown.render(result)


def _badge(result: Result, path: Path) -> str:
    from contract_tests.reports import badge

    return badge.svg(result) if path.suffix.lower() == ".svg" else badge.endpoint(result)


# kind -> renderer; a renderer's module loads only when its kind is asked for
KINDS: dict[str, Callable[[Result, Path], str]] = {
    "json": _json,
    "html": _html,
    "junit": _junit,
    "sarif": _sarif,
    "markdown": _markdown,
    "badge": _badge,
}


def write(result: Mapping[str, Any], outputs: Mapping[str, Path]) -> list[Path]:
    """Write reports of a result, by kind ("json", "html", "junit", "sarif", "markdown", "badge"); return their paths.

    Folders are made as needed. A badge whose file ends in .svg is a picture, any other is JSON for shields.io.
    Raises ReportError for an unknown kind and for a file that cannot be written.
    """
    exact, page = whole(result), shown(result)
    written = []
    for kind, path in outputs.items():
        if kind not in KINDS:
            raise ReportError(f"There is no report of the kind {kind!r}. Kinds: {', '.join(KINDS)}.")
        content = KINDS[kind](exact if kind == "json" else page, Path(path))
        try:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            Path(path).write_text(content, encoding="utf-8", newline="\n")
        except OSError as error:
            raise ReportError(f"{path}: cannot be written ({error.strerror}).") from None
        written.append(Path(path))
    return written
