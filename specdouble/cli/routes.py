"""``specdouble routes`` and ``specdouble where``: which code answers which operation, and who may call it."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import click

from specdouble.cli.target import there
from specdouble.errors import SpecdoubleError, closest
from specdouble.mock.binding.load import load
from specdouble.mock.boot import bound_operations, settings
from specdouble.mock.pipeline.operation import FIDELITIES, Bound
from specdouble.openapi.contract import Contract
from specdouble.packs.target import contract_of_targets

Overlay = click.Path(dir_okay=False, path_type=Path)


def operations(contract: Contract) -> list[tuple[str, Bound]]:
    """Return every operation of a contract with the name of its document, in document order."""
    side = load(contract.name, list(contract.by_name))
    bound, _ = bound_operations(contract, side, settings(contract, side))
    return [(op.document, op) for service in bound.values() for op in service.values()]


def needs(bound: Bound) -> str:
    """Say in a few words who may call an operation."""
    if bound.public:
        return "anyone"
    ways = [" + ".join(map(_words, sorted(one, reverse=True))) or "anyone" for one in bound.spec.security]
    role = f", role {bound.required_role}" if bound.required_role else ""
    return " | ".join(dict.fromkeys(ways)) + role


def _words(scheme: str) -> str:
    """Return the name of a security scheme as words: `bearerAuth` is `bearer`, `api_key` is `api key`."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[_-]+", " ", scheme).lower().split()
    return " ".join(words[:-1] if len(words) > 1 and words[-1] == "auth" else words)


@click.command()
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@click.option("--overlay", type=Overlay, help="OpenAPI overlay that is applied to the document TARGET.")
@click.option("--needs", "with_needs", is_flag=True, help="Show who may call each operation.")
@click.option("--tag", help="Only operations of this tag.")
@click.option("--fidelity", type=click.Choice(FIDELITIES), help="Only operations that are answered this way.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def routes(
    *,
    targets: tuple[str, ...],
    overlay: Path | None,
    with_needs: bool,
    tag: str | None,
    fidelity: str | None,
    as_json: bool,
) -> None:
    """List every operation of TARGET with what answers it, and why.

    That is a `handler` (a Python function), what is `declared` for it in the document or its overlay, what is
    `inferred` from the resources that the document is about, or else an `example` that fits its schema.
    """
    known = operations(contract_of_targets(targets, overlay and there(overlay)))
    chosen = [
        (document, bound)
        for document, bound in known
        if (tag is None or bound.spec.tag == tag) and (fidelity is None or bound.fidelity == fidelity)
    ]
    if as_json:
        click.echo(json.dumps([_row(document, bound) for document, bound in chosen], indent=2))
        return
    if not chosen:
        asked = " ".join(f"--{name} {one}" for name, one in (("tag", tag), ("fidelity", fidelity)) if one)
        click.echo(f"no operation fits {asked}; there are {len(known)}" if known else "there are no operations")
    for document in dict.fromkeys(document for document, _ in chosen):
        mine = [bound for name, bound in chosen if name == document]
        click.secho(document, bold=True)
        width = max(len(bound.key) for bound in mine)
        for bound in mine:
            line = f"  {bound.key:<{width}}  {bound.fidelity:<8}  {bound.source or bound.reason}"
            click.echo(f"{line}  {needs(bound)}" if with_needs else line)
        counts = Counter(bound.fidelity for bound in mine)
        counted = ", ".join(f"{name} {counts[name]}" for name in FIDELITIES if counts[name])
        click.echo(f"  {len(mine)} operations on {len({bound.spec.path for bound in mine})} paths: {counted}\n")


def _row(document: str, bound: Bound) -> dict[str, Any]:
    return {
        "document": document,
        "operation": bound.key,
        "tag": bound.spec.tag,
        "fidelity": bound.fidelity,
        "handler": bound.source,
        "reason": bound.reason,
        "needs": needs(bound),
    }


@click.command()
@click.argument("operation")
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@click.option("--overlay", type=Overlay, help="OpenAPI overlay that is applied to the document TARGET.")
def where(operation: str, targets: tuple[str, ...], overlay: Path | None) -> None:
    """Print file:line of the handler of OPERATION, such as "POST /v1/pets", in TARGET."""
    known = operations(contract_of_targets(targets, overlay and there(overlay)))
    wanted = " ".join(operation.split())
    method, _, path = wanted.partition(" ")
    wanted = f"{method.upper()} {path}" if path else wanted
    found = [
        bound.source or bound.reason
        for _, bound in known
        if wanted in (bound.key, bound.spec.path, bound.spec.operation_id)
    ]
    if not found:
        near = closest(wanted, [bound.key for _, bound in known], cutoff=0.0)
        raise SpecdoubleError(f"no operation is called {operation!r}", closest=near)
    for one in dict.fromkeys(found):
        click.echo(one)
