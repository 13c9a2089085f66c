"""Parts that somebody outside the API plays: a mailbox, a device page, a bank, a worker, a provider's sign-in page.

No documented route hands out the token of a verification mail or approves a device login. A pack names its parts; each
is played by a command that the user gave (`--NAME-command`), else by a mock's control plane. A command is started
without a shell: its words may hold `{placeholders}`, which are also in its environment as `SPECDOUBLE_…` in capitals. A
secret in what it prints is redacted like every other one.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from dataclasses import dataclass

from specdouble.verify.http.control import Control
from specdouble.verify.problems import SettingsError, Unmet
from specdouble.verify.responses.leaks import secrets
from specdouble.verify.responses.redact import Redactor
from specdouble.verify.settings.options import Option
from specdouble.verify.settings.values import Settings

_SECRET = re.compile(r"key|token|secret|pass|credential", re.IGNORECASE)  # in the name of a variable


@dataclass(frozen=True)
class Part:
    """What happens outside the API, such as reading a mail, and is done by a command that the run is given.

    `name` gives the option `--NAME-command`; `what` people call it; `known` are the `{placeholders}` of the command,
    and `does` says what it does. Values that are `hidden` are in the environment only, for other people can read a
    command line; those that it `needs` must be among its words.
    """

    name: str
    what: str
    known: tuple[str, ...]
    does: str
    hidden: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()

    @property
    def option(self) -> Option:
        """The option that gives its command."""
        return Option(f"{self.name}-command", f"Command that {self.does}.", "command")


def check_commands(settings: Settings) -> None:
    """Refuse a command that cannot be split, or that asks for what its part does not know.

    Raises:
        SettingsError: the option, and the placeholders that it knows.

    """
    for part in settings.api.pack.parts:
        option = f"--{part.option.name}"
        try:
            words = shlex.split(getattr(settings, part.option.field))
        except ValueError as error:
            raise SettingsError(f"{option} cannot be read: {error}.") from None
        asked = re.findall(r"\{(\w+)\}", " ".join(words))
        for name in asked:
            if name not in part.known:
                named = ", ".join(f"{{{one}}}" for one in part.known)
                also = f" It is in the environment as SPECDOUBLE_{name.upper()}." if name in part.hidden else ""
                raise SettingsError(f"{option} knows no {{{name}}}; it knows {named}.{also}")
        for name in part.needs if words else ():
            if name not in asked:
                raise SettingsError(f"{option} must name {{{name}}}: a run asks for several.")


class Parts:
    """The parts of a run; a pack's subclass says what each of them does.

    Its methods raise Unmet, with the option that would help, where nobody plays a part.
    """

    def __init__(self, settings: Settings, control: Control, redactor: Redactor) -> None:
        self.settings = settings
        self.control = control
        self.redactor = redactor
        self._known = {one.name: one for one in settings.api.pack.parts}
        self._broken: dict[str, str] = {}
        self._worked: set[str] = set()

    def has(self, part: str) -> bool:
        """Whether somebody plays a part."""
        return bool(self.command(part)) or self.control.there

    def command(self, part: str) -> str:
        """Return the command that plays a part, or ""."""
        return str(getattr(self.settings, self._known[part].option.field))

    def plane(self, part: str) -> None:
        """Say that a part cannot be played without a control plane; raises Unmet."""
        if not self.control.there:
            raise Unmet(f"{self._known[part].what} is needed: --{part}-command")

    def need(self, part: str) -> None:
        """Say that a part cannot be played without a command; raises Unmet."""
        if not self.command(part):
            raise Unmet(f"{self._known[part].what} is needed: --{part}-command")

    def word(self, part: str, **values: str) -> str:
        """Return the one word that a command prints; raises Unmet."""
        words = self.run(part, **values).split()
        if len(words) != 1:
            raise Unmet(f"--{part}-command must print one word, and printed {len(words)}")
        return words[0]

    def run(self, part: str, **values: str) -> str:
        """Start a command and return what it printed.

        One that cannot be started, does not end in time, or fails before it ever worked is not tried again by this
        process: each test would wait for it.

        Raises:
            Unmet: it cannot be started, failed, or did not end in time.

        """
        if part in self._broken:
            raise Unmet(self._broken[part])
        words = [
            re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], found[0]), word)
            for word in shlex.split(self.command(part))
        ]
        environ = os.environ | {f"SPECDOUBLE_{name.upper()}": value for name, value in values.items()}
        try:
            done = subprocess.run(  # noqa: S603 - the user's own command, and no shell
                words, env=environ, capture_output=True, timeout=self.settings.timeout, check=False,
                encoding="utf-8", errors="replace",
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise self._breaks(part, f"did not end within {self.settings.timeout:g} seconds") from None
        except OSError as error:
            raise self._breaks(part, f"cannot be started: {words[0]}: {error.strerror}") from None
        if done.returncode:
            self._learn(done.stderr + done.stdout)
            lines = self.redactor.clean(done.stderr or done.stdout).strip().splitlines() or ["nothing"]
            why = f"--{part}-command ended with {done.returncode} and said {lines[-1][-200:]}"
            raise Unmet(why) if part in self._worked else self.breaks(part, why)
        self._worked.add(part)
        return done.stdout.strip()

    def breaks(self, part: str, why: str) -> Unmet:
        """Remember that a command is of no use, and return what to raise."""
        self._broken[part] = why
        return Unmet(why)

    def _breaks(self, part: str, why: str) -> Unmet:
        return self.breaks(part, f"--{part}-command {why}")

    def _learn(self, said: str) -> None:
        """Learn the secrets in what a command said: those of its environment, and what has the form of one."""
        for name, value in os.environ.items():
            if _SECRET.search(name):
                self.redactor.learn(value, name.lower())
        for kind, value in secrets(said, looks=self.settings.api.words.secret_looks):
            self.redactor.learn(value, kind)
