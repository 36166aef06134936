"""What `canary plan --json` answers, and its JSON Schema."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from canary.cli.schema_parts import DRAFT, closed
from canary.domain.canonical import Json

if TYPE_CHECKING:
    from canary.analysis.outlay import Outlay
    from canary.cli.plan_records import Measured, Plan

_DIGITS = 6


def plan_json(plan: "Plan") -> dict[str, Json]:
    """A plan for programs."""
    from canary.analysis.outlay import CONFIRMATION, DAYS_A_MONTH, together

    day = [run.times(plan.runs_a_day) for run in plan.runs]
    month = together(day).times(DAYS_A_MONTH)
    return {
        "schema": 1,
        "prompts": plan.prompts,
        "replicates": plan.replicates,
        "cron": plan.cron,
        "timezone": plan.timezone,
        "runs_per_day": _rounded(plan.runs_a_day),
        "days_with_a_run": _rounded(plan.days_with_a_run),
        "false_alarms_per_year": plan.false_alarms_per_year,
        "targets": [
            {
                "target": run.target,
                "basis": run.basis,
                "noise": "assumed" if run.target in plan.assumed else "measured",
                "run": _amounts(run),
                "day": _amounts(one),
                "month": _amounts(one.times(DAYS_A_MONTH)),
            }
            for run, one in zip(plan.runs, day, strict=True)
        ],
        "day": _amounts(together(day)),
        "month": _amounts(month),
        "confirmation_month_at_most": _amounts(month.times(CONFIRMATION)) if plan.confirm else None,
        "release_run": _amounts(together(plan.runs)),
        "unknown_prices": [run.target for run in plan.runs if run.usd is None],
        "visible": [
            {
                "target": row.target,
                "family": row.family,
                "metric": row.metric,
                "days": row.days,
                "minimum_detectable_effect": _rounded(row.minimum_detectable_effect),
                "effect_unit": row.effect_unit,
            }
            for row in plan.visible
        ],
        "choices": [
            {
                "replicates": choice.replicates,
                "usd_per_month": _rounded(choice.usd),
                "smallest_pass_rate_drop_in_7_days": _rounded(choice.smallest_drop),
            }
            for choice in plan.choices
        ],
        "prompts_measured": [_measured(one) for one in plan.measured],
    }


def _amounts(outlay: "Outlay") -> dict[str, Json]:
    return {
        "trials": _rounded(outlay.trials),
        "calls": _rounded(outlay.calls),
        "input_tokens": round(outlay.input_tokens),
        "output_tokens": round(outlay.output_tokens),
        "usd": _rounded(outlay.usd),
    }


def _measured(one: "Measured") -> dict[str, Json]:
    worth = one.worth
    return {
        "target": one.target,
        "first_day": None if worth is None else worth.first_day.isoformat(),
        "last_day": None if worth is None else worth.last_day.isoformat(),
        "currency": None if worth is None else worth.currency,
        "prompts": [
            {
                "prompt": prompt.prompt,
                "family": prompt.family,
                "trials": prompt.trials,
                "pass_rate": _rounded(prompt.pass_rate),
                "cost_share": _rounded(prompt.cost_share),
                "pass_information": _rounded(prompt.pass_information),
                "token_information": _rounded(prompt.token_information),
                "buys": _rounded(prompt.buys),
                "standing": prompt.standing,
                "repeats": prompt.repeats,
            }
            for prompt in (() if worth is None else worth.prompts)
        ],
        "cheaper": [
            {
                "equal_on": list(suite.equal_on),
                "left_out": list(suite.left_out),
                "saves": _rounded(suite.saves),
                "grows": {name: _rounded(ratio) for name, ratio in suite.grows.items()},
            }
            for suite in one.cheaper
        ],
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)


def _list(items: Json) -> dict[str, Json]:
    return {"type": "array", "items": items}


def _told(kind: str | Sequence[str], description: str, **more: Json) -> dict[str, Json]:
    return {"type": kind, "description": description, **more}


def plan_schema() -> Mapping[str, Json]:
    """What `canary plan --json` answers."""
    text: Json = {"type": "string"}
    count: Json = {"type": "integer", "minimum": 0}
    number: Json = {"type": "number", "minimum": 0}
    share: Json = {"type": "number", "minimum": 0, "maximum": 1}
    day: Json = {"type": ["string", "null"], "format": "date"}
    usd = _told(["number", "null"], "null = a price is unknown.", minimum=0)
    amounts = closed(trials=number, calls=number, input_tokens=count, output_tokens=count, usd=usd)
    target = closed(
        target=text,
        basis={"enum": ["guessed", "measured"], "description": "Of calls, tokens and dollars."},
        noise={"enum": ["assumed", "measured"], "description": "Of what is visible."},
        run=amounts,
        day=amounts,
        month=amounts,
    )
    visible = closed(
        target=text,
        family=text,
        metric=text,
        days={"enum": [1, 7, 28], "description": "From the onset, the onset being day 0."},
        minimum_detectable_effect=_told("number", "Seen within them four times in five."),
        effect_unit={"enum": ["points", "ratio"]},
    )
    choice = closed(
        replicates=count,
        usd_per_month=usd,
        smallest_pass_rate_drop_in_7_days=_told(
            ["number", "null"], "In points, of the target that shows least; null = not judged in seven days."
        ),
    )
    prompt = closed(
        prompt=text,
        family=text,
        trials=count,
        pass_rate=share,
        cost_share=share,
        pass_information=_told("number", "Share of what the suite tells of its pass rate."),
        token_information=_told("number", "Share of what the suite tells of its output tokens."),
        buys=_told("number", "Mean of the two over the share of the cost; 1 = the suite's average."),
        standing={"enum": ["saturated", "dead", None]},
        repeats=_told(["string", "null"], "The prompt that it moves with."),
    )
    cheaper = closed(
        equal_on=_list(text),
        left_out=_list(text),
        saves=share,
        grows=_told("object", "Metric -> smallest visible change over today's.", additionalProperties=number),
    )
    measured = closed(
        target=text,
        first_day=day,
        last_day=day,
        currency={"enum": ["usd", "tokens", "trials", None], "description": "What cost is counted in."},
        prompts=_list(prompt),
        cheaper=_list(cheaper),
    )
    return {
        "$schema": DRAFT,
        "title": "canary plan --json",
        **closed(
            schema={"const": 1},
            prompts=count,
            replicates=count,
            cron=text,
            timezone=text,
            runs_per_day=number,
            days_with_a_run=share,
            false_alarms_per_year=number,
            targets=_list(target),
            day=amounts,
            month=amounts,
            confirmation_month_at_most={"anyOf": [amounts, {"type": "null"}]},
            release_run=amounts,
            unknown_prices=_list(text),
            visible=_list(visible),
            choices=_list(choice),
            prompts_measured=_list(measured),
        ),
    }
