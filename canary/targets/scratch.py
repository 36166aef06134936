"""A folder of its own for one trial: a home, a working directory and a place for temporary files, gone afterwards.

It lies in the user's cache folder and its name is made of the trial alone: agents tell the model where they work, and
a path that changed from day to day would change the billed input. A folder that a killed run left behind is removed
by the next one.
"""

import fcntl
import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from canary.domain.environment import normal_path
from canary.domain.errors import ConfigurationError
from canary.domain.trial import TrialKey

LARGEST_FILE_READ = 1_000_000
"""Bytes of a file that are brought back; a larger one is left out, and flagged."""

MOST_FILES_READ = 2_000

OWN_FOLDERS = frozenset({".claude", ".codex", ".agents", ".git", "__pycache__"})
"""Folders that agents and their tools make for themselves; brought back only where the prompt planted them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scratch:
    """The folders of one trial.

    Attributes:
        root: holds all of it.
        home: the agent's home.
        work: its working directory, with the prompt's file tree.
        temporary: where it puts temporary files.
    """

    root: Path
    home: Path
    work: Path
    temporary: Path

    def stdin(self, text: str) -> Path:
        """A file to be read as standard input, outside the working directory."""
        path = self.root / "stdin"
        path.write_text(text, encoding="utf-8", newline="")
        return path

    def size(self) -> int:
        """Bytes that all files together take on the disk; links are not followed."""
        return _size(self.root)

    def tree(self, planted: Mapping[str, str]) -> tuple[Mapping[str, str], tuple[str, ...]]:
        """The working directory as path -> text, and flags for what was left out.

        Args:
            planted: the prompt's own files; what an agent keeps beside them for itself is left out.
        """
        return _tree(self.work, planted)


def scratch_root(environ: Mapping[str, str]) -> Path:
    """Where trials have their folders: `$XDG_CACHE_HOME/canary/trials`, or the same under `~/.cache`.

    Raises:
        ConfigurationError: no such folder can be written.
    """
    cache = environ.get("XDG_CACHE_HOME") or ""
    home = environ.get("HOME") or ""
    places = [Path(cache)] if Path(cache).is_absolute() else []
    places += [Path(home) / ".cache"] if Path(home).is_absolute() else []
    places.append(Path(tempfile.gettempdir()) / f"canary-{os.getuid()}")
    for place in places:
        root = place / "canary" / "trials"
        try:
            place.mkdir(parents=True, exist_ok=True, mode=0o700)
            root.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError:
            continue
        # A folder that somebody else made under a name of ours is theirs to swap under our feet.
        if os.access(root, os.W_OK) and all(p.stat().st_uid == os.getuid() for p in (place, root)):
            return root
    raise ConfigurationError(
        f"no folder for trials can be written in {places[0]}",
        where="XDG_CACHE_HOME",
        remedy="set it to a folder of this user",
    )


@contextmanager
def scratch(root: Path, key: TrialKey, files: Mapping[str, str]) -> Iterator[Scratch]:
    """Fresh folders for one trial, its file tree laid out; removed on leaving, whatever is in them.

    Args:
        root: `scratch_root`.
        key: which trial; its run leaves no trace in the name.
        files: path -> text, as the prompt declares them.

    Raises:
        OSError: they can't be written.
        ValueError: a path leads out of the working directory.
    """
    _sweep(root)
    name = hashlib.sha256(f"{key.target}|{key.prompt}|{key.replicate}".encode()).hexdigest()[:16]
    with _claimed(root, name) as folder:
        made = Scratch(
            root=folder, home=folder / "home", work=folder / "work", temporary=folder / "home" / "tmp"
        )
        try:
            made.work.mkdir(parents=True, mode=0o700)
            made.temporary.mkdir(parents=True, mode=0o700)
            for path, text in files.items():
                _plant(made.work, path, text)
            yield made
        finally:
            _remove(folder)


def _plant(work: Path, path: str, text: str) -> None:
    target = work / normal_path(path)
    if not target.resolve().is_relative_to(work.resolve()):
        raise ValueError(f"{path!r} leads out of the working directory")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8", newline="")


@contextmanager
def _claimed(root: Path, name: str) -> Iterator[Path]:
    """A folder name that no living trial has, held by a lock that dies with us."""
    number = 0
    while True:
        chosen = f"{name}-{number}" if number else name
        lock = _lock(root / f"{chosen}.lock")
        if lock is not None:
            break
        number += 1
    try:
        _remove(root / chosen)
        yield root / chosen
    finally:
        (root / f"{chosen}.lock").unlink(missing_ok=True)
        os.close(lock)


def _lock(path: Path) -> int | None:
    """The locked file, or None where somebody holds it or has just let it go."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(handle).st_ino == path.stat().st_ino:
            return handle
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(handle)
    return None


def _sweep(root: Path) -> None:
    """Remove folders whose trial is dead."""
    for path in root.glob("*.lock"):
        handle = _lock(path)
        if handle is not None:
            _remove(path.with_suffix(""))
            path.unlink(missing_ok=True)
            os.close(handle)


def _remove(folder: Path) -> None:
    """Remove a folder, also one whose permissions were taken away."""
    if not folder.exists():
        return
    for place, folders, _ in os.walk(folder):
        for name in folders:
            inner = Path(place) / name
            if not inner.is_symlink():
                inner.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)


def _size(folder: Path) -> int:
    total = 0
    waiting = [folder]
    while waiting:
        try:
            entries = list(os.scandir(waiting.pop()))
        except OSError:
            continue
        for entry in entries:
            try:
                found = entry.stat(follow_symlinks=False)
            except OSError:
                continue
            if stat.S_ISDIR(found.st_mode):
                waiting.append(Path(entry.path))
            total += found.st_blocks * 512
    return total


def _tree(work: Path, planted: Mapping[str, str]) -> tuple[Mapping[str, str], tuple[str, ...]]:
    ours = {normal_path(path) for path in planted}
    files: dict[str, str] = {}
    flags: dict[str, None] = {}
    for place, folders, names in os.walk(work):
        folders.sort()
        for name in sorted(names):
            path = Path(place) / name
            key = path.relative_to(work).as_posix()
            if key not in ours and OWN_FOLDERS & set(key.split("/")):
                continue
            if len(files) >= MOST_FILES_READ:
                return files, (*flags, "too_many_files")
            try:
                found = path.lstat()
                if not stat.S_ISREG(found.st_mode) or found.st_size > LARGEST_FILE_READ:
                    flags["file_left_out"] = None
                    continue
                files[key] = path.read_bytes().decode("utf-8", "replace")
            except OSError:
                flags["file_left_out"] = None
    return files, tuple(flags)
