"""What a run needs to know: what it verifies and where, which credentials it may use, and what it may do there.

Each value comes from an option, else from the environment, else from `specdouble.toml` (a table `[verify]`), under one
name everywhere: `--allow-writes`, `SPECDOUBLE_ALLOW_WRITES`, `allow-writes = true`.
"""

from __future__ import annotations

import random
import re
import time
from typing import TYPE_CHECKING, Any
from urllib.request import getproxies_environment

from specdouble.verify.problems import SettingsError, TargetError
from specdouble.verify.settings.options import FAIL_ON, PROFILES, UNSET
from specdouble.verify.settings.urls import base_url, in_repository, is_loopback, password_in, proxy_url

if TYPE_CHECKING:
    from specdouble.verify.api.api import Api

_RUN = re.compile(r"[\w.-]+")
HEADER = re.compile(r"[^\t\x20-\x7e\x80-\xff]")  # what no header can carry
LEAST = 100  # requests, below which a run could not even begin
RATE = 20.0
_DAY = 86_400  # seconds


class Settings:
    """The settings of a run: `api` is what it verifies; every option of that is an attribute.

    `rate` is requests a second and `budget` requests (0: unlimited), `timeout` seconds.

    Raises:
        SettingsError: a value that cannot be used.
        TargetError: a login without one of its two words.

    """

    pack: str
    spec: str
    overlay: str
    tests: str
    target: str
    control: str
    only: tuple[str, ...]
    replay: str
    replay_from: str
    profile: str
    budget: int
    seed: int
    shard: str
    allow_writes: bool
    allow_destructive: bool
    safety: bool
    deny: tuple[str, ...]
    allow: tuple[str, ...]
    rate: float
    timeout: float
    strict: bool
    insecure: bool
    ca_file: str
    client_cert: str
    client_key: str
    proxy: str
    waivers: str
    fail_on: str
    har: tuple[str, ...]
    base_path: str
    baseline: str
    write_baseline: str
    prune_baseline: bool
    journal: str
    sarif_file: str
    min_proven: float

    def __init__(self, api: Api, *, run: str = "", **values: Any) -> None:
        self.api = api
        self.run = run or f"r-{time.strftime('%Y%m%d-%H%M%S')}-{random.getrandbits(16):04x}"
        known = {one.field: one for one in api.options.values()}
        for name in values:
            if name not in known:
                raise TypeError(f"{api} has no option {name}")
        for name, option in known.items():
            setattr(self, name, values.get(name, option.value))
        self._given = values
        self._check()

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Return an option of a pack."""

    def __repr__(self) -> str:
        return f"<Settings of {self.run}: {self.target}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Settings) and self.values() == other.values()

    __hash__ = None  # type: ignore[assignment]

    def values(self) -> dict[str, Any]:
        """Return what makes the same settings in another process (see `restored` in `running.gather`)."""
        return {"run": self.run, **{one.field: getattr(self, one.field) for one in self.api.options.values()}}

    def says(self, field: str) -> bool:
        """Whether somebody gave a value for an option, by its attribute."""
        return field in self._given

    def but(self, **changes: Any) -> Settings:
        """Return the same settings with other values for some options."""
        return Settings(self.api, **{**self.values(), **changes})

    def _check(self) -> None:
        """Check the values against each other and fill in what follows from the others."""
        for option, service in zip(self.api.services, self.api.contract.services, strict=True):
            paths = [one.path for one in service.document.operations]
            if url := getattr(self, option.field):
                setattr(self, option.field, base_url(option.name, url, paths))
        if self.proxy and self.proxy != "off":
            self.proxy = proxy_url(self.proxy)
        self._check_secrets()
        if self.profile not in PROFILES:
            raise SettingsError(f"--profile {self.profile!r} is unknown; choose gate, staging or nightly.")
        if self.fail_on not in FAIL_ON:
            raise SettingsError(f"--fail-on {self.fail_on!r} is unknown; choose {', '.join(FAIL_ON)}.")
        self.budget = self.budget or PROFILES[self.profile]
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

    def _check_secrets(self) -> None:
        for option in self.api.options.values():
            given = getattr(self, option.field)
            if option.kind == "login" and given:
                if ":" not in given:
                    raise SettingsError(f"--{option.name} must read EMAIL:PASSWORD; it has no colon.")
                if not all(given.partition(":")[::2]):
                    raise TargetError(
                        f"--{option.name} must read EMAIL:PASSWORD; one of the two is empty: is a secret unset?"
                    )
            if option.kind in ("secret", "secrets"):
                for one in given if option.several else (given,):
                    if HEADER.search(one):
                        raise SettingsError(
                            f"--{option.name} has a character that no header can carry: a line break, or a letter "
                            "beyond Latin-1. Copy the value again."
                        )

    @property
    def urls(self) -> dict[str, str]:
        """The base URL of each service by its name; one that was not given is empty."""
        names = self.api.contract.by_name
        return {name: getattr(self, option.field) for name, option in zip(names, self.api.services, strict=True)}

    @property
    def local(self) -> bool:
        """Whether every URL is on loopback (and not said to be a tunnel): only there writing needs no word."""
        return not self.safety and all(is_loopback(url) for url in self.urls.values() if url)

    @property
    def allowance(self) -> int:
        """How many requests this run may send: the budget, or a shard's part of it (0: unlimited)."""
        return self.budget // self.part()[1]

    def part(self) -> tuple[int, int]:
        """Return the shard as (number from 1, of how many); (1, 1) is everything."""
        if not self.shard:
            return 1, 1
        number, _, count = self.shard.partition("/")
        if not (number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
            raise SettingsError(f"--shard {self.shard!r} is no part of a whole; write 1/4, 2/4 …")
        return int(number), int(count)

    def logins(self) -> dict[str, tuple[str, str]]:
        """Return the logins that were given, by the attribute of their options: name and password."""
        given = ((one.field, getattr(self, one.field).partition(":")) for one in self.api.logins)
        return {field: (words[0], words[2]) for field, words in given if words[0]}

    def secrets(self) -> dict[str, str]:
        """Return the secret values among the settings, with what each one is."""
        found: dict[str, str] = {}
        for option in self.api.options.values():
            given = getattr(self, option.field)
            if option.kind == "secret":
                found[given] = option.name.replace("-", " ")
            elif option.kind == "secrets":
                found |= {part: option.name for one in given for part in _parts(one)}
            elif option.kind == "login":
                found[given.partition(":")[2]] = f"password of {option.name}"
        for url in (*self.urls.values(), self.control, self.proxy, *getproxies_environment().values()):
            found[password_in(url)] = "password of a URL"
        return {value: kind for value, kind in found.items() if value}


def _parts(text: str) -> list[str]:
    """Return the secrets in SCHEME=VALUE: the value, and of USER:PASSWORD the password too."""
    value = text.partition("=")[2]
    return [value, *([value.partition(":")[2]] if ":" in value else [])]
