"""The servers that are compared: specdouble and two mock servers that many people use, on one document."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import BenchmarkError, free_port, require

SERVERS = ("specdouble", "prism", "scalar")
PACKAGES = {
    "prism": ("@stoplight/prism-cli",),
    "scalar": ("@scalar/mock-server", "@hono/node-server"),
    "mockoon": ("@mockoon/cli",),
}
NEEDS_NODE = "install Node.js, or give --only specdouble"
NPM_SECONDS = 300
# Newer versions take the document as `document`, older ones as `specification`.
SCALAR = """\
import { readFileSync } from 'node:fs'
import { serve } from '@hono/node-server'
import { createMockServer } from '@scalar/mock-server'

const document = readFileSync(process.argv[2], 'utf8')
const app = await createMockServer({ document, specification: document })
serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(process.argv[3]) })
"""


@dataclass(frozen=True)
class Server:
    """How to start a server on a port, and which version it is."""

    name: str
    version: str
    start: tuple[str, ...]

    def command(self, port: int) -> list[str]:
        """Return the command that serves on that port."""
        return [part.replace("{port}", str(port)).replace("{other}", str(free_port())) for part in self.start]


@contextlib.contextmanager
def servers(
    names: list[str], node_modules: Path | None, documents: dict[str, Path] | None = None
) -> Iterator[dict[str, dict[str, Server]]]:
    """Find or install the packages, and yield the servers of each document by its name; all is gone afterwards.

    Without documents it is the one of the bundled gateway, called "gateway", which our server knows by itself.
    """
    with tempfile.TemporaryDirectory(prefix="specdouble-peers-") as place:
        folder = Path(place)
        given = documents or {"gateway": _gateway(folder)}
        peers = [name for name in names if name != "specdouble"]
        node, modules = "", folder / "node_modules"
        if peers:
            node = require("node", NEEDS_NODE)
            if node_modules:
                modules.symlink_to(found(node_modules, peers).resolve())
            else:
                install(folder, peers)
        yield {
            called: {
                name: (plain_server(path) if documents else bundled_server())
                if name == "specdouble"
                else _peer(name, node, modules, path)
                for name in names
            }
            for called, path in given.items()
        }


def _gateway(folder: Path) -> Path:
    from specdouble.packs.documents import bundled

    document = folder / "auth-gateway.json"
    document.write_bytes(bundled("auth-gateway").json)
    return document


def bundled_server() -> Server:
    """Return our server with the bundled pack."""
    return _ours("--registry-port", "{other}")


def plain_server(document: Path) -> Server:
    """Return our server with a document."""
    return _ours(str(document))


def _ours(*words: str) -> Server:
    from specdouble import __version__

    python = ".".join(map(str, sys.version_info[:3]))
    serve = (sys.executable, "-m", "specdouble", "serve", "--port", "{port}", *words)
    return Server("specdouble", f"{__version__} on Python {python}", serve)


def _peer(name: str, node: str, modules: Path, document: Path) -> Server:
    package = PACKAGES[name][0]
    runtime = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    version = f"{json.loads((modules / package / 'package.json').read_text())['version']} on Node {runtime[1:]}"
    if name == "prism":
        program = str(modules / ".bin" / "prism")
        options = ("mock", "--host", "127.0.0.1", "--port", "{port}", "--verboseLevel", "silent", str(document))
        return Server(name, version, (node, program, *options))
    if name == "mockoon":
        program = str(modules / ".bin" / "mockoon-cli")
        options = ("start", "--data", str(document), "--port", "{port}", "--hostname", "127.0.0.1",
                   "--disable-log-to-file", "--disable-admin-api")  # fmt: skip
        return Server(name, version, (node, program, *options))
    # Beside node_modules and not through the link, so that the packages are found from here.
    script = modules.parent / "scalar.mjs"
    script.write_text(SCALAR)
    return Server(name, version, (node, str(script), str(document), "{port}"))


def found(modules: Path, peers: list[str]) -> Path:
    """Return a folder ``node_modules`` that holds the packages of these peers, or say what it lacks."""
    inner = modules / "node_modules"
    modules = inner if inner.is_dir() else modules
    missing = [package for peer in peers for package in PACKAGES[peer] if not (modules / package).is_dir()]
    if missing:
        raise BenchmarkError(f"{modules} lacks {', '.join(missing)}; npm install them there, or omit --node-modules")
    return modules


def install(folder: Path, peers: list[str]) -> None:
    """Install the newest packages that suit this Node.js into a folder, by name from the npm registry."""
    npm = require("npm", f"{NEEDS_NODE}, or name a folder with --node-modules")
    packages = [package for peer in peers for package in PACKAGES[peer]]
    (folder / "package.json").write_text("{}")
    command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error", *packages]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=NPM_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise BenchmarkError(f"npm install took more than {NPM_SECONDS} s; try again, or use --node-modules") from None
    if done.returncode:
        raise BenchmarkError(f"npm install failed: {' '.join(done.stderr.split())[-300:]}")
