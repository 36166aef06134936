"""Credentials in a file: found by the name of a key or the look of a value, refused, and never repeated."""

import re
from collections.abc import Iterator
from typing import Any

from canary.config.problems import KeyPath, path_text
from canary.domain.errors import ConfigurationError

_NAMES = re.compile(
    r"(.*_)?(api_?key|(access|auth|private|secret|subscription)_key|(?<!stop_)(?<!pad_)(?<!eos_)(?<!bos_)token|secret"
    r"|password|passwd|passphrase|authori[sz]ation|bearer|cookie|credentials?)"
)
"""Names of keys, in lower case with underscores, whose text is a credential. `api_key_env` is none: it names a variable."""

_VALUES = re.compile(
    r"sk-ant-[\w-]{4,}"
    r"|\bsk-[\w-]{12,}"
    r"|\b(xai|pplx|glpat|r8|key|gsk|hf)[-_][A-Za-z0-9]{20,}"
    r"|\bAIza[\w-]{16,}"
    r"|\bgh[pousr]_[A-Za-z0-9]{16,}|\bgithub_pat_\w{16,}"
    r"|\bxox[a-z]-[\w-]{8,}"
    r"|\bA(KIA|SIA)[0-9A-Z]{12,}"
    r"|\beyJ[\w-]{8,}\.[\w-]{8,}"
    r"|\b(?i:bearer|basic)\s+[\w.+/=~-]{12,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY"
    r"|(?i:\b(api[-_]?key|access[-_]?token|auth[-_]?token|token|password|passwd|pwd|secret)[=:]\s*[^\s&,;]{4,})"
)
"""Texts that are credentials by their look: vendors' prefixes, bearer headers, `api_key=…` in an address or argument."""

_URL_PASSWORD = re.compile(r"://[^/\s@:]*:(?!\d*(?:/|$))[^\s@]+@")
"""A password in the user part of an address; a port and a path with an `@` are none."""

_REMEDIES = {
    "store": "remove it and set the whole address in the environment variable CANARY_STORE_URL",
    "mail": "remove it and set the environment variable CANARY_SMTP_PASSWORD",
    "notify": "remove it and set the addresses in the environment variable CANARY_NOTIFY_URLS",
}
_REMEDY = 'remove it, set it as an environment variable, and name that one: api_key_env = "…"'
_FLAG = re.compile(r"--?[A-Za-z][\w-]*")


def redact(text: str) -> str:
    """The text without what looks like a credential."""
    return _URL_PASSWORD.sub("://[redacted]@", _VALUES.sub("[redacted]", text))


def redacted(error: ConfigurationError) -> ConfigurationError:
    """The same error without what looks like a credential."""
    where, remedy = (None if part is None else redact(part) for part in (error.where, error.remedy))
    return ConfigurationError(redact(error.problem), where=where, remedy=remedy)


def refuse_credentials(data: Any, name: str) -> None:
    """Refuse a configuration file that holds a credential anywhere.

    Args:
        data: the file's values.
        name: the file's name in messages.

    Raises:
        ConfigurationError: names the key path and the remedy, never the value.
    """
    for path, problem in _credentials(data, ()):
        remedy = _REMEDIES.get(str(path[0]), _REMEDY)
        raise ConfigurationError(problem, where=redact(f"{name}: {path_text(path)}"), remedy=remedy)


def _credentials(value: Any, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            if _looks_like_one(key):
                yield (*path, key), "a key has the look of a credential"
            if isinstance(item, str) and item and names_credential(key):
                yield (*path, key), "holds a credential"
            yield from _credentials(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            before = value[index - 1] if index else None
            if isinstance(before, str) and isinstance(item, str) and _is_credential_flag(before):
                yield (*path, index), "holds a credential"
            yield from _credentials(item, (*path, index))
    elif isinstance(value, str) and _looks_like_one(value):
        yield path, "holds a credential"


def names_credential(key: str) -> bool:
    """Whether a key of this name holds a credential: `apiKey`, `X-Api-Key`, `Authorization`, `smtp_password`."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key).lower()
    return _NAMES.fullmatch(re.sub(r"[^a-z0-9]+", "_", words).strip("_")) is not None


def _looks_like_one(text: str) -> bool:
    return bool(_VALUES.search(text) or _URL_PASSWORD.search(text))


def _is_credential_flag(text: str) -> bool:
    return _FLAG.fullmatch(text) is not None and names_credential(text)
