"""`[[targets]]` -> target specifications, defaults filled in."""

from collections.abc import Mapping
from pathlib import Path
from typing import cast

from canary.config.durations import seconds
from canary.config.target_grammar import API_KEY_ENV, TargetSection, arm_of
from canary.domain.canonical import Json
from canary.domain.target import HARNESS_PROVIDERS, HarnessOptions, SpeedPromise, TargetOptions, TargetSpec

_CONCURRENCY = 16
_HARNESS_CONCURRENCY = 4
"""An agent CLI is a process of hundreds of megabytes, not a connection."""
_IDLE_GAP = "65m"
"""Just beyond the hour after which sessions are known to be treated as idle."""


def target_spec(section: TargetSection, folder: Path) -> TargetSpec:
    """The target a section declares, in a file of this folder."""
    arm = arm_of(section)
    is_harness = section.provider in HARNESS_PROVIDERS
    idle_gap = section.idle_gap or _IDLE_GAP
    return TargetSpec(
        name=section.name,
        provider=section.provider,
        model=section.model,
        base_url=section.base_url,
        api_key_env=API_KEY_ENV[section.provider] if section.api_key_env is None else section.api_key_env,
        arm=arm,
        twins=section.twins,
        options=_options(section),
        harness=HarnessOptions(
            executable=section.executable,
            version=section.version,
            idle_gap_s=seconds(idle_gap) if arm == "harness-resumed" else None,
            max_turns=section.max_turns,
            max_usd=section.max_usd,
            argv=tuple(section.argv or ()),
            folder=str(folder) if is_harness else None,
        ),
        identity=section.identity,
        concurrency=section.concurrency or (_HARNESS_CONCURRENCY if is_harness else _CONCURRENCY),
        timeout_s=seconds(section.timeout),
        max_attempts=section.max_attempts,
        promise=None
        if section.promised_speed is None
        else SpeedPromise(tokens_per_s=section.promised_speed, share=section.promised_share),
    )


def _options(section: TargetSection) -> TargetOptions:
    return TargetOptions(
        effort=section.effort,
        thinking=cast("str | Mapping[str, Json] | None", section.thinking),
        speed=section.speed,
        service_tier=section.service_tier,
        task_budget=section.task_budget,
        verbosity=section.verbosity,
        max_output_tokens=section.max_output_tokens,
        extra_headers=section.extra_headers,
        extra_body=section.extra_body,
        settings=section.settings,
    )
