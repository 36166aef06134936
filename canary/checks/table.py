"""The table of checks: one row each.

A row is a check's name and the parameter that a bare value stands for (`- exact: "42"`), where it takes one. Rows stand
together by the module that decides them, by what they read and by what their loose verdict forgives.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Literal, TypeAlias

from canary.checks.answer import Verdict

Reads: TypeAlias = Literal["text", "trace"]
"""text = the visible text of the last reply in scope; trace = calls, results and files as well."""
Forgives: TypeAlias = Literal["nothing", "ifeval", "lines", "wrapper"]
"""What a loose verdict forgives.

nothing: the loose verdict is the strict one.
ifeval: a first line, a last line and asterisks, exactly as IFEval does.
lines: the same, for canary's own checks.
wrapper: the same, and a code fence, a preamble, emphasis or a full stop around the answer.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One row.

    Attributes:
        name: as prompt files write it.
        function: `module:function`, imported on use.
        reads: what it judges.
        forgives: what its loose verdict forgives.
        main: the parameter that a bare value stands for; None = it takes a mapping or nothing.
        version: of the definition; a change of it starts the series of every prompt that uses it anew.
    """

    name: str
    function: str
    reads: Reads
    forgives: Forgives
    main: str | None
    version: int

    @property
    def decide(self) -> Callable[..., Verdict]:
        """The function that decides it: `(answer, **parameters) -> Verdict`."""
        return _imported(self.function)


@cache
def _imported(path: str) -> Callable[..., Verdict]:
    module, _, name = path.partition(":")
    function: Callable[..., Verdict] = getattr(import_module(module), name)
    return function


VERSIONS: Mapping[str, int] = {}
"""Checks whose definition has changed since their first release -> version; all others are at 1."""


def _rows(module: str, reads: Reads, forgives: Forgives, rows: str) -> Iterator[Check]:
    """Rows of one module: names, each with `=` and its main parameter where it has one."""
    for row in rows.split():
        name, _, main = row.partition("=")
        yield Check(
            name=name,
            function=f"canary.checks.{module}:{name.rpartition(':')[2]}",
            reads=reads,
            forgives=forgives,
            main=main or None,
            version=VERSIONS.get(name, 1),
        )


CHECKS: tuple[Check, ...] = (
    *_rows("text", "text", "lines", """
        words characters sentences paragraphs lines words_per_sentence words_per_line
        words_per_paragraph sentences_per_paragraph
    """),
    *_rows("wording", "text", "lines", """
        required_words=words any_word=words forbidden_words=words word_count contains=texts lacks=texts
        in_order=texts letter_count forbidden_characters=characters no_comma all_lowercase all_capitals
        capital_words starts_with=text ends_with=text paragraph_starts_with quoted repeat_prompt=text
        acrostic=letters matches=pattern not_matches=pattern each_line=pattern each_sentence=pattern
        questions
    """),
    *_rows("manner", "text", "nothing", """
        no_preamble no_closing_offer no_phrases=families refuses no_refusal no_emoji
    """),
    *_rows("language", "text", "lines", """
        language=language script=scripts
    """),
    *_rows("language", "text", "nothing", """
        no_wrong_script
    """),
    *_rows("structure", "text", "lines", """
        bullets numbered_list sections headings highlights placeholders postscript=marker fenced_block
        parts distinct_lines sorted_lines
    """),
    *_rows("structure", "text", "wrapper", """
        table
    """),
    *_rows("structure", "text", "nothing", """
        no_markdown no_fence
    """),
    *_rows("data", "text", "wrapper", """
        json json_equals=value json_keys=keys json_value csv exact=text exact_lines=lines
    """),
    *_rows("data", "text", "lines", """
        has_line=line
    """),
    *_rows("answers", "text", "wrapper", """
        number=equals choice one_of=options items=items
    """),
    *_rows("answers", "text", "lines", """
        yes_no=says facts=facts
    """),
    *_rows("answers", "text", "nothing", """
        says_absent no_new_numbers
    """),
    *_rows("code", "text", "wrapper", """
        code_only python_defines=names output=text edit_blocks unified_diff
    """),
    *_rows("tools", "trace", "nothing", """
        calls no_calls=tools only_tools=tools first_call=tool call_arguments call_order=tools
        call_sequence=tools parallel_calls=at_least expected_calls=calls no_repeated_calls=at_most
        no_invalid_calls=at_most recovers=tool calls_after checklist=calls words_between_calls=at_most
    """),
    *_rows("tools", "text", "nothing", """
        final_words
    """),
    *_rows("agentic", "trace", "nothing", """
        read_before_edit=path reads=paths reads_per_edit=at_least tests_after_last_edit=tool
        file_contains file_lacks file_equals file_exists=path files_unchanged=paths
        only_files_changed=paths changed_lines tests_pass
    """),
    *_rows("ifeval", "text", "lines", """
        title two_responses
    """),
    *_rows("wording", "text", "ifeval", """
        punctuation:no_comma
    """),
    *_rows("ifeval", "text", "ifeval", """
        change_case:capital_word_frequency change_case:english_capital change_case:english_lowercase
        combination:repeat_prompt combination:two_responses detectable_content:number_placeholders
        detectable_content:postscript detectable_format:constrained_response
        detectable_format:json_format detectable_format:multiple_sections
        detectable_format:number_bullet_lists detectable_format:number_highlighted_sections
        detectable_format:title keywords:existence keywords:forbidden_words keywords:frequency
        keywords:letter_frequency language:response_language length_constraints:nth_paragraph_first_word
        length_constraints:number_paragraphs length_constraints:number_sentences
        length_constraints:number_words startend:end_checker startend:quotation
    """),
)  # fmt: skip

BY_NAME: Mapping[str, Check] = {check.name: check for check in CHECKS}
"""Rows by name."""
