"""Two results side by side: what is newly violated, what was fixed, and whose verdict changed."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from specdouble.verify.reports.stored.schema import Finding, Operation, Result
from specdouble.verify.reports.stored.text import one_line, plural, printable
from specdouble.verify.reports.views.view import View, headline

RANK = {"conforms": 0, "waived": 1, "unproven": 2, "violates": 3}


@dataclass
class Change:
    """An operation whose verdict changed."""

    service: str
    key: str
    old: str
    new: str

    def told(self, first: str) -> str:
        """Return it in words; operations of the `first` service need no name of it."""
        service = f" ({self.service})" if self.service != first else ""
        return f"{self.key}{service}: {self.old} -> {self.new}"


@dataclass
class Difference:
    """What changed from one result to another.

    `unseen` are old violations that nobody looked for in the new run; `now_waived` are operations that moved to
    waived, which is a decision and neither better nor worse. `share` holds the proven shares, from 0 to 1.
    """

    new_violations: list[Finding] = field(default_factory=list)
    fixed: list[Finding] = field(default_factory=list)
    unseen: list[Finding] = field(default_factory=list)
    worse: list[Change] = field(default_factory=list)
    better: list[Change] = field(default_factory=list)
    now_waived: list[Change] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    share: tuple[float, float] = (0.0, 0.0)
    headlines: tuple[str, str] = ("", "")
    unlike: list[str] = field(default_factory=list)
    first = ""  # the name of the first service

    @property
    def regressed(self) -> bool:
        """Whether something got worse: a new violation, or an operation with a worse verdict."""
        return bool(self.new_violations or self.worse)

    def as_dict(self) -> dict[str, Any]:
        """Return the difference as JSON data."""
        return {"regressed": self.regressed, **asdict(self)}


def compare(old: Result, new: Result) -> Difference:
    """Return what changed from `old` to `new`.

    A violation is fixed only where the new run looked: its operation is there and not unproven.
    """
    before, after = _operations(old), _operations(new)
    difference = Difference(
        share=(old["summary"]["proven"], new["summary"]["proven"]), headlines=(headline(old), headline(new))
    )
    difference.first = new["run"]["services"][0]["name"]
    was = {one["id"] for one in View(old).violations}
    seen = {one["id"] for one in new["findings"] if one["severity"] == "violation"}
    difference.new_violations = [one for one in View(new).violations if one["id"] not in was]
    for finding in View(old).violations:
        if finding["id"] in seen:
            continue
        operation = after.get((finding["service"], finding["key"]))
        looked = operation is not None and operation["verdict"] != "unproven"
        (difference.fixed if looked else difference.unseen).append(finding)
    for identity, operation in after.items():
        if identity in before:
            _change(difference, before[identity], operation)
    difference.added = [" ".join(one) for one in after if one not in before]
    difference.gone = [" ".join(one) for one in before if one not in after]
    difference.unlike = _unlike(old, new)
    return difference


def text(difference: Difference) -> str:
    """Return the difference for people, what got worse first."""
    old, new = difference.share
    lines = [
        f"old  {difference.headlines[0]}",
        f"new  {difference.headlines[1]}",
        f"proven share {old:.1%} -> {new:.1%} ({100 * (new - old):+.1f} points)",
    ]
    lines += [f"the runs differ: {one}" for one in difference.unlike]
    parts: list[tuple[str, list[str]]] = [
        ("new violations", [_finding(one) for one in difference.new_violations]),
        ("verdicts that got worse", [one.told(difference.first) for one in difference.worse]),
        ("fixed", [_finding(one, replay=False) for one in difference.fixed]),
        ("verdicts that got better", [one.told(difference.first) for one in difference.better]),
        ("now waived", [one.told(difference.first) for one in difference.now_waived]),
        ("violations nobody looked for again", [_finding(one, replay=False) for one in difference.unseen]),
        ("new operations", difference.added),
        ("operations that are gone", difference.gone),
    ]
    for title, entries in parts:
        if entries:
            lines += ["", f"{title} ({len(entries)})", *(f"  {entry}" for entry in _few(title, entries))]
    if not any(entries for _title, entries in parts):
        lines += ["", "nothing changed"]
    if difference.regressed:
        violations, operations = len(difference.new_violations), len(difference.worse)
        lines += ["", f"worse: {plural(violations, 'new violation')}, {plural(operations, 'operation')} worse off"]
    return printable("\n".join(lines))


def _change(difference: Difference, old: Operation, new: Operation) -> None:
    if old["verdict"] == new["verdict"]:
        return
    change = Change(new["service"], new["key"], old["verdict"], new["verdict"])
    if new["verdict"] == "waived":
        difference.now_waived.append(change)
    elif RANK[new["verdict"]] > RANK[old["verdict"]]:
        difference.worse.append(change)
    else:
        difference.better.append(change)


def _operations(result: Result) -> dict[tuple[str, str], Operation]:
    return {(one["service"], one["key"]): one for one in result["operations"]}


def _few(title: str, entries: list[str], limit: int = 20) -> list[str]:
    """Cut a list that is only good to know."""
    more = len(entries) - limit
    return [*entries[:limit], f"and {more:,} more"] if more > 0 and "operations" in title else entries


def _finding(finding: Finding, *, replay: bool = True) -> str:
    line = f"{finding['rule']}  {finding['key']}: {one_line(finding['message'])}"
    return f"{line}\n    replay  {finding['replay']}" if replay and finding["replay"] else line


def _unlike(old: Result, new: Result) -> list[str]:
    """Name what makes the two runs hard to compare."""
    names = {"profile": "profile", "selection": "selection", "shard": "shard", "writes": "writes allowed",
             "destructive": "destructive calls allowed", "strict": "strict"}  # fmt: skip
    runs: tuple[Any, Any] = (old["run"], new["run"])
    return [
        f"{words} {_shown(runs[0][name])} -> {_shown(runs[1][name])}"
        for name, words in names.items()
        if runs[0][name] != runs[1][name]
    ]


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return (", ".join(value) if isinstance(value, list) else str(value or "")) or "everything"
