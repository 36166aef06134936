"""Records in and out: nothing is lost, nothing is guessed, and a bad line says where and why."""

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from canary.domain.errors import RecordError
from canary.domain.record import trial_record
from canary.domain.trial import CheckResult, Failure, Step, Trial
from canary.exchange.trial_lines import MAX_LINE_BYTES
from canary.exchange.trial_model import FIELDS
from canary.exchange.trials import read_trials, record_schema, write_csv, write_jsonl
from tests.store.strategies import a_trial, trials

DOCS = Path(__file__).parents[2] / "docs" / "records.md"
LEAST: Mapping[str, Any] = {
    "schema": 1,
    "started_at": "2026-03-01T06:00:00Z",
    "target": "t",
    "prompt": "p/one-01",
    "replicate": 0,
    "outcome": "graded",
}
FAILED: Mapping[str, Any] = {**LEAST, "outcome": "failed"}
LEAST_TRIAL = a_trial(run="")
VALIDATOR = Draft202012Validator(record_schema())
WRITERS = {"csv": write_csv, "jsonl": write_jsonl}

drawn = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def read(path: Path) -> list[Trial]:
    return list(read_trials(path))


def file_of(folder: Path, *lines: object, name: str = "records.jsonl") -> Path:
    path = folder / name
    path.write_bytes(b"".join(_bytes(line) + b"\n" for line in lines))
    return path


def _bytes(line: object) -> bytes:
    return line if isinstance(line, bytes) else json.dumps(line).encode()


def table_of(folder: Path, *rows: Sequence[str]) -> Path:
    path = folder / "records.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return path


def written(kept: Iterable[Trial], form: str) -> bytes:
    out = io.BytesIO()
    WRITERS[form](kept, out)
    return out.getvalue()


class TestRoundTrips:
    @pytest.mark.parametrize("form", WRITERS)
    @drawn
    @given(kept=st.lists(trials(), max_size=3))
    def test_what_is_written_is_read_back_equal(self, tmp_path: Path, form: str, kept: list[Trial]) -> None:
        path = tmp_path / f"records.{form}"
        with path.open("wb") as file:
            assert WRITERS[form](kept, file) == len(kept)
        assert read(path) == kept

    @drawn
    @given(trial=trials())
    def test_every_record_that_is_written_is_valid_by_the_published_schema(self, trial: Trial) -> None:
        VALIDATOR.validate(json.loads(written([trial], "jsonl")))

    @pytest.mark.parametrize("form", WRITERS)
    def test_what_was_not_measured_is_absent_and_what_is_empty_is_not(
        self, tmp_path: Path, form: str
    ) -> None:
        empty = replace(LEAST_TRIAL, response="", stop_reason="", checks=(), phrases={}, transcript=())
        path = tmp_path / f"records.{form}"
        path.write_bytes(written([LEAST_TRIAL, empty], form))
        assert read(path) == [LEAST_TRIAL, empty]

    @pytest.mark.parametrize("form", WRITERS)
    def test_a_number_that_is_not_finite_is_written_as_not_measured(self, tmp_path: Path, form: str) -> None:
        odd = Step(text="x", raw_usage={"tokens": [float("nan"), 1]})
        path = tmp_path / f"records.{form}"
        path.write_bytes(written([replace(LEAST_TRIAL, latency_s=float("inf"), transcript=(odd,))], form))
        plain = replace(odd, raw_usage={"tokens": [None, 1]})
        assert read(path) == [replace(LEAST_TRIAL, transcript=(plain,))]

    @pytest.mark.parametrize("form", WRITERS)
    def test_records_are_readable_by_people_whatever_their_language(self, form: str) -> None:
        assert "Größe 大小".encode() in written([replace(LEAST_TRIAL, response="Größe 大小")], form)


