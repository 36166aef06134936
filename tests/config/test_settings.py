"""What `canary.toml` and the environment become."""

import re
import subprocess
import sys
from datetime import time
from pathlib import Path

import pytest

from canary.config.config_records import Config, DigestTime
from canary.config.settings import api_key, find_config, load_config
from canary.config.starter import starter_config
from canary.domain.errors import ConfigurationError
from canary.domain.target import PriceOverride, SpeedPromise, TargetSpec
from tests.config.samples import CANARY_TOML, write

RAW = '[[targets]]\nname = "a"\nprovider = "{provider}"\nmodel = "m"\n{more}'


def loaded(folder: Path, text: str, **environ: str) -> Config:
    return load_config(write(folder, {"canary.toml": text}) / "canary.toml", environ)


def target(folder: Path, provider: str, more: str = "") -> TargetSpec:
    return loaded(folder, RAW.format(provider=provider, more=more)).targets[0]


def test_the_example_of_the_contract_says_what_it_says(tmp_path: Path) -> None:
    config = loaded(tmp_path, CANARY_TOML)
    assert config.path == tmp_path / "canary.toml"
    assert (config.store.url, config.store.responses, config.store.retention_days) == (
        f"sqlite:///{tmp_path}/canary.db",
        True,
        400,
    )
    assert (config.schedule.cron, config.schedule.timezone, config.schedule.jitter_s) == (
        "0 6 * * *",
        "UTC",
        600.0,
    )
    assert (config.suite.prompts, config.suite.replicates, config.suite.seed) == (
        tmp_path / "prompts",
        3,
        20260301,
    )
    assert (config.budget.usd_per_run, config.budget.tokens_per_run) == (25.0, 20_000_000)
    assert config.detect.min_effect == {"pass_rate": 0.02, "output_tokens": 0.05}
    assert (config.detect.false_alarms_per_year, config.detect.confirm) == (1.0, True)
    assert config.reports.dir == tmp_path / "reports"
    assert config.mail is not None
    assert (config.mail.smtp, config.mail.digest) == (
        "smtp://user@host:587",
        DigestTime(weekday="mon", at=time(8)),
    )
    assert (config.notify.urls, config.notify.heartbeat_url) == ((), None)
    assert config.annotations == tmp_path / "annotations.yaml"
    assert config.prices == {"my-model": PriceOverride(input=1.0, output=4.0)}
    api, harness, kimi = config.targets
    assert (api.name, api.provider, api.arm, api.twins) == ("opus-4.7-api", "anthropic", "api", "opus-4.7")
    assert (api.options.effort, api.concurrency, api.host) == ("xhigh", 8, "default")
    assert (harness.provider, harness.arm, harness.is_harness) == ("claude-code", "harness", True)
    assert (kimi.api_key_env, kimi.base_url, kimi.arm) == ("MOONSHOT_API_KEY", "https://…/v1", "api")


def test_an_empty_file_is_a_deployment_of_defaults(tmp_path: Path) -> None:
    config = loaded(tmp_path, "")
    assert config.targets == ()
    assert config.mail is None
    assert config.annotations is None
    assert config.suite.prompts is None
    assert config.budget.usd_per_run is None
    assert config.budget.tokens_per_run is None
    assert config.reports.base_url is None
    assert config.store.url == f"sqlite:///{tmp_path}/canary.db"


def test_every_target_key_arrives_where_targets_read_it(tmp_path: Path) -> None:
    spec = target(
        tmp_path,
        "anthropic",
        """
base_url = "http://127.0.0.1:8765/"
api_key_env = ""
identity = "team-a"
concurrency = 3
timeout = "90s"
max_attempts = 2
thinking = {type = "enabled", budget_tokens = 8000}
speed = "fast"
service_tier = "auto"
task_budget = 20_000
max_output_tokens = 4_000
extra_headers = {anthropic-beta = "x-2026-01-01"}
extra_body = {metadata = {user_id = "canary"}}
""",
    )
    assert (spec.host, spec.api_key_env, spec.identity) == ("127.0.0.1:8765", "", "team-a")
    assert (spec.concurrency, spec.timeout_s, spec.max_attempts) == (3, 90.0, 2)
    options = spec.options
    assert options.thinking == {"type": "enabled", "budget_tokens": 8000}
    assert (options.speed, options.service_tier, options.task_budget) == ("fast", "auto", 20_000)
    assert options.max_output_tokens == 4_000
    assert options.extra_headers == {"anthropic-beta": "x-2026-01-01"}
    assert options.extra_body == {"metadata": {"user_id": "canary"}}


