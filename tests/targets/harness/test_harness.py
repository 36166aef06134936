"""An agent CLI as a target: what it is given, how turns and sessions go, and what one bad run costs."""

import json
import os
import tomllib
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from canary.domain.canonical import Json
from canary.domain.errors import ConfigurationError
from canary.domain.suite import Turn
from canary.domain.target import TargetOptions
from canary.targets import agent_cli
from canary.targets.claude_code import ClaudeCode
from canary.targets.codex import Codex, feature_flags, toml
from canary.targets.harness import TurnOrder, resumed_at
from canary.targets.redaction import Redactor
from canary.targets.registry import build_target
from canary.targets.sandbox import Limits
from tests.fakes import FakeClock
from tests.targets.harness.trials import KEY, left_in, prompt, script, target_spec, tried

ECHO = "answer(json.dumps({'env': dict(os.environ), 'argv': sys.argv[1:], 'asked': sys.stdin.read(), 'cwd': os.getcwd()}))"


async def test_an_agent_is_given_its_key_and_address_and_nothing_of_the_host(tmp_path: Path) -> None:
    done = await tried(tmp_path, ECHO.replace("dict(os.environ)", "sorted(os.environ)"))
    told = json.loads(done.text)
    own = {"HOME", "TMPDIR", "LANG", "TZ", "TERM", "PATH"}
    agents = {
        "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "DISABLE_AUTOUPDATER", "CLAUDE_CODE_MAX_RETRIES",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC",
    }  # fmt: skip
    passed = {name for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS") if name in os.environ}
    assert set(told["env"]) - {"LC_CTYPE"} == own | agents | passed
    assert told["asked"] == "Hello?"


async def test_home_and_working_directory_are_the_trials_own_and_gone_afterwards(tmp_path: Path) -> None:
    body = "open(os.path.join(os.environ['HOME'], 'kept'), 'w').write('x')\n" + ECHO
    told = json.loads((await tried(tmp_path, body)).text)
    root = tmp_path / "trials"
    assert Path(told["cwd"]).parent.parent == root
    assert Path(told["env"]["HOME"]).parent.parent == root
    assert left_in(root) == []


async def test_a_path_is_the_same_from_day_to_day_because_the_model_is_told_it(tmp_path: Path) -> None:
    first, second = [json.loads((await tried(tmp_path, ECHO)).text)["cwd"] for _ in range(2)]
    assert first == second


async def test_the_key_is_kept_out_of_everything_the_agent_says_or_leaves(tmp_path: Path) -> None:
    body = "key = os.environ['ANTHROPIC_API_KEY']\nopen('a.txt', 'w').write(key)\nanswer('it is ' + key)"
    done = await tried(tmp_path, body, asked=prompt(files={"a.txt": "one"}))
    assert KEY not in repr(done.transcript)
    assert done.transcript.files == {"a.txt": "[redacted]"}
    shown = (
        "say(type='assistant', message={'id': '0', 'model': 'm', 'content': [{'type': 'tool_use', 'id': 'c',"
        " 'name': 'Bash', 'input': {'command': 'env'}}]})\n"
        "say(type='user', message={'content': [{'type': 'tool_result', 'tool_use_id': 'c',"
        " 'content': 'KEY=' + os.environ['ANTHROPIC_API_KEY']}]})\nanswer('x')"
    )
    told = (await tried(tmp_path, shown)).transcript
    assert told.steps[0].tool_calls[0].result is not None
    assert KEY not in repr(told)
    failing = "sys.stderr.write('key ' + os.environ['ANTHROPIC_API_KEY']); sys.exit(1)"
    assert KEY not in repr((await tried(tmp_path, failing)).transcript)


async def test_planted_files_lie_in_the_working_directory_and_the_tree_comes_back(tmp_path: Path) -> None:
    files = {"CLAUDE.md": "Be brief.\n", ".claude/skills/x/SKILL.md": "---\n", "a/b.txt": "one\r\ntwo"}
    body = (
        "os.makedirs('.git'); open('.git/config', 'w').write('x'); open('new.txt', 'w').write('n')\n"
        "os.symlink('/etc/passwd', 'link'); os.remove('a/b.txt'); answer(open('CLAUDE.md').read())"
    )
    done = await tried(tmp_path, body, asked=prompt(files=files))
    assert done.text == "Be brief.\n"
    assert done.transcript.files == {
        "CLAUDE.md": "Be brief.\n",
        ".claude/skills/x/SKILL.md": "---\n",
        "new.txt": "n",
    }
    assert "file_left_out" in done.transcript.steps[-1].flags


async def test_a_planted_path_that_leads_out_of_the_directory_stays_inside(tmp_path: Path) -> None:
    done = await tried(tmp_path, "answer('x')", asked=prompt(files={"../../../out.txt": "one"}))
    assert "out.txt" not in left_in(tmp_path)
    assert "out.txt" not in left_in(tmp_path.parent)
    assert done.transcript.failure is not None
    assert done.transcript.failure.kind == "internal"


async def test_every_turn_is_a_run_of_its_own_over_one_session(tmp_path: Path) -> None:
    done = await tried(tmp_path, ECHO, asked=prompt("One?", "Two?", "Three?"))
    told = [json.loads(step.text) for step in done.transcript.steps]
    assert [one["asked"] for one in told] == ["One?", "Two?", "Three?"]
    assert [step.turn for step in done.transcript.steps] == [0, 1, 2]
    assert "--session-id" in told[0]["argv"]
    assert all(one["argv"][one["argv"].index("--resume") + 1] == "s-1" for one in told[1:])
    assert len({one["env"]["HOME"] for one in told}) == 1
    assert (done.meter.admitted, len(done.meter.counted)) == (3, 3)


async def test_a_resumed_arm_is_silent_once_before_the_second_turn(tmp_path: Path) -> None:
    spec = target_spec(arm="harness-resumed", idle_gap_s=3900.0)
    done = await tried(tmp_path, ECHO, spec=spec, asked=prompt("One?", "Two?", "Three?"))
    assert done.clock.slept == [3900.0]
    assert done.transcript.skipped_pauses is False


def test_a_resumed_arm_is_silent_where_the_prompt_pauses() -> None:
    paused = prompt("One?", "Two?", Turn(user="Three?", pause_s=5.0))
    assert (resumed_at(paused), resumed_at(prompt("One?", "Two?")), resumed_at(prompt("One?"))) == (2, 1, 1)


@pytest.mark.parametrize(("pauses", "slept"), [(True, [5.0]), (False, [])])
async def test_other_arms_keep_the_prompts_pauses_on_request(
    tmp_path: Path, pauses: bool, slept: list[float]
) -> None:
    asked = prompt("One?", Turn(user="Two?", pause_s=5.0))
    done = await tried(tmp_path, "answer('x')", asked=asked, pauses=pauses)
    assert done.clock.slept == slept
    assert done.transcript.skipped_pauses is not pauses


async def test_what_a_trial_may_spend_shrinks_from_turn_to_turn(tmp_path: Path) -> None:
    done = await tried(tmp_path, ECHO, spec=target_spec(max_usd=2.0), asked=prompt("One?", "Two?"))
    limits = [
        argv[argv.index("--max-budget-usd") + 1]
        for argv in (json.loads(step.text)["argv"] for step in done.transcript.steps)
    ]
    assert limits == ["2.000000", "1.500000"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)", "timeout"),
        ("sys.exit(1)", "crash"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "crash"),
        ("while True: print('x' * 100000)", "malformed"),
        ("for n in range(10000): open(f'f{n}', 'wb').write(b'x' * 100000); time.sleep(0.002)", "crash"),
        ("print('no json')", "crash"),
    ],
)
async def test_a_bad_run_costs_one_failed_trial_and_leaves_nothing(
    tmp_path: Path, body: str, kind: str
) -> None:
    limits = Limits(
        seconds=1.5 if kind == "timeout" else 20.0, disk_bytes=2_000_000, output_bytes=1_000_000, grace_s=0.1, look_s=0.02
    )  # fmt: skip
    done = await tried(tmp_path, body, limits=limits)
    assert done.transcript.failure is not None
    assert (done.transcript.failure.kind, done.transcript.stop) == (kind, None)
    assert len(done.transcript.attempts) == 1
    assert left_in(done.root) == []


