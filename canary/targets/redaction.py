"""Keys stay out of texts: the one place that decides what of a foreign message may be shown or kept."""

import re
from collections.abc import Iterable, Mapping

from canary.domain.canonical import Json

MARK = "[redacted]"
LINE_LIMIT = 500
"""Characters of a message that are kept: enough for any provider's sentence, too few for a page of HTML."""

TELLING_LENGTH = 8
"""Characters of a key that give it away: a provider that echoes a key often echoes its beginning only."""

_SHAPES = (
    re.compile(r"\b(?:sk|pk|rk|xai|gsk|hf|nvapi)[-_][\w*.-]{8,}"),
    re.compile(r"\bAIza[\w-]{16,}"),
    re.compile(r"\S*\*{3,}\S*"),
    re.compile(r"(?i)\bbearer\s+[\w.~+/=-]{12,}"),
    re.compile(
        r"(?i)\b(?:proxy-authorization|authorization|x-api-key|api[-_ ]?key)[\"']?\s*[:=]\s*[\"']?"
        r"(?:(?:bearer|basic)\s+)?[^\s\"',;}]+"
    ),
)
"""What keys, masked keys and both auth headers look like, whoever they belong to."""

_SECRET_HEADER = re.compile(r"(?i)auth|key|token|secret|cookie|password")


def secret_values(headers: Mapping[str, str]) -> tuple[str, ...]:
    """Values of the headers that may hold a credential, judged by their names."""
    return tuple(value for name, value in headers.items() if _SECRET_HEADER.search(name))


class Redactor:
    """Takes known secrets, and whatever looks like one, out of texts."""

    def __init__(self, secrets: Iterable[str]) -> None:
        """Know the secrets of one target; empty ones are ignored."""
        known = [secret for secret in secrets if secret]
        self._long = tuple(secret for secret in known if len(secret) >= TELLING_LENGTH)
        self._known = re.compile("|".join(map(_pattern, known))) if known else None

    def __repr__(self) -> str:
        return "Redactor()"

    def line(self, text: str) -> str:
        """The text as one line without secrets and control characters, at most `LINE_LIMIT` characters."""
        text = "".join(char if char.isprintable() else " " for char in text[: 8 * LINE_LIMIT])
        if self._known:
            text = self._known.sub(MARK, text)
        for shape in _SHAPES:
            text = shape.sub(MARK, text)
        text = " ".join(text.split())
        return text if len(text) <= LINE_LIMIT else text[: LINE_LIMIT - 1] + "…"

    def echoed_in(self, value: Json) -> bool:
        """Whether a known secret of `TELLING_LENGTH` or more stands in any text of a JSON value."""
        if isinstance(value, str):
            return any(secret in value for secret in self._long)
        if isinstance(value, Mapping):
            return any(map(self.echoed_in, value.values()))
        return isinstance(value, list | tuple) and any(map(self.echoed_in, value))

    def scrubbed(self, value: Json) -> Json:
        """A JSON value with the secrets that `echoed_in` finds taken out of its texts."""
        if isinstance(value, str):
            for secret in self._long:
                value = value.replace(secret, MARK)
            return value
        if isinstance(value, Mapping):
            return {key: self.scrubbed(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.scrubbed(item) for item in value]
        return value


def _pattern(secret: str) -> str:
    """A long secret is taken out from its telling beginning on; a short one only where it stands as a word."""
    if len(secret) >= TELLING_LENGTH:
        return rf"{re.escape(secret)}|{re.escape(secret[:TELLING_LENGTH])}[^\s\"',;:]+"
    return rf"(?<!\w){re.escape(secret)}(?!\w)"
