"""A series watched every day: has its level moved, and since when?

Problem. Looking every day for a shift that may have begun on any earlier day raises alarms by chance; the rate of those,
not the error of one look, is what people live with.

Method. A window-limited generalised likelihood ratio. Every day, for every onset that leaves a segment of
`Rule.shortest` to `Rule.longest` measured days, the segment's mean is compared with the mean of the epoch before it, in
units of its standard error: day-level scale, autocorrelation of both means, and days weighted by what their sampling
noise leaves (`noise.py`). The largest of these is mapped to a normal score through the degrees of freedom of the scale.
An alarm is raised where it passes the threshold *and* the segment without its most extreme day still stands at
`Rule.bar`: one bad day is not a change. Scores are drawn in at `Rule.clip` deviations where they make the level, so that
a bad day does not linger in it, and at `Rule.reach` where they make the shift, so that a large one is found at once.

Scale and memory are learned from the epoch's scores older than `Rule.longest` days (the first `Rule.first` until there
are more), in steps of a week, so that the shift that is looked for does not widen its own yardstick.

After an alarm a new epoch begins at the estimated onset: level anew, scale and memory carried over, judged again once
`Rule.again` days make its level. So a recovery and a second change are found against the new level.

Everything runs forward: what is said of day t uses days up to t. Many series are judged side by side, one array
operation a day for all of them.

Thresholds are measured on this very procedure (`thresholds.py`); theory gives no usable ones for a level and a scale
that are learned on the way.

Sources. Siegmund and Venkatraman, Annals of Statistics 23 (1995); Lai, IEEE Transactions on Information Theory 44
(1998); bounds on the delay: Lorden, Annals of Mathematical Statistics 42 (1971).
"""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import special

from canary.stats.noise import Noise, inflation, learn_noise
from canary.stats.stream import RULE, Alarm, Rule, Stream, Watched

Array: TypeAlias = NDArray[np.float64]
Days: TypeAlias = NDArray[np.int64]


def watch(streams: Sequence[Stream], rule: Rule = RULE) -> list[Watched]:
    """Judge every series on every day; one answer per series, in their order."""
    if not streams:
        return []
    desk = _Desk(streams, rule)
    for step in range(desk.longest):
        desk.judge(step)
    return [desk.watched(row) for row in range(len(streams))]


