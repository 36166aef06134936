"""The grammar of `[[targets]]`: which keys a target may have, and which of them go together."""

from collections.abc import Mapping
from typing import Self

from pydantic import Field, JsonValue, model_validator

from canary.config.config_values import BaseUrl, FileName, HeaderName, HeaderValue, Line, Mode, Name, Variable
from canary.config.durations import Duration
from canary.config.problems import Section, refusal
from canary.domain.target import HARNESS_PROVIDERS, Arm, Provider

RAW_PROVIDERS = frozenset({"anthropic", "openai", "openai-chat"})
_CODING_CLIS = frozenset({"claude-code", "codex"})

API_KEY_ENV: Mapping[Provider, str] = {
    "anthropic": "ANTHROPIC_API_KEY",
    "openai": "OPENAI_API_KEY",
    "openai-chat": "OPENAI_API_KEY",
    "claude-code": "ANTHROPIC_API_KEY",
    "codex": "OPENAI_API_KEY",
    "command": "",
}
"""Which environment variable holds the key where the file names none."""

PROVIDERS_OF: Mapping[str, frozenset[str]] = {
    "effort": RAW_PROVIDERS | _CODING_CLIS,
    "thinking": frozenset({"anthropic", "openai"}),
    "speed": frozenset({"anthropic"}),
    "service_tier": RAW_PROVIDERS,
    "task_budget": frozenset({"anthropic"}),
    "verbosity": frozenset({"openai", "openai-chat", "codex"}),
    "max_output_tokens": RAW_PROVIDERS,
    "extra_headers": RAW_PROVIDERS,
    "extra_body": RAW_PROVIDERS,
    "executable": _CODING_CLIS,
    "version": HARNESS_PROVIDERS,
    "settings": _CODING_CLIS,
    "idle_gap": HARNESS_PROVIDERS,
    "max_turns": _CODING_CLIS,
    "max_usd": _CODING_CLIS,
    "argv": frozenset({"command"}),
    "promised_speed": RAW_PROVIDERS | {"claude-code"},
    "promised_share": RAW_PROVIDERS | {"claude-code"},
}
"""Keys that only some providers know. A key that would be left unheard is refused: it would look like it was tried."""

PINNED_BY = frozenset({"effort", "thinking", "speed", "task_budget", "verbosity"})
"""Keys that the arm `api-defaults` exists to leave alone."""
_ARM_OF: Mapping[str, str] = {"version": "harness-pinned", "idle_gap": "harness-resumed"}


