"""Pinned baselines as files: `<target>@<suite digest>.json`, sorted keys, six significant digits, so that a diff reads.

Pinning the same records twice gives the same bytes. Nobody but a person writes one: `canary baseline pin`.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from canary.domain.baseline import Baseline, DayNoise, Figure, PinnedPrompt
from canary.domain.canonical import Json
from canary.domain.errors import ConfigurationError, StoreError

SCHEMA = 1
DIGITS = 6
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def baseline_file(folder: Path, baseline: Baseline) -> Path:
    """Where a baseline is kept.

    Raises:
        ConfigurationError: the target's name is no file name.
    """
    if not _NAME.fullmatch(baseline.target):
        raise ConfigurationError(
            f"a baseline is named for its target, and {baseline.target!r} is no file name",
            remedy="rename the target to letters, digits, dots, dashes and underscores",
        )
    return folder / f"{baseline.target}@{baseline.suite}.json"


def write_baseline(folder: Path, baseline: Baseline) -> Path:
    """Keep a baseline; it appears whole, in the place of an earlier one of its target and suite.

    Raises:
        ConfigurationError: the target's name is no file name.
        StoreError: the file can't be written.
    """
    path = baseline_file(folder, baseline)
    partial = path.with_name(f".{path.name}.part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        partial.write_text(f"{laid_out(baseline_json(baseline))}\n", encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise StoreError(f"can't be written ({error.strerror})", where=str(path)) from None
    finally:
        partial.unlink(missing_ok=True)
    return path


def read_baselines(folder: Path, target: str | None = None) -> Sequence[tuple[Path, Baseline]]:
    """Pinned baselines by file name; of one target where one is named.

    Raises:
        ConfigurationError: a file is no baseline.
    """
    paths = sorted(path for path in folder.glob("*@*.json") if not path.name.startswith("."))
    wanted = [path for path in paths if target is None or path.name.rpartition("@")[0] == target]
    return [(path, read_baseline(path)) for path in wanted]


def read_baseline(path: Path) -> Baseline:
    """One pinned baseline.

    Raises:
        ConfigurationError: the file can't be read, or is none.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["schema"] != SCHEMA:
            raise ConfigurationError(
                f"is of schema {data['schema']}, this canary reads {SCHEMA}",
                where=str(path),
                remedy="pin it again with `canary baseline pin`",
            )
        return _baseline(data)
    except OSError as error:
        raise ConfigurationError(f"can't be read ({error.strerror})", where=str(path)) from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ConfigurationError(
            "is no pinned baseline", where=str(path), remedy="pin it again with `canary baseline pin`"
        ) from None


def baseline_json(baseline: Baseline) -> Mapping[str, Json]:
    """A baseline as plain JSON, numbers rounded."""
    return {
        "schema": SCHEMA,
        "target": baseline.target,
        "suite": baseline.suite,
        "first_day": baseline.first_day.isoformat(),
        "last_day": baseline.last_day.isoformat(),
        "days": baseline.days,
        "trials": baseline.trials,
        "graded": baseline.graded,
        "levels": {name: _rounded(level) for name, level in baseline.levels.items()},
        "noise": {
            name: {"days": n.days, "sd": _rounded(n.sd), "sampling_sd": _rounded(n.sampling_sd)}
            for name, n in baseline.noise.items()
        },
        "names": baseline.names,
        "prompts": {one.prompt: _prompt_json(one) for one in baseline.prompts},
    }


def _prompt_json(one: PinnedPrompt) -> Json:
    return {
        "digest": one.digest,
        "family": one.family,
        "input_tokens": None if one.input_tokens is None else _rounded(one.input_tokens),
        "figures": {
            name: {"n": figure.n, "mean": _rounded(figure.mean), "sd": _rounded(figure.sd)}
            for name, figure in one.figures.items()
        },
    }


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def laid_out(value: Json, indent: int = 0) -> str:
    """JSON with sorted keys in which a figure is one line: where it changes, that line changes."""
    if not isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    plain = not any(isinstance(item, Mapping) for item in value.values())
    parts = [
        f"{json.dumps(key, ensure_ascii=False)}: {laid_out(value[key], indent + 1)}" for key in sorted(value)
    ]
    if plain and indent > 1:
        return "{" + ", ".join(parts) + "}"
    pad = " " * (indent + 1)
    return "{\n" + ",\n".join(f"{pad}{part}" for part in parts) + f"\n{' ' * indent}}}"


def _baseline(data: Mapping[str, Any]) -> Baseline:
    return Baseline(
        target=str(data["target"]),
        suite=str(data["suite"]),
        first_day=date.fromisoformat(data["first_day"]),
        last_day=date.fromisoformat(data["last_day"]),
        days=int(data["days"]),
        trials=int(data["trials"]),
        graded=int(data["graded"]),
        levels={name: float(level) for name, level in data["levels"].items()},
        noise={name: DayNoise(**one) for name, one in data["noise"].items()},
        names={name: dict(known) for name, known in data["names"].items()},
        prompts=tuple(_prompt(name, one) for name, one in sorted(data["prompts"].items())),
    )


def _prompt(name: str, data: Mapping[str, Any]) -> PinnedPrompt:
    fixed = data["input_tokens"]
    return PinnedPrompt(
        prompt=name,
        digest=str(data["digest"]),
        family=str(data["family"]),
        input_tokens=None if fixed is None else float(fixed),
        figures={metric: Figure(**figure) for metric, figure in data["figures"].items()},
    )
