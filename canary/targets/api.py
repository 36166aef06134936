"""An SDK client, a protocol's settings and its fold, put together as a target."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from canary.domain.dialogue import Ask
from canary.domain.ports import Clock, Target
from canary.domain.suite import Prompt
from canary.domain.target import TargetSpec
from canary.targets import clients
from canary.targets.conversation import ApiTarget
from canary.targets.failures import Explainer
from canary.targets.lifecycle import Lifecycle
from canary.targets.redaction import Redactor, secret_values
from canary.targets.replies import Reply
from canary.targets.wire import StreamWire


class SdkClient(Protocol):
    """What of an SDK's asynchronous client is needed beside its calls."""

    @property
    def base_url(self) -> Any:
        """Where requests go."""
        ...

    @property
    def models(self) -> Any:
        """Its models list, with `retrieve(name)`."""
        ...

    async def close(self) -> None:
        """Release connections."""
        ...


def api_target(
    spec: TargetSpec,
    *,
    sdk: Any,
    client: SdkClient,
    api_key: str,
    clock: Clock,
    request: Callable[[Ask, Prompt], dict[str, Any]],
    open_stream: Callable[[dict[str, Any], dict[str, str]], Awaitable[Any]],
    reply: Callable[[], Reply],
    **versions: str,
) -> Target:
    """The target that speaks a protocol.

    Args:
        spec: what it is.
        sdk: the SDK's module: its name, version and errors.
        client: the SDK's client; closed with the target.
        api_key: kept out of everything the target brings back.
        clock: times and waits.
        request: pure: parameters of the SDK's call.
        open_stream: makes the SDK's call with these parameters and headers.
        reply: a fresh fold for one answer.
        versions: further versions for the fingerprint.
    """
    redactor = Redactor((api_key, *secret_values(spec.options.extra_headers)))
    explainer = Explainer(sdk=sdk, redactor=redactor, host=clients.shown_host(str(client.base_url)))
    wire = StreamWire(
        fingerprint=clients.fingerprint(sdk, **versions),
        request=request,
        open=open_stream,
        reply=reply,
        explainer=explainer,
        redactor=redactor,
        lifecycle=Lifecycle(lambda: client.models.retrieve(spec.model)),
        shut=client.close,
        clock=clock,
    )
    return ApiTarget(spec=spec, wire=wire, explainer=explainer, clock=clock)
