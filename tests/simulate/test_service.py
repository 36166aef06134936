"""The service around the replies: keys, models, bodies, records."""

import gzip
import zlib
from collections.abc import Iterator
from typing import Any

import anthropic
import httpx2
import openai
import pytest

from canary.simulate.server import SimulatedProvider
from canary.simulate.wire import MAX_BODY
from tests.simulate.letter import post
from tests.simulate.requests import PATHS, PROTOCOLS, body_of
from tests.simulate.suites import SUITE
from tests.simulate.talks import MODEL, anthropic_client, openai_client

each_protocol = pytest.mark.parametrize("protocol", PROTOCOLS)


@pytest.fixture(scope="module")
def provider() -> Iterator[SimulatedProvider]:
    with SimulatedProvider(SUITE) as running:
        yield running


@pytest.fixture(scope="module")
def locked() -> Iterator[SimulatedProvider]:
    with SimulatedProvider(SUITE, keys=("sk-right",), models=("one", "two")) as running:
        yield running


def _status(base_url: str, protocol: str, **headers: str) -> int:
    with httpx2.Client(verify=False, trust_env=False) as client:
        given = {
            "anthropic-version": "2026-10-21",
            **{name.replace("_", "-"): v for name, v in headers.items()},
        }
        body = {**body_of(protocol), "model": "one"}
        return client.post(base_url + PATHS[protocol], json=body, headers=given).status_code


@each_protocol
def test_both_headers_carry_a_key_and_only_a_known_one_is_taken(
    locked: SimulatedProvider, protocol: str
) -> None:
    assert _status(locked.base_url, protocol, authorization="Bearer sk-right") == 200
    assert _status(locked.base_url, protocol, authorization="bearer  sk-right") == 200
    assert _status(locked.base_url, protocol, authorization="bearer sk-other") == 401
    assert _status(locked.base_url, protocol, x_api_key="sk-right") == 200
    assert _status(locked.base_url, protocol, authorization="Bearer sk-other") == 401
    assert _status(locked.base_url, protocol, x_api_key="sk-other") == 401
    assert _status(locked.base_url, protocol) == 401


@each_protocol
def test_without_a_list_of_keys_every_key_is_taken_but_the_wrong_one(
    provider: SimulatedProvider, protocol: str
) -> None:
    assert _status(provider.base_url, protocol) == 200
    assert _status(provider.base_url, protocol, authorization="Bearer anything") == 200
    assert _status(provider.base_url, protocol, authorization="Bearer sk-wrong-1") == 401


def test_the_sdks_raise_their_authentication_errors(provider: SimulatedProvider) -> None:
    message: Any = {"role": "user", "content": "x"}
    with (
        anthropic_client(provider.base_url, api_key="sk-wrong") as client,
        pytest.raises(anthropic.AuthenticationError),
    ):
        client.messages.create(model=MODEL, max_tokens=9, messages=[message])
    with (
        openai_client(provider.base_url, api_key="sk-wrong") as other,
        pytest.raises(openai.AuthenticationError),
    ):
        other.chat.completions.create(model=MODEL, messages=[message])


@each_protocol
def test_an_unknown_model_is_a_404(
    provider: SimulatedProvider, locked: SimulatedProvider, protocol: str
) -> None:
    named = {**body_of(protocol), "model": "no-such-model"}
    assert post(provider.base_url, PATHS[protocol], named).status_code == 404
    answer = post(
        locked.base_url, PATHS[protocol], body_of(protocol), headers={"authorization": "Bearer sk-right"}
    )
    assert answer.status_code == 404
    assert "'simulated-large' does not exist" in answer.json()["error"]["message"]


def test_each_vendor_s_client_gets_the_models_in_its_own_shape(locked: SimulatedProvider) -> None:
    with anthropic_client(locked.base_url, api_key="sk-right") as client:
        assert [model.id for model in client.models.list()] == ["one", "two"]
        assert client.models.retrieve("two").type == "model"
        with pytest.raises(anthropic.NotFoundError):
            client.models.retrieve("three")
    with openai_client(locked.base_url, api_key="sk-right") as other:
        assert [model.id for model in other.models.list()] == ["one", "two"]
        with pytest.raises(openai.NotFoundError):
            other.models.retrieve("vendor/three")


