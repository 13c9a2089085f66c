"""The options of a run: one list from which the command line, pytest's options, the environment and the file are made.

Those of every API stand here; a pack adds its own (`specdouble.verify.kit.Option`), such as credentials and commands.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

MIN_PROVEN = 0.8  # what an owner of a staging server reaches with every credential at hand
UNSET = float("-inf")  # of a rate: no limit on loopback, RATE elsewhere
PROFILES = {"gate": 0, "staging": 6000, "nightly": 0}  # requests of a run; 0 is as many as there are
DEFAULTS: dict[str, Any] = {"flag": False, "int": 0, "float": 0.0, "list": (), "secrets": ()}  # by kind; else ""


@dataclass(frozen=True)
class Option:
    """An option: `--name`, the variable `SPECDOUBLE_NAME`, and the key `name` of `specdouble.toml`.

    `kind` is `text`, `int`, `float`, `flag`, `list`, `file`, `url`, `secret`, `secrets` (a list of them), `login` (two
    words with a colon between, the second a secret) or `command` (of somebody outside the API, see `parts`). Secrets,
    logins and commands stand in no report and in no file that is written. `default` is that of the kind unless it is
    given; `example` is what the starter file shows where the default says nothing. `choosing` options say what a run is
    about and `output` ones what becomes of its result: a replay takes neither.
    """

    name: str
    help: str
    kind: str = "text"
    default: Any = None
    example: Any = None
    choosing: bool = False
    output: bool = False

    @property
    def field(self) -> str:
        """The attribute of the settings."""
        return self.name.replace("-", "_")

    @property
    def variable(self) -> str:
        """The variable of the environment."""
        return f"SPECDOUBLE_{self.name.upper().replace('-', '_')}"

    @property
    def secret(self) -> bool:
        """Whether its value is written nowhere."""
        return self.kind in ("secret", "secrets", "login", "command")

    @property
    def several(self) -> bool:
        """Whether it may be given several times."""
        return self.kind in ("list", "secrets")

    @property
    def value(self) -> Any:
        """The value where nobody gives one."""
        return DEFAULTS.get(self.kind, "") if self.default is None else self.default


PACK = Option("pack", "The API to verify: the name of an installed pack, or its folder.", choosing=True)
SPEC = Option("spec", "The API to verify: an OpenAPI document, instead of a pack.", "file", choosing=True)
OVERLAY = Option("overlay", "Overlay of the document of --spec  [default: the one beside it].", "file", choosing=True)
TESTS = Option(
    "tests", "Folder of your own recipes and rules beside --spec (Python; see docs/verify-your-api.md).", "file",
    example="contract_tests", choosing=True,
)  # fmt: skip
ABOUT = (PACK, SPEC, OVERLAY, TESTS)  # they say which other options there are, so they are read first
GENERAL = (
    *ABOUT,
    Option("control", "URL of a mock's control plane (URL/__mock__), or `off`.", example="off"),
    Option(
        "only", "Only this: a rule, a tag, a path, an operation or a part of one. May be repeated.", "list",
        example=["AUTH", "/v1/pets", "GET /v1/pets/{id}"], choosing=True,
    ),
    Option("replay", "Only the test of this finding (its id in a report).", example="0a1b2c3d4e5f", choosing=True),
    Option(
        "replay-from", "Result (JSON) that has the finding of --replay; else those kept on this machine.", "file",
        example="contract.json", choosing=True,
    ),
    Option(
        "profile",
        "gate (default: every check), staging (the most telling 6,000 requests) or nightly (much random traffic).",
        default="gate",
    ),
    Option(
        "budget", "Send at most so many requests, set-up and cleaning up included: the most telling checks first.",
        "int", example=6000, choosing=True,
    ),
    Option("seed", "Seed of all that is random.", "int"),
    Option("shard", "Do only this part of the tests: 1/4 is the first of four.", example="1/4", choosing=True),
    Option("allow-writes", "Let the run create and change things of its own beyond loopback.", "flag"),
    Option(
        "allow-destructive", "Let the run delete, suspend and deactivate things of its own beyond loopback.", "flag"
    ),
    Option("safety", "On loopback too, send only what is allowed beyond it (a tunnel to a staging server).", "flag"),
    Option(
        "deny", "Never call this operation, tag, path or class (money, mail, permanent). May be repeated.", "list",
        example=["POST /v1/pets"],
    ),
    Option(
        "allow",
        "Take this operation, tag, path or class off the default deny list (--rules shows it). May be repeated.",
        "list", example=["permanent"],
    ),
    Option(
        "rate", "At most so many requests a second, 0 for no limit (default: no limit on loopback, 20 elsewhere).",
        "float", default=UNSET, example=20,
    ),
    Option("timeout", "Seconds to wait for one response.", "float", default=30.0),
    Option("strict", "Count fields that no schema knows as violations.", "flag"),
    Option("insecure", "Do not verify TLS certificates.", "flag"),
    Option(
        "ca-file", "File (PEM) of authorities to trust beside the public ones, for private certificates.", "file",
        example="ca.pem",
    ),
    Option("client-cert", "File (PEM) of the certificate that this client shows.", "file", example="client.pem"),
    Option(
        "client-key", "File (PEM) of its key, where the certificate's file does not hold it.", "file",
        example="client.key",
    ),
    Option(
        "proxy", "URL of a proxy for all requests, or `off` (default: HTTPS_PROXY …, never on loopback).",
        example="http://proxy.example.com:3128",
    ),
    Option(
        "waivers", "File of waived findings, each with a reason and an expiry date.", "file", example="waivers.toml"
    ),
    Option(
        "har", "Judge the traffic in this HAR file, and send nothing. May be repeated.", "list",
        example=["traffic.har"], choosing=True,
    ),
    Option(
        "base-path", "What stands before the paths of the document in recorded traffic (default: found out).",
        example="/api/v3", choosing=True,
    ),
    Option(
        "fail-on",
        "What ends a run with exit code 1: fault (default: violations), drift (differences between document and server "
        "too), warning (every finding), unproven (all of that, and exit code 2 for what is unproven), never.",
        default="fault",
    ),
    Option(
        "baseline", "File of findings that are known: shown, and no reason to fail.", "file",
        example="specdouble-baseline.json",
    ),
    Option(
        "write-baseline", "Write all findings of this run to this file: they are known from now on.", "file",
        example="specdouble-baseline.json", output=True,
    ),
    Option("prune-baseline", "Take findings out of the file of --baseline that are gone.", "flag", output=True),
    Option(
        "journal", "Folder in which runs note what they created, for `specdouble cleanup`.", "file",
        example="~/.local/state/specdouble/runs",
    ),
    Option(
        "sarif-file", "File of your repository at which code scanning shows findings, from its root.",
        example="docs/openapi.json", output=True,
    ),
    Option(
        "min-proven", "Share of operations that must be proven, 0 to 1 (default: 0.8); less is exit code 2.", "float",
        default=MIN_PROVEN, output=True,
    ),
)  # fmt: skip
FAIL_ON = ("fault", "drift", "warning", "unproven", "never")  # each of the first four includes those before it
# What a document without a pack has instead of a pack's own options.
CREDENTIAL = Option(
    "credential",
    "SCHEME=VALUE: a credential by the name of its security scheme in the document; a second one of the same scheme is "
    "that of a second person, SCHEME@NAME=VALUE names whose it is. For Basic, and where a token is fetched with them, "
    "the value is USER:PASSWORD; !COMMAND prints it. May be repeated.",
    "secrets",
)
AUTH = Option(
    "auth", "People in a Web Fuzzing Commons auth file: static headers or login calls.", "file", example="auth.yaml"
)
WRITE_OVERLAY = Option(
    "write-overlay", "Write an overlay that settles the drift to this file.", "file", example="drift.overlay.yaml",
    output=True,
)  # fmt: skip
IDENTITIES = (CREDENTIAL, AUTH, WRITE_OVERLAY)


def urls(services: Iterable[tuple[str, str]]) -> list[Option]:
    """Return an option for the URL of each service, given as names and titles; the first one is `--target`."""
    found = []
    for number, (name, title) in enumerate(services):
        called = name.replace("_", "-") if number else "target"
        host = "api" if number == 0 else called
        found.append(Option(called, f"URL of {title}.", "url", example=f"https://{host}.staging.example.com"))
    return found
