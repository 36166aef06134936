"""The laws every raw-API target keeps, each told once and held over the wire, with the SDKs' strict validation on."""

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import anthropic
import openai
import pytest
from anthropic.types import message_create_params
from anthropic.types.beta import message_create_params as beta_message_create_params
from openai.types.chat import completion_create_params
from openai.types.responses import response_create_params

from canary.domain.errors import BudgetStop
from canary.domain.suite import Turn
from canary.domain.target import TargetOptions
from canary.domain.trial import Usage
from tests.fakes import FakeMeter
from tests.targets.dialects import DIALECTS, FULL, Call, Dialect, Speech, calling
from tests.targets.request_types import problems
from tests.targets.scripted_server import Answer, Request, ScriptedServer, error, stream
from tests.targets.talk import KEY, TOOLS, Setting, conditions, prompt, talk, target

every_dialect = pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.provider)

REQUEST_TYPES: Mapping[tuple[str, bool], Any] = {
    ("/v1/messages", False): message_create_params.MessageCreateParamsStreaming,
    ("/v1/messages", True): beta_message_create_params.MessageCreateParamsStreaming,
    ("/v1/responses", False): response_create_params.ResponseCreateParamsStreaming,
    ("/v1/chat/completions", False): completion_create_params.CompletionCreateParamsStreaming,
}
ALL_OPTIONS = {
    "anthropic": TargetOptions(
        effort="xhigh",
        thinking="adaptive",
        speed="fast",
        service_tier="auto",
        task_budget=20_000,
        max_output_tokens=900,
    ),
    "openai": TargetOptions(
        effort="high", thinking="auto", service_tier="flex", verbosity="low", max_output_tokens=900
    ),
    "openai-chat": TargetOptions(effort="high", service_tier="flex", verbosity="low", max_output_tokens=900),
}
LOOP = prompt("What is the weather in Oslo?", "And in Bergen?", system="Be brief.", environment=TOOLS)
OSLO = Call(id="call_a", name="get_weather", arguments='{"city": "Oslo"}')
READ = Call(id="call_b", name="read_file", arguments='{"path": "notes.txt"}')


def said(dialect: Dialect, speech: Speech | None = None) -> Answer:
    """A whole answer."""
    return stream(dialect.chunks(speech or Speech()), headers={dialect.request_id_header: "req_1"})


def assert_valid(requests: list[Request]) -> None:
    """Every request is what the SDK's own types allow, and nothing more."""
    assert requests
    for request in requests:
        kind = REQUEST_TYPES[request.path, "anthropic-beta" in request.headers]
        assert problems(request.body, kind) == []


@every_dialect
async def test_every_request_of_a_conversation_is_valid_by_the_sdks_own_types(dialect: Dialect) -> None:
    # Reasoning beside the content is a host's own field in Chat Completions, which OpenAI's types don't have.
    thoughtful = replace(FULL, reasoning="") if dialect.provider == "openai-chat" else FULL
    answers = (calling(OSLO, READ), thoughtful, calling(replace(OSLO, id="call_c")), Speech())
    done = await talk(
        dialect,
        *(said(dialect, speech) for speech in answers),
        prompt=LOOP,
        options=ALL_OPTIONS[dialect.provider],
    )
    assert done.transcript.failure is None
    assert len(done.requests) == 4
    assert_valid(done.requests)


@every_dialect
async def test_a_plain_prompt_sends_no_option_that_nobody_set(dialect: Dialect) -> None:
    done = await talk(dialect, said(dialect))
    assert_valid(done.requests)
    always = {"model", "stream", "max_tokens", "messages", "input", "store", "include", "stream_options"}
    assert set(done.bodies[0]) <= always
    assert done.bodies[0]["stream"] is True
    assert done.requests[0].path == dialect.path


