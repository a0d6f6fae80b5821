"""The table of contents of a video stream: which packet holds which frame, and where decoding may start."""

from __future__ import annotations  # PyAV's Packet is generic for type checkers only

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from mfvis_engine.video.av_stream import open_stream
from mfvis_engine.video.cached_video import FrameFormat, Truncation
from mfvis_engine.video.source import VideoError
from mfvis_engine.video.truncation import is_truncated

# Containers and codecs in which every packet not discarded is one picture, shown at its own time stamp.
TRUSTED_CONTAINERS = frozenset({"mov", "mp4", "matroska", "webm"})
TRUSTED_CODECS = frozenset({"h264", "hevc", "mpeg4", "vp9", "av1"})
CHECKED_FRAMES = 32
NO_TIMESTAMP = -(2**63)
UNTAGGED = -1


@dataclass(frozen=True, eq=False)
class PacketTable:
    """The P packets of a stream in the order of the file, which is the order of decoding.

    Attributes:
        pts: (P,) int64 time of showing, in the stream's time base; NO_TIMESTAMP where the file has none.
        dts: (P,) int64 time of decoding, the same way.
        byte_positions: (P,) int64 offset in the file, -1 where unknown.
        is_key: (P,) bool, decoding may start here.
        is_discarded: (P,) bool, decoded but not shown (an edit list begins later).
        is_corrupt: (P,) bool, the packet is incomplete.
    """

    pts: NDArray[np.int64]
    dts: NDArray[np.int64]
    byte_positions: NDArray[np.int64]
    is_key: NDArray[np.bool_]
    is_discarded: NDArray[np.bool_]
    is_corrupt: NDArray[np.bool_]


