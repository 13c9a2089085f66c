"""`understudy spec`: check, show and compare contracts."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from specs import Document
    from specdouble.openapi.diff import Change
    from specs.lint import Report

SOURCE_HELP = "SOURCE is a bundled document (auth-gateway, auth-gateway-internal, registry), a file or an http(s) URL."


@click.group()
def spec() -> None:
    """Check, show and compare contracts."""


def _overlay_option(what: str) -> Callable[[Any], Any]:
    return click.option("--overlay", metavar="FILE", help=f"{what} A bundled name stands for its overlay.")


@spec.command(epilog=SOURCE_HELP)
@click.argument("sources", metavar="[SOURCE]...", nargs=-1)
@_overlay_option("Check files and URLs together with this overlay.")
def lint(sources: tuple[str, ...], overlay: str | None) -> None:
    """Check documents and their overlays: valid, examples right, refusals and security declared.

    Without SOURCE, the bundled documents are checked. Exits with 1 when there are findings.
    """
    with _errors():
        from specs import BUNDLED

        reports = [_lint(source, overlay) for source in sources or BUNDLED]
    width = max(len(report.name) for report in reports)
    for report in reports:
        click.echo(_headline(report, width))
        for finding in report.findings:
            click.echo(f"  {finding}")
    if not all(report.ok for report in reports):
        raise SystemExit(1)


@spec.command(epilog=SOURCE_HELP)
@click.argument("source", required=False)
@click.argument("operation", required=False)
@click.option("--format", "form", type=click.Choice(["json", "yaml"]), default="yaml", show_default=True)
@click.option("--published", is_flag=True, help="Leave the overlay out.")
@click.option("--resolve", "resolved", is_flag=True, help="Replace every $ref by what it points at.")
@_overlay_option("Apply this overlay to a file or URL.")
def show(
    source: str | None, operation: str | None, form: str, published: bool, resolved: bool, overlay: str | None
) -> None:
    """Print the effective document, or one operation of it.

    OPERATION is its method and path ("POST /v1/auth/login"), its path, or its operationId. Without SOURCE it is looked
    for in the bundled documents.
    """
    with _errors():
        document, operation = _pick(source, operation, overlay, published)
        raw = document.raw
        if resolved:
            from specs import resolve

            raw = resolve(raw)
        value = raw if operation is None else _find(document, raw, operation)
    _print(value, form)


@spec.command(epilog=SOURCE_HELP)
@click.argument("old")
@click.argument("new")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--published", is_flag=True, help="Compare bundled documents without their overlays.")
@_overlay_option("Apply this overlay to files and URLs first.")
def diff(old: str, new: str, form: str, published: bool, overlay: str | None) -> None:
    """Print what changed from OLD to NEW, breaking changes first.

    Exits with 1 when a change breaks callers, otherwise with 0.
    """
    with _errors():
        from specdouble.openapi.diff import diff as compare

        changes = compare(_document(old, overlay, published).raw, _document(new, overlay, published).raw)
    if form == "json":
        _print([change.as_dict() for change in changes], form)
    else:
        _print_changes(changes)
    if any(change.breaking for change in changes):
        raise SystemExit(1)


class _BadInput(click.ClickException):
    """What the caller named cannot be used."""

    exit_code = 2


@contextmanager
def _errors() -> Iterator[None]:
    """Turn a SpecError into one line on stderr and exit code 2."""
    from specs import SpecError

    try:
        yield
    except SpecError as error:
        raise _BadInput(str(error)) from None


def _lint(source: str, overlay: str | None) -> "Report":
    from specs import BUNDLED, load, load_overlay
    from specs.lint import lint as check

    if source in BUNDLED:
        entry = BUNDLED[source]
        expected = (entry.paths, entry.operations)
        return check(source, load(entry.published), load_overlay(entry.overlay), expected)
    return check(source, load(_known(source)), load_overlay(_overlay_file(overlay)) if overlay else None)


def _headline(report: "Report", width: int) -> str:
    count = len(report.findings)
    verdict = "ok" if report.ok else f"{count} finding{'' if count == 1 else 's'}"
    actions = f"  {report.actions:3} overlay actions" if report.actions else ""
    return f"{report.name:{width}}  {report.paths:3} paths  {report.operations:3} operations{actions}  {verdict}"


def _document(source: str, overlay: str | None, published: bool) -> "Document":
    from specs import BUNDLED, bundled, effective

    if source in BUNDLED:
        return effective(BUNDLED[source].published, name=source) if published else bundled(source)
    return effective(_known(source), _overlay_file(overlay) if overlay and not published else None)


def _overlay_file(overlay: str) -> str:
    from specs import BUNDLED

    return str(BUNDLED[overlay].overlay) if overlay in BUNDLED else overlay


def _known(source: str) -> str:
    """Return `source`, unless it is neither a file nor a URL and looks like the name of a bundled document."""
    from pathlib import Path

    from specs.bundled import find
    from specdouble.openapi.reading import is_url

    if not is_url(source) and not Path(source).exists() and "/" not in source and "." not in source:
        find(source)
    return source


def _pick(
    source: str | None, operation: str | None, overlay: str | None, published: bool
) -> tuple["Document", str | None]:
    """Return the document to show and the operation in it; one argument alone may be either."""
    from specs import BUNDLED

    if source is None:
        return _document("auth-gateway", overlay, published), None
    if operation is None and _is_operation(source):
        for name in BUNDLED:
            document = _document(name, overlay, published)
            if _matches(document, source):
                return document, source
        return _document("auth-gateway", overlay, published), source
    return _document(source, overlay, published), operation


def _is_operation(text: str) -> bool:
    """Tell an operation from a source: it has a space, starts as a path, or is an operationId of a bundled document."""
    from pathlib import Path

    from specs import BUNDLED, bundled

    if text in BUNDLED or Path(text).exists():
        return False
    return " " in text or text.startswith("/") or any(_matches(bundled(name), text) for name in BUNDLED)


def _matches(document: "Document", text: str) -> list[tuple[str, str]]:
    """Return path and method of the operations that `text` names."""
    method, _, path = text.partition(" ")
    key = f"{method.upper()} {path.strip()}"
    return [
        (operation.path, operation.method.lower())
        for operation in document.operations
        if operation.key == key or text in (operation.path, operation.operation_id)
    ]


def _find(document: "Document", raw: dict[str, Any], text: str) -> dict[str, Any]:
    """Return the path items of `raw` cut down to the operations that `text` names."""
    from specs import SpecError
    from specdouble.openapi.errors import closest

    found: dict[str, Any] = {}
    for path, method in _matches(document, text):
        found.setdefault(path, {})[method] = raw["paths"][path][method]
    if found:
        return found
    names = [name for operation in document.operations for name in (operation.key, operation.path)]
    names += [operation.operation_id for operation in document.operations]
    raise SpecError(
        f"{document.name} has no such operation",
        where=text,
        closest=closest(text, names),
        next_step="Name it by method and path, by path, or by operationId",
    )


def _print_changes(changes: list["Change"]) -> None:
    breaking = sum(change.breaking for change in changes)
    click.echo(f"{breaking} breaking, {len(changes) - breaking} other changes")
    for title, wanted in (("breaking", True), ("other", False)):
        chosen = [change for change in changes if change.breaking is wanted]
        if chosen:
            click.echo(f"\n{title}")
        for change in chosen:
            click.echo(f"  {change}")


def _print(value: Any, form: str) -> None:
    if form == "json":
        import orjson

        click.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2))
    else:
        import yaml

        click.echo(yaml.safe_dump(_plain(value), sort_keys=False, allow_unicode=True, width=110), nl=False)


def _plain(value: Any) -> Any:
    """Copy JSON data, so that equal parts are written out and not as YAML anchors."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value