class _Desk:
    """State of all series while their measured days go by; row = series, column = measured day."""

    def __init__(self, streams: Sequence[Stream], rule: Rule) -> None:
        self.rule = rule
        self.streams = streams
        self.days = [np.flatnonzero(np.isfinite(s.value)).astype(np.int64) for s in streams]
        self.length = np.array([d.size for d in self.days])
        self.longest = int(self.length.max())
        rows = len(streams)
        self.value = np.zeros((rows, self.longest))
        self.variance = np.zeros((rows, self.longest))
        self.warm = np.zeros(rows, dtype=np.int64)
        for row, (stream, days) in enumerate(zip(streams, self.days, strict=True)):
            self.value[row, : days.size] = stream.value[days]
            self.variance[row, : days.size] = np.nan_to_num(stream.variance[days])
            self.warm[row] = max(int(np.searchsorted(days, stream.warm)), rule.first - 1)
        self.threshold = np.array([s.threshold for s in streams])
        self.start = np.zeros(rows, dtype=np.int64)
        self.lead = np.full(rows, rule.settled)
        self.noise: list[Noise | None] = [None] * rows
        self.learned = np.full(rows, -1, dtype=np.int64)
        self.scale, self.memory, self.decay = np.ones(rows), np.zeros(rows), np.full(rows, 0.5)
        # Sums of drawn-in scores times weight, and of weights, over the days of the epoch before each column.
        self.sums = np.zeros((rows, self.longest + 1))
        self.sharp = np.zeros((rows, self.longest + 1))
        self.weights = np.zeros((rows, self.longest + 1))
        self.alarms: list[list[Alarm]] = [[] for _ in streams]
        self.judged = np.zeros(rows, dtype=np.int64)
        self.restarts = [
            {int(np.searchsorted(days, day)) for day in stream.restarts}
            for stream, days in zip(streams, self.days, strict=True)
        ]
        self.restart_steps: set[int] = set().union(*self.restarts)

    def judge(self, step: int) -> None:
        """Take the measured day `step` of every series that has one."""
        if step in self.restart_steps:
            self._restart(step)
        size = step + 1 - self.start
        ready = (step < self.length) & (step >= self.warm) & (size >= self.lead + self.rule.shortest)
        rows = np.flatnonzero(ready)
        for row in rows[self._due(rows, step)].tolist():
            self._learn(row, step)
        if rows.size:
            self.judged[rows] += 1
            self._compare(rows, step)

    def watched(self, row: int) -> Watched:
        """What is known of one series in the end."""
        days, start = self.days[row], int(self.start[row])
        return Watched(
            alarms=tuple(self.alarms[row]),
            noise=self.noise[row],
            since=int(days[start]) if start < days.size else 0,
            judged=int(self.judged[row]),
        )

    def _restart(self, step: int) -> None:
        for row, restarts in enumerate(self.restarts):
            if step in restarts and step < self.length[row]:
                self.start[row] = step
                self.lead[row] = self.rule.settled if self.noise[row] is None else self.rule.again
                self.learned[row] = -1

    def _due(self, rows: Days, step: int) -> NDArray[np.bool_]:
        """Whose scale or centre is to be looked at again: new epochs, and every `Rule.step` days."""
        due: NDArray[np.bool_] = (self.learned[rows] < 0) | (step - self.learned[rows] >= self.rule.step)
        return due

    def _learn(self, row: int, step: int) -> None:
        rule, start = self.rule, int(self.start[row])
        quiet = step + 1 - start - rule.longest
        past = slice(start, start + max(quiet, min(rule.first, step + 1 - start)))
        values, variances = self.value[row, past], self.variance[row, past]
        known = self.noise[row]
        if known is None and start == 0:
            # The warm-up as a whole is the first yardstick, however few days of it were measured.
            past = slice(start, max(past.stop, int(self.warm[row])))
            values, variances = self.value[row, past], self.variance[row, past]
        if known is None or values.size >= max(rule.first, int(self.warm[row])):
            self.noise[row] = known = learn_noise(values, variances, self.streams[row].prior)
            centre = known.centre
        else:
            centre = float(np.median(values))
        self.learned[row] = step
        self.scale[row], self.memory[row], self.decay[row] = known.scale, known.memory, known.decay
        self._sum(row, centre, known)

    def _sum(self, row: int, centre: float, noise: Noise) -> None:
        """Running sums of the epoch; later columns are filled too, but never read before their day."""
        start, end = int(self.start[row]), int(self.length[row])
        value = self.value[row, start:end] - centre
        clip, reach = self.rule.clip * noise.scale, self.rule.reach * noise.scale
        day = max(noise.scale**2 - noise.sampling, 0.0)
        total = day + self.variance[row, start:end]
        weight = np.where(total > 0, noise.scale**2 / np.where(total > 0, total, 1.0), 1.0)
        weight = np.minimum(weight, 1.5)
        self.weights[row, start] = self.sums[row, start] = self.sharp[row, start] = 0.0
        self.weights[row, start + 1 : end + 1] = np.cumsum(weight)
        self.sums[row, start + 1 : end + 1] = np.cumsum(weight * np.clip(value, -clip, clip))
        self.sharp[row, start + 1 : end + 1] = np.cumsum(weight * np.clip(value, -reach, reach))

    def _compare(self, rows: Days, step: int) -> None:
        rule = self.rule
        lengths = np.arange(rule.shortest, min(rule.longest, step) + 1)
        split = step + 1 - lengths
        start = self.start[rows]
        ready = split[None, :] - start[:, None] >= self.lead[rows][:, None]
        inside = np.maximum(split[None, :], start[:, None] + 1)
        z = self._statistic(rows[:, None], inside, step + 1)
        z = np.where(ready, z, 0.0)
        best = np.abs(z).argmax(axis=1)
        top = z[np.arange(rows.size), best]
        for k in np.flatnonzero(np.abs(top) > self.threshold[rows]).tolist():
            self._consider(int(rows[k]), int(split[best[k]]), step, float(top[k]))

    def _statistic(self, row: Days, split: Days, end: int) -> Array:
        """Studentised difference of the days from `split` on to those before."""
        after = self.weights[row, end] - self.weights[row, split]
        before = self.weights[row, split]
        late = (self.sharp[row, end] - self.sharp[row, split]) / after
        early = self.sums[row, split] / before
        memory, decay = self.memory[row], self.decay[row]
        error = inflation(after, memory, decay) / after + inflation(before, memory, decay) / before
        result: Array = (late - early) / (self.scale[row] * np.sqrt(error))
        return result

    def _consider(self, row: int, split: int, step: int, z: float) -> None:
        noise = self.noise[row]
        assert noise is not None
        score = normal_score(z, noise.freedom)
        if abs(score) <= self.threshold[row] or not self._stands(row, split, step, z, noise):
            return
        self.alarms[row].append(
            Alarm(
                raised=int(self.days[row][step]),
                onset=int(self.days[row][split]),
                start=int(self.days[row][self.start[row]]),
                statistic=score,
                noise=noise,
            )
        )
        self.start[row], self.lead[row], self.learned[row] = split, self.rule.again, -1

    def _stands(self, row: int, split: int, step: int, z: float, noise: Noise) -> bool:
        """Whether the shift stands without the most extreme day of its segment."""
        weight = np.diff(self.weights[row, split : step + 2])
        share = np.diff(self.sharp[row, split : step + 2])
        sign = 1.0 if z > 0 else -1.0
        worst = int(np.argmax(sign * share / weight))
        left, before = weight.sum() - weight[worst], self.weights[row, split]
        late = (share.sum() - share[worst]) / left
        early = self.sums[row, split] / before
        error = float(
            inflation(left, noise.memory, noise.decay) / left
            + inflation(before, noise.memory, noise.decay) / before
        )
        rest = sign * (late - early) / (noise.scale * np.sqrt(error))
        return bool(normal_score(float(rest), noise.freedom) > self.rule.bar(float(self.threshold[row])))


def normal_score(t: float, freedom: float) -> float:
    """The normal score that is exceeded as seldom as `t` is under Student's distribution."""
    tail = float(special.stdtr(freedom, -abs(t)))
    # Beyond the reach of a float's smallest tail the ratio of the two exponents serves; its exact size decides nothing.
    score = float(-special.ndtri(tail)) if tail > 0 else float(np.sqrt(freedom * np.log1p(t * t / freedom)))
    return score if t > 0 else -score
