"""The control plane of a mock: what people, banks and mail do, where a target has it (`/__mock__/…`).

No documented route hands out the token of a verification mail or approves a device login. A mock can play these
parts; a real platform cannot, and what depends on them is unproven there.
"""

from __future__ import annotations

from typing import Any

import httpx

from specdouble.verify.http.transport import http_client
from specdouble.verify.problems import Unmet
from specdouble.verify.settings.urls import is_loopback
from specdouble.verify.settings.values import Settings

PATH = "/__mock__"


class Control:
    """A control plane, or the knowledge that there is none."""

    def __init__(self, settings: Settings, http: httpx.Client | None = None) -> None:
        self.url = settings.control
        if not self.url and is_loopback(settings.target):
            self.url = settings.target + PATH
        if self.url == "off":
            self.url = ""
        self.http = http or http_client(settings.but(control=self.url))
        self._there: bool | None = None

    @property
    def there(self) -> bool:
        """Whether the target has a control plane."""
        if self._there is None:
            self._there = bool(self.url) and self._answers()
        return self._there

    def _answers(self) -> bool:
        try:
            response = self.http.get(f"{self.url}/clock")
        except httpx.HTTPError:
            return False
        return response.status_code == 200 and "json" in response.headers.get("content-type", "")

    def need(self) -> None:
        """Say that a check cannot be made without a control plane.

        Raises:
            Unmet: there is none.

        """
        if not self.there:
            raise Unmet("somebody outside the API has to act, as only a mock's control plane can: --control URL of one")

    def get(self, path: str, **query: Any) -> Any:
        """Read from the control plane, such as `outbox`."""
        return self._call("GET", path, None, query)

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Act through the control plane, such as `device/AAAA-AAAA/approve`."""
        return self._call("POST", path, body or {}, None)

    def _call(self, method: str, path: str, body: Any, query: Any) -> Any:
        self.need()
        try:
            response = self.http.request(method, f"{self.url}/{path}", json=body, params=query)
        except httpx.HTTPError as error:
            raise Unmet(f"the control plane does not answer {path}: {error}") from None
        if response.status_code >= 400:
            raise Unmet(f"the control plane answered {response.status_code} to {method} {path}: {response.text[:200]}")
        return response.json()
