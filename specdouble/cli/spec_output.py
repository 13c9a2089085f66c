"""How `specdouble spec` says what it found: the options that its commands share, and the output formats."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


class BadInput(click.ClickException):
    """What the caller named cannot be used."""

    exit_code = 2


@contextmanager
def errors() -> Iterator[None]:
    """Turn every error into one line on stderr and exit code 2: 1 is a verdict, and a crash is none."""
    from specdouble.openapi import SpecError

    try:
        yield
    except SpecError as error:
        raise BadInput(" ".join(str(error).split())) from None
    except (RecursionError, MemoryError):
        raise BadInput("the document is nested too deeply or too large to be read") from None
    except (click.ClickException, click.exceptions.Exit, BrokenPipeError, ModuleNotFoundError):
        raise
    except Exception as error:
        what = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        raise BadInput(f"this document cannot be handled, which is our fault ({what}). Please report it") from error


def rule_options(known_rules: Callable[[], Mapping[str, Any]]) -> Callable[[F], F]:
    """Add `--rules` and `--explain`, which print the table of rules, or one of them."""

    def rules(context: click.Context, parameter: click.Parameter, wanted: bool) -> None:
        if wanted and not context.resilient_parsing:
            for rule in known_rules().values():
                click.echo(f"{rule.id:44} {rule.level:10} {rule.sentence}")
            context.exit()

    def explain(context: click.Context, parameter: click.Parameter, name: str | None) -> None:
        if name is None or context.resilient_parsing:
            return
        from specdouble.openapi.errors import closest

        known = known_rules()
        if name not in known:
            guess = closest(name, known)
            raise BadInput(f"there is no rule {name}.{f' Did you mean {guess}?' if guess else ''}")
        rule = known[name]
        direction = getattr(rule, "direction", "both")
        click.echo(f"{rule.id}\n\n{rule.sentence}\n\nLevel: {rule.level}")
        if direction != "both":
            click.echo(f"Direction: {direction}")
        context.exit()

    def add(command: F) -> F:
        one = click.option(
            "--explain", metavar="ID", callback=explain, is_eager=True, expose_value=False, help="Explain one rule."
        )
        listing = "List the rules with their levels."
        table = click.option("--rules", is_flag=True, callback=rules, is_eager=True, expose_value=False, help=listing)
        return table(one(command))

    return add


def output_options(levels: Iterable[str], failing: str) -> Callable[[F], F]:
    """Add `--format`, `--fail-on` and `--ignore`."""
    forms = click.Choice(["text", "json", "junit", "sarif", "markdown"])
    fail = click.Choice([*levels, "never"])

    def add(command: F) -> F:
        note = "Leave out what FILE lists: rule, reason, and maybe operation, where, expires."
        command = click.option("--ignore", metavar="FILE", help=note)(command)
        least = "Exit with 1 from this level on."
        command = click.option("--fail-on", type=fail, default=failing, show_default=True, help=least)(command)
        return click.option("--format", "form", type=forms, default="text", show_default=True)(command)

    return add


def allow_refs(command: F) -> F:
    """Add `--allow-refs`."""
    about = "Read the files in the document's folder that its references name; otherwise they are not followed."
    return click.option("--allow-refs", is_flag=True, help=about)(command)


def fails(level: str, levels: tuple[str, ...], fail_on: str) -> bool:
    """Tell whether a level, of `levels` from worst to best, makes the command fail."""
    return fail_on != "never" and levels.index(level) <= levels.index(fail_on)


def say(notes: Iterable[str]) -> None:
    """Print notes to stderr."""
    for note in notes:
        click.echo(note, err=True)


def write_yaml(path: str, value: Any) -> None:
    """Write data as a YAML file, and say so on stderr."""
    from pathlib import Path

    import yaml

    text = yaml.safe_dump(_plain(value), sort_keys=False, allow_unicode=True, width=110)
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{path}: cannot be written ({error.strerror}). Choose another file.") from None
    say([f"{path} is written"])


def dump(value: Any, form: str) -> None:
    """Print data as JSON or YAML."""
    if form == "json":
        from specdouble.openapi.reading.json_text import encode

        sys.stdout.buffer.write(encode(value, indent=True).lstrip() + b"\n")
        sys.stdout.flush()
    else:
        import yaml

        click.echo(yaml.safe_dump(_plain(value), sort_keys=False, allow_unicode=True, width=110), nl=False)


def _plain(value: Any) -> Any:
    """Copy JSON data, so that equal parts are written out and not as YAML anchors."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value
