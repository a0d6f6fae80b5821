"""Small video files, written with PyAV, and their frames as plain sequential decoding gives them."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

HEIGHT, WIDTH = 48, 64
MILLISECOND = Fraction(1, 1000)


def picture(frame_index, height=HEIGHT, width=WIDTH):
    """A textured picture that moves, so that no two frames look alike."""
    texture = np.random.default_rng(3).integers(0, 256, (height, width, 3), dtype=np.uint8)
    moved = np.roll(texture, (frame_index, 2 * frame_index), (0, 1)) // 2
    moved[:, : 1 + frame_index % width] += 60
    return moved


def write_clip(
    path: Path,
    length: int = 60,
    *,
    codec: str = "libx264",
    options: dict[str, str] | None = None,
    times_ms: Sequence[int] | None = None,
    container_options: dict[str, str] | None = None,
    pix_fmt: str = "yuv420p",
) -> Path:
    with av.open(str(path), "w", container_options=container_options or {}) as container:
        stream = container.add_stream(codec, rate=25, options=options or {})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, pix_fmt
        if times_ms is not None:
            stream.codec_context.time_base = MILLISECOND
        for frame_index in range(length):
            frame = av.VideoFrame.from_ndarray(picture(frame_index), format="rgb24")
            if times_ms is not None:
                frame.pts, frame.time_base = times_ms[frame_index], MILLISECOND
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def remux(source: Path, target: Path, *, shift: int = 0, first_packet: int = 0, options=None) -> Path:
    """Copy packets without decoding, later by `shift` ticks, as cutting without re-encoding does."""
    with av.open(str(source)) as old, av.open(str(target), "w", container_options=options or {}) as new:
        stream = new.add_stream_from_template(old.streams.video[0])
        packets = [packet for packet in old.demux(video=0) if packet.size]
        for packet in packets[first_packet:]:
            packet.pts += shift
            if packet.dts is not None:
                packet.dts += shift
            packet.stream = stream
            new.mux(packet)
    return target


def cut(source: Path, target: Path, fraction: float) -> Path:
    data = source.read_bytes()
    target.write_bytes(data[: int(len(data) * fraction)])
    return target


def decode_in_order(path: Path) -> np.ndarray:
    """(T, H, W, 3) frames, decoded from the start without any seeking."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(stream)])
