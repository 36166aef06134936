"""The facts of a page as JSON, for machines: raw numbers under the record's metric names, None for what is not known."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from canary.domain.canonical import Json
from canary.domain.record import moment_text
from canary.domain.trial import Run
from canary.report.answers import Answer
from canary.report.digest import DigestPage
from canary.report.failing import FailedCheck, FailedPrompt
from canary.report.incident_data import plain
from canary.report.index import IndexEntry, IndexPage
from canary.report.page import RunPage
from canary.report.untrusted import visible
from canary.report.view import Counts, Figure

SCHEMA = 1


_TEXT = 20_000


def run_data(page: RunPage) -> Mapping[str, Json]:
    """The run page's facts."""
    return _seen(
        {
            "schema": SCHEMA,
            "report": "run",
            "run": _run(page.run),
            "state": page.state.word,
            "headline": page.headline,
            "banner": page.banner or None,
            "role": page.stands.role,
            "stood": page.stands.told or None,
            "open_incidents": [one.id for one in page.stands.open],
            "counts": _counts(page.counts),
            "notices": [
                {"sentence": n.sentence, "remedy": n.remedy or None, "command": n.command or None}
                for n in page.notices
            ],
            "targets": _targets(page),
            "failures": [
                {
                    "kind": group.kind,
                    "trials": group.trials,
                    "targets": dict(group.by_target),
                    "message": group.message,
                    "message_trials": group.message_trials,
                    "other_messages": group.other_messages,
                    "remedy": group.remedy,
                }
                for group in page.failures
            ],
            "failed_prompts": {
                "total": page.failed_prompts.total,
                "prompts": page.failed_prompts.prompts,
                "shown": [_prompt(prompt) for prompt in page.failed_prompts.shown],
                "rest": [
                    {"prompt": name, "failed": failed, "graded": graded}
                    for name, failed, graded in page.failed_prompts.rest
                ],
                "uncounted": page.failed_prompts.uncounted,
            },
            "limits": list(page.limits),
            "written_at": _moment(page.written.moment),
        }
    )


def index_data(page: IndexPage) -> Mapping[str, Json]:
    """The front page's facts."""
    return _seen(
        {
            "schema": SCHEMA,
            "report": "index",
            "headline": page.headline,
            "days_since_last_run": page.last_run_days,
            "state": page.state.word,
            "targets": [
                {
                    "target": one.target,
                    "state": one.state.word,
                    "last_complete_scheduled_run": _moment(one.last_run_at),
                    "judged_to": None if one.judged_to is None else one.judged_to.isoformat(),
                }
                for one in page.current
            ],
            "findings": None if page.findings is None else plain(page.findings),
            "digests": list(page.digests),
            "banner": page.banner or None,
            "runs": [_entry(entry) for entry in (*page.entries, *page.earlier)],
            "older": page.older,
            "written_at": _moment(page.written.moment),
        }
    )


def _seen(facts: Mapping[str, Json]) -> Mapping[str, Json]:
    """The same with nothing unseen in any text, and none of them without end: labels and ids come from records."""
    known = _shown(facts)
    assert isinstance(known, Mapping)
    return known


def _shown(value: Json) -> Json:
    if isinstance(value, str):
        return visible(value, _TEXT)[0]
    if isinstance(value, Mapping):
        return {_short(key): _shown(held) for key, held in value.items()}
    return [_shown(held) for held in value] if isinstance(value, Sequence) else value


def _short(name: str) -> str:
    return visible(name, _TEXT)[0]


def digest_data(page: DigestPage) -> Mapping[str, Json]:
    """The digest's facts."""
    return {
        "schema": SCHEMA,
        "report": "digest",
        "week": page.week.name,
        "banner": page.banner or None,
        "first_day": page.week.first.isoformat(),
        "last_day": page.week.last.isoformat(),
        "state": page.state.word,
        "headline": page.headline,
        "runs": list(page.runs),
        "opened": plain(page.opened),
        "over": plain(page.over),
        "findings": plain(page.found),
        "noted": list(page.noted),
        "noted_uncounted": page.noted_more,
        "steady": plain(page.steady),
        "facts": {fact.label: fact.text for fact in page.facts},
        "written_at": _moment(page.written.moment),
    }


def _entry(entry: IndexEntry) -> Mapping[str, Json]:
    counts = None if entry.counts is None else _counts(entry.counts)
    return {**_run(entry.run), "page": entry.href or None, "counts": counts}


def _run(run: Run) -> Mapping[str, Json]:
    return {
        "id": run.id,
        "day": run.day.isoformat(),
        "trigger": run.trigger,
        "label": run.label,
        "status": run.status,
        "slot": _moment(run.slot),
        "started_at": _moment(run.started_at),
        "finished_at": _moment(run.finished_at),
        "suite": run.suite,
        "seed": run.seed,
        "replicates": run.replicates,
        "prompts": len(run.prompts),
        "imported": run.imported,
        "spent_usd": run.spent_usd,
        "spent_tokens": run.spent_tokens,
    }


def _counts(counts: Counts) -> Mapping[str, Json]:
    return {
        "planned": counts.planned,
        "graded": counts.graded,
        "failed": counts.failed,
        "missing": counts.missing,
    }


def _targets(page: RunPage) -> list[Json]:
    families = page.families.rows
    return [
        {
            "target": quality.name,
            "about": {fact.label: fact.text for fact in origin.facts},
            "metrics": _figures((*quality.figures, *work.figures, *speed.figures)),
            "families": {family.name: _figure(family.figures[place]) for family in families},
        }
        for place, (quality, work, speed, origin) in enumerate(
            zip(
                page.quality.rows,
                page.work.rows,
                page.speed.rows,
                page.origins,
                strict=True,
            )
        )
    ]


def _figures(figures: Sequence[Figure]) -> Mapping[str, Json]:
    return {figure.metric: _figure(figure) for figure in figures}


def _figure(figure: Figure) -> Mapping[str, Json]:
    known: dict[str, Json] = {"value": figure.value, "statistic": figure.statistic, "text": figure.text}
    for name in ("low", "high", "tail"):
        if getattr(figure, name) is not None:
            known[name] = getattr(figure, name)
    return known | ({"note": figure.note} if figure.note else {})


def _prompt(prompt: FailedPrompt) -> Mapping[str, Json]:
    return {
        "prompt": prompt.prompt,
        "family": prompt.family,
        "failed": prompt.failed,
        "graded": prompt.graded,
        "targets": {name: {"failed": failed, "graded": graded} for name, failed, graded in prompt.by_target},
        "checks": [_check(check) for check in prompt.checks],
        "answers": [_answer(answer) for answer in prompt.answers],
    }


def _check(check: FailedCheck) -> Mapping[str, Json]:
    return {
        "check": check.check,
        "turn": check.turn or None,
        "sentence": check.sentence,
        "failed": check.failed,
        "forgiven": check.forgiven,
        "found": [{"value": value, "trials": trials} for value, trials in check.found],
    }


def _answer(answer: Answer) -> Mapping[str, Json]:
    text = answer.text
    return {
        "target": answer.target,
        "replicate": answer.replicate,
        "circumstances": answer.circumstances,
        "calls": list(answer.calls),
        "text": None if text is None else "\n".join(part for part in (text.head, text.rest) if part),
        "omitted": 0 if text is None else text.omitted,
    }


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment_text(moment)
