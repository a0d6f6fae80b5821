"""Video files through PyAV, exact for every frame."""

from __future__ import annotations  # PyAV's Packet is generic for type checkers only

import functools
import warnings
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from mfvis_engine.video.av_stream import open_stream
from mfvis_engine.video.cached_video import DEFAULT_CACHE_BYTES, CachedVideo
from mfvis_engine.video.packet_index import PacketIndex, build_index, decode_packets
from mfvis_engine.video.source import TruncatedVideoWarning, UnreadableFrameError


class ContainerVideo(CachedVideo):
    """An mp4, mov, avi, mkv or webm file.

    Frame i is the i-th picture that decoding the file from its start gives, so variable frame rates, B-frames
    and edit lists need no care. Every picture leaves the decoder with the number of its packet: after a seek
    nothing rests on the file's time stamps. Pictures decoded on the way to another are cached. A
    display rotation by quarter turns is applied, as players do; non-square pixels are left as stored.

    A cut-off file opens with a `TruncatedVideoWarning`; its `length` counts the frames that can be read.
    Pickling stores path and index; unpickling opens the file again.

    Args:
        path: the file.
        cache_bytes: bound on the memory for cached frames.
        index: the file's index where it is known already.

    Raises:
        VideoError: the file cannot be opened or holds no frame.
    """

    def __init__(
        self, path: Path | str, *, cache_bytes: int = DEFAULT_CACHE_BYTES, index: PacketIndex | None = None
    ) -> None:
        self._path = Path(path)
        self._index = build_index(self._path) if index is None else index
        truncation = self._index.truncation
        super().__init__(str(path), self._index.frame_format, cache_bytes, truncation)
        if truncation is not None and index is None:
            warnings.warn(truncation.message(str(path)), TruncatedVideoWarning, stacklevel=2)
        self._decoder = _Decoder(self._path, self._index)
        self._kept_frames = max(1, cache_bytes // (3 * self.height * self.width))

    def __reduce__(self) -> tuple[Any, ...]:
        reopen = functools.partial(ContainerVideo, cache_bytes=self._cache.capacity_bytes, index=self._index)
        return reopen, (self._path,)

    def _read(self, frame_index: int) -> NDArray[np.uint8]:
        starts = list(self._index.starts(frame_index))
        frame = self._decode_to(frame_index) if self._decoder.leads_to(frame_index, starts[0]) else None
        for start in starts:
            if frame is not None:
                break
            self._decoder.start(start)
            frame = self._decode_to(frame_index)
        if frame is None:
            raise UnreadableFrameError(
                f"Frame {frame_index} of {self._name} is damaged and cannot be decoded. The other frames can "
                f"still be used; to get this one, copy or export the file again."
            )
        return frame

    def _decode_to(self, frame_index: int) -> NDArray[np.uint8] | None:
        """Decode up to the frame; None when the decoder passes it by. Caches what fits."""
        for index, picture in self._decoder.pictures:
            if index > frame_index - self._kept_frames:
                frame = self._cache.put(index, self._upright(index, picture))
                if index == frame_index:
                    return frame
            if index > frame_index:
                return None
        return None

    def _upright(self, frame_index: int, picture: VideoFrame) -> NDArray[np.uint8]:
        stored = cast("NDArray[np.uint8]", picture.to_ndarray(format="rgb24"))
        upright = np.ascontiguousarray(np.rot90(stored, self._index.quarter_turns))
        if upright.shape[:2] != (self.height, self.width):
            raise UnreadableFrameError(
                f"Frame {frame_index} of {self._name} is {upright.shape[1]}x{upright.shape[0]} pixels, the "
                f"frames before it are {self.width}x{self.height}. Convert the video to one size."
            )
        return upright

    def _release(self) -> None:
        self._decoder.close()


class _Decoder:
    """Decodes forward from any keyframe and says which frame each picture is."""

    def __init__(self, path: Path, index: PacketIndex) -> None:
        self._path = path
        self._index = index
        self._container, self._stream = open_stream(path)
        self._last_frame = -1
        self.pictures: Iterator[tuple[int, VideoFrame]] = iter(())

    def leads_to(self, frame_index: int, start: int) -> bool:
        """Tell whether decoding on reaches the frame at least as soon as starting at packet `start`."""
        if not 0 <= self._last_frame < frame_index:
            return False
        return start <= int(self._index.shown_packets[self._last_frame + 1])

    def start(self, packet: int) -> None:
        """Make packet number `packet` the next one to decode."""
        packets, first_packet = self._seek(packet) or self._reopen()
        pictures = decode_packets(self._stream, packets, first_packet=first_packet, start=packet)
        self._last_frame = -1
        self.pictures = self._numbered(pictures, packet)

    def close(self) -> None:
        """Close the file."""
        self.pictures = iter(())
        self._container.close()

    def _seek(self, packet: int) -> tuple[Iterable[Packet[VideoStream]], int] | None:
        """Move to some packet at or before the wanted one; None where the container cannot.

        Returns:
            The packets from there on, and the number of the first.
        """
        for time in self._index.seek_times(packet):
            try:
                self._container.seek(time, stream=self._stream)
                packets = self._container.demux(self._stream)
                landed = next(packets)
            except (av.error.FFmpegError, StopIteration):
                continue
            number = self._index.packet_at(landed.pos)
            if number is not None and number <= packet:
                return chain([landed], packets), number
        return None

    def _reopen(self) -> tuple[Iterable[Packet[VideoStream]], int]:
        self._container.close()
        self._container, self._stream = open_stream(self._path)
        return self._container.demux(self._stream), 0

    def _numbered(self, pictures: Iterable[tuple[int, VideoFrame]], start: int) -> Iterator[tuple[int, VideoFrame]]:
        """Turn packet into frame numbers; leave out what is not shown or `start` cannot give rightly."""
        first_frame = max(0, int(self._index.frame_of_packet[start]))
        for packet, picture in pictures:
            if packet == start > 0 and not picture.key_frame:
                return
            frame_index = int(self._index.frame_of_packet[packet])
            if frame_index >= first_frame:
                self._last_frame = frame_index
                yield frame_index, picture
