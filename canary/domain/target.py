"""A target: one system under watch, and what makes it the same system tomorrow."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from canary.domain.canonical import Json, digest

Provider: TypeAlias = Literal["anthropic", "openai", "openai-chat", "claude-code", "codex", "command"]
Arm: TypeAlias = Literal["api", "api-defaults", "harness", "harness-pinned", "harness-resumed"]

HARNESS_PROVIDERS = frozenset({"claude-code", "codex", "command"})


@dataclass(frozen=True, kw_only=True, slots=True)
class PriceOverride:
    """Prices set by hand for one model, in USD per million tokens.

    Attributes:
        input: uncached input; also charged for cached input where no cache price is given.
        output: output, reasoning included.
        cache_read: input read from cache.
        cache_write: input written to cache.
    """

    input: float
    output: float
    cache_read: float | None = None
    cache_write: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class TargetOptions:
    """Options that change what the system answers; all of them are part of its identity. None = not sent.

    Attributes:
        effort: reasoning effort, in the provider's own words.
        thinking: thinking mode, in the provider's own words.
        speed: speed mode, in the provider's own words.
        service_tier: requested tier.
        task_budget: tokens the model is told it may spend on a task.
        verbosity: requested verbosity.
        max_output_tokens: cap on an answer, reasoning included, where the prompt sets none.
        extra_headers: header -> value, sent as they are.
        extra_body: merged into the request body.
        settings: harness settings.
        appended_system: text added after the prompt's system text; set by positive controls alone.
    """

    effort: str | None = None
    thinking: str | Mapping[str, Json] | None = None
    speed: str | None = None
    service_tier: str | None = None
    task_budget: int | None = None
    verbosity: str | None = None
    max_output_tokens: int | None = None
    extra_headers: Mapping[str, str] = field(default_factory=dict)
    extra_body: Mapping[str, Json] = field(default_factory=dict)
    settings: Mapping[str, Json] = field(default_factory=dict)
    appended_system: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class HarnessOptions:
    """How an agent CLI is run. None = its own default.

    Attributes:
        executable: its program; None = found on PATH by its usual name.
        version: the version that the arm `harness-pinned` is pinned to.
        idle_gap_s: seconds of silence before the arm `harness-resumed` resumes its session.
        max_turns: model turns it may take.
        max_usd: USD it may spend on one trial.
        argv: program and arguments of a `command` target; () elsewhere.
        folder: where a program given as a relative path lies; None = the working directory.
    """

    executable: str | None = None
    version: str | None = None
    idle_gap_s: float | None = None
    max_turns: int | None = None
    max_usd: float | None = None
    argv: tuple[str, ...] = ()
    folder: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SpeedPromise:
    """What a tier promises of its speed. It is held against what was measured, and shapes no answer.

    Attributes:
        tokens_per_s: the floor: output tokens a second.
        share: of calls that are to reach it, 0..1.
    """

    tokens_per_s: float
    share: float


@dataclass(frozen=True, kw_only=True)
class TargetSpec:
    """One system under watch.

    Attributes:
        name: unique in a configuration, `[a-z0-9][a-z0-9._-]*`.
        provider: which protocol or harness.
        model: the requested model.
        base_url: where it is served; None = the provider's own address.
        api_key_env: environment variable that holds the key; "" = the endpoint takes none.
        arm: its place in a twin group.
        twins: name of its twin group; None = none.
        options: what else shapes its answers.
        harness: how its agent CLI is run; without meaning for raw APIs.
        identity: label of the account in use, to tell sticky routing from a change; None = not labelled.
        concurrency: trials in flight at once.
        timeout_s: seconds one request may take.
        max_attempts: requests sent for one answer, the first included.
        promise: the speed its tier promises; None = none stated.
    """

    name: str
    provider: Provider
    model: str
    base_url: str | None = None
    api_key_env: str = ""
    arm: Arm = "api"
    twins: str | None = None
    options: TargetOptions = TargetOptions()
    harness: HarnessOptions = HarnessOptions()
    identity: str | None = None
    concurrency: int = 16
    timeout_s: float = 600.0
    max_attempts: int = 4
    promise: SpeedPromise | None = None

    @property
    def host(self) -> str:
        """Host part of the base URL (with its port, where one is given), or `default`."""
        if self.base_url is None:
            return "default"
        parts = urlsplit(self.base_url)
        return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)

    @property
    def is_harness(self) -> bool:
        """Whether an agent CLI drives the conversation, instead of us."""
        return self.provider in HARNESS_PROVIDERS

    @cached_property
    def identity_digest(self) -> str:
        """Digest of provider, host, model, options and arm: a series never crosses a change of it.

        Header values are digested, never kept: they may hold a credential. Of an agent CLI its limits count, and not
        where its program lies or which version is pinned: a change of those is known by the fingerprint.
        """
        o, h = self.options, self.harness
        limits = {
            "idle_gap_s": h.idle_gap_s,
            "max_turns": h.max_turns,
            "max_usd": h.max_usd,
            "argv": list(h.argv),
        }
        return digest(
            {
                "provider": self.provider,
                "host": self.host,
                "model": self.model,
                "arm": self.arm,
                "effort": o.effort,
                "thinking": o.thinking,
                "speed": o.speed,
                "service_tier": o.service_tier,
                "task_budget": o.task_budget,
                "verbosity": o.verbosity,
                "max_output_tokens": o.max_output_tokens,
                "extra_headers": dict(o.extra_headers),
                "extra_body": dict(o.extra_body),
                "settings": dict(o.settings),
                **({"harness": limits} if self.is_harness else {}),
                **({"appended_system": o.appended_system} if o.appended_system else {}),
            }
        )
