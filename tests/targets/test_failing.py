"""What a target makes of outages, limits, spent quotas and broken streams, over the wire, for all three protocols."""

import asyncio
import json
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from canary.targets.retries import FIRST_WAIT_S, RETRY_AFTER_LIMIT_S
from tests.fakes import NOON
from tests.targets.dialects import DIALECTS, Dialect, Speech
from tests.targets.scripted_server import Answer, ScriptedServer, error, stream
from tests.targets.talk import KEY, Setting, conditions, prompt, talk, target

every_dialect = pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.provider)


def said(dialect: Dialect) -> Answer:
    """A whole answer."""
    return stream(dialect.chunks(Speech()))


@every_dialect
@pytest.mark.parametrize(
    ("status", "name", "kind"),
    [
        (400, "invalid_request_error", "invalid_request"),
        (401, "authentication_error", "authentication"),
        (402, "billing_error", "quota"),
        (403, "permission_error", "authentication"),
        (404, "not_found_error", "not_found"),
        (413, "request_too_large", "invalid_request"),
        (422, "invalid_request_error", "invalid_request"),
        (501, "api_error", "server_error"),
    ],
)
async def test_what_asking_again_can_not_change_is_asked_once(
    dialect: Dialect, status: int, name: str, kind: str
) -> None:
    done = await talk(dialect, error(status, dialect.error(name, "No.")))
    assert (done.failure.kind, done.failure.status, done.failure.retryable) == (kind, status, False)
    assert f"HTTP {status}" in done.failure.message
    assert "No." in done.failure.message
    assert len(done.attempts) == len(done.requests) == 1


@every_dialect
@pytest.mark.parametrize(
    ("status", "name", "kind"),
    [
        (408, "timeout_error", "server_error"),
        (409, "conflict_error", "server_error"),
        (429, "rate_limit_error", "rate_limited"),
        (500, "api_error", "server_error"),
        (502, "api_error", "server_error"),
        (503, "api_error", "overloaded"),
        (504, "timeout_error", "server_error"),
        (529, "overloaded_error", "overloaded"),
    ],
)
async def test_what_passes_is_asked_again_and_every_attempt_is_recorded(
    dialect: Dialect, status: int, name: str, kind: str
) -> None:
    refused = error(status, dialect.error(name, "Later."), **{dialect.request_id_header: "req_e"})
    done = await talk(dialect, refused, refused, said(dialect))
    assert done.transcript.failure is None
    assert [attempt.failure and attempt.failure.kind for attempt in done.attempts] == [kind, kind, None]
    assert [attempt.request_id for attempt in done.attempts[:2]] == ["req_e", "req_e"]
    assert [attempt.waited_s for attempt in done.attempts] == [0.0, *done.clock.slept]
    first, second = done.clock.slept
    assert FIRST_WAIT_S / 2 <= first <= FIRST_WAIT_S <= second <= 2 * FIRST_WAIT_S


@every_dialect
async def test_it_gives_up_after_the_targets_number_of_attempts(dialect: Dialect) -> None:
    done = await talk(dialect, *[error(500, {})] * 5, max_attempts=3)
    assert (done.failure.kind, len(done.attempts), len(done.requests)) == ("server_error", 3, 3)
    assert done.meter.admitted == 3
    assert done.meter.counted == []


@every_dialect
async def test_attempts_are_counted_for_each_answer_on_its_own(dialect: Dialect) -> None:
    bad = error(500, {})
    done = await talk(
        dialect, bad, said(dialect), bad, bad, bad, prompt=prompt("First?", "Second?"), max_attempts=3
    )
    assert done.failure.kind == "server_error"
    assert [attempt.step for attempt in done.attempts] == [0, 0, 1, 1, 1]
    assert [step.text for step in done.transcript.steps] == ["Hello there."]
    assert done.transcript.stop is None


@every_dialect
async def test_a_replayed_trial_waits_exactly_the_same(dialect: Dialect) -> None:
    bad = error(500, {})
    slept = [(await talk(dialect, bad, bad, bad, said(dialect))).clock.slept for _ in range(2)]
    assert slept[0] == slept[1]