class TestRecords:
    def test_the_least_record_is_a_trial_of_its_day_and_of_the_schedule(self, tmp_path: Path) -> None:
        (trial,) = read(file_of(tmp_path, LEAST))
        assert trial == LEAST_TRIAL
        assert (trial.run, trial.run_day, trial.trigger) == ("", date(2026, 3, 1), "schedule")

    @pytest.mark.parametrize("name", sorted(set(FIELDS) - set(LEAST)))
    def test_null_is_absent(self, tmp_path: Path, name: str) -> None:
        assert read(file_of(tmp_path, {**LEAST, name: None})) == [LEAST_TRIAL]

    @pytest.mark.parametrize(
        ("text", "moment"),
        [
            ("2026-03-01T06:00:00Z", datetime(2026, 3, 1, 6, tzinfo=UTC)),
            ("2026-03-01t06:00:00z", datetime(2026, 3, 1, 6, tzinfo=UTC)),
            ("2026-03-01 08:30:00+02:30", datetime(2026, 3, 1, 6, tzinfo=UTC)),
            ("2026-03-01T00:00:00.5-08:00", datetime(2026, 3, 1, 8, 0, 0, 500000, tzinfo=UTC)),
            ("2026-03-01T06:00:00.123456789Z", datetime(2026, 3, 1, 6, 0, 0, 123456, tzinfo=UTC)),
        ],
    )
    def test_a_moment_is_read_in_any_spelling_of_rfc_3339(
        self, tmp_path: Path, text: str, moment: datetime
    ) -> None:
        (trial,) = read(file_of(tmp_path, {**LEAST, "started_at": text}))
        assert trial.started_at == moment
        assert trial.started_at.tzinfo is UTC

    def test_the_day_of_a_record_without_one_is_the_utc_day_it_started(self, tmp_path: Path) -> None:
        (trial,) = read(file_of(tmp_path, {**LEAST, "started_at": "2026-03-01T23:30:00-05:00"}))
        assert trial.run_day == date(2026, 3, 2)

    def test_an_integer_that_a_table_library_wrote_as_a_float_is_that_integer(self, tmp_path: Path) -> None:
        (trial,) = read(file_of(tmp_path, {**LEAST, "replicate": 2.0, "output_tokens": 812.0}))
        assert (trial.replicate, trial.output_tokens) == (2, 812)
        assert type(trial.output_tokens) is int

    def test_a_field_of_the_writers_own_is_allowed_and_not_kept(self, tmp_path: Path) -> None:
        record = {**LEAST, "x_ticket": {"id": 7}}
        assert VALIDATOR.is_valid(record)
        assert read(file_of(tmp_path, record)) == [LEAST_TRIAL]

    def test_a_lone_surrogate_is_kept_as_the_model_wrote_it(self, tmp_path: Path) -> None:
        (trial,) = read(file_of(tmp_path, {**LEAST, "response": "a\ud800"}))
        assert trial.response == "a\ud800"

    def test_a_kind_of_error_that_canary_does_not_know_is_kept(self, tmp_path: Path) -> None:
        error = {"kind": "teapot", "message": "m", "retryable": False, "status": 418}
        (trial,) = read(file_of(tmp_path, {**FAILED, "error": error}))
        assert trial.error == Failure(kind="teapot", message="m", retryable=False, status=418)  # type: ignore[arg-type]


OVERLOADED = {"kind": "overloaded", "message": "m", "retryable": True}

