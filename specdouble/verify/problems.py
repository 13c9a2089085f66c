"""What can keep a check from being made: an unmet condition, a broken target, a setting that makes no sense."""

from __future__ import annotations

from specdouble.errors import SpecdoubleError


class Unmet(SpecdoubleError):  # noqa: N818 - a condition, not a fault of the program
    """A check cannot be made: a credential is missing, or a step before it was refused. The operation is unproven."""

    def __init__(self, reason: str) -> None:
        Exception.__init__(self, reason)  # reports put it behind a colon: no sentence


class TargetError(SpecdoubleError):
    """The target or a credential does not work (exit code 3); the message says what to look at.

    `op` is the operation that got no response, if any. `final` says that looking again is no use: the run ends.
    """

    exit_code = 3

    def __init__(self, message: str, op: str = "", *, final: bool = False) -> None:
        super().__init__(message)
        self.op = op
        self.final = final


class SettingsError(SpecdoubleError):
    """A setting that cannot be used (exit code 2 of the command line); the message names it and the next step."""
