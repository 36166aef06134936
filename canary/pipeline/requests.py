"""What somebody asks for: a run that is not planned yet."""

from dataclasses import dataclass
from datetime import datetime

from canary.domain.trial import Trigger


@dataclass(frozen=True, kw_only=True, slots=True)
class RunRequest:
    """What somebody asks for. Empty tuples and None = as configured.

    Attributes:
        trigger: what starts it.
        slot: the scheduled moment; None for runs by hand.
        label: a person's note.
        targets: names of the targets to ask.
        families: families of prompts to ask.
        replicates: trials per prompt and target.
        controls: ask the positive controls of the targets instead of the targets themselves.
    """

    trigger: Trigger = "manual"
    slot: datetime | None = None
    label: str | None = None
    targets: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    replicates: int | None = None
    controls: bool = False
