"""The sentences of a run page, fact by fact."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, get_args

import pytest

from canary.domain.suite import CheckSpec, Prompt, Turn
from canary.domain.trial import FailureKind, Run, RunStatus, Trial, Trigger
from canary.report.failures import WORDINGS, failure_groups
from canary.report.limits import limits
from canary.report.notices import notices
from canary.report.numbers import JOIN
from canary.report.page import run_page
from canary.report.plan import against_plan
from canary.report.sentences import TRIGGERS
from canary.report.view import Counts
from tests.report.samples import NOW, START, failed, plain_run, trial


def headline(run: Run, trials: list[Trial]) -> str:
    """The page's headline with plain spaces."""
    return run_page(run, trials, {}, NOW).headline.replace(JOIN, " ")


def told(run: Run, trials: list[Trial]) -> list[str]:
    """Notices as sentence, remedy and command."""
    return [
        " ".join(part for part in (n.sentence, n.remedy, n.command) if part).replace(JOIN, " ")
        for n in notices(against_plan(run, trials, {}))
    ]


def doubts(run: Run, trials: list[Trial]) -> str:
    """All limits in one text."""
    return "\n".join(limits(against_plan(run, trials, {}))).replace(JOIN, " ")


SIX: dict[str, Any] = {"prompts": ("a", "b"), "replicates": 3}


def six(**fields: Any) -> list[Trial]:
    """Two prompts asked three times, for nothing."""
    return [trial(p, n, cost_usd=0.0, **fields) for p in ("a", "b") for n in range(3)]


def test_the_headline_of_a_clean_run_says_how_much_passed_and_how_surely() -> None:
    """One target: its rate with its interval."""
    assert (
        headline(plain_run(**SIX), six())
        == "6 of 6 trials graded · none failed · pass rate 100 % (54 to 100 %)"
    )


def test_the_headline_names_what_failed_and_what_is_missing() -> None:
    """Kinds in plain words, with counts where there are several."""
    trials = [trial("a"), failed("a", 1), failed("a", 2), failed("b", 0, kind="timeout")]
    assert headline(plain_run(**SIX, status="interrupted"), trials).startswith(
        "1 of 6 trials graded · 3 failed (2 rate limited, 1 timed out) · 2 missing · pass rate 100 %"
    )


def test_the_headline_of_several_targets_never_averages_them() -> None:
    """Two are told side by side, more by their lowest and highest."""
    run = plain_run(targets={"x": "0", "y": "0"})
    two = [trial("p/one", target="x"), trial("p/one", target="y", passed=False)]
    assert headline(run, two).endswith("pass rate 100 % (x), 0 % (y)")
    three = [*two, trial("p/one", target="z", passed=False)]
    assert headline(plain_run(targets={"x": "0", "y": "0", "z": "0"}), three).endswith(
        "pass rates from 0 % (y) to 100 % (x)"
    )


@pytest.mark.parametrize(
    ("status", "trials", "word", "tone"),
    [
        ("complete", [trial()], "Complete", "good"),
        ("complete", [failed()], "No answers", "bad"),
        ("complete", [], "No answers", "bad"),
        ("running", [], "Running", "plain"),
        ("interrupted", [trial()], "Interrupted", "warn"),
        ("over_budget", [], "Stopped by the budget", "warn"),
    ],
)
def test_the_state_says_how_far_the_run_came(
    status: RunStatus, trials: list[Trial], word: str, tone: str
) -> None:
    """An outage is told as no answers, never as a low pass rate."""
    state = run_page(plain_run(status=status), trials, {}, NOW).state
    assert (state.word, state.tone) == (word, tone)


def test_a_complete_run_says_when_calls_failed_or_trials_are_missing() -> None:
    """Complete alone is a promise."""
    run = plain_run(**SIX)
    assert run_page(run, [*six()[:5], failed("b", 2)], {}, NOW).state.word == "Complete, some calls failed"
    assert run_page(run, six()[:5], {}, NOW).state.word == "Incomplete"


def test_a_prompt_that_a_complete_run_asked_nobody_was_for_nobody() -> None:
    """Prompts for harnesses leave no trial behind where there is no harness, and maybe no definition."""
    run = plain_run(prompts=("p/one", "memory-file/one"))
    assert against_plan(run, [trial()], {}).counts == Counts(planned=1, graded=1, failed=0, missing=0)
    broken = replace(run, status="interrupted")
    assert against_plan(broken, [trial()], {}).counts.missing == 1