@every_dialect
@pytest.mark.parametrize(
    ("header", "value", "wait"),
    [
        ("retry-after", "7", 7.0),
        ("retry-after", "1.5", 1.5),
        ("retry-after-ms", "250", 0.25),
        ("retry-after", format_datetime(NOON + timedelta(seconds=40), usegmt=True), 40.0),
        ("retry-after", f"{RETRY_AFTER_LIMIT_S:.0f}", RETRY_AFTER_LIMIT_S),
    ],
)
async def test_the_wait_a_provider_asks_for_is_kept(
    dialect: Dialect, header: str, value: str, wait: float
) -> None:
    done = await talk(dialect, error(429, {}, **{header: value}), said(dialect))
    assert done.clock.slept == [wait]
    assert done.attempts[0].failure is not None
    assert done.attempts[0].failure.retry_after_s == wait


@every_dialect
@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("value", ["121", "86400", "9" * 400])
async def test_a_longer_wait_is_not_kept_and_the_failure_says_so(
    dialect: Dialect, status: int, value: str
) -> None:
    done = await talk(dialect, error(status, dialect.error("x", "Busy."), retry_after=value))
    assert done.failure.kind == "rate_limited"
    assert done.failure.message.startswith("the provider asks to wait")
    assert "longer than the 120 s canary waits" in done.failure.message
    assert (done.clock.slept, len(done.attempts)) == ([], 1)


@every_dialect
@pytest.mark.parametrize("value", ["0", "-5", "nan", "inf", "soon", ""])
async def test_a_wait_that_is_none_is_replaced_by_our_own(dialect: Dialect, value: str) -> None:
    done = await talk(dialect, error(429, {}, retry_after=value), said(dialect))
    assert done.transcript.failure is None
    assert FIRST_WAIT_S / 2 <= done.clock.slept[0] <= FIRST_WAIT_S


@every_dialect
@pytest.mark.parametrize(("status", "told", "attempts"), [(500, "false", 1), (400, "true", 2)])
async def test_a_provider_that_says_whether_to_retry_is_believed(
    dialect: Dialect, status: int, told: str, attempts: int
) -> None:
    done = await talk(dialect, error(status, {}, x_should_retry=told), said(dialect))
    assert len(done.attempts) == attempts


QUOTAS = [
    (
        429,
        "insufficient_quota",
        "You exceeded your current quota, please check your plan and billing details.",
    ),
    (429, "billing_hard_limit_reached", "Billing hard limit has been reached"),
    (429, "tokens", "Rate limit reached for m on requests per day (RPD): Limit 200, Used 200."),
    (429, "rate_limit_error", "Number of request tokens has exceeded your daily rate limit"),
    (400, "invalid_request_error", "Your credit balance is too low to access the API."),
    (400, "invalid_request_error", "You have reached your specified API usage limits."),
    (402, "unknown_error", "Insufficient Balance"),
    (403, "billing_not_active", "Your account is not active."),
]


@every_dialect
@pytest.mark.parametrize(("status", "name", "message"), QUOTAS)
async def test_a_spent_quota_is_told_from_a_rate_limit_and_not_waited_for(
    dialect: Dialect, status: int, name: str, message: str
) -> None:
    done = await talk(dialect, error(status, dialect.error(name, message), retry_after="1"))
    assert (done.failure.kind, len(done.attempts)) == ("quota", 1)


@every_dialect
@pytest.mark.parametrize(
    "message",
    [
        "Rate limit reached for m on tokens per min (TPM): Limit 1, Used 1. Try again in 2s. See account/billing.",
        "This request would exceed your organization's rate limit of 50 requests per minute.",
        "You exceeded your current quota. Quota exceeded for metric: GenerateRequestsPerMinutePerProject",
    ],
)
async def test_a_limit_by_the_minute_is_a_rate_limit(dialect: Dialect, message: str) -> None:
    done = await talk(dialect, error(429, dialect.error("rate_limit_error", message)), said(dialect))
    assert done.transcript.failure is None
    assert done.attempts[0].failure is not None
    assert done.attempts[0].failure.kind == "rate_limited"


@every_dialect
async def test_a_spend_limit_in_the_details_of_an_error_is_a_quota(dialect: Dialect) -> None:
    body = dialect.error("rate_limit_error", "Slow down.")
    body["error"] |= {"code": None, "details": {"error_code": "enforced_spend_limit_reached"}}
    done = await talk(dialect, error(429, body))
    assert done.failure.kind == "quota"


