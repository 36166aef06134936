# ruff: noqa: INP001 - an example to copy, no package
"""A `command` target in its smallest form: reads the prompt from standard input, prints one record.

It asks nobody and repeats the user's words, so it fails most prompts; put your own agent where `reply` is.
The protocol is described in docs/targets.md.
"""

import json
import sys
import time


def reply(system: str | None, history: list[str], text: str) -> str:
    """What your agent says to one user turn, given the turns before it."""
    del system, history
    return f"You said: {text}"


def main() -> None:
    asked = json.load(sys.stdin)
    prompt = asked["prompt"]
    begun = time.monotonic()
    history: list[str] = []
    turns = []
    for turn in prompt["turns"]:
        answer = reply(prompt.get("system"), history, turn["user"])
        history += [turn["user"], answer]
        turns.append(answer)
    record = {
        "turns": turns,
        "latency_s": time.monotonic() - begun,
        "served_model": asked["target"]["model"],
        "fingerprint": {"harness_version": "1.0"},
    }
    json.dump(record, sys.stdout)


if __name__ == "__main__":
    main()
