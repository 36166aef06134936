"""init, schema."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import click

from canary.cli.invocation import answer
from canary.domain.errors import StoreError, UsageError


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=Path(), metavar="[DIR]")
def init(folder: Path) -> None:
    """Start a project in a folder.

    Writes canary.toml, a copy of the prompt set, baselines/ and reports/. Overwrites nothing.
    """
    from canary.config.prompts import shipped_prompts
    from canary.config.starter import starter_config

    config, prompts = folder / "canary.toml", folder / "prompts"
    for path in (config, prompts):
        if path.exists():
            raise UsageError("already exists", where=str(path), remedy="name another folder, or move it away")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copytree(shipped_prompts(), prompts, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("baselines", "reports"):
            (folder / name).mkdir(exist_ok=True)
        config.write_text(starter_config(), encoding="utf-8")
    except (OSError, shutil.Error) as error:
        # copytree gathers what went wrong into an error of its own, without a reason in one word.
        reason = getattr(error, "strerror", None) or "not all files could be copied"
        raise StoreError(
            f"can't be written ({reason})", where=str(folder), remedy="name another folder"
        ) from None
    answer(
        f"Wrote {config}, {prompts}/, baselines/ and reports/.\n"
        "Next: name your targets in canary.toml, set their keys in the environment, then `canary doctor`."
    )


@click.command()
@click.argument(
    "what",
    type=click.Choice(
        [
            "analyse",
            "backtest",
            "compare",
            "config",
            "drill",
            "incidents",
            "plan",
            "prompt",
            "record",
            "run",
            "status",
        ]
    ),
)
def schema(what: str) -> None:
    """Print a JSON Schema for editors."""
    from canary.cli.answers import run_schema, status_schema
    from canary.cli.compare_schemas import compare_schema
    from canary.cli.drill_schema import drill_schema
    from canary.cli.incident_schemas import analyse_schema, backtest_schema, incidents_schema
    from canary.cli.plan_answers import plan_schema
    from canary.config.schema import config_schema, prompt_schema
    from canary.exchange.trials import record_schema

    schemas = {
        "config": config_schema,
        "analyse": analyse_schema,
        "backtest": backtest_schema,
        "compare": compare_schema,
        "drill": drill_schema,
        "incidents": incidents_schema,
        "plan": plan_schema,
        "prompt": prompt_schema,
        "record": record_schema,
        "run": run_schema,
        "status": status_schema,
    }
    answer(json.dumps(schemas[what](), ensure_ascii=False, indent=2))


COMMANDS: Sequence[click.Command] = (init, schema)
