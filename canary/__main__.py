"""`python -m canary`."""

from canary.cli.main import entrypoint

entrypoint()
