"""Which conversation a client gets: by its draw key, or by order of arrival."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import httpx2
import pytest

from canary.domain.dialogue import UserMessage
from canary.domain.suite import Suite, Turn
from canary.simulate.answering import GENERIC, draw_key
from canary.simulate.behaviour import Behaviour, draw
from canary.simulate.server import SimulatedProvider
from tests.simulate.letter import post
from tests.simulate.requests import PATHS, PROTOCOLS, body_of, text_of
from tests.simulate.suites import SUITE, TEXT, TOOLS, TURNS
from tests.simulate.talks import talk, talker

HALF = Behaviour(pass_rate=0.5, spread=0.0)


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    with SimulatedProvider(SUITE, HALF, seed=7) as provider:
        yield provider.base_url


def _texts(base_url: str, keys: list[str], protocol: str = "messages") -> list[str]:
    with httpx2.Client(verify=False, trust_env=False) as client:
        return [
            text_of(
                protocol,
                client.post(
                    base_url + PATHS[protocol],
                    json=body_of(protocol),
                    headers={"anthropic-version": "2026-10-21", "x-client-request-id": key},
                ).json(),
            )
            for key in keys
        ]


def test_the_draw_goes_by_the_trial_and_not_by_run_attempt_order_or_protocol(base_url: str) -> None:
    trials = [f"{number:016x}" for number in range(30)]
    once = _texts(base_url, [f"run-a.{trial}.1" for trial in trials])
    again = _texts(base_url, [f"run.b.{trial}.2" for trial in reversed(trials)], "chat")
    assert once == again[::-1]
    assert len(set(once)) > 2


def test_the_wire_gives_what_the_pure_draw_gives(base_url: str) -> None:
    trials = [f"{number:016x}" for number in range(30)]
    drawn = [draw(HALF, TEXT, seed=7, key=trial).steps[0].text for trial in trials]
    assert _texts(base_url, [f"r.{trial}.1" for trial in trials], "responses") == drawn


def test_another_seed_draws_otherwise(base_url: str) -> None:
    keys = [f"r.{number:016x}.1" for number in range(30)]
    with SimulatedProvider(SUITE, HALF, seed=8) as other:
        assert _texts(other.base_url, keys) != _texts(base_url, keys)


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ("run.0123456789abcdef.1", ("0123456789abcdef", "1")),
        ("2026.w1.run.k.12", ("k", "12")),
        ("7c9e6679-7425-40de-944b-e07fc1f90ae7", (None, "")),
        ("", (None, "")),
        ("a..1", (None, "1")),
    ],
)
def test_a_request_id_names_run_trial_and_attempt(given: str, key: tuple[str | None, str]) -> None:
    assert draw_key(given) == key


def test_without_a_key_the_share_of_passes_is_still_the_pass_rate() -> None:
    """400 requests at one half: within 0.08, three standard errors."""
    with SimulatedProvider(SUITE, HALF) as provider:
        passed = sum(
            text in {example.steps[0].text for example in TEXT.passing}
            for text in _texts(provider.base_url, ["no key"] * 400)
        )
    assert passed / 400 == pytest.approx(0.5, abs=0.08)


def test_a_provider_started_anew_gives_keyless_clients_the_same_sequence() -> None:
    def sequence() -> list[str]:
        with SimulatedProvider(SUITE, HALF, seed=3) as provider:
            return _texts(provider.base_url, ["no key"] * 20)

    assert sequence() == sequence()


def test_keyless_conversations_pass_as_wholes_at_the_pass_rate(base_url: str) -> None:
    """Passing and failing examples of this prompt begin alike. 100 conversations at one half: within 0.15."""
    ends: Counter[str] = Counter()
    with talker("chat", base_url, TURNS, stream=False) as talking:
        for _ in range(100):
            fresh = type(talking)(talking._client, TURNS, stream=False)  # type: ignore[arg-type]
            ends[" | ".join(step.text for step in talk(TURNS, fresh).steps)] += 1
    whole = {" | ".join(step.text for step in example.steps) for example in (*TURNS.passing, *TURNS.failing)}
    mixed = sum(count for text, count in ends.items() if text not in whole)
    assert mixed == 0
    assert ends["Table 4. -- desk | Table 6. -- desk | Yes. -- desk"] / 100 == pytest.approx(0.5, abs=0.15)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_text_that_is_no_prompt_gets_one_plain_sentence(base_url: str, protocol: str) -> None:
    body = post(base_url, PATHS[protocol], body_of(protocol, "Something else entirely")).json()
    assert text_of(protocol, body) == GENERIC.steps[0].text


def test_a_prompt_is_recognised_beside_a_client_s_own_reminders(base_url: str) -> None:
    parts = [
        {"type": "text", "text": "<reminder>Be good.</reminder>"},
        {"type": "text", "text": TEXT.turns[0].user},
    ]
    body = body_of("messages", system="A harness of its own.", messages=[{"role": "user", "content": parts}])
    said = text_of("messages", post(base_url, PATHS["messages"], body).json())
    assert said in {example.steps[0].text for example in (*TEXT.passing, *TEXT.failing)}


def test_prompts_that_open_alike_are_told_apart_by_system_text_and_tools() -> None:
    twin = replace(
        TURNS,
        id="turns/twin",
        system="No signature.",
        passing=(replace(TEXT.passing[0]),),
        turns=TURNS.turns[:1],
    )
    armed = replace(TOOLS, id="tools/opening", system=None, turns=(Turn(user=TURNS.turns[0].user),))
    suite = Suite(prompts=(TURNS, twin, armed))
    with SimulatedProvider(suite, Behaviour(pass_rate=1.0)) as provider:
        for prompt in suite.prompts:
            with talker("messages", provider.base_url, prompt) as talking:
                said = talking.reply(UserMessage(text=prompt.turns[0].user)).text
            assert said == prompt.passing[0].steps[0].text


def test_an_empty_reply_left_out_of_the_history_does_not_shift_the_rest() -> None:
    silent = replace(
        TURNS, passing=(replace(TURNS.passing[0], steps=tuple(replace(s, text=s.text * n) for n, s in enumerate(TURNS.passing[0].steps, start=-1))),)
    )  # fmt: skip
    assert [step.text for step in silent.passing[0].steps] == ["", "", "Yes. -- desk"]
    with SimulatedProvider(Suite(prompts=(silent,)), Behaviour(pass_rate=1.0)) as provider:
        messages = [{"role": "system", "content": silent.system}]
        messages += [{"role": "user", "content": turn.user} for turn in silent.turns]
        body = post(provider.base_url, PATHS["chat"], {"model": "m", "messages": messages}).json()
    assert text_of("chat", body) == "Yes. -- desk"


def test_behaviours_differ_by_model() -> None:
    both = Behaviour(pass_rate=1.0, variants={"small": Behaviour(pass_rate=0.0)})
    with SimulatedProvider(SUITE, both) as provider:
        large, small = (
            text_of(
                "chat", post(provider.base_url, PATHS["chat"], {**body_of("chat"), "model": model}).json()
            )
            for model in ("large", "small")
        )
    assert large in {example.steps[0].text for example in TEXT.passing}
    assert small in {example.steps[0].text for example in TEXT.failing}
