"""Writes the generated parts of the pages in this folder; ``--check`` only says which of them are stale.

A generated part stands between two markers; what is around it is written by hand.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from specdouble import packs
from specdouble.cli.routes import needs, operations
from specdouble.cli.target import VARIABLES, Target, generic, options
from specdouble.mock.boot import Platform, boot
from specdouble.mock.control.plane import actions, own_actions
from specdouble.mock.pipeline.operation import FIDELITIES, Bound
from specdouble.openapi import Contract
from specdouble.openapi.diff import RULES as DIFF_RULES
from specdouble.openapi.lint import RULES as LINT_RULES
from specdouble.packs.documents import contract

HERE = Path(__file__).resolve().parent
EXAMPLE = HERE / "examples" / "library.yaml"
BEGIN, END = "<!-- generated: python docs/generate.py -->", "<!-- end of the generated part -->"

# example -> what of a known shape it shows
SHAPES = {
    "garden": "[examples/garden.yaml](examples/garden.yaml), in the shape of a museum's public API: keys named after "
    "their parameter, days that no path leads to one by one, a picture below an item that nothing reads.",
    "kennel": "[examples/kennel.yaml](examples/kennel.yaml), in the shape of the pet store: a key in the body of a PUT "
    "on the collection, finders and a login among the items, a resource below a static prefix, keys that are names.",
    "machines": "[examples/machines.yaml](examples/machines.yaml), in the shape of a container engine: `/create` and "
    "`/json` behind collections, receipts, verbs behind items, a list in an envelope, `prune`.",
}

# kind of a setting -> what its value looks like
KINDS = {
    "text": "text", "secret": "text, secret", "file": "path", "list": "list of texts", "flag": "`true` or `false`",
    "int": "whole number", "float": "number", "url": "URL", "secrets": "list of texts, secret",
    "login": "`EMAIL:PASSWORD`, secret", "command": "command, secret",
}  # fmt: skip


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """Yield the lines of a Markdown table."""
    columns = list(heads)
    yield f"| {' | '.join(columns)} |"
    yield "|---" * len(columns) + "|"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


def operations_part() -> str:
    """Write a table of operations per bundled document."""
    known = operations(contract(packs.default()))
    lines: list[str] = []
    for document in dict.fromkeys(name for name, _ in known):
        mine = [bound for name, bound in known if name == document]
        counts = Counter(bound.fidelity for bound in mine)
        counted = ", ".join(f"{counts[name]} {name}" for name in FIDELITIES if counts[name])
        paths = len({bound.spec.path for bound in mine})
        lines += [f"## {document}", "", f"{len(mine)} operations on {paths} paths: {counted}.", ""]
        heads = ("operation", "tag", "who may call", "fidelity", "handler")
        lines += [*table(heads, map(operation_row, mine)), ""]
    return "\n".join(lines).strip()


def operation_row(bound: Bound) -> tuple[str, ...]:
    """Write one operation; its handler without the line, which moves with every edit."""
    key = f"`{bound.key}`" + (" (deprecated)" if bound.spec.deprecated else "")
    source = bound.source.partition(":")[0]
    return (key, bound.spec.tag, needs(bound).replace(" | ", " or "), bound.fidelity, f"`{source}`")


def control_part(platform: Platform) -> str:
    """Write a table of the control plane's own routes, and one of those that the pack adds."""
    heads, known, engine = ("route", "does"), actions(platform), own_actions(platform)
    own = [(f"`{key}`", summary) for key, (summary, _) in known.items() if key in engine]
    more = [(f"`{key}`", summary) for key, (summary, _) in known.items() if key not in engine]
    said = f"The pack `{platform.contract.name}` adds:"
    return "\n".join(["Every server has these:", "", *table(heads, own), "", said, "", *table(heads, more)])


