"""Many videos to read frames of, few of them open at a time."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Self

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.video import VideoSource

MOST_OPEN = 16


class OpenVideos:
    """Videos that are opened when they are read; the most recently used stay open. Threads may share it.

    Close it, or use it as a context manager; a video that is read later is opened again.
    """

    def __init__(self, most_open: int = MOST_OPEN) -> None:
        """`most_open` videos stay open, besides those being read."""
        self._most_open = most_open
        self._open: OrderedDict[int, VideoSource] = OrderedDict()
        self._readers: dict[int, int] = {}
        self._count = 0
        self._lock = threading.Lock()

    def reader(self, opened: Callable[[], VideoSource]) -> Callable[[int], NDArray[np.uint8]]:
        """What reads frames (H, W, 3), by their index from 0, of the video that `opened` opens."""
        key, self._count = self._count, self._count + 1

        def read_frame(frame_index: int) -> NDArray[np.uint8]:
            with self._in_use(key, opened) as video:
                return video.frame(frame_index)

        return read_frame

    def close(self) -> None:
        """Closes those that nobody is reading."""
        with self._lock:
            self._close_but(0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    @contextmanager
    def _in_use(self, key: int, opened: Callable[[], VideoSource]) -> Iterator[VideoSource]:
        with self._lock:
            if key not in self._open:
                self._open[key] = opened()
            self._open.move_to_end(key)
            self._readers[key] = self._readers.get(key, 0) + 1
            video = self._open[key]
        try:
            yield video
        finally:
            with self._lock:
                self._readers[key] -= 1
                self._close_but(self._most_open)

    def _close_but(self, count: int) -> None:
        """Closes the least recently used until `count` are open; what is being read stays."""
        idle = [key for key in self._open if not self._readers[key]]
        for key in idle[: max(0, len(self._open) - count)]:
            self._open.pop(key).close()
