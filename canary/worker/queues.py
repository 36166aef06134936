"""Which queue a target's trials are in: one for each target, and another for whoever would ask it differently."""

from canary.domain.canonical import Json, digest
from canary.pipeline.runs import Pipeline


def queue_of(pipeline: Pipeline, target: str) -> str:
    """The queue of a target, as a process with this pipeline knows it.

    Processes that don't agree on prompts, target, budget or versions of canary and Python have no queue in common: a run's trials all
    come from one stack, whoever carries them out. Below 40 characters: the engine makes it part of a name that a server cuts at 63.
    """
    agreed: dict[str, Json] = {
        "suite": pipeline.suite.digest,
        "target": target,
        "identity": pipeline.everyone[target].identity_digest,
        "stack": dict(pipeline.fingerprint),
        "budget": [pipeline.budget.usd, pipeline.budget.tokens],
        "texts": pipeline.keep_texts,
    }
    return f"canary.{digest(agreed)[:24]}"
