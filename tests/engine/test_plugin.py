"""The fixtures for other people's suites: what is served, and where each service listens."""

from __future__ import annotations

import httpx
import pytest

from specdouble import packs
from specdouble.mock.boot import Platform
from specdouble.mock.pytest_plugin import Urls


def test_each_service_has_a_url_by_name_and_as_an_attribute(specdouble_server: Urls) -> None:
    assert list(specdouble_server.urls) == ["auth_gateway", "registry"]
    assert specdouble_server.urls["registry"] == specdouble_server.registry
    assert httpx.get(f"{specdouble_server.registry}/v1/health").status_code == 200


def test_a_service_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(AttributeError, match="there is no service 'shop'; there are stock, front"):
        _ = Urls({"stock": "http://a", "front": "http://b"}).shop


def test_the_default_pack_is_served_unless_another_is_chosen(
    specdouble_pack: str, specdouble_platform: Platform
) -> None:
    assert specdouble_pack == ""
    assert specdouble_platform.contract.name == packs.default()
