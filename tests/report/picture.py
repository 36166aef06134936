"""docs/pictures/report.png, the picture of the README: `python -m tests.report.picture` takes it anew.

The first screen of a page of `reports/example`, in a real Chromium, in light colours. The PNG names the page and its digest in a text
chunk, so that a page that changed shows without a browser (`tests/docs/test_readme.py`).
"""

import hashlib
import struct
import sys
import tempfile
import zlib
from pathlib import Path

from tests.report.browser import Browser

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "reports" / "example" / "incidents" / "INC-0003.html"
PICTURE = ROOT / "docs" / "pictures" / "report.png"
WIDTH, HEIGHT = 1200, 760
_BELOW = 'aria-labelledby="impact"'
"""The first section that the picture does not show."""
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KEYWORD = b"Source\0"


def source(page: Path = PAGE) -> str:
    """What the picture says it shows: the page's path, and the digest of its markup as far as the picture reaches."""
    shown, below, _ = page.read_text(encoding="utf-8").partition(_BELOW)
    assert below, "the page has no such section"
    return f"{page.relative_to(ROOT).as_posix()} sha256:{hashlib.sha256(shown.encode()).hexdigest()}"


def chunks(png: bytes) -> list[tuple[bytes, bytes]]:
    """Kind and content of each chunk of a PNG, in order."""
    assert png.startswith(_SIGNATURE)
    found, at = [], len(_SIGNATURE)
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        found.append((png[at + 4 : at + 8], png[at + 8 : at + 8 + length]))
        at += length + 12
    return found


def labelled(png: bytes, text: str) -> bytes:
    """The same picture with a text chunk after its header."""
    header, *rest = chunks(png)
    named = [header, (b"tEXt", _KEYWORD + text.encode("latin-1")), *rest]
    return _SIGNATURE + b"".join(
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in named
    )


def label(png: bytes) -> str:
    """The text that `labelled` put in; "" where there is none."""
    texts = [content for kind, content in chunks(png) if kind == b"tEXt" and content.startswith(_KEYWORD)]
    return texts[0].removeprefix(_KEYWORD).decode("latin-1") if texts else ""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, Browser() as browser:
        taken = Path(folder) / "taken.png"
        browser.show(PAGE, width=WIDTH, height=HEIGHT)
        browser.picture(taken, whole=False)
        PICTURE.parent.mkdir(exist_ok=True)
        PICTURE.write_bytes(labelled(taken.read_bytes(), source()))
    sys.stdout.write(f"written: {PICTURE}, {PICTURE.stat().st_size // 1024} KiB\n")


if __name__ == "__main__":
    main()