async def test_requests_that_the_agent_sent_again_are_attempts_of_the_same_answer(tmp_path: Path) -> None:
    body = (
        "for n in (1, 2): say(type='system', subtype='api_retry', error_status=529, retry_delay_ms=n * 1000)\n"
        "answer('x')"
    )
    log = (await tried(tmp_path, body)).transcript.attempts
    assert [(a.step, a.waited_s, a.failure and a.failure.kind) for a in log] == [
        (0, 0.0, "overloaded"), (0, 1.0, "overloaded"), (0, 2.0, None),
    ]  # fmt: skip


async def test_a_turn_that_fails_keeps_the_turns_already_paid_for(tmp_path: Path) -> None:
    body = "sys.exit(1) if '--resume' in sys.argv else answer('first')"
    done = await tried(tmp_path, body, asked=prompt("One?", "Two?"))
    assert done.transcript.failure is not None
    assert [step.text for step in done.transcript.steps] == ["first"]
    assert len(done.meter.counted) == 1


async def test_every_trial_says_what_carried_it(tmp_path: Path) -> None:
    expected = {"harness": "claude-code", "harness_version": "9.9.9", "identity": "team-a"}
    assert (await tried(tmp_path, "answer('x')")).transcript.fingerprint == expected
    assert (await tried(tmp_path, "sys.exit(1)")).transcript.fingerprint == expected