def test_every_status_and_trigger_has_words() -> None:
    """A new status or trigger without words breaks here."""
    for status in get_args(RunStatus):
        assert run_page(plain_run(status=status), [trial()], {}, NOW).state.word
    assert set(TRIGGERS) == set(get_args(Trigger))


def test_every_kind_of_failure_has_words_and_a_remedy() -> None:
    """And no words stand for a kind that does not exist."""
    assert set(WORDINGS) == set(get_args(FailureKind))
    assert all(
        wording.title and wording.short and wording.remedy.endswith(".") for wording in WORDINGS.values()
    )


def test_failures_are_grouped_by_kind_with_target_message_and_remedy() -> None:
    """The most frequent kind first; of many messages the most frequent is shown and the others are counted."""
    trials = [failed("a", n, target="x", message=f"429 id {n // 2}") for n in range(3)]
    groups = failure_groups([failed("b", kind="timeout"), *trials, trial("c")])
    assert [(g.kind, g.trials) for g in groups] == [("rate_limited", 3), ("timeout", 1)]
    assert (groups[0].by_target, groups[0].message) == ((("x", 3),), "429 id 0")
    assert (groups[0].message_trials, groups[0].other_messages) == (2, 1)
    assert groups[0].remedy == WORDINGS["rate_limited"].remedy


def test_a_failed_trial_without_a_reason_is_counted_all_the_same() -> None:
    """Imported records may name none."""
    (group,) = failure_groups([trial(outcome="failed")])
    assert (group.trials, group.message, group.title) == (1, "", "Failed without a stated reason")


def test_a_target_that_gave_no_answer_comes_first() -> None:
    """With the kind of failure, and without a claim of degradation."""
    first, second = told(plain_run(), [failed(kind="authentication")])
    assert first.startswith("t gave no answer: its only trial failed (key refused).")
    assert second.endswith("To send them again: canary run --resume r --retry-failed")


def test_a_planned_target_without_a_trial_is_named() -> None:
    """It is neither passed over nor shown as failing."""
    assert "u was planned and has no trial at all." in told(plain_run(targets={"t": "", "u": ""}), [trial()])


def test_missing_trials_come_with_the_command_that_sends_them() -> None:
    """Also when the budget was the reason; never for imported records."""
    run = plain_run(**SIX, status="over_budget")
    assert told(run, six()[:5]) == [
        "1 trial had not been sent when the budget was spent. To send them: canary run --resume r"
    ]
    assert told(plain_run(**SIX, imported=True), six()[:5]) == []


def test_a_running_run_offers_no_command() -> None:
    """Resuming what still runs would send it twice."""
    silent, running = told(plain_run(**SIX, status="running"), [failed("a")])
    assert silent.startswith("t gave no answer: its only trial failed (rate limited).")
    assert running == "The run is not finished; this page will be written again."


def test_a_model_served_under_another_name_is_told() -> None:
    """A dated version of the model asked for is no news; two different ones are."""
    dated = [trial(requested_model="opus", served_model="opus-2026", cost_usd=0.0)]
    other = [trial(requested_model="opus", served_model="haiku", cost_usd=0.0)]
    mixed = [*dated, trial("p/one", 1, requested_model="opus", served_model="opus-2025", cost_usd=0.0)]
    assert told(plain_run(), dated) == []
    assert told(plain_run(), other) == ["t asked for opus and was served haiku."]
    assert told(plain_run(replicates=2), mixed) == [
        "t asked for opus and was served opus-2026 and opus-2025."
    ]


def test_answers_cut_off_and_unknown_prices_are_told_with_their_remedy() -> None:
    """Both can be mended by the reader."""
    cut = told(plain_run(), [trial(passed=False, truncated=True)])
    assert cut[0].startswith("1 answer was cut off (1 of t); an answer that is cut off does not pass.")
    unpriced = told(plain_run(), [trial(output_tokens=1, requested_model="opus")])
    assert unpriced[-1].startswith("No price is known for opus: the cost is unknown, not $0.")


def test_the_page_says_that_one_run_says_nothing_about_change() -> None:
    """Warm-up, sampling error, fixed set, day to day: the first and the third sentence of every page."""
    text = doubts(plain_run(**SIX), six())
    assert "One run says nothing about change. A series is judged once it has 28 days" in text
    assert "over its fixed set of 2 prompts, each asked 3 times" in text
    assert "nothing of how a target varies from day to day" in text


