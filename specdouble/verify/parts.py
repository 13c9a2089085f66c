"""Parts that somebody outside the API plays: a mailbox, a device page, a bank, a worker, a provider's sign-in page.

No documented route hands out the token of a verification mail or approves a device login. Each part is played by a
command that the user gave (`--mail-command` and so on), else by a mock's control plane. A command is started without a
shell: its words may hold `{placeholders}`, which are also in its environment as `SPECDOUBLE_…` in capitals. What it
prints is its response; a secret among it is redacted like every other one.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import time
from typing import Any

from specdouble.verify.control import Control
from specdouble.verify.leaks import secrets
from specdouble.verify.problems import SettingsError, Unmet
from specdouble.verify.redact import Redactor
from specdouble.verify.settings import Settings

# part -> (what it is to people, the placeholders that its command may use)
PARTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "mail": ("a mailbox", ("email",)),
    "approve": ("a device page", ("user_code", "email", "user_id", "access_token")),
    "pay": ("a bank in test mode", ("client_secret", "intent", "payment_method", "user_id")),
    "task": ("a worker", ("user_id", "app_id")),
    "state": ("a provider's sign-in page", ("app_id", "provider", "user_id")),
}
# Test payment methods, as Stripe calls them: one that pays, one whose bank asks its holder, one that is declined.
CARDS = ("pm_card_visa", "pm_card_authenticationRequired", "pm_card_chargeCustomerFail")
HIDDEN = frozenset({"access_token", "client_secret"})  # never words of a command line, which other people can read
_SECRET = re.compile(r"key|token|secret|pass|credential", re.IGNORECASE)  # in the name of a variable
_TOKEN = re.compile(r"[?&#](?:token|verify|code|t)=([^&\s\"'<>]+)")
_WORD = re.compile(r"[\w.~-]{12,}")
_PATIENCE, _BETWEEN = 20.0, 0.5  # seconds that a mail may take, and between two looks


def check_commands(settings: Settings) -> None:
    """Refuse a command that cannot be split, or that asks for what its part does not know.

    Raises:
        SettingsError: the option, and the placeholders that it knows.

    """
    for part, (_what, known) in PARTS.items():
        text = getattr(settings, f"{part}_command")
        try:
            words = shlex.split(text)
        except ValueError as error:
            raise SettingsError(f"--{part}-command cannot be read: {error}.") from None
        for name in re.findall(r"\{(\w+)\}", " ".join(words)):
            if name not in known or name in HIDDEN:
                named = ", ".join(f"{{{one}}}" for one in known if one not in HIDDEN)
                also = "".join(f" It is in the environment as SPECDOUBLE_{name.upper()}." for _ in HIDDEN & {name})
                raise SettingsError(f"--{part}-command knows no {{{name}}}; it knows {named}.{also}")
        if part == "mail" and words and "email" not in " ".join(re.findall(r"\{(\w+)\}", text)):
            raise SettingsError("--mail-command must name {email}: a run reads the mail of several addresses.")


class Parts:
    """The parts of a run. Each method raises Unmet, with the option that would help, where nobody plays its part."""

    def __init__(self, settings: Settings, control: Control, redactor: Redactor) -> None:
        self.settings = settings
        self.control = control
        self.redactor = redactor

    def has(self, part: str) -> bool:
        """Whether somebody plays a part."""
        return bool(self._command(part)) or self.control.there

    @property
    def cards(self) -> tuple[str, str, str]:
        """The test payment methods: one that pays, one whose bank asks its holder, one that is declined."""
        good, asks, declined = (*self.settings.test_cards, *CARDS[len(self.settings.test_cards) :])[:3]
        return good, asks, declined

    # -- what each of them does ------------------------------------------------------------------------------------

    def mailed(self, email: str) -> str:
        """Return the token of the newest mail to an address; a mail has some seconds to arrive."""
        found = self._newest(email)
        if not found:
            raise Unmet(f"no mail with a token came to {email}")
        self.redactor.learn(found, "token")
        return found

    def _newest(self, email: str) -> str:
        if not self._command("mail"):
            self._plane("mail")
            return next((str(one["token"]) for one in self.control.get("outbox", to=email) if one.get("token")), "")
        until = time.monotonic() + min(_PATIENCE, self.settings.timeout)
        while not (found := token_of(self._run("mail", email=email))) and time.monotonic() < until:
            time.sleep(_BETWEEN)
        return found

    def approve(self, user_code: str, person: Any) -> None:
        """Approve a device login as a person."""
        if self._command("approve"):
            who = {"email": person.email, "user_id": person.imperal_id, "access_token": person.access_token}
            self._run("approve", user_code=user_code, **who)
        else:
            self._plane("approve")
            self.control.post(f"device/{user_code}/approve", {"user_id": person.imperal_id})

    def pay(self, client_secret: str, payment_method: str, user_id: str) -> None:
        """Confirm a set-up or a payment at the bank, as its form in a browser does."""
        intent = client_secret.partition("_secret_")[0]
        self._need("pay")
        self._run("pay", client_secret=client_secret, intent=intent, payment_method=payment_method, user_id=user_id)

    def task(self, user_id: str, app_id: str, **more: Any) -> str:
        """Start a background task of a person and return its task_id; `more` is what a control plane also knows."""
        if self._command("task"):
            return self._word("task", user_id=user_id, app_id=app_id)
        self._plane("task")
        return str(self.control.post("tasks", {"user_id": user_id, "app_id": app_id, **more})["task_id"])

    def state(self, app_id: str, provider: str, user_id: str) -> str:
        """Return the state with which a provider sends a person back to an app."""
        if self._command("state"):
            return self._word("state", app_id=app_id, provider=provider, user_id=user_id)
        self._plane("state")
        return str(self.control.post(f"oauth/{app_id}/{provider}/state", {"user_id": user_id})["state"])

    # -- how they are played ---------------------------------------------------------------------------------------

    def _command(self, part: str) -> str:
        return str(getattr(self.settings, f"{part}_command"))

    def _plane(self, part: str) -> None:
        if not self.control.there:
            raise Unmet(f"{PARTS[part][0]} is needed: --{part}-command")

    def _need(self, part: str) -> None:
        if not self._command(part):
            raise Unmet(f"{PARTS[part][0]} is needed: --{part}-command")

    def _word(self, part: str, **values: str) -> str:
        words = self._run(part, **values).split()
        if len(words) != 1:
            raise Unmet(f"--{part}-command must print one word, and printed {len(words)}")
        return words[0]

    def _run(self, part: str, **values: str) -> str:
        words = [
            re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], found[0]), word)
            for word in shlex.split(self._command(part))
        ]
        environ = os.environ | {f"SPECDOUBLE_{name.upper()}": value for name, value in values.items()}
        try:
            done = subprocess.run(  # noqa: S603 - the user's own command, and no shell
                words, env=environ, capture_output=True, timeout=self.settings.timeout, check=False,
                encoding="utf-8", errors="replace",
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise Unmet(f"--{part}-command did not end within {self.settings.timeout:g} seconds") from None
        except OSError as error:
            raise Unmet(f"--{part}-command cannot be started: {words[0]}: {error.strerror}") from None
        if done.returncode:
            self._learn(done.stderr + done.stdout)
            lines = self.redactor.clean(done.stderr or done.stdout).strip().splitlines() or ["nothing"]
            said = lines[-1][-200:]
            raise Unmet(f"--{part}-command ended with {done.returncode} and said {said}")
        return done.stdout.strip()

    def _learn(self, said: str) -> None:
        """Learn the secrets in what a command said: those of its environment, and what has the form of one."""
        for name, value in os.environ.items():
            if _SECRET.search(name):
                self.redactor.learn(value, name.lower())
        for kind, value in secrets(said, handed=False):
            self.redactor.learn(value, kind)


def token_of(text: str) -> str:
    """Return the token in what a mailbox shows: the token of a link, else the longest word that looks like one."""
    links = _TOKEN.findall(text)
    if links:
        return str(links[0])
    words = [one.strip(".") for one in _WORD.findall(text) if re.search(r"\d", one)]
    return max(words, key=len, default=text if text and not re.search(r"\s", text) else "")