BAD: Sequence[tuple[Mapping[str, Any], str]] = [
    (
        {**LEAST, "output_token": 5},
        r"'output_token' is not a field of the record; did you mean `output_tokens`\?",
    ),
    ({**LEAST, "zzz": 5}, r"'zzz' is not a field of the record; a field of your own starts with `x_`"),
    ({**LEAST, "error": {**OVERLOADED, "why": "x"}, "outcome": "failed"}, r"`error.why` is not a field"),
    ({**LEAST, "replicate": "0"}, r"`replicate` must be a whole number, not '0'"),
    ({**LEAST, "replicate": True}, r"`replicate` must be a whole number, not True"),
    ({**LEAST, "replicate": 1.5}, r"`replicate` must be a whole number, not 1.5"),
    ({**LEAST, "replicate": -1}, r"`replicate` must be at least 0, not -1"),
    ({**LEAST, "replicate": 2**31}, r"`replicate` must be at most 2147483647"),
    ({**LEAST, "output_tokens": 2**63}, r"`output_tokens` must be at most 9223372036854775807"),
    ({**LEAST, "latency_s": -0.1}, r"`latency_s` must be at least 0.0, not -0.1"),
    ({**LEAST, "latency_s": "3"}, r"`latency_s` must be a number, not '3'"),
    ({**LEAST, "score": 1.5}, r"`score` must be at most 1.0, not 1.5"),
    ({**LEAST, "passed": 1}, r"`passed` must be true or false, not 1"),
    ({**LEAST, "passed": "true"}, r"`passed` must be true or false, not 'true'"),
    ({**LEAST, "response": 5}, r"`response` must be a text, not 5"),
    ({**LEAST, "checks": {"a": True}}, r"`checks` must be a list"),
    ({**LEAST, "checks": [{"check": "words", "strict": True}]}, r"`checks.0.loose` is missing"),
    ({**LEAST, "turns_passed": [1]}, r"`turns_passed.0` must be true or false, not 1"),
    ({**LEAST, "phrases": {"farewell": -1}}, r"`phrases.farewell` must be at least 0, not -1"),
    ({**LEAST, "phrases": ["farewell"]}, r"`phrases` must be an object"),
    ({**LEAST, "fingerprint": {"sdk": 2}}, r"`fingerprint.sdk` must be a text, not 2"),
    ({**LEAST, "outcome": "ok"}, r"`outcome` must be 'graded' or 'failed', not 'ok'"),
    ({**LEAST, "trigger": "cron"}, r"`trigger` must be 'schedule', 'manual', "),
    ({**LEAST, "arm": "apis"}, r"`arm` must be 'api', 'api-defaults'"),
    ({**LEAST, "target": ""}, r"`target` must not be empty"),
    ({**LEAST, "target": "a\nb"}, r"`target` must hold no control characters, not 'a\\nb'"),
    ({**LEAST, "prompt": "p" * 257}, r"`prompt` must have at most 256 characters, not 'ppp"),
    ({**LEAST, "run": "../up"}, r"`run` must hold no slash and no control character, nor start with a dot"),
    (
        {**LEAST, "started_at": "2026-03-01T06:00:00"},
        r"`started_at` must be a moment with its offset from UTC",
    ),
    ({**LEAST, "started_at": 1772344800}, r"`started_at` must be a text, not 1772344800"),
    ({**LEAST, "run_day": "1.3.2026"}, r"`run_day` must be a day, as 2026-03-01 is, not '1.3.2026'"),
    ({**LEAST, "schema": 0}, r"`schema` must be at least 1, not 0"),
    ({**LEAST, "schema": True}, r"`schema` must be a whole number, not True"),
    ({**FAILED, "passed": False}, r"a failed trial has no `passed`"),
    ({**FAILED, "score": 0.0}, r"a failed trial has no `score`"),
    ({**LEAST, "error": OVERLOADED}, r"a graded trial has no `error`"),
    *(({k: v for k, v in LEAST.items() if k != gone}, rf"`{gone}` is missing") for gone in LEAST),
]
BAD_BUT_NOT_BY_SCHEMA: Sequence[tuple[Mapping[str, Any], str]] = [
    ({**LEAST, "schema": 2}, r"its `schema` is 2, and this version of canary reads 1; update canary"),
    ({**LEAST, "started_at": "2026-02-30T06:00:00Z"}, r"a day or moment does not exist: day is out of range"),
    ({**LEAST, "started_at": "0001-01-01T00:00:00+01:00"}, r"a day or moment does not exist: "),
    ({**LEAST, "run_day": "2026-13-01"}, r"a day or moment does not exist: month must be"),
    ({**LEAST, "latency_s": float("nan")}, r"`latency_s` must be a finite number, not nan"),
    ({**LEAST, "latency_s": float("inf")}, r"`latency_s` must be a finite number, not inf"),
]
BAD_LINES: Sequence[tuple[bytes, str]] = [
    (b"{", "not JSON: expecting property name"),
    (b'{"schema": 1', "not JSON: expecting ',' delimiter at character"),
    (b"[1]", r"a record is an object, not \[1\]"),
    (b'"x"', "a record is an object, not 'x'"),
    (b"null", "a record is an object, not None"),
    (b'{"target": "\xff"}', "byte 13 of the line is not UTF-8"),
    ('{"target": "x"}'.encode("utf-16"), "byte 1 of the line is not UTF-8"),
    (b"[" * 100_000, "nested too deeply"),
    (b'{"replicate": ' + b"9" * 5000 + b"}", "one of its numbers has too many digits"),
]


