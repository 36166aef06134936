"""What a run, or a plan of one, comes to: for people and for programs."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from canary.cli.invocation import table
from canary.domain.canonical import Json
from canary.domain.errors import BudgetStop, Stopped

if TYPE_CHECKING:
    from canary.domain.suite import Suite
    from canary.pipeline.results import RunResult
    from canary.runner.plan import Estimate

CENTS_FROM = 0.1
"""Dollars from which two digits say enough."""


def estimate_json(suite: "Suite", replicates: int, sizes: Sequence["Estimate"]) -> dict[str, Json]:
    """A plan's size for programs; an unknown cost is null and its targets are named."""
    unknown = [size.target for size in sizes if size.cost_usd is None]
    return {
        "schema": 1,
        "prompts": len(suite.prompts),
        "replicates": replicates,
        "trials": sum(size.trials for size in sizes),
        "calls": sum(size.calls for size in sizes),
        "input_tokens": sum(size.input_tokens for size in sizes),
        "output_tokens": sum(size.output_tokens for size in sizes),
        "cost_usd": None if unknown else sum(size.cost_usd or 0.0 for size in sizes),
        "unknown_prices": unknown,
        "targets": [
            {
                "target": size.target,
                "trials": size.trials,
                "calls": size.calls,
                "input_tokens": size.input_tokens,
                "output_tokens": size.output_tokens,
                "cost_usd": size.cost_usd,
            }
            for size in sizes
        ],
    }


def estimate_text(suite: "Suite", replicates: int, sizes: Sequence["Estimate"]) -> str:
    """A plan's size for people."""
    rows = [("target", "trials", "calls", "input tokens", "output tokens", "cost")]
    rows += [
        (
            s.target,
            f"{s.trials:,}",
            f"{s.calls:,}",
            f"{s.input_tokens:,}",
            f"{s.output_tokens:,}",
            dollars(s.cost_usd),
        )
        for s in sizes
    ]
    unknown = [size.target for size in sizes if size.cost_usd is None]
    total = f"Together about {dollars(sum(size.cost_usd or 0.0 for size in sizes))}"
    if len(unknown) == len(sizes):
        total = f"What it costs is unknown: no list names a price for {', '.join(unknown)}"
    elif unknown:
        total += f", and what {', '.join(unknown)} costs (price unknown)"
    return (
        f"A dry run: nothing is sent. {len(suite.prompts)} prompts x {replicates}; reasoning and retries come on top.\n\n"
        f"{table(rows, right=(1, 2, 3, 4, 5))}\n\n"
        f"{total}. Tokens are guessed from the texts' length and the passing examples."
    )


def result_json(result: "RunResult") -> dict[str, Json]:
    """A run's result for programs."""
    run = result.run
    return {
        "schema": 1,
        "run": run.id,
        "day": run.day.isoformat(),
        "trigger": run.trigger,
        "status": run.status,
        "planned": sum(tally.planned for tally in result.tallies),
        "graded": sum(tally.graded for tally in result.tallies),
        "failed": sum(tally.failed for tally in result.tallies),
        "missing": sum(tally.missing for tally in result.tallies),
        "page": None if result.page is None else str(result.page),
        "targets": [
            {
                "target": tally.target,
                "planned": tally.planned,
                "graded": tally.graded,
                "passed": tally.passed,
                "failed": tally.failed,
                "missing": tally.missing,
                "failures": dict(tally.kinds),
                "cost_usd": tally.cost_usd,
                "unpriced": tally.unpriced,
            }
            for tally in result.tallies
        ],
        "problems": [str(problem) for problem in result.problems],
        "exit_code": result.exit_code,
    }


def result_text(result: "RunResult") -> str:
    """A run's result for people: the counts, a row per target, where the page is, how to go on."""
    run, tallies = result.run, result.tallies
    graded, failed, missing = (
        sum(getattr(t, name) for t in tallies) for name in ("graded", "failed", "missing")
    )
    planned = sum(tally.planned for tally in tallies)
    head = f"Run {run.id}: {graded:,} of {planned:,} trials graded"
    head += f", {failed:,} failed" if failed else ""
    head += f", {missing:,} not sent yet" if missing else ""
    rows = [("target", "passed", "", "failed", "cost")]
    for tally in tallies:
        share = f"{tally.passed / tally.graded:.0%}" if tally.graded else "-"
        rows.append(
            (
                tally.target,
                f"{tally.passed} of {tally.graded}",
                share,
                str(tally.failed),
                _tally_cost(tally.cost_usd, tally.unpriced),
            )
        )
    lines = [
        head,
        "",
        table(rows, right=(1, 2, 3, 4)),
        "",
        *([f"Page: {shown(result.page)}"] if result.page else []),
    ]
    if missing or any(isinstance(problem, Stopped | BudgetStop) for problem in result.problems):
        lines.append(f"Go on: canary run --resume {run.id}")
    return "\n".join(lines)


def shown(path: Path) -> str:
    """A path as a person here would write it: relative where it lies below the working directory."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def dollars(amount: float | None) -> str:
    """An amount for people; unknown is said, never shown as 0."""
    if amount is None:
        return "unknown"
    return f"${amount:.2f}" if amount >= CENTS_FROM or amount == 0 else f"${amount:.4f}"


def _tally_cost(cost: float | None, unpriced: int) -> str:
    if cost is None:
        return "unknown"
    return f"{dollars(cost)} + unknown" if unpriced else dollars(cost)
