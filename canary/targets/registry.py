"""Provider -> target. Each provider's module, and with it its SDK, is imported on use."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import cast

from canary.domain.ports import Clock, Target
from canary.domain.target import Provider, TargetSpec
from canary.targets.with_system import WithSystem

_MODULES: Mapping[Provider, str] = {
    "anthropic": "canary.targets.anthropic",
    "openai": "canary.targets.openai_responses",
    "openai-chat": "canary.targets.openai_chat",
    "claude-code": "canary.targets.claude_code",
    "codex": "canary.targets.codex",
    "command": "canary.targets.command",
}
"""Each module has `build(spec, *, api_key, clock, strict) -> Target`."""


def build_target(spec: TargetSpec, *, api_key: str, clock: Clock, strict: bool = False) -> Target:
    """The target that a specification describes. Opens no connection; `close` it when its last trial is done.

    Of an agent CLI it asks the version, which starts the program once.

    Args:
        spec: what it is.
        api_key: its key; "" where the endpoint takes none.
        clock: times and waits.
        strict: whether an SDK refuses answers that its types don't know. For tests; a monitor has to read on when a
            provider adds a field.

    Raises:
        ConfigurationError: the specification is not usable, or its agent CLI is missing or not the pinned version.
    """
    build = cast("Callable[..., Target]", import_module(_MODULES[spec.provider]).build)
    target = build(spec, api_key=api_key, clock=clock, strict=strict)
    added = spec.options.appended_system
    return target if added is None else WithSystem(target, added)
