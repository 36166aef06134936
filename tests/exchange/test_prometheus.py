"""Prometheus text: the official client reads it, and reads what was meant."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from canary.analysis.latest import latest_values
from canary.domain.deployment import Member
from canary.domain.incident import Analysis, Attribution, ChangePoint, Incident, Sensitivity, Verdict
from canary.domain.series import Series
from canary.domain.trial import Run
from canary.exchange.prometheus import STATES, prometheus_text
from tests.analysis.histories import drawn, kept

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
DAY = date(2026, 4, 30)


def change(target: str) -> ChangePoint:
    return ChangePoint(
        target=target,
        family="all",
        metric="pass_rate",
        kind="level",
        direction="down",
        verdict="degradation",
        raised_on=DAY,
        onset=date(2026, 4, 26),
        onset_low=date(2026, 4, 25),
        onset_high=date(2026, 4, 27),
        before=0.8,
        after=0.7,
        effect=-0.1,
        effect_unit="points",
        test="test",
        statistic=-5.0,
        threshold=4.0,
    )


def incident(name: str, target: str, verdict: Verdict = "degradation") -> Incident:
    return Incident(
        id=name,
        key=f"{target}|pass_rate|2026-04-26",
        group=target,
        kind="quality",
        targets=(target,),
        verdict=verdict,
        severity="medium",
        state="opened",
        opened_on=DAY,
        changes=(change(target),),
        transitions=(),
        attribution=Attribution(layer="harness-default", moved=(target,)),
    )


def analysis(*incidents: Incident, seen: tuple[str, ...] = ()) -> Analysis:
    return Analysis(
        first_day=DAY,
        last_day=DAY,
        judged_series=12,
        days_judged=30,
        changes=(),
        alarms=(),
        incidents=incidents,
        not_seen=tuple(
            Sensitivity(
                target=target,
                family="all",
                metric="output_tokens",
                days=7,
                minimum_detectable_effect=0.08,
                effect_unit="ratio",
            )
            for target in seen
        ),
        not_judged=(),
        expected_false_alarms_per_year=0.9,
    )


def run(name: str, hours_ago: float, **more: object) -> Run:
    at = NOW - timedelta(hours=hours_ago)
    made = Run(id=name, day=at.date(), trigger="schedule", started_at=at, finished_at=at, status="complete")
    return replace(made, **more)  # type: ignore[arg-type]


def series(target: str, value: float | None) -> Series:
    return Series(
        target=target,
        family="all",
        metric="output_tokens",
        days=(date(2026, 4, 29), DAY),
        values=(100.0, value),
        trials=(120, 119),
        expected=(None, None),
        low=(None, None),
        high=(None, None),
    )


def read(text: str) -> Mapping[str, list[tuple[Mapping[str, str], float]]]:
    """What the official parser makes of it."""
    return {
        family.name: [(sample.labels, sample.value) for sample in family.samples]
        for family in text_string_to_metric_families(text)
    }


def test_the_last_complete_run_has_an_age() -> None:
    runs = [
        run("a", 30),
        run("b", 6),
        run("c", 1, status="interrupted"),
        run("d", 0.5, imported=True),
        run("e", 2, trigger="release"),
    ]
    found = read(prometheus_text(runs, analysis(), NOW))
    assert found["canary_last_complete_run_age_seconds"] == [
        ({"trigger": "release"}, 7200.0),
        ({"trigger": "schedule"}, 21600.0),
    ]
    assert found["canary_unfinished_runs"] == [({}, 1.0)]


def test_without_a_complete_run_there_is_no_age_instead_of_0() -> None:
    assert "canary_last_complete_run_age_seconds" not in read(prometheus_text([], analysis(), NOW))


def test_open_incidents_stand_with_their_targets_and_closed_ones_do_not() -> None:
    closed = replace(incident("INC-0001", "x"), state="closed")
    found = read(prometheus_text([], analysis(closed, incident("INC-0002", "y")), NOW))
    assert found["canary_open_incidents"] == [({}, 1.0)]
    ((labels, value),) = found["canary_incident_open"]
    assert value == 1.0
    assert labels["incident"] == "INC-0002"
    assert labels["layer"] == "harness-default"
    assert "mechanism" not in labels
    assert found["canary_incident_onset_timestamp_seconds"] == [
        ({"incident": "INC-0002"}, datetime(2026, 4, 26, tzinfo=UTC).timestamp())
    ]


def test_every_target_has_exactly_one_verdict() -> None:
    judged = analysis(
        incident("INC-1", "bad"),
        incident("INC-2", "bad", "change"),
        incident("INC-3", "moved", "change"),
        seen=("fine", "moved"),
    )
    found = read(prometheus_text([], judged, NOW, members={"young": Member()}))
    standing = {
        labels["target"]: labels["verdict"] for labels, value in found["canary_verdict"] if value == 1.0
    }
    assert standing == {"bad": "degradation", "moved": "change", "fine": "ok", "young": "not_judged"}
    assert len(found["canary_verdict"]) == len(standing) * len(STATES)


def test_the_latest_measured_value_is_told() -> None:
    found = read(prometheus_text([], analysis(), NOW, series=[series("t", 90.0), series("u", None)]))
    values = {labels["target"]: value for labels, value in found["canary_series_value"]}
    assert values == {"t": 90.0, "u": 100.0}
    (first, _) = found["canary_series_value"]
    assert first[0]["gen_ai_evaluation_name"] == "output_tokens"
    assert first[0]["unit"] == "tokens"
    days = {labels["target"]: value for labels, value in found["canary_series_day_timestamp_seconds"]}
    assert days["t"] - days["u"] == 86400


def test_a_target_is_named_as_the_conventions_name_it() -> None:
    members = {
        "a": Member(provider="claude-code", model="claude-opus-4-7", host="default", arm="harness"),
        "b": Member(provider="openai-chat", model="kimi", host="example.org"),
    }
    found = read(prometheus_text([], analysis(), NOW, members=members))["canary_target_info"]
    assert [labels.get("gen_ai_provider_name") for labels, _ in found] == ["anthropic", None]
    assert [labels["gen_ai_request_model"] for labels, _ in found] == ["claude-opus-4-7", "kimi"]
    assert found[1][0]["server_address"] == "example.org"


def test_what_can_not_be_seen_is_told() -> None:
    found = read(prometheus_text([], analysis(seen=("t",)), NOW))["canary_smallest_visible_change"]
    assert [(labels["days"], labels["unit"], value) for labels, value in found] == [("7", "ratio", 0.08)]


@given(name=st.text(st.characters(), min_size=1), model=st.text(st.characters(), min_size=1))
def test_any_name_is_read_back_as_it_was(name: str, model: str) -> None:
    """But lone surrogates, which no UTF-8 text can hold, and line ends other than the newline, where the parser splits."""
    text = prometheus_text([], analysis(), NOW, members={name: Member(model=model)})
    text.encode()
    body = [line for line in text.split("\n") if line.startswith("canary_target_info")]
    assert len(body) == 1
    if all((ord(c) < 0xD800 and c == " ") or c.isprintable() for c in name + model):
        ((labels, _),) = read(text)["canary_target_info"]
        assert labels["target"] == name
        assert labels["gen_ai_request_model"] == model


def test_values_of_the_last_day_are_plain_means() -> None:
    columns = drawn(1, 20)
    found = {(one.family, one.metric): one for one in latest_values("t", columns)}
    last = columns.run_day == columns.run_day.max()
    one = found["all", "pass_rate"]
    assert one.values[0] == pytest.approx(columns.values["passed"][last].mean())
    assert one.trials == (int(last.sum()),)
    assert ("family-1", "output_tokens") in found
    assert ("all", "cost_per_pass") not in found
    priced = replace(columns, values={**columns.values, "cost_usd": np.full(last.size, 0.5)})
    cost = {(one.family, one.metric): one for one in latest_values("t", priced)}["all", "cost_per_pass"]
    assert cost.values[0] == pytest.approx(0.5 / columns.values["passed"][last].mean())
    assert latest_values("t", kept(columns, columns.graded & False)) == []


def test_no_sample_carries_a_moment_and_every_metric_is_described() -> None:
    """The textfile collector refuses moments."""
    judged = analysis(incident("INC-1", "bad"), seen=("fine",))
    text = prometheus_text([run("a", 3)], judged, NOW, series=[series("t", 1.0)])
    for line in text.splitlines():
        assert line.startswith("# ") or len(line.rsplit("}", 1)[-1].split()) <= 2
    names = {line.split("{")[0].split()[0] for line in text.splitlines() if not line.startswith("#")}
    assert {line.split()[2] for line in text.splitlines() if line.startswith("# HELP")} == names
    assert {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")} == names