def power_part() -> str:
    """Write a table of planted faults per class, and those that got away."""
    sys.path.insert(0, str(HERE.parent))
    from tests.planted.catalogue import FAULTS
    from tests.planted.results import OUT_OF_REACH, by_class, kept

    rows = by_class()
    planted, caught = sum(row[1] for row in rows), sum(row[2] for row in rows)
    where = Counter(outcome["level"] for outcome in kept().values() if outcome["caught"])
    operations_ = len({outcome["operation"] for outcome in kept().values()})
    commits = Counter(outcome["commit"] for outcome in kept().values())
    when = ", ".join(f"{count} with {commit}" for commit, count in commits.most_common())
    lines = [
        f"{len(FAULTS)} faults are written down; {planted} of them were hunted. By the commit of the suites: {when}.",
        "",
        f"{planted} faults on {operations_} operations, {caught} caught "
        f"({100 * caught / planted:.1f} %): {where['operation']} by the checks of the operation itself, "
        f"{where['strict']} there with `--strict`, {where['tag']} by those of its tag, {where['gate']} by the gate.",
        "",
        *table(("class", "planted", "caught", "by rules of"), ((a, str(b), str(c), d) for a, b, c, d in rows)),
        "",
        "Not caught:",
        "",
    ]
    lost = sorted(name for name, outcome in kept().items() if not outcome["caught"])
    lines += [
        f"- `{name}` ({kept()[name]['operation']}): {OUT_OF_REACH.get(name, 'nothing looks there')}" for name in lost
    ]
    return "\n".join(lines)


def settings_part() -> str:
    """Write a table of the settings, one of what only `specdouble verify` takes, and one of the keys of a waiver."""
    from specdouble.cli.verify import verify
    from specdouble.verify.api.api import load
    from specdouble.verify.results.waivers import KEYS
    from specdouble.verify.running.gather import FILE
    from specdouble.verify.settings.options import UNSET, Option

    options = load().options

    def row(option: Option) -> tuple[str, ...]:
        default = "" if option.value == UNSET else option.value
        shown = str(default).lower() if isinstance(default, bool) else str(default or "")
        name, meaning = f"`{option.name}`", f"{option.help} `{option.variable}`"
        return name, KINDS[option.kind], f"`{shown}`" if shown else "", meaning

    heads = ("key", "value", "default", "meaning and variable")
    rows = [row(option) for option in options.values()]
    more = [
        (", ".join(f"`{word}`" for word in one.opts), f"`{one.envvar}`" if one.envvar else "", _plain(one.help or ""))
        for one in verify.params
        if isinstance(one, click.Option) and one.name is not None and one.name.replace("_", "-") not in options
    ]
    return "\n".join([
        *table(heads, rows), "",
        f"These are options and variables, and no keys of `{FILE}`:", "",
        *table(("option", "variable", "meaning"), more), "",
        "A waiver has these keys:", "",
        *table(("key", "meaning"), ((f"`{name}`", text) for name, text in KEYS.items())), "",
        *serve_part(),
    ])  # fmt: skip


def serve_part() -> Iterator[str]:
    """Write a table of the options of every server, and one of those that a bundled pack adds."""
    heads = ("option", "variable", "default", "meaning")
    common = [one.name for one in generic()]
    said = (
        "Every server takes these options, and `--port`. Each is also a key of the table `[serve]` in "
        "`specdouble.toml`, of the same type (`seed = 3`, `strict = true`), beside `target`, a text or a list of them; "
        "an option wins over a variable, a variable over the file:"
    )
    yield from ("## `specdouble serve`", "", said, "")
    yield from table(heads, map(_option_row, generic()))
    for name in packs.bundled():
        more = [one for one in options(Target((name,), None)) if one.name not in common]
        yield from ("", f"The pack `{name}` adds:", "", *table(heads, map(_option_row, more)))


def _option_row(option: click.Option) -> tuple[str, ...]:
    variables = option.envvar or (f"{VARIABLES}_{str(option.name).upper()}",)
    words = [*option.opts, *option.secondary_opts]
    default = f"`{option.default}`" if option.show_default and not option.is_flag else ""
    return (
        ", ".join(f"`{one}`" for one in words),
        ", ".join(f"`{one}`" for one in variables),
        default,
        option.help or "",
    )


