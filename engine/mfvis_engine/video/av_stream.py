"""Opening the video stream of a file with PyAV, with errors a user can act on."""

import os
from pathlib import Path

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from mfvis_engine.video.source import VideoError
from mfvis_engine.video.truncation import is_truncated

MAX_THREADS = 4  # each thread holds pictures of its own and delays the first one after a seek


def open_stream(path: Path, *, threads: str = "AUTO") -> tuple[InputContainer, VideoStream]:
    """Open a file's first video stream, ready to decode.

    Args:
        path: the file.
        threads: "AUTO" for speed, "SLICE" for no delay between a packet and its picture.

    Returns:
        The container, which the caller closes, and the stream.

    Raises:
        VideoError: no such file, no video in it, cut off before its table of contents, or no decoder.
    """
    container = _open_container(path)
    try:
        stream = _video_stream(container, path)
    except VideoError:
        container.close()
        raise
    stream.thread_type = threads
    stream.thread_count = min(MAX_THREADS, os.cpu_count() or 1)
    return container, stream


def _open_container(path: Path) -> InputContainer:
    try:
        return av.open(str(path), "r", metadata_errors="replace")
    except FileNotFoundError as error:
        raise VideoError(f"There is no file {path}.") from error
    except av.error.InvalidDataError as error:
        raise VideoError(_not_a_video(path)) from error
    except (av.error.FFmpegError, OSError) as error:
        raise VideoError(f"{path} cannot be opened: {error}.") from error


def _not_a_video(path: Path) -> str:
    if path.stat().st_size == 0:
        return f"{path} is empty (0 bytes). Copy or export the file again."
    if is_truncated(path):
        return (
            f"{path} is cut off, and the table of contents that a player needs was in the missing part: 0 "
            f"frames can be read. Copy or record the file again, or rebuild it with a repair tool."
        )
    return f"{path} is not a video that can be read. Convert it to mp4, for example with ffmpeg."


def _video_stream(container: InputContainer, path: Path) -> VideoStream:
    streams = [stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic]
    if not streams:
        kinds = ", ".join(sorted({stream.type for stream in container.streams})) or "nothing"
        raise VideoError(f"{path} has no video in it, only: {kinds}.")
    if streams[0].codec_context is None:
        raise VideoError(
            f"{path} is compressed in a way that cannot be decoded here. Convert it, for example with "
            f"ffmpeg -i {path.name} -c:v libx264 -crf 16 converted.mp4."
        )
    return streams[0]
