"""``specdouble serve``: the mock server, its options and its start-up panel."""

from __future__ import annotations

import logging
from typing import Any

import click

from specdouble.mock.options import Options, url
from specdouble.mock.state.seeds import manifest, worlds
from specdouble.mock.state.world import World
from specdouble.packs import find

DEFAULTS = Options()
ROWS = 20  # people in the start-up panel


@click.command()
@click.option(
    "--host", default=DEFAULTS.host, show_default=True, envvar="SPECDOUBLE_HOST", help="Address to listen on."
)
@click.option(
    "--port", default=DEFAULTS.port, show_default=True, envvar="SPECDOUBLE_PORT", type=click.IntRange(1, 65535),
    help="Port of the Auth Gateway.",
)  # fmt: skip
@click.option(
    "--registry-port", default=DEFAULTS.registry_port, show_default=True, envvar="SPECDOUBLE_REGISTRY_PORT",
    type=click.IntRange(1, 65535), help="Port of the Registry.",
)  # fmt: skip
@click.option(
    "--world", default=DEFAULTS.world, show_default=True,
    help="Which bundled cast to load. " + " ".join(f"{name}: {manifest(name)['description']}." for name in worlds()),
)  # fmt: skip
@click.option("--seed", type=int, help="Make ids repeatable.")
@click.option(
    "--strict", is_flag=True, help="Validate every answer; one that breaks the document is a 500 that says where."
)
@click.option(
    "--service-token", default=DEFAULTS.service_token, show_default=True, envvar="SPECDOUBLE_SERVICE_TOKEN",
    help="Token of platform services (X-Service-Token).",
)  # fmt: skip
@click.option(
    "--registry-key", default=DEFAULTS.registry_key, show_default=True, envvar="SPECDOUBLE_REGISTRY_KEY",
    help="Platform key of the Registry (X-Api-Key).",
)  # fmt: skip
@click.option(
    "--stripe-secret", default=DEFAULTS.stripe_secret, show_default=True, envvar="SPECDOUBLE_STRIPE_SECRET",
    help="Secret that signs Stripe webhooks.",
)  # fmt: skip
@click.option(
    "--call-token-secret", default=DEFAULTS.call_token_secret, show_default=True, envvar="SPECDOUBLE_CALL_TOKEN_SECRET",
    help="Secret that signs the kernel's call tokens (Authorization: ImperalCallToken).",
)  # fmt: skip
@click.option(
    "--oauth-state-secret", default=DEFAULTS.oauth_state_secret, show_default=True,
    envvar=["SPECDOUBLE_OAUTH_STATE_SECRET", "IMPERAL_OAUTH_STATE_SECRET"],
    help="Secret that signs the OAuth states of the SDK (its IMPERAL_OAUTH_STATE_SECRET).",
)  # fmt: skip
@click.option(
    "--signing-key", type=click.Path(exists=True, dir_okay=False), envvar="SPECDOUBLE_SIGNING_KEY",
    help="PEM file with the RSA key of access tokens  [default: one kept in the user's cache folder]",
)  # fmt: skip
@click.option(
    "--token-seconds",
    default=DEFAULTS.token_seconds,
    show_default=True,
    type=click.IntRange(1),
    help="Life of an access token.",
)
@click.option(
    "--deploy-seconds", default=DEFAULTS.deploy_seconds, show_default=True, type=click.FloatRange(0),
    help="How long a deploy stays pending.",
)  # fmt: skip
@click.option("--rate-limits", is_flag=True, help="Answer 429 as the older documentation says (5 logins a minute …).")
@click.option(
    "--internal/--no-internal", default=DEFAULTS.internal, show_default=True,
    help="Serve the kernel's routes too; without them they are unknown paths (404).",
)  # fmt: skip
@click.option("--cors/--no-cors", default=True, show_default=True, help="Let pages on other origins call.")
@click.option("--expose-control", is_flag=True, help="Let the control plane answer beyond loopback.")
@click.option("--reload", is_flag=True, help="Start again when a document, a fixture or a handler changes.")
@click.option("-v", "--verbose", is_flag=True, help="Print a line per request.")
def serve(*, reload: bool, verbose: bool, **given: Any) -> None:
    """Serve the mock Auth Gateway and Registry: two ports, one world."""
    if reload:
        _reload()
    else:
        start(Options(**given), verbose)


