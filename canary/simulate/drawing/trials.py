"""One target's trials of a scenario, as the columns that a store would give."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from canary.domain.ports import TrialColumns
from canary.simulate.drawing.ground import Ground
from canary.simulate.drawing.names import names
from canary.simulate.drawing.process import process
from canary.simulate.drawing.timing import timing
from canary.simulate.drawing.usage import usage, visible_logs
from canary.simulate.drawing.verdicts import verdicts

Array: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]
Texts: TypeAlias = NDArray[np.object_]


def trial_columns(ground: Ground) -> TrialColumns:
    """Draw everything that the series are made from: the fields that `analysis.folds` names."""
    values, texts = verdicts(ground)
    rng = ground.stream("usage")
    visible = visible_logs(ground, values["passed"], rng)
    worked, phrases = process(ground, visible)
    values |= worked
    values |= usage(ground, values["passed"], visible, worked["tool_calls"], rng)
    values |= timing(ground, visible, worked["tool_calls"])
    return _columns(ground, values, {**texts, **phrases, **names(ground)})


def confirmation_columns(ground: Ground) -> TrialColumns:
    """Draw what confirmations are read for: whether trials pass."""
    values, _ = verdicts(ground)
    return _columns(ground, {"passed": values["passed"]}, {})


def _columns(ground: Ground, values: dict[str, Array], texts: dict[str, Texts]) -> TrialColumns:
    failed, ran = _failed(ground), _ran(ground)
    day, prompt, replicate = np.nonzero(ran)
    graded = ~failed[ran]
    families = tuple(dict.fromkeys(ground.profile.families))
    family = np.array([families.index(name) for name in ground.profile.families], dtype=np.int32)
    count = len(ground.profile)
    edited = np.zeros(ground.cube, dtype=np.bool_)
    for move in ground.of("digests"):
        edited |= move.trials
    return TrialColumns(
        prompts=ground.profile.ids,
        digests=(*ground.profile.digests, *(f"{digest}-edited" for digest in ground.profile.digests)),
        families=families,
        runs=tuple(f"{one:%Y%m%dT060000Z}-schedule" for one in ground.dates),
        run_day=np.array(ground.dates, dtype="datetime64[D]")[day],
        prompt=prompt.astype(np.int32),
        prompt_digest=(prompt + count * edited[ran]).astype(np.int32),
        family=family[prompt],
        run=day.astype(np.int32),
        replicate=replicate.astype(np.int32),
        graded=graded,
        values={name: np.where(graded, value[ran], np.nan) for name, value in values.items()},
        texts={name: _unless(failed[ran], text[ran]) for name, text in texts.items()},
    )


def _unless(failed: Flags, texts: Texts) -> Texts:
    texts[failed] = None
    return texts


def _failed(ground: Ground) -> Flags:
    # The first two of these numbers make refusals and truncations.
    drawn = ground.stream("rare").random((4, *ground.cube))[3]
    failed: Flags = drawn < ground.chance("failed", ground.ordinary.rates["failed"])
    return failed


def _ran(ground: Ground) -> Flags:
    """Trials that there are: not on days without a run, and not those that a change of ours asks no more."""
    drawn = ground.stream("rare").random((3, *ground.cube))[2]
    ran: Flags = (drawn >= ground.world.trials_missing) & ~ground.days.gone[:, None, None]
    for move in ground.of("replicates"):
        kept = np.arange(ground.profile.replicates) < round(
            ground.profile.replicates * (move.effect.x or 0.0)
        )
        ran = ran & ~(move.trials & ~kept[None, None, :])
    for move in ground.of("runs"):
        ran = ran & ~move.trials
    return ran
