"""Whatever is wrong with `canary.toml` is said in one sentence: file, key, remedy."""

from pathlib import Path

import pytest

from canary.config.settings import load_config
from canary.domain.errors import ConfigurationError
from tests.config.samples import write

TARGET = '[[targets]]\nname = "a"\nprovider = "anthropic"\nmodel = "m"\n'
OTHER = TARGET.replace('"a"', '"b"')
HARNESS = '[[targets]]\nname = "h"\nprovider = "claude-code"\nmodel = "m"\n'

# (what is written, key path and problem as told, what the remedy says)
REFUSALS = [
    (f'{TARGET}effrot = "high"', "targets[0].effrot: unknown key", 'did you mean "effort"?'),
    ("[stroe]\n", "stroe: unknown key", 'did you mean "store"?'),
    ("[store]\nzzz = 1", "store.zzz: unknown key", "the keys here are url, responses, retention"),
    ('[prices."my.model"]\nin = 1\noutput = 2', 'prices."my.model".in: unknown key (and 1 more', "input"),
    ("[mail]\nfrom = 'a@b'\nto = ['c@d']", "mail.smtp: is missing", "add it"),
    ("[annotations]", "annotations.file: is missing", "add it"),
    ('[[targets]]\nname = "a"\nmodel = "m"', "targets[0].provider: is missing", "add it"),
    ("targets = 3", "targets: must be a list", ""),
    ("store = 3", "store: must be a table of keys and values", ""),
    ("[store]\nresponses = 'yes'", "store.responses: must be true or false", ""),
    ("[store]\nurl = 7", "store.url: must be text in quotes", ""),
    ("[suite]\nreplicates = '3'", "suite.replicates: must be a whole number", ""),
    ("[suite]\nreplicates = 2.0", "suite.replicates: must be a whole number", ""),
    ("[suite]\nreplicates = true", "suite.replicates: must be a whole number", ""),
    ("[suite]\nreplicates = 0", "suite.replicates: must be at least 1", ""),
    ("[suite]\nprompts = ''", "suite.prompts: must not be empty", ""),
    ("[suite]\nseed = 2026-03-01", "suite.seed: must be a whole number", ""),
    ("[budget]\nusd_per_run = 0", "budget.usd_per_run: must be greater than 0", ""),
    ("[budget]\nusd_per_run = nan", "budget.usd_per_run: must be a finite number", ""),
    ("[budget]\nusd_per_run = inf", "budget.usd_per_run: must be a finite number", ""),
    ("[budget]\ntokens_per_run = 0", "budget.tokens_per_run: must be at least 1", ""),
    ("[store]\nurl = 'mysql://h/x'", "store.url: must be the address of a database", "sqlite:///canary.db"),
    ("[store]\nurl = 'sqlite://'", "store.url: must name a file", "sqlite:///canary.db"),
    ("[store]\nurl = 'sqlite:///:memory:'", "store.url: must name a file", "sqlite:///canary.db"),
    ("[store]\nretention = '400'", "store.retention: must be a duration", "s, m, h or d"),
    ("[store]\nretention = '36h'", "store.retention: must be whole days", "400d"),
    ("[schedule]\njitter = '10 minutes'", "schedule.jitter: must be a duration", "10m"),
    ("[schedule]\njitter = '999999999d'", "schedule.jitter: must be a duration", "10m"),
    ("[schedule]\ncron = '0 6 * * 1'", "schedule.cron: must name weekdays", "mon-fri"),
    ("[schedule]\ntimezone = 'Europe/Berln'", "schedule.timezone: unknown timezone", "Europe/Berlin"),
    ("[schedule]\ntimezone = ''", "schedule.timezone: unknown timezone", "UTC"),
    ("[schedule]\ntimezone = '../etc'", "schedule.timezone: unknown timezone", ""),
    ("[detect]\nfalse_alarms_per_year = 0", "detect.false_alarms_per_year: must be greater than 0", ""),
    (
        "[detect.min_effect]\npass_rat = 0.1",
        "detect.min_effect.pass_rat: unknown metric",
        'did you mean "pass_rate"?',
    ),
    ("[detect.min_effect]\npass_rate = 2", "detect.min_effect.pass_rate: must be between 0 and 1", "0.02"),
    ("[detect.min_effect]\nlatency_s = 0", "detect.min_effect.latency_s: must be greater than 0", ""),
    ("[detect.min_effect]\ntokenizer = 1", "detect.min_effect.tokenizer: has no smallest effect", "remove"),
    ("[reports]\nbase_url = 'reports.example.org'", "reports.base_url: must be a web address", "https://"),
    ("[mail]\nsmtp = 'host:587'\nfrom = 'a@b'\nto = ['c@d']", "mail.smtp: must be a mail server", "smtp://"),
    ("[mail]\nsmtp = 'smtp://h'\nfrom = 'a'\nto = ['c@d']", "mail.from: must be a mail address", "@"),
    (
        "[mail]\nsmtp = 'smtp://h'\nfrom = 'a@b'\nto = ['c@d\u00e9']",
        "mail.to[0]: must be a mail address in ASCII",
        "xn--",
    ),
    ("[mail]\nsmtp = 'smtp://h'\nfrom = 'a@b'\nto = []", "mail.to: must not be empty", ""),
    (
        "[mail]\nsmtp = 'smtp://h'\nfrom = 'a@b'\nto = ['c@d']\ndigest = 'monday'",
        "mail.digest: must be a weekday and a time",
        "mon 08:00",
    ),
    ("[notify]\nurls = ['somewhere']", "notify.urls[0]: must be an Apprise address", "://"),
    ("[notify]\nheartbeat_url = 'x'", "notify.heartbeat_url: must be a web address", "https://"),
    ("[prices.m]\ninput = -1\noutput = 2", "prices.m.input: must be at least 0", ""),
    ("[prices.m]\ninput = '1'\noutput = 2", "prices.m.input: must be a number", ""),
    (TARGET.replace('"a"', '"Opus 4"'), "targets[0].name: must match", "^[a-z0-9]"),
    (TARGET.replace("anthropic", "antropic"), "targets[0].provider: must be one of", '"anthropic"?'),
    (f'{TARGET}arm = "apy"', "targets[0].arm: must be one of", 'did you mean "api"?'),
    (TARGET + TARGET, "targets[1].name: is also the name of targets[0]", "choose another"),
    (f"{TARGET}concurrency = 0", "targets[0].concurrency: must be at least 1", ""),
    (f"{TARGET}concurrency = 33", "targets[0].concurrency: must be at most 32", ""),
    (f"{TARGET}max_attempts = 0", "targets[0].max_attempts: must be at least 1", ""),
    (f"{TARGET}timeout = 600", "targets[0].timeout: must be text in quotes", ""),
    (f'{TARGET}base_url = "api.example.org"', "targets[0].base_url: must be a web address", "https://"),
    (f'{TARGET}base_url = "https://h:99999/"', "targets[0].base_url: must be a web address", "https://"),
    (
        f'{TARGET}api_key_env = "my key"',
        "targets[0].api_key_env: must be the name of an env",
        "OPENAI_API_KEY",
    ),
    (f"{TARGET}thinking = 5", "targets[0].thinking: must be text or a table", "adaptive"),
    (f'{TARGET}api_key_env = "{"0123456789ABCDEF" * 2}"', "targets[0].api_key_env: must be the name", ""),
    (f'{TARGET}verbosity = "low"', "targets[0].verbosity: is no key of anthropic targets", "remove it"),
    (f'{TARGET}argv = ["x"]', "targets[0].argv: is no key of anthropic targets", "known to command"),
    (f"{TARGET}promised_share = 0.9", "targets[0].promised_share: says nothing alone", "add promised_speed"),
    (f"{HARNESS}promised_speed = 0", "targets[0].promised_speed: must be greater than 0", ""),
    (f'{HARNESS}speed = "fast"', "targets[0].speed: is no key of claude-code targets", "remove it"),
    (f'{TARGET}arm = "harness"', "targets[0].arm: is no arm of anthropic targets", "api or api-defaults"),
    (f'{HARNESS}arm = "api"', "targets[0].arm: is no arm of claude-code targets", "harness-pinned"),
    (f'{HARNESS}version = "1"', "targets[0].version: is a key of the arm harness-pinned only", "arm"),
    (f'{HARNESS}idle_gap = "2h"', "targets[0].idle_gap: is a key of the arm harness-resumed only", "arm"),
    (f'{HARNESS}arm = "harness-pinned"', "targets[0].version: is missing", "version to pin"),
    (f'{TARGET}arm = "api-defaults"\neffort = "low"', "targets[0].effort: would change what", "remove it"),
    (HARNESS.replace("claude-code", "command"), "targets[0].argv: is missing", "name the program"),
    (f'{TARGET}extra_headers = {{"a b" = "c"}}', 'targets[0].extra_headers."a b": is no header name', ""),
    (f'{TARGET}extra_headers = {{a = "b\\nc"}}', "targets[0].extra_headers.a: must be one line", ""),
    (f"{TARGET}extra_body = {{t = 2026-03-01}}", "targets[0].extra_body.t: must hold text, numbers", ""),
    (f"{TARGET}extra_body = {{t = [{{n = nan}}]}}", "targets[0].extra_body.t[0].n: must be a finite", ""),
]