def _plain(text: str) -> str:
    """Return the help of an option without the variable at its end, which has a column of its own."""
    return re.sub(r"\s*\[SPECDOUBLE_\w+\]$", "", text)


def budget_part() -> str:
    """Write what a run with a budget makes, and a table of the sample's faults that it catches."""
    from specdouble.verify.api.api import load
    from specdouble.verify.results.proof import OWN
    from specdouble.verify.running.plan import prices
    from tests.planted.results import KEPT_BUDGET, by_budget, kept

    rows, missed = by_budget()
    written = [name for name in missed if not name.startswith("random-")]
    api = load()
    costs = prices(api.pack.prices)
    gate, caught = sum(row[1] for row in rows), sum(row[2] for row in rows)
    sampled, whole = (sum(price[at] for price in costs.values()) for at in (1, 2))
    share = f" ({100 * caught / gate:.0f} %)" if gate else ""
    lines = [
        f"The {len(costs):,} tests cost {whole:,} requests, and {sampled:,} when they sample. First come "
        f"the {len(OWN | api.pack.own)} rules by which an operation is proven.",
        "",
        f"{len(kept(KEPT_BUDGET))} faults of the sample were tried: the gate catches {gate}, a run of 6,000 requests "
        f"{caught} of them{share}.",
        "",
        *table(("class", "the gate catches", "6,000 requests catch"), ((a, str(b), str(c)) for a, b, c in rows)),
        "",
        "Missed: "
        + ", ".join(
            [
                *(f"`{name}`" for name in written),
                f"and {len(missed) - len(written)} that were drawn "
                "by a seed for this sample, which today draws others.",
            ]
        ),
    ]
    return "\n".join(lines)


def staging_part() -> str:
    """Write a table of what each set of credentials proves, and what would prove more."""
    sys.path.insert(0, str(HERE.parent))
    from tests.verify.staging import ROWS, TABLE

    measured = json.loads(TABLE.read_text())
    heads = ("credentials", "may", "operations", "rules", "requests")
    rows = [
        (
            ROWS[name].title,
            ROWS[name].may,
            f"{one['operations']} of {one['all_operations']}",
            f"{one['rules']} of {one['all_rules']}",
            f"{one['requests']:,}",
        )
        for name, one in measured.items()
    ]
    lines = [*table(heads, rows), "", "What would add most to each row, with what waits for it:", ""]
    for name, one in measured.items():
        lines.append(
            f"- {ROWS[name].title} ({ROWS[name].may}): {'; '.join(f'`{step}`' for step in one['missing'][:5])}"
        )
    return "\n".join(lines)


def model_part() -> str:
    """Write the model of the example, and tables of the roles and styles."""
    from specdouble.openapi.model import ROLES, as_text, infer
    from specdouble.openapi.model.parts import STYLES
    from specdouble.openapi.reading import load

    return "\n".join(
        [
            "```",
            as_text(infer(load(EXAMPLE))).rstrip(),
            "```",
            "",
            *table(("role", "the operation"), ((f"`{name}`", text) for name, text in ROLES.items())),
            "",
            *table(("style", "meaning"), ((f"`{name}`", text) for name, text in STYLES.items())),
        ]
    )


def models_part() -> str:
    """Write the models of the examples that have the shape of well-known documents."""
    from specdouble.openapi.model import as_text, infer
    from specdouble.openapi.reading import load

    lines: list[str] = []
    for name, about in SHAPES.items():
        text = as_text(infer(load(EXAMPLE.with_name(f"{name}.yaml")))).rstrip()
        lines += [
            f"## {name}",
            "",
            about,
            "",
            "```",
            f"$ specdouble spec model docs/examples/{name}.yaml",
            text,
            "```",
            "",
        ]
    return "\n".join(lines).strip()


def rules_part(rules: Iterable[Any]) -> str:
    """Write a table of rules."""
    rows = ((f"`{rule.id}`", rule.level, rule.sentence) for rule in rules)
    return "\n".join(table(("rule", "level", "says"), rows))