@each_protocol
@pytest.mark.parametrize(
    ("encoding", "pack"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("identity", lambda data: data)],
)
def test_compressed_bodies_are_read(
    provider: SimulatedProvider, protocol: str, encoding: str, pack: Any
) -> None:
    with httpx2.Client(verify=False, trust_env=False) as client:
        request = client.build_request("POST", provider.base_url + PATHS[protocol], json=body_of(protocol))
        packed = pack(request.read())
        answer = client.post(
            provider.base_url + PATHS[protocol],
            content=packed,
            headers={"content-encoding": encoding, "anthropic-version": "2026-10-21"},
        )
    assert answer.status_code == 200


@each_protocol
def test_chunked_bodies_are_read(provider: SimulatedProvider, protocol: str) -> None:
    with httpx2.Client(verify=False, trust_env=False) as client:
        data = client.build_request("POST", "http://x/", json=body_of(protocol)).read()
        pieces = (data[at : at + 40] for at in range(0, len(data), 40))
        answer = client.post(
            provider.base_url + PATHS[protocol], content=pieces, headers={"anthropic-version": "2026-10-21"}
        )
    assert answer.request.headers["transfer-encoding"] == "chunked"
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("data", "encoding", "status"),
    [
        (gzip.compress(b" " * (MAX_BODY + 1), 1), "gzip", 413),
        (gzip.compress(b"{}")[:-4], "gzip", 400),
        (b"no gzip at all", "gzip", 400),
        (b"{}", "br", 400),
    ],
    ids=["a bomb", "cut off", "not gzip", "unknown"],
)
def test_bodies_that_cannot_be_unpacked_are_refused(
    provider: SimulatedProvider, data: bytes, encoding: str, status: int
) -> None:
    answer = post(provider.base_url, PATHS["messages"], data, headers={"content-encoding": encoding})
    assert (answer.status_code, answer.json()["type"]) == (status, "error")


def test_somebody_is_there(provider: SimulatedProvider) -> None:
    with httpx2.Client(verify=False, trust_env=False) as client:
        assert client.head(provider.base_url + "/").status_code == 200
        lost = client.get(provider.base_url + "/chat/completions")
    assert lost.status_code == 404
    assert "/v1 for OpenAI" in lost.json()["error"]["message"]


def test_requests_are_recorded_without_their_credentials() -> None:
    with SimulatedProvider(SUITE) as provider:
        post(
            provider.base_url,
            f"{PATHS['messages']}?beta=true",
            body_of("messages"),
            headers={"x-api-key": "sk-1234"},
        )
        post(provider.base_url, PATHS["chat"], b"{", headers={"authorization": "Bearer sk-5678"})
        first, second = provider.requests
    assert (first.method, first.path, first.query) == ("POST", "/v1/messages", "beta=true")
    assert first.body == body_of("messages")
    assert second.body is None
    assert (first.headers["x-api-key"], second.headers["authorization"]) == (
        "[redacted]",
        "Bearer [redacted]",
    )
    assert "sk-" not in repr((first, second))


def test_a_response_can_be_continued_by_its_id(provider: SimulatedProvider) -> None:
    with openai_client(provider.base_url) as client:
        first = client.responses.create(
            model=MODEL, instructions="Every answer ends with -- desk.", input="Which table?"
        )
        second = client.responses.create(
            model=MODEL,
            instructions="Every answer ends with -- desk.",
            input="And from the north?",
            previous_response_id=first.id,
        )
        assert second.output_text.startswith("Table 6.")
        forgotten = client.responses.create(model=MODEL, input="x", store=False)
        with pytest.raises(openai.BadRequestError, match="not found"):
            client.responses.create(model=MODEL, input="y", previous_response_id=forgotten.id)
