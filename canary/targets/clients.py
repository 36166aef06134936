"""SDK clients that do what `canary.toml` says and nothing else.

Both SDKs look into the environment for keys, addresses, organisations, headers and tracing. A variable left over from
another tool would silently change what is measured, so everything is given explicitly, and what can't be given is
taken back after construction; a test holds this over the wire.
"""

import ipaddress
import platform
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx2

from canary.domain.errors import ConfigurationError
from canary.domain.target import TargetSpec
from canary.targets.wire import REQUEST_ID_HEADER

if TYPE_CHECKING:
    import ssl

    from anthropic import AsyncAnthropic
    from openai import AsyncOpenAI

NO_KEY = "none"
"""Sent as the key where the endpoint takes none: the SDKs refuse to send nothing."""

CONNECT_TIMEOUT_S = 10.0

_Client = Callable[..., httpx2.AsyncClient]


def checked_key(spec: TargetSpec, api_key: str) -> str:
    """The key as the SDK gets it.

    Raises:
        ConfigurationError: it holds what no header can carry, e.g. a line break from the file it was read from.
    """
    if any(not "!" <= char <= "~" for char in api_key):
        raise ConfigurationError(
            "the key holds a space, a line break or a character outside ASCII",
            where=spec.api_key_env or f'target "{spec.name}"',
            remedy="set it to the key alone",
        )
    return api_key or NO_KEY


def checked_url(spec: TargetSpec, default: str) -> str:
    """The address requests go to.

    Raises:
        ConfigurationError: it is no http or https address.
    """
    url = spec.base_url or default
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ConfigurationError(
            "base_url is no http or https address",
            where=f'target "{spec.name}"',
            remedy="write it like https://host/v1",
        )
    return url


def sent_headers(spec: TargetSpec) -> dict[str, str]:
    """The target's extra headers, names in lower case; the id of a request is ours and can't be one of them."""
    headers = {name.lower(): value for name, value in spec.options.extra_headers.items()}
    headers.pop(REQUEST_ID_HEADER, None)
    return headers


def shown_host(url: str) -> str:
    """Host and port of an address for messages, without the user and password it may hold."""
    return urlsplit(url).netloc.rpartition("@")[2]


def is_loopback(url: str) -> bool:
    """Whether an address is on this machine, where no proxy of the environment has a say."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@cache
def _tls() -> "ssl.SSLContext":
    """One trust store for all targets of a process: loading it costs more than everything else here."""
    return httpx2.create_ssl_context()


def _http_client(url: str, spec: TargetSpec, sdk_default: _Client) -> httpx2.AsyncClient:
    """Connections for as many requests as the target may have in flight."""
    limits = httpx2.Limits(max_connections=spec.concurrency, max_keepalive_connections=spec.concurrency)
    timeout = httpx2.Timeout(spec.timeout_s, connect=min(spec.timeout_s, CONNECT_TIMEOUT_S))
    if not is_loopback(url):
        return sdk_default(limits=limits, timeout=timeout, verify=_tls())
    transport = httpx2.AsyncHTTPTransport(limits=limits, verify=_tls())
    return httpx2.AsyncClient(transport=transport, timeout=timeout, trust_env=False, follow_redirects=True)


def anthropic_client(spec: TargetSpec, *, api_key: str, strict: bool) -> "AsyncAnthropic":
    """The Anthropic SDK's client for a target.

    Raises:
        ConfigurationError: key or address are not usable.
    """
    import anthropic

    url = checked_url(spec, "https://api.anthropic.com")
    client = anthropic.AsyncAnthropic(
        api_key=checked_key(spec, api_key),
        webhook_key="",
        base_url=url,
        max_retries=0,
        open_telemetry=False,
        http_client=_http_client(url, spec, anthropic.DefaultAsyncHttpxClient),
        _strict_response_validation=strict,
    )
    client._custom_headers = {}  # noqa: SLF001 - ANTHROPIC_CUSTOM_HEADERS can't be refused any other way
    return client


def openai_client(spec: TargetSpec, *, api_key: str, strict: bool) -> "AsyncOpenAI":
    """The OpenAI SDK's client for a target.

    Raises:
        ConfigurationError: key or address are not usable.
    """
    import openai

    url = checked_url(spec, "https://api.openai.com/v1")
    client = openai.AsyncOpenAI(
        api_key=checked_key(spec, api_key),
        admin_api_key="",
        webhook_secret="",
        base_url=url,
        max_retries=0,
        http_client=_http_client(url, spec, openai.DefaultAsyncHttpxClient),
        _strict_response_validation=strict,
    )
    client.organization = None
    client.project = None
    client._custom_headers = {}  # noqa: SLF001 - OPENAI_CUSTOM_HEADERS can't be refused any other way
    client._ambient_authorizations = frozenset()  # noqa: SLF001 - same
    return client


def fingerprint(sdk: Any, **versions: str) -> Mapping[str, str]:
    """Versions of what carries a target's requests."""
    return {
        "sdk": str(sdk.__name__),
        "sdk_version": str(sdk.__version__),
        **versions,
        "python": platform.python_version(),
    }
