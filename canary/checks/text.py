"""Checks of length: words, sentences, paragraphs, lines, characters."""

from canary.checks.answer import Answer, Verdict
from canary.checks.counting import count_verdict, each_count_verdict
from canary.checks.counting import lines as text_lines
from canary.checks.counting import paragraphs as text_paragraphs
from canary.checks.counting import words as text_words
from canary.checks.parameters import Count
from canary.checks.sentences import sentences as text_sentences


def words(
    answer: Answer,
    *,
    at_least: Count | None = None,
    at_most: Count | None = None,
    exactly: Count | None = None,
) -> Verdict:
    """Has {range:word}."""
    return count_verdict(len(text_words(answer.text)), "word", at_least, at_most, exactly)


def characters(
    answer: Answer,
    *,
    at_least: Count | None = None,
    at_most: Count | None = None,
    exactly: Count | None = None,
) -> Verdict:
    """Has {range:character}.

    Spaces count, outer ones do not.
    """
    return count_verdict(len(answer.text.strip()), "character", at_least, at_most, exactly)


def sentences(
    answer: Answer,
    *,
    at_least: Count | None = None,
    at_most: Count | None = None,
    exactly: Count | None = None,
) -> Verdict:
    """Has {range:sentence}."""
    return count_verdict(len(text_sentences(answer.text)), "sentence", at_least, at_most, exactly)


def paragraphs(
    answer: Answer,
    *,
    at_least: Count | None = None,
    at_most: Count | None = None,
    exactly: Count | None = None,
) -> Verdict:
    """Has {range:paragraph} separated by blank lines."""
    return count_verdict(len(text_paragraphs(answer.text)), "paragraph", at_least, at_most, exactly)


def lines(
    answer: Answer,
    *,
    at_least: Count | None = None,
    at_most: Count | None = None,
    exactly: Count | None = None,
) -> Verdict:
    """Has {range:line}, blank ones aside."""
    return count_verdict(len(text_lines(answer.text)), "line", at_least, at_most, exactly)


def words_per_sentence(
    answer: Answer,
    *,
    at_least: Count | None = None,
    at_most: Count | None = None,
    exactly: Count | None = None,
) -> Verdict:
    """Has {range:word} in every sentence."""
    counts = [len(text_words(sentence)) for sentence in text_sentences(answer.text)]
    return each_count_verdict(counts, "sentence", "word", at_least, at_most, exactly)


def words_per_line(
    answer: Answer,
    *,
    at_least: Count | None = None,
    at_most: Count | None = None,
    exactly: Count | None = None,
) -> Verdict:
    """Has {range:word} in every line that is not blank."""
    counts = [len(text_words(line)) for line in text_lines(answer.text)]
    return each_count_verdict(counts, "line", "word", at_least, at_most, exactly)


def words_per_paragraph(
    answer: Answer,
    *,
    at_least: Count | None = None,
    at_most: Count | None = None,
    exactly: Count | None = None,
) -> Verdict:
    """Has {range:word} in every paragraph."""
    counts = [len(text_words(paragraph)) for paragraph in text_paragraphs(answer.text)]
    return each_count_verdict(counts, "paragraph", "word", at_least, at_most, exactly)


def sentences_per_paragraph(
    answer: Answer,
    *,
    at_least: Count | None = None,
    at_most: Count | None = None,
    exactly: Count | None = None,
) -> Verdict:
    """Has {range:sentence} in every paragraph."""
    counts = [len(text_sentences(paragraph)) for paragraph in text_paragraphs(answer.text)]
    return each_count_verdict(counts, "paragraph", "sentence", at_least, at_most, exactly)
