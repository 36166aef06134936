"""Words by the conventions of the Penn Treebank, as far as counting words in capitals needs them.

Punctuation stands apart, contractions are two words ("DON'T" is DO and N'T), a hyphenated word is one.
"""

import re

_APART = re.compile(r"""[«“‘„`»”’";@\#$%&?!*\[\](){}<>\u2012-\u2015]+|\.{2,}|--+|[:,](?=\D|$)""", re.VERBOSE)
_OPENING_QUOTE = re.compile(r"(?<!\w)'(?!(?:re|ve|ll|m|t|s|d|n)\b)(?=\w)", re.IGNORECASE)
_CLITIC = re.compile(r"(?<=[^' ])('[sSmMdD]|'ll|'LL|'re|'RE|'ve|'VE|n't|N'T|')(?= )")
_TWO_IN_ONE = re.compile(
    r"\b(can)(not)\b|\b(d)('ye)\b|\b(gim)(me)\b|\b(gon)(na)\b|\b(got)(ta)\b|\b(lem)(me)\b|\b(more)('n)\b|\b(wan)(na)(?=\s)| ('t)(is)\b| ('t)(was)\b",
    re.IGNORECASE,
)


def treebank_tokens(text: str) -> list[str]:
    """The words of a text; punctuation that stands apart is left out."""
    spaced = " ".join(_APART.sub(" ", _OPENING_QUOTE.sub("' ", text)).split())
    clitics = _CLITIC.sub(r" \1 ", f" {spaced} ")
    return _TWO_IN_ONE.sub(lambda match: " ".join(["", *filter(None, match.groups()), ""]), clitics).split()
