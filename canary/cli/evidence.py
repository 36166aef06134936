"""compare."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from canary.cli.invocation import Invocation, answer, answer_json, table
from canary.cli.sides import BASELINE, Named, from_file, from_store, matched, opened_store, pinned_baselines
from canary.domain.errors import ConfigurationError, UsageError

if TYPE_CHECKING:
    from canary.analysis.comparison import Comparison
    from canary.domain.incident import Policy


@click.command()
@click.argument("names", nargs=-1, metavar="A B")
@click.option("--file-a", type=click.Path(path_type=Path), help="Records as the old side, instead of A.")
@click.option("--file-b", type=click.Path(path_type=Path), help="Records as the new side, instead of B.")
@click.option("--target-a", metavar="NAME", help="The old target.")
@click.option("--target-b", metavar="NAME", help="The new target. Default: the same as the old one.")
@click.option(
    "--fail-on",
    type=click.Choice(["never", "worse", "inconclusive"]),
    default="never",
    show_default=True,
    help="Leave with 1 from this verdict on.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "short", "markdown", "json"]),
    default="text",
    show_default=True,
    help="short: a few lines. markdown: a comment for a pull request.",
)
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
@click.pass_obj
def compare(
    invocation: Invocation,
    *,
    names: tuple[str, ...],
    file_a: Path | None,
    file_b: Path | None,
    target_a: str | None,
    target_b: str | None,
    fail_on: str,
    form: str,
    as_json: bool,
) -> int:
    """Compare an old side A with a new side B.

    Each is a run, `baseline`, a date, or days FROM..TO, paired by prompt; no model is asked.
    """
    found = _compared(invocation, names, (file_a, file_b), (target_a, target_b))
    tell(found, "json" if as_json else form)
    return 1 if found.fails(fail_on) else 0


def _compared(
    invocation: Invocation,
    names: tuple[str, ...],
    files: tuple[Path | None, Path | None],
    targets: tuple[str | None, str | None],
) -> "Comparison":
    from canary.analysis.compare import compare as compared

    open_ = sum(path is None for path in files)
    if len(names) != open_:
        raise UsageError(
            f"two sides are needed, {len(names) + 2 - open_} were named",
            where="compare",
            remedy="write `canary compare A B`; --file-a and --file-b stand for A and B",
        )
    sides: list[Named | None] = [None if path is None else from_file(path) for path in files]
    if names:
        with opened_store(invocation) as store:
            given = iter(names)
            sides = [side or from_store(store, next(given)) for side in sides]
    a, b = sides
    assert a is not None
    assert b is not None
    baselines = pinned_baselines(invocation) if BASELINE in names else []
    pairs = matched(a, b, [one for _, one in baselines], *targets)
    return compared(pairs, policy(invocation), a=a.label, b=b.label)


def policy(invocation: Invocation) -> "Policy":
    """As configured; without a configuration the defaults, for records that somebody just wants compared."""
    from canary.domain.incident import Policy

    named = invocation.config is not None or os.environ.get("CANARY_CONFIG")
    try:
        path: Path | None = invocation.config_path
    except ConfigurationError:
        if named:
            raise
        path = None
    if path is None:
        return Policy()
    # Imported on use: it knows everything that a run needs.
    from canary.assembly import policy_of

    return policy_of(invocation.load())


def tell(found: "Comparison", form: str) -> None:
    """Answer with a comparison: text, short, markdown or json."""
    from canary.analysis.comparison import compare_json
    from canary.analysis.telling import markdown, short_text

    if form == "json":
        answer_json(compare_json(found))
    elif form == "markdown":
        answer(markdown(found))
    else:
        answer(short_text(found) if form == "short" else _whole_text(found))


def _whole_text(found: "Comparison") -> str:
    from canary.analysis.telling import HEAD, basis, cells, flipped, headed, paid, shown

    parts = [f"Old: {shown(found.a)}   New: {shown(found.b)}"]
    for sentence, pair in headed(found):
        rows = [HEAD, *(cells(row) for row in pair.rows)]
        parts += [sentence, table(rows, right=(1, 2, 3, 4, 5))]
        parts += ["\n".join([*flipped(pair), *paid(pair), basis(pair)])]
        if any(not row.counts for row in pair.rows):
            parts.append("A verdict in brackets has no weight in the whole one.")
    return "\n\n".join(parts)


COMMANDS: Sequence[click.Command] = (compare,)