def start(options: Options, verbose: bool) -> None:
    """Boot a platform and serve it until interrupted."""
    from specdouble.mock.boot import boot
    from specdouble.mock.transports.server import ServeError, claim, run

    logging.basicConfig(level=logging.INFO if verbose else logging.WARNING, format="%(asctime)s %(message)s")
    if options.port == options.registry_port:
        raise ServeError(f"both services are to listen on port {options.port}; give --registry-port another one")
    ports = {"auth_gateway": options.port, "registry": options.registry_port}
    for port in ports.values():
        claim(options.host, port)
    platform = boot(options)
    click.echo(panel(platform.world))
    run(platform, ports, options.host)


def _reload() -> None:
    """Run the same command without ``--reload`` in a process that is replaced when a file changes."""
    import shlex
    import sys
    from pathlib import Path

    import watchfiles

    ours = Path(__file__).resolve().parent.parent
    rooms = [ours / "openapi", ours / "mock"]
    rooms += [folder for layer, folder in find().layers.items() if layer != "contract_tests"]
    command = [sys.executable, "-m", "specdouble", *(word for word in sys.argv[1:] if word != "--reload")]
    watchfiles.run_process(*rooms, target=shlex.join(command), target_type="command", callback=_say_what_changed)


def _say_what_changed(changes: Any) -> None:
    names = sorted({path.rpartition("/")[2] for _change, path in changes})
    click.echo(f"changed: {', '.join(names)}; starting again with a fresh world", err=True)


def panel(world: World) -> str:
    """Write the start-up panel: where things are, who is there, and which credentials open what."""
    options = world.options
    gateway, registry = url(options.host, options.port), url(options.host, options.registry_port)
    lines = [
        f"{click.style('specdouble', bold=True)}  world {options.world}" + ("  strict" if options.strict else ""),
        "",
        f"  Auth Gateway  {click.style(gateway, bold=True)}",
        f"  Registry      {click.style(registry, bold=True)}",
        f"  Documents     {gateway}/v1/openapi.json   {registry}/v1/openapi.json",
        f"  Control       {gateway}/__mock__/",
        "",
        click.style("  e-mail                       password          role        tenant    ", dim=True),
    ]
    people = [user for user in world.state["users"] if user.get("password")]
    lines += [
        f"  {user['email']:<28} {user['password']:<17} {user['role']:<11} {user['tenant_id']:<9} " + _note(world, user)
        for user in people[:ROWS]
    ]
    if len(people) > ROWS:
        lines.append(click.style(f"  and {len(people) - ROWS} more; GET /v1/users lists them", dim=True))
    lines += [
        "",
        f"  X-Service-Token  {options.service_token}",
        f"  X-Api-Key        {options.registry_key}  (Registry)",
        f"  OAuth states     {options.oauth_state_secret}  (secret; IMPERAL_OAUTH_STATE_SECRET of the SDK)",
        *([f"  Call tokens      {options.call_token_secret}  (secret; kernel routes)"] if options.internal else ()),
        "",
        click.style("  Ctrl+C stops; POST /__mock__/reset starts the world over.", dim=True),
    ]
    return "\n".join(lines)


def _note(world: World, user: dict[str, Any]) -> str:
    developer = world.state["developers"].get(user["imperal_id"])
    subscription = world.state["subscriptions"].get(user["imperal_id"])
    notes = [f"developer, {developer['tier']}"] if developer else []
    notes += [f"plan {subscription['plan']}"] if subscription else []
    notes += [] if user["email_verified"] else ["not verified"]
    notes += [] if user["is_active"] else ["deactivated"]
    return ", ".join(notes)
