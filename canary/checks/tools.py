"""Checks of tool calls: which tools, how often, with what, in what order, and what came after an error."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from canary.checks.answer import Answer, Verdict
from canary.checks.argument_match import expected_problem, provider_name
from canary.checks.counting import count_verdict
from canary.checks.counting import words as text_words
from canary.checks.data import same_value, schema_problem
from canary.checks.parameters import CallSteps, Count, ExpectedCalls, Pattern, Schema, Text, Texts
from canary.checks.patterns import first_match
from canary.checks.process import failed, is_invalid, repeated_calls
from canary.checks.process import words_between as text_between
from canary.checks.sentence import counted
from canary.domain.canonical import Json
from canary.domain.environment import BUILT_IN_TOOLS, offered_tools, same_argument
from canary.domain.trial import ToolCall


def calls(
    answer: Answer,
    *,
    tool: Text | None = None,
    at_least: Count | None = None,
    at_most: Count | None = None,
    exactly: Count | None = None,
) -> Verdict:
    """Calls [tool?{tool:plain}][tool!tools] {range:time}.

    Every call counts, also one that failed.
    """
    number = sum(tool in (None, call.name) for call in answer.calls)
    return count_verdict(number, "call", at_least, at_most, exactly)


def no_calls(answer: Answer, *, tools: Texts | None = None) -> Verdict:
    """Calls [tools?none of {tools:plain}][tools!no tool]."""
    made = [call.name for call in answer.calls if tools is None or call.name in tools]
    return Verdict(passed=not made, found=f"calls {made[0]}" if made else "none")


def only_tools(answer: Answer, *, tools: Texts) -> Verdict:
    """Calls only {tools:plain}."""
    other = next((call.name for call in answer.calls if call.name not in tools), None)
    if not answer.calls:
        return Verdict(passed=False, found="no call")
    return Verdict(passed=other is None, found="no other" if other is None else f"calls {other}")


def first_call(answer: Answer, *, tool: Text, arguments: Mapping[str, Json] | None = None) -> Verdict:
    """Calls {tool:plain} first[arguments?, with {arguments:json}]."""
    if not answer.calls:
        return Verdict(passed=False, found="no call")
    first = answer.calls[0]
    passed = first.name == tool and _has(first, arguments or {})
    return Verdict(passed=passed, found=_shown(first))


def call_arguments(
    answer: Answer,
    *,
    tool: Text,
    equals: Mapping[str, Json] | None = None,
    schema: Schema | None = None,
    which: Literal["any", "every", "first", "last"] = "any",
    only: bool = False,
) -> Verdict:
    """Calls {tool:plain}[equals? with {equals:json}][only? and no other argument][schema? with arguments that the schema accepts][every?, every time][first?, the first time][last?, the last time].

    Texts are compared as declared tools compare them: without case and outer space. A file's path or text is exact.
    """
    made = [call for call in answer.calls if call.name == tool]
    if not made:
        return Verdict(passed=False, found=f"no call of {tool}")
    looked_at = {"first": made[:1], "last": made[-1:]}.get(which, made)
    wrong = [call for call in looked_at if not _fits(call, equals, schema, only=only)]
    passed = len(wrong) < len(looked_at) if which == "any" else not wrong
    return Verdict(passed=passed, found=_shown(looked_at[0] if passed else wrong[0]))


def _fits(
    call: ToolCall, equals: Mapping[str, Json] | None, schema: Mapping[str, Json] | None, *, only: bool
) -> bool:
    if call.arguments is None or not _has(call, equals or {}):
        return False
    if only and set(call.arguments) != set(equals or {}):
        return False
    return schema is None or schema_problem(schema, call.arguments) is None


def _has(call: ToolCall, wanted: Mapping[str, Json]) -> bool:
    given = call.arguments
    return given is not None and all(
        key in given and _same(call.name, given[key], value) for key, value in wanted.items()
    )


def _same(tool: str, given: Json, wanted: Json) -> bool:
    """Equal as JSON; texts as the tool itself takes them, or a call that was answered would count as a wrong one."""
    if isinstance(given, str) and isinstance(wanted, str) and tool not in BUILT_IN_TOOLS:
        return same_argument(given, wanted)
    return same_value(given, wanted)


def _shown(call: ToolCall) -> str:
    return f"{call.name} {call.arguments_text}"


def call_order(answer: Answer, *, tools: Texts) -> Verdict:
    """Calls {tools:plain} in this order, others between them or not."""
    names = iter([call.name for call in answer.calls])
    missing = next((tool for tool in tools if tool not in names), None)
    found = _names(answer.calls) if missing is None else f"{missing} is missing or too early"
    return Verdict(passed=missing is None, found=found)


def call_sequence(answer: Answer, *, tools: Texts) -> Verdict:
    """Calls exactly {tools:plain}, in this order."""
    passed = [call.name for call in answer.calls] == list(tools)
    return Verdict(passed=passed, found=_names(answer.calls))


def _names(calls: Sequence[ToolCall]) -> str:
    return ", ".join(call.name for call in calls) or "no call"


def parallel_calls(answer: Answer, *, tool: Text | None = None, at_least: Count = 2) -> Verdict:
    """Makes at least {at_least:call}[tool? of {tool:plain}] in one message."""
    most = max(sum(tool in (None, call.name) for call in step.tool_calls) for step in answer.steps)
    return Verdict(passed=most >= at_least, found=f"{counted(most, 'call')} in one message")


def expected_calls(answer: Answer, *, calls: ExpectedCalls) -> Verdict:
    """Makes the calls {calls:calls} in its first message, in any order and no other."""
    environment = answer.prompt.environment
    tools = {provider_name(n): tool for n, tool in offered_tools(environment).items()} if environment else {}
    problem = expected_problem(calls, answer.steps[0].tool_calls, tools)
    return Verdict(passed=problem is None, found=problem or _names(answer.steps[0].tool_calls))


def no_repeated_calls(answer: Answer, *, at_most: Count = 0) -> Verdict:
    """Repeats [at_most?at most {at_most:call}][at_most!no call] with the same arguments.

    After an edit the same call asks something else, and is no repeat.
    """
    repeated = repeated_calls(answer.calls)
    found = f"{counted(len(repeated), 'repeat')}: {_shown(repeated[0])}" if repeated else "no repeat"
    return Verdict(passed=len(repeated) <= at_most, found=found)


def no_invalid_calls(answer: Answer, *, at_most: Count = 0) -> Verdict:
    """Makes [at_most?at most {at_most:call}][at_most!no call] of an unknown tool or with arguments its schema refuses."""
    invalid = [call for call in answer.calls if is_invalid(call)]
    found = f"{counted(len(invalid), 'invalid call')}: {_shown(invalid[0])}" if invalid else "none"
    return Verdict(passed=len(invalid) <= at_most, found=found)


def recovers(answer: Answer, *, tool: Text, with_tool: Text | None = None) -> Verdict:
    """After an error of {tool:plain} gets an answer from [with_tool?{with_tool:plain}][with_tool!it]."""
    made = answer.calls
    first = next((n for n, call in enumerate(made) if call.name == tool and failed(call)), None)
    if first is None:
        return Verdict(passed=False, found=f"no error of {tool}")
    later = [call for call in made[first + 1 :] if call.name == (with_tool or tool)]
    passed = any(not failed(call) and not is_invalid(call) for call in later)
    return Verdict(passed=passed, found=counted(len(later), "later call"))


def calls_after(answer: Answer, *, tool: Text, result: Pattern, at_most: Count = 0) -> Verdict:
    """Makes [at_most?at most {at_most:call}][at_most!no call] after {tool:plain} has answered {result}."""
    made = answer.calls
    done = next((n for n, call in enumerate(made) if call.name == tool and _told(call, result)), None)
    if done is None:
        return Verdict(passed=False, found=f"no such answer of {tool}")
    after = made[done + 1 :]
    found = f"{counted(len(after), 'call')} after it" + (f": {after[0].name}" if after else "")
    return Verdict(passed=len(after) <= at_most, found=found)


def _told(call: ToolCall, pattern: str) -> bool:
    return call.result is not None and first_match(pattern, call.result.text) is not None


def checklist(answer: Answer, *, calls: CallSteps, ordered: bool = False) -> Verdict:
    """Carries out every step: {calls:steps}[ordered?, in this order].

    A step is carried out by a valid call of its tool that has its arguments, others aside, and got no error.
    """
    place = 0
    for number, step in enumerate(calls, start=1):
        place_of_step = next(_carried_out(answer.calls, step, place if ordered else 0), None)
        if place_of_step is None:
            return Verdict(passed=False, found=f"step {number} is not carried out: {step['tool']}")
        place = place_of_step + 1
    return Verdict(passed=True, found=f"all {counted(len(calls), 'step')}")


def _carried_out(calls: Sequence[ToolCall], step: Mapping[str, Json], start: int) -> Iterator[int]:
    arguments = step.get("arguments")
    wanted = arguments if isinstance(arguments, Mapping) else {}
    for place in range(start, len(calls)):
        call = calls[place]
        if call.name == step["tool"] and not is_invalid(call) and not failed(call) and _has(call, wanted):
            yield place


def words_between_calls(answer: Answer, *, at_most: Count) -> Verdict:
    """Writes at most {at_most:word} between one message with tool calls and the next."""
    most = max(text_between((*answer.steps,)), default=0)
    return Verdict(passed=most <= at_most, found=counted(most, "word"))


def final_words(
    answer: Answer,
    *,
    at_least: Count | None = None,
    at_most: Count | None = None,
    exactly: Count | None = None,
) -> Verdict:
    """Ends with an answer of {range:word}."""
    return count_verdict(len(text_words(answer.text)), "word", at_least, at_most, exactly)
