"""The last measured day of every series of a target: plain means in the metric's unit, for people and dashboards."""

from collections.abc import Mapping

import numpy as np

from canary.analysis.folds import COST, FOLDS, phrase_families, phrase_fold
from canary.analysis.series import ALL, Array
from canary.domain.ports import TrialColumns
from canary.domain.series import Series


def latest_values(target: str, columns: TrialColumns) -> list[Series]:
    """One series of one day per metric and family that was measured on the last day.

    Args:
        target: its name.
        columns: its trials of scheduled runs, with the fields that `folds` names.
    """
    if not columns.run_day.size:
        return []
    day = columns.run_day.max()
    today = columns.run_day == day
    values = _values(columns)
    found: list[Series] = []
    for family in (ALL, *(name for name in columns.families if name)):
        chosen = today if family == ALL else today & (columns.family == columns.families.index(family))
        for name, value in values.items():
            known = chosen & np.isfinite(value)
            if known.any():
                found.append(_one(target, family, name, day.astype(object), value[known]))
        if (cost := _cost_per_pass(columns, chosen)) is not None:
            found.append(_one(target, family, "cost_per_pass", day.astype(object), cost))
    return found


def _values(columns: TrialColumns) -> Mapping[str, Array]:
    phrases = {f"phrase_rate.{family}": phrase_fold(family) for family in phrase_families(columns)}
    return {name: fold.value(columns) for name, fold in {**FOLDS, **phrases}.items()}


def _cost_per_pass(
    columns: TrialColumns, chosen: "np.ndarray[tuple[int], np.dtype[np.bool_]]"
) -> Array | None:
    """The day's cost over its solved tasks, as one number; None where a price is missing or nothing was solved."""
    cost, passed = COST.value(columns)[chosen], FOLDS["pass_rate"].value(columns)[chosen]
    solved = np.nansum(passed)
    if not cost.size or not solved or np.isnan(cost[np.isfinite(passed)]).any():
        return None
    return np.array([np.nansum(cost) / solved])


def _one(target: str, family: str, name: str, day: object, values: Array) -> Series:
    from datetime import date

    assert isinstance(day, date)
    return Series(
        target=target,
        family=family,
        metric=name,
        days=(day,),
        values=(float(values.mean()),),
        trials=(int(values.size),),
        expected=(None,),
        low=(None,),
        high=(None,),
    )
