"""Checks of language and script: which one an answer is written in, and letters that do not belong there.

No trained model: the script of most letters, then frequent words and telling letters. The same text always gives the
same language.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from canary.checks.answer import Answer, Verdict
from canary.checks.languages import LANGUAGES, LETTERS, SCRIPT_LANGUAGES, SPELLING, WORDS
from canary.checks.letter_pairs import looks_english
from canary.checks.parameters import LanguageCode, ScriptName
from canary.checks.scripts import SCRIPTS, first_letter, letters, scripts_in
from canary.domain.canonical import canonical_json
from canary.domain.suite import Prompt

READ_CHARACTERS = 10_000
"""Characters of a text that decide its language."""

_LETTER = r"(?:[^\W\d_]|[\u0300-\u036f\u064b-\u0652\u0900-\u0963])"
_WORD = re.compile(rf"{_LETTER}+(?:['’]{_LETTER}+)*+")
_ADDRESS = re.compile(r"https?://\S+|[\w.+-]{1,64}@[\w-]{1,64}\.\w+")
_CJK = ("han", "hiragana", "katakana")
_SHARE_OF_KANA = 0.05
_TELLING_LETTER = 0.25
"""Weight of a telling letter, where a frequent word that no other language shares weighs 1."""
_TELLING_SPELLING = 0.15
"""Weight of a telling group of letters."""
_LEAST_EVIDENCE = 0.15
_EVIDENCE_PER_WORD = 0.05
_FREE_WORDS = 3
"""Latin letters alone make no language: a name or a list of names is none. What a text must show grows with its words."""
_SHORT_WORDS = 40
_LIKELIEST = {"latin": "en", "devanagari": "hi", "cyrillic": "ru"}
"""The language of a script, where nothing in a text speaks against it: a short line, most often."""


def detected_language(text: str) -> str | None:
    """ISO 639-1 code of the language most of a text is written in; None where it can't be told."""
    read = _ADDRESS.sub(" ", text[:READ_CHARACTERS])
    found = {name: number for name in scripts_in(read) if (number := letters(read, name))}
    cjk = sum(found.pop(name, 0) for name in _CJK[1:])
    if cjk:
        found["han"] = found.get("han", 0) + cjk
    if not found:
        return None
    script = max(sorted(found), key=found.__getitem__)
    if script == "han":
        return "ja" if cjk > _SHARE_OF_KANA * found["han"] else "zh"
    return SCRIPT_LANGUAGES.get(script) or _by_words(read.lower(), script)


def is_english(text: str) -> bool:
    """Whether a text is English; a short one without frequent words is judged by its letters."""
    language = detected_language(text)
    if len(_WORD.findall(text[:READ_CHARACTERS])) > _SHORT_WORDS:
        return language == "en"
    return language in {"en", None} and looks_english(text)


def _by_words(text: str, script: str) -> str | None:
    if script not in LETTERS:
        return None
    scores: defaultdict[str, float] = defaultdict(float)
    words = Counter(_WORD.findall(text))
    for word, number in words.items():
        languages = _languages_of(script).get(word.replace("’", "'"), ())
        for language in languages:
            scores[language] += number / len(languages)
    for language, telling in LETTERS[script].items():
        scores[language] += _TELLING_LETTER * sum(map(text.count, telling))
    for language, spelling in SPELLING[script].items():
        scores[language] += _TELLING_SPELLING * sum(map(text.count, spelling))
    best = max(scores.values(), default=0)
    tied = [language for language, score in scores.items() if score == best]
    likeliest = _LIKELIEST.get(script)
    if script == "latin" and best < max(_LEAST_EVIDENCE, _EVIDENCE_PER_WORD * (words.total() - _FREE_WORDS)):
        return None
    if script == "latin" and len(tied) > 1 and not looks_english(text):
        tied = [language for language in tied if language != likeliest]
    return likeliest if likeliest in tied else tied[0] if len(tied) == 1 and best > 0 else None


@cache
def _languages_of(script: str) -> Mapping[str, tuple[str, ...]]:
    """Frequent word -> the languages of a script that have it."""
    table: dict[str, tuple[str, ...]] = {}
    codes = (*LETTERS[script], "en", "id", "sw", "tl", "nl") if script == "latin" else tuple(LETTERS[script])
    for code in (*codes, "hi", "ne") if script == "devanagari" else codes:
        for word in WORDS[code]:
            table[word] = (*table.get(word, ()), code)
    return table


def language(answer: Answer, *, language: LanguageCode) -> Verdict:
    """Is written in {language:language}."""
    found = detected_language(answer.text)
    return Verdict(passed=found == language, found=LANGUAGES.get(found or "", "no language that can be told"))


def script(answer: Answer, *, scripts: Sequence[ScriptName]) -> Verdict:
    """Has only letters of the script {scripts:plain}."""
    used = scripts_in(answer.text)
    if not used:
        return Verdict(passed=False, found="no letters")
    return _foreign_verdict(answer.text, used - set(scripts))


def no_wrong_script(answer: Answer, *, allow: Sequence[ScriptName] = ()) -> Verdict:
    """Has no letter of a script that nobody used.

    Latin, every script in the prompt, its tools and its checks, and that of a language a check asks for, are used.
    """
    return _foreign_verdict(answer.text, foreign_scripts(answer.text, answer.prompt) - set(allow))


def _foreign_verdict(text: str, foreign: frozenset[str]) -> Verdict:
    if not foreign:
        return Verdict(passed=True, found="none")
    name = min(foreign)
    return Verdict(passed=False, found=f"{name}: “{first_letter(text, name)}”")


_LONE_GREEK = re.compile(f"(?<![{SCRIPTS['greek']}])[{SCRIPTS['greek']}](?![{SCRIPTS['greek']}])")


def foreign_scripts(text: str, prompt: Prompt) -> frozenset[str]:
    """Scripts of a text that neither its prompt nor its checks use; a single Greek letter is taken for a symbol."""
    used = scripts_in(text) - {"latin"}
    if "greek" in used:
        used = scripts_in(_LONE_GREEK.sub(" ", text)) - {"latin"}
    return used - _prompt_scripts(prompt) if used else frozenset()


def _prompt_scripts(prompt: Prompt) -> frozenset[str]:
    return (
        scripts_in("\n".join(_prompt_texts(prompt)))
        | {
            name
            for check in prompt.checks
            for name in _LANGUAGE_SCRIPTS.get(str(check.params.get("language")), ())
        }
        | {
            str(name)
            for check in prompt.checks
            for key in ("allow", "scripts")
            if check.name in {"script", "no_wrong_script"}
            for name in _names(check.params.get(key))
        }
    )


def _names(value: object) -> Sequence[object]:
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()


def _prompt_texts(prompt: Prompt) -> Iterator[str]:
    yield prompt.system or ""
    yield from (turn.user for turn in prompt.turns)
    yield from (canonical_json(check.params) for check in prompt.checks)
    if prompt.environment is not None:
        yield from prompt.environment.files.values()
        for table in prompt.environment.tables:
            yield from (canonical_json(answer.result) for answer in table.answers)


_LANGUAGE_SCRIPTS: Mapping[str, tuple[str, ...]] = {
    **{language: (script,) for script, language in SCRIPT_LANGUAGES.items()},
    **dict.fromkeys(LETTERS["cyrillic"], ("cyrillic",)),
    **dict.fromkeys(LETTERS["arabic"], ("arabic",)),
    **dict.fromkeys(SPELLING["devanagari"], ("devanagari",)),
    "zh": ("han",),
    "ja": _CJK,
    "ko": ("hangul", "han"),
}
