"""Writing systems, by code point: which script a letter belongs to."""

import re
from collections.abc import Mapping

SCRIPTS: Mapping[str, str] = {
    "latin": "A-Za-zªºÀ-ÖØ-öø-ʸˠ-ˤᴀ-ᴥᴬ-ᵜᵢ-ᵥᵫ-ᵷᵹ-ᶾḀ-ỿⁱⁿₐ-ₜKÅℲⅎⅠ-ↈⱠ-ⱿꜢ-ꞇꞋ-ꟊꟲ-ꟿꬰ-ꭚꭜ-ꭤﬀ-ﬆＡ-Ｚａ-ｚ",
    "greek": "Ͱ-ͷͺ-ͽͿΆΈ-ϡϰ-Ͽἀ-῾",
    "cyrillic": "Ѐ-ԯᲀ-ᲈᴫᵸⷠ-ⷿꙀ-ꚟ",
    "armenian": "Ա-և",
    "hebrew": "\u0591-\u05f4\ufb1d-\ufb4f",
    "arabic": "\u0610-\u061a\u0620-\u065f\u066e-\u06d5\u06e5\u06e6\u06ee\u06ef\u06fa-\u06ff\u0750-\u077f"
    "\u0870-\u08ff\ufb50-\ufdff\ufe70-\ufefc",
    "devanagari": "\u0900-\u0963\u0970-\u097f\ua8e0-\ua8ff",
    "bengali": "\u0980-\u09fe",
    "gurmukhi": "\u0a01-\u0a76",
    "gujarati": "\u0a81-\u0aff",
    "oriya": "\u0b01-\u0b77",
    "tamil": "\u0b82-\u0bfa",
    "telugu": "\u0c00-\u0c7f",
    "kannada": "\u0c80-\u0cf3",
    "malayalam": "\u0d00-\u0d7f",
    "sinhala": "\u0d81-\u0df4",
    "thai": "\u0e01-\u0e3a\u0e40-\u0e5b",
    "lao": "\u0e81-\u0edf",
    "tibetan": "\u0f00-\u0fda",
    "myanmar": "\u1000-\u109f",
    "georgian": "\u10a0-\u10ff\u1c90-\u1cbf\u2d00-\u2d2d",
    "ethiopic": "\u1200-\u139f\u2d80-\u2dde",
    "khmer": "\u1780-\u17f9",
    "hangul": "\u1100-\u11ff\u3131-\u318e\ua960-\ua97c\uac00-\ud7fb",
    "hiragana": "\u3041-\u3096\u309d-\u309f",
    "katakana": "\u30a1-\u30fa\u30fd-\u30ff\u31f0-\u31ff\uff66-\uff9f",
    "han": "\u2e80-\u2fd5\u3005\u3007\u3021-\u3029\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufad9"
    "\U00020000-\U0003ffff",
}
"""Script -> the letters and marks that belong to it, as the inside of a character class."""

WITHOUT_SPACES = frozenset({"han", "hiragana", "katakana", "thai", "lao", "khmer", "myanmar"})
"""Scripts whose words are not separated by spaces."""

_CLASSES: Mapping[str, re.Pattern[str]] = {name: re.compile(f"[{body}]") for name, body in SCRIPTS.items()}


def letters(text: str, script: str) -> int:
    """How many characters of a text belong to a script."""
    return sum(1 for _ in _CLASSES[script].finditer(text))


def first_letter(text: str, script: str) -> str | None:
    """The first character of a text that belongs to a script."""
    match = _CLASSES[script].search(text)
    return match[0] if match else None


def scripts_in(text: str) -> frozenset[str]:
    """The scripts whose letters stand in a text."""
    if text.isascii():
        return frozenset({"latin"}) if _CLASSES["latin"].search(text) else frozenset()
    return frozenset(name for name, letter in _CLASSES.items() if letter.search(text))
