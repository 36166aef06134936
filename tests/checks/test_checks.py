"""Every check does what its sentence says: one table of answers with their verdicts, one law over all of it."""

import pytest

from canary.checks.registry import check_names
from tests.checks.case import Case
from tests.checks.cases_form import CODE, DATA, LANGUAGE, STRUCTURE
from tests.checks.cases_ifeval import IFEVAL
from tests.checks.cases_text import LENGTH, MANNER, WORDING
from tests.checks.cases_work import AGENTIC, ANSWERS, TOOLS
from tests.checks.details import DETAILS

CASES = [*LENGTH, *WORDING, *MANNER, *LANGUAGE, *STRUCTURE, *DATA, *ANSWERS, *CODE, *TOOLS, *AGENTIC, *IFEVAL]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_an_answer_gets_its_verdicts(case: Case) -> None:
    result = case.result()
    assert (result.strict, result.loose) == (case.strict, case.loose), result.detail
    assert result.detail is not None
    assert result.detail.startswith(case.found)


@pytest.mark.parametrize("name", check_names())
def test_every_check_can_pass_and_can_fail(name: str) -> None:
    assert {case.strict for case in CASES if case.check == name} == {True, False}


@pytest.mark.parametrize("name", check_names())
def test_what_was_found_is_told_in_a_few_words(name: str) -> None:
    for strict, detail in zip((True, False), DETAILS[name], strict=True):
        first = next(case for case in CASES if case.check == name and case.strict is strict)
        assert first.result().detail == detail