def test_every_harness_key_arrives_where_harnesses_read_it(tmp_path: Path) -> None:
    pinned = target(
        tmp_path,
        "claude-code",
        'arm = "harness-pinned"\nversion = "2.1.197"\nexecutable = "bin/claude"\neffort = "high"\n'
        "max_turns = 20\nmax_usd = 1.5\nsettings = {theme = 'dark'}",
    )
    assert (pinned.harness.version, pinned.harness.executable) == ("2.1.197", "bin/claude")
    assert (pinned.harness.max_turns, pinned.harness.max_usd, pinned.harness.idle_gap_s) == (20, 1.5, None)
    assert pinned.options.settings == {"theme": "dark"}
    resumed = target(tmp_path, "codex", 'arm = "harness-resumed"\nverbosity = "low"')
    assert (resumed.harness.idle_gap_s, resumed.options.verbosity) == (3900.0, "low")
    later = target(tmp_path, "codex", 'arm = "harness-resumed"\nidle_gap = "2h"')
    assert later.harness.idle_gap_s == 7200.0
    command = target(tmp_path, "command", 'argv = ["my-agent", "--once"]')
    assert command.harness.argv == ("my-agent", "--once")
    assert {pinned.harness.folder, resumed.harness.folder, command.harness.folder} == {str(tmp_path)}


def test_a_promised_speed_is_no_part_of_what_a_target_is(tmp_path: Path) -> None:
    promised = target(tmp_path, "anthropic", "promised_speed = 50")
    assert promised.promise == SpeedPromise(tokens_per_s=50.0, share=0.99)
    other = target(tmp_path, "anthropic", "promised_speed = 50.0\npromised_share = 0.995")
    assert other.promise == SpeedPromise(tokens_per_s=50.0, share=0.995)
    assert target(tmp_path, "anthropic", "").promise is None
    assert target(tmp_path, "anthropic", "").identity_digest == promised.identity_digest


@pytest.mark.parametrize(
    ("provider", "variable", "arm", "concurrency"),
    [
        ("anthropic", "ANTHROPIC_API_KEY", "api", 16),
        ("openai", "OPENAI_API_KEY", "api", 16),
        ("openai-chat", "OPENAI_API_KEY", "api", 16),
        ("claude-code", "ANTHROPIC_API_KEY", "harness", 4),
        ("codex", "OPENAI_API_KEY", "harness", 4),
        ("command", "", "harness", 4),
    ],
)
def test_a_provider_has_its_own_key_variable_arm_and_concurrency(
    tmp_path: Path, provider: str, variable: str, arm: str, concurrency: int
) -> None:
    spec = target(tmp_path, provider, 'argv = ["x"]' if provider == "command" else "")
    assert (spec.api_key_env, spec.arm, spec.concurrency) == (variable, arm, concurrency)


def test_paths_start_at_the_folder_of_the_file_not_at_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(
        tmp_path / "deploy", {"canary.toml": '[store]\nurl = "sqlite:///data/c.db"\n[suite]\nprompts = "p"\n'}
    )
    monkeypatch.chdir(tmp_path)
    config = load_config(Path("deploy/canary.toml"), {})
    assert config.path == tmp_path / "deploy/canary.toml"
    assert config.suite.prompts == tmp_path / "deploy/p"
    assert config.store.url == f"sqlite:///{tmp_path}/deploy/data/c.db"


@pytest.mark.parametrize("url", ["sqlite:////data/canary.db", "sqlite:////data/canary.db?timeout=5"])
def test_an_absolute_store_stays_where_it_is(tmp_path: Path, url: str) -> None:
    assert loaded(tmp_path, f'[store]\nurl = "{url}"').store.url == url


def test_the_environment_overrides_the_store_and_may_hold_its_password(tmp_path: Path) -> None:
    url = "postgresql://canary:hunter2hunter2@db/canary"
    config = loaded(tmp_path, CANARY_TOML, CANARY_STORE_URL=url)
    assert config.store.url == url
    assert loaded(tmp_path, "", CANARY_STORE_URL="sqlite:///x.db").store.url == f"sqlite:///{tmp_path}/x.db"
    assert loaded(tmp_path, "", CANARY_STORE_URL=" ").store.url == f"sqlite:///{tmp_path}/canary.db"


def test_the_environment_adds_channels_to_those_of_the_file(tmp_path: Path) -> None:
    config = loaded(
        tmp_path, '[notify]\nurls = ["ntfy://a"]', CANARY_NOTIFY_URLS="slack://A1/B2/C3\n tgram://t/1"
    )
    assert config.notify.urls == ("ntfy://a", "slack://A1/B2/C3", "tgram://t/1")


