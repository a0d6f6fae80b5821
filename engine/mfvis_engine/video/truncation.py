"""Is a video file shorter than it says it is?"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

EBML_HEADER, MATROSKA_SEGMENT = 0x1A45DFA3, 0x18538067


def is_truncated(path: Path) -> bool:
    """Tell whether the outermost parts of an mp4/mov, avi or mkv/webm file reach past its end.

    Each of these formats writes its file as parts that begin with their own size (ISO 14496-12 section 4.2,
    RIFF, RFC 8794); a file whose last part is incomplete has lost its end. Other formats are never called
    truncated.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(12)
        if head[:4] == b"RIFF":
            ends = _riff_ends(file)
        elif head[:4] == EBML_HEADER.to_bytes(4, "big"):
            ends = _ebml_ends(file)
        elif head[4:8] in (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide"):
            ends = _box_ends(file)
        else:
            return False
        return any(end > size for end in ends)


def _riff_ends(file: BinaryIO) -> Iterator[int]:
    """Ends of the RIFF chunks; an OpenDML file has several."""
    start = 0
    while True:
        file.seek(start)
        head = file.read(8)
        if len(head) < 8 or head[:4] != b"RIFF":
            return
        (size,) = struct.unpack("<I", head[4:])
        if size in (0, 0xFFFFFFFF):  # the recorder never came back to fill it in
            return
        start += 8 + size
        yield start
        start += size % 2


def _box_ends(file: BinaryIO) -> Iterator[int]:
    """Ends of the top-level boxes of an mp4 or mov file."""
    start = 0
    while True:
        file.seek(start)
        head = file.read(16)
        if len(head) < 8 or not head[4:8].isalnum():
            return
        size = int.from_bytes(head[:4], "big")
        if size == 1:
            size = int.from_bytes(head[8:16], "big")
        if size < 8:  # 0: up to the end of the file
            return
        start += size
        yield start


def _ebml_ends(file: BinaryIO) -> Iterator[int]:
    """Ends of the EBML header and of the segment that holds everything else."""
    file.seek(0)
    for expected in (EBML_HEADER, MATROSKA_SEGMENT):
        if int.from_bytes(file.read(4), "big") != expected:
            return
        first = file.read(1)
        width = 9 - first[0].bit_length() if first and first[0] else 0
        if width == 0:
            return
        marker = 1 << (7 * width)
        size = int.from_bytes(first + file.read(width - 1), "big") & (marker - 1)
        if size == marker - 1:  # a live recording of unknown size
            return
        yield file.tell() + size
        if expected == EBML_HEADER:
            file.seek(size, 1)
