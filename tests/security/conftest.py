"""A simulated provider that knows eight tiny prompts, as the tests of the command have it."""

from tests.cli.conftest import provider, suite

__all__ = ["provider", "suite"]
