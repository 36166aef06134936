"""Readings of an answer that a loose verdict tries: without what is often put around what was asked for."""

import re
from collections.abc import Callable, Iterator, Mapping

from canary.checks.phrases import PREAMBLE

_LEAD_IN = re.compile(
    r"\A[ \t]*(?:(?:the |my |final |correct )*(?:answer|result|output|solution)(?: is)?|answer)[ \t]*:?[ \t]+",
    re.IGNORECASE,
)


def ifeval_variants(text: str) -> Iterator[str]:
    """IFEval's eight: without the first line, the last, both; each with and without asterisks. Blank ones are none."""
    lines = text.split("\n")
    shortened = [
        text,
        "\n".join(lines[1:]).strip(),
        "\n".join(lines[:-1]).strip(),
        "\n".join(lines[1:-1]).strip(),
    ]
    yield from _distinct([*shortened, *(variant.replace("*", "") for variant in shortened)])


def wrapper_variants(text: str) -> Iterator[str]:
    """IFEval's eight, and what stands in the only code fence, after a preamble or lead-in, without emphasis or full stop."""
    inner = [*ifeval_variants(text)]
    fenced = _only_fenced(text)
    if fenced is not None:
        inner.append(fenced)
    unwrapped = _LEAD_IN.sub("", without_preamble(text), count=1)
    inner.append(unwrapped)
    inner += [variant.strip().strip("*_`").removesuffix(".").strip("*_`") for variant in (text, unwrapped)]
    yield from _distinct(inner)


def _distinct(variants: list[str]) -> Iterator[str]:
    yield from (variant for variant in dict.fromkeys(variants) if variant.strip())


def _only_fenced(text: str) -> str | None:
    """The inside of the first fence, where there is exactly one."""
    blocks = fenced_blocks(text)
    return blocks[0][1] if len(blocks) == 1 else None


def fenced_blocks(text: str) -> list[tuple[str, str]]:
    """Code fences: (info string, inside), in order. A fence that is not closed is none."""
    blocks: list[tuple[str, str]] = []
    opening: tuple[str, str] | None = None
    inside: list[str] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        stripped = line.strip()
        if opening is None and stripped.startswith(("```", "~~~")):
            mark = stripped[: len(stripped) - len(stripped.lstrip(stripped[0]))]
            info = stripped[len(mark) :].strip()
            if "`" not in info:
                opening, inside = (mark, info), []
        elif opening is not None and stripped == opening[0]:
            blocks.append((opening[1], "\n".join(inside)))
            opening = None
        elif opening is not None:
            inside.append(line)
    return blocks


def without_preamble(text: str) -> str:
    """A text without a first line that only announces what follows."""
    first, _, rest = text.lstrip().partition("\n")
    announces = first.rstrip().endswith(":") or PREAMBLE.match(first) is not None
    return rest.lstrip() if announces and rest.strip() else text


VARIANTS: Mapping[str, Callable[[str], Iterator[str]]] = {
    "ifeval": ifeval_variants,
    "lines": ifeval_variants,
    "wrapper": wrapper_variants,
}
"""What a check forgives -> the readings its loose verdict tries, the strict one among them."""
