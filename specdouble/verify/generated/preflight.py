"""Before a run without a pack: where the paths of the document begin on the target, and whether people can log in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from specdouble.openapi import Op
from specdouble.verify.identities import gather
from specdouble.verify.problems import TargetError

if TYPE_CHECKING:
    from specdouble.verify.running.preflight import Ask
    from specdouble.verify.settings.values import Settings

_LOOKS = 6  # reads by which a base path is judged
_ABSENT = (301, 302, 307, 308, 404, 405, 501)


def look(ask: Ask, settings: Settings) -> None:
    """Make sure that everybody can be logged in.

    Raises:
        TargetError: somebody cannot.
        SettingsError: an auth file or a credential cannot be used.

    """
    from specdouble.verify.generated.session import schemes_of

    gather(settings.auth, settings.credential, schemes_of(settings), ask.http, settings.target)


def based(ask: Ask, settings: Settings) -> Settings:
    """Return the settings with the URL below which the paths of the document are.

    Raises:
        TargetError: nothing of the document is there, or no response comes.

    """
    ops = [op for op in settings.api.contract.ops if op.service == settings.api.contract.first.name]
    reads = [op for op in ops if op.reads and "{" not in op.spec.path][:_LOOKS]
    if not reads:
        return settings
    tried = []
    for base in _bases(settings.target, ops):
        statuses = [ask("GET", base + op.spec.path).status_code for op in reads]
        if not all(one in _ABSENT for one in statuses):
            return settings if base == settings.target else settings.but(target=base)
        tried.append(base or settings.target)
    raise TargetError(
        f"none of {len(reads)} reads of the document is known to {' or '.join(tried)} (404). Give the URL below which "
        f"its paths are, such as that of {reads[0].spec.path}."
    )


def _bases(target: str, ops: list[Op]) -> Iterator[str]:
    """Yield where the paths may begin: at the URL that was given, or at the base path that the document names."""
    yield target
    given = urlsplit(target).path.rstrip("/")
    seen = {given}
    for op in ops:
        for server in op.spec.servers:
            path = server.base_path
            if path and path not in seen:
                seen.add(path)
                yield f"{target}{path}"
    if given:  # the base path stands in the URL and in the paths
        yield target.removesuffix(given)
