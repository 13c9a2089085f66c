"""What a run needs to know: where the target is, which credentials it may use, and what it may do there.

Each value comes from an option, else from the environment, else from `specdouble.toml` (a table `[verify]`). The same
names are used everywhere: `--service-token`, `SPECDOUBLE_SERVICE_TOKEN`, `service-token = "…"`.
"""

from __future__ import annotations

import difflib
import ipaddress
import os
import random
import re
import socket
import time
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies_environment

from specdouble.verify.problems import SettingsError, TargetError

FILE = "specdouble.toml"
MIN_PROVEN = 0.8  # what an owner of a staging server reaches with every credential at hand
_RUN = re.compile(r"[\w.-]+")
PEOPLE = ("admin", "user", "user2", "developer")
# name -> (help, kind); the one list from which the pytest options, the command line and the file's keys are made
OPTIONS: dict[str, tuple[str, str]] = {
    "target": ("URL of the Auth Gateway.", "text"),
    "registry": ("URL of the Registry.", "text"),
    "service-token": ("Token of platform services (X-Service-Token).", "secret"),
    "registry-key": ("Platform key of the Registry (X-Api-Key).", "secret"),
    "admin": ("EMAIL:PASSWORD of an administrator.", "secret"),
    "user": ("EMAIL:PASSWORD of a user.", "secret"),
    "user2": ("EMAIL:PASSWORD of a second user.", "secret"),
    "developer": ("EMAIL:PASSWORD of a registered developer.", "secret"),
    "stripe-secret": ("Secret that signs Stripe's webhooks.", "secret"),
    "tenant": ("Tenant of these people.", "text"),
    "control": ("URL of a mock's control plane, or `off`.", "text"),
    "only": ("Only this: a rule, a tag, a path, an operation or a part of one. May be repeated.", "list"),
    "replay": ("Only the test of this finding (its id in a report).", "text"),
    "replay-from": ("Result (JSON) that has the finding of --replay; else those kept on this machine.", "file"),
    "profile": ("gate (default), staging (the most telling 6,000 requests) or nightly (much random traffic).", "text"),
    "budget": ("Send at most so many requests, set-up and cleaning up included: the most telling checks first.", "int"),
    "seed": ("Seed of all that is random.", "int"),
    "shard": ("Part of the work, such as 1/4.", "text"),
    "allow-writes": ("Let the run create and change things of its own beyond loopback.", "flag"),
    "allow-destructive": ("Let the run delete, suspend and deactivate things of its own beyond loopback.", "flag"),
    "safety": ("Keep the safety policy on loopback too (a tunnel to a staging server).", "flag"),
    "deny": ("Never call this operation, tag, path or class (money, mail, permanent). May be repeated.", "list"),
    "allow": (
        "Take this operation, tag, path or class off the default deny list (--rules shows it). May be repeated.",
        "list",
    ),
    "mail-command": ("Command that prints the newest mail to {email}, or its token or link.", "secret"),
    "approve-command": ("Command that approves the device login {user_code} as {email}.", "secret"),
    "pay-command": ("Command that confirms {client_secret} with {payment_method} at Stripe, in test mode.", "secret"),
    "task-command": ("Command that starts a background task of {user_id} and prints its task_id.", "secret"),
    "state-command": ("Command that prints an OAuth state of {app_id}, {provider} and {user_id}.", "secret"),
    "test-cards": ("Test payment methods: one that pays, one whose bank asks, one that is declined.", "list"),
    "rate": (
        "At most so many requests a second, 0 for no limit (default: no limit on loopback, 20 elsewhere).",
        "float",
    ),
    "timeout": ("Seconds to wait for one response.", "float"),
    "strict": ("Count fields that no schema knows as violations.", "flag"),
    "insecure": ("Do not verify TLS certificates.", "flag"),
    "ca-file": ("File (PEM) of authorities to trust beside the public ones, for private certificates.", "file"),
    "client-cert": ("File (PEM) of the certificate that this client shows.", "file"),
    "client-key": ("File (PEM) of its key, where the certificate's file does not hold it.", "file"),
    "proxy": ("URL of a proxy for all requests, or `off` (default: HTTPS_PROXY …, never on loopback).", "text"),
    "waivers": ("File of waived findings, each with a reason and an expiry date.", "file"),
    "journal": ("Folder of the journals of what runs created.", "file"),
    "sarif-file": ("File of your repository at which code scanning shows findings, from its root.", "text"),
    "min-proven": ("Share of operations that must be proven, 0 to 1 (default: 0.8); less is exit code 2.", "float"),
}
BUDGETS = {"gate": 0, "staging": 6000, "nightly": 0}  # requests of a run; 0 is as many as there are
LEAST = 100  # requests, below which a run could not even begin
UNSET = float("-inf")  # of a rate: no limit on loopback, RATE elsewhere
RATE = 20.0
_DAY = 86_400  # seconds