VERSION = "print('9.9.9 (Claude Code)') if '--version' in sys.argv else answer('x')"


def build(folder: Path, body: str, *, arm: str = "harness", **harness: object) -> object:
    program = str(script(folder, body))
    spec = target_spec(arm=arm, executable=program, **harness)  # type: ignore[arg-type]
    return build_target(spec, api_key=KEY, clock=FakeClock())


def test_a_pinned_arm_is_held_to_its_version(tmp_path: Path) -> None:
    build(tmp_path, VERSION, arm="harness-pinned", version="9.9.9")
    with pytest.raises(
        ConfigurationError, match=r'target "agent": the installed CLI is version 9\.9\.9, .* 9\.9\.8'
    ):
        build(tmp_path, VERSION, arm="harness-pinned", version="9.9.8")


def test_an_unpinned_arm_takes_the_version_there_is(tmp_path: Path) -> None:
    build(tmp_path, VERSION)


def test_a_cli_that_is_missing_or_broken_is_named_before_a_run(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="can't be run"):
        build_target(target_spec(executable=str(tmp_path / "none")), api_key="", clock=FakeClock())
    with pytest.raises(ConfigurationError, match="ends with status 5"):
        build(tmp_path, "sys.exit(5)")


def test_a_relative_path_is_of_the_configuration_s_folder_and_a_name_is_of_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever canary is started: the working directory of a cron job is nobody's choice."""
    path = script(tmp_path / "bin", "answer('x')")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    for relative in (f"bin/{path.name}", f"./bin/{path.name}"):
        spec = target_spec(executable=relative, folder=str(tmp_path))
        assert Path(agent_cli.find(spec, "claude")).samefile(path)
        assert spec.identity_digest == target_spec(executable=str(path)).identity_digest
    with pytest.raises(ConfigurationError, match=f"{tmp_path}/none/x can't be run"):
        agent_cli.find(target_spec(executable="none/x", folder=str(tmp_path)), "claude")
    monkeypatch.setenv("PATH", str(path.parent))
    assert Path(agent_cli.find(target_spec(executable=path.name, folder="/"), "claude")).samefile(path)


