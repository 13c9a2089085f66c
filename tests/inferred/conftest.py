"""A server of a document, in this process. What goes well has to be what the document declares, in every test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from specdouble import packs
from specdouble.mock.boot import Platform, boot
from specdouble.mock.options import Options
from specdouble.mock.transports.app import create_app
from specdouble.mock.transports.paths import Paths
from specdouble.openapi.media_types import best
from specdouble.packs.target import contract_of_target
from tests.conftest import Client, Reply

DOCUMENTS = Path(__file__).parent / "documents"
Served = Callable[..., "Checked"]


class Checked(Client):
    """A client that holds every success against the document."""

    def __init__(self, platform: Platform, headers: dict[str, str] | None = None) -> None:
        self.platform = platform
        self.service = next(iter(platform.services.values()))  # type: ignore[assignment,method-assign]
        super().__init__(create_app(platform, next(iter(platform.services))), headers or {})

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> Reply:
        """Send a request and check the response."""
        reply = super().call(method, path, body, **more)
        assert reply.status < 500, reply.content
        found, _ = Paths(self.service).find(method, path.partition("?")[0], path.partition("?")[2])  # type: ignore[arg-type]
        if hasattr(found, "spec") and 200 <= reply.status < 300:
            declared = found.spec.response(reply.status)
            assert declared is not None, f"{reply.status} is not declared"
            content = declared.content or {}
            kind = best(content, reply.headers.get("content-type") or "")
            if reply.content and content:
                assert kind is not None, f"{reply.headers.get('content-type')} is not declared"
            if kind is not None and reply.json is not None:
                schemas = self.service.document.schemas  # type: ignore[attr-defined]
                wrong = list(
                    schemas.validator(content[kind].schema, "response").iter_errors(orjson.loads(reply.content))
                )
                assert not wrong, f"{method} {path}: {wrong[0].message} at {wrong[0].instance_path}"
        return reply

    def form(self, method: str, path: str, data: Any) -> Reply:
        """Send a form."""
        return self.call(method, path, data=data, content_type="application/x-www-form-urlencoded")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """Serve a document: the name of one in documents/, or its content."""
    names: list[str] = []

    def serve(document: str | dict[str, Any], headers: dict[str, str] | None = None, **options: Any) -> Checked:
        path = DOCUMENTS / f"{document}.yaml" if isinstance(document, str) else tmp_path / "made.yaml"
        if isinstance(document, dict):
            path.write_text(yaml.safe_dump(document))
        contract = contract_of_target(str(path))
        names.append(contract.name)
        return Checked(boot(contract, Options(**options)), headers)

    yield serve
    for name in names:
        packs._added.pop(name, None)
