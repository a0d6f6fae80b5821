"""Whether SQLite reads all of a database's write-ahead log.

A page in it whose checksum is wrong ends the log: SQLite silently leaves out that change and all later ones, since
after a power cut this is the end of what was written.

Source: https://www.sqlite.org/walformat.html
"""

import struct
from pathlib import Path

_HEADER_BYTES = 32
_FRAME_HEADER_BYTES = 24
_LITTLE_ENDIAN, _BIG_ENDIAN = 0x377F0682, 0x377F0683


def unread_pages(database_path: Path) -> int:
    """Pages of the log, such as there are, that belong to no whole change; to be asked with the database open.

    Of a process that was killed in the middle of a change they are what it had begun. A log that was cut off right
    behind a change looks whole.
    """
    log, index = (database_path.with_name(f"{database_path.name}{side}") for side in ("-wal", "-shm"))
    if not log.exists() or not log.stat().st_size or not index.exists():
        return 0
    content, read = log.read_bytes(), index.read_bytes()
    if not _has_sound_header(content):
        return max(1, len(content) // 4096)
    salts = content[16:24]
    page_bytes: int = struct.unpack_from(">I", content, 8)[0]
    frames_read: int = struct.unpack_from("=I", read, 16)[0]
    if read[32:40] != salts:  # it is just being begun anew
        return 0
    frame_bytes = _FRAME_HEADER_BYTES + page_bytes
    whole, rest = divmod(len(content) - _HEADER_BYTES, frame_bytes)
    starts = (_HEADER_BYTES + index * frame_bytes for index in range(frames_read, whole))
    return sum(content[start + 8 : start + 16] == salts for start in starts) + (rest > 0)


def _has_sound_header(content: bytes) -> bool:
    if len(content) < _HEADER_BYTES:
        return False
    (magic,) = struct.unpack_from(">I", content)
    if magic not in (_LITTLE_ENDIAN, _BIG_ENDIAN):
        return False
    first, second = 0, 0
    for even, odd in struct.iter_unpack(">2I" if magic == _BIG_ENDIAN else "<2I", content[:24]):
        first = (first + even + second) % 2**32
        second = (second + odd + first) % 2**32
    return struct.unpack_from(">2I", content, 24) == (first, second)
