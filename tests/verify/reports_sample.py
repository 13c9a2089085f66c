"""Made-up results for the tests of the reports: an empty one, and one of all 189 operations as a real run leaves it."""

from __future__ import annotations

from typing import Any

from apis import API

from specdouble.packs.documents import bundled

FAMILIES = ("AUTH", "BOUND", "ISOL", "LIFE", "METHOD", "MONEY", "PAGE", "SCHEMA", "SECRET", "STATUS", "TIME")
TARGET = "https://auth.staging.example.com"

RULES: dict[str, dict[str, str]] = {
    "AUTH-02": {"title": "A tampered token is refused", "source": "rule A10"},
    "AUTH-07": {"title": "A revoked key opens nothing", "source": "rule K04"},
    "ISOL-01": {"title": "One user never sees what another owns", "source": "rule S05"},
    "MONEY-03": {"title": "Every debit stands in the ledger once", "source": "rule B03"},
    "PAGE-02": {"title": "Pages put together are the whole", "source": "overlay"},
    "SCHEMA-01": {"title": "A response has the declared shape", "source": "published"},
    "SECRET-01": {"title": "A secret is shown once", "source": "rule K02"},
    "TIME-01": {"title": "Timestamps are RFC 3339 with an offset", "source": "overlay"},
    "B03": {"title": "A charge is taken once", "source": "rule B03"},
    "LIFE-04": {"title": "What was deleted is gone everywhere", "source": "rule D04"},
}


def rule(name: str) -> dict[str, str]:
    """Return the description of a rule."""
    explain = (
        f"{RULES[name]['title']}.\n\nThe suite does it with a valid body and live ids, so that validation hides no "
        "answer, and repeats the request with a good credential afterwards: a refusal proves something only where "
        "the same request is otherwise accepted."
    )
    return {
        "title": RULES[name]["title"],
        "family": name.partition("-")[0] if "-" in name else "RULE",
        "explain": explain,
        "source": RULES[name]["source"],
    }


def finding(identity: str, name: str, key: str, **changed: Any) -> dict[str, Any]:
    """Return a violation, with some members replaced."""
    method, _, path = key.partition(" ")
    escaped = path.replace("~", "~0").replace("/", "~1")
    return {
        "id": identity,
        "rule": name,
        "service": "auth_gateway",
        "key": key,
        "severity": "violation",
        "message": f"{RULES[name]['title']}, but it was not so",
        "promised": f"{RULES[name]['title']}.",
        "pointer": f"/paths/{escaped}/{method.lower()}/responses/200",
        "source": RULES[name]["source"],
        "expected": "401 with a detail",
        "got": '200 {"items": [], "total": 0}',
        "sequence": [
            f"curl -sS -X POST {TARGET}/v1/keys -H 'Authorization: Bearer [user token]' --json '{{\"name\": \"ci\"}}'",
            f"curl -sS -X {method} {TARGET}{path} -H 'Authorization: Bearer [issued key]'",
        ],
        "replay": f"specdouble verify {TARGET} --replay {identity} --seed 1234",
        "seed": 1234,
        "test": f"specdouble/verify/suites/test_{name.partition('-')[0].lower()}.py::test_{identity[:4]}",
        "count": 1,
        "waiver": None,
    } | changed


def empty() -> dict[str, Any]:
    """Return the result of a run that looked at nothing."""
    return {
        "format": 3,
        "tool": {"name": "specdouble", "version": "0.1.0"},
        "run": {
            "id": "r-20261126-110240-1a2b",
            "seed": 1234,
            "started_at": "2026-11-26T11:02:40Z",
            "seconds": 41.2,
            "client_cpu_seconds": 55.1,
            "profile": "gate",
            "target": TARGET,
            "services": [
                {"name": "auth_gateway", "title": "Auth Gateway", "url": "https://auth.staging.example.com"},
                {"name": "registry", "title": "Registry", "url": None},
            ],
            "api": "Imperal Cloud",
            "options": {name: API.options[name].help for name in ("admin", "service-token")},
            "selection": [],
            "shard": None,
            "command": f"specdouble verify {TARGET} --allow-writes --user [user]",
            "requests": 12345,
            "writes": True,
            "destructive": False,
            "strict": False,
        },
        "operations": [],
        "findings": [],
        "rules": {},
        "created": [],
        "problems": [],
        "notes": [],
        "proof": [],
        "summary": {
            "paths": {"conforms": 0, "total": 0},
            "operations": {"conforms": 0, "violates": 0, "unproven": 0, "waived": 0, "total": 0},
            "rules": {"conforms": 0, "violates": 0, "unproven": 0, "waived": 0, "total": 0},
            "proven": 0.0,
            "min_proven": 0.0,
            "violations": 0,
            "warnings": 0,
            "waived": 0,
            "known": 0,
            "fail_on": "fault",
            "exit_code": 0,
        },
    }


