"""`specdouble spec`: check, show and compare documents."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from specdouble.cli.spec_output import allow_refs, dump, errors, fails, output_options, rule_options, say, write_yaml

if TYPE_CHECKING:
    from specdouble.openapi import Document
    from specdouble.openapi.diff import Change
    from specdouble.openapi.lint.source import Linted
    from specdouble.openapi.report import Entry, Ignored

SOURCE_HELP = "SOURCE is a bundled document (auth-gateway, auth-gateway-internal, registry), a file or an http(s) URL."
LINT_LEVELS = ("error", "warning", "note")
DIFF_LEVELS = ("breaking", "warning", "compatible")
_SEVERITY = {"breaking": "error", "compatible": "note"}


@click.group()
def spec() -> None:
    """Check, show and compare documents."""


def _overlay_option(what: str) -> Callable[[Any], Any]:
    return click.option("--overlay", metavar="FILE", help=f"{what} A bundled name stands for its overlay.")


def _lint_rules() -> dict[str, Any]:
    from specdouble.openapi.lint import RULES

    return RULES


def _diff_rules() -> dict[str, Any]:
    from specdouble.openapi.diff import RULES

    return RULES


@spec.command(epilog=SOURCE_HELP)
@click.argument("sources", metavar="[SOURCE]...", nargs=-1)
@_overlay_option("Check files and URLs together with this overlay.")
@output_options(LINT_LEVELS, "error")
@click.option("--notes", is_flag=True, help="Show notes too, not only their number.")
@allow_refs
@rule_options(_lint_rules)
def lint(
    sources: tuple[str, ...],
    overlay: str | None,
    form: str,
    fail_on: str,
    ignore: str | None,
    notes: bool,
    allow_refs: bool,
) -> None:
    """Check documents and their overlays: valid, references right, examples fitting, security defined.

    Without SOURCE, the bundled documents are checked. Exits with 1 when there are errors (see --fail-on), with 2 when a
    document cannot be read. A comment `# lint-ignore: RULE` leaves out a finding on its line or the next one, a list
    `x-lint-ignore` those in the object around it.
    """
    with errors():
        from specdouble.openapi.bundled_lint import RULES as HOUSE
        from specdouble.openapi.report import FORMATS, Section, load_ignores, render
        from specdouble.packs.documents import bundled_documents

        sentences = {name: rule.sentence for name, rule in _lint_rules().items()} | HOUSE
        entries = load_ignores(ignore, sentences) if ignore else []
        reports = [(source, *_lint(source, overlay, allow_refs)) for source in sources or bundled_documents()]
        sections = []
        for source, linted, actions in reports:
            found, ignored = _entries(linted, fail_on, entries)
            sections.append(Section(source, source, found))
            if form == "text":
                _print_findings(source, linted, actions, found, ignored + linted.ignored, notes)
        if form in FORMATS:
            click.echo(render(form, sections, sentences, "specdouble spec lint"), nl=False)
    if any(entry.fails for section in sections for entry in section.entries):
        raise SystemExit(1)


@spec.command(epilog=SOURCE_HELP)
@click.argument("source", required=False)
@click.argument("operation", required=False)
@click.option("--format", "form", type=click.Choice(["json", "yaml"]), default="yaml", show_default=True)
@click.option("--published", is_flag=True, help="Leave the overlay out.")
@click.option("--resolve", "resolved", is_flag=True, help="Replace every $ref by what it points at.")
@_overlay_option("Apply this overlay to a file or URL.")
@allow_refs
def show(
    source: str | None,
    operation: str | None,
    form: str,
    published: bool,
    resolved: bool,
    overlay: str | None,
    allow_refs: bool,
) -> None:
    """Print the effective document, or one operation of it.

    OPERATION is its method and path ("POST /v1/auth/login"), its path, or its operationId. Without SOURCE it is looked
    for in the bundled documents.
    """
    with errors():
        document, operation = _pick(source, operation, overlay, published, allow_refs)
        raw = document.raw
        if resolved:
            from specdouble.openapi import resolve

            raw = resolve(raw)
        value = raw if operation is None else _find(document, raw, operation)
    dump(value, form)


@spec.command(epilog=SOURCE_HELP)
@click.argument("old")
@click.argument("new")
@output_options(DIFF_LEVELS, "breaking")
@click.option("--published", is_flag=True, help="Compare bundled documents without their overlays.")
@_overlay_option("Apply this overlay to files and URLs first.")
@click.option("--extension", "extensions", multiple=True, metavar="NAME", help="Compare this x- field of operations.")
@allow_refs
@rule_options(_diff_rules)
def diff(
    old: str,
    new: str,
    form: str,
    fail_on: str,
    ignore: str | None,
    published: bool,
    overlay: str | None,
    extensions: tuple[str, ...],
    allow_refs: bool,
) -> None:
    """Print what changed from OLD to NEW, breaking changes first.

    Schemas are compared by the values that they accept, however they are written. Exits with 1 when a change breaks
    callers (see --fail-on), otherwise with 0, and with 2 when a document cannot be read.
    """
    with errors():
        from specdouble.openapi.diff import diff as compare
        from specdouble.openapi.report import FORMATS, Entry, Section, load_ignores, render

        entries = load_ignores(ignore, _diff_rules()) if ignore else []
        documents = [_document(source, overlay, published, allow_refs).raw for source in (old, new)]
        changes, ignored = _kept(compare(*documents, extensions=extensions), entries)
        if form == "text":
            _print_changes(changes, ignored)
        elif form == "json":
            dump([change.as_dict() for change in changes], form)
        if form in FORMATS and form != "json":
            found = tuple(
                Entry(
                    change.rule,
                    change.level,
                    _SEVERITY.get(change.level, change.level),
                    change.operation,
                    change.pointer,
                    change.summary,
                    fails(change.level, DIFF_LEVELS, fail_on),
                    data=change.as_dict(),
                )
                for change in changes
            )
            sentences = {name: rule.sentence for name, rule in _diff_rules().items()}
            section = Section(f"{old} -> {new}", new, found)
            click.echo(render(form, [section], sentences, "specdouble spec diff"), nl=False)
    if any(fails(change.level, DIFF_LEVELS, fail_on) for change in changes):
        raise SystemExit(1)


@spec.command(epilog=SOURCE_HELP)
@click.argument("source")
@click.option("--with", "extra", metavar="FILE", help="Apply this overlay first; its corrections win over inference.")
@click.option(
    "--overlay", metavar="FILE", help="Write the model as an overlay, to be corrected by hand; `-` prints it."
)
@click.option("--json", "as_json", is_flag=True, help="Print the model as JSON.")
@allow_refs
def model(source: str, extra: str | None, overlay: str | None, as_json: bool, allow_refs: bool) -> None:
    """Print what a document is about: its resources, the role of every operation, and the reason for each line.

    What an overlay or the document says with `x-specdouble-resource` at a path and `x-specdouble-role` at an operation
    wins over what is inferred.
    """
    with errors():
        from specdouble.openapi.model import as_overlay, as_text, infer

        document = _document(source, extra, published=False, allow_refs=allow_refs)
        found = infer(document.raw)
        written = as_overlay(found, document.raw, document.name) if overlay else None
        text = as_text(found)
    if written is not None and overlay == "-":
        dump(written, "yaml")
        return
    if written is not None and overlay is not None:
        write_yaml(overlay, written)
    if as_json:
        dump(found.as_dict(), "json")
    else:
        click.echo(text, nl=False)


def _lint(source: str, overlay: str | None, allow_refs: bool) -> tuple["Linted", int | None]:
    """Check one document; return what was found, and the number of actions of its overlay."""
    from dataclasses import replace

    from specdouble.openapi import load_overlay
    from specdouble.openapi.bundled_lint import house_rules
    from specdouble.openapi.lint.source import lint_text
    from specdouble.openapi.reading import read
    from specdouble.packs.documents import bundled_documents

    if source in bundled_documents():
        entry = bundled_documents()[source]
        extra = load_overlay(entry.overlay) if entry.overlay else None
        linted = lint_text(read(entry.published), source, extra)
        house = house_rules(linted.document, extra, entry.stated)
        return replace(linted, findings=(*linted.findings, *house)), len(extra["actions"]) if extra else None
    known = _known(source)
    given = load_overlay(_overlay_file(overlay)) if overlay else None
    return lint_text(read(known), known, given, follow=allow_refs), len(given["actions"]) if given else None


def _entries(linted: "Linted", fail_on: str, entries: list["Ignored"]) -> tuple[tuple["Entry", ...], int]:
    from datetime import date

    from specdouble.openapi.report import Entry, without_ignored

    placed = ((finding, (finding.rule, "", finding.where)) for finding in linted.findings)
    kept, ignored, remarks = without_ignored(placed, entries, date.today())
    say(remarks)
    return tuple(
        Entry(
            one.rule,
            one.level,
            one.level,
            "",
            one.where,
            one.message,
            fails(one.level, LINT_LEVELS, fail_on),
            one.line,
            one.as_dict(),
        )
        for one in kept
    ), ignored


def _print_findings(
    name: str, linted: "Linted", actions: int | None, found: tuple["Entry", ...], ignored: int, notes: bool
) -> None:
    from specdouble.openapi.lint import size

    paths, operations = size(linted.document)
    counts = {level: sum(entry.level == level for entry in found) for level in LINT_LEVELS}
    bad = [_many(counts[level], level) for level in ("error", "warning") if counts[level]]
    parts = [f"{name:22}", f"{paths:3} paths", f"{operations:3} operations"]
    parts += [f"{actions:3} overlay actions"] if actions is not None else []
    parts += [_many(counts["note"], "note")] if counts["note"] else []
    parts += [f"{ignored} ignored"] if ignored else []
    parts += [", ".join(bad) or "ok"]
    click.echo("  ".join(parts))
    for entry in found:
        if notes or entry.level != "note":
            line = f"line {entry.line} " if entry.line else ""
            click.echo(f"  {entry.level}: {line}{entry.where}: {entry.message} [{entry.rule}]")


def _many(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _kept(changes: list["Change"], entries: list["Ignored"]) -> tuple[list["Change"], int]:
    from datetime import date

    from specdouble.openapi.report import without_ignored

    placed = ((change, (change.rule, change.operation, change.pointer)) for change in changes)
    kept, ignored, remarks = without_ignored(placed, entries, date.today())
    say(remarks)
    return kept, ignored


def _print_changes(changes: list["Change"], ignored: int) -> None:
    breaking = sum(change.breaking for change in changes)
    more = f", {ignored} ignored" if ignored else ""
    click.echo(f"{breaking} breaking, {len(changes) - breaking} other changes{more}")
    for level in DIFF_LEVELS:
        chosen = [change for change in changes if change.level == level]
        if chosen:
            click.echo(f"\n{level}")
        for change in chosen:
            click.echo(f"  {change}")


def _document(source: str, overlay: str | None, published: bool, allow_refs: bool = False) -> "Document":
    from specdouble.openapi import effective
    from specdouble.packs.documents import bundled, bundled_documents

    if source in bundled_documents():
        files = bundled_documents()
        return effective(files[source].published, name=source) if published else bundled(source)
    extra = _overlay_file(overlay) if overlay and not published else None
    return effective(_known(source), extra, follow=allow_refs)


def _overlay_file(overlay: str) -> str:
    from specdouble.packs.documents import bundled_documents

    return str(bundled_documents()[overlay].overlay) if overlay in bundled_documents() else overlay


def _known(source: str) -> str:
    """Return `source`, unless it is neither a file nor a URL and looks like the name of a bundled document."""
    from pathlib import Path

    from specdouble.openapi.reading import is_url
    from specdouble.packs.documents import find

    if not is_url(source) and not Path(source).exists() and "/" not in source and "." not in source:
        find(source)
    return source


def _pick(
    source: str | None, operation: str | None, overlay: str | None, published: bool, allow_refs: bool
) -> tuple["Document", str | None]:
    """Return the document to show and the operation in it; one argument alone may be either."""
    from specdouble.packs.documents import bundled_documents

    if source is None:
        return _document("auth-gateway", overlay, published), None
    if operation is None and _is_operation(source):
        for name in bundled_documents():
            document = _document(name, overlay, published)
            if _matches(document, source):
                return document, source
        return _document("auth-gateway", overlay, published), source
    return _document(source, overlay, published, allow_refs), operation


def _is_operation(text: str) -> bool:
    """Tell an operation from a source: it has a space, starts as a path, or is an operationId of a bundled document."""
    from pathlib import Path

    from specdouble.packs.documents import bundled, bundled_documents

    if text in bundled_documents() or Path(text).exists():
        return False
    return " " in text or text.startswith("/") or any(_matches(bundled(name), text) for name in bundled_documents())


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
    from specdouble.openapi import SpecError
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
