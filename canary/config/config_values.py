"""Single values of `canary.toml`: addresses, names, schedules. Each says what it wants when it is refused."""

import re
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, Field, JsonValue, WithJsonSchema

from canary.config.credentials import names_credential
from canary.config.cron import cron_problem
from canary.config.problems import refusal, suggestion
from canary.domain.series import METRICS

_DIGEST = re.compile(r"(mon|tue|wed|thu|fri|sat|sun) ([01][0-9]|2[0-3]):([0-5][0-9])")
_MAIL = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+")
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def address(text: str) -> SplitResult | None:
    """The parts of an absolute address; None where the text is none."""
    if not text.isprintable() or " " in text:
        return None
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return None
    return parts if parts.hostname else None


def _web_url(text: str) -> str:
    parts = address(text)
    if (
        parts is None
        or parts.scheme not in {"http", "https"}
        or parts.query
        or parts.fragment
        or parts.username
    ):
        raise refusal("must be a web address", 'write it like "https://host/path"')
    return text


def _base_url(text: str) -> str:
    return _web_url(text).rstrip("/")


def _optional_url(text: str) -> str:
    parts = address(text)
    if text and (parts is None or parts.scheme not in {"http", "https"}):
        raise refusal("must be a web address", 'write it like "https://host/path", or "" for none')
    return text


def channel_problem(url: str) -> str | None:
    """Why an Apprise address can't be used, in one clause; None where it has the form of one."""
    return None if re.fullmatch(r"[a-zA-Z][a-zA-Z0-9+.-]*://\S+", url) else "must be an Apprise address"


def _channel_url(text: str) -> str:
    problem = channel_problem(text)
    if problem is not None:
        raise refusal(problem, 'write it like "mailto://…" or "ntfy://…"')
    return text


def store_problem(url: str) -> str | None:
    """Why a store's address can't be used, in one clause; None where it can."""
    if not url.isprintable():
        return "must be one line of text"
    if url.startswith("sqlite://"):
        path = url.removeprefix("sqlite:///").partition("?")[0]
        return (
            None
            if url.startswith("sqlite:///") and path.strip("/") and path != ":memory:"
            else "must name a file"
        )
    # A server on this machine's socket has no host in the address: its folder stands among the parameters.
    by_socket = any(one.startswith("host=") for one in url.partition("?")[2].split("&"))
    parts = address(url) or (urlsplit(url) if by_socket else None)
    known = {"postgresql", "postgresql+psycopg"}
    return None if parts and parts.scheme in known else "must be the address of a database"


STORE_REMEDY = 'write it like "sqlite:///canary.db" or "postgresql://host/canary"'


def _store_url(text: str) -> str:
    problem = store_problem(text)
    if problem is not None:
        raise refusal(problem, STORE_REMEDY)
    return text


def _smtp_url(text: str) -> str:
    parts = address(text)
    if parts is None or parts.scheme not in {"smtp", "smtps"} or parts.path.strip("/") or parts.query:
        raise refusal(
            "must be a mail server's address", 'write it like "smtp://user@host:587" or "smtps://…"'
        )
    return text


UNFILLED = "@…"
"""An address as examples print it: a file that was copied from one loads, and `doctor --mail` says that nothing arrives there."""


def _mail_address(text: str) -> str:
    if not _MAIL.fullmatch(text):
        raise refusal("must be a mail address", 'write it like "team@example.org"')
    if not (text.removesuffix(UNFILLED).isascii() and text.isprintable()):
        raise refusal("must be a mail address in ASCII", "write an international domain in its xn-- form")
    return text


def _cron(text: str) -> str:
    problem = cron_problem(text)
    if problem is not None:
        raise refusal(problem, 'write it like "0 6 * * *" or "30 5 * * mon-fri"')
    return text


def _timezone(text: str) -> str:
    from zoneinfo import ZoneInfo, available_timezones

    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        remedy = suggestion(text, sorted(available_timezones())) or 'write it like "UTC" or "Europe/Berlin"'
        raise refusal("unknown timezone", remedy) from None
    return text


def _digest(text: str) -> str:
    if text and not _DIGEST.fullmatch(text):
        raise refusal("must be a weekday and a time", 'write it like "mon 08:00", or "" for no digest')
    return text


def _metric(name: str) -> str:
    if name.startswith("phrase_rate.") and name != "phrase_rate.":
        return name
    if name not in METRICS:
        raise refusal("unknown metric", suggestion(name, list(METRICS)) or f"known are {', '.join(METRICS)}")
    if METRICS[name].kind == "exact":
        raise refusal("has no smallest effect", "remove it: any difference of it counts")
    return name


def _header(name: str) -> str:
    if not _HEADER.fullmatch(name):
        raise refusal("is no header name", "use letters, digits and hyphens")
    if names_credential(name):
        raise refusal(
            "is a header for credentials", "remove it: the key that api_key_env names is sent by itself"
        )
    return name


def _header_value(text: str) -> str:
    if not (text.isascii() and text.isprintable()):
        raise refusal("must be one line of ASCII text")
    return text


def _variable(name: str) -> str:
    """A name in capitals whose words are short: a key pasted here by mistake would be told as the name it is not."""
    if name and not re.fullmatch(r"(?!\d)[A-Z0-9]{0,24}(_[A-Z0-9]{0,24}){0,9}", name):
        raise refusal(
            "must be the name of an environment variable in capitals",
            'write it like "OPENAI_API_KEY", or "" for no key',
        )
    return name


def _mode(value: JsonValue) -> JsonValue:
    if not isinstance(value, str | dict) or not value:
        raise refusal("must be text or a table", 'write it like "adaptive" or {type = "enabled"}')
    return value


def _one_line(text: str) -> str:
    if not text.isprintable() or not text.strip():
        raise refusal("must be one line of text")
    return text


NAME = "[a-z0-9][a-z0-9._-]*"

# The titles are what editors show and what docs/configuration.md calls these types.
Name = Annotated[str, Field(pattern=f"^{NAME}$", max_length=100, title="name")]
Line = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_one_line)]
FileName = Annotated[Line, Field(title="path")]
WebUrl = Annotated[str, AfterValidator(_web_url), Field(title="web address")]
BaseUrl = Annotated[str, AfterValidator(_base_url), Field(title="web address")]
OptionalUrl = Annotated[str, AfterValidator(_optional_url), Field(title="web address")]
ChannelUrl = Annotated[str, AfterValidator(_channel_url), Field(title="Apprise address")]
StoreUrl = Annotated[str, AfterValidator(_store_url), Field(title="database address")]
SmtpUrl = Annotated[str, AfterValidator(_smtp_url), Field(title="mail server's address")]
MailAddress = Annotated[str, AfterValidator(_mail_address), Field(title="mail address")]
Cron = Annotated[str, AfterValidator(_cron), Field(title="cron expression")]
Timezone = Annotated[str, AfterValidator(_timezone), Field(title="timezone")]
DigestTime = Annotated[str, AfterValidator(_digest), Field(title="weekday and time")]
MetricName = Annotated[str, AfterValidator(_metric)]
Mode = Annotated[
    JsonValue,
    AfterValidator(_mode),
    WithJsonSchema({"anyOf": [{"type": "string", "minLength": 1}, {"type": "object"}]}),
]
HeaderName = Annotated[str, AfterValidator(_header)]
HeaderValue = Annotated[str, AfterValidator(_header_value)]
Variable = Annotated[str, AfterValidator(_variable), Field(title="environment variable")]
