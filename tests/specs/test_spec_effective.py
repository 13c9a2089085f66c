"""The effective document and its cache: kept, found again, and never in the way."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from specdouble.openapi import SpecError, effective
from specdouble.openapi.effective import cache_path
from specdouble.packs.documents import bundled, bundled_documents

HEAVY = (
    "yaml",
    "jsonpath",
    "jsonschema_rs",
    "prance",
    "jsonschema",
    "openapi_spec_validator",
    "click",
    "urllib.request",
)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("SPECDOUBLE_CACHE", str(folder))
    return folder


@pytest.fixture
def files(tmp_path: Path, published: dict[str, Any], overlay: dict[str, Any]) -> tuple[Path, Path]:
    document, extra = tmp_path / "notes.json", tmp_path / "notes.overlay.yaml"
    document.write_text(json.dumps(published))
    extra.write_text(yaml.safe_dump(overlay))
    return document, extra


def test_overlay_is_applied_and_bytes_and_data_agree(cache: Path, files: tuple[Path, Path]) -> None:
    document = effective(*files)

    assert (document.name, document.title) == ("notes", "Notes")
    assert document.raw["paths"]["/notes"]["get"]["security"] == []
    assert orjson.loads(document.json) == document.raw
    assert [operation.key for operation in document.operations] == list(document.by_key)


def test_what_was_forgotten_is_read_again(cache: Path, files: tuple[Path, Path]) -> None:
    document = effective(*files)
    raw, operations = document.raw, document.operations
    document.forget()
    document.forget()
    assert document.raw == raw
    assert document.raw is not raw
    assert document.operations is operations


def test_second_time_comes_from_the_cache(
    cache: Path, files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = effective(*files)
    monkeypatch.setattr(sys.modules["specdouble.openapi.effective"], "_with_overlay", None)

    assert effective(*files).json == first.json
    assert len(list(cache.iterdir())) == 1


@pytest.mark.parametrize("changed", [0, 1])
def test_any_change_of_the_inputs_is_seen(cache: Path, files: tuple[Path, Path], changed: int) -> None:
    first = effective(*files)
    files[changed].write_text(files[changed].read_text().replace("All notes", "Notes").replace("milk", "bread"))

    assert effective(*files).json != first.json


def test_with_and_without_overlay_are_kept_apart(cache: Path, files: tuple[Path, Path]) -> None:
    assert effective(*files).json != effective(files[0]).json
    assert "security" not in effective(files[0]).raw["paths"]["/notes"]["get"]


def test_where_one_input_ends_and_the_other_begins_matters(cache: Path) -> None:
    first = cache_path(b"document", b"overlay")

    assert first != cache_path(b"documento", b"verlay")
    assert first == cache_path(b"document", b"overlay")


@pytest.mark.parametrize("damage", [b"", b"{", b'{"openapi": "3.1.0"}\n00000000', b"\x00\xff"])
def test_damaged_cache_is_built_again(cache: Path, files: tuple[Path, Path], damage: bytes) -> None:
    first = effective(*files)
    (kept,) = cache.iterdir()
    good = kept.read_bytes()
    kept.write_bytes(damage)

    assert effective(*files).json == first.json
    assert kept.read_bytes() == good


def test_cut_off_cache_is_built_again(cache: Path, files: tuple[Path, Path]) -> None:
    first = effective(*files)
    (kept,) = cache.iterdir()
    kept.write_bytes(kept.read_bytes()[:-20])

    assert effective(*files).json == first.json


def test_cache_that_cannot_be_written_is_no_error(
    tmp_path: Path, files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("SPECDOUBLE_CACHE", str(tmp_path / "file" / "below"))

    assert effective(*files).operations


def test_cache_whose_file_is_a_folder_is_no_error(cache: Path, files: tuple[Path, Path]) -> None:
    first = effective(*files)
    (kept,) = cache.iterdir()
    kept.unlink()
    kept.mkdir()

    assert effective(*files).json == first.json
    assert [path.name for path in cache.iterdir()] == [kept.name]


def test_cache_can_be_switched_off(tmp_path: Path, files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPECDOUBLE_CACHE", "off")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))

    effective(*files)

    assert not (tmp_path / "xdg").exists()


def test_cache_lives_where_the_desktop_says(
    tmp_path: Path, files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SPECDOUBLE_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))

    effective(*files)

    assert len(list((tmp_path / "xdg" / "specdouble").glob("*.json"))) == 1


def test_wrong_overlay_is_named_and_nothing_is_kept(cache: Path, files: tuple[Path, Path]) -> None:
    files[1].write_text("overlay: 1.0.0\ninfo: {title: t, version: '1'}\nactions: [{target: 'paths['}]\n")

    with pytest.raises(SpecError, match="action 0 cannot be applied"):
        effective(*files)
    assert not cache.exists()


def test_cached_gateway_needs_no_heavy_library(cache_folder: Path) -> None:
    bundled("auth-gateway")  # fill the cache
    program = (
        "import sys, time\n"
        "from specdouble.packs.documents import bundled\n"
        "start = time.perf_counter(); document = bundled('auth-gateway'); document.raw\n"
        "spent = time.perf_counter() - start\n"
        "assert len(document.operations) == 162\n"
        f"print(spent, *sorted(set({HEAVY!r}) & set(sys.modules)))\n"
    )
    root = bundled_documents()["auth-gateway"].published.parent.parent
    environment = {**os.environ, "SPECDOUBLE_CACHE": str(cache_folder), "PYTHONPATH": str(root)}

    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True, cwd=cache_folder
    )

    spent, *imported = done.stdout.split()
    assert imported == []
    assert float(spent) < 0.1, "the aim is 10 ms; the limit leaves room for a slow machine"
