"""Prompts that failed: the worst first, each check with its sentence and the value found, answers that differ."""

from typing import Any

from canary.domain.suite import CheckSpec, Prompt, Turn
from canary.domain.trial import CheckResult, Step, ToolCall, ToolResult, Trial
from canary.report.failing import NAMED, SHOWN, failed_prompts
from canary.report.phrases import failed_told, wanted_told
from tests.report.samples import failed, trial

PROMPT = Prompt(
    id="p/one",
    family="p",
    turns=(Turn(user="First?"), Turn(user="And then?")),
    checks=(
        CheckSpec(name="words", sentence="has between 90 and 110 words"),
        CheckSpec(name="ends_with", on="each", sentence="ends with “--”"),
    ),
)
PROMPTS = {PROMPT.digest: PROMPT}


def results(
    *, words: bool, ending: bool, detail: str | None = None, loose: bool = False
) -> tuple[CheckResult, ...]:
    """Verdicts of the two checks."""
    return (
        CheckResult(check="words", strict=words, loose=words or loose, detail=detail),
        CheckResult(check="ends_with", strict=ending, loose=ending),
    )


def missed(replicate: int = 0, target: str = "t", **fields: Any) -> Trial:
    """A trial of the prompt that did not pass."""
    return trial("p/one", replicate, target, passed=False, prompt_digest=PROMPT.digest, **fields)


def test_prompts_come_by_share_not_passed_and_failed_calls_do_not_count() -> None:
    """Half, a third; all passed and never graded are no failing prompts."""
    trials = [
        trial("third", 0, passed=False), trial("third", 1), trial("third", 2),
        trial("half", 0, passed=False), trial("half", 1),
        trial("fine"), failed("down"),
    ]  # fmt: skip
    found = failed_prompts(trials, {})
    assert [(p.prompt, p.failed, p.graded) for p in found.shown] == [("half", 1, 2), ("third", 1, 3)]
    assert (found.total, found.prompts) == (2, 3)


def test_a_trial_without_a_verdict_is_neither_passed_nor_failed() -> None:
    """Records may come without one: then the page has nothing to say of them."""
    found = failed_prompts(
        [trial("a", passed=None), trial("b", passed=False), trial("b", 1, passed=None)], {}
    )
    assert (found.prompts, found.total) == (1, 1)
    assert (found.shown[0].failed, found.shown[0].graded) == (1, 1)
    assert failed_told(failed_prompts([trial("a", passed=None)], {})) == "No trial has a verdict."


def test_what_is_too_many_is_named_and_then_counted() -> None:
    """24 with answers, 200 by name, the rest as a number."""
    trials = [trial(f"p{n:04d}", passed=False) for n in range(SHOWN + NAMED + 7)]
    found = failed_prompts(trials, {})
    assert (len(found.shown), len(found.rest), found.uncounted) == (SHOWN, NAMED, 7)
    assert found.total == SHOWN + NAMED + 7
    assert failed_told(found).endswith("24\N{NO-BREAK SPACE}prompts with answers, 200 by name.")


def test_a_failed_check_has_its_sentence_its_count_and_the_values_found() -> None:
    """The most frequent check first, values with their trials, and how many pass when form is forgiven."""
    trials = [
        missed(0, checks=results(words=False, ending=False, detail="72 words", loose=True)),
        missed(1, checks=results(words=False, ending=True, detail="72 words")),
        missed(2, checks=results(words=False, ending=True, detail="131 words")),
        missed(3, checks=results(words=False, ending=True, detail="80 words")),
    ]
    (prompt,) = failed_prompts(trials, PROMPTS).shown
    words, ending = prompt.checks
    assert (words.sentence, words.failed, words.forgiven) == (PROMPT.checks[0].sentence, 4, 1)
    assert words.found == (("72 words", 2), ("131 words", 1))
    assert words.other_values == 1
    assert (ending.failed, ending.graded, ending.found) == (1, 4, ())
    assert wanted_told(words) == "Wanted in the last turn: an answer that"
    assert wanted_told(ending) == "Wanted in every turn: an answer that"


def test_a_prompt_whose_definition_is_not_kept_is_told_by_its_checks_names() -> None:
    """An old run outlives its prompt files."""
    (prompt,) = failed_prompts([missed(checks=results(words=False, ending=True))], {}).shown
    assert (prompt.checks[0].sentence, prompt.asked, prompt.turns) == ("passes the check words", "", 0)


def test_a_sentence_is_never_taken_from_another_check() -> None:
    """Records whose checks are not the definition's are told by name."""
    other = (CheckResult(check="no_commas", strict=False, loose=False),)
    (prompt,) = failed_prompts([missed(checks=other)], PROMPTS).shown
    assert prompt.checks[0].sentence == "passes the check no_commas"


def test_answers_come_from_different_targets_first() -> None:
    """The worst target first, then one of each other, then further replicates."""
    trials = [missed(0, "x", response="a"), missed(1, "x", response="b"), missed(0, "y", response="c")]
    (prompt,) = failed_prompts(trials, PROMPTS).shown
    assert [(a.target, a.replicate) for a in prompt.answers] == [("x", 0), ("y", 0), ("x", 1)]
    assert prompt.by_target == (("x", 2, 2), ("y", 1, 1))


def test_the_answer_shown_is_that_of_the_first_turn_that_broke_the_rule() -> None:
    """Not the last one, which may be right again."""
    steps = (Step(turn=0, text="no ending"), Step(turn=1, text="fine --"))
    broken = missed(response="fine --", turns_passed=(False, True), transcript=steps)
    (prompt,) = failed_prompts([broken], PROMPTS).shown
    answer = prompt.answers[0]
    assert answer.text is not None
    assert (answer.text.head, answer.circumstances) == ("no ending", "turn\N{NO-BREAK SPACE}1 of 2")


def test_refusals_and_cut_off_answers_are_said_to_be_such() -> None:
    """They explain why all checks pass and the trial does not."""
    trials = [missed(0, refused=True), missed(1, truncated=True)]
    (prompt,) = failed_prompts(trials, PROMPTS).shown
    assert [answer.circumstances for answer in prompt.answers] == ["refused", "cut off"]


def test_tool_calls_are_listed_in_order_and_the_invalid_ones_marked() -> None:
    """Six are shown, the rest is counted; arguments are cut."""
    calls = tuple(
        ToolCall(
            id=str(n),
            name="get_rate",
            arguments=None,
            arguments_text="x" * 200 if n else "{}",
            result=ToolResult(text="", error=True, invalid="not_json") if n == 1 else None,
        )
        for n in range(9)
    )
    (prompt,) = failed_prompts([missed(transcript=(Step(tool_calls=calls),))], PROMPTS).shown
    shown = prompt.answers[0].calls
    assert shown[0] == "get_rate({})"
    assert shown[1] == f"get_rate({'x' * 80} …) — invalid"
    assert (len(shown), shown[-1]) == (7, "and 3\N{NO-BREAK SPACE}more calls")


def test_an_answer_that_is_not_kept_is_told_from_an_empty_one() -> None:
    """`[store] responses = false` against a model that said nothing."""
    gone, empty = failed_prompts([missed(0), missed(1, response="")], PROMPTS).shown[0].answers
    assert gone.text is None
    assert empty.text is not None
    assert empty.text.head == ""
