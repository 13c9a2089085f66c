"""What a run is told: options before the environment before the file, and clear words for what makes no sense."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from apis import OPTIONS, Settings

from specdouble.verify.problems import SettingsError
from specdouble.verify.running.gather import gather
from specdouble.verify.settings.urls import is_loopback, without_userinfo

REMOTE = "https://auth.staging.example.com"
VALUES: dict[str, Any] = {
    "target": REMOTE, "registry": "https://registry.example.com", "service-token": "tok-1", "registry-key": "key-1",
    "admin": "a@example.com:pw", "user": "u@example.com:p:w", "user2": "v@example.com:pw",
    "developer": "d@example.com:pw", "stripe-secret": "whsec", "tenant": "acme", "control": "off",
    "only": ("AUTH", "/v1/keys"), "replay": "0123456789ab", "replay-from": "r.json",
    "profile": "nightly", "seed": 7, "shard": "2/4",
    "allow-writes": True, "allow-destructive": True, "safety": True, "deny": ("auth",), "rate": 3.5, "timeout": 2.0,
    "strict": True, "insecure": True, "budget": 6000,
    "waivers": "waivers.toml", "journal": "runs", "sarif-file": "docs/api.json",
    "ca-file": "ca.pem", "client-cert": "me.pem", "client-key": "me.key", "proxy": "http://proxy.example.com:3128",
    "min-proven": 0.5, "fail-on": "warning", "baseline": "known.json", "write-baseline": "new.json",
    "prune-baseline": True, "har": ("a.har", "b.har"), "base-path": "/api",
    "allow": ("mail", "agencies"), "mail-command": "mail {email}", "approve-command": "approve {user_code}",
    "pay-command": "pay {intent}", "task-command": "start {user_id}", "state-command": "state {app_id}",
    "test-cards": ("pm_a", "pm_b"),
}  # fmt: skip


def variable(name: str) -> str:
    return f"SPECDOUBLE_{name.upper().replace('-', '_')}"


def spelt(value: Any) -> str:
    return ",".join(value) if isinstance(value, tuple) else str(value)


def toml(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(repr, value))}]"
    return str(value).lower() if isinstance(value, bool) else repr(value)


def test_the_sample_knows_every_option() -> None:
    assert set(VALUES) == OPTIONS.keys() - {"pack", "spec", "overlay", "tests"}


@pytest.mark.parametrize("name", VALUES)
def test_an_option_comes_from_the_command_line_the_environment_or_the_file(name: str, tmp_path: Path) -> None:
    wanted, attribute = VALUES[name], name.replace("-", "_")
    assert getattr(gather({name: wanted}, {}, tmp_path), attribute) == wanted
    assert getattr(gather({}, {variable(name): spelt(wanted)}, tmp_path), attribute) == wanted
    (tmp_path / "specdouble.toml").write_text(f"[verify]\n{name} = {toml(wanted)}\n")
    assert getattr(gather({}, {}, tmp_path), attribute) == wanted


@pytest.mark.parametrize("value", [[""], "", " , "])
def test_a_list_that_is_named_and_empty_is_no_absence(value: Any, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"only \(--only\) is named and empty"):
        gather({"only": value}, {}, tmp_path)


def test_the_nearer_source_wins(tmp_path: Path) -> None:
    (tmp_path / "specdouble.toml").write_text('[verify]\ntenant = "file"\nseed = 1\nstrict = true\n')
    environ = {"SPECDOUBLE_TENANT": "environment", "SPECDOUBLE_STRICT": "no"}
    assert gather({"tenant": "option"}, environ, tmp_path).tenant == "option"
    found = gather({}, environ, tmp_path)
    assert (found.tenant, found.seed, found.strict) == ("environment", 1, False)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"target": "ftp://example.com"}, r"--target 'ftp://example.com' is no http\(s\) URL; write something like"),
        ({"target": "http://"}, "is no http"),
        ({"admin": "ada@example.com"}, "--admin must read EMAIL:PASSWORD"),
        ({"profile": "daily"}, "--profile 'daily' is unknown; choose gate, staging or nightly"),
        ({"budget": "5"}, "--budget 5 is too small to look at anything; write at least 100"),
        ({"shard": "5/4"}, "--shard '5/4' is no part of a whole"),
        ({"shard": "0/4"}, "--shard '0/4'"),
        ({"shard": "²/4"}, "is no part of a whole"),
        ({"seed": "x"}, r"seed \(option\) is 'x', which is no number"),
        ({"rate": "-1"}, "--rate -1 is no number of requests a second"),
        ({"rate": "nan"}, "--rate nan"),
        ({"timeout": "-1"}, "--timeout -1 leaves no time"),
        ({"min-proven": "90"}, "--min-proven 90 is no share"),
        ({"proxy": "ftp://proxy"}, "--proxy is no URL of a proxy; write something like http://proxy.example.com:3128"),
        ({"sarif-file": "../api.json"}, "is no file in a repository"),
        ({"strict": "perhaps"}, r"strict \(option\) is 'perhaps'; write true or false"),
        ({"run": "../../etc/passwd"}, "cannot name files"),
    ],
)
def test_what_makes_no_sense_is_refused(given: dict[str, str], said: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=said):
        gather(given, {}, tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[verify]\ntargget = "x"\n', r"\[verify\] knows no 'targget'; the closest is 'target'"),
        ("verify = 3\n", r"write a table \[verify\]"),
        ("[verify\n", "specdouble.toml"),
        (
            'target = "https://x.example"\n',
            r"'target' stands outside of a table. Settings stand in \[serve\] and \[verify\]",
        ),
        ("[verify]\n[Verify]\n", r"there is no table \[Verify\]. Did you mean \[verify\]\?"),
        ("[verify]\nseed = [1]\n", "write a whole number"),
        ("[verify]\nseed = true\n", "write a whole number"),
        ('[verify]\nstrict = "yes"\n', "write true or false"),
        ("[verify]\ntenant = 7\n", "write a text in quotes"),
        ("[verify]\nonly = [1]\n", "write a list of texts"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "specdouble.toml").write_text(text)
    with pytest.raises(SettingsError, match=said):
        gather({}, {}, tmp_path)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "localhost:8085", "http://[::1]:8085/v1/", "http://127.9.9.9"])
def test_on_loopback_writing_needs_no_word(url: str) -> None:
    found = Settings(target=url)
    assert (found.local, found.allow_writes, found.allow_destructive, found.rate) == (True, True, True, 0.0)


def test_elsewhere_only_reading_is_allowed_and_slowly() -> None:
    found = Settings(target=REMOTE)
    assert (found.local, found.allow_writes, found.allow_destructive, found.rate) == (False, False, False, 20.0)


def test_a_registry_elsewhere_makes_the_run_a_safety() -> None:
    assert not Settings(target="http://localhost:1", registry="https://registry.example.com").allow_writes


def test_a_tunnel_can_be_said() -> None:
    found = Settings(target="http://localhost:1", safety=True)
    assert (found.local, found.allow_writes, found.rate) == (False, False, 20.0)


def test_deleting_allows_no_writing() -> None:
    found = Settings(target=REMOTE, allow_destructive=True)
    assert (found.allow_writes, found.allow_destructive) == (False, True)


def test_the_url_is_the_base(tmp_path: Path) -> None:
    assert Settings(target="https://a.example.com/gateway/v1/").target == "https://a.example.com/gateway"
    assert Settings(target="localhost:8085").target == "http://localhost:8085"


def test_secrets_are_values_with_what_they_are() -> None:
    found = Settings(
        target="https://guard:gate-pw@a.example.com", service_token="tok", user="u@example.com:a:b", registry_key="key"
    )
    assert found.secrets() == {
        "tok": "service token", "key": "registry key", "a:b": "password of user", "gate-pw": "password of a URL",
    }  # fmt: skip
    assert without_userinfo(found.target) == "https://a.example.com"


def test_an_unknown_host_is_not_loopback() -> None:
    assert not is_loopback("http://does-not-exist.invalid")


def test_a_rate_of_zero_is_no_limit_beyond_loopback_too(tmp_path: Path) -> None:
    (tmp_path / "specdouble.toml").write_text("[verify]\nrate = 0\n")
    assert Settings(target=REMOTE, rate=0).rate == 0
    assert gather({"target": REMOTE, "rate": "0"}, {}, tmp_path.parent).rate == 0
    assert gather({"target": REMOTE}, {}, tmp_path).rate == 0
    with pytest.raises(SettingsError, match="--rate -2"):
        Settings(target=REMOTE, rate=-2)


def test_a_secret_that_no_header_can_carry_is_a_mistake_in_the_settings() -> None:
    with pytest.raises(SettingsError, match="--service-token has a character that no header can carry"):
        Settings(service_token="one\ntwo")
