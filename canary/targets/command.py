"""Any program as a target: it reads a prompt as JSON and prints a record. The protocol is in docs/targets.md.

The program is never told the checks: what it must not know can't leak into its answer.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from canary.domain.canonical import Json
from canary.domain.errors import BudgetStop, ConfigurationError
from canary.domain.ports import Clock, Conditions, Target
from canary.domain.record import prompt_json
from canary.domain.suite import Prompt
from canary.domain.target import TargetSpec
from canary.domain.trial import Attempt, Failure, Transcript
from canary.targets import agent_cli
from canary.targets.clients import checked_key
from canary.targets.command_record import Told, read_record
from canary.targets.harness_reply import ended_early, failure_of
from canary.targets.redaction import Redactor
from canary.targets.sandbox import Limits, environment, run
from canary.targets.scratch import Scratch, scratch, scratch_root
from canary.targets.wire import without_secrets

PROTOCOL = 1
"""Version of what a command reads and prints."""

LONGEST_OUTPUT = 1 << 26
_HIDDEN = ("checks", "harness_only", "twin")


def build(spec: TargetSpec, *, api_key: str, clock: Clock, strict: bool) -> Target:
    """A target for a program of the user's own; see `registry.build_target`. `strict` has no meaning here."""
    del strict
    if not spec.harness.argv:
        raise ConfigurationError(
            "a command target needs argv",
            where=f'target "{spec.name}"',
            remedy="name the program and its arguments",
        )
    first, *rest = spec.harness.argv
    program = agent_cli.find(replace(spec, harness=replace(spec.harness, executable=first)), first)
    root = scratch_root(os.environ)
    return CommandTarget(spec=spec, argv=[program, *rest], api_key=api_key, root=root, clock=clock)


def question(spec: TargetSpec, prompt: Prompt, conditions: Conditions) -> Mapping[str, Json]:
    """What the program reads: the prompt without its checks, the target, and what it has to keep to."""
    known = {name: value for name, value in prompt_json(prompt).items() if name not in _HIDDEN}
    return {
        "schema": PROTOCOL,
        "prompt": known,
        "target": {
            "name": spec.name,
            "model": spec.model,
            "arm": spec.arm,
            "base_url": spec.base_url,
            "api_key_env": spec.api_key_env or None,
            "idle_gap_s": spec.harness.idle_gap_s,
        },
        "replicate": conditions.key.replicate,
        "pauses": conditions.pauses,
        "timeout_s": spec.timeout_s,
    }


class CommandTarget(Target):
    """A program that holds the whole conversation itself."""

    def __init__(self, *, spec: TargetSpec, argv: list[str], api_key: str, root: Path, clock: Clock) -> None:
        """Prepare; `root` is where trials have their folders.

        Raises:
            ConfigurationError: the key can't be passed on.
        """
        self._spec = spec
        self._argv = argv
        self._clock = clock
        self._root = root
        self._redactor = Redactor((api_key,))
        self._own = {spec.api_key_env: checked_key(spec, api_key)} if api_key and spec.api_key_env else {}
        self._limits = Limits(
            seconds=spec.timeout_s + (spec.harness.idle_gap_s or 0.0), output_bytes=LONGEST_OUTPUT
        )

    @property
    def spec(self) -> TargetSpec:
        """What it is."""
        return self._spec

    async def attempt(self, prompt: Prompt, conditions: Conditions) -> Transcript:
        """Run the program once; see the port for the law on errors."""
        conditions.meter.admit()
        files = prompt.environment.files if prompt.environment else {}
        try:
            with scratch(self._root, conditions.key, files) as place:
                return await self._ask(prompt, conditions, place)
        except BudgetStop:
            raise
        except Exception as error:  # noqa: BLE001 - a defect of ours is this trial's failure, not the run's end
            message = self._redactor.line(f"{type(error).__name__}: {error}")
            return Transcript(failure=Failure(kind="internal", message=message, retryable=False))

    async def close(self) -> None:
        """Nothing is held between trials."""

    async def _ask(self, prompt: Prompt, conditions: Conditions, place: Scratch) -> Transcript:
        started_at = self._clock.now()
        output = bytearray()

        def take(line: bytes, _at: float) -> bool:
            output.extend(line + b"\n")
            return True

        exit_ = await run(
            self._argv,
            env=environment(os.environ, place, self._own),
            scratch=place,
            stdin=place.stdin(json.dumps(question(self._spec, prompt, conditions), ensure_ascii=False)),
            limits=self._limits,
            clock=self._clock,
            take=take,
        )
        if exit_.ended != "exited" or exit_.status != 0:
            told = Told(failure=ended_early(exit_, self._redactor, "the command"), fingerprint={})
        else:
            told = self._pinned(read_record(bytes(output), prompt, self._redactor))
        steps = tuple(without_secrets(step, self._redactor) for step in told.steps)
        for step in steps:
            conditions.meter.count(self._spec, step)
        attempt = Attempt(started_at=started_at, latency_s=exit_.seconds, step=0, failure=told.failure)
        return Transcript(
            steps=steps,
            stop=told.stop,
            failure=told.failure,
            attempts=(attempt,),
            files=self._files(prompt, told, place),
            skipped_pauses=not conditions.pauses and any(turn.pause_s for turn in prompt.turns),
            fingerprint=self._fingerprint(told),
        )

    def _pinned(self, told: Told) -> Told:
        """Refuse an answer of another version than the pinned one: it would measure something else."""
        pinned, version = self._spec.harness.version, told.fingerprint.get("harness_version")
        if self._spec.arm != "harness-pinned" or pinned is None or version == pinned or told.failure:
            return told
        message = f"the command is version {version or 'unknown'}, the arm is pinned to {pinned}"
        failure = failure_of(message, self._redactor, kind="invalid_request")
        return replace(told, stop=None, failure=failure)

    def _files(self, prompt: Prompt, told: Told, place: Scratch) -> Mapping[str, str] | None:
        if prompt.environment is None or told.failure is not None:
            return None
        files = told.files
        if files is None:
            files, _ = place.tree(prompt.environment.files)
        return {path: str(self._redactor.scrubbed(text)) for path, text in files.items()}

    def _fingerprint(self, told: Told) -> Mapping[str, str]:
        own = {"harness": "command"}
        if self._spec.identity:
            own["identity"] = self._spec.identity
        return {**own, **told.fingerprint}
