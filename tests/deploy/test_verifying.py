"""The verifier finds nothing in two replicas behind a load balancer that it does not find in one server."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.test_wiring import two_in_a_row
from tests.deploy.wiring import ADDRESSES, Balancer, Replica, only_linux, state_of


@pytest.mark.slow
def test_two_replicas_conform_as_one(database: str, tmp_path: Path) -> None:
    """Each next request goes to the other replica, so whatever only one of them knew would be found."""
    only_linux()
    port = two_in_a_row()
    settings = {**state_of(database), "SPECDOUBLE_REGISTRY_PORT": str(port + 1)}
    replicas = [Replica(one, port, ["imperal"], settings, tmp_path / f"{one}.log") for one in ADDRESSES]
    balancer = Balancer("haproxy", port, tmp_path, last=port + 1, in_turns=True)
    result = tmp_path / "result.json"
    try:
        for one in replicas:
            one.start()
        balancer.start()
        command = [sys.executable, "-m", "specdouble", "verify", balancer.url, "--pack", "imperal", "--seed", "3"]
        told = subprocess.run(
            [*command, "--registry", f"http://127.0.0.1:{port + 1}", "--json", str(result), "--journal", str(tmp_path)],
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
    finally:
        balancer.stop()
        for one in replicas:
            one.stop()
    assert told.returncode == 0, told.stdout[-5000:] + told.stderr[-2000:]
    summary = json.loads(result.read_text())["summary"]
    assert summary["violations"] == summary["warnings"] == 0, summary
    assert summary["operations"]["conforms"] == summary["operations"]["total"] > 0, summary
