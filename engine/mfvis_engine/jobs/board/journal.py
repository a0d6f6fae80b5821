"""All events of a job, in a file: what they take in memory does not grow with their number."""

from pathlib import Path
from typing import IO

import numpy as np

_OFFSET_BYTES = 8
_FRAME_BYTES = 8
_MOST_RECORDS = 4096
"""Read at once."""


class Journal:
    """Records one after another, each found by its number.

    Three files: the records, where each of them ends (uint64, little-endian), and which frames are done (the same).
    A record counts once its end is written, so one that is cut off, as on a full disk, is not there. Files are opened
    anew each time: hundreds of jobs hold none open.
    """

    def __init__(self, folder: Path) -> None:
        """An empty journal in `folder`, which is made."""
        folder.mkdir(parents=True)
        self._records = folder / "records"
        self._ends = folder / "ends"
        self._frames = folder / "frames"
        for path in (self._records, self._ends, self._frames):
            path.touch()
        self._count = 0
        self._size_bytes = 0
        self._frame_count = 0
        self._last_words: bytes | None = None

    def __len__(self) -> int:
        return self._count + (self._last_words is not None)

    @property
    def size_bytes(self) -> int:
        """Of all records."""
        return self._size_bytes

    @property
    def frame_count(self) -> int:
        """How many frames are done; one told twice counts twice."""
        return self._frame_count

    def forget_frames(self) -> None:
        """From here on no frame counts as done; the records stay."""
        self._frame_count = 0

    def append(self, record: bytes, frame_done: int | None = None) -> None:
        """Adds a record.

        Args:
            record: Its bytes.
            frame_done: The frame whose masks it has, if any.

        Raises:
            OSError: The disk refuses it; the journal is as it was.
        """
        end = self._size_bytes + len(record)
        _write_at(self._records, self._size_bytes, record)
        if frame_done is not None:
            _write_at(self._frames, self._frame_count * _FRAME_BYTES, _uint64(frame_done))
        _write_at(self._ends, self._count * _OFFSET_BYTES, _uint64(end))
        self._count += 1
        self._size_bytes = end
        self._frame_count += frame_done is not None

    def conclude(self, record: bytes) -> None:
        """Adds the last record; on a full disk it is kept in memory."""
        try:
            self.append(record)
        except OSError:
            self._last_words = record

    def read(self, after: int, limit_bytes: int) -> list[bytes]:
        """Records from number `after` on: all there are, or the first, and as many more as `limit_bytes` hold."""
        after = max(after, 0)
        found = self._read_written(after, limit_bytes) if after < self._count else []
        if self._last_words is not None and after <= self._count == after + len(found):
            found.append(self._last_words)
        return found

    def frames_done(self) -> tuple[int, ...]:
        """The frames that are done, ascending, each once."""
        with self._frames.open("rb") as file:
            indices = np.frombuffer(file.read(self._frame_count * _FRAME_BYTES), "<u8")
        return tuple(np.unique(indices).tolist())

    def _read_written(self, after: int, limit_bytes: int) -> list[bytes]:
        first = max(after - 1, 0)
        with self._ends.open("rb") as file:
            file.seek(first * _OFFSET_BYTES)
            count = min(self._count - first, _MOST_RECORDS)
            ends = np.frombuffer(file.read(count * _OFFSET_BYTES), "<u8").astype(np.int64)
        starts = np.concatenate([[0], ends[:-1]]) if after == 0 else ends[:-1]
        ends = ends[-len(starts) :]
        wanted = max(1, int(np.searchsorted(ends, starts[0] + limit_bytes, "right")))
        with self._records.open("rb") as file:
            file.seek(int(starts[0]))
            return [file.read(int(size)) for size in (ends - starts)[:wanted]]


def _uint64(number: int) -> bytes:
    return number.to_bytes(8, "little")


def _write_at(path: Path, offset: int, data: bytes) -> None:
    file: IO[bytes]
    with path.open("r+b", buffering=0) as file:
        file.seek(offset)
        written = 0
        while written < len(data):
            written += file.write(data[written:])