@every_dialect
@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"error": "plain text"}, "plain text"),
        ({"detail": "Not Found"}, "Not Found"),
        ({"detail": [{"loc": ["body"], "msg": "field required"}]}, "field required"),
        (
            [{"error": {"code": 500, "message": "inside a list", "status": "INTERNAL"}}],
            "(INTERNAL): inside a list",
        ),
        (
            {"object": "error", "message": "flat", "type": "BadRequestError", "code": 500},
            "(BadRequestError): flat",
        ),
        (
            {
                "error": {
                    "message": "Provider returned error",
                    "code": 502,
                    "metadata": {"raw": "upstream down"},
                }
            },
            "Provider returned error upstream down",
        ),
        ("<html><body>\n502 Bad Gateway</body></html>", "HTTP 500: Scripted"),
        ({}, "HTTP 500: Scripted"),
    ],
)
async def test_an_error_is_read_whatever_shape_its_body_has(
    dialect: Dialect, body: object, words: str
) -> None:
    done = await talk(dialect, error(500, body), max_attempts=1)
    assert words in done.failure.message
    assert "\n" not in done.failure.message


@every_dialect
async def test_a_stream_that_is_cut_is_asked_again(dialect: Dialect) -> None:
    chunks = dialect.chunks(Speech())
    for length in range(1, len(chunks) - 3):
        done = await talk(dialect, stream(chunks[:length], cut=True), said(dialect))
        assert done.transcript.failure is None
        assert [attempt.failure and attempt.failure.kind for attempt in done.attempts] == ["stream_cut", None]


@every_dialect
@pytest.mark.parametrize("cut", [True, False], ids=["broken off", "ended early"])
async def test_a_stream_without_its_last_event_is_no_answer(dialect: Dialect, cut: bool) -> None:
    done = await talk(dialect, *[stream(dialect.chunks(Speech())[:3], cut=cut)] * 2, max_attempts=2)
    assert (done.failure.kind, len(done.attempts), done.transcript.steps) == ("stream_cut", 2, ())


@every_dialect
async def test_a_cut_after_the_last_event_loses_nothing(dialect: Dialect) -> None:
    chunks = tuple(chunk for chunk in dialect.chunks(Speech()) if b"[DONE]" not in chunk)
    done = await talk(dialect, stream(chunks, cut=True))
    assert done.transcript.failure is None
    assert done.transcript.final_text == "Hello there."
    assert done.transcript.steps[0].flags == ("cut_after_end",)


@every_dialect
@pytest.mark.parametrize(
    "garbage",
    [
        b"event: message_start\ndata: {not json\n\n",
        b"event: message_start\ndata: " + b"[" * 100_000 + b"\n\n",
        b"event: message_start\ndata: \xff\xfe\n\n",
        b'event: message_start\ndata: ["a", "list"]\n\n',
    ],
    ids=["no JSON", "endless nesting", "no text", "no object"],
)
@pytest.mark.parametrize("strict", [True, False])
async def test_an_event_that_can_not_be_read_is_asked_again(
    dialect: Dialect, garbage: bytes, strict: bool
) -> None:
    done = await talk(dialect, stream([garbage]), said(dialect), strict=strict)
    assert done.transcript.failure is None
    assert [attempt.failure and attempt.failure.kind for attempt in done.attempts] == ["malformed", None]


@every_dialect
@pytest.mark.parametrize(
    ("content_type", "body"),
    [("application/json", b'{"id": "whole", "choices": []}'), ("text/html", b"<html>Log in</html>")],
)
async def test_an_answer_that_is_no_stream_is_named_as_that(
    dialect: Dialect, content_type: str, body: bytes
) -> None:
    done = await talk(dialect, Answer(content_type=content_type, chunks=(body,)), max_attempts=1)
    assert done.failure.kind == "malformed"
    assert content_type in done.failure.message


@every_dialect
@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        ({"error": {"message": "It broke.", "type": "server_error"}}, "server_error", "It broke."),
        ({"error": {"message": "No such key.", "code": 401}}, "authentication", "No such key."),
        ({"detail": "The model is loading."}, "server_error", "The model is loading."),
    ],
)
async def test_an_error_under_a_good_status_is_told_in_the_hosts_words(
    dialect: Dialect, body: Any, kind: str, words: str
) -> None:
    text = json.dumps(body).encode()
    answer = Answer(content_type="application/json", chunks=(text[:9], text[9:]))
    done = await talk(dialect, answer, max_attempts=1)
    assert done.failure.kind == kind
    assert words in done.failure.message


