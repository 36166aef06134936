"""Phrases that the page and its plain-text twin share, word for word."""

from canary.report.answers import Answer
from canary.report.failing import FailedCheck, FailedPrompt, FailedPrompts
from canary.report.failures import FailureGroup
from canary.report.numbers import JOIN, count, plural
from canary.report.untrusted import Excerpt
from canary.report.view import Figure

FAMILIES_CAPTION = "Pass rate of each family with its interval. Many prompts are hard on purpose: a low rate is no fault by itself."


def figure_told(figure: Figure) -> str:
    """A value and its note."""
    return f"{figure.text}   ({figure.note})" if figure.note else figure.text


def message_told(group: FailureGroup) -> str:
    """The most frequent message of a group, and how many others there are; "" without a message."""
    if not group.message:
        return ""
    others = f", and {plural(group.other_messages, 'other message')}" if group.other_messages else ""
    return f"“{group.message}” ({plural(group.message_trials, 'time')}{others})"


def failed_told(failed: FailedPrompts) -> str:
    """How many prompts failed somewhere, and how many of them are shown."""
    if not failed.total:
        return "Every graded trial passed." if failed.prompts else "No trial has a verdict."
    told = f"{count(failed.total)} of {plural(failed.prompts, 'prompt')} did not pass every time, the worst first."
    if not failed.rest:
        return told
    return f"{told} {plural(len(failed.shown), 'prompt')} with answers, {count(len(failed.rest))} by name."


def tally_told(prompt: FailedPrompt) -> str:
    """`not passed in 7 of 18 graded trials`."""
    return f"not passed in {count(prompt.failed)} of {plural(prompt.graded, 'graded trial')}"


def wanted_told(check: FailedCheck) -> str:
    """`Wanted in turn 3: an answer that`; a check's sentence goes on from there."""
    place = {"": "", "last": " in the last turn", "each": " in every turn"}.get(
        check.turn, f" in turn{JOIN}{check.turn}"
    )
    return f"Wanted{place}: an answer that"


def check_told(check: FailedCheck) -> str:
    """How often a check was not held, and what was found instead."""
    parts = [f"not held in {count(check.failed)} of {count(check.graded)}"]
    if check.forgiven:
        verb = "passes" if check.forgiven == 1 else "pass"
        parts.append(f"{count(check.forgiven)} of them {verb} when form is forgiven")
    return "; ".join(parts) + "."


def found_told(check: FailedCheck) -> str:
    """The values found, with how often; "" where the check tells none."""
    values = [f"{value} ({plural(n, 'time')})" for value, n in check.found]
    if check.other_values:
        values.append(f"{plural(check.other_values, 'other value')}")
    return f"Found: {'; '.join(values)}" if values else ""


def answer_told(answer: Answer) -> str:
    """`opus-4.7-api, replicate 2, turn 2 of 4`."""
    told = f"{answer.target}, replicate{JOIN}{answer.replicate}"
    return f"{told}, {answer.circumstances}" if answer.circumstances else told


def omitted_told(text: Excerpt) -> str:
    """How much of a long text is not on the page."""
    return f"{plural(text.omitted, 'further character')}: see the record." if text.omitted else ""