class TestRefusals:
    @pytest.mark.parametrize(("record", "reason"), [*BAD, *BAD_BUT_NOT_BY_SCHEMA])
    def test_a_bad_record_says_which_field_and_what_was_wanted(
        self, tmp_path: Path, record: Mapping[str, Any], reason: str
    ) -> None:
        path = file_of(tmp_path, LEAST, record, LEAST)
        with pytest.raises(RecordError, match=reason) as caught:
            read(path)
        assert str(caught.value).startswith(f"{path}, line 2: ")
        assert "\n" not in str(caught.value)
        assert caught.value.exit_code == 2

    @pytest.mark.parametrize("record", [record for record, _ in BAD])
    def test_the_published_schema_refuses_it_too(self, record: Mapping[str, Any]) -> None:
        assert not VALIDATOR.is_valid(record)

    @pytest.mark.parametrize(("line", "reason"), BAD_LINES)
    def test_a_line_that_is_no_record_says_why(self, tmp_path: Path, line: bytes, reason: str) -> None:
        with pytest.raises(RecordError, match=reason):
            read(file_of(tmp_path, line))

    def test_bad_records_can_be_left_out_and_are_listed(self, tmp_path: Path) -> None:
        bad_lines = [line for line, _ in BAD_LINES]
        bad = [record for record, _ in BAD]
        path = file_of(tmp_path, LEAST, *bad_lines, *bad, LEAST)
        left_out: list[RecordError] = []
        assert list(read_trials(path, skip_bad=left_out.append)) == [LEAST_TRIAL] * 2
        lines = [int(re.findall(r"line (\d+)", str(problem.where))[0]) for problem in left_out]
        assert lines == list(range(2, 2 + len(bad_lines) + len(bad)))

    def test_a_line_of_a_model_is_not_repeated_at_length(self, tmp_path: Path) -> None:
        with pytest.raises(RecordError) as caught:
            read(file_of(tmp_path, {**LEAST, "served_model": ["secret " * 1000]}))
        assert len(str(caught.value)) < 300 + len(str(tmp_path))

    def test_a_line_without_end_is_refused_and_the_next_one_read(self, tmp_path: Path) -> None:
        path = tmp_path / "records.jsonl"
        with path.open("wb") as file:
            file.truncate(MAX_LINE_BYTES + 100)
            file.seek(0, io.SEEK_END)
            file.write(b"\n" + json.dumps(LEAST).encode())
        left_out: list[RecordError] = []
        assert list(read_trials(path, skip_bad=left_out.append)) == [LEAST_TRIAL]
        assert [problem.problem for problem in left_out] == ["the line is longer than 64 MiB"]

    @pytest.mark.parametrize("name", ["missing.jsonl", "missing.csv", "folder"])
    def test_a_file_that_can_not_be_opened_is_named(self, tmp_path: Path, name: str) -> None:
        (tmp_path / "folder").mkdir()
        with pytest.raises(RecordError, match=rf"{name}: can't be read \("):
            read(tmp_path / name)


