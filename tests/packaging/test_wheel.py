"""What is built is what is installed: wheel and sdist, in a fresh environment, on every supported Python that is here.

pytest -m slow -n 0 tests/packaging
"""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
SUPPORTED = sorted(
    one.rpartition(" ")[2] for one in PROJECT["classifiers"] if re.fullmatch(r".*Python :: 3\.\d+", one)
)

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("packaging")]


def pythons() -> Mapping[str, str]:
    """Supported version -> its interpreter: this one, on PATH, or under pyenv."""
    found = {f"{sys.version_info.major}.{sys.version_info.minor}": sys.executable}
    for version in SUPPORTED:
        pyenv = sorted(Path("~/.pyenv/versions").expanduser().glob(f"{version}.*/bin/python"))
        path = shutil.which(f"python{version}") if not pyenv else str(pyenv[-1])
        if path is not None and done(path, "-c", "import sys, venv").returncode == 0:
            found.setdefault(version, path)
    return {version: path for version, path in sorted(found.items()) if version in SUPPORTED}


def done(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ}
    pip = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    return subprocess.run(arguments, cwd=cwd, env=kept | pip, capture_output=True, text=True, check=False)


def well(*arguments: str, cwd: Path = ROOT) -> str:
    result = done(*arguments, cwd=cwd)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel made from it: what a package index would get."""
    folder = tmp_path_factory.mktemp("built")
    well(sys.executable, "-m", "venv", str(folder / "tools"))
    tools = str(folder / "tools/bin/python")
    well(tools, "-m", "pip", "install", "--quiet", "hatchling")
    well(tools, "-m", "hatchling", "build", "-t", "sdist", "-d", str(folder))
    (sdist,) = folder.glob("*.tar.gz")
    well(tools, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", str(folder), str(sdist))
    return folder


def test_wheel_and_sdist_hold_what_they_should_and_no_more(built: Path) -> None:
    (wheel,), (sdist,) = built.glob("*.whl"), built.glob("*.tar.gz")
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"canary", "model_canary"}
    prompts = {path.name for path in (ROOT / "prompts").glob("*.yaml")}
    assert prompts == {name.rpartition("/")[2] for name in names if name.startswith("canary/_prompts/")}
    sources = {str(path.relative_to(ROOT)) for path in (ROOT / "canary").rglob("*.py")}
    assert sources <= set(names)
    with tarfile.open(sdist) as archive:
        inside = {name.partition("/")[2] for name in archive.getnames()}
    assert {"hatch_build.py", "README.md", "LICENSE", "pyproject.toml", "tests/test_house.py"} <= inside
    assert not [name for name in (*names, *inside) if "__pycache__" in name or name.endswith(".db")]


@pytest.mark.parametrize("version", pythons())
def test_the_wheel_works_in_a_fresh_environment(built: Path, tmp_path: Path, version: str) -> None:
    (wheel,) = built.glob("*.whl")
    well(pythons()[version], "-m", "venv", str(tmp_path / "fresh"))
    python, canary = (str(tmp_path / "fresh/bin" / name) for name in ("python", "canary"))
    well(python, "-m", "pip", "install", "--quiet", str(wheel))
    here = tmp_path / "elsewhere"
    here.mkdir()
    told = well(canary, "--version", cwd=here)
    assert told.startswith(f"canary {zip_version(wheel)}")
    if (ROOT / ".git").exists():
        assert re.search(r"\(commit [0-9a-f]{12}(-changed)?\)$", told.strip()), told
    well(canary, "init", cwd=here)
    assert "prompts" in well(canary, "prompts", "check", cwd=here)
    assert well(python, "-m", "canary", "schema", "record", cwd=here).startswith("{")
    well(canary, "demo", "--dir", str(here / "demo"), cwd=here)
    assert (here / "demo/reports/index.html").is_file()
    assert well(python, "-m", "pip", "check").strip() == "No broken requirements found."


def zip_version(wheel: Path) -> str:
    return wheel.name.split("-")[1]
