"""--version: the version, and the commit it was made from where that is known."""

import subprocess
from pathlib import Path

import click

import canary

PACKAGE = Path(canary.__file__).parent
BAKED = "_commit.txt"
"""Written into wheels and sdists by hatch_build.py."""


def version_text(package: Path = PACKAGE) -> str:
    """`canary 0.1.0 (commit 0123456789ab)`; `-changed` behind the commit = with changes that are in none."""
    commit = commit_of(package)
    told = f" (commit {commit})" if commit else ""
    return f"canary {canary.__version__}{told}"


def commit_of(package: Path) -> str:
    """The commit of an installed package, or of the checkout it lies in; "" = not known."""
    baked = package / BAKED
    if baked.is_file():
        return baked.read_text(encoding="utf-8").strip()
    checkout = package.parent
    if not (checkout / ".git").exists():
        return ""
    command = [
        "git",
        "-C",
        str(checkout),
        "describe",
        "--always",
        "--dirty=-changed",
        "--abbrev=12",
        "--exclude=*",
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 -- no part from outside
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def show_version(context: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    """Print it and leave."""
    if wanted and not context.resilient_parsing:
        click.echo(version_text())
        context.exit()
