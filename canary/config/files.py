"""Text files the user wrote, read with one sentence for everything that can be wrong with a file."""

from pathlib import Path

from canary.domain.errors import ConfigurationError


def read_text(path: Path, *, limit: int) -> str:
    """The text of a UTF-8 file, a byte order mark left out.

    Args:
        path: the file.
        limit: bytes it may have.

    Raises:
        ConfigurationError: it is missing, unreadable, larger than `limit` or not UTF-8.
    """
    data = _read_bytes(path, limit)
    if len(data) > limit:
        raise ConfigurationError(
            f"the file is larger than {limit // 2**20} MiB", where=str(path), remedy="split it"
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(
            "the file is not UTF-8 text", where=f"{path}:{line}", remedy="save it as UTF-8"
        ) from None


def _read_bytes(path: Path, limit: int) -> bytes:
    """At most one byte more than `limit`, so that an endless file ends too."""
    try:
        with path.open("rb") as file:
            return file.read(limit + 1)
    except FileNotFoundError:
        problem, remedy = "there is no such file", "check the path"
    except IsADirectoryError:
        problem, remedy = "is a folder, not a file", "name a file"
    except PermissionError:
        problem, remedy = "the file can't be read: permission denied", "make it readable for this user"
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        problem, remedy = f"the file can't be read: {reason or 'its name is not valid'}", "check the path"
    raise ConfigurationError(problem, where=str(path), remedy=remedy)
