"""Helm itself, in a process of its own: its library brings the runtime of another language, with its own signals.

`python -m tests.deploy.helm` reads `{"values": {...}, "name": "..."}` from stdin and writes what Helm makes of the
chart: `{"lint": [...], "rendered": {file: text}}`, or `{"error": "..."}`.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.wiring import REQUIRED

ROOT = Path(__file__).resolve().parent.parent.parent
CHART = ROOT / "deploy" / "chart"
KUBERNETES = ("1.30.0", "1.37.0")  # the first version that has all that the chart uses, and the last that is known here


class HelmError(Exception):
    """The chart was refused with these values; the message is Helm's."""


def helm(values: dict[str, Any], name: str = "mock") -> list[dict[str, Any]]:
    """Return the objects that Helm makes of the chart.

    Raises:
        HelmError: Helm refuses the values, or the chart.

    """
    if importlib.util.find_spec("helm_python") is None:
        if os.environ.get(REQUIRED) == "required":
            pytest.fail(f"helm-python-sdk must be installed here ({REQUIRED})")
        pytest.skip("helm-python-sdk has no wheel for this machine")
    done = subprocess.run(
        [sys.executable, "-m", "tests.deploy.helm"], cwd=ROOT, input=json.dumps({"values": values, "name": name}),
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    told = json.loads(done.stdout)
    if "error" in told:
        raise HelmError(told["error"])
    assert told["lint"] == []
    texts = [text for file, text in told["rendered"].items() if file.endswith(".yaml")]
    return [one for text in texts for one in yaml.safe_load_all(text) if one]


def _main() -> None:
    from helm_python import Chart, HelmError, lint

    asked = json.load(sys.stdin)
    try:
        told = lint(CHART, asked["values"], strict=True, kube_version=f"v{KUBERNETES[0]}")
        found = [one for one in told["messages"] if one["severity"] > 1] + told["errors"]
        with Chart.load(CHART) as chart:
            chart.validate_schema(asked["values"])
            rendered = chart.render(asked["values"], name=asked["name"], namespace="team")
    except HelmError as error:
        json.dump({"error": str(error)}, sys.stdout)
    else:
        json.dump({"lint": found, "rendered": rendered}, sys.stdout)


if __name__ == "__main__":
    _main()
