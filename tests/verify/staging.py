"""What a run proves with which credentials: verifies our own server as it is on staging, with its control plane off.

    python -m tests.verify.staging [ROW …]

writes `docs/staging.json`, from which `docs/generate.py` makes the table of `docs/staging.md`. Each row has a server of
its own. The parts that somebody outside the API plays are commands, which ask the server's control plane over HTTP.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from specdouble.verify.reports.views.steps import steps
from tests.ports import free_ports, wait_for

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TABLE = ROOT / "docs" / "staging.json"

SERVICE, KEY, STRIPE = (
    ("service-token", "dev-service-token"),
    ("registry-key", "imp_reg_key_dev"),
    ("stripe-secret", "whsec_dev"),
)
ADMIN, DEVELOPER = ("admin", "admin@example.com:s3cure!admin"), ("developer", "dev@example.com:s3cure!dev")
USER, USER2 = ("user", "user@example.com:s3cure!"), ("user2", "viewer@example.com:s3cure!viewer")
EVERYBODY = (SERVICE, KEY, ADMIN, DEVELOPER, USER, USER2)
WRITES, DESTROYS = ("allow-writes", True), ("allow-destructive", True)


@dataclass(frozen=True)
class Row:
    """A set of credentials and permissions; `least` is how many operations it must prove at least.

    `leaves` tells that people stay behind whom nobody of the row can remove.
    """

    title: str
    may: str
    given: tuple[tuple[str, Any], ...]
    least: int
    parts: bool = False
    leaves: bool = False


ROWS = {
    "everything": Row(
        "service token, Registry key, an admin, a developer, two users, Stripe's test secret, commands of parts",
        "write, delete", (*EVERYBODY, STRIPE, WRITES, DESTROYS), 186, parts=True,
    ),
    "no-parts": Row(
        "service token, Registry key, an admin, a developer, two users", "write, delete",
        (*EVERYBODY, WRITES, DESTROYS), 160,
    ),
    "writes": Row(
        "service token, Registry key, an admin, a developer, two users", "write", (*EVERYBODY, WRITES), 140
    ),
    "reading": Row("service token, Registry key, an admin, a developer, two users", "read", EVERYBODY, 75),
    "people": Row(
        "an admin, a developer, two users by password", "write", (ADMIN, DEVELOPER, USER, USER2, WRITES), 110
    ),
    "users": Row("two users by password", "write, delete", (USER, USER2, WRITES, DESTROYS), 70),
    "mailbox": Row("the command of a mailbox", "write, delete", (WRITES, DESTROYS), 65, parts=True, leaves=True),
    "nobody": Row("none", "write", (WRITES,), 19),
}  # fmt: skip


@contextlib.contextmanager
def serving() -> Iterator[tuple[str, str]]:
    """Serve both services on free ports; give their URLs."""
    port, registry = free_ports(2)
    words = [sys.executable, "-m", "specdouble", "serve", "--port", str(port), "--registry-port", str(registry)]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            wait_for(port)
            wait_for(registry)
            yield f"http://127.0.0.1:{port}", f"http://127.0.0.1:{registry}"
        finally:
            server.terminate()


def commands(target: str) -> dict[str, str]:
    """Return the commands that play the parts with a mock's control plane."""
    plane = f"{target}/__mock__"
    act = f"{sys.executable} {HERE}/parts/act.py {plane}"
    return {
        "mail-command": f"{sys.executable} {HERE}/parts/mail.py {plane} {{email}}",
        "approve-command": f"{act} device/{{user_code}}/approve user_code user_id={{user_id}}",
        "task-command": f"{act} tasks task_id user_id={{user_id}} app_id={{app_id}} name=Work",
        "state-command": f"{act} oauth/{{app_id}}/{{provider}}/state state user_id={{user_id}}",
    }


def options(name: str, target: str, registry: str) -> dict[str, Any]:
    """Return the settings of a row by their names."""
    row = ROWS[name]
    parts = commands(target) if row.parts else {}
    if name == "mailbox":
        parts = {"mail-command": parts["mail-command"]}
    return {"registry": registry, "safety": True, "control": "off", "rate": 0, **dict(row.given), **parts}


def measure(name: str, *more: str, workers: int = 2) -> dict[str, Any]:
    """Verify a server of its own with the credentials of a row; return the result."""
    with serving() as (target, registry), tempfile.TemporaryDirectory() as folder:
        words = [sys.executable, "-m", "specdouble", "verify", target, "-q", "-n", str(workers)]
        for option, value in options(name, target, registry).items():
            words += [f"--{option}"] if value is True else [f"--{option}", str(value)]
        words += ["--journal", folder, "--json", f"{folder}/result.json", *more]
        done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=folder)
        try:
            found: dict[str, Any] = json.loads(Path(folder, "result.json").read_text())
        except FileNotFoundError:
            raise RuntimeError(f"{name}: {done.stdout}{done.stderr}") from None
        return found


def summary(result: dict[str, Any]) -> dict[str, Any]:
    """Return what the table says of a result."""
    counted = result["summary"]
    return {
        "operations": counted["operations"]["conforms"],
        "rules": counted["rules"]["conforms"],
        "all_operations": counted["operations"]["total"],
        "all_rules": counted["rules"]["total"],
        "violations": counted["violations"],
        "requests": result["run"]["requests"],
        "left_behind": sum(not one["removed"] for one in result["created"]),
        "missing": [f"--{one.option}: {one.gain}" for one in steps(result)[:6]],  # type: ignore[arg-type]
    }


def main(names: list[str]) -> int:
    """Measure rows and write the table; return 1 when one of them proves too little or finds a violation."""
    table = json.loads(TABLE.read_text()) if TABLE.is_file() else {}
    failed = 0
    for name in names or ROWS:
        found = table[name] = summary(measure(name))
        bad = found["operations"] < ROWS[name].least or found["violations"]
        bad = bad or (found["left_behind"] and not ROWS[name].leaves)
        failed |= bool(bad)
        sys.stdout.write(f"{name}: {found} {'TOO LITTLE' if bad else ''}\n")
        TABLE.write_text(json.dumps({one: table[one] for one in ROWS if one in table}, indent=1) + "\n")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
