"""score."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from canary.cli.invocation import Invocation, answer, answer_json, table
from canary.domain.errors import RecordError

if TYPE_CHECKING:
    from canary.checks.score import ScoreCard, StoredResponse

_TOLD_EVERY = 2_000
"""Responses between two signs of life."""


@click.command("score")
@click.option("--prompts", "folder", type=click.Path(path_type=Path), required=True, help="Prompt files.")
@click.option(
    "--responses", type=click.Path(path_type=Path), required=True, help="JSONL: prompt or key, and response."
)
@click.option(
    "--partial", is_flag=True, help="Take prompts without a response, and responses without a prompt."
)
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
@click.pass_obj
def score_responses(
    invocation: Invocation, *, folder: Path, responses: Path, partial: bool, as_json: bool
) -> None:
    """Grade stored answers offline.

    Nothing is asked and nothing is stored.
    """
    from canary.checks.score import StoredResponse, score
    from canary.config.prompts import load_suite
    from canary.exchange.suites import read_records

    suite = load_suite(folder)

    def stored() -> "Iterator[StoredResponse]":
        for number, (where, data) in enumerate(read_records(responses), start=1):
            if number % _TOLD_EVERY == 0:
                invocation.note(
                    "score_progress", f"{number:,} of {len(suite.prompts):,} responses graded ..."
                )
            yield StoredResponse(where=where, data=data)

    card = score(suite, stored(), partial=partial)
    if not card.scored:
        raise RecordError("holds no response", where=str(responses), remedy="check --responses")
    if as_json:
        answer_json(card.record())
    else:
        answer(_score_text(card))


def _score_text(card: "ScoreCard") -> str:
    checks = [result for one in card.scored for result in one.results]
    rows = [("", "strict", "loose")]
    for name, strict, loose in (
        ("prompts passed", card.prompt_strict, card.prompt_loose),
        ("checks passed", card.instruction_strict, card.instruction_loose),
    ):
        rows.append((name, _percent(strict), _percent(loose)))
    return f"{len(card.scored):,} responses, {len(checks):,} checks\n\n{table(rows, right=(1, 2))}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.2%}"


COMMANDS: Sequence[click.Command] = (score_responses,)
