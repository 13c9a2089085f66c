"""The pages in docs/ are true: every rule of the contract has a row and a test, generated parts are current."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path
from types import ModuleType

import httpx
import pytest

from specdouble.mock.boot import Platform, boot
from specdouble.mock.pytest_plugin import Urls
from specdouble.mock.transports.thread import serving
from specdouble.packs.target import contract_of_target

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"

RULES = (
    "S01-S16", "A01-A23", "C01-C10", "D01-D11", "E01-E14", "I01-I06", "K01-K10", "B01-B12", "M01-M27", "W01-W06",
    "R01-R10",
)  # fmt: skip
IDS = [
    f"{first[0]}{number:02}"
    for first, last in (one.split("-") for one in RULES)
    for number in range(int(first[1:]), int(last[1:]) + 1)
]
BASES = re.compile(r"(published|client|our decision)\b")


def rows() -> list[list[str]]:
    """Return the cells of every rule's row on the page."""
    lines = (DOCS / "gotchas.md").read_text().splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if re.match(r"\| [A-Z]\d\d ", line)]


def marked() -> dict[str, list[str]]:
    """Return the ids that tests are marked with, each with the places of its marks."""
    found = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.rule":
                for given in node.args:
                    where = f"{path.relative_to(ROOT)}:{node.lineno}"
                    found[given.value if isinstance(given, ast.Constant) else ast.unparse(given)].append(where)
    return found


def test_the_page_of_rules_has_each_one_once() -> None:
    assert [cells[0] for cells in rows()] == IDS


def test_every_rule_says_what_we_do_and_what_that_rests_on() -> None:
    incomplete = [cells[0] for cells in rows() if len(cells) != 4 or not all(cells) or not BASES.match(cells[3])]
    assert incomplete == []


def test_every_rule_has_a_test() -> None:
    proved = marked()
    assert [one for one in IDS if one not in proved] == []


def test_no_test_names_an_unknown_rule() -> None:
    assert {one: places for one, places in marked().items() if one not in IDS} == {}


@pytest.fixture
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_parts_are_what_the_code_says(generate: ModuleType, platform: Platform) -> None:
    assert [page.name for page in generate.stale(platform)] == [], "run python docs/generate.py"


def test_the_generator_names_a_stale_page_and_writes_it_only_without_check(
    generate: ModuleType,
    platform: Platform,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for page in DOCS.rglob("*.md"):
        if generate.BEGIN in page.read_text():
            copy = tmp_path / page.relative_to(DOCS)
            copy.parent.mkdir(exist_ok=True)
            shutil.copy(page, copy)
    page = tmp_path / "control-plane.md"
    page.write_text(f"By hand.\n{generate.BEGIN}\nan old table\n{generate.END}\n")
    monkeypatch.setattr(generate, "HERE", tmp_path)
    monkeypatch.setattr(generate, "boot", lambda _contract: platform)

    monkeypatch.setattr("sys.argv", ["generate.py", "--check"])
    assert generate.main() == 1
    assert "control-plane.md is stale" in capsys.readouterr().out
    assert "an old table" in page.read_text()

    monkeypatch.setattr("sys.argv", ["generate.py"])
    assert generate.main() == 0
    assert page.read_text().startswith("By hand.\n")
    assert "an old table" not in page.read_text()
    assert "`POST /__mock__/reset`" in page.read_text()
    assert generate.stale(platform) == {}


@pytest.mark.skipif(shutil.which("curl") is None, reason="the examples are written for curl")
def test_the_examples_of_the_control_plane_work(specdouble_server: Urls, tmp_path: Path) -> None:
    blocks = re.findall(r"```sh\n(.*?)```", (DOCS / "control-plane.md").read_text(), re.DOTALL)
    assert len(blocks) >= 5
    script = 'set -e\ncurl() { command curl --fail "$@"; }\n' + "".join(blocks)
    script = script.replace("localhost:8085", specdouble_server.auth_gateway.removeprefix("http://"))
    done = subprocess.run(["sh", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout[-500:] + done.stderr
    assert '"offset_seconds":9090.0' in done.stdout
    assert '"access_token"' in done.stdout
    assert '"published":true' in done.stdout


@pytest.mark.skipif(shutil.which("curl") is None, reason="the examples are written for curl")
def test_the_readme_shows_how_to_build_against_a_document(tmp_path: Path) -> None:
    part = (ROOT / "README.md").read_text().partition("## Build against it")[2]
    lines = part.partition("```sh\n")[2].partition("```")[0].strip().splitlines()
    platform = boot(contract_of_target(str(DOCS / "examples" / "library.yaml")))
    with serving(platform) as urls:
        port = next(iter(urls.values())).rpartition(":")[2]
        said = []
        for line in lines:
            command = line.replace("localhost:8080", f"localhost:{port}").replace("curl ", "curl --ipv4 ")
            done = subprocess.run(["sh", "-ec", command], cwd=tmp_path, capture_output=True, text=True, check=False)
            assert done.returncode == 0, (line, done.stderr)
            said.append(done.stdout)
            if "/faults" in line:
                assert httpx.get(f"http://127.0.0.1:{port}/books").status_code == 503
    faults, wished, worlds, asked, data, clock = said
    assert '"status":503' in faults
    assert '"books"' in wished
    assert '"name":"w1"' in worlds
    assert '"books"' in worlds
    assert '"total":1' in asked
    assert json.loads(data) == {"id": 7, "title": "By hand", "author": "Me"}
    assert json.loads(clock)["offset_seconds"] == 7200
