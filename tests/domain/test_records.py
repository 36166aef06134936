"""Records, digests and errors: what others build on keeps its meaning."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canary.domain.canonical import canonical_json, digest
from canary.domain.environment import BUILT_IN_TOOLS, EDITING_TOOLS, READING_TOOLS
from canary.domain.errors import (
    BudgetStop,
    CanaryError,
    ConfigurationError,
    IncompleteRun,
    RecordError,
    Stopped,
    StoreError,
    UsageError,
    exit_status,
    worst,
)
from canary.domain.record import (
    moment_from_text,
    moment_text,
    prompt_from_json,
    prompt_json,
    step_from_json,
    steps_json,
    trial_from_record,
    trial_record,
)
from canary.domain.series import METRICS, metric
from canary.domain.suite import (
    CheckSpec,
    EnvironmentSpec,
    Example,
    ExampleStep,
    Prompt,
    Suite,
    ToolTest,
    Turn,
)
from canary.domain.target import TargetOptions, TargetSpec
from canary.domain.trial import Step, ToolCall, ToolResult, Trial, Usage

PROMPT = Prompt(
    id="p/one-01",
    family="p",
    system="Be brief.",
    turns=(Turn(user="hi"), Turn(user="again", pause_s=60.0)),
    environment=EnvironmentSpec(
        files={"a": "b"}, tools=("read_file",), tests=(ToolTest(name="t", path="a", pattern="b"),)
    ),
    checks=(CheckSpec(name="words", params={"at_most": 3}, sentence="has at most 3 words"),),
    max_output_tokens=100,
)
SPEC = TargetSpec(name="t", provider="openai-chat", model="m", base_url="https://Example.COM:8443/v1")

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(json_values)
def test_equal_values_have_one_spelling_and_one_digest(value: object) -> None:
    assert digest(value) == digest(value)  # type: ignore[arg-type]
    assert len(digest(value)) == 16  # type: ignore[arg-type]


def test_the_order_of_keys_does_not_matter_and_nan_is_refused() -> None:
    assert canonical_json({"b": 1, "a": 2}) == canonical_json({"a": 2, "b": 1}) == '{"a":2,"b":1}'
    with pytest.raises(ValueError, match="JSON compliant"):
        canonical_json(float("nan"))


CHANGES = [
    replace(PROMPT, system="Be long."),
    replace(PROMPT, turns=(Turn(user="hi"),)),
    replace(PROMPT, turns=(Turn(user="hi"), Turn(user="again"))),
    replace(PROMPT, environment=None),
    replace(PROMPT, environment=replace(PROMPT.environment or EnvironmentSpec(), max_calls=1)),
    replace(PROMPT, environment=replace(PROMPT.environment or EnvironmentSpec(), tests=())),
    replace(PROMPT, checks=(replace(PROMPT.checks[0], version=2),)),
    replace(PROMPT, checks=(replace(PROMPT.checks[0], params={"at_most": 4}),)),
    replace(PROMPT, checks=(replace(PROMPT.checks[0], on="each"),)),
    replace(PROMPT, max_output_tokens=101),
]


def test_everything_that_shapes_an_answer_or_its_verdict_is_in_the_digest() -> None:
    digests = {prompt.digest for prompt in (PROMPT, *CHANGES)}
    assert len(digests) == len(CHANGES) + 1


@pytest.mark.parametrize(
    "edited",
    [
        replace(PROMPT, passing=(Example(steps=(ExampleStep(text="x"),)),)),
        replace(PROMPT, checks=(replace(PROMPT.checks[0], sentence="other words"),)),
        replace(PROMPT, twin="p/two-01"),
    ],
)
def test_what_shapes_no_measurement_is_not(edited: Prompt) -> None:
    assert edited.digest == PROMPT.digest


def test_a_suite_is_its_prompts_in_any_order() -> None:
    other = replace(PROMPT, id="p/two-01", system=None)
    assert Suite(prompts=(PROMPT, other)).digest == Suite(prompts=(other, PROMPT)).digest
    assert Suite(prompts=(PROMPT,)).digest != Suite(prompts=(other,)).digest


def test_a_prompt_survives_its_snapshot() -> None:
    assert prompt_from_json(prompt_json(PROMPT)) == PROMPT
    assert prompt_from_json(prompt_json(PROMPT)).digest == PROMPT.digest


def test_a_host_is_named_by_its_base_url() -> None:
    assert SPEC.host == "example.com:8443"
    assert replace(SPEC, base_url="https://example.com/v1").host == "example.com"
    assert replace(SPEC, base_url=None).host == "default"


@pytest.mark.parametrize(
    "other",
    [
        replace(SPEC, provider="openai"),
        replace(SPEC, base_url="https://other.example/v1"),
        replace(SPEC, model="n"),
        replace(SPEC, arm="api-defaults"),
        replace(SPEC, options=TargetOptions(effort="high")),
        replace(SPEC, options=TargetOptions(extra_headers={"a": "b"})),
    ],
)
def test_provider_host_model_options_and_arm_make_the_identity(other: TargetSpec) -> None:
    assert other.identity_digest != SPEC.identity_digest


def test_a_name_or_a_limit_of_ours_does_not() -> None:
    assert replace(SPEC, name="u", concurrency=3, max_attempts=1).identity_digest == SPEC.identity_digest


def test_what_was_not_measured_stays_not_measured_in_a_sum() -> None:
    known = Usage(
        input_tokens=1, output_tokens=2, cache_read_tokens=3, cache_write_tokens=4, reasoning_tokens=1
    )
    assert (known + known).total_tokens == 20
    assert (known + Usage(output_tokens=1)).input_tokens is None
    assert Usage(output_tokens=1).total_tokens is None


def trial(**fields: object) -> Trial:
    base: dict[str, object] = {
        "run": "r",
        "run_day": date(2026, 3, 1),
        "started_at": datetime(2026, 3, 2, 0, 1, tzinfo=UTC),
        "target": "t",
        "prompt": "p/one-01",
        "replicate": 0,
        "outcome": "graded",
    }
    return Trial(**(base | fields))  # type: ignore[arg-type]


def test_a_record_leaves_out_what_was_not_measured() -> None:
    record = trial_record(trial())
    assert record == {
        "schema": 1,
        "run": "r",
        "run_day": "2026-03-01",
        "trigger": "schedule",
        "started_at": "2026-03-02T00:01:00Z",
        "target": "t",
        "prompt": "p/one-01",
        "replicate": 0,
        "outcome": "graded",
    }


def test_a_trial_that_crossed_midnight_keeps_its_day_and_one_without_a_day_gets_that_of_its_start() -> None:
    record = trial_record(trial())
    assert trial_from_record(record) == trial()
    del record["run_day"]
    assert trial_from_record(record).run_day == date(2026, 3, 2)


def test_moments_are_utc_and_need_an_offset() -> None:
    berlin = datetime(2026, 3, 1, 1, 0, tzinfo=timezone(timedelta(hours=1)))
    assert moment_text(berlin) == "2026-03-01T00:00:00Z"
    assert moment_from_text("2026-03-01T01:00:00+01:00") == berlin
    with pytest.raises(ValueError, match="no offset"):
        moment_from_text("2026-03-01T01:00:00")


def test_replies_survive_their_snapshot() -> None:
    call = ToolCall(
        id="c",
        name="f",
        arguments=None,
        arguments_text="{",
        result=ToolResult(text="no", error=True, invalid="not_json"),
    )
    step = Step(
        turn=1,
        text="a",
        tool_calls=(call,),
        stop="tool_use",
        usage=Usage(input_tokens=1),
        raw_usage={"input": {"deep": [1]}},
        native=({"type": "thinking", "signature": "s"},),
        flags=("unknown_block:x",),
    )
    assert step_from_json(steps_json([step])[0]) == step  # type: ignore[arg-type]


def test_an_error_says_where_what_and_the_remedy() -> None:
    error = ConfigurationError("unknown key", where="canary.toml: suite", remedy="remove it")
    assert str(error) == "canary.toml: suite: unknown key; remove it"
    assert str(CanaryError("it broke")) == "it broke"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("x"), 2),
        (ConfigurationError("x"), 2),
        (RecordError("x"), 2),
        (IncompleteRun("x"), 3),
        (StoreError("x"), 4),
        (BudgetStop("x"), 5),
        (Stopped(2, "x"), 130),
        (Stopped(15, "x"), 143),
    ],
)
def test_each_kind_of_error_knows_its_exit_code(error: CanaryError, code: int) -> None:
    assert exit_status(error) == code


@pytest.mark.parametrize(
    ("codes", "told"), [([], 0), ([1], 1), ([3, 1], 3), ([1, 3, 5], 5), ([5, 4, 3], 4), ([3, 4, 2], 2)]
)
def test_of_several_codes_the_gravest_is_told(codes: list[int], told: int) -> None:
    assert worst(codes) == told


def test_every_metric_is_found_by_its_name_and_phrase_rates_by_their_family() -> None:
    assert all(metric(name).name == name for name in METRICS)
    assert metric("phrase_rate.farewell").bad == "up"
    with pytest.raises(KeyError):
        metric("passrate")


def test_reading_and_editing_tools_exist() -> None:
    assert set(BUILT_IN_TOOLS) >= READING_TOOLS | EDITING_TOOLS