class PacketIndex:
    """Says for every frame which packet holds it and from which packets it can be decoded.

    Args:
        table: the packets.
        shown_packets: (T,) packet number of each frame, in the order of showing.
        frame_format: size of the pictures as shown, upright.
        quarter_turns: how often a decoded picture is turned counter-clockwise by 90 degrees to stand upright.
        truncation: set when the file is cut off.
    """

    def __init__(
        self,
        table: PacketTable,
        shown_packets: NDArray[np.int64],
        frame_format: FrameFormat,
        quarter_turns: int,
        truncation: Truncation | None,
    ) -> None:
        self.table = table
        self.shown_packets = shown_packets
        self.frame_format = frame_format
        self.quarter_turns = quarter_turns
        self.truncation = truncation
        self.frame_of_packet = np.full(len(table.pts), -1, np.int64)
        self.frame_of_packet[shown_packets] = np.arange(len(shown_packets))
        self._starts, self._first_frames = self._start_points()
        positions = table.byte_positions
        unique = len(positions) > 0 and len(np.unique(positions)) == len(positions) and positions.min() >= 0
        self._packet_at = {int(at): packet for packet, at in enumerate(positions)} if unique else {}

    def starts(self, frame_index: int) -> Iterator[int]:
        """Packets from which to decode towards the frame, nearest first, packet 0 as a last resort."""
        at = int(np.searchsorted(self._first_frames, frame_index, side="right")) - 1
        while at > 0 and self._starts[at] > self.shown_packets[frame_index]:
            at -= 1
        yield from (int(self._starts[near]) for near in range(at, max(at - 2, 0), -1))
        yield 0

    def packet_at(self, byte_position: int | None) -> int | None:
        """Number of the packet at a place in the file, None where that does not tell packets apart."""
        return None if byte_position is None else self._packet_at.get(byte_position)

    def seek_times(self, packet: int) -> list[int]:
        """Time stamps to try when seeking to a packet; containers differ in which of the two they look up."""
        times = (int(self.table.pts[packet]), int(self.table.dts[packet]))
        return [time for time in dict.fromkeys(times) if time != NO_TIMESTAMP] if self._packet_at else []

    def _start_points(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Packets to start from, and the first frame that each gives rightly.

        Pictures that come after a keyframe in the file but are shown before it may lean on earlier ones (an
        open group of pictures), so a keyframe serves frames from its own on.
        """
        keys = np.flatnonzero(self.table.is_key)
        keys = keys[(keys > 0) & (self.frame_of_packet[keys] >= 0)]
        first_frames = self.frame_of_packet[keys]
        rising = first_frames > np.maximum.accumulate(np.concatenate([[-1], first_frames]))[:-1]
        zero = np.zeros(1, np.int64)
        return np.concatenate([zero, keys[rising]]), np.concatenate([zero, first_frames[rising]])


def build_index(path: Path) -> PacketIndex:
    """Read through a file once and list its frames.

    Where container and codec are known to give one picture a packet, the time stamps order the frames and the
    first 32 pictures are decoded to confirm it. Otherwise, and for cut-off files, all of it is decoded.

    Raises:
        VideoError: the file cannot be opened, or holds no frame.
    """
    cut_off = is_truncated(path)
    container, stream = open_stream(path)
    with closing(container):
        table = _read_table(container, stream)
        shown = None if cut_off else _order_by_time(container, stream, table)
    if shown is None or not _confirmed(path, table, shown):
        shown, table = _order_by_decoding(path, table, cut_off=cut_off)
    if len(shown) == 0:
        cause = "is cut off before its first frame" if cut_off else "holds no frame that can be decoded"
        raise VideoError(f"{path} {cause}: 0 frames can be read. Copy or export the file again.")
    return _describe(path, table, shown, cut_off=cut_off)


def _read_table(container: InputContainer, stream: VideoStream) -> PacketTable:
    rows = []
    try:
        for packet in container.demux(stream):
            if packet.size:
                times = [NO_TIMESTAMP if time is None else time for time in (packet.pts, packet.dts)]
                position = -1 if packet.pos is None else packet.pos
                rows.append((*times, position, packet.is_keyframe, packet.is_discard, packet.is_corrupt))
    except av.error.FFmpegError:
        pass  # what came before the damage is kept
    columns = np.array(rows, np.int64).reshape(-1, 6).T
    return PacketTable(*columns[:3], *columns[3:].astype(np.bool_))


def _order_by_time(container: InputContainer, stream: VideoStream, table: PacketTable) -> NDArray[np.int64] | None:
    """Order the shown packets without decoding; None where the file does not allow that."""
    packets = np.flatnonzero(~table.is_discarded)
    if len(packets) == 0 or table.is_corrupt.any():
        return None
    codec = stream.codec_context.codec
    if codec.intra_only:
        return packets
    known = codec.canonical_name in TRUSTED_CODECS and TRUSTED_CONTAINERS & set(container.format.name.split(","))
    times = table.pts[packets]
    if not known or NO_TIMESTAMP in times or len(np.unique(times)) != len(times):
        return None
    return packets[np.argsort(times)]


def _confirmed(path: Path, table: PacketTable, shown: NDArray[np.int64]) -> bool:
    """Tell whether the first pictures out of the decoder are the listed ones, keyframes where listed."""
    pictures = list(islice(_decode_all(path), CHECKED_FRAMES))
    if [packet for packet, _ in pictures] != shown[:CHECKED_FRAMES].tolist():
        return False
    return all(picture.key_frame or not table.is_key[packet] for packet, picture in pictures)


def _order_by_decoding(path: Path, table: PacketTable, *, cut_off: bool) -> tuple[NDArray[np.int64], PacketTable]:
    """List the frames as they leave the decoder, and keep as keyframes only those that are."""
    shown: list[int] = []
    is_key = np.zeros_like(table.is_key)
    for packet, picture in _decode_all(path, cut_off=cut_off):
        if cut_off and table.is_corrupt[packet]:
            break
        shown.append(packet)
        is_key[packet] = table.is_key[packet] and picture.key_frame
    if UNTAGGED in shown or len(set(shown)) != len(shown):
        raise VideoError(
            f"{path} packs several pictures together, so frames cannot be told apart. Convert it, for "
            f"example with ffmpeg -i {path.name} -c:v libx264 -crf 16 converted.mp4."
        )
    columns = (table.pts, table.dts, table.byte_positions, is_key, table.is_discarded, table.is_corrupt)
    return np.array(shown, np.int64), PacketTable(*columns)


def _decode_all(path: Path, *, cut_off: bool = False) -> Iterator[tuple[int, VideoFrame]]:
    """Decode a file from its start, as `decode_packets` does.

    Of a cut-off file the pictures still held back for reordering are left out: one that should be shown
    before them may be missing.
    """
    container, stream = open_stream(path, threads="SLICE" if cut_off else "AUTO")
    with closing(container):
        yield from decode_packets(stream, container.demux(stream), drain=not cut_off)


def decode_packets(
    stream: VideoStream,
    packets: Iterable[Packet[VideoStream]],
    *,
    first_packet: int = 0,
    start: int = 0,
    drain: bool = True,
) -> Iterator[tuple[int, VideoFrame]]:
    """Decode packets in the order of the file; give the number of each picture's packet and the picture.

    Every packet's time stamp is replaced by its number: decoders hand it on to the picture and use it for
    nothing else. A picture that got none has the number -1.

    Args:
        stream: the video stream, its decoder empty.
        packets: what the container gives from packet `first_packet` on.
        first_packet: number of the first of `packets`.
        start: packets before this one are read but not decoded.
        drain: give out the pictures the decoder still holds at the end.
    """
    number = first_packet
    try:
        for packet in packets:
            if packet.size:  # an empty packet marks the end
                packet.pts = packet.dts = number
                if number >= start:
                    yield from _decoded(stream, packet)
                number += 1
    except av.error.FFmpegError:
        pass  # the file ends here as far as it can be read
    if drain:
        yield from _decoded(stream, None)


def _decoded(stream: VideoStream, packet: Packet[VideoStream] | None) -> list[tuple[int, VideoFrame]]:
    try:
        pictures = stream.decode(packet)
    except av.error.FFmpegError:
        return []  # a damaged packet gives no picture; the frame is found missing when it is asked for
    return [(UNTAGGED if picture.pts is None else picture.pts, picture) for picture in pictures]


def _describe(path: Path, table: PacketTable, shown: NDArray[np.int64], *, cut_off: bool) -> PacketIndex:
    container, stream = open_stream(path)
    with closing(container):
        _, picture = next(decode_packets(stream, container.demux(stream)))
        rate = None if stream.average_rate is None else float(stream.average_rate)
        declared = stream.frames or None
    quarter_turns = round(picture.rotation / 90) % 4
    height, width = picture.height, picture.width
    if quarter_turns % 2:
        height, width = width, height
    truncation = Truncation(len(shown), declared) if cut_off else None
    return PacketIndex(table, shown, FrameFormat(len(shown), height, width, rate), quarter_turns, truncation)
