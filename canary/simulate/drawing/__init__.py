"""One target's trials of a scenario, drawn in columns: verdicts, process, usage, timing, texts."""
