"""The form of a result: the one JSON document that a run leaves behind and every report is made from."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

FORMAT = 3
TOOL = "specdouble"
BASELINE = "baseline"  # in the place of a waiver, for a finding that is known

Verdict = Literal["conforms", "violates", "unproven", "waived"]
Severity = Literal["violation", "warning"]
VERDICTS: tuple[Verdict, ...] = ("conforms", "violates", "unproven", "waived")

BROKEN = 3  # the exit code of a run whose target or credentials did not work


class Tool(TypedDict):
    """Who wrote the result: the name of the program, and its version as in `specdouble --version`."""

    name: str
    version: str


class Service(TypedDict):
    """A service of the API: its name, its title, and its base URL, where one was given."""

    name: str
    title: str
    url: str | None


class Run(TypedDict):
    """How the run was made.

    `id` names it for `specdouble cleanup`; `seed` repeats its random choices; `started_at` is RFC 3339 in UTC;
    `seconds` is wall time and `client_cpu_seconds` the CPU time of this side only; `api` is the title of what was
    verified, `target` the base URL of its first service and `services` has all of them; `options` says what the options
    do that reasons name; `selection` holds what was asked for by name (empty: everything); `shard` is "1/4" for a part
    of a run; `command` is the command line without secrets; `requests` counts what was sent; `writes` and `destructive`
    say what was allowed; `strict` says whether warnings counted as violations; `sarif_file` is the file of the reader's
    repository at which findings are shown, when one was named.
    """

    id: str
    seed: int
    started_at: str
    seconds: float
    client_cpu_seconds: float
    profile: str
    target: str
    api: str
    services: list[Service]
    options: dict[str, str]
    selection: list[str]
    shard: str | None
    command: str
    requests: int
    writes: bool
    destructive: bool
    strict: bool
    sarif_file: NotRequired[str]


class Operation(TypedDict):
    """What is known about one operation after the run.

    `key` is "METHOD path" as the document prints it; `reached` counts responses of the declared success; `statuses`
    counts all answers by status; `checks` counts checks by rule family; `reasons` say why it is unproven.
    """

    service: str
    key: str
    method: str
    path: str
    tag: str
    summary: str
    verdict: Verdict
    reached: int
    statuses: dict[str, int]
    checks: dict[str, int]
    reasons: list[str]


class Waiver(TypedDict):
    """An accepted finding: which entry of the waivers accepts it, why, and until which day (YYYY-MM-DD).

    Of one that the baseline knows, `id` is "baseline", and there is no last day ("").
    """

    id: str
    reason: str
    expires: str


class Finding(TypedDict):
    """One way in which one operation breaks one rule.

    `id` is a fingerprint of 12 hex digits that is the same in every run; `promised` quotes the promise, `pointer` is
    its JSON pointer in the effective document (or empty) and `source` where it comes from (published, overlay, rule
    S01 …); `sequence` holds redacted curl commands in the order sent; `replay` is the command that repeats it alone;
    `test` is a pytest node id; `count` is how often it was seen in the run.
    """

    id: str
    rule: str
    service: str
    key: str
    severity: Severity
    message: str
    promised: str
    pointer: str
    source: str
    expected: str
    got: str
    sequence: list[str]
    replay: str
    seed: int
    test: str
    count: int
    waiver: Waiver | None
    kind: NotRequired[Literal["fault", "drift"]]


class Rule(TypedDict):
    """What a rule asks for: a short title, its family (AUTH, LIFE …), a long explanation, and what it rests on."""

    title: str
    family: str
    explain: str
    source: str


class Reason(TypedDict):
    """Why a rule could not be judged on some operations, named as in `Proven.judged`."""

    reason: str
    operations: list[str]


class Proven(TypedDict):
    """What is known about one rule after the run.

    `judged` names the operations on which it was judged ("POST /v1/keys"; another service's name stands before the
    key), `reasons` say where it could not be; it conforms when it was judged, violated nowhere, and lacks nothing.
    """

    rule: str
    title: str
    family: str
    verdict: Verdict
    judged: list[str]
    reasons: list[Reason]


class Created(TypedDict):
    """A thing that the run created: its kind, its id, whether it was removed again; `run` when it was another run."""

    what: str
    id: str
    removed: bool
    run: NotRequired[str]


class Stay(TypedDict):
    """A kind of thing that no operation removes, so that it stays: how many at most, and why."""

    what: str
    count: int
    why: str


class BudgetUse(TypedDict):
    """The budget of a run: how many requests it might send and how many it spent, and what it did not pay for.

    `left_out` counts tests; `sampled` says by rule how many probes were not made, in tests that made the telling ones.
    """

    requests: int
    spent: int
    left_out: int
    sampled: dict[str, int]


class PathTotals(TypedDict):
    """Of how many paths every operation conforms, and how many there are."""

    conforms: int
    total: int


class OperationTotals(TypedDict):
    """How many operations (or rules) have each verdict, and how many there are."""

    conforms: int
    violates: int
    unproven: int
    waived: int
    total: int


class Summary(TypedDict):
    """The counts of the run: operations, paths and rules by verdict, findings by kind, and the exit code (0 to 3).

    `proven` is the share of operations that are proven or refuted, `min_proven` the share that was asked for (0 to 1).
    `known` counts findings of the baseline, `fail_on` says what decides the exit code.
    """

    paths: PathTotals
    operations: OperationTotals
    rules: OperationTotals
    proven: float
    min_proven: float
    violations: int
    warnings: int
    waived: int
    known: NotRequired[int]
    fail_on: NotRequired[str]
    exit_code: int


class Result(TypedDict):
    """Everything that one run found out.

    `problems` are troubles with the target, in the order they came up; `notes` what else a reader should know: waivers
    that have expired, tests that broke by themselves.
    """

    format: int
    tool: Tool
    run: Run
    operations: list[Operation]
    findings: list[Finding]
    rules: dict[str, Rule]
    proof: list[Proven]
    created: list[Created]
    stays: NotRequired[list[Stay]]
    problems: list[str]
    notes: list[str]
    budget: NotRequired[BudgetUse]
    summary: Summary
