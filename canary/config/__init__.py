"""What the user wrote, read into records: `canary.toml` and the prompt set."""
