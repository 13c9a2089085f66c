"""The door's table of paths: it means what the Flask application's rules mean, whatever is asked for."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from flask import Flask
from werkzeug.exceptions import MethodNotAllowed, NotFound

from specdouble.mock.boot import Platform
from specdouble.mock.pipeline.operation import Bound
from specdouble.mock.transports.paths import Table
from specdouble.mock.transports.server import FLASKS

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "get")
ODD = ("x", "ü", "a b", "%2F", ".", "..", "{app_id}", "<x>", "a\tb", "💥", "", "*", "v1", "__mock__")


def variants(templates: list[str], chance: random.Random) -> Iterator[str]:
    """Yield every path with values in it, and many that are nearly one."""
    words = sorted({segment for path in templates for segment in path.split("/") if not segment.startswith("{")})
    for template in templates:
        for _ in range(6):
            segments = [
                chance.choice((*ODD, chance.choice(words))) if segment.startswith("{") else segment
                for segment in template.split("/")
            ]
            path = "/".join(segments)
            at = chance.randrange(len(segments))
            replaced = "/".join([*segments[:at], chance.choice((*ODD, *words)), *segments[at + 1 :]])
            yield from (path, f"{path}/", f"/{path}", path.rpartition("/")[0], f"{path}/more", replaced, f"{path}//y/z")
    yield from ("", "/", "//", "*", "v1/auth/me", "/healthz")


@pytest.mark.gotcha("E07")
@pytest.mark.gotcha("E08")
@pytest.mark.parametrize("name", ["auth_gateway", "registry"])
def test_the_table_and_the_rules_mean_the_same(name: str, platform: Platform, apps: dict[str, Flask]) -> None:
    operations = platform.services[name].operations
    aliases = platform.services[name].pack.aliases
    table, match = Table(operations.values(), aliases), apps[name].url_map.bind("").match
    templates = list(dict.fromkeys([*(bound.spec.path for bound in operations.values()), *aliases]))
    found = 0
    for path in variants(templates, random.Random(7)):
        if path.lstrip("/").startswith(FLASKS):
            continue
        for method in METHODS:
            expected: tuple[Any, Mapping[str, Any]]
            try:
                expected = match(path, method)
            except MethodNotAllowed as error:
                expected = set(error.valid_methods or ()), {}
            except NotFound:
                expected = set(), {}
            op, params = table.find(method, path)
            assert (op.key if isinstance(op, Bound) else op, params) == expected, f"{method} {path!r}"
            found += isinstance(op, Bound)
    assert found > len(operations)


def test_every_operation_is_found_by_its_own_path(platform: Platform) -> None:
    for service in platform.services.values():
        table = Table(service.operations.values())
        for bound in service.operations.values():
            op, params = table.find(bound.spec.method, bound.spec.path.replace("{", "<").replace("}", ">"))
            assert op is bound
            assert all(value == f"<{name}>" for name, value in params.items())
            assert len(params) == bound.spec.path.count("{")


def test_serving_operations_loads_neither_flask_nor_what_it_brings() -> None:
    program = (
        "import sys; from specdouble.mock.boot import boot; from specdouble.mock.transports.server import Door;"
        "platform = boot(); doors = [Door(platform, name) for name in platform.services];"
        "print(sorted({'flask', 'werkzeug', 'jinja2', 'jwt', 'cryptography', 'yaml', 'jsonschema'} & {*sys.modules}));"
        "print(doors[0].app.name, 'flask' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["[]", "specdouble.mock.control True"]
