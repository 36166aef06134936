"""A plan for people: tables that can go into a budget request, and bars."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from canary.cli.invocation import table
from canary.cli.outcomes import dollars

if TYPE_CHECKING:
    from canary.analysis.cheaper import CheaperSuite
    from canary.analysis.outlay import Outlay
    from canary.analysis.worth import PromptWorth, Worth
    from canary.cli.plan_records import Measured, Plan

_BAR = 24
_LISTED = 8
"""Prompts shown at either end of what they buy."""

_BEYOND = 2.0
"""A ratio from which its size says nothing but: this is not seen."""

_CURRENCIES = {
    "usd": "dollar",
    "tokens": "token, as a price is unknown",
    "trials": "trial, as neither prices nor tokens are known",
}


def plan_text(plan: "Plan") -> str:
    """The whole plan."""
    from canary.analysis.outlay import DAYS_A_MONTH

    parts = [_head(plan), _costs(plan), *_shown(plan), _choices(plan)]
    for one in plan.measured:
        run = next(run for run in plan.runs if run.target == one.target)
        month = run.times(plan.runs_a_day * DAYS_A_MONTH).usd
        parts += _prompts(one, month, young=one.target in plan.assumed)
    return "\n\n".join(part for part in parts if part)


def _head(plan: "Plan") -> str:
    runs = (
        f"{plan.runs_a_day:.3g} run{'s' * (plan.runs_a_day != 1)} a day (cron {plan.cron!r}, {plan.timezone})"
    )
    return (
        f"A plan: nothing is sent. {plan.prompts} prompts x {plan.replicates}, {runs}; "
        f"a budget of {plan.false_alarms_per_year:g} a year for incidents without a change."
    )


def _costs(plan: "Plan") -> str:
    from canary.analysis.outlay import CONFIRMATION, DAYS_A_MONTH, together

    rows: list[tuple[str, ...]] = [("", "calls a day", "input tokens", "output tokens", "a day", "a month")]
    day = [run.times(plan.runs_a_day) for run in plan.runs]
    total = together(day)
    known = together([one for one in day if one.usd is not None])
    rows += [_cost_row(one.target, one, one.times(DAYS_A_MONTH)) for one in day]
    if len(day) > 1:
        rows.append(_cost_row("together", total, total.times(DAYS_A_MONTH), known))
    if plan.confirm:
        extra = total.times(CONFIRMATION)
        part = known.times(CONFIRMATION)
        rows.append(_cost_row("confirming suspicions, at most", extra, extra.times(DAYS_A_MONTH), part))
    part = together([one for one in plan.runs if one.usd is not None])
    rows.append(_cost_row("one release run", together(plan.runs), None, part))
    return "\n".join(
        ["What it costs", "", table(rows, right=(1, 2, 3, 4, 5)), "", *_cost_notes(plan)],
    )


def _cost_row(
    name: str, day: "Outlay", month: "Outlay | None", known: "Outlay | None" = None
) -> tuple[str, ...]:
    """A row of amounts; `known` is what can be told of a sum over an unknown price."""
    from canary.analysis.outlay import DAYS_A_MONTH

    a_day, a_month = dollars(day.usd), "" if month is None else dollars(month.usd)
    if day.usd is None and known is not None and known.usd:
        a_day = f"{dollars(known.usd)} + unknown"
        a_month = "" if month is None else f"{dollars(known.usd * DAYS_A_MONTH)} + unknown"
    return (
        name,
        f"{day.calls:,.0f}",
        f"{day.input_tokens:,.0f}",
        f"{day.output_tokens:,.0f}",
        a_day,
        a_month,
    )


def _cost_notes(plan: "Plan") -> list[str]:
    notes = []
    guessed = [run.target for run in plan.runs if run.basis == "guessed"]
    unknown = [run.target for run in plan.runs if run.usd is None]
    if guessed:
        notes.append(
            "Tokens are guessed from the texts' length and the passing examples"
            + ("" if len(guessed) == len(plan.runs) else f" for {', '.join(guessed)}")
            + "; reasoning (--reasoning-tokens), retries and what a harness adds come on top."
        )
    if unknown:
        notes.append(f"The price of {', '.join(unknown)} is unknown: name it in [prices] of canary.toml.")
    return notes


def _shown(plan: "Plan") -> list[str]:
    groups: dict[tuple[tuple[str, ...], ...], list[str]] = {}
    for run in plan.runs:
        groups.setdefault(_visible_rows(plan, run.target), []).append(run.target)
    parts = []
    for rows, targets in groups.items():
        whose = "" if len(groups) == 1 else f" of {', '.join(targets)}"
        lines = [f"The smallest change{whose} that shows within so many days, four times in five", ""]
        head = ("", "1 day", "7 days", "28 days")
        lines += [table([head, *rows], right=(1, 2, 3)) if rows else "Nothing is judged within 28 days.", ""]
        if set(targets) & set(plan.assumed):
            lines.append(
                "Assumed: days vary as in the default world of docs/statistics.md. Other metrics have no assumed figures; "
                "after 28 days, `canary plan --from-history` measures them all."
            )
        else:
            lines.append("Measured on the store's records.")
        if rows and plan.confirm:
            lines.append(
                "Extra trials after a suspicion are not reckoned in: they show a fall of the pass rate sooner."
            )
        parts.append("\n".join(lines))
    return parts


def _visible_rows(plan: "Plan", target: str) -> tuple[tuple[str, ...], ...]:
    from canary.domain.series import metric

    found: dict[str, dict[int, str]] = {}
    for row in plan.visible:
        if row.target == target and row.family == "all":
            found.setdefault(row.metric, {})[row.days] = _effect(
                row.minimum_detectable_effect, row.effect_unit
            )
    return tuple(
        (metric(name).title, *(by_day.get(days, "not judged") for days in (1, 7, 28)))
        for name, by_day in found.items()
    )


def _effect(size: float, unit: str) -> str:
    if unit == "points":
        return f"{100 * size:.1f} points"
    return f"{100 * size:.0f} %" if size < _BEYOND else "not seen"


def _choices(plan: "Plan") -> str:
    rows = [("replicates", "a month", "pass rate, 7 days", "")]
    largest = max((choice.smallest_drop or 0.0 for choice in plan.choices), default=0.0)
    if not largest:
        return ""
    for choice in plan.choices:
        drop = choice.smallest_drop
        now = " <- configured" if choice.replicates == plan.replicates else ""
        rows.append(
            (
                str(choice.replicates),
                dollars(choice.usd),
                "not judged" if drop is None else _effect(drop, "points"),
                _bar(drop or 0.0, largest) + now,
            )
        )
    return "\n".join(["What more replicates show", "", table(rows, right=(0, 1, 2))])


def _bar(value: float, largest: float) -> str:
    return "█" * max(1, round(_BAR * value / largest)) if value > 0 and largest > 0 else ""


def _prompts(one: "Measured", month: float | None, *, young: bool) -> list[str]:
    worth = one.worth
    if worth is None:
        return [f"{one.target}: no graded trial of a prompt that is still asked."]
    days = f"{worth.first_day.isoformat()} to {worth.last_day.isoformat()}"
    none = (
        "Too few days are measured to propose a cheaper suite."
        if young
        else "No cheaper suite of these prompts shows as much."
    )
    named = [
        _names("Saturated (passed every trial)", [p for p in worth.prompts if p.standing == "saturated"]),
        _names("Dead (passed none)", [p for p in worth.prompts if p.standing == "dead"]),
        _redundant(worth.prompts),
    ]
    return [
        f"{one.target}: what its prompts buy a {_CURRENCIES[worth.currency]} ({days}; 1 = the suite's average)\n\n"
        + _bought(worth),
        "\n".join(line for line in named if line),
        "\n".join(_cheaper(suite, len(worth.prompts), month) for suite in one.cheaper) or none,
    ]


def _bought(worth: "Worth") -> str:
    prompts = worth.prompts
    shown = prompts if len(prompts) <= 2 * _LISTED else (*prompts[:_LISTED], *prompts[-_LISTED:])
    largest = max(prompt.buys for prompt in prompts)
    rows = [("prompt", "passed", "of cost", "buys", "")]
    for prompt in shown:
        if prompt is shown[_LISTED % len(shown)] and len(shown) < len(prompts):
            rows.append((f"... {len(prompts) - len(shown)} more", "", "", "", ""))
        rows.append(
            (
                prompt.prompt,
                f"{prompt.pass_rate:.0%}",
                f"{prompt.cost_share:.1%}",
                f"{prompt.buys:.2f}",
                _bar(prompt.buys, largest),
            )
        )
    return table(rows, right=(1, 2, 3))


def _names(title: str, prompts: "Sequence[PromptWorth]") -> str:
    if not prompts:
        return ""
    return f"{title}: {', '.join(prompt.prompt for prompt in prompts)}"


def _redundant(prompts: "Sequence[PromptWorth]") -> str:
    pairs = [f"{prompt.prompt} (moves with {prompt.repeats})" for prompt in prompts if prompt.repeats]
    return f"Redundant: {', '.join(pairs)}" if pairs else ""


_POWER: Mapping[tuple[str, ...], str] = {
    ("pass_rate", "output_tokens"): "As much of pass rate and output tokens",
    ("pass_rate",): "As much of the pass rate alone",
}


def _cheaper(suite: "CheaperSuite", prompts: int, month: float | None) -> str:
    from canary.domain.series import metric

    grown = ", ".join(f"{metric(name).title} x {ratio:.2f}" for name, ratio in suite.grows.items())
    less = "" if month is None else f" ({dollars(month * suite.saves)} a month)"
    return (
        f"{_POWER[suite.equal_on]}, {suite.saves:.0%} cheaper{less}: {prompts - len(suite.left_out)} of {prompts} prompts. "
        f"Smallest visible change: {grown}. Left out: {', '.join(suite.left_out)}"
    )
