"""The workflow on the page about CI does what the page says, run step by step as a runner would.

The package is installed from a wheel by its own `pip install` line into an environment without this checkout; the
server has other secrets and passwords than the documented ones, and the run keeps the safety policy there.
"""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from specdouble.mock.boot import Platform
from specdouble.mock.pytest_plugin import Urls
from specdouble.mock.transports.thread import serving
from specdouble.verify.reports import read
from tests.installing import environment, packages
from tests.pack import Options, boot
from tests.planted.catalogue import find
from tests.planted.fault import planted
from tests.verify.composite import Composite
from tests.verify.test_reports_docs import workflow
from tests.verify.workflow import Job, Runner, places

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def tools(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Give the scripts of an environment with our dependencies but without us, and a wheel of ours."""
    folder = tmp_path_factory.mktemp("ci")
    scripts = environment(folder / "env")
    # A folder that a .pth file adds has no .pth files read: our own checkout, which is one, stays out.
    (packages(scripts) / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"])
    script = scripts / "pip"  # a pip of its own would take longer to install than all that is installed
    script.write_text(f'#!/bin/sh\nexec {sys.executable} -m pip --python {scripts / "python"} "$@"\n')
    script.chmod(0o755)
    return scripts, wheel


@pytest.fixture(scope="module")
def staging() -> Iterator[tuple[Platform, Urls, dict[str, str]]]:
    """Serve a platform with secrets of its own; give it, its URLs, and its secrets as CI stores them."""
    options = Options(
        service_token="staging-service-7f3a", registry_key="imp_reg_staging_91", stripe_secret="whsec_stg"
    )
    platform = boot(options)
    with serving(platform) as urls:
        yield platform, Urls(urls), _secrets(Urls(urls), options)


def _secrets(urls: Urls, options: Options) -> dict[str, str]:
    """Give everybody who is handed to CI a new password; return all secrets by name."""
    people = {
        "USER": ("user@example.com", "s3cure!"),
        "USER2": ("viewer@example.com", "s3cure!viewer"),
        "ADMIN": ("admin@example.com", "s3cure!admin"),
        "DEVELOPER": ("dev@example.com", "s3cure!dev"),
    }
    found = {"SPECDOUBLE_SERVICE_TOKEN": options.service_token, "SPECDOUBLE_REGISTRY_KEY": options.registry_key}
    with httpx.Client(base_url=urls.auth_gateway) as http:
        for who, (email, old) in people.items():
            new = f"staging-{who.title()}-Passw0rd"
            token = http.post("/v1/auth/login", json={"email": email, "password": old}).json()["access_token"]
            change = {"current_password": old, "new_password": new}
            bearer = {"Authorization": f"Bearer {token}"}
            assert http.post("/v1/auth/me/change-password", json=change, headers=bearer).is_success
            found[f"SPECDOUBLE_{who}"] = f"{email}:{new}"
    return found


Make = Callable[..., Runner]


@pytest.fixture
def make(tools: tuple[Path, Path], staging: tuple[Platform, Urls, dict[str, str]], tmp_path: Path) -> Make:
    """Return a function that makes a runner; `secrets` and `target` replace those of the staging server."""
    scripts, wheel = tools
    _platform, urls, secrets = staging
    repository = tmp_path / "repository"
    (repository / ".git").mkdir(parents=True)
    (repository / "README.md").write_text("# The service that is verified\n")
    (repository / "ci").mkdir()
    (repository / "ci" / wheel.name).write_bytes(wheel.read_bytes())

    def made(only: str = "api-keys", target: str = "", **changed: str) -> Runner:
        given = {**secrets, **changed}
        variables = {"SPECDOUBLE_PACKAGE": f"ci/{wheel.name}", "STAGING_URL": target or urls.auth_gateway,
                     "STAGING_REGISTRY_URL": urls.registry}  # fmt: skip
        contexts = {"vars": variables, "secrets": given, "github": {"run_number": "41"}}
        # What makes a server on this machine one that is elsewhere, and the test short.
        environ = {"SPECDOUBLE_SAFETY": "true", "SPECDOUBLE_CONTROL": "off", "SPECDOUBLE_RATE": "100000",
                   "SPECDOUBLE_ONLY": only, "SPECDOUBLE_WORKERS": "1", "XDG_CACHE_HOME": str(tmp_path / "cache"),
                   "PIP_NO_DEPS": "1", "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}  # fmt: skip
        return Runner(workflow(), tmp_path / "runs", contexts, path=scripts, checkout=repository, environ=environ)

    return made


def run(runner: Runner, most: int | None = None) -> tuple[list[Job], Job]:
    """Run the workflow, with all its shards or a few; return the shards and the job that decides."""
    shards = runner.jobs("verify", most)
    (report,) = runner.jobs("report")
    assert [shard.step("pip install").code for shard in (*shards, report)] == [0] * (len(shards) + 1)
    return shards, report


def test_a_healthy_server_is_green_and_every_file_is_there(make: Make, tools: tuple[Path, Path]) -> None:
    runner = make()
    shards, report = run(runner)
    told = "\n".join(step.output for job in (*shards, report) for step in job.steps)
    assert not report.failed, told
    assert [shard.step("Verify a quarter").code for shard in shards] == [0, 0, 0, 0], told
    assert {path.name for path in (runner.artifacts / "contract").iterdir()} == {
        "contract.json", "contract.html", "contract.sarif", "contract.xml", "contract.svg",
    }  # fmt: skip
    result = read(runner.artifacts / "contract" / "contract.json")
    assert result["run"]["seed"] == 41
    assert {one["key"] for one in result["operations"] if one["verdict"] == "conforms"} >= {"GET /v1/keys"}
    assert result["summary"]["exit_code"] == 0
    assert "CONFORM" in report.step("Put the shards together").output
    assert "## " in report.summary
    for secret in runner.contexts["secrets"].values():
        assert secret not in told
        assert secret.partition(":")[2] or secret not in json.dumps(result)
    origin = subprocess.run(
        [tools[0] / "python", "-c", "import specdouble.verify; print(specdouble.verify.__file__)"], cwd="/",
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert str(tools[0].parent) in origin  # what ran is the wheel, not this checkout

    (runner.artifacts / "result-2" / "result-2.json").unlink()  # a job that was lost
    (report,) = runner.jobs("report")
    assert report.step("Put the shards together").code == 3
    assert "Shard 2/4 is missing" in report.step("Put the shards together").output


def test_a_broken_server_is_red_and_code_scanning_shows_it(
    make: Make, staging: tuple[Platform, Urls, dict[str, str]]
) -> None:
    runner = make()
    with planted(staging[0], find("keys-list-secrets")):
        shards, report = run(runner)
    assert not any(shard.failed for shard in shards)
    assert report.step("Put the shards together").code == 1
    assert report.failed
    assert "::error title=" in report.step("Put the shards together").output
    ((workspace, sarif),) = runner.uploaded
    files = set(places(sarif))
    assert files
    assert all((workspace / name).is_file() for name in files), files
    assert (runner.artifacts / "contract" / "contract.html").is_file()


def test_a_secret_that_is_not_set_is_red(make: Make) -> None:
    (shard,), report = run(make(SPECDOUBLE_SERVICE_TOKEN=""), 1)
    assert shard.step("Verify a quarter").code == 3
    assert "SPECDOUBLE_SERVICE_TOKEN" in shard.step("Verify a quarter").output
    assert report.step("Put the shards together").code == 3
    assert report.failed


def test_a_server_that_is_down_is_red(make: Make) -> None:
    runner = make(target="http://127.0.0.1:9")
    (shard,), report = run(runner, 1)
    assert shard.step("Verify a quarter").code == 3
    assert report.step("Put the shards together").code == 3
    merged = read(runner.artifacts / "contract" / "contract.json")
    assert "the connection was refused" in merged["problems"][0]


def test_a_package_that_is_not_named_is_red(make: Make) -> None:
    runner = make()
    runner.contexts["vars"]["SPECDOUBLE_PACKAGE"] = ""
    (shard,) = runner.jobs("verify", 1)
    assert shard.failed
    assert [step.name for step in shard.steps if step.failed][:1] == ['pip install "$PACKAGE"']
    (report,) = runner.jobs("report")
    assert report.failed


def test_nothing_tells_people_to_install_somebody_elses_package() -> None:
    """The name on PyPI belongs to another project: every `pip install` of ours names a file, a URL or our own index."""
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
    lines = [(page.name, line) for page in pages for line in page.read_text().splitlines()]
    assert [one for one in lines if "pip install specdouble" in one[1]] == []
    runs = [step["run"] for job in workflow()["jobs"].values() for step in job["steps"] if "run" in step]
    assert [line for line in runs if line.startswith("pip install")] == ['pip install "$PACKAGE"'] * 2


def test_the_action_installs_what_it_is_told_to(tools: tuple[Path, Path], tmp_path: Path) -> None:
    scripts, wheel = tools
    environ = {"PATH": f"{scripts}:/usr/bin:/bin", "HOME": str(tmp_path), "PIP_NO_DEPS": "1", "PIP_NO_INDEX": "1"}
    played = Composite(ROOT, tmp_path).play(tmp_path, {"package": str(wheel)}, environ, last="Install")
    assert (played.code, played.called[0][0]) == (0, "actions/setup-python@v6"), played.log
    assert (tmp_path / "specdouble" / "bin" / "specdouble").is_file()
    assert (tmp_path / "path").read_text() == f"{tmp_path}/specdouble/bin\n"
