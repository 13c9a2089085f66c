"""How pytest finds and imports the suites; registered only in a run that asks for them.

They are imported by their own names, wherever they lie, so that nothing of them goes on `sys.path` and a test is the
same module for pytest, for `--explain` and for the suites that share its helpers.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import pytest

from specdouble.verify.api import places
from specdouble.verify.api.api import Api
from specdouble.verify.running.pytest_options import refuse


class Suite(pytest.Module):
    """A file with tests, imported by its name."""

    def _getobj(self) -> ModuleType:
        return importlib.import_module(self.config.stash[NAMES][self.path])


NAMES = pytest.StashKey[dict[Path, str]]()


class Collecting:
    """The hooks of a run about one API; `ops` are the operations for which its tests are made."""

    def __init__(self, config: pytest.Config, api: Api) -> None:
        self.api = api
        self.ops = list(api.contract.ops)
        self.folders = list(places.folders(api.name, api.folder))
        config.stash[NAMES] = self.names = {
            path: str(places.module_name(path, api.name, api.folder))
            for path in places.wanted(places.files(api.folder), generated=api.generated)
        }
        # Whoever asks for the suites by name gets those of the pack too.
        if any(word in places.NAMES for word in config.args):
            config.args += [word for word in map(str, self.folders) if word not in config.args][1:]

    def pytest_collect_directory(self, path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        """Take folders of ours as folders: as packages, pytest would import them by names that they do not have."""
        if any(path.is_relative_to(folder) or folder.is_relative_to(path) for folder in self.folders):
            return pytest.Dir.from_parent(parent, path=path)
        return None

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """Pass over the general suites that are not for this API."""
        if collection_path.suffix != ".py" or not collection_path.is_relative_to(places.GENERAL):
            return None
        return True if collection_path not in self.names else None

    def pytest_pycollect_makemodule(self, module_path: Path, parent: pytest.Collector) -> pytest.Module | None:
        """Collect a file of ours under its own name."""
        return Suite.from_parent(parent, path=module_path) if module_path in self.names else None

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Make a test for each operation that it is wanted for (`rules.operations`)."""
        mark = metafunc.definition.get_closest_marker("operations")
        if mark is not None:
            wanted = mark.kwargs["wanted"]
            metafunc.parametrize("op", [op for op in self.ops if wanted(op, self.api)], ids=str)

    def pytest_collection_modifyitems(self, session: pytest.Session, items: list[pytest.Item]) -> None:
        """Leave out tests that are wanted for no operation; without a target say once that none can be made."""
        items[:] = [item for item in items if not _for_none(item)]
        if session.config.pluginmanager.has_plugin("specdouble-running"):
            return
        if any(isinstance(item.getparent(pytest.Module), Suite) for item in items):
            said = "the contract tests need a server: --target URL (pytest --pyargs specdouble.verify --target …)"
            refuse(session, items, said)


def _for_none(item: pytest.Item) -> bool:
    """Whether a test is made for each of no operations."""
    callspec = getattr(item, "callspec", None)
    wanted = item.get_closest_marker("operations")
    return wanted is not None and callspec is not None and type(callspec.params.get("op")).__name__ == "NotSetType"