def pack_part(name: str) -> str:
    """Write a table of a bundled pack's operations, of the routes that it decides, and of its planted faults."""
    known = [bound for _, bound in operations(contract(name))]
    counts = Counter(bound.fidelity for bound in known)
    counted = ", ".join(f"{counts[step]} {step}" for step in FIDELITIES if counts[step])
    lines = ["## Every operation", "", f"{len(known)} operations: {counted}.", ""]
    rows = ((f"`{one.key}`", one.fidelity, one.reason or f"`{one.source.partition(':')[0]}`") for one in known)
    lines += table(("operation", "answered by", "how"), rows)
    decided = [(key, one) for key, one in _operations_of(contract(name)) if f"x-{name}-basis" in one]
    if decided:
        basis = f"x-{name}-basis"
        lines += ["", "## Routes that were decided", "", f"The document says so at each (`{basis}`).", ""]
        rows = (
            (f"`{key}`", one[basis]["confidence"], one[basis]["because"], ", ".join(one[basis].get("alternatives", ())))
            for key, one in decided
        )
        lines += table(("operation", "it is", "because", "it could be"), rows)
    return "\n".join([*lines, "", *_faults(name)])


def _operations_of(known: Contract) -> Iterator[tuple[str, dict[str, Any]]]:
    for service in known.services:
        for path, item in service.document.raw["paths"].items():
            yield from ((f"{method.upper()} {path}", one) for method, one in item.items() if isinstance(one, dict))


def _faults(name: str) -> Iterator[str]:
    """Write what became of the faults that were planted into a pack's server."""
    sys.path.insert(0, str(HERE.parent))
    from tests.toolhive.planting import faults, kept

    caught, written = json.loads(kept(name).read_text()), faults(name)
    yield from ("## Planted faults", "")
    share = 100 * sum(caught.values()) / len(caught)
    yield f"{len(caught)} faults of the server, each verified by its operation alone: {sum(caught.values())} are caught"
    yield from (f"({share:.1f} %), by `python -m tests.toolhive.planting {name} PORT`.", "")
    rows = (
        (one.id, f"`{one.operation}`", one.about, "yes" if caught[one.id] else "no")
        for one in written.values()
        if one.id in caught
    )
    yield from table(("fault", "operation", "what is wrong", "caught"), rows)


def parts(platform: Platform) -> dict[Path, str]:
    """Return the generated part of each page."""
    return {
        HERE / "staging.md": staging_part(),
        HERE / "operations.md": operations_part(),
        HERE / "control-plane.md": control_part(platform),
        HERE / "power.md": power_part(),
        HERE / "configuration.md": settings_part(),
        HERE / "budget.md": budget_part(),
        HERE / "diff-rules.md": rules_part(DIFF_RULES.values()),
        HERE / "lint-rules.md": rules_part(LINT_RULES.values()),
        HERE / "resource-model.md": model_part(),
        **{HERE / "packs" / f"{name}.md": pack_part(name) for name in ("alquimia", "toolhive")},
        HERE / "models.md": models_part(),
    }


def filled(text: str, part: str) -> str:
    """Return a page with its generated part replaced; raises ``ValueError`` for a page without markers."""
    before, begin, rest = text.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"a page needs the lines {BEGIN!r} and {END!r}")
    return f"{before}{BEGIN}\n\n{part}\n\n{END}{after}"


def stale(platform: Platform) -> dict[Path, str]:
    """Return the pages whose generated part is not what the code says now, with what they should read."""
    wanted = {page: filled(page.read_text(), part) for page, part in parts(platform).items()}
    return {page: text for page, text in wanted.items() if text != page.read_text()}


def main() -> int:
    """Write the stale pages, or name them and return 1."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--check", action="store_true", help="write nothing; exit with 1 when a page is stale")
    check: bool = options.parse_args().check
    found = stale(boot(contract(packs.default())))
    for page, text in found.items():
        if not check:
            page.write_text(text)
        sys.stdout.write(f"{page.name} {'is stale: run python docs/generate.py' if check else 'is written'}\n")
    return 1 if check and found else 0


if __name__ == "__main__":
    raise SystemExit(main())
