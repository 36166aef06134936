"""Requests that the real APIs refuse are refused, with the field at fault, in the provider's own shape."""

from collections.abc import Iterator
from typing import Any

import anthropic.types.shared
import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canary.simulate.protocol import Refused
from canary.simulate.protocols import CHAT, MESSAGES, RESPONSES
from canary.simulate.server import SimulatedProvider
from tests.simulate.letter import checked, post
from tests.simulate.refusal_cases import CASES
from tests.simulate.requests import PATHS, PROTOCOLS, body_of
from tests.simulate.suites import SUITE

OLD = {"anthropic-version": "2023-06-01"}
NEW = {"anthropic-version": "2026-10-21"}


each_case = pytest.mark.parametrize(
    ("protocol", "case"), [(protocol, case) for protocol, cases in CASES.items() for case in cases]
)


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    with SimulatedProvider(SUITE) as provider:
        yield provider.base_url


def _told(answer: httpx2.Response) -> str:
    told: str = answer.json()["error"]["message"]
    return told


@each_case
def test_a_wrong_request_is_refused_with_the_field_at_fault(base_url: str, protocol: str, case: str) -> None:
    change, message = CASES[protocol][case]
    body = {key: value for key, value in {**body_of(protocol), **change}.items() if value is not None}
    answer = post(base_url, PATHS[protocol], body)
    assert (answer.status_code, message in _told(answer)) == (400, True), answer.text


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    "body", [b"", b"{", b"[1]", b'{"temperature": NaN}', b"\xff\xfe", b"[" * 100_000], ids=str
)
def test_a_body_that_is_no_json_object_is_refused(base_url: str, protocol: str, body: bytes) -> None:
    answer = post(base_url, PATHS[protocol], body)
    assert answer.status_code == 400
    assert "JSON" in _told(answer)


def test_an_error_of_messages_is_of_the_sdk_s_type(base_url: str) -> None:
    answer = post(base_url, PATHS["messages"], {})
    error = checked(anthropic.types.shared.ErrorResponse, answer.text)
    assert (error.error.type, error.request_id) == ("invalid_request_error", answer.headers["request-id"])


def test_an_error_of_openai_has_message_type_param_and_code(base_url: str) -> None:
    answer = post(base_url, PATHS["responses"], {"input": "x"})
    assert answer.json()["error"] == {
        "message": "Missing required parameter: 'model'.",
        "type": "invalid_request_error",
        "param": "model",
        "code": "missing_required_parameter",
    }
    assert answer.headers["x-request-id"]


def test_sampling_parameters_are_taken_by_the_old_api_version(base_url: str) -> None:
    answer = post(base_url, PATHS["messages"], body_of("messages", temperature=0, top_k=1), headers=OLD)
    assert answer.status_code == 200


def test_an_api_version_is_required_and_must_exist(base_url: str) -> None:
    assert "not a valid version" in _told(
        post(base_url, PATHS["messages"], body_of("messages"), headers={"anthropic-version": "2020-01-01"})
    )
    with httpx2.Client(verify=False, trust_env=False) as client:
        assert "header is required" in _told(
            client.post(base_url + PATHS["messages"], json=body_of("messages"))
        )


def test_a_message_without_tokens_to_spend_says_nothing_and_bills_its_input(base_url: str) -> None:
    answer = post(base_url, PATHS["messages"], body_of("messages", max_tokens=0)).json()
    assert (answer["content"], answer["stop_reason"], answer["usage"]["output_tokens"]) == (
        [],
        "max_tokens",
        0,
    )
    assert answer["usage"]["input_tokens"] > 0


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["role", "content", "type", "text", "id", "name", "input", "function", "call_id", "output"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
fields = st.dictionaries(
    st.sampled_from(
        ["model", "messages", "input", "max_tokens", "tools", "system", "thinking", "reasoning", "output_config", "text",
         "instructions", "stream_options", "metadata", "cache_control"]
    ),
    json_values,
)  # fmt: skip


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_body_of_any_shape_is_answered_or_refused_and_never_an_error_of_ours(
    base_url: str, protocol: str
) -> None:
    with httpx2.Client(verify=False, trust_env=False) as client:

        @settings(max_examples=120, deadline=None)
        @given(more=fields)
        def holds(more: dict[str, Any]) -> None:
            body = {**body_of(protocol), **more}
            answer = client.post(base_url + PATHS[protocol], json=body, headers=NEW)
            assert answer.status_code in {200, 400}, answer.text

        holds()


@pytest.mark.parametrize("protocol", [MESSAGES, RESPONSES, CHAT], ids=lambda p: p.name)
def test_a_refusal_names_no_credential(protocol: Any) -> None:
    shown = protocol.error(Refused("x", status=401), "req_1")
    assert "sk-" not in str(shown)