def operation(key: str, verdict: str = "conforms", **changed: Any) -> dict[str, Any]:
    """Return one operation, with some members replaced."""
    method, _, path = key.partition(" ")
    return {
        "service": "auth_gateway",
        "key": key,
        "method": method,
        "path": path,
        "tag": path.split("/")[2],
        "summary": "What it does",
        "verdict": verdict,
        "reached": 0 if verdict == "unproven" else 12,
        "statuses": {"401": 30} if verdict == "unproven" else {"200": 12, "401": 30},
        "checks": {"AUTH": 30, "SCHEMA": 42},
        "reasons": ["No developer was given (--developer)."] if verdict == "unproven" else [],
    } | changed


def proven(rule_: str, verdict: str = "conforms", reason: str = "", ops: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return what is known about one rule."""
    return {
        "rule": rule_,
        "title": f"Title of {rule_}",
        "family": rule_.partition("-")[0] if "-" in rule_ else "RULE",
        "verdict": verdict,
        "judged": [] if verdict == "unproven" else list(ops),
        "reasons": [{"reason": reason, "operations": list(ops)}] if reason else [],
    }


def counted(result: dict[str, Any]) -> dict[str, Any]:
    """Fill in the summary from operations and findings."""
    operations, findings = result["operations"], result["findings"]
    whole: dict[tuple[str, str], bool] = {}
    for one in operations:
        path = (one["service"], one["path"])
        whole[path] = whole.get(path, True) and one["verdict"] == "conforms"
    verdicts = [one["verdict"] for one in operations]
    rules = [one["verdict"] for one in result["proof"]]
    live = [one["severity"] for one in findings if not one["waiver"]]
    result["summary"] = {
        "paths": {"conforms": sum(whole.values()), "total": len(whole)},
        "operations": {name: verdicts.count(name) for name in ("conforms", "violates", "unproven", "waived")}
        | {"total": len(operations)},
        "rules": {name: rules.count(name) for name in ("conforms", "violates", "unproven", "waived")}
        | {"total": len(rules)},
        "proven": round(1 - verdicts.count("unproven") / len(verdicts), 4) if verdicts else 0.0,
        "min_proven": result["summary"]["min_proven"],
        "violations": live.count("violation"),
        "warnings": live.count("warning"),
        "waived": sum(bool(one["waiver"]) for one in findings),
        "known": 0,
        "fail_on": "fault",
        "exit_code": 1 if live.count("violation") else 0,
    }
    return result


def small(*verdicts: str, findings: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """Return a result of one operation per verdict, `GET /v1/thing0` and so on."""
    made = empty()
    made["operations"] = [operation(f"GET /v1/thing{number}", verdict) for number, verdict in enumerate(verdicts)]
    made["findings"] = findings or []
    made["rules"] = {one["rule"]: rule(one["rule"]) for one in made["findings"]}
    return counted(made)


def full() -> dict[str, Any]:
    """Return a realistic result of all bundled operations: 6 violate, 10 are unproven, 2 are waived."""
    made = empty()
    made["run"]["services"][1]["url"] = "https://registry.staging.example.com"
    findings = _findings()
    violated = {
        (one["service"], one["key"]) for one in findings if one["severity"] == "violation" and not one["waiver"]
    }
    waived = {(one["service"], one["key"]) for one in findings if one["waiver"]}
    reasons = {
        "billing-stripe": "Skipped: it touches a payment provider; name it with --only to allow it.",
        "developer-admin": "No administrator was given (--admin), so only refusals were reached.",
    }
    left = {"billing-stripe": 6, "developer-admin": 4}
    for service, document in (("auth_gateway", "auth-gateway"), ("registry", "registry")):
        for number, spec in enumerate(bundled(document).operations):
            identity = (service, spec.key)
            verdict = "violates" if identity in violated else "waived" if identity in waived else "conforms"
            if verdict == "conforms" and left.get(spec.tag, 0):
                left[spec.tag] -= 1
                verdict = "unproven"
            made["operations"].append(_operation(service, spec, number, verdict, reasons.get(spec.tag, "")))
    made["findings"] = findings
    made["rules"] = {name: rule(name) for name in RULES}
    lacks = "No administrator was given (--admin)."
    made["proof"] = [
        proven(name, "violates" if name in {one["rule"] for one in findings} else "conforms", "", ("GET /v1/keys",))
        for name in RULES
    ]
    made["proof"] += [proven(name, "unproven", lacks, ("GET /v1/admin/apps",)) for name in ("D01", "D02")]
    made["created"] = [
        {"what": "user", "id": "imp_u_7f21c9", "removed": True},
        {"what": "api key", "id": "key_19ab", "removed": False},
        {"what": "app", "id": "verify-1a2b-notes", "removed": False},
    ]
    return counted(made)


def _operation(service: str, spec: Any, number: int, verdict: str, reason: str) -> dict[str, Any]:
    checked = [family for place, family in enumerate(FAMILIES) if (number * 7 + place * 5) % 11 < 5]
    checks = {family: 4 + (number * 3 + len(family)) % 40 for family in {*checked, "SCHEMA", "STATUS", "METHOD"}}
    if not spec.public:
        checks["AUTH"] = 30
    if verdict == "unproven" and "Skipped" in reason:
        checks = {}
    success = str(spec.success.status) if spec.success else "200"
    statuses = {"401": 30, "403": 4} if verdict == "unproven" else {success: 12, "401": 30, "422": 9}
    return {
        "service": service,
        "key": spec.key,
        "method": spec.method,
        "path": spec.path,
        "tag": spec.tag,
        "summary": spec.summary,
        "verdict": verdict,
        "reached": 0 if verdict == "unproven" else 12,
        "statuses": statuses if checks else {},
        "checks": checks,
        "reasons": [reason] if verdict == "unproven" else [],
    }


def _findings() -> list[dict[str, Any]]:
    waiver = {"id": "W-3", "reason": "Known; fixed with the ledger rewrite", "expires": "2026-12-31"}
    return [
        finding("0a1b2c3d4e5f", "AUTH-07", "GET /v1/keys", count=3),
        finding("1a1b2c3d4e5f", "AUTH-07", "DELETE /v1/keys/{key_id}", message="a revoked key still deletes keys"),
        finding("2a1b2c3d4e5f", "ISOL-01", "GET /v1/tasks/{task_id}", expected="404",
                got='200 {"task_id": "t_91", "owner": "imp_u_other", "title": "someone else\'s"}',
                message="a second user reads the task"),
        finding("3a1b2c3d4e5f", "MONEY-03", "POST /v1/billing/topup", expected="balance 4200 + 500 = 4700",
                got="balance 4699.9999", message="the ledger and the balance differ after a top-up"),
        finding("4a1b2c3d4e5f", "PAGE-02", "GET /v1/marketplace/apps", message="page 2 repeats two apps of page 1",
                expected="25 different ids on 3 pages", got="23 different ids on 3 pages"),
        finding("5a1b2c3d4e5f", "SCHEMA-01", "GET /v1/apps", service="registry", count=41,
                message="items[0].config is a text", expected="an object or null", got='"{\\"region\\": \\"eu\\"}"'),
        finding("6a1b2c3d4e5f", "SECRET-01", "GET /v1/auth/me", waiver=waiver),
        finding("7a1b2c3d4e5f", "LIFE-04", "DELETE /v1/users/{user_id}", waiver=waiver | {"id": "W-4"}),
        finding("8a1b2c3d4e5f", "TIME-01", "GET /v1/audit", severity="warning", message="created_at has no offset",
                expected="2026-11-26T11:02:40Z", got="2026-11-26 11:02:40"),
        finding("9a1b2c3d4e5f", "SCHEMA-01", "GET /v1/auth/me", severity="warning", message="the response has a field "
                "that no schema knows: plan_hint", expected="the declared fields", got="plan_hint"),
    ]  # fmt: skip


HOSTILE = (
    "<script>alert(1)</script>&\"'`|*_[x](javascript:1)\r\n::error::no\x1b[31m\x00\ufffe\ud800\u202e"
    + "\u00e9\u4e2d" * 50
)


def hostile() -> dict[str, Any]:
    """Return a result whose every free text is hostile: markup, escape codes, half characters, and very long."""
    made = small(
        "violates", "unproven", "waived", "conforms",
        findings=[
            finding("aaaaaaaaaaaa", "AUTH-07", "GET /v1/thing0"),
            finding("bbbbbbbbbbbb", "AUTH-07", "GET /v1/thing2", waiver={"id": HOSTILE, "reason": HOSTILE,
                                                                         "expires": "2026-12-31"}),
            finding("cccccccccccc", "TIME-01", "GET /v1/nowhere", severity="warning"),
            finding("dddddddddddd", "B03", "", service=""),
        ],
    )  # fmt: skip
    for one in made["findings"]:
        one |= dict.fromkeys(("message", "promised", "pointer", "source", "expected", "got", "replay", "test"), HOSTILE)
        one |= {"sequence": [HOSTILE, HOSTILE], "got": HOSTILE * 100}
    for one in made["operations"]:
        one |= {"summary": HOSTILE, "tag": HOSTILE, "reasons": [HOSTILE] if one["reasons"] else []}
    for one in made["rules"].values():
        one |= {"title": HOSTILE, "explain": HOSTILE, "source": HOSTILE}
    made["run"] |= {"target": f"javascript:{HOSTILE}", "command": HOSTILE, "profile": HOSTILE, "id": HOSTILE}
    made["problems"] = [HOSTILE]
    made["created"] = [{"what": HOSTILE, "id": HOSTILE, "removed": False}]
    return made
