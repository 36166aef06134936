"""Put a prompt to a target over a real connection to a scripted server, and look at both ends."""

from dataclasses import dataclass, field
from typing import Any

from canary.domain.ports import Conditions, Target
from canary.domain.suite import EnvironmentSpec, Prompt, TableAnswer, TableTool, Tool, Turn
from canary.domain.target import TargetOptions, TargetSpec
from canary.domain.trial import Attempt, Failure, Transcript, TrialKey
from canary.targets.registry import build_target
from tests.fakes import FakeClock, FakeMeter
from tests.targets.dialects import Dialect
from tests.targets.scripted_server import Answer, Request, ScriptedServer

KEY = "sk-canary-0123456789abcdef"

WEATHER = Tool(
    name="get_weather",
    description="The weather in a city.",
    parameters={
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
)
TOOLS = EnvironmentSpec(
    files={"notes.txt": "one\n"},
    tools=("read_file", "write_file"),
    tables=(TableTool(tool=WEATHER, answers=(TableAnswer(result={"sky": "clear"}),)),),
    max_calls=4,
)


def prompt(*turns: str, **facts: Any) -> Prompt:
    """A prompt with these user turns."""
    return Prompt(
        id="family/one",
        family="family",
        turns=tuple(Turn(user=turn) for turn in turns or ("Hello?",)),
        checks=(),
        **facts,
    )


@dataclass
class Talk:
    """What became of one trial."""

    transcript: Transcript
    requests: list[Request]
    clock: FakeClock
    meter: FakeMeter

    @property
    def failure(self) -> Failure:
        assert self.transcript.failure is not None, self.transcript
        return self.transcript.failure

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        return self.transcript.attempts

    @property
    def bodies(self) -> list[Any]:
        return [request.body for request in self.requests]


@dataclass
class Setting:
    """Everything about a trial that a test may want to choose."""

    prompt: Prompt = field(default_factory=prompt)
    options: TargetOptions = field(default_factory=TargetOptions)
    strict: bool = True
    api_key: str = KEY
    timeout_s: float = 30.0
    max_attempts: int = 4
    pauses: bool = False
    clock: FakeClock = field(default_factory=FakeClock)
    meter: FakeMeter = field(default_factory=FakeMeter)


def target(dialect: Dialect, address: str, setting: Setting) -> Target:
    """A target of the dialect at an address."""
    spec = TargetSpec(
        name="under-watch",
        provider=dialect.provider,
        model="asked-model",
        base_url=address + dialect.root,
        options=setting.options,
        timeout_s=setting.timeout_s,
        max_attempts=setting.max_attempts,
    )
    return build_target(spec, api_key=setting.api_key, clock=setting.clock, strict=setting.strict)


def conditions(setting: Setting) -> Conditions:
    """Conditions of the one trial."""
    key = TrialKey(run="20260301T120000Z-manual", target="under-watch", prompt="family/one", replicate=2)
    return Conditions(key=key, meter=setting.meter, pauses=setting.pauses)


async def talk(dialect: Dialect, *answers: Answer, **facts: Any) -> Talk:
    """One trial against a script, to its end."""
    setting = Setting(**facts)
    async with ScriptedServer(*answers) as server:
        system = target(dialect, server.address, setting)
        try:
            transcript = await system.attempt(setting.prompt, conditions(setting))
        finally:
            await system.close()
    return Talk(transcript, server.requests, setting.clock, setting.meter)