def test_a_program_of_the_host_is_asked_its_version_with_a_bare_environment(tmp_path: Path) -> None:
    path = script(tmp_path, "print(sorted(os.environ))")
    told = agent_cli.ask(target_spec(), [str(path)])
    assert "USER" not in told
    assert "HOME" in told


def argv_of(options: TargetOptions, **facts: object) -> list[str]:
    cli = ClaudeCode(
        spec=target_spec(options=options),
        program="claude",
        version="1",
        api_key=KEY,
        redactor=Redactor((KEY,)),
    )
    return cli.argv(TurnOrder(prompt=prompt(**facts), index=0))  # type: ignore[arg-type]


def test_options_reach_claude_code_in_its_own_words() -> None:
    argv = argv_of(
        TargetOptions(effort="xhigh", settings={"alwaysThinkingEnabled": True}), system="Be brief."
    )
    assert argv[argv.index("--effort") + 1] == "xhigh"
    assert json.loads(argv[argv.index("--settings") + 1]) == {"alwaysThinkingEnabled": True}
    assert argv[argv.index("--append-system-prompt") + 1] == "Be brief."
    assert KEY not in " ".join(argv)
    assert "--bare" not in argv  # it would not read memory files


def test_the_vendors_own_traffic_is_off_where_it_is_pinned_and_on_where_it_stands_for_a_user() -> None:
    def isolated(arm: str, base_url: str | None) -> bool:
        spec = replace(target_spec(arm=arm), base_url=base_url)  # type: ignore[arg-type]
        return ClaudeCode(spec=spec, program="c", version="1", api_key="", redactor=Redactor(())).isolated

    assert [isolated(arm, None) for arm in ("harness", "harness-resumed", "harness-pinned")] == [
        False,
        False,
        True,
    ]
    assert isolated("harness", "http://127.0.0.1:1")


def codex(**options: object) -> Codex:
    spec = replace(target_spec(), provider="codex", options=TargetOptions(**options))  # type: ignore[arg-type]
    return Codex(
        spec=spec, program="codex", version="1", features={"a": True}, api_key=KEY, redactor=Redactor((KEY,))
    )


def test_options_reach_codex_in_its_own_words() -> None:
    cli = codex(effort="high", verbosity="low", settings={"features.x": True})
    argv = cli.argv(TurnOrder(prompt=prompt(system='Say "ü".'), index=0))
    settings = dict(word.split("=", 1) for flag, word in pairwise(argv) if flag == "-c")
    assert settings["model_reasoning_effort"] == '"high"'
    assert settings["model_verbosity"] == '"low"'
    assert settings["features.x"] == "true"
    assert settings["developer_instructions"] == r'"Say \"ü\"."'
    assert settings["sandbox_mode"] == '"workspace-write"'
    assert KEY not in " ".join(argv)
    assert argv[-1] == "-"


def test_codex_resumes_by_its_thread() -> None:
    argv = codex().argv(TurnOrder(prompt=prompt("One?", "Two?"), index=1, session="thread-1"))
    assert argv[-3:] == ["resume", "thread-1", "-"]


def test_values_become_toml() -> None:
    values: Json = {"a": [1, 2.5, True, "x\n\x7f😀"], "b c": {"d": "e"}}
    assert tomllib.loads(f"v = {toml(values)}")["v"] == values


def test_feature_flags_are_read_from_the_list_and_digested() -> None:
    listed = "one_flag      under development  false\ntwo   stable   true\n\nnonsense\n"
    assert feature_flags(listed) == {"one_flag": False, "two": True}
    assert codex().fingerprint["harness_features"]


def test_codex_is_refused_a_limit_it_does_not_know(tmp_path: Path) -> None:
    spec = replace(target_spec(max_usd=1.0), provider="codex")
    with pytest.raises(ConfigurationError, match="no limit in money"):
        build_target(spec, api_key=KEY, clock=FakeClock())
