"""The page's build: one file that asks for nothing, sound for keyboards and screen readers; its twin says the same."""

import json
import re
from dataclasses import replace
from itertools import pairwise

import pytest

from canary.domain.report import Report
from canary.report.columns import WIDTH, width
from canary.report.failing import SHOWN
from canary.report.page import run_page
from canary.report.render import render_index, render_run
from canary.report.view import Counts
from tests.report.markup import figures, read
from tests.report.samples import CODE, DOWN, KIMI, NOW, OPUS, Profile, Sample, plain_run, sample_run


def rendered(sample: Sample) -> Report:
    """A run's report."""
    return render_run(run_page(sample.run, sample.trials, sample.prompts, NOW))


def front_page() -> Report:
    """An index of three runs."""
    runs = [plain_run(id=f"r{n}", status=s) for n, s in enumerate(("complete", "running", "interrupted"))]
    counts = {"r0": Counts(planned=4, graded=3, failed=1, missing=0)}
    return render_index(runs, NOW, counts)


SAMPLES = {
    "three targets": rendered(sample_run((OPUS, CODE, KIMI), label="before the 4.7 gate")),
    "an outage": rendered(sample_run((OPUS, DOWN), status="interrupted", missing=11)),
    "one replicate": rendered(sample_run((CODE,), replicates=1)),
    "all down": rendered(sample_run((DOWN,))),
    "many prompts": rendered(sample_run((KIMI,), prompts=100, seed=3)),
    "texts not kept": rendered(sample_run((Profile(name="t", model="m", keeps_texts=False),))),
    "nothing at all": rendered(sample_run((OPUS,), prompts=1, missing=3, status="running")),
    "an empty run": render_run(run_page(plain_run(targets={}, prompts=()), [], {}, NOW)),
    "index": front_page(),
}
EACH = pytest.mark.parametrize("name", SAMPLES)


@EACH
def test_a_page_asks_for_nothing_and_runs_nothing(name: str) -> None:
    """No script, no handler, no address but relative links, no style but the one sheet."""
    page = read(SAMPLES[name].html)
    forbidden = {
        "script",
        "iframe",
        "object",
        "embed",
        "form",
        "img",
        "link",
        "base",
        "audio",
        "video",
        "use",
    }
    assert forbidden.isdisjoint(element.tag for element in page.elements)
    for element in page.elements:
        assert not [key for key in element.attributes if key.startswith("on") or key in {"style", "src"}]
        if "href" in element.attributes:
            assert re.fullmatch(r"#main|\.\./index\.html|runs/[\w.%-]+\.html", element.attributes["href"])
    assert len(page.all("style")) == 1
    assert "url(" not in SAMPLES[name].html
    assert "@import" not in SAMPLES[name].html


@EACH
def test_the_policy_forbids_everything_but_the_one_sheet(name: str) -> None:
    """And it stands before anything that it could concern."""
    page = read(SAMPLES[name].html)
    policy = next(e for e in page.all("meta") if e.attributes.get("http-equiv") == "Content-Security-Policy")
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-[\w+/]{43}='; base-uri 'none'; form-action 'none'",
        policy.attributes["content"],
    )
    assert [e.tag for e in page.elements[:4]] == ["html", "head", "meta", "meta"]
    assert page.elements[3] is policy