class TargetSection(Section):
    """One system under watch."""

    name: Name = Field(description="Its name in records, pages and commands; unique.")
    provider: Provider = Field(description="Which protocol or agent CLI.")
    model: Line = Field(description="The model asked for.")
    base_url: BaseUrl | None = Field(
        None, description="Where it is served; absent = the provider's own address."
    )
    api_key_env: Variable | None = Field(
        None,
        description='Environment variable that holds the key; "" = the endpoint takes none. '
        "Absent: ANTHROPIC_API_KEY or OPENAI_API_KEY by provider, none for a command.",
    )
    arm: Arm | None = Field(
        None, description="Its place in a twin group. Absent: api, or harness for an agent CLI."
    )
    twins: Name | None = Field(None, description="Name of its twin group: the same model by another way.")
    identity: Line | None = Field(None, description="Label of the account in use.")
    concurrency: int | None = Field(
        None, ge=1, le=32, description="Trials in flight at once. Absent: 16, for agent CLIs 4."
    )
    timeout: Duration = Field("10m", description="How long one request may take.")
    max_attempts: int = Field(4, ge=1, le=10, description="Requests sent for one answer, the first included.")
    effort: Line | None = Field(None, description="Reasoning effort, in the provider's words.")
    thinking: Mode | None = Field(None, description="Thinking mode, in the provider's words.")
    speed: Line | None = Field(None, description="Speed mode, in the provider's words.")
    service_tier: Line | None = Field(None, description="Requested service tier, in the provider's words.")
    task_budget: int | None = Field(
        None, ge=1, le=10**9, description="Tokens the model is told it may spend on a task."
    )
    verbosity: Line | None = Field(None, description="Requested verbosity, in the provider's words.")
    max_output_tokens: int | None = Field(
        None,
        ge=1,
        le=10_000_000,
        description="Cap on an answer, reasoning included, where the prompt sets none.",
    )
    extra_headers: dict[HeaderName, HeaderValue] = Field(
        default_factory=dict, description="Headers sent as they are; no credentials."
    )
    extra_body: dict[str, JsonValue] = Field(
        default_factory=dict, description="Merged into the request body."
    )
    executable: FileName | None = Field(
        None, description="The agent CLI's program; a name alone, or none, is looked for on PATH."
    )
    version: Line | None = Field(None, description="The CLI version the arm harness-pinned is pinned to.")
    settings: dict[str, JsonValue] = Field(default_factory=dict, description="The agent CLI's own settings.")
    idle_gap: Duration | None = Field(
        None, description="Silence before the arm harness-resumed resumes. Absent: 65m."
    )
    max_turns: int | None = Field(None, ge=1, le=1000, description="Model turns an agent CLI may take.")
    max_usd: float | None = Field(
        None, gt=0, le=10_000, description="USD an agent CLI may spend on one trial."
    )
    argv: list[Line] | None = Field(
        None,
        min_length=1,
        description="Program and arguments of a command target. The program is found as executable is; "
        "arguments are passed as they stand.",
    )

    promised_speed: float | None = Field(
        None,
        gt=0,
        le=10**6,
        description="Output tokens a second that the tier promises; run pages say what share of calls reached it.",
    )
    promised_share: float = Field(
        0.99, gt=0, lt=1, description="Share of calls that are promised to reach promised_speed."
    )

    @model_validator(mode="after")
    def _keys_fit_the_provider(self) -> Self:
        for key in self.model_fields_set & PROVIDERS_OF.keys():
            if self.provider not in PROVIDERS_OF[key]:
                known = ", ".join(sorted(PROVIDERS_OF[key]))
                raise refusal(
                    f"is no key of {self.provider} targets", f"remove it; it is known to {known}", at=(key,)
                )
        if self.provider == "command" and self.argv is None:
            raise refusal("is missing", "name the program and its arguments", at=("argv",))
        if "promised_share" in self.model_fields_set and self.promised_speed is None:
            raise refusal("says nothing alone", "add promised_speed, or remove it", at=("promised_share",))
        return self

    @model_validator(mode="after")
    def _arm_fits_the_provider(self) -> Self:
        arm, is_harness = self.arm, self.provider in HARNESS_PROVIDERS
        if arm is not None and arm.startswith("harness") != is_harness:
            fitting = "harness, harness-pinned or harness-resumed" if is_harness else "api or api-defaults"
            raise refusal(f"is no arm of {self.provider} targets", f"write {fitting}", at=("arm",))
        return self

    @model_validator(mode="after")
    def _keys_fit_the_arm(self) -> Self:
        for key, arm in _ARM_OF.items():
            if key in self.model_fields_set and arm_of(self) != arm:
                raise refusal(f"is a key of the arm {arm} only", "remove it, or change the arm", at=(key,))
        if self.arm == "harness-pinned" and self.version is None:
            raise refusal("is missing", "name the version to pin, as the CLI reports it", at=("version",))
        for key in sorted(self.model_fields_set & PINNED_BY) if self.arm == "api-defaults" else ():
            raise refusal(
                "would change what the arm api-defaults watches", "remove it, or change the arm", at=(key,)
            )
        return self


def arm_of(target: TargetSection) -> Arm:
    """The target's arm, or the one its provider has where the file names none."""
    return target.arm or ("harness" if target.provider in HARNESS_PROVIDERS else "api")
