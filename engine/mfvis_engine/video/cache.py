"""A memory-bounded cache of frames."""

import threading
from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.video.source import VideoError


class FrameCache:
    """The most recently used frames, never more than `capacity_bytes` of them. Safe to share between threads.

    Args:
        capacity_bytes: bound on the sum of the frames' sizes; 0 keeps nothing.

    Raises:
        VideoError: the capacity is negative.
    """

    def __init__(self, capacity_bytes: int) -> None:
        if capacity_bytes < 0:
            raise VideoError(f"A frame cache needs a capacity of 0 bytes or more. Got {capacity_bytes}.")
        self._capacity_bytes = capacity_bytes
        self._frames: OrderedDict[int, NDArray[np.uint8]] = OrderedDict()
        self._held_bytes = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._frames)

    def __contains__(self, frame_index: int) -> bool:
        return frame_index in self._frames

    @property
    def capacity_bytes(self) -> int:
        """The bound on `held_bytes`."""
        return self._capacity_bytes

    @property
    def held_bytes(self) -> int:
        """Bytes of the frames held now."""
        return self._held_bytes

    def get(self, frame_index: int) -> NDArray[np.uint8] | None:
        """Return the frame and mark it as just used, or None when it is not held."""
        with self._lock:
            frame = self._frames.get(frame_index)
            if frame is not None:
                self._frames.move_to_end(frame_index)
            return frame

    def put(self, frame_index: int, frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Keep the frame, letting the least recently used ones go; return it, read-only from now on.

        A frame larger than the whole cache is returned but not kept.
        """
        frame.flags.writeable = False
        with self._lock:
            self._forget(frame_index)
            if frame.nbytes <= self._capacity_bytes:
                while self._held_bytes + frame.nbytes > self._capacity_bytes:
                    self._forget(next(iter(self._frames)))
                self._frames[frame_index] = frame
                self._held_bytes += frame.nbytes
        return frame

    def clear(self) -> None:
        """Let all frames go."""
        with self._lock:
            self._frames.clear()
            self._held_bytes = 0

    def _forget(self, frame_index: int) -> None:
        frame = self._frames.pop(frame_index, None)
        if frame is not None:
            self._held_bytes -= frame.nbytes
