"""docs/deploy.md: its values are rendered, its files and variables are there, its figures are those of the code."""

from __future__ import annotations

import re
import shlex
from typing import Any

import pytest
import yaml

from specdouble.mock.transports.rsgi.draining import AGAIN_MILLISECONDS, ENDING_SECONDS
from tests.deploy.helm import CHART, KUBERNETES, helm
from tests.deploy.wiring import DEPLOY, ROOT

PAGE = (ROOT / "docs" / "deploy.md").read_text()
VALUES = re.findall(r'```yaml title="values.yaml"\n(.*?)```', PAGE, re.DOTALL)
SHELL = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]


@pytest.mark.parametrize("text", VALUES)
def test_the_chart_takes_the_values_of_the_page(text: str) -> None:
    import kubernetes_validate

    objects = helm(yaml.safe_load(text))
    assert {one["kind"] for one in objects} >= {"Deployment", "Service", "PodDisruptionBudget"}
    for one in objects:
        if one["kind"] != "ServiceMonitor":
            kubernetes_validate.validate(one, KUBERNETES[-1], strict=True)


def test_all_values_are_explained() -> None:
    rows = " ".join(re.findall(r"^\| (`[a-zA-Z`., ]+) \|", PAGE, re.MULTILINE))
    explained = set(re.findall(r"`([a-z]\w*)", rows)) | {
        f"{head}.{name}"
        for head, rest in re.findall(r"`(\w+)\.\w+`((?:, `\.\w+`)+)", rows)
        for name in re.findall(r"\w+", rest)
    }
    known: dict[str, Any] = yaml.safe_load((CHART / "values.yaml").read_text())
    assert set(known) <= explained
    for name in ("postgresql", "ingress", "serviceMonitor"):
        assert {f"{name}.{one}" for one in known[name]} - explained <= {f"{name}.enabled"}


def test_variables_of_the_compose_file_are_explained() -> None:
    used = dict(re.findall(r"\$\{(\w+):[-?]([^}]*)\}", (DEPLOY / "compose.yaml").read_text()))
    told = dict(re.findall(r"^\| `(\w+)` \| (`?[^|`]+`?) \|", PAGE, re.MULTILINE))
    assert set(used) <= set(told)
    for name, default in used.items():
        assert told[name] in (f"`{default}`", "required"), name


def test_commands_name_what_is_there() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    commands = [shlex.split(line, comments=True) for line in SHELL]
    named = {
        word for one in commands if one[:2] == ["docker", "compose"] for word in one if word.startswith("replica-")
    }
    assert named == {name for name in services if name.startswith("replica-")}
    (install,) = [one for one in commands if one[:1] == ["helm"]]
    assert (ROOT / install[3] / "Chart.yaml").is_file()
    for name in ("compose.yaml", "haproxy.cfg", "nginx.conf"):
        assert f"`{name}`" in PAGE or f"`deploy/{name}`" in PAGE
        assert (DEPLOY / name).is_file()


def test_figures_are_those_of_the_code() -> None:
    first, last = (one / 1000 for one in AGAIN_MILLISECONDS)
    assert f"`retry:` of {first:g} to {last:g} s" in PAGE
    assert f"at most {ENDING_SECONDS:g} s, twice" in PAGE
    assert f"Kubernetes {KUBERNETES[0].removesuffix('.0')} or later" in PAGE
