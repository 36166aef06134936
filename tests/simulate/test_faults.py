"""Whatever is asked to go wrong goes wrong, in the words of each protocol, and only where it was asked."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import anthropic
import httpx2
import openai
import pytest

from canary.domain.errors import UsageError
from canary.domain.suite import Example, ExampleStep, Suite
from canary.simulate.behaviour import Behaviour
from canary.simulate.faults import Fault
from canary.simulate.server import SimulatedProvider, app
from tests.simulate.letter import events_of, post
from tests.simulate.requests import PATHS, PROTOCOLS, body_of, text_of
from tests.simulate.suites import SUITE, TEXT
from tests.simulate.talks import anthropic_client, openai_client

each_protocol = pytest.mark.parametrize("protocol", PROTOCOLS)
both_ways = pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
STATUS = [
    ("rate_limited", 429), ("rate_limited_date", 429), ("rate_limited_ms", 429), ("rate_limited_long", 429),
    ("rate_limited_bare", 429), ("overloaded", 529), ("unavailable", 503), ("server_error", 500), ("bad_gateway", 502),
]  # fmt: skip


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    with SimulatedProvider(SUITE, Behaviour(pass_rate=1.0)) as provider:
        yield provider.base_url


def _ask(base_url: str, protocol: str, fault: str, *, stream: bool) -> httpx2.Response:
    return post(
        base_url, PATHS[protocol], body_of(protocol, stream=stream), headers={"x-canary-fault": fault}
    )


def _messages(base_url: str, fault: str, *, stream: bool = True) -> None:
    with anthropic_client(base_url, default_headers={"x-canary-fault": fault}) as client:
        asked = client.messages.create(
            model="m",
            max_tokens=2048,
            messages=[{"role": "user", "content": TEXT.turns[0].user}],
            stream=stream,
        )
        list(asked)


def _responses(base_url: str, fault: str, *, stream: bool = True) -> None:
    with openai_client(base_url, default_headers={"x-canary-fault": fault}) as client:
        list(client.responses.create(model="m", input=TEXT.turns[0].user, stream=stream))


def _chat(base_url: str, fault: str, *, stream: bool = True) -> None:
    with openai_client(base_url, default_headers={"x-canary-fault": fault}) as client:
        asked = client.chat.completions.create(
            model="m", messages=[{"role": "user", "content": TEXT.turns[0].user}], stream=stream
        )
        list(asked)


SAY = {"messages": _messages, "responses": _responses, "chat": _chat}


@each_protocol
@both_ways
@pytest.mark.parametrize(("fault", "status"), STATUS)
def test_an_error_answer_has_its_status_and_the_sdk_raises_it(
    base_url: str, protocol: str, stream: bool, fault: str, status: int
) -> None:
    with pytest.raises((anthropic.APIStatusError, openai.APIStatusError)) as raised:
        SAY[protocol](base_url, fault, stream=stream)
    error = raised.value
    assert isinstance(error, anthropic.APIStatusError | openai.APIStatusError)
    assert error.status_code == status
    assert error.request_id


@each_protocol
def test_a_used_up_quota_is_told_from_a_rate_limit(base_url: str, protocol: str) -> None:
    answer = _ask(base_url, protocol, "quota", stream=True)
    if protocol == "messages":
        assert (answer.status_code, answer.json()["error"]["type"]) == (402, "billing_error")
    else:
        assert (answer.status_code, answer.json()["error"]["code"]) == (429, "insufficient_quota")


@each_protocol
def test_retry_after_comes_in_seconds_as_a_date_in_milliseconds_or_not_at_all(
    base_url: str, protocol: str
) -> None:
    def headers(fault: str) -> httpx2.Headers:
        return _ask(base_url, protocol, fault, stream=False).headers

    assert headers("rate_limited 7")["retry-after"] == "7"
    assert headers("rate_limited_long")["retry-after"] == "86400"
    assert headers("rate_limited_ms 0.25")["retry-after-ms"] == "250"
    date = parsedate_to_datetime(headers("rate_limited_date 600")["retry-after"])
    assert 0 < (date - datetime.now(UTC)).total_seconds() < 660
    assert not {"retry-after", "retry-after-ms"} & set(headers("rate_limited_bare"))
    assert headers("overloaded 3")["retry-after"] == "3"


@each_protocol
@both_ways
def test_a_cut_answer_ends_without_its_end(base_url: str, protocol: str, stream: bool) -> None:
    with pytest.raises(httpx2.RemoteProtocolError):
        _ask(base_url, protocol, "cut", stream=stream)


@each_protocol
@both_ways
def test_a_malformed_answer_is_no_json(base_url: str, protocol: str, stream: bool) -> None:
    answer = _ask(base_url, protocol, "malformed", stream=stream)
    texts = [event.data for event in events_of(answer)] if stream else [answer.text]
    broken = [text for text in texts if text != "[DONE]" and not _is_json(text)]
    assert (answer.status_code, len(broken)) == (200, 1)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


@each_protocol
def test_an_error_within_the_stream_comes_after_content_and_the_sdks_notice(
    base_url: str, protocol: str
) -> None:
    events = events_of(_ask(base_url, protocol, "error_event", stream=True))
    data = [json.loads(event.data) for event in events]
    assert "error" in data[-1].get("type", "") or "error" in data[-1]
    assert any("delta" in json.dumps(one) for one in data[:-1])
    if protocol == "responses":
        assert [one["sequence_number"] for one in data] == list(range(len(data)))
    else:
        with pytest.raises((anthropic.APIStatusError, openai.APIError)):
            SAY[protocol](base_url, "error_event")


def test_a_failed_response_says_so_in_its_last_event(base_url: str) -> None:
    last = json.loads(events_of(_ask(base_url, "responses", "failed", stream=True))[-1].data)
    assert (last["type"], last["response"]["status"]) == ("response.failed", "failed")
    assert last["response"]["error"]["code"] == "server_error"


@each_protocol
@pytest.mark.parametrize("fault", ["error_event", "failed"])
def test_an_error_in_the_stream_is_a_500_where_nothing_is_streamed(
    base_url: str, protocol: str, fault: str
) -> None:
    assert _ask(base_url, protocol, fault, stream=False).status_code == 500


@each_protocol
@both_ways
def test_missing_usage_is_missing_and_the_rest_is_whole(base_url: str, protocol: str, stream: bool) -> None:
    answer = _ask(base_url, protocol, "no_usage", stream=stream)
    assert '_tokens":' not in answer.text.replace("max_output_tokens", "")
    if not stream:
        assert text_of(protocol, answer.json()) in {example.steps[0].text for example in TEXT.passing}


@each_protocol
@both_ways
def test_an_unknown_block_stands_beside_the_answer(base_url: str, protocol: str, stream: bool) -> None:
    answer = _ask(base_url, protocol, "unknown_block", stream=stream)
    assert answer.text.count("simulated_novelty") >= 1
    if not stream:
        assert text_of(protocol, answer.json()) in {example.steps[0].text for example in TEXT.passing}


@each_protocol
@both_ways
@pytest.mark.parametrize("fault", ["slow", "stall"])
def test_a_slow_answer_outlasts_a_client_s_patience(
    base_url: str, protocol: str, stream: bool, fault: str
) -> None:
    with (
        pytest.raises(httpx2.ReadTimeout),
        httpx2.Client(verify=False, trust_env=False, timeout=0.1) as client,
    ):
        client.post(
            base_url + PATHS[protocol],
            json=body_of(protocol, stream=stream),
            headers={"anthropic-version": "2026-10-21", "x-canary-fault": f"{fault} 30"},
        )


@each_protocol
def test_a_page_of_html_is_neither_json_nor_events(base_url: str, protocol: str) -> None:
    answer = _ask(base_url, protocol, "html", stream=True)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html")


@each_protocol
@pytest.mark.parametrize("header", ["nonsense", "slow soon"])
def test_an_unknown_wish_is_refused_with_the_choices(base_url: str, protocol: str, header: str) -> None:
    answer = _ask(base_url, protocol, header, stream=True)
    assert answer.status_code == 400
    assert "x-canary-fault" in answer.json()["error"]["message"]


def test_configured_faults_and_failure_rates_reach_the_wire() -> None:
    faults = [Fault(kind="overloaded", first=1, protocol="chat")]
    with SimulatedProvider(SUITE, Behaviour(failure_rates={"unavailable": 1.0}), faults=faults) as provider:
        statuses = [
            post(provider.base_url, PATHS[protocol], body_of(protocol)).status_code
            for protocol in ("chat", "chat", "messages")
        ]
    assert statuses == [529, 503, 503]


def test_a_failure_rate_of_a_kind_that_does_not_exist_is_refused_before_serving() -> None:
    with pytest.raises(UsageError, match="no fault is called 'cuts'"):
        app(SUITE, Behaviour(failure_rates={"cuts": 0.1}))


@each_protocol
@pytest.mark.parametrize("fault", ["cut", "error_event", "failed", "malformed"])
def test_an_empty_answer_breaks_like_any_other_and_never_shows_its_end(protocol: str, fault: str) -> None:
    silent = replace(TEXT, passing=(Example(steps=(ExampleStep(),)),))
    with SimulatedProvider(Suite(prompts=(silent,)), Behaviour(pass_rate=1.0)) as provider:
        if fault == "cut":
            with pytest.raises(httpx2.RemoteProtocolError):
                _ask(provider.base_url, protocol, fault, stream=True)
            return
        events = events_of(_ask(provider.base_url, protocol, fault, stream=True))
    whole = [event.data for event in events if event.data == "[DONE]" or _is_json(event.data)]
    assert whole
    assert not any(
        word in data for data in whole[1:-1] for word in ("message_stop", "response.completed", "[DONE]")
    )
