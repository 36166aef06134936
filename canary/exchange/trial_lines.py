"""A file from outside as lines: numbered, bounded, without a byte order mark."""

from collections.abc import Iterator
from typing import BinaryIO

MAX_LINE_BYTES = 64 * 1024 * 1024
"""A line beyond this is no record: reading it would only fill the memory."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def numbered_lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Lines with their endings, numbered from 1. A line that is too long is given up to just beyond the bound."""
    number = 0
    while line := file.readline(MAX_LINE_BYTES + 1):
        number += 1
        if number == 1:
            line = line.removeprefix(_BYTE_ORDER_MARK)
        if len(line) > MAX_LINE_BYTES:
            _skip_rest(file, line)
        yield number, line


def demand_bounded(line: bytes) -> None:
    """Refuse a line that was given up.

    Raises:
        ValueError: it was longer than the bound.
    """
    if len(line) > MAX_LINE_BYTES:
        raise ValueError(f"the line is longer than {MAX_LINE_BYTES // 2**20} MiB")


def _skip_rest(file: BinaryIO, line: bytes) -> None:
    while line and not line.endswith(b"\n"):
        line = file.readline(MAX_LINE_BYTES)
