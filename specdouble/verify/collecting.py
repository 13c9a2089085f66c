"""How pytest finds and imports the suites; registered only in a run that asks for them.

They are imported by their own names, wherever they lie, so that nothing of them goes on `sys.path` and a test is the
same module for pytest, for `--explain` and for the suites that share its helpers.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import pytest

from specdouble.verify import places


class Suite(pytest.Module):
    """A file with tests, imported by its name."""

    def _getobj(self) -> ModuleType:
        return importlib.import_module(str(places.module_name(self.path)))


def pytest_configure(config: pytest.Config) -> None:
    """Let whoever asks for the suites by name have those of the pack too."""
    if any(word in places.NAMES for word in config.args):
        config.args += [word for word in map(str, places.folders()) if word not in config.args][1:]


def pytest_collect_directory(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Take folders of ours as folders: as packages, pytest would import them by names that they do not have."""
    if any(path.is_relative_to(folder) or folder.is_relative_to(path) for folder in places.folders()):
        return pytest.Dir.from_parent(parent, path=path)
    return None


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    """Collect a file of ours under its own name."""
    return Suite.from_parent(parent, path=module_path) if places.module_name(module_path) else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without a target the suites cannot run: say so once, instead of failing each of them."""
    if config.pluginmanager.has_plugin("specdouble-running"):
        return
    if any(isinstance(item.getparent(pytest.Module), Suite) for item in items):
        raise pytest.UsageError(
            "the contract tests need a server: --target URL (pytest --pyargs specdouble.verify --target …)"
        )
