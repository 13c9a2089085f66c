"""`specdouble spec`: check, show and compare documents."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from specdouble.cli.spec_output import allow_refs, dump, errors, fails, output_options, rule_options, say, write_yaml
from specdouble.cli.spec_sources import SOURCE_HELP, cut, known, overlay_file, pick, read_source

if TYPE_CHECKING:
    from specdouble.openapi.diff import Change
    from specdouble.openapi.lint.source import Linted
    from specdouble.openapi.report import Entry, Ignored

LINT_LEVELS = ("error", "warning", "note")
DIFF_LEVELS = ("breaking", "warning", "compatible")
_MOST_PROBLEMS = 50
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
    """Check documents and their overlays.

    They must be valid, their references lead somewhere, their examples fit, their security be defined.

    Without SOURCE, the bundled documents are checked. Exits with 1 when there are errors (see --fail-on), with 2 when a
    document cannot be read. A comment `# lint-ignore: RULE` leaves out a finding on its line or the next one, a list
    `x-lint-ignore` those in the object around it.
    """
    with errors():
        from specdouble.openapi.report import FORMATS, Section, load_ignores, render
        from specdouble.packs.documents import bundled_documents

        sentences = {name: rule.sentence for name, rule in _lint_rules().items()}
        entries = load_ignores(ignore, sentences) if ignore else []
        reports = [(source, *_lint(source, overlay, allow_refs)) for source in sources or bundled_documents()]
        sections = []
        for source, linted, actions in reports:
            found, ignored = _entries(linted, fail_on, entries)
            sections.append(Section(source, source, found))
            if form == "text":
                _print_findings(source, linted, actions, found, ignored + linted.ignored, notes)
                _print_problems(linted)
        if form in FORMATS:
            click.echo(render(form, sections, sentences, "specdouble spec lint"), nl=False)
    if any(entry.fails for section in sections for entry in section.entries):
        raise SystemExit(1)


@spec.command(epilog=SOURCE_HELP)
@click.argument("source", required=False)
@click.argument("operation", required=False)
@click.option("--format", "form", type=click.Choice(["json", "yaml"]), default="yaml", show_default=True)
@click.option("--published", is_flag=True, help="Leave the overlay out.")
@click.option(
    "--resolved", "--resolve", "resolved", is_flag=True, help="Replace every $ref: one file that needs no other."
)
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
    """Print a document with its overlay applied, or one operation of it.

    OPERATION is its method and path ("POST /pets"), its path, or its operationId. Without SOURCE it is looked for in
    the bundled documents.
    """
    with errors():
        document, operation = pick(source, operation, overlay, published=published, allow_refs=allow_refs)
        raw = document.raw
        if resolved:
            from specdouble.openapi import resolve

            raw = resolve(raw)
        value = raw if operation is None else cut(document, raw, operation)
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
        documents = [
            read_source(source, overlay, published=published, allow_refs=allow_refs).raw for source in (old, new)
        ]
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

        document = read_source(source, extra, allow_refs=allow_refs)
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


@spec.command()
def schema() -> None:
    """Print the JSON Schema of the x-specdouble- extensions, for editors: it fits documents and overlays."""
    from specdouble.openapi.extensions import schema as extensions

    dump(extensions(), "json")


def _lint(source: str, overlay: str | None, allow_refs: bool) -> tuple["Linted", int | None]:
    """Check one document; return what was found, and the number of actions of its overlay."""
    from specdouble.openapi import load_overlay
    from specdouble.openapi.lint.source import lint_text
    from specdouble.openapi.reading import read
    from specdouble.packs.documents import bundled_documents

    files = bundled_documents().get(source)
    path = str(files.published) if files else known(source)
    extra = overlay_file(overlay) if overlay else str(files.overlay) if files and files.overlay else None
    given = load_overlay(extra) if extra else None
    where = source if files else path
    linted = lint_text(read(path), where, given, follow=allow_refs)
    return linted, len(given["actions"]) if given else None


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


def _print_problems(linted: "Linted") -> None:
    """Print what a server and a verifier cannot use, and what they do instead."""
    from specdouble.openapi import Document
    from specdouble.openapi.problems import problems
    from specdouble.openapi.reading.json_text import encode

    found = problems(Document("", encode(linted.document), linted.source))
    if found:
        click.echo("  what this means for serve and verify, the worst first:")
    for one in found[:_MOST_PROBLEMS]:
        click.echo(f"    {one}")
    if len(found) > _MOST_PROBLEMS:
        click.echo(f"    and {len(found) - _MOST_PROBLEMS} more")


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
