"""report."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from canary.cli.invocation import Invocation, answer
from canary.domain.errors import ConfigurationError, StoreError, UsageError

if TYPE_CHECKING:
    from canary.domain.incident import Incident
    from canary.pipeline.judging import Judgement
    from canary.pipeline.runs import Pipeline


@click.command()
@click.option("--run", "run_id", metavar="RUN", help="Only this run's page.")
@click.option("--incident", "incident_id", metavar="INCIDENT", help="Only this incident's page.")
@click.option("--digest", "week", metavar="WEEK", help="Only the digest of this week, e.g. 2026-W17.")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Folder. Default: [reports] dir."
)
@click.option(
    "--eml",
    type=click.Path(dir_okay=False, path_type=Path),
    help="With --incident: write its latest mail here too, as it would be sent.",
)
@click.pass_obj
def report(
    invocation: Invocation,
    *,
    run_id: str | None,
    incident_id: str | None,
    week: str | None,
    out: Path | None,
    eml: Path | None,
) -> None:
    """Write pages again from the store.

    Without an option: the index and the pages of all incidents and runs. No model is asked.
    """
    if sum(option is not None for option in (run_id, incident_id, week)) > 1:
        raise UsageError("name one of --run, --incident and --digest")
    if eml is not None and incident_id is None:
        raise UsageError("which incident's mail?", where="--eml", remedy="name it with --incident")
    pipeline = _into(invocation.pipeline(), out)
    try:
        judgement = pipeline.judge.judge()
        if run_id is not None:
            written = [_run_page(pipeline, run_id, judgement)]
        elif incident_id is not None:
            incident = _named(judgement, incident_id)
            written = [pipeline.publisher.incident_page(judgement, incident)]
            if eml is not None:
                _write_mail(pipeline, judgement, incident, eml)
        elif week is not None:
            written = [pipeline.publisher.publish(pipeline.publisher.digest(judgement, week))]
        else:
            written = _everything(invocation, pipeline, judgement)
    finally:
        pipeline.store.close()
    for path in written[-1:]:
        answer(f"{len(written)} page{'s' * (len(written) != 1)} written; {path}")


def _write_mail(pipeline: "Pipeline", judgement: "Judgement", incident: "Incident", eml: Path) -> None:
    from canary.notify.mail import message

    teller = pipeline.teller
    if not teller.sender:
        raise ConfigurationError(
            "no mail is configured", where=pipeline.config, remedy="add a [mail] table: smtp, from, to"
        )
    letter = teller.letter(judgement, incident)
    content = bytes(message(letter, sender=teller.sender, to=teller.to, at=pipeline.clock.now()))
    try:
        eml.write_bytes(content)
    except OSError as error:
        raise StoreError(f"can't be written ({error.strerror})", where=str(eml)) from None


def _into(pipeline: "Pipeline", out: Path | None) -> "Pipeline":
    """The pipeline with another folder for its pages."""
    from canary.store.pages import PageFolder

    if out is None:
        return pipeline
    pages = PageFolder(out)
    return replace(pipeline, publisher=replace(pipeline.publisher, publish=pages.write, written=pages.names))


def _everything(invocation: Invocation, pipeline: "Pipeline", judgement: "Judgement") -> list[Path]:
    written = [_run_page(pipeline, run.id, judgement) for run in pipeline.store.runs() if not run.imported]
    invocation.note("report_progress", f"{len(written)} run pages written", pages=len(written))
    written += pipeline.publisher.incident_pages(judgement, everything=True)
    return [*written, pipeline.publisher.index(judgement)]


def _run_page(pipeline: "Pipeline", run_id: str, judgement: "Judgement") -> Path:
    run = pipeline.store.run(run_id)
    if run is None:
        recent = ", ".join(r.id for r in pipeline.store.runs()[-3:]) or "the store has no run yet"
        raise UsageError(f"there is no run {run_id!r}", where="--run", remedy=f"recent runs: {recent}")
    asked = {prompt.digest: prompt for prompt in pipeline.suite_of(run).prompts}
    return pipeline.publisher.run_page(run, list(pipeline.store.trials(run=run.id)), asked, judgement)


def _named(judgement: "Judgement", name: str) -> "Incident":
    for incident in judgement.analysis.incidents:
        if incident.id.lower() == name.lower():
            return incident
    known = ", ".join(one.id for one in judgement.analysis.incidents[-5:]) or "there is none yet"
    raise UsageError(f"there is no incident {name!r}", where="--incident", remedy=f"the latest: {known}")


COMMANDS: Sequence[click.Command] = (report,)
