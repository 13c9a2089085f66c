"""The parts outside the API of Imperal Cloud: a mailbox, a device page, a bank, a worker, a provider's sign-in page."""

from __future__ import annotations

import re
import time
from typing import Any

from specdouble.verify import kit
from specdouble.verify.kit import Part, Unmet

PARTS = (
    Part("mail", "a mailbox", ("email",), "prints the newest mail to {email}, or its token or link", needs=("email",)),
    Part(
        "approve", "a device page", ("user_code", "email", "user_id"),
        "approves the device login {user_code} as {email}", hidden=("access_token",),
    ),
    Part(
        "pay", "a bank in test mode", ("intent", "payment_method", "user_id"),
        "confirms the payment with {payment_method} at Stripe, in test mode", hidden=("client_secret",),
    ),
    Part("task", "a worker", ("user_id", "app_id"), "starts a background task of {user_id} and prints its task_id"),
    Part(
        "state", "a provider's sign-in page", ("app_id", "provider", "user_id"),
        "prints an OAuth state of {app_id}, {provider} and {user_id}",
    ),
)  # fmt: skip
# Test payment methods, as Stripe calls them: one that pays, one whose bank asks its holder, one that is declined.
CARDS = ("pm_card_visa", "pm_card_authenticationRequired", "pm_card_chargeCustomerFail")
_TOKEN = re.compile(r"[?&#](?:token|verify|code|t)=([^&\s\"'<>]+)")
_WORD = re.compile(r"(?<![\w.~@-])(?<!://)[\w.~-]{12,}(?![\w.~@-])")  # no address of a mailbox and no host of a URL
_RANDOM = re.compile(r"[\d_]|[a-z][A-Z]")  # in what no language has as a word: a token may well have no digit
_PATIENCE, _BETWEEN = 20.0, 0.5  # seconds that a mail may take, and between two looks


class Parts(kit.Parts):
    """The parts of a run, each played by a command that was given, else by a mock's control plane."""

    _came = False  # whether a mail has come: a mailbox that never showed one is not waited for again

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
        if not self.command("mail"):
            self.plane("mail")
            return next((str(one["token"]) for one in self.control.get("outbox", to=email) if one.get("token")), "")
        until = time.monotonic() + min(_PATIENCE, self.settings.timeout)
        while not (found := token_of(self.run("mail", email=email))) and time.monotonic() < until:
            time.sleep(_BETWEEN)
        if not found and not self._came:
            raise self.breaks("mail", f"--mail-command shows no mail with a token within {_PATIENCE:.0f} seconds")
        self._came = self._came or bool(found)
        return found

    def approve(self, user_code: str, person: Any) -> None:
        """Approve a device login as a person."""
        if self.command("approve"):
            who = {"email": person.email, "user_id": person.id, "access_token": person.access_token}
            self.run("approve", user_code=user_code, **who)
        else:
            self.plane("approve")
            self.control.post(f"device/{user_code}/approve", {"user_id": person.id})

    def pay(self, client_secret: str, payment_method: str, user_id: str) -> None:
        """Confirm a set-up or a payment at the bank, as its form in a browser does."""
        intent = client_secret.partition("_secret_")[0]
        self.need("pay")
        self.run("pay", client_secret=client_secret, intent=intent, payment_method=payment_method, user_id=user_id)

    def task(self, user_id: str, app_id: str, **more: Any) -> str:
        """Start a background task of a person and return its task_id; `more` is what a control plane also knows."""
        if self.command("task"):
            return self.word("task", user_id=user_id, app_id=app_id)
        self.plane("task")
        return str(self.control.post("tasks", {"user_id": user_id, "app_id": app_id, **more})["task_id"])

    def state(self, app_id: str, provider: str, user_id: str) -> str:
        """Return the state with which a provider sends a person back to an app."""
        if self.command("state"):
            return self.word("state", app_id=app_id, provider=provider, user_id=user_id)
        self.plane("state")
        return str(self.control.post(f"oauth/{app_id}/{provider}/state", {"user_id": user_id})["state"])


def token_of(text: str) -> str:
    """Return the token in what a mailbox shows: the token of a link, else the longest word that looks like one."""
    links = _TOKEN.findall(text)
    if links:
        return str(links[0])
    words = [one.strip(".") for one in _WORD.findall(text) if _RANDOM.search(one)]
    return max(words, key=len, default=text if text and not re.search(r"\s", text) else "")
