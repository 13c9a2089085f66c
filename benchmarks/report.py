"""From measurements to tables and verdicts; nothing here measures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.measure import BenchmarkError

Results = dict[str, Any]
README = Path(__file__).resolve().parent / "README.md"
BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"
PLAIN = "plain "  # in the markers of the results of a plain document
US = "specdouble"
FLOOR, AIM = 6, 15
STREAMS_KEEP = 0.8


def table(head: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> str:
    """Write an aligned Markdown table; all columns but the ``left`` first are aligned to the right."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        padded = [
            cell.rjust(width) if number >= left else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return f"| {' | '.join(padded)} |"

    rule = [("-" * (width - 1) + ":") if number >= left else "-" * width for number, width in enumerate(widths)]
    return "\n".join([line(head), line(rule), *map(line, rows)])


def figure(value: float) -> str:
    """Write a number with as many digits as mean something."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def times(value: float) -> str:
    """Write a ratio."""
    return f"{value:.1f}x"


def yes(holds: bool) -> str:
    """Write a verdict."""
    return "yes" if holds else "no"


# -- tables --------------------------------------------------------------------------------------------------------


def start_table(results: Results) -> str:
    """Show start-up and memory of every server."""
    rows = [
        [
            name,
            f"{row['wall_ms']:.0f}",
            f"{row['cpu_ms']:.0f}",
            f"{row['rss_mb']:.0f}",
            *(f"{results['rss_mb'][name][when]:.0f}" if name in results["rss_mb"] else "" for when in ("reads", "all")),
        ]
        for name, row in results["start"].items()
    ]
    head = ["server", "first 200, ms", "CPU, ms", "RSS at start, MB", "after reads", "after everything"]
    return table(head, rows)


def work_table(results: Results) -> str:
    """Show rate, latency and CPU of every server for every kind of work."""
    rows = []
    for work, servers in results["work"].items():
        for number, (name, row) in enumerate(servers.items()):
            rows.append(
                [
                    work if number == 0 else "",
                    name,
                    str(row["status"]),
                    f"{row['bytes']:,}",
                    f"{row['rps']:,.0f}",
                    figure(row["p99_ms"]),
                    f"{row['cpu_us']:,.0f}",
                ]
            )
    return table(["work", "server", "status", "bytes", "requests/s", "p99, ms", "CPU, µs/request"], rows, left=2)


def ratios(results: Results, peer: str) -> dict[str, dict[str, float]]:
    """Return by work how many times we are ahead of a peer: in rate, CPU per request and p99."""
    found = {}
    for work, servers in results["work"].items():
        if US in servers and peer in servers:
            ours, theirs = servers[US], servers[peer]
            found[work] = {
                "rate": ours["rps"] / max(theirs["rps"], 1e-9),
                "cpu": theirs["cpu_us"] / max(ours["cpu_us"], 1e-9),
                "p99": theirs["p99_ms"] / max(ours["p99_ms"], 1e-9),
            }
    return found


def ratio_table(results: Results) -> str:
    """Show the ratios by work, and whether each work alone passes floor, goal and aim."""
    prism, scalar = ratios(results, "prism"), ratios(results, "scalar")
    rows = []
    for work in results["work"]:
        ours, other = prism.get(work), scalar.get(work)
        row = [work]
        row += [times(ours["rate"]), times(ours["cpu"]), times(ours["p99"])] if ours else ["", "", ""]
        row += [times(other["rate"]), times(other["cpu"])] if other else ["", ""]
        row.append(yes(min(ours["rate"], ours["cpu"]) >= FLOOR) if ours else "")
        row.append(yes(min(other["rate"], other["cpu"]) > 1) if other else "")
        row.append(yes(ours["rate"] >= AIM) if ours else "")
        rows.append(row)
    head = ["work", "rate, Prism", "CPU, Prism", "p99, Prism", "rate, Scalar", "CPU, Scalar"]
    return table([*head, f"floor {FLOOR}x", "goal: ahead of Scalar", f"aim {AIM}x"], rows)


# -- verdicts ------------------------------------------------------------------------------------------------------


def verdicts(results: Results) -> list[tuple[str, str, bool]]:
    """Return every bar that these results can judge: what it says, what was measured, whether it holds.

    A bar over several kinds of work is judged by the worst. Work whose answer we sign and the peers do not is
    judged apart.
    """
    signed = set(results["signed"])
    plain = [work for work in results["work"] if work not in signed]
    found: list[tuple[str, str, bool]] = []

    def worst(bar: str, peer: str, figure: str, works: Sequence[str], enough: Callable[[float], bool]) -> None:
        measured = {work: row[figure] for work, row in ratios(results, peer).items() if work in works}
        if measured:
            work = min(measured, key=measured.__getitem__)
            found.append((bar, f"{times(measured[work])} at worst ({work})", enough(measured[work])))

    worst(f"floor: {FLOOR}x Prism's rate", "prism", "rate", plain, lambda r: r >= FLOOR)
    worst(f"floor: {FLOOR}x less CPU a request than Prism", "prism", "cpu", plain, lambda r: r >= FLOOR)
    worst("floor: p99 10x lower than Prism's", "prism", "p99", plain, lambda r: r >= 10)
    found += _start_verdicts(results)
    found += _memory_verdicts(results)
    streams = results.get("streams")
    if streams:
        bar = f"floor: {STREAMS_KEEP:.0%} of the rate with {streams['held']} streams held"
        found.append((bar, f"{streams['ratio']:.0%}", streams["ratio"] >= STREAMS_KEEP))
    worst("goal: ahead of Scalar in rate", "scalar", "rate", plain, lambda r: r > 1)
    worst("goal: ahead of Scalar in CPU a request", "scalar", "cpu", plain, lambda r: r > 1)
    worst(f"aim: {AIM}x Prism's rate", "prism", "rate", plain, lambda r: r >= AIM)
    apart = sorted(signed)
    worst(f"signed answers: {FLOOR}x Prism's rate", "prism", "rate", apart, lambda r: r >= FLOOR)
    worst(f"signed answers: {FLOOR}x less CPU than Prism", "prism", "cpu", apart, lambda r: r >= FLOOR)
    worst("signed answers: ahead of Scalar in rate", "scalar", "rate", apart, lambda r: r > 1)
    return found


def _start_verdicts(results: Results) -> list[tuple[str, str, bool]]:
    start = results["start"]
    if US not in start or "prism" not in start:
        return []
    wall = start["prism"]["wall_ms"] / start[US]["wall_ms"]
    cpu = start["prism"]["cpu_ms"] / start[US]["cpu_ms"]
    return [
        ("floor: start 2x faster than Prism", times(wall), wall >= 2),
        ("floor: 3x less CPU at start than Prism", times(cpu), cpu >= 3),
        ("aim: start 3x faster, 5x less CPU", f"{times(wall)}, {times(cpu)}", wall >= 3 and cpu >= 5),
    ]


def _memory_verdicts(results: Results) -> list[tuple[str, str, bool]]:
    memory = results["rss_mb"].get(US)
    if memory is None:
        return []
    written = f"with {results['written']:,} documents written" if results.get("written") else ""
    return [
        ("floor: under 80 MB after load that writes nothing", f"{memory['reads']:.0f} MB", memory["reads"] < 80),
        ("floor: under 80 MB after everything", f"{memory['all']:.0f} MB {written}".strip(), memory["all"] < 80),
        ("aim: under 50 MB after load that writes nothing", f"{memory['reads']:.0f} MB", memory["reads"] < 50),
    ]


def verdict_table(results: Results) -> str:
    """Show every bar with its verdict."""
    return table(
        ["bar", "measured", "holds"], [[bar, text, yes(holds)] for bar, text, holds in verdicts(results)], left=2
    )


# -- the whole -----------------------------------------------------------------------------------------------------


def conditions(results: Results) -> str:
    """Say how and where it was measured."""
    versions = "; ".join(f"{name} {version}" for name, version in results["versions"].items())
    machine = results["machine"]
    return "\n".join(
        [
            f"- Command: `{results['command']}`",
            f"- Date: {results['date']}",
            f"- Machine: {machine['cores']} cores, {machine['cpu']}, load average {machine['load']} before and "
            f"{machine['load_after']} after",
            f"- Servers: {versions}",
        ]
    )


def streams_line(results: Results) -> str:
    """Say what the held streams did."""
    streams = results.get("streams")
    if not streams:
        return ""
    return (
        f"{streams['held']} event streams held open: GET /v1/auth/me at {streams['rps_with']:,.0f} requests/s against "
        f"{streams['rps_without']:,.0f} without them (round by round {streams['ratio']:.0%}); one event reached "
        f"{streams['delivered']} of them in {streams['deliver_ms']:.0f} ms; "
        f"{streams['rss_mb']:.0f} MB with them open."
    )


def render(results: Results) -> str:
    """Write everything as Markdown that is also readable in a terminal."""
    parts = [
        conditions(results),
        start_table(results),
        work_table(results),
        ratio_table(results) if len(results["versions"]) > 1 else "",
        streams_line(results),
        verdict_table(results),
    ]
    return "\n\n".join(part for part in parts if part)


def rewritten(page: str, block: str, kind: str = "") -> str:
    """Return a page with the text between its two markers replaced; raises ``BenchmarkError`` without markers."""
    opening, closing = BEGIN.replace("results", f"{kind}results"), END.replace("results", f"{kind}results")
    before, begin, rest = page.partition(opening)
    _old, end, after = rest.partition(closing)
    if not (begin and end):
        raise BenchmarkError(f"{README} lacks its markers {opening} and {closing}")
    return f"{before}{begin}\n\n{block}\n\n{end}{after}"
