"""The headline of a mail as cells of a table, so that blocked pictures lose nothing."""

from canary.domain.incident import ChangePoint, Incident
from canary.report.amounts import pair_told
from canary.report.in_numbers import measure_of
from canary.report.letter_view import Bar
from canary.report.life import foremost_change
from canary.report.untrusted import label


def bars_title(incident: Incident) -> str:
    """What the bars are of: the foremost change's measure, and its family where it is one family's."""
    change = foremost_change(incident)
    family = "" if change.family == "all" else f", {label(change.family)}"
    return f"{measure_of(change)}{family}"


def bars(incident: Incident) -> tuple[Bar, ...]:
    """The foremost change as two bars; once it is over as three: before, meanwhile and now."""
    change = foremost_change(incident)
    if not isinstance(change.before, float) or not isinstance(change.after, float) or change.kind == "spread":
        return ()
    sizes = [("before", change.before), ("after", change.after)]
    back = _back_to(incident, change)
    if back is not None:
        sizes = [("before", change.before), ("meanwhile", change.after), ("now", back)]
    most = max(abs(size) for _, size in sizes)
    if not most:
        return ()
    told: tuple[str, ...] = pair_told(change.metric, change.before, change.after)
    if back is not None:
        told = (*told, pair_told(change.metric, change.before, back)[1])
    return tuple(
        Bar(label=word, value=value, share=max(1, round(abs(size) / most * 100)), moved=number == 1)
        for number, (value, (word, size)) in enumerate(zip(told, sizes, strict=True))
    )


def _back_to(incident: Incident, change: ChangePoint) -> float | None:
    """The level to which the series of a change went back; None where no test saw it do so, or it has not ended well."""
    if incident.recovered_on is None:
        return None
    key = (change.target, change.family, change.metric, change.kind, change.prompt)
    back = [
        one.after
        for step in incident.transitions
        if step.event == "recovered"
        for one in step.changes
        if (one.target, one.family, one.metric, one.kind, one.prompt) == key
    ]
    return back[-1] if back and isinstance(back[-1], float) else None
