"""What the start-up panel tells people to try works as it stands: a shell and curl send it to many documents."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

HERE = Path(__file__).parent
EXAMPLES = HERE.parent.parent / "docs" / "examples"
FOLDERS = (HERE / "tried", HERE / "forms", HERE / "documents", EXAMPLES)
DOCUMENTS = sorted(one for folder in FOLDERS for one in folder.glob("*.yaml"))
SECONDS = 60

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="the commands are written for curl")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The panels of a server of all documents, by the name of the document, while the server runs."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path_factory.mktemp("log") / "log"
    words = ["serve", *map(str, DOCUMENTS), "--prefix", "--port", str(port)]
    with log.open("w") as out:
        server = subprocess.Popen([sys.executable, "-u", "-m", "specdouble", *words], stdout=out, stderr=out)
        try:
            until = time.monotonic() + SECONDS
            while "Ctrl+C stops" not in log.read_text() or not listens(port):
                assert server.poll() is None, log.read_text()
                assert time.monotonic() < until, log.read_text()
                time.sleep(0.1)
            text = log.read_text()
            names = "|".join(re.escape(one.stem) for one in DOCUMENTS)
            parts = re.split(rf"(?m)^  ({names})\n", text)
            yield dict(zip(parts[1::2], parts[2::2], strict=True))
        finally:
            server.terminate()
            server.wait(20)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def commands(panel: str) -> list[str]:
    return [line.strip() for line in panel.splitlines() if line.startswith("    curl ")]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda one: one.stem)
def test_what_the_panel_shows_works(document: Path, told: dict[str, str]) -> None:
    shown = commands(told[document.stem])
    assert shown, "nothing to try"
    for one in shown:
        done = subprocess.run(
            ["sh", "-c", one.replace("curl ", "curl -s --max-time 10 -w '\\n%{http_code}' ", 1)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        body, _, status = done.stdout.rpartition("\n")
        assert status.startswith("2"), f"{one}\n{body}\n{done.stderr}"


def test_what_is_made_is_what_the_command_says(told: dict[str, str]) -> None:
    def reply(document: str) -> str:
        return subprocess.run(["sh", "-c", commands(told[document])[0] + " -s"], capture_output=True, text=True).stdout

    assert json.loads(reply("cookies"))["label"] == 'Quince & "ginger"; 2 kg, it\'s good'
    parcel = json.loads(reply("parcels"))
    assert (parcel["label"], parcel["note"]) == ("@home; type=text/x", "<b>fragile</b>")
    assert parcel["address"]["street"] == '5 "Back" Lane; C:\\side'
    assert len(json.loads(reply("notes"))["labels"]) == 2
    assert ElementTree.fromstring(reply("signals")).attrib["code"] == 'A & "B"'


def test_the_panel_names_the_base_url(told: dict[str, str]) -> None:
    assert re.search(r"Base URL +http://localhost:\d+/notes/api {2}\(paths work without /api too\)", told["notes"])
    assert "Base URL" not in told["parcels"]
