"""Every record of the seed data keeps the schema it claims, and every reference finds its target."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from specdouble.mock.boot import Platform
from specdouble.mock.state.seeds import SeedError, read
from specdouble.openapi.validation.compiled import Schemas
from tests.pack import Options, boot, contract, fixtures

FILES = [(path.parent.name, path) for _name, path in fixtures.files("default")]


@pytest.fixture(scope="module")
def seeded() -> Platform:
    return boot(Options(seed=7))


def claims(pack: str, content: dict[str, Any], docs: Iterator[dict[str, Any]]) -> Iterator[str]:
    """Yield what records break of the schema they claim, property by property: state holds more than answers show."""
    documents = [one.raw for one in contract().by_name[pack].documents]
    document = next(one for one in documents if content["schema"] in one["components"]["schemas"])
    schemas = Schemas(document)
    properties = document["components"]["schemas"][content["schema"]]["properties"]
    checks = {name: schemas.validator(schema) for name, schema in properties.items()}
    for doc in docs:
        for name in checks.keys() & doc.keys():
            yield from (f"{name}: {error.message} in {doc}" for error in checks[name].iter_errors(doc[name]))


@pytest.mark.parametrize(("pack", "path"), FILES, ids=lambda one: one.stem if isinstance(one, Path) else one)
def test_a_file_keeps_what_it_claims(pack: str, path: Path, seeded: Platform) -> None:
    content = read(path)
    state = seeded.world.state
    assert content["records"], f"{path.name} holds nothing"
    if "schema" in content:
        assert list(claims(pack, content, iter(state[path.stem]))) == []
    for field, target in content.get("refs", {}).items():
        for doc in state[path.stem]:
            wanted = doc.get(field)
            for one in wanted if isinstance(wanted, list) else [wanted]:
                assert one is None or one in state[target], f"{path.name}: {field} {one!r} is not in {target}"


def test_a_broken_claim_is_seen() -> None:
    content = {"schema": "UserDetailResponse"}
    broken = {"imperal_id": 7, "email": "nobody"}
    assert len(list(claims("auth_gateway", content, iter([broken])))) == 2


@pytest.mark.parametrize("world", fixtures.worlds())
def test_every_world_boots(world: str) -> None:
    booted = boot(Options(world=world, seed=7))
    assert booted.world.state["users"].get("imp_u_admin01") is not None


def test_an_unknown_world_names_the_known_ones() -> None:
    with pytest.raises(SeedError, match="Choose one of: default"):
        boot(Options(world="nowhere"))
