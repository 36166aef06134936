"""IFEval's instruction types give the verdicts of IFEval's own checkers on published answers."""

import pytest

from canary.checks.ifeval_sentences import ifeval_sentences
from canary.checks.registry import check_spec
from canary.checks.score import ScoreCard, StoredResponse, score
from canary.checks.treebank import treebank_tokens
from canary.domain.suite import Prompt, Suite, Turn
from tests.checks.ifeval_data import rows


@pytest.fixture(scope="module")
def card() -> ScoreCard:
    """The published GPT-4 answers, graded."""
    prompts = tuple(
        Prompt(
            id=f"ifeval/{row['key']}",
            family="ifeval",
            turns=(Turn(user=row["prompt"]),),
            checks=tuple(map(check_spec, row["instruction_id_list"], row["kwargs"])),
        )
        for row in rows("input_data.jsonl")
    )
    answers = rows("responses_gpt4_20231107.jsonl")
    return score(Suite(prompts=prompts), [StoredResponse(where="file", data=row) for row in answers])


def test_every_deterministic_verdict_agrees_strictly_and_loosely(card: ScoreCard) -> None:
    own = {one.prompt: one.results for one in card.scored}
    compared = 0
    differing = []
    for row in rows("reference_verdicts_gpt4_20231107.jsonl"):
        for place, verdicts in enumerate(zip(row["strict"], row["loose"], strict=True)):
            if place in row["nondeterministic_idx"]:
                continue
            result = own[f"ifeval/{row['key']}"][place]
            compared += 1
            if (result.strict, result.loose) != verdicts:
                differing.append((row["key"], result))
    assert compared == 832
    assert differing == []


def test_the_totals_are_those_of_counting_characters_literally(card: ScoreCard) -> None:
    prompts, checks = len(card.scored), sum(len(one.results) for one in card.scored)
    shares = (card.prompt_strict, card.instruction_strict, card.prompt_loose, card.instruction_loose)
    assert [round((share or 0) * n) for share, n in zip(shares, (prompts, checks) * 2, strict=True)] == [
        417,
        698,
        431,
        714,
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("Mr. Browning met Dr. Who at 5 p.m. in the U.S. today", None),
        ("It ended at 5 p.m. In the end we left.", ["It ended at 5 p.m.", "In the end we left."]),
        ("He said (it was late.) Then he left.", ["He said (it was late.)", "Then he left."]),
        ('"Stop!" he said. “Go.” They went.', ['"Stop!"', "he said.", "“Go.”", "They went."]),
        ("1. First item\n2. Second item", ["1.", "First item\n2.", "Second item"]),
        ("Version 3. of it", None),
        ("1. Review of it", None),
        ("By J. Doe and Q. Xyzzy", None),
        ("Answer A. Then more", ["Answer A.", "Then more"]),
        ("A line without end\n\nanother", None),
        ("Well... maybe", None),
        ("Well... Maybe another", None),
        ("Well... However, so", ["Well...", "However, so"]),
        ("What?! Really", ["What?!", "Really"]),
        ("e.g. this", ["e.g.", "this"]),
        ("End.", ["End."]),
        ("", []),
        ("   ", []),
        ("3.5 and a.b", None),
        ("So -- Corp. -- and on", None),
        ("x?\ny", ["x?", "y"]),
        ("(Yes.)", ["(Yes.)"]),
        ("Yes.) No.", ["Yes.)", "No."]),
        ("Yes.)No", ["Yes.", ")No"]),
        ("He lives in pre-Oct. days", None),
        ("It was Oct. However, it rained", ["It was Oct.", "However, it rained"]),
    ],
)
def test_sentences_are_those_of_the_punkt_model(text: str, expected: list[str] | None) -> None:
    """None = the text is one sentence. Each was tried on the English model itself."""
    assert ifeval_sentences(text) == ([text] if expected is None else expected)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("DON'T STOP", "DO N'T STOP"),
        ("IT'S JOHN'S, I'M SURE.", "IT 'S JOHN 'S I 'M SURE."),
        ("WELL-KNOWN U.S. FACTS", "WELL-KNOWN U.S. FACTS"),
        ("CANNOT GIMME WANNA GO", "CAN NOT GIM ME WAN NA GO"),
        ("'TIS “SO”", "' TIS SO"),
        ("A/B, 1,000: X-Y...Z", "A/B 1,000 X-Y Z"),
        ("A—B–C--D", "A B C D"),
        ("(A)[B]{C}<D>", "A B C D"),
        ("WE'LL HE'D THEY'VE YOU'RE", "WE 'LL HE 'D THEY 'VE YOU 'RE"),
    ],
)
def test_words_in_capitals_are_those_of_the_penn_treebank(text: str, words: str) -> None:
    assert treebank_tokens(text) == words.split()