@dataclass
class Settings:
    """The settings of a run. `rate` is requests a second and `budget` requests (0: unlimited), `timeout` seconds."""

    target: str = ""
    registry: str = ""
    service_token: str = ""
    registry_key: str = ""
    admin: str = ""
    user: str = ""
    user2: str = ""
    developer: str = ""
    stripe_secret: str = ""
    tenant: str = "default"
    control: str = ""
    only: tuple[str, ...] = ()
    replay: str = ""
    replay_from: str = ""
    profile: str = "gate"
    budget: int = 0
    seed: int = 0
    shard: str = ""
    allow_writes: bool = False
    allow_destructive: bool = False
    safety: bool = False
    deny: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    mail_command: str = ""
    approve_command: str = ""
    pay_command: str = ""
    task_command: str = ""
    state_command: str = ""
    test_cards: tuple[str, ...] = ()
    rate: float = UNSET
    timeout: float = 30.0
    strict: bool = False
    insecure: bool = False
    ca_file: str = ""
    client_cert: str = ""
    client_key: str = ""
    proxy: str = ""
    waivers: str = ""
    journal: str = ""
    sarif_file: str = ""
    min_proven: float = MIN_PROVEN
    run: str = field(default_factory=lambda: f"r-{time.strftime('%Y%m%d-%H%M%S')}-{random.getrandbits(16):04x}")

    def __post_init__(self) -> None:
        """Check the values against each other and fill in what follows from the others."""
        if self.target:
            self.target = _url("target", self.target)
        if self.registry:
            self.registry = _url("registry", self.registry)
        if self.proxy and self.proxy != "off":
            self.proxy = _proxy(self.proxy)
        for name in PEOPLE:
            if getattr(self, name) and ":" not in getattr(self, name):
                raise SettingsError(f"--{name} must read EMAIL:PASSWORD; it has no colon.")
            if getattr(self, name) and not all(getattr(self, name).partition(":")[::2]):
                raise TargetError(f"--{name} must read EMAIL:PASSWORD; one of the two is empty: is a secret unset?")
        if self.profile not in BUDGETS:
            raise SettingsError(f"--profile {self.profile!r} is unknown; choose gate, staging or nightly.")
        self.budget = self.budget or BUDGETS[self.profile]
        if self.budget < 0 or 0 < self.budget < LEAST:
            raise SettingsError(
                f"--budget {self.budget:,} is too small to look at anything; write at least {LEAST}, such as 6000."
            )
        if self.shard:
            self.part()
        if not self.timeout > 0:
            raise SettingsError(f"--timeout {self.timeout:g} leaves no time for a response; write seconds, such as 30.")
        if self.timeout > _DAY:
            raise SettingsError(f"--timeout {self.timeout:g} is longer than a day; write seconds, such as 30.")
        if not 0 <= self.seed < 2**63:
            raise SettingsError(f"--seed {self.seed} is out of range; write a number from 1 to {2**63 - 1}.")
        if self.rate != UNSET and not 0 <= self.rate < float("inf"):
            raise SettingsError(f"--rate {self.rate:g} is no number of requests a second; write one, such as 20.")
        if not 0 <= self.min_proven <= 1:
            raise SettingsError(
                f"--min-proven {self.min_proven:g} is no share; write a number from 0 to 1, such as 0.9."
            )
        if self.sarif_file:
            self.sarif_file = in_repository(self.sarif_file)
        if not _RUN.fullmatch(self.run):
            raise SettingsError(f"--run {self.run!r} cannot name files; use letters, digits, dots and hyphens.")
        if not self.seed:
            self.seed = random.randrange(1, 2**31)
        if self.local:
            self.allow_writes = self.allow_destructive = True
        if self.rate == UNSET:
            self.rate = 0.0 if self.local else RATE

    @property
    def local(self) -> bool:
        """Whether every URL is on loopback (and not said to be a tunnel): only there writing needs no word."""
        return not self.safety and all(is_loopback(url) for url in (self.target, self.registry) if url)

    @property
    def allowance(self) -> int:
        """How many requests this run may send: the budget, or a shard's part of it (0: unlimited)."""
        return self.budget // self.part()[1]

    @property
    def playable(self) -> frozenset[str]:
        """The classes of the deny list that a part which was given makes harmless: a test bank, a mailbox."""
        plane = self.control not in ("", "off")
        money = plane or bool(self.stripe_secret or self.pay_command)
        return frozenset({"money"} if money else ()) | frozenset({"mail"} if plane or self.mail_command else ())

    def part(self) -> tuple[int, int]:
        """Return the shard as (number from 1, of how many); (1, 1) is everything."""
        if not self.shard:
            return 1, 1
        number, _, count = self.shard.partition("/")
        if not (number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
            raise SettingsError(f"--shard {self.shard!r} is no part of a whole; write 1/4, 2/4 …")
        return int(number), int(count)

    def secrets(self) -> dict[str, str]:
        """Return the secret values among the settings, with what each one is."""
        found = {self.service_token: "service token", self.registry_key: "Registry key", self.stripe_secret: "secret"}
        for name in PEOPLE:
            found[getattr(self, name).partition(":")[2]] = f"password of {name}"
        for url in (self.target, self.registry, self.control, self.proxy, *getproxies_environment().values()):
            found[_password(url)] = "password of a URL"
        return {value: kind for value, kind in found.items() if value}


def _password(url: str) -> str:
    try:
        return urlsplit(url if "://" in url else f"//{url}").password or ""
    except ValueError:
        return ""


def _url(name: str, text: str) -> str:
    parts = urlsplit(text if "://" in text else f"http://{text}")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SettingsError(f"--{name} {text!r} is no http(s) URL; write something like https://auth.example.com")
    path = parts.path.rstrip("/").removesuffix("/v1")
    return f"{parts.scheme}://{parts.netloc}{path}"


def _proxy(text: str) -> str:
    url = text if "://" in text else f"http://{text}"
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https", "socks5", "socks5h") or not parts.hostname:
        raise SettingsError("--proxy is no URL of a proxy; write something like http://proxy.example.com:3128, or off.")
    return url


def in_repository(given: str) -> str:
    """Return a path in a repository with forward slashes.

    Raises:
        SettingsError: it leads out of the repository.

    """
    path = PurePosixPath(given.replace("\\", "/"))
    if path.is_absolute() or PureWindowsPath(given).drive or ".." in path.parts or not path.parts:
        raise SettingsError(
            f"--sarif-file {given!r} is no file in a repository; write its path from the root: docs/api.json."
        )
    return str(path)


def without_userinfo(url: str) -> str:
    """Return a URL without the name and the password that it may carry."""
    parts = urlsplit(url)
    return url.replace(f"{parts.netloc}", parts.netloc.rpartition("@")[2], 1)


@cache
def is_loopback(url: str) -> bool:
    """Tell whether a URL leads to this machine; a name is looked up once, and stays what it was then."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        pass
    try:
        return all(ipaddress.ip_address(one[4][0]).is_loopback for one in socket.getaddrinfo(host, None))
    except (OSError, ValueError):
        return False


def gather(given: Mapping[str, Any], environ: Mapping[str, str] = os.environ, folder: Path | None = None) -> Settings:
    """Make the settings from options (those that were given), the environment, and `specdouble.toml`.

    Raises:
        SettingsError: a value that cannot be used, or a key of the file that nobody knows.
        TargetError: a credential that was named and is empty, as an unset secret of a CI job is.

    """
    values: dict[str, Any] = {}
    filed = _file((folder or Path.cwd()) / FILE)
    for name, (_help, kind) in OPTIONS.items():
        option = given.get(name)
        variable = environ.get(f"SPECDOUBLE_{name.upper().replace('-', '_')}")
        for source, value in (("option", option), ("environment", variable), (FILE, filed.get(name))):
            if kind == "secret" and value is not None and not str(value).strip():
                raise TargetError(
                    f"{name} ({_said(source, name)}) is named and empty: is a secret unset? Give its value, or leave "
                    f"the name out."
                )
            if kind == "list" and value is not None and value not in ((), []) and not _read(name, kind, value, source):
                raise SettingsError(
                    f"{name} ({_said(source, name)}) is named and empty: write a value, or leave it out."
                )
            if value is not None and value is not False and value not in ("", (), []):
                values[name.replace("-", "_")] = _read(name, kind, value, source)
                break
    if given.get("run"):
        values["run"] = given["run"]
    if values.get("replay"):
        from specdouble.verify.replay import recalled

        said = {name: values.get(name, "") for name in ("replay_from", "journal")}
        with suppress(SettingsError):  # that no result has it is told when the run begins
            values = {**recalled(values["replay"], **said), **values}
    known = {one.name for one in fields(Settings)}
    return Settings(**{name: value for name, value in values.items() if name in known})


def _said(source: str, name: str) -> str:
    return {"option": f"--{name}", "environment": f"SPECDOUBLE_{name.upper().replace('-', '_')}"}.get(source, source)


def _file(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        whole = tomllib.loads(path.read_text())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: {error}") from None
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}. Let this user read it, or run elsewhere.") from None
    table = whole.get("verify", {})
    if not isinstance(table, dict):
        raise SettingsError(f"{path}: verify is {table!r}; write a table [verify] with one line per option.")
    for name in whole.keys() - {"verify"}:
        raise SettingsError(f"{path}: it has {name!r} outside of [verify], where every setting stands.")
    for name in table:
        if name not in OPTIONS:
            closest = difflib.get_close_matches(name, OPTIONS, n=1, cutoff=0.0)[0]
            raise SettingsError(f"{path}: [verify] knows no {name!r}; the closest is {closest!r}.")
    return dict(table)


def _read(name: str, kind: str, value: Any, source: str) -> Any:
    try:
        if kind == "int":
            return int(value)
        if kind == "float":
            return float(value)
        if kind == "flag":
            return _flag(name, value, source)
        if kind == "list":
            words = value if isinstance(value, list | tuple) else str(value).split(",")
            return tuple(word for one in words if (word := str(one).strip()))
    except (TypeError, ValueError):
        raise SettingsError(f"{name} ({source}) is {value!r}, which is no number.") from None
    return str(value).rstrip("\r\n") if kind == "secret" else str(value)


def _flag(name: str, value: Any, source: str) -> bool:
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    found = words.get(str(value).strip().lower())
    if found is None:
        raise SettingsError(f"{name} ({source}) is {value!r}; write true or false.")
    return found
