"""Provider -> target. Each provider's module, and with it its SDK, is imported on use."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import cast

from canary.domain.errors import ConfigurationError
from canary.domain.ports import Clock, Target
from canary.domain.target import Provider, TargetSpec

_MODULES: Mapping[Provider, str] = {
    "anthropic": "canary.targets.anthropic",
    "openai": "canary.targets.openai_responses",
    "openai-chat": "canary.targets.openai_chat",
}
"""Each module has `build(spec, *, api_key, clock, strict) -> Target`."""


def build_target(spec: TargetSpec, *, api_key: str, clock: Clock, strict: bool = False) -> Target:
    """The target that a specification describes. Opens no connection; `close` it when its last trial is done.

    Args:
        spec: what it is.
        api_key: its key; "" where the endpoint takes none.
        clock: times and waits.
        strict: whether the SDK refuses answers that its types don't know. For tests; a monitor has to read on when a
            provider adds a field.

    Raises:
        ConfigurationError: this version has no target for the provider, or the specification is not usable.
    """
    module = _MODULES.get(spec.provider)
    if module is None:
        raise ConfigurationError(
            f'this version has no target for provider "{spec.provider}"',
            where=f'target "{spec.name}"',
            remedy=f"remove the target, or use one of {', '.join(_MODULES)}",
        )
    build = cast("Callable[..., Target]", import_module(module).build)
    return build(spec, api_key=api_key, clock=clock, strict=strict)