@every_dialect
async def test_a_reply_is_read_whole(dialect: Dialect) -> None:
    done = await talk(dialect, said(dialect, FULL))
    (step,) = done.transcript.steps
    assert (step.text, step.stop, step.turn) == ("Hello there.", "end", 0)
    assert step.served_model == "served-model-1"
    assert step.service_tier == "priority"
    assert step.request_id == "req_1"
    assert step.flags == ()
    assert done.transcript.stop == "end"
    assert done.transcript.files is None


@every_dialect
async def test_billed_input_excludes_what_the_cache_gave_or_took(dialect: Dialect) -> None:
    done = await talk(dialect, said(dialect, FULL))
    assert done.transcript.usage == Usage(
        input_tokens=11, cache_read_tokens=5, cache_write_tokens=3, output_tokens=40, reasoning_tokens=17
    )
    assert done.transcript.steps[0].raw_usage is not None


def _told(dialect: Dialect, body: Any) -> dict[str, str]:
    """Tool results of a request, by the id of the call they answer."""
    if dialect.provider == "anthropic":
        results = body["messages"][-1]["content"]
        return {item["tool_use_id"]: item["content"] for item in results}
    if dialect.provider == "openai":
        return {i["call_id"]: i["output"] for i in body["input"] if i["type"] == "function_call_output"}
    return {item["tool_call_id"]: item["content"] for item in body["messages"] if item["role"] == "tool"}


@every_dialect
async def test_tool_calls_are_answered_and_their_results_reach_the_model(dialect: Dialect) -> None:
    write = Call(id="call_w", name="write_file", arguments='{"path": "new.txt", "text": "two"}')
    done = await talk(
        dialect,
        said(dialect, calling(OSLO, write)),
        said(dialect),
        prompt=prompt(environment=TOOLS),
    )
    calls = done.transcript.steps[0].tool_calls
    assert [(call.id, call.name, call.arguments) for call in calls] == [
        ("call_a", "get_weather", {"city": "Oslo"}),
        ("call_w", "write_file", {"path": "new.txt", "text": "two"}),
    ]
    assert [call.result.text for call in calls if call.result] == ['{"sky": "clear"}', "wrote new.txt"]
    assert done.transcript.steps[0].stop == "tool_use"
    assert done.transcript.files == {"notes.txt": "one\n", "new.txt": "two"}
    assert _told(dialect, done.bodies[1]) == {"call_a": '{"sky": "clear"}', "call_w": "wrote new.txt"}


@every_dialect
@pytest.mark.parametrize("written", ["{not json", "[1, 2]", '{"city": NaN}', '"Oslo"'])
async def test_arguments_that_are_no_object_are_kept_as_text_and_told_to_the_model(
    dialect: Dialect, written: str
) -> None:
    done = await talk(
        dialect,
        said(dialect, calling(replace(OSLO, arguments=written))),
        said(dialect),
        prompt=prompt(environment=TOOLS),
    )
    (call,) = done.transcript.steps[0].tool_calls
    assert (call.arguments, call.arguments_text) == (None, written)
    assert call.result is not None
    assert call.result.invalid == "not_json"
    assert_valid(done.requests)
    assert "arguments are not a JSON object" in json.dumps(done.bodies[1])


@every_dialect
async def test_a_later_turn_is_asked_with_everything_said_before(dialect: Dialect) -> None:
    done = await talk(dialect, said(dialect), said(dialect), prompt=prompt("First?", "Second?"))
    assert [step.turn for step in done.transcript.steps] == [0, 1]
    history = json.dumps(done.bodies[1])
    assert history.index("First?") < history.index("Hello there.") < history.index("Second?")
    assert_valid(done.requests)


def _reasoning_sent_back(dialect: Dialect, body: Any) -> Any:
    if dialect.provider == "anthropic":
        return body["messages"][1]["content"][0]
    return body["input"][1] if dialect.provider == "openai" else body["messages"][1]["reasoning_content"]


