"""How the agent CLIs are called, where a wrong call was met to go wrong without a word.

The traps in what they print are in `test_claude_code_stream.py` and `test_codex_stream.py`.
"""

import tomllib
from itertools import pairwise
from pathlib import Path

from canary.domain.target import TargetOptions
from canary.domain.trial import TrialKey
from canary.targets.harness import TurnOrder
from canary.targets.sandbox import environment
from canary.targets.scratch import scratch
from tests.targets.harness.test_harness import argv_of, codex
from tests.targets.harness.trials import KEY, codex_fold, folded, prompt, recorded


def test_claude_code_is_asked_for_a_stream_with_every_call_and_for_a_model_by_name() -> None:
    """`--output-format json` tells no tool calls, and without `--model` the agent picks one of its own."""
    argv = argv_of(TargetOptions())
    assert argv[argv.index("--output-format") + 1] == "stream-json"
    assert {"--verbose", "--include-partial-messages", "--no-session-persistence"} <= set(argv)
    assert argv[argv.index("--model") + 1] == "m"
    assert "--effort" not in argv  # a default of the agent's is what the arm `harness` watches


def test_codex_talks_to_the_model_alone_and_retries_as_often_as_every_other_target(tmp_path: Path) -> None:
    cli = codex()
    argv = cli.argv(TurnOrder(prompt=prompt(), index=0))
    settings = dict(word.split("=", 1) for flag, word in pairwise(argv) if flag == "-c")
    assert settings["analytics.enabled"] == settings["check_for_update_on_startup"] == "false"
    provider = tomllib.loads(f"v = {settings['model_providers.canary']}")["v"]
    assert (provider["request_max_retries"], provider["stream_max_retries"]) == (2, 2)
    assert provider["wire_api"] == "responses"
    with scratch(tmp_path, TrialKey(run="r", target="t", prompt="p", replicate=0), {}) as place:
        env = environment({}, place, cli.env(place))
        # Codex refuses its helpers, and says nothing, where this lies below the folder for temporary files.
        assert not Path(env["CODEX_HOME"]).is_relative_to(env["TMPDIR"])
        assert env[provider["env_key"]] == KEY


def test_what_codex_does_not_tell_is_measured_outside_or_not_at_all() -> None:
    """No model, no cost, no time to the first token; how long a reply took is seen by the clock."""
    done = folded(recorded("codex-agentic"), codex_fold())
    assert done.cost_usd is None
    assert {(step.served_model, step.ttft_s, step.output_tokens_per_s) for step in done.steps} == {
        (None, None, None)
    }
    assert all((step.latency_s or 0.0) > 0 for step in done.steps[1:])
