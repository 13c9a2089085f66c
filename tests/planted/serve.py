"""Serves a platform with one planted fault, as ``specdouble serve`` serves a healthy one.

``python -m tests.planted.serve FAULT_ID --port 9085 --registry-port 9086``; ``--list`` prints all faults.
"""

from __future__ import annotations

import sys
from typing import Any

import click

from tests.pack import Options
from tests.planted.catalogue import FAULTS, find

DEFAULTS = Options()


@click.command()
@click.argument("fault_id", required=False)
@click.option("--port", default=8085, show_default=True, help="Port of the Auth Gateway.")
@click.option("--registry-port", default=8086, show_default=True, help="Port of the Registry.")
@click.option("--host", default=DEFAULTS.host, show_default=True, help="Address to listen on.")
@click.option("--world", default=DEFAULTS.world, show_default=True, help="Which bundled cast to load.")
@click.option("--seed", type=int, help="Make ids repeatable.")
@click.option("--deploy-seconds", default=DEFAULTS.deploy_seconds, show_default=True, help="How long a deploy waits.")
@click.option("--list", "listing", is_flag=True, help="Print all faults: id, class, service, tag, operation, sentence.")
@click.option("--random", "generated", type=int, default=0, help="With --list: this many generated faults instead.")
def main(fault_id: str | None, listing: bool, generated: int, **given: Any) -> None:
    """Serve the platform with the fault FAULT_ID planted in it."""
    if listing:
        show(generated)
        return
    if fault_id is None:
        raise click.UsageError("name a fault; --list prints them")
    try:
        fault = find(fault_id)
    except LookupError as error:
        raise click.UsageError(str(error)) from None
    from specdouble.mock.transports.server import open_sockets, run
    from specdouble.sockets import ServeError
    from tests.pack import boot

    ports = {"auth_gateway": given.pop("port"), "registry": given.pop("registry_port")}
    options = Options(ports=ports, **given)
    try:
        sockets = open_sockets(options)
    except ServeError as error:
        raise click.ClickException(str(error)) from None
    platform = boot(options)
    fault.plant(platform)
    click.echo(f"{fault.id}: {fault.description} ({fault.operation})")
    run(platform, sockets)


def show(generated: int) -> None:
    """Print the faults as a table of tab-separated columns."""
    rows: Any = FAULTS.values()
    if generated:
        from tests.planted.systematic import generate

        rows = generate(generated)
    for one in rows:
        columns = (one.id, one.fault_class, one.service, one.tag, one.operation, one.description)
        sys.stdout.write("\t".join(columns) + "\n")


if __name__ == "__main__":
    main()
