"""``specdouble routes`` and ``specdouble where``: which code answers which operation, and who may call it."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import click

from specdouble.mock.binding.bind import PackError, bind, load
from specdouble.mock.boot import PACKS
from specdouble.mock.pipeline.operation import RUNGS, Bound
from specdouble.packs.documents import bundled


def operations() -> list[tuple[str, Bound]]:
    """Return every operation of the bundled documents with its service, in document order."""
    found = []
    for name in PACKS:
        pack = load(name)
        found += [(bound.document, bound) for bound in bind(pack, [bundled(one) for one in pack.documents]).values()]
    return found


def needs(bound: Bound) -> str:
    """Say in a few words who may call an operation."""
    if bound.public:
        return "anyone"
    names = {
        "bearerAuth": "bearer", "apiKey": "api key", "serviceToken": "service token",
        "actingUser": "acting user", "registryKey": "registry key",
        "serviceBearer": "service token as bearer", "callToken": "call token",
    }  # fmt: skip
    ways = [
        " + ".join(names.get(scheme, scheme) for scheme in sorted(alternative, reverse=True)) or "anyone"
        for alternative in bound.spec.security
    ]
    who = "role" if any(scheme in bound.schemes for scheme in ("bearerAuth", "apiKey")) else "an acting user"
    role = f", {who} {bound.required_role}" if bound.required_role else ""
    return " | ".join(dict.fromkeys(ways)) + role


@click.command()
@click.option("--needs", "with_needs", is_flag=True, help="Show who may call each operation.")
@click.option("--tag", help="Only operations of this tag.")
@click.option("--rung", type=click.Choice(RUNGS), help="Only operations on this rung.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def routes(*, with_needs: bool, tag: str | None, rung: str | None, as_json: bool) -> None:
    """List every operation with its room and rung."""
    chosen = [
        (service, bound)
        for service, bound in operations()
        if (tag is None or bound.spec.tag == tag) and (rung is None or bound.rung == rung)
    ]
    if as_json:
        click.echo(json.dumps([_row(service, bound) for service, bound in chosen], indent=2))
        return
    for service in dict.fromkeys(service for service, _ in chosen):
        mine = [bound for name, bound in chosen if name == service]
        click.secho(service, bold=True)
        width = max(len(bound.key) for bound in mine)
        for bound in mine:
            line = f"  {bound.key:<{width}}  {bound.rung:<6}  {bound.room}"
            click.echo(f"{line}  {needs(bound)}" if with_needs else line)
        rungs = Counter(bound.rung for bound in mine)
        counted = ", ".join(f"{name} {rungs[name]}" for name in RUNGS if rungs[name])
        click.echo(f"  {len(mine)} operations on {len({bound.spec.path for bound in mine})} paths: {counted}\n")


def _row(service: str, bound: Bound) -> dict[str, Any]:
    return {
        "service": service,
        "operation": bound.key,
        "tag": bound.spec.tag,
        "rung": bound.rung,
        "room": bound.room,
        "needs": needs(bound),
    }


@click.command()
@click.argument("operation")
def where(operation: str) -> None:
    """Print file:line of the handler of OPERATION, such as "POST /v1/auth/login"."""
    known = operations()
    wanted = " ".join(operation.split())
    method, _, path = wanted.partition(" ")
    wanted = f"{method.upper()} {path}" if path else wanted
    rooms = [bound.room for _, bound in known if wanted in (bound.key, bound.spec.path, bound.spec.operation_id)]
    if not rooms:
        import difflib

        closest = difflib.get_close_matches(wanted, [bound.key for _, bound in known], n=1, cutoff=0.0)
        raise PackError(f"no operation is called {operation!r}; the closest is {closest[0]!r}")
    for room in dict.fromkeys(rooms):
        click.echo(room)