@every_dialect
@pytest.mark.parametrize("content_type", ["", "text/plain", "application/json"])
async def test_a_stream_is_read_whatever_its_content_type_says(dialect: Dialect, content_type: str) -> None:
    answer = stream(dialect.chunks(Speech()), content_type=content_type)
    assert (await talk(dialect, answer)).transcript.final_text == "Hello there."


@every_dialect
async def test_an_answer_of_nothing_that_counts_nothing_is_no_answer(dialect: Dialect) -> None:
    nothing = stream(dialect.chunks(Speech(pieces=(), output=0)))
    done = await talk(dialect, nothing, said(dialect))
    assert done.transcript.failure is None
    assert [attempt.failure and attempt.failure.kind for attempt in done.attempts] == ["malformed", None]


@every_dialect
async def test_a_model_that_says_nothing_has_answered(dialect: Dialect) -> None:
    done = await talk(dialect, stream(dialect.chunks(Speech(pieces=(), output=1))))
    assert (done.transcript.failure, done.transcript.final_text) == (None, "")


@every_dialect
@pytest.mark.parametrize(
    ("name", "kind", "attempts"),
    [
        ("overloaded_error", "overloaded", 2),
        ("rate_limit_error", "rate_limited", 2),
        ("api_error", "server_error", 2),
        ("something_new", "server_error", 2),
        ("insufficient_quota", "quota", 1),
        ("invalid_request_error", "invalid_request", 1),
        ("authentication_error", "authentication", 1),
    ],
)
async def test_an_error_in_the_middle_of_a_stream_is_told_by_its_name(
    dialect: Dialect, name: str, kind: str, attempts: int
) -> None:
    broken = stream((*dialect.chunks(Speech())[:3], dialect.error_event(name, "It broke.")))
    done = await talk(dialect, *[broken] * 2, max_attempts=2)
    assert (done.failure.kind, len(done.attempts)) == (kind, attempts)
    assert done.failure.message == f"the provider broke off its answer ({name}): It broke."


@every_dialect
async def test_silence_longer_than_the_targets_limit_is_a_timeout(dialect: Dialect) -> None:
    done = await talk(dialect, *[Answer(hold=True)] * 2, timeout_s=0.05, max_attempts=2)
    assert (done.failure.kind, len(done.attempts)) == ("timeout", 2)
    assert "0.05 s" in done.failure.message


@every_dialect
async def test_the_limit_holds_for_the_answer_as_a_whole(dialect: Dialect) -> None:
    begun = stream(dialect.chunks(Speech())[:3], hold=True)
    done = await talk(dialect, begun, timeout_s=0.05, max_attempts=1)
    assert done.failure.kind == "timeout"


@every_dialect
async def test_a_host_that_does_not_listen_is_a_missing_connection(dialect: Dialect) -> None:
    async with ScriptedServer() as server:
        address = server.address
    setting = Setting(max_attempts=2)
    system = target(dialect, address, setting)
    transcript = await system.attempt(setting.prompt, conditions(setting))
    await system.close()
    assert transcript.failure is not None
    assert transcript.failure.kind == "connection"
    assert address.removeprefix("http://") in transcript.failure.message
    assert len(transcript.attempts) == 2


@every_dialect
async def test_a_connection_that_drops_before_the_answer_is_a_missing_connection(dialect: Dialect) -> None:
    async def drop(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(drop, "127.0.0.1", 0)
    setting = Setting(max_attempts=1)
    system = target(dialect, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", setting)
    transcript = await system.attempt(setting.prompt, conditions(setting))
    await system.close()
    server.close()
    await server.wait_closed()
    assert transcript.failure is not None
    assert transcript.failure.kind == "connection"


@every_dialect
async def test_no_failure_of_any_kind_shows_the_key(dialect: Dialect) -> None:
    echoes: list[Any] = [
        error(400, dialect.error("invalid_request_error", f"bad header x-api-key: {KEY}")),
        error(401, f"Incorrect API key provided: {KEY[:9]}*****{KEY[-4:]}"),
        error(401, dialect.error("authentication_error", f"key {KEY[:14]} is unknown")),
        stream([dialect.error_event("invalid_request_error", f"Bearer {KEY}")]),
    ]
    for echo in echoes:
        done = await talk(dialect, echo, max_attempts=1)
        assert "[redacted]" in done.failure.message
        assert KEY[:9] not in repr(done.transcript)
        assert KEY[-4:] not in repr(done.transcript)
