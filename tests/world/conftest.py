"""Says at the end of a run how far the random machine came."""

from __future__ import annotations

from typing import Any


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for report in terminalreporter.getreports("passed"):
        for name, said in getattr(report, "user_properties", ()):
            if name == "machine" and report.when == "call":
                terminalreporter.write_line(f"world machine: {said}")
