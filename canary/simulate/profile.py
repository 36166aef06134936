"""What a prompt set looks like to the draw: for each prompt its family, turns, tools, checks, script and billed size."""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from canary.domain.environment import EDITING_TOOLS
from canary.domain.suite import Prompt, Suite
from canary.simulate.tokens import ORDINARY_TOKENIZER

Array: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]

SCRIPTS = ("cjk", "cyrillic", "arabic", "devanagari")
_ENGLISH = "english"
_CODE_FAMILIES = {"code": "python", "agentic": "python", "format": "json"}
_NAMED = {
    "german": "german", "french": "french", "python": "python", "typescript": "typescript", "json": "json",
    "uuid": "uuid", "timestamps": "uuid", "digits": "uuid", "repeated-letter": "repeat_a",
}  # fmt: skip
"""Fixed strings of the family `fingerprint`, by what their name begins with."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """The prompts of one target, one entry each.

    Attributes:
        ids, digests, families, scripts: text facts.
        turns: user turns.
        checks: checks.
        tools, edits, tests, paused: whether it offers tools, edits files, runs tests, pauses between turns.
        harness_only: whether only a harness can be asked it.
        tokens: billed input of its texts.
        replicates: trials a prompt and day.
    """

    ids: tuple[str, ...]
    digests: tuple[str, ...]
    families: tuple[str, ...]
    scripts: tuple[str, ...]
    turns: Array
    checks: Array
    tools: Flags
    edits: Flags
    tests: Flags
    paused: Flags
    harness_only: Flags
    tokens: Array
    replicates: int

    def __len__(self) -> int:
        """Prompts."""
        return len(self.ids)

    def family_is(self, names: Sequence[str]) -> Flags:
        """Which prompts are of one of the families."""
        return np.array([family in names for family in self.families], dtype=np.bool_)

    def without_harness_prompts(self) -> "Profile":
        """The prompts that a raw API can be asked."""
        keep = ~self.harness_only

        def some(texts: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(text for text, kept in zip(texts, keep.tolist(), strict=True) if kept)

        return replace(
            self,
            ids=some(self.ids),
            digests=some(self.digests),
            families=some(self.families),
            scripts=some(self.scripts),
            turns=self.turns[keep],
            checks=self.checks[keep],
            tools=self.tools[keep],
            edits=self.edits[keep],
            tests=self.tests[keep],
            paused=self.paused[keep],
            harness_only=self.harness_only[keep],
            tokens=self.tokens[keep],
        )


def profile_of(suite: Suite, *, replicates: int = 3) -> Profile:
    """The profile of a prompt set."""
    prompts = suite.prompts
    return Profile(
        ids=tuple(prompt.id for prompt in prompts),
        digests=tuple(prompt.digest for prompt in prompts),
        families=tuple(prompt.family for prompt in prompts),
        scripts=tuple(_script(prompt) for prompt in prompts),
        turns=np.array([len(prompt.turns) for prompt in prompts], dtype=np.float64),
        checks=np.array([len(prompt.checks) for prompt in prompts], dtype=np.float64),
        tools=np.array([prompt.environment is not None for prompt in prompts]),
        edits=np.array([bool(_tools(prompt) & EDITING_TOOLS) for prompt in prompts]),
        tests=np.array(["run_tests" in _tools(prompt) for prompt in prompts]),
        paused=np.array([any(turn.pause_s for turn in prompt.turns) for prompt in prompts]),
        harness_only=np.array([prompt.harness_only for prompt in prompts]),
        tokens=np.array([ORDINARY_TOKENIZER.count(_text(prompt)) + 8.0 for prompt in prompts]),
        replicates=replicates,
    )


def _tools(prompt: Prompt) -> set[str]:
    return set(prompt.environment.tools) if prompt.environment else set()


def _text(prompt: Prompt) -> str:
    return "\n".join([prompt.system or "", *(turn.user for turn in prompt.turns)])


def _script(prompt: Prompt) -> str:
    """The kind of text that most of a prompt is."""
    name = prompt.id.partition("/")[2]
    for beginning, kind in _NAMED.items():
        if prompt.family == "fingerprint" and name.startswith(beginning):
            return kind
    letters = Counter(_of_letter(char) for char in _text(prompt) if char.isalpha())
    kind = letters.most_common(1)[0][0] if letters else _ENGLISH
    return _CODE_FAMILIES.get(prompt.family, kind) if kind == _ENGLISH else kind


def _of_letter(char: str) -> str:
    if char.isascii():
        return _ENGLISH
    name = unicodedata.name(char, "")
    if name.startswith(("CJK", "HIRAGANA", "KATAKANA", "HANGUL")):
        return "cjk"
    return next((script for script in SCRIPTS if name.startswith(script.upper())), _ENGLISH)
