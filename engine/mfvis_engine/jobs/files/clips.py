"""The files of a clip, where they lie, and how they are named on their way."""

from pathlib import Path

from mfvis_engine.jobs.clip import ClipReference
from mfvis_engine.jobs.errors import ClipError
from mfvis_engine.jobs.files.shelf import Shelf
from mfvis_engine.project.fingerprint import video_file_names


def clip_key(clip: ClipReference) -> str:
    """What the frames of a clip are kept under: the same for the same content."""
    return f"{clip.fingerprint.digest}-{clip.fingerprint.size_bytes}"


def video_files(video: Path) -> dict[str, Path]:
    """The files of a video, by the name each has on its way: a posix path that begins with the video's own name.

    Raises:
        OSError: It cannot be read.
    """
    if not video.is_dir():
        return {video.name: video}
    return {f"{video.name}/{name}": video / name for name in sorted(video_file_names(video))}


def locate_clip(clip: ClipReference, shelf: Shelf | None) -> Path | None:
    """Where the video lies on this machine: at its own path, or on the shelf; None where it is not.

    The path of the person's machine counts only where the content is the same.
    """
    own = Path(clip.path)
    if clip.is_at(own):
        return own
    entry = None if shelf is None else shelf.find(clip_key(clip))
    return None if entry is None else next(entry.iterdir(), None)


def finish_clip(clip: ClipReference, shelf: Shelf, kept: set[str]) -> Path:
    """Puts a clip on the shelf whose files are written, when they are the right ones; returns where it lies.

    Raises:
        ClipError: They are not.
        EngineError: The shelf has no room.
    """
    key = clip_key(clip)
    if shelf.find(key) is None:
        arrived = shelf.incoming(key)
        videos = list(arrived.iterdir()) if arrived.is_dir() else []
        if len(videos) != 1 or not clip.is_at(videos[0]):
            shelf.discard(key)
            raise ClipError(f"The video {clip.path} changed while it was sent, or arrived damaged. Submit again.")
    return next(shelf.finish(key, kept).iterdir())
