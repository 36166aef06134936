"""A series that may ask for more data before it speaks: suspicion, extra trials, confirmation.

Problem. A threshold that keeps the false-alarm promise on a few trials a day costs days of delay; more trials every day cost
money on all days.

Method. Two stages over one series, both on the statistic of `sequential.py`:

1. *Suspicion*. On the daily scores alone, a fall past `Asking.asks`, lower than any alarm's threshold. It asks for extra
   trials on the next `Asking.days` days, as long as what was asked within a year stays below `Asking.most`.
2. *Confirmation*. On those days the score pools all trials of the day and weighs as its long-run variance at that size allows:
   the sampling part shrinks with the number of trials, the day part does not. The fall is confirmed where the pooled statistic
   passes `Asking.confirms` and the asked days alone, which the suspicion has not picked, stand at `Asking.fresh`. So a bad day
   that raised the suspicion can't confirm itself.

What is not confirmed lapses. Beside both, the single stage judges every day at the stream's own, stricter threshold, asked days
by their daily trials: where nothing can be asked it decides alone. Pooled days never enter the level.

Everything runs forward. Trials of days that were not asked for are not looked at, so drawing extra trials for every day and
drawing them on demand give the same answer.

Limits. Falls only, and one series at a time: what the day effect rules gains nothing from more trials.

Calibration: `Asking`'s figures are measured with both stages at work (tests/calibration/beyond.py). Source of the pooling:
a likelihood of all data is not biased by stopping on a part of it; Jennison and Turnbull, Group Sequential Methods (2000).
"""

from dataclasses import replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from canary.stats.asking import YEAR, Asking, Doubt, Followed
from canary.stats.noise import Noise, inflation, learn_noise
from canary.stats.sequential import normal_score
from canary.stats.stream import RULE, Alarm, Rule, Stream, Watched

Array: TypeAlias = NDArray[np.float64]
Days: TypeAlias = NDArray[np.int64]


def follow(
    stream: Stream, pooled: Array, variance: Array, asking: Asking | None, rule: Rule = RULE
) -> Followed:
    """Judge one series on every day, asking where it pays.

    Args:
        stream: the daily scores, with the threshold of the single stage.
        pooled: scores of all trials of a day, extra ones included; NaN where a day has none extra.
        variance: their sampling variance.
        asking: None = never; then the answer is `sequential.watch`'s.
        rule: the constants of the test.
    """
    desk = _Desk(stream, pooled, variance, asking, rule)
    for step in range(desk.days.size):
        desk.judge(step)
    return desk.followed()