@every_dialect
async def test_reasoning_goes_back_unchanged_with_its_seal(dialect: Dialect) -> None:
    speech = replace(calling(OSLO), reasoning="Oslo, then. \u2603", seal="c2lnbmVkPT0", reasoned=9)
    done = await talk(
        dialect, said(dialect, speech), said(dialect, speech), said(dialect), prompt=prompt(environment=TOOLS)
    )
    expected = {
        "anthropic": {"type": "thinking", "thinking": "Oslo, then. \u2603", "signature": "c2lnbmVkPT0"},
        "openai": {
            "type": "reasoning",
            "id": "rs_1",
            "summary": [{"type": "summary_text", "text": "Oslo, then. \u2603"}],
            "encrypted_content": "c2lnbmVkPT0",
        },
        "openai-chat": "Oslo, then. \u2603",
    }
    for body in done.bodies[1:]:
        assert _reasoning_sent_back(dialect, body) == expected[dialect.provider]


@every_dialect
async def test_a_refusal_is_an_answer_and_ends_the_conversation(dialect: Dialect) -> None:
    done = await talk(
        dialect, said(dialect, replace(Speech(), stop="refusal")), prompt=prompt("First?", "Second?")
    )
    assert done.transcript.failure is None
    assert done.transcript.refused
    assert (done.transcript.stop, len(done.requests)) == ("refusal", 1)
    assert done.transcript.final_text == "Hello there."


@every_dialect
async def test_an_answer_cut_by_its_token_limit_is_an_answer(dialect: Dialect) -> None:
    done = await talk(dialect, said(dialect, replace(Speech(), stop="max_tokens")))
    assert done.transcript.failure is None
    assert done.transcript.truncated
    assert done.transcript.steps[0].stop == "max_tokens"


@every_dialect
async def test_the_prompts_own_limit_wins_over_the_targets(dialect: Dialect) -> None:
    done = await talk(
        dialect,
        said(dialect),
        prompt=prompt(max_output_tokens=77),
        options=TargetOptions(max_output_tokens=900),
    )
    limits = {"max_tokens", "max_output_tokens", "max_completion_tokens"} & set(done.bodies[0])
    assert [done.bodies[0][name] for name in limits] == [77]


@every_dialect
async def test_all_requests_of_a_trial_share_an_id_that_numbers_them(dialect: Dialect) -> None:
    done = await talk(
        dialect, error(500, {}), said(dialect), said(dialect), prompt=prompt("First?", "Second?")
    )
    ids = [request.headers["x-client-request-id"] for request in done.requests]
    parts = [re.fullmatch(r"20260301T120000Z-manual\.([0-9a-f]{16})\.(\d)", sent) for sent in ids]
    assert [part and part.group(2) for part in parts] == ["1", "2", "3"]
    assert len({part and part.group(1) for part in parts}) == 1


@every_dialect
async def test_the_key_goes_out_as_a_bearer_token_and_comes_back_nowhere(dialect: Dialect) -> None:
    echo = error(401, dialect.error("authentication_error", f"invalid key {KEY}, header Bearer {KEY}"))
    done = await talk(dialect, echo)
    assert done.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert done.failure.kind == "authentication"
    assert KEY not in repr(done.transcript)
    assert KEY[:12] not in repr(done.transcript)


@every_dialect
async def test_a_key_that_a_host_echoes_in_its_answer_is_taken_out_and_flagged(dialect: Dialect) -> None:
    done = await talk(dialect, said(dialect, replace(Speech(), pieces=("You sent ", KEY, "."))))
    assert done.transcript.final_text == "You sent [redacted]."
    assert KEY not in repr(done.transcript)
    assert done.transcript.steps[0].flags == ("key_echoed",)


@every_dialect
async def test_an_endpoint_without_a_key_is_asked_with_a_dummy(dialect: Dialect) -> None:
    done = await talk(dialect, said(dialect), api_key="")
    assert done.requests[0].headers["authorization"] == "Bearer none"
    assert done.transcript.failure is None


