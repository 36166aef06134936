"""Whether the examples of a prompt set prove its checks: the engine of `canary prompts check` and of `doctor`.

A check that cannot fail is a defect, and so is a prompt that cannot be passed. Both are shown by examples with a known
verdict: they are played against the prompt and graded by the rules a model meets.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from canary.checks.registry import grade
from canary.config.problems import KeyPath, path_text
from canary.domain.dialogue import play
from canary.domain.errors import UsageError
from canary.domain.suite import Example, Prompt, Suite
from canary.domain.trial import Grade


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that the examples of a prompt do not prove.

    Attributes:
        prompt: id of the prompt.
        path: key path in the prompt, e.g. `("examples", "pass", 0)`.
        place: the same for people, and at a check its name: `examples.pass[0]`.
        text: what is wrong there, and where a check decided it, what it found.
        remedy: what to do about it.
    """

    prompt: str
    path: KeyPath
    place: str
    text: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.prompt}: {self.place}: {self.text}; {self.remedy}"


def check_examples(suite: Suite) -> Sequence[Finding]:
    """What is wrong with the examples of a suite, in its order; empty where they prove every check.

    They do when each passing example passes every check, each failing example fails, each check is failed strictly by
    some failing example, and there is at least one of each.
    """
    return [finding for prompt in suite.prompts for finding in _examined(prompt)]


def _examined(prompt: Prompt) -> Iterator[Finding]:
    for key, examples in (("pass", prompt.passing), ("fail", prompt.failing)):
        if not examples:
            yield Finding(
                prompt=prompt.id,
                path=("examples", key),
                place=f"examples.{key}",
                text="there is no example",
                remedy=f"add an answer that must {key}",
            )
    for index, example in enumerate(prompt.passing):
        yield from _passing(prompt, example, ("examples", "pass", index))
    failed: set[int] = set()
    for index, example in enumerate(prompt.failing):
        path: KeyPath = ("examples", "fail", index)
        graded = _graded(prompt, example, path)
        if isinstance(graded, Finding):
            yield graded
            continue
        failed |= {number for number, result in enumerate(graded.results) if not result.strict}
        if graded.passed:
            yield Finding(
                prompt=prompt.id,
                path=path,
                place=path_text(path),
                text="passes every check",
                remedy="make it break one, or sharpen the check it was meant to break",
            )
    if prompt.failing:
        yield from _never_failed(prompt, failed)


def _passing(prompt: Prompt, example: Example, path: KeyPath) -> Iterator[Finding]:
    graded, place = _graded(prompt, example, path), path_text(path)
    if isinstance(graded, Finding):
        yield graded
        return
    for number, result in enumerate(graded.results):
        if not result.strict:
            found = f" ({result.detail})" if result.detail else ""
            yield Finding(
                prompt=prompt.id,
                path=path,
                place=place,
                text=f"fails checks[{number}] {result.check}{found}",
                remedy="correct the example or the check",
            )
    if not graded.passed and all(result.strict for result in graded.results):
        yield Finding(
            prompt=prompt.id,
            path=path,
            place=place,
            text="is cut off by the limit of tool calls",
            remedy="raise environment.max_calls or make fewer calls",
        )


def _never_failed(prompt: Prompt, failed: set[int]) -> Iterator[Finding]:
    for number, spec in enumerate(prompt.checks):
        if number not in failed:
            yield Finding(
                prompt=prompt.id,
                path=("checks", number),
                place=f"checks[{number}] {spec.name}",
                text="no failing example fails it",
                remedy="add one that does, or remove the check",
            )


def _graded(prompt: Prompt, example: Example, path: KeyPath) -> Grade | Finding:
    """The grade of an example, or why it can't be played."""
    try:
        return grade(prompt, play(prompt, example))
    except UsageError as error:
        return Finding(
            prompt=prompt.id,
            path=path,
            place=path_text(path),
            text=error.problem,
            remedy=error.remedy or "correct the example",
        )