def test_a_configuration_shows_no_secret_of_the_environment(tmp_path: Path) -> None:
    config = loaded(
        tmp_path,
        '[notify]\nheartbeat_url = "https://beat.example.org/3f2c"',
        CANARY_STORE_URL="postgresql://canary:hunter2@db/canary",
        CANARY_NOTIFY_URLS="slack://tokenA/tokenB",
    )
    for secret in ("hunter2", "tokenA", "3f2c"):
        assert secret not in repr(config)


@pytest.mark.parametrize(
    ("variable", "value"),
    [("CANARY_STORE_URL", "mysql://canary:hunter2@db/x"), ("CANARY_NOTIFY_URLS", "hunter2")],
)
def test_an_unusable_variable_is_named_and_its_value_is_not_repeated(
    tmp_path: Path, variable: str, value: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        loaded(tmp_path, "", **{variable: value})
    assert str(caught.value).startswith(f"{variable}: ")
    assert "hunter2" not in str(caught.value)


def test_a_key_comes_from_the_variable_the_target_names() -> None:
    spec = TargetSpec(name="a", provider="openai", model="m", api_key_env="MY_KEY")
    assert api_key(spec, {"MY_KEY": "k-1\n"}) == "k-1"
    assert (
        api_key(TargetSpec(name="a", provider="openai", model="m", api_key_env=""), {"OPENAI_API_KEY": "k"})
        == ""
    )


@pytest.mark.parametrize("environ", [{}, {"MY_KEY": ""}, {"MY_KEY": "  "}])
def test_a_missing_key_names_the_target_and_the_variable(environ: dict[str, str]) -> None:
    spec = TargetSpec(name="a", provider="openai", model="m", api_key_env="MY_KEY")
    with pytest.raises(
        ConfigurationError, match=r'^target "a": the environment variable MY_KEY is not set; set it'
    ):
        api_key(spec, environ)


@pytest.mark.parametrize("value", ["planted key", "planted\nkey", "plantéd"])
def test_a_key_that_no_header_can_carry_is_refused_and_not_repeated(value: str) -> None:
    spec = TargetSpec(name="a", provider="openai", model="m", api_key_env="MY_KEY")
    with pytest.raises(ConfigurationError, match="MY_KEY holds spaces or characters") as caught:
        api_key(spec, {"MY_KEY": value})
    assert "plant" not in str(caught.value)


def test_the_nearest_file_above_is_found(tmp_path: Path) -> None:
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    write(tmp_path, {"canary.toml": ""})
    assert find_config(deep, {}) == tmp_path / "canary.toml"
    write(tmp_path / "a", {"canary.toml": ""})
    assert find_config(deep, {}) == tmp_path / "a/canary.toml"


def test_a_named_file_is_taken_and_never_replaced_by_a_found_one(tmp_path: Path) -> None:
    write(tmp_path, {"canary.toml": "", "other.toml": ""})
    assert find_config(tmp_path, {"CANARY_CONFIG": "other.toml"}) == tmp_path / "other.toml"
    with pytest.raises(ConfigurationError, match=r"^CANARY_CONFIG: there is no file .*gone\.toml; correct"):
        find_config(tmp_path, {"CANARY_CONFIG": "gone.toml"})


def test_without_any_file_the_error_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigurationError, match=r"there is no canary\.toml in .*; write one with `canary init`"
    ):
        find_config(tmp_path, {})


def test_the_starter_loads_as_it_is_and_names_no_target(tmp_path: Path) -> None:
    config = loaded(tmp_path, starter_config())
    assert config.targets == ()
    assert config.suite.prompts == tmp_path / "prompts"
    assert config.budget.usd_per_run == 25.0


def test_everything_the_starter_offers_in_comments_loads_too(tmp_path: Path) -> None:
    offered = [
        line.removeprefix("# ") if re.match(r"# (\[|[a-z_]+ = )", line) else line
        for line in starter_config().splitlines()
    ]
    config = loaded(tmp_path, "\n".join(offered))
    assert [spec.provider for spec in config.targets] == [
        "anthropic",
        "anthropic",
        "openai",
        "openai-chat",
        "anthropic",
    ]
    assert config.mail is not None
    assert config.prices
    assert config.annotations is not None
    assert config.budget.tokens_per_run == 20_000_000


def test_reading_a_configuration_loads_nothing_heavier_than_pydantic() -> None:
    heavy = (
        "anthropic",
        "openai",
        "sqlalchemy",
        "numpy",
        "scipy",
        "jinja2",
        "jsonschema",
        "apscheduler",
        "yaml",
    )
    script = f"import sys, canary.config.settings; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