class _Desk:
    """State of one series while its measured days go by."""

    def __init__(
        self, stream: Stream, pooled: Array, variance: Array, asking: Asking | None, rule: Rule
    ) -> None:
        self.stream, self.asking, self.rule = stream, asking, rule
        self.days: Days = np.flatnonzero(np.isfinite(stream.value)).astype(np.int64)
        self.value = stream.value[self.days]
        self.variance = np.nan_to_num(stream.variance[self.days])
        self.pooled, self.pooled_variance = pooled[self.days], np.nan_to_num(variance[self.days])
        self.asked = np.zeros(self.days.size, dtype=np.bool_)
        self.warm = max(int(np.searchsorted(self.days, stream.warm)), rule.first - 1)
        self.restarts = {int(np.searchsorted(self.days, day)) for day in stream.restarts}
        self.noise: Noise | None = None
        self.alarms: list[Alarm] = []
        self.confirmed: list[Alarm] = []
        self.doubts: list[Doubt] = []
        self.standing: Doubt | None = None
        self.spent: list[int] = []
        self.judged = 0
        self._begin(0, rule.settled)

    def judge(self, step: int) -> None:
        """Take one measured day."""
        if step in self.restarts:
            self._begin(step, self.rule.settled if self.noise is None else self.rule.again)
            self._settle(ended=int(self.days[step]))
        day = int(self.days[step])
        if self.standing is not None and day > self.standing.until:
            self.standing = None
        if step < self.warm or step + 1 - self.start < self.lead + self.rule.shortest:
            return
        if self.learned < 0 or step - self.learned >= self.rule.step:
            self._learn(step)
        self.judged += 1
        self.asked[step] = self.standing is not None and bool(np.isfinite(self.pooled[step]))
        self._sum_pooled(step)
        if not self._alarmed(step) and not self._confirms(step):
            self._suspect(step)

    def followed(self) -> Followed:
        """What is known in the end."""
        value = self.stream.value.copy()
        value[self.days[self.asked]] = self.pooled[self.asked]
        since = int(self.days[self.start]) if self.start < self.days.size else 0
        return Followed(
            watched=Watched(alarms=tuple(self.alarms), noise=self.noise, since=since, judged=self.judged),
            doubts=tuple(self.doubts),
            confirmed=tuple(self.confirmed),
            value=value,
        )

    def _begin(self, start: int, lead: int) -> None:
        self.start, self.lead, self.learned = start, lead, -1

    def _learn(self, step: int) -> None:
        """Scale, memory and centre, as `sequential.watch` learns them."""
        rule, start = self.rule, self.start
        stop = start + max(step + 1 - start - rule.longest, min(rule.first, step + 1 - start))
        if self.noise is None and start == 0:
            stop = max(stop, self.warm)
        values = self.value[start:stop]
        if self.noise is None or values.size >= max(rule.first, self.warm):
            self.noise = learn_noise(values, self.variance[start:stop], self.stream.prior)
            self.centre = self.noise.centre
        else:
            self.centre = float(np.median(values))
        self.learned = step
        self._sum()

    def _sum(self) -> None:
        """Running sums of the epoch: weights, scores drawn in closely and widely."""
        noise = self._noise()
        value = self.value[self.start :] - self.centre
        clip, reach = self.rule.clip * noise.scale, self.rule.reach * noise.scale
        total = max(noise.scale**2 - noise.sampling, 0.0) + self.variance[self.start :]
        weight = np.where(total > 0, noise.scale**2 / np.where(total > 0, total, 1.0), 1.0)
        self.weight = np.minimum(weight, 1.5)
        self.close = np.r_[0.0, np.cumsum(self.weight * np.clip(value, -clip, clip))]
        self.wide = np.r_[0.0, np.cumsum(self.weight * np.clip(value, -reach, reach))]
        self.weights = np.r_[0.0, np.cumsum(self.weight)]

    def _sum_pooled(self, step: int) -> None:
        """The epoch's scores and weights so far, pooled on the asked days."""
        part = slice(self.start, step + 1)
        asked, noise = self.asked[part], self._noise()
        self.mixed = np.where(asked, self.pooled[part], self.value[part]) - self.centre
        total = noise.long_run**2
        left = np.maximum(total - self.variance[part], 0.0) + self.pooled_variance[part]
        heavier = np.where(asked & (left > 0), total / np.where(left > 0, left, 1.0), 1.0)
        # More trials can't tell more than their number says.
        most = 1.0 + (0 if self.asking is None else self.asking.times)
        self.heavy = self.weight[: step + 1 - self.start] * np.clip(heavier, 1.0, most)

    def _splits(self, step: int) -> Days:
        """Onsets that are held against the days before, as columns of the epoch's sums, latest first."""
        lengths = np.arange(self.rule.shortest, min(self.rule.longest, step) + 1)
        split = step + 1 - lengths - self.start
        result: Days = split[split >= max(self.lead, 1)]
        return result

    def _statistic(self, late: Array, after: Array, split: Days) -> Array:
        """Studentised difference of segment means to the level before them."""
        noise, before = self._noise(), self.weights[split]
        error = (
            inflation(after, noise.memory, noise.decay) / after
            + inflation(before, noise.memory, noise.decay) / before
        )
        result: Array = (late - self.close[split] / before) / (noise.scale * np.sqrt(error))
        return result

    def _best(self, step: int) -> tuple[Days, Array]:
        split, end = self._splits(step), step + 1 - self.start
        after = self.weights[end] - self.weights[split]
        return split, self._statistic((self.wide[end] - self.wide[split]) / after, after, split)

    def _alarmed(self, step: int) -> bool:
        """The single stage, on the daily trials alone."""
        self.split, self.z = self._best(step)
        if not self.split.size:
            return False
        best = int(np.abs(self.z).argmax())
        score = normal_score(float(self.z[best]), self._noise().freedom)
        split = int(self.split[best])
        if abs(score) <= self.stream.threshold or not self._stands(split, step, score > 0):
            return False
        self._raise(self._alarm(split, step, score))
        return True

    def _stands(self, split: int, step: int, up: bool) -> bool:
        """Whether the shift stands without the most extreme day of its segment."""
        end, sign = step + 1 - self.start, 1.0 if up else -1.0
        weight, share = self.weight[split:end], np.diff(self.wide[split : end + 1])
        worst = int(np.argmax(sign * share / weight))
        left = weight.sum() - weight[worst]
        late = (share.sum() - share[worst]) / left
        rest = sign * float(self._statistic(late, np.asarray(left), np.asarray(split)))
        return normal_score(rest, self._noise().freedom) > self.rule.bar(self.stream.threshold)

    def _confirms(self, step: int) -> bool:
        """The second stage, on all trials of the asked days."""
        if self.asking is None or self.standing is None or not self.asked[step] or not self.split.size:
            return False
        reach = self.rule.reach * self._noise().scale
        share = self.heavy * np.clip(self.mixed, -reach, reach)
        drawn, weights = np.r_[0.0, np.cumsum(share)], np.r_[0.0, np.cumsum(self.heavy)]
        after = weights[-1] - weights[self.split]
        z = self._statistic((drawn[-1] - drawn[self.split]) / after, after, self.split)
        best = int(z.argmin())
        split, score = int(self.split[best]), normal_score(float(z[best]), self._noise().freedom)
        if score >= -self.asking.confirms or self._alone(split, drawn, weights) > -self.asking.fresh:
            return False
        if self._without_worst(split, share) > -self.asking.stands:
            return False
        alarm = self._alarm(split, step, score)
        self.confirmed.append(alarm)
        self._raise(alarm)
        return True

    def _alone(self, split: int, drawn: Array, weights: Array) -> float:
        """The asked days since the suspicion against the level."""
        assert self.standing is not None
        first = int(np.searchsorted(self.days, self.standing.raised + 1)) - self.start
        weight = np.asarray(weights[-1] - weights[first])
        return float(
            self._statistic((drawn[-1] - drawn[first]) / weight, weight, np.asarray(min(first, split)))
        )

    def _without_worst(self, split: int, share: Array) -> float:
        """The pooled statistic without the day that adds most to it."""
        share, weight = share[split:], self.heavy[split:]
        worst = int(share.argmin())
        left = np.asarray(weight.sum() - weight[worst])
        rest = float(self._statistic((share.sum() - share[worst]) / left, left, np.asarray(split)))
        return normal_score(rest, self._noise().freedom)

    def _suspect(self, step: int) -> None:
        day = int(self.days[step])
        if self.asking is None or self.standing is not None or not self.split.size:
            return
        best = int(self.z.argmin())
        score = normal_score(float(self.z[best]), self._noise().freedom)
        self.spent = [spent for spent in self.spent if spent > day - YEAR]
        if score >= -self.asking.asks or len(self.spent) + self.asking.days > self.asking.allowed:
            return
        alarm = self._alarm(int(self.split[best]), step, score)
        self.standing = Doubt(raised=day, until=day + self.asking.days, alarm=alarm)
        self.spent += [day + later + 1 for later in range(self.asking.days)]
        self.doubts.append(self.standing)

    def _alarm(self, split: int, step: int, score: float) -> Alarm:
        return Alarm(
            raised=int(self.days[step]),
            onset=int(self.days[self.start + split]),
            start=int(self.days[self.start]),
            statistic=score,
            noise=self._noise(),
        )

    def _raise(self, alarm: Alarm) -> None:
        self.alarms.append(alarm)
        if alarm.statistic < 0:
            self._settle(confirmed=alarm.raised)
        else:
            self._settle(ended=alarm.raised)
        self._begin(int(np.searchsorted(self.days, alarm.onset)), self.rule.again)

    def _settle(self, confirmed: int | None = None, ended: int | None = None) -> None:
        if self.standing is not None:
            self.doubts[-1] = replace(self.standing, confirmed=confirmed, ended=ended)
            self.standing = None

    def _noise(self) -> Noise:
        assert self.noise is not None
        return self.noise