class TestLines:
    def test_blank_lines_windows_lines_and_a_byte_order_mark_do_no_harm(self, tmp_path: Path) -> None:
        line = json.dumps(LEAST).encode()
        path = tmp_path / "records.jsonl"
        path.write_bytes(b"\xef\xbb\xbf" + line + b"\r\n\r\n  \n\n" + line)
        assert read(path) == [LEAST_TRIAL] * 2

    @pytest.mark.parametrize("content", [b"", b"\n", b"\xef\xbb\xbf"])
    def test_an_empty_file_holds_no_trials(self, tmp_path: Path, content: bytes) -> None:
        for name in ("records.jsonl", "records.csv"):
            path = tmp_path / name
            path.write_bytes(content)
            assert read(path) == []

    def test_a_dash_is_standard_input(self) -> None:
        code = "from pathlib import Path; from canary.exchange.trials import read_trials; print(len(list(read_trials(Path('-')))))"
        line = json.dumps(LEAST)
        done = subprocess.run(
            [sys.executable, "-c", code],
            input=f"{line}\n{line}\n",
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout == "2\n"


class TestTables:
    HEADER = tuple(LEAST)
    ROW = tuple(str(value) for value in LEAST.values())

    @pytest.mark.parametrize(
        "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\r=1", "\n=1", '"', '"=1"', '"a" and']
    )
    def test_no_text_is_a_formula_to_a_spreadsheet_and_every_text_comes_back(
        self, tmp_path: Path, text: str
    ) -> None:
        trial = replace(
            LEAST_TRIAL,
            response=text,
            target=f"={text}".replace("\n", "").replace("\r", "").replace("\t", ""),
        )
        path = tmp_path / "records.csv"
        path.write_bytes(written([trial], "csv"))
        cells = [cell for row in csv.reader(io.StringIO(path.read_text(), newline="")) for cell in row]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))]
        assert read(path) == [trial]

    def test_a_table_of_another_tool_is_read(self, tmp_path: Path) -> None:
        header = [
            *self.HEADER,
            "passed",
            "output_tokens",
            "latency_s",
            "refused",
            "checks",
            "response",
            "x_mine",
        ]
        checks = '[{"check": "words", "strict": true, "loose": true}]'
        rows = [
            [*self.ROW, "True", "812.0", "1e1", "FALSE", checks, '"quoted" he said', "whatever"],
            [*self.ROW, "", "", "", "", "", "line one\r\nline two", ""],
        ]
        one, two = read(table_of(tmp_path, header, *rows))
        assert one == replace(
            LEAST_TRIAL,
            passed=True,
            output_tokens=812,
            latency_s=10.0,
            refused=False,
            checks=(CheckResult(check="words", strict=True, loose=True),),
            response='"quoted" he said',
        )
        assert two == replace(LEAST_TRIAL, response="line one\r\nline two")

    @pytest.mark.parametrize(
        ("header", "reason"),
        [
            ([*HEADER, "output_token"], r"did you mean `output_tokens`\?"),
            ([*HEADER, "target"], "two columns are named 'target'"),
            (HEADER[1:], "there is no column named 'schema'"),
            ([";".join(HEADER)], "is not a field of the record"),
        ],
    )
    def test_a_header_that_can_not_be_used_stops_everything(
        self, tmp_path: Path, header: Sequence[str], reason: str
    ) -> None:
        path = table_of(tmp_path, header, self.ROW)
        with pytest.raises(RecordError, match=rf"records.csv, line 1: the header can't be used: .*{reason}"):
            list(read_trials(path, skip_bad=lambda problem: None))

    @pytest.mark.parametrize(
        ("name", "cell", "reason"),
        [
            ("output_tokens", "many", "`output_tokens` must be a whole number, not 'many'"),
            ("output_tokens", "1_0", "`output_tokens` must be a whole number, not '1_0'"),
            ("output_tokens", "9" * 5000, "`output_tokens` must be a whole number, not '999"),
            ("latency_s", "nan", "`latency_s` must be a finite number"),
            ("passed", "yes", "`passed` must be true or false, not 'yes'"),
            ("checks", "[", r"a cell is not JSON: '\['"),
            ("checks", "[" * 100_000, "a cell is not JSON"),
            ("phrases", "[]", "`phrases` must be an object"),
        ],
    )
    def test_a_bad_cell_says_which(self, tmp_path: Path, name: str, cell: str, reason: str) -> None:
        path = table_of(tmp_path, [*self.HEADER, name], [*self.ROW, cell])
        with pytest.raises(RecordError, match=rf"records.csv, line 2: {reason}"):
            read(path)

    def test_bad_rows_can_be_left_out_and_are_listed_with_the_lines_they_start_at(
        self, tmp_path: Path
    ) -> None:
        path = table_of(
            tmp_path,
            [*self.HEADER, "response"],
            [*self.ROW, "one\ntwo"],
            [*self.ROW, "x", "too many"],
            [*self.ROW[:-1], "ok", "three\nfour"],
            [*self.ROW, ""],
        )
        with path.open("ab") as file:
            file.write(b"\xff\n" + ",".join((*self.ROW, "last")).encode() + b"\r\n")
        left_out: list[RecordError] = []
        found = list(read_trials(path, skip_bad=left_out.append))
        assert [trial.response for trial in found] == ["one\ntwo", None, "last"]
        assert [str(problem).partition("records.csv, ")[2] for problem in left_out] == [
            "line 4: the row has 8 cells, the header 7",
            "line 5: `outcome` must be 'graded' or 'failed', not 'ok'",
            "line 8: byte 1 of the line is not UTF-8",
        ]


class TestDocumentation:
    def test_it_names_every_field_once_with_its_meaning(self) -> None:
        rows = re.findall(r"^\| `(\w+)` +\|", DOCS.read_text(), flags=re.MULTILINE)
        assert sorted(rows) == sorted(FIELDS)

    def test_its_examples_are_records(self, tmp_path: Path) -> None:
        blocks = re.findall(r"```jsonl\n(.*?)```", DOCS.read_text(), flags=re.DOTALL)
        lines = [line for block in blocks for line in block.splitlines()]
        assert len(lines) > 1
        assert len(read(file_of(tmp_path, *(line.encode() for line in lines)))) == len(lines)

    def test_the_schema_is_a_schema_with_a_meaning_for_every_field(self) -> None:
        Draft202012Validator.check_schema(record_schema())
        properties = record_schema()["properties"]
        assert isinstance(properties, dict)
        assert list(properties) == list(FIELDS)
        assert all(entry["description"].endswith(".") for entry in properties.values())

    def test_the_fields_are_those_of_the_trial_in_its_order(self) -> None:
        written_out = trial_record(replace(LEAST_TRIAL, run="r"))
        assert set(written_out) <= set(FIELDS)
        assert set(FIELDS) == {"schema", *(field for field in Trial.__dataclass_fields__)}