def test_the_page_says_when_an_interval_is_too_wide_and_why() -> None:
    """One replicate; replicates that agree; neither where replicates tell enough."""
    assert "with one replicate nothing is known" in doubts(plain_run(), [trial()])
    assert "the replicates say too little" in doubts(plain_run(**SIX), six())
    mixed = [trial(f"{n}", r, passed=n > 9 or r == n % 3) for n in range(60) for r in range(3)]
    assert "too wide" not in doubts(plain_run(prompts=tuple(f"{n}" for n in range(60)), replicates=3), mixed)


def test_prompts_without_a_graded_trial_are_said_to_be_left_out() -> None:
    """A level over fewer prompts is another level."""
    trials = [*six(), *(failed("c", n) for n in range(3))]
    text = doubts(plain_run(prompts=("a", "b", "c"), replicates=3), trials)
    assert "t: 1 of 3 prompts have no graded trial and are left out of its figures" in text


def test_records_without_a_plan_are_asked_as_often_as_they_show() -> None:
    """An imported run knows no number of replicates; its trials do."""
    assert "each asked 3 times" in doubts(plain_run(prompts=(), targets={}, imported=True), six())


def test_arms_not_run_are_named_by_twin_group() -> None:
    """Twins stand for each other's arms."""
    trials = [trial(arm="api", twins="opus"), trial("p/one", 0, "u", arm="harness", twins="opus")]
    text = doubts(plain_run(targets={"t": "", "u": ""}), trials)
    assert "Arms not run for opus: api-defaults, harness-pinned and harness-resumed." in text


@pytest.mark.parametrize("trigger", get_args(Trigger))
def test_only_a_scheduled_run_is_in_the_daily_series(trigger: Trigger) -> None:
    """The others say that they are not, and why."""
    text = doubts(plain_run(trigger=trigger), [trial()])
    assert ("not in the daily series" in text) == (trigger != "schedule")


def test_the_hours_sampled_and_unbilled_failures_are_told() -> None:
    """One clock time says nothing of other hours."""
    late = trial("p/one", 1)
    text = doubts(plain_run(replicates=3), [trial(), late, failed("p/one", 2)])
    assert "All trials started at 06:00:00 UTC; other hours were not sampled." in text
    assert "1 failed trial reported no usage" in text


def test_prompts_for_harnesses_are_not_missing_from_a_raw_api() -> None:
    """The plan of a run holds them; a raw API is never asked them."""
    memory = Prompt(
        id="memory-file/one",
        family="memory-file",
        turns=(Turn(user="?"),),
        checks=(CheckSpec(name="words"),),
        harness_only=True,
    )
    run = plain_run(prompts=("p/one", memory.id))
    raw = against_plan(run, [trial(provider="anthropic")], {memory.digest: memory})
    harness = against_plan(run, [trial(provider="claude-code")], {memory.digest: memory})
    assert raw.counts == Counts(planned=1, graded=1, failed=0, missing=0)
    assert harness.counts == Counts(planned=2, graded=1, failed=0, missing=1)


def test_imported_trials_beyond_the_plan_are_part_of_it() -> None:
    """Records may come without any plan."""
    counts = against_plan(plain_run(prompts=(), targets={}, imported=True), six(), {}).counts
    assert counts == Counts(planned=6, graded=6, failed=0, missing=0)


def test_a_run_that_is_not_finished_tells_how_long_it_has_been_going() -> None:
    """From its start to the moment the page is written."""
    page = run_page(
        plain_run(status="running", finished_at=None), [trial()], {}, START + timedelta(minutes=3)
    )
    facts = {fact.label: fact.text.replace(JOIN, " ") for fact in page.facts}
    assert (facts["Finished"], facts["So far"]) == ("not yet", "3 min")


def test_money_spent_on_no_trial_is_part_of_the_cost_and_named() -> None:
    """A trial that the budget cut short was paid for."""
    page = run_page(plain_run(spent_usd=0.5), [trial(cost_usd=1.0)], {}, NOW)
    facts = {fact.label: fact.text for fact in page.facts}
    assert (facts["Cost"], facts["Of that in no trial"]) == ("$1.50", "$0.50")
    rounding = run_page(plain_run(spent_usd=1.8e-15), [trial(cost_usd=1.0)], {}, NOW)
    assert "Of that in no trial" not in {fact.label for fact in rounding.facts}