def refusal(folder: Path, text: str) -> ConfigurationError:
    path = write(folder, {"canary.toml": text}) / "canary.toml"
    with pytest.raises(ConfigurationError) as caught:
        load_config(path, {})
    return caught.value


@pytest.mark.parametrize(("text", "told", "remedy"), REFUSALS, ids=[told for _, told, _ in REFUSALS])
def test_a_mistake_is_told_with_file_key_path_and_remedy(
    tmp_path: Path, text: str, told: str, remedy: str
) -> None:
    error = refusal(tmp_path, text)
    assert error.exit_code == 2
    assert str(error).startswith(f"{tmp_path}/canary.toml: {told}")
    assert remedy in str(error.remedy or error)
    assert "\n" not in str(error)


def test_of_several_mistakes_the_first_is_told_and_the_others_are_counted(tmp_path: Path) -> None:
    error = refusal(tmp_path, f"[suite]\nreplicates = 0\nseed = -1\n{TARGET}effrot = 1")
    assert str(error).endswith(
        'targets[0].effrot: unknown key (and 2 more in this file); did you mean "effort"?'
    )


@pytest.mark.parametrize(
    ("second", "refused"),
    [
        ("", True),
        ('base_url = "https://api.example.org"', False),
        ('arm = "api-defaults"', False),
        ('speed = "fast"', False),
        ('service_tier = "priority"', False),
        ('effort = "low"', True),
    ],
)
def test_twins_differ_in_arm_host_speed_or_tier(tmp_path: Path, second: str, *, refused: bool) -> None:
    text = f'{TARGET}twins = "t"\n{OTHER}twins = "t"\n{second}'
    if refused:
        error = refusal(tmp_path, text)
        same = "arm, host, speed and service tier"
        assert f"targets[1].twins: joins a group in which targets[0] has the same {same}" in str(error)
    else:
        write(tmp_path, {"canary.toml": text})
        assert len(load_config(tmp_path / "canary.toml", {}).targets) == 2


