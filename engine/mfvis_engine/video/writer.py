"""Writing pictures to a video file, for previews."""

from collections.abc import Iterable
from fractions import Fraction
from itertools import chain
from pathlib import Path

import av
import numpy as np
from av.container import OutputContainer
from av.video.reformatter import Colorspace
from av.video.stream import VideoStream
from numpy.typing import NDArray

from mfvis_engine.video.source import VideoError

ENCODERS = ("libx264", "mpeg4")
ENCODER_OPTIONS = {"libx264": {"crf": "18", "preset": "veryfast"}, "mpeg4": {"qmin": "2", "qmax": "4"}}
AV_COLOUR_SMPTE170M = 6  # AVCOL_SPC_SMPTE170M: the BT.601 matrix that the conversion from RGB uses


def write_video(path: Path | str, frames: Iterable[NDArray[np.uint8]], frame_rate: float) -> None:
    """Write an mp4 file that any player shows: H.264 (MPEG-4 part 2 where that is missing), 8-bit 4:2:0.

    An odd width or height gets one more column or row, a copy of the last, since 4:2:0 needs even sizes. The
    file appears under its name only when it is complete.

    Args:
        path: the file to write, ending in .mp4; replaced if it exists.
        frames: pictures (H, W, 3) uint8 RGB, all of one size; taken one at a time.
        frame_rate: frames per second.

    Raises:
        VideoError: no frames, frames that are not (H, W, 3) uint8 of one size, a frame rate that is not
            positive, or a file that cannot be written.
    """
    path = Path(path)
    if not 0 < frame_rate < float("inf"):
        raise VideoError(f"A video needs a positive frame rate. Got {frame_rate}.")
    frames = iter(frames)
    first = next(frames, None)
    if first is None:
        raise VideoError(f"{path} is not written: there are no frames.")
    partial = path.with_name(f".{path.stem}.partial.mp4")
    try:
        _write(partial, _checked(chain([first], frames)), frame_rate)
        partial.replace(path)
    except (OSError, av.error.FFmpegError) as error:
        raise VideoError(f"{path} cannot be written: {error}.") from error
    finally:
        partial.unlink(missing_ok=True)


def available_encoder() -> str:
    """Name the best encoder for previews that PyAV was built with.

    Raises:
        VideoError: there is none.
    """
    for name in ENCODERS:
        if name in av.codecs_available:
            try:
                av.Codec(name, "w")
            except av.codec.codec.UnknownCodecError:
                continue
            return name
    raise VideoError(f"PyAV has none of the encoders {', '.join(ENCODERS)}. Install it from PyPI: pip install av.")


def _write(path: Path, frames: Iterable[NDArray[np.uint8]], frame_rate: float) -> None:
    with av.open(str(path), "w", format="mp4", container_options={"movflags": "+faststart"}) as container:
        stream: VideoStream | None = None
        for pixels in frames:
            even = np.pad(pixels, ((0, pixels.shape[0] % 2), (0, pixels.shape[1] % 2), (0, 0)), mode="edge")
            if stream is None:
                stream = _add_stream(container, even.shape[0], even.shape[1], frame_rate)
            picture = av.VideoFrame.from_ndarray(even, format="rgb24")
            picture = picture.reformat(format="yuv420p", dst_colorspace=Colorspace.ITU601)
            container.mux(stream.encode(picture))
        if stream is not None:
            container.mux(stream.encode(None))


def _add_stream(container: OutputContainer, height: int, width: int, frame_rate: float) -> VideoStream:
    encoder = available_encoder()
    rate = Fraction(frame_rate).limit_denominator(1001)
    stream = container.add_stream(encoder, rate=rate, options=ENCODER_OPTIONS[encoder])
    if not isinstance(stream, VideoStream):
        raise VideoError(f"The encoder {encoder} makes no video.")
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    stream.codec_context.colorspace = AV_COLOUR_SMPTE170M
    return stream


def _checked(frames: Iterable[NDArray[np.uint8]]) -> Iterable[NDArray[np.uint8]]:
    shape: tuple[int, ...] | None = None
    for frame_index, pixels in enumerate(frames):
        if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or 0 in pixels.shape:
            raise VideoError(f"Frame {frame_index} is {pixels.shape} {pixels.dtype}; needed is (H, W, 3) uint8.")
        shape = shape or pixels.shape
        if pixels.shape != shape:
            raise VideoError(f"Frame {frame_index} has the shape {pixels.shape}, the frames before it {shape}.")
        yield pixels