@EACH
def test_a_page_is_sound_for_screen_readers(name: str) -> None:
    """One h1, no level skipped, landmarks, headers with scope, labelled regions and drawings, ids used once."""
    page = read(SAMPLES[name].html)
    assert page.unbalanced == []
    assert page.all("html")[0].attributes["lang"] == "en"
    levels = [int(e.tag[1]) for e in page.elements if re.fullmatch(r"h[1-6]", e.tag)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert [len(page.all(tag)) for tag in ("main", "footer")] == [1, 1]
    assert all(e.attributes.get("scope") in {"col", "row"} for e in page.all("th"))
    ids = [e.attributes["id"] for e in page.elements if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    for element in page.elements:
        if "aria-labelledby" in element.attributes:
            assert element.attributes["aria-labelledby"] in ids
    for drawing in page.all("svg"):
        assert drawing.attributes.get("aria-hidden") == "true" or drawing.attributes.get("aria-label")


@EACH
def test_cells_carry_the_name_of_their_column_for_where_rows_become_cards(name: str) -> None:
    """No explicit role: browsers keep a table a table whatever its layout (test_browser holds that), and HTML forbids them."""
    for element in read(SAMPLES[name].html).elements:
        if element.tag in {"table", "thead", "tbody", "tr", "th", "td"}:
            assert "role" not in element.attributes
        if element.tag == "td":
            assert element.attributes["data-label"]


@EACH
def test_the_twin_has_the_same_figures_in_the_same_order(name: str) -> None:
    """Every number of the page, but for answers of models and names of targets: those head a column on the page."""
    report = SAMPLES[name]
    page = read(report.html).text(without=frozenset({"pre", "svg", "style"}))
    lines = [line for line in report.text.splitlines() if not line.startswith(("    |", "Page written"))]
    if name == "index":
        lines = [line for line in lines if not line.strip().startswith("runs/")]
    targets = report.data.get("targets", [])
    assert isinstance(targets, list)
    names = sorted((str(target["target"]) for target in targets), key=len, reverse=True)
    assert figures(without(page, names)) == figures(without("\n".join(lines), names))


def without(text: str, names: list[str]) -> str:
    """The text with names taken out."""
    for name in names:
        text = text.replace(name, "")
    return text


@EACH
def test_the_twin_fits_into_76_columns_and_holds_no_markup(name: str) -> None:
    """Wide characters count twice; nothing is escaped, nothing ends in spaces."""
    text = SAMPLES[name].text
    assert max(width(line) for line in text.splitlines()) <= WIDTH
    assert not re.search(r"&(amp|lt|gt|quot|#\d+);|</\w", text)
    assert "\N{NO-BREAK SPACE}" not in text
    assert not re.search(r"[ \t]\n", text)


@EACH
def test_the_data_are_plain_json(name: str) -> None:
    """No NaN, no objects: what a machine reads back is what was written."""
    data = SAMPLES[name].data
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert data["schema"] == 1


@EACH
def test_nothing_unsaid_shows_as_none_or_nan(name: str) -> None:
    """A missing value is told in words."""
    report = SAMPLES[name]
    for text in (read(report.html).text(), report.text):
        assert not re.search(r"\b(None|nan|NaN|inf|undefined)\b", text)


def test_the_report_is_named_by_its_run_and_its_subject_is_one_line() -> None:
    """`runs/<id>`; the subject leads with the date and what came back."""
    report = SAMPLES["three targets"]
    assert report.name == "runs/20260301T060000Z-schedule"
    assert report.subject.startswith("[canary] Run of 1 March 2026, 06:00 UTC: 208 of 216 trials graded")
    assert "\n" not in report.subject


def test_the_data_say_what_the_page_says() -> None:
    """Raw numbers under the metric's name, None where the page says unknown."""
    data = SAMPLES["three targets"].data
    targets = data["targets"]
    assert isinstance(targets, list)
    kimi = targets[2]
    assert kimi["target"] == "kimi-k2.6"
    assert kimi["metrics"]["cost_usd"]["value"] is None
    assert kimi["metrics"]["cost_usd"]["text"] == "unknown"
    assert kimi["metrics"]["pass_rate"]["low"] < kimi["metrics"]["pass_rate"]["value"]
    assert set(kimi["families"]) >= {"instructions", "tools"}


def test_the_same_facts_give_the_same_bytes() -> None:
    """In whatever order the trials come."""
    sample = sample_run((OPUS, KIMI))
    again = Sample(run=sample.run, trials=tuple(reversed(sample.trials)), prompts=sample.prompts)
    assert rendered(sample) == rendered(again)


def test_what_the_reader_needs_first_comes_first() -> None:
    """State, date, headline, counts, what to do; then the pass rates; then the rest."""
    text = read(SAMPLES["an outage"].html).text()
    order = ["Interrupted", "Run of", "66 of 144", "planned", "Look at first", "glm-5 gave no answer", "The run",
             "Pass rate", "Failed calls", "Families", "Tool calls and tokens", "Speed and cost", "Prompts that failed",
             "What this run can't say", "What each target was"]  # fmt: skip
    places = [text.index(words) for words in order]
    assert places == sorted(places)


def test_colour_is_never_the_only_sign() -> None:
    """Each coloured state has words, each heated cell its number."""
    page = read(SAMPLES["an outage"].html)
    heated = [e for e in page.all("td") if e.attributes.get("class", "").startswith("heat-")]
    assert heated
    text = page.text()
    assert "Interrupted" in text
    assert "not measured" in text


def test_a_run_of_3600_trials_makes_a_page_under_a_quarter_of_a_megabyte() -> None:
    """100 prompts, 12 targets, 3 replicates: the worst prompts are shown, the rest is counted."""
    targets = [replace(OPUS, name=f"target-{n}", skill=0.5 + 0.04 * n) for n in range(12)]
    sample = sample_run(targets, prompts=100)
    report = rendered(sample)
    assert len(sample.trials) == 3600
    assert len(report.html.encode()) < 250_000
    assert len(read(report.html).all("article")) - 1 == SHOWN
    assert "Further prompts:" in report.text