def test_targets_of_no_group_may_be_alike(tmp_path: Path) -> None:
    write(tmp_path, {"canary.toml": TARGET + OTHER})
    assert len(load_config(tmp_path / "canary.toml", {}).targets) == 2


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[store]\nurl = "x', 2),
        ("[store]\n[store]\n", 2),
        ("a = 1\na = 2\n", 2),
        ("= 1", 1),
        ("[store]\nurl = \n", 2),
        ("a = " + "9" * 5000, 1),
        ("\x00", 1),
    ],
)
def test_invalid_toml_is_told_with_file_line_and_remedy(tmp_path: Path, text: str, line: int) -> None:
    error = refusal(tmp_path, text)
    assert str(error).startswith(f"{tmp_path}/canary.toml:{line}: is not valid TOML: ")
    assert error.remedy


@pytest.mark.parametrize(
    "text", ["a = " + "[" * 50_000, "a = " + "{a=" * 50_000, "a" + ".a" * 1_000 + " = 1"]
)
def test_endless_nesting_is_refused_like_any_other_mistake(tmp_path: Path, text: str) -> None:
    assert str(refusal(tmp_path, text)).startswith(f"{tmp_path}/canary.toml: ")


def told_of(path: Path) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load_config(path, {})
    return str(caught.value)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "canary.toml"
    assert told_of(path) == f"{path}: there is no such file; check the path"


def test_a_folder_in_place_of_the_file_is_told(tmp_path: Path) -> None:
    assert told_of(tmp_path) == f"{tmp_path}: is a folder, not a file; name a file"


def test_a_file_that_is_not_utf_8_is_told_with_the_line(tmp_path: Path) -> None:
    (tmp_path / "canary.toml").write_bytes(b"a = 1\nb = '\xff'")
    assert told_of(tmp_path / "canary.toml").endswith(
        "canary.toml:2: the file is not UTF-8 text; save it as UTF-8"
    )


def test_a_huge_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "canary.toml").write_bytes(b"#" * 2**21)
    assert told_of(tmp_path / "canary.toml").endswith("the file is larger than 1 MiB; split it")


def test_a_path_that_no_system_has_is_told() -> None:
    assert "the file can't be read" in told_of(Path("\0"))


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    write(tmp_path, {"canary.toml": "\ufeff[suite]\nreplicates = 5\n"})
    assert load_config(tmp_path / "canary.toml", {}).suite.replicates == 5
