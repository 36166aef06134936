"""Members of a `.eval` archive: unpacked one at a time, none beyond a bound, whatever the archive says of its size."""

import struct
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from canary.domain.errors import RecordError

_ZSTD = 93
_LOCAL_HEADER = 30


@dataclass(kw_only=True, slots=True)
class Members:
    """An open archive.

    Attributes:
        archive: its directory.
        file: the same file, for members that this Python's zipfile can't unpack.
        path: its name, for messages.
        largest: bytes that one member may unpack to.
    """

    archive: zipfile.ZipFile
    file: BinaryIO
    path: Path
    largest: int
    _zstd: Any = field(default=None)

    def read(self, name: str) -> bytes:
        """A member, unpacked.

        Raises:
            ValueError: it is damaged, encrypted or too large; the message is one line.
            RecordError: it is compressed by zstd, and nothing here can unpack that.
        """
        info = self.archive.getinfo(name)
        if max(info.file_size, info.compress_size) > self.largest:
            raise ValueError(f"it unpacks to more than {self.largest:,} bytes")
        try:
            data = self._unpacked(info)
        except RuntimeError as problem:  # encrypted
            raise ValueError(f"can't be unpacked ({problem})") from None
        except (zipfile.BadZipFile, zlib.error, EOFError) as problem:
            raise ValueError(f"damaged ({problem})") from None
        if len(data) > self.largest:
            raise ValueError(f"it unpacks to more than {self.largest:,} bytes")
        return data

    def _unpacked(self, info: zipfile.ZipInfo) -> bytes:
        try:
            with self.archive.open(info) as member:
                return member.read(self.largest + 1)
        except NotImplementedError:
            return self._by_zstd(info)

    def _by_zstd(self, info: zipfile.ZipInfo) -> bytes:
        """A member that this Python's zipfile can't unpack."""
        if info.compress_type != _ZSTD:
            raise ValueError(f"its compression (method {info.compress_type}) is not known")
        try:
            import zstandard
        except ImportError:
            raise RecordError(
                "it is compressed by zstd",
                where=str(self.path),
                remedy="install zstandard, or convert it with `inspect log convert --to json`",
            ) from None
        self._zstd = self._zstd or zstandard.ZstdDecompressor()
        _to_data(self.file, info)
        packed = self.file.read(info.compress_size)
        # One byte more than it says it is: room for `largest` would be made for every small member.
        try:
            with self._zstd.stream_reader(packed) as unpacked:
                data = bytes(unpacked.read(info.file_size + 1))
        except zstandard.ZstdError as problem:
            raise ValueError(f"damaged ({problem})") from None
        if len(data) != info.file_size or zlib.crc32(data) != info.CRC:
            raise ValueError("damaged (its size or its checksum is wrong)")
        return data


def _to_data(file: BinaryIO, info: zipfile.ZipInfo) -> None:
    """Past a member's local header, whose name and extra field have lengths of their own."""
    file.seek(info.header_offset)
    header = file.read(_LOCAL_HEADER)
    if len(header) < _LOCAL_HEADER:
        raise ValueError("damaged (it ends too early)")
    name, extra = struct.unpack("<HH", header[26:30])
    file.seek(name + extra, 1)