@every_dialect
async def test_extra_headers_and_body_fields_are_sent(dialect: Dialect) -> None:
    options = TargetOptions(
        extra_headers={"X-Team": "canary", "X-Client-Request-Id": "mine"},
        extra_body={"metadata": {"user_id": "u1"}},
    )
    done = await talk(dialect, said(dialect), options=options)
    assert done.requests[0].headers["x-team"] == "canary"
    assert done.requests[0].headers["x-client-request-id"].endswith(".1")
    assert done.bodies[0]["metadata"] == {"user_id": "u1"}


@every_dialect
async def test_the_fingerprint_names_what_carried_the_trial(dialect: Dialect) -> None:
    done = await talk(dialect, said(dialect))
    sdk = anthropic if dialect.provider == "anthropic" else openai
    fingerprint = done.transcript.fingerprint
    assert (fingerprint["sdk"], fingerprint["sdk_version"]) == (sdk.__name__, sdk.__version__)
    assert fingerprint["python"].startswith("3.")
    assert fingerprint.get("api_version") == done.requests[0].headers.get("anthropic-version")


@every_dialect
async def test_pauses_are_kept_by_the_clock_or_skipped_and_said_to_be(dialect: Dialect) -> None:
    paused = replace(prompt(), turns=(Turn(user="First?"), Turn(user="Second?", pause_s=3600.0)))
    kept = await talk(dialect, said(dialect), said(dialect), prompt=paused, pauses=True)
    assert (kept.clock.slept, kept.transcript.skipped_pauses) == ([3600.0], False)
    skipped = await talk(dialect, said(dialect), said(dialect), prompt=paused)
    assert (skipped.clock.slept, skipped.transcript.skipped_pauses) == ([], True)


@every_dialect
async def test_every_request_is_admitted_and_every_answer_counted(dialect: Dialect) -> None:
    done = await talk(
        dialect, error(500, {}), said(dialect), said(dialect), prompt=prompt("First?", "Second?")
    )
    assert done.meter.admitted == 3
    assert [(name, step.usage) for name, step in done.meter.counted] == [
        ("under-watch", step.usage) for step in done.transcript.steps
    ]


class Spent(FakeMeter):
    """A budget that is spent after a number of requests."""

    def __init__(self, allowed: int) -> None:
        super().__init__()
        self._allowed = allowed

    def admit(self) -> None:
        super().admit()
        if self.admitted > self._allowed:
            raise BudgetStop("the budget is spent")


@every_dialect
@pytest.mark.parametrize("first", ["answered", "failed"])
async def test_a_spent_budget_stops_before_the_next_request(dialect: Dialect, first: str) -> None:
    setting = Setting(prompt=prompt("First?", "Second?"), meter=Spent(1))
    answer = said(dialect) if first == "answered" else error(500, {})
    async with ScriptedServer(answer, said(dialect)) as server:
        system = target(dialect, server.address, setting)
        with pytest.raises(BudgetStop):
            await system.attempt(setting.prompt, conditions(setting))
        await system.close()
    assert len(server.requests) == 1


@every_dialect
@pytest.mark.parametrize("begun", [0, 3], ids=["before the answer", "in the middle of it"])
async def test_cancelling_a_trial_hangs_up(dialect: Dialect, begun: int) -> None:
    setting = Setting()
    held = stream(dialect.chunks(Speech())[:begun], hold=True)
    async with ScriptedServer(held) as server:
        system = target(dialect, server.address, setting)
        task = asyncio.create_task(system.attempt(setting.prompt, conditions(setting)))
        await server.holding.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(server.hung_up.wait(), 5)
        await system.close()


@every_dialect
async def test_trials_share_connections_and_run_side_by_side(dialect: Dialect) -> None:
    setting = Setting()
    async with ScriptedServer(*(said(dialect) for _ in range(24))) as server:
        system = target(dialect, server.address, setting)
        for _ in range(3):
            batch = [system.attempt(setting.prompt, conditions(setting)) for _ in range(8)]
            assert all(transcript.failure is None for transcript in await asyncio.gather(*batch))
        await system.close()
    assert len(server.requests) == 24
    assert server.connections <= 8
