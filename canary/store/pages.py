"""Pages as files below a folder: whole or not at all, whatever interrupts the writing."""

import json
import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from canary.domain.errors import StoreError
from canary.domain.report import Report

_SEGMENT = re.compile(r"[^\x00-\x1f\x7f/\\.][^\x00-\x1f\x7f/\\]*")
_MAX_SEGMENT_BYTES = 230
_MAX_DEPTH = 4


class PageFolder:
    """The reports folder."""

    def __init__(self, folder: Path) -> None:
        """Rest on a folder; it is created with the first page."""
        self._folder = folder

    def write(self, report: Report) -> Path:
        """Write `<name>.html` and `<name>.json` beside it, replacing what was there; say where the page is.

        Raises:
            StoreError: the name leads out of the folder, or a file can't be written; the old pages stand.
        """
        page = self._folder / f"{_safe(report.name)}.html"
        data = page.with_name(f"{page.name.removesuffix('.html')}.json")
        try:
            page.parent.mkdir(parents=True, exist_ok=True)
            _replace({data: _data_bytes(report), page: _page_bytes(report.html)})
        except OSError as error:
            raise StoreError(
                f"the page can't be written ({error.strerror})",
                where=str(page),
                remedy="check the folder and its free space, or change [reports] dir",
            ) from error
        return page

    def names(self, folder: str) -> list[str]:
        """Names of the pages in one folder below, such as `digests`, in order; [] where there is none."""
        return sorted(
            page.name.removesuffix(".html") for page in (self._folder / _safe(folder)).glob("*.html")
        )


def _safe(name: str) -> str:
    """The name, where it is a path below the folder: segments without leading dots, separators or control characters."""
    segments = name.split("/")
    if len(segments) > _MAX_DEPTH or not all(_is_segment(segment) for segment in segments):
        raise StoreError(
            f"a page can't be named {name[:80]!r}",
            remedy="leave out slashes, control characters and leading dots",
        )
    return name


def _is_segment(segment: str) -> bool:
    try:
        length = len(segment.encode())
    except UnicodeEncodeError:
        return False
    return _SEGMENT.fullmatch(segment) is not None and length <= _MAX_SEGMENT_BYTES


def _page_bytes(html: str) -> bytes:
    # A lone surrogate in a model's answer is no character and has no bytes.
    return html.encode("utf-8", "replace")


def _data_bytes(report: Report) -> bytes:
    try:
        text = json.dumps(dict(report.data), ensure_ascii=False, indent=1, allow_nan=False)
    except ValueError as error:
        raise StoreError(
            "the data of the page holds a number that JSON has no word for", where=report.name
        ) from error
    try:
        return f"{text}\n".encode()
    except UnicodeEncodeError:
        return (json.dumps(dict(report.data), indent=1) + "\n").encode()


def _replace(files: Mapping[Path, bytes]) -> None:
    """Write all files beside their places, then move each into place: a reader sees the old one or the new one."""
    token = secrets.token_hex(6)
    written: dict[Path, Path] = {}
    try:
        for place, content in files.items():
            written[place] = place.with_name(f".{place.name}.{token}")
            _write_durably(written[place], content)
        for place, beside in written.items():
            beside.replace(place)
    except BaseException:
        for beside in written.values():
            with suppress(OSError):
                beside.unlink(missing_ok=True)
        raise


def _write_durably(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
