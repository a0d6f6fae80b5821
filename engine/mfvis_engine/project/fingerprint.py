"""What a video on disk is recognised by, at a cost that does not grow with its length."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mfvis_engine.video.array import is_zarr
from mfvis_engine.video.image_file import IMAGE_SUFFIXES

_END_BYTES = 2**20
_MIDDLE_BYTES = 2**18
_MIDDLE_BLOCKS = 4


@dataclass(frozen=True)
class Fingerprint:
    """Size and digest of a video file or folder.

    Of a file, `digest` is the SHA-256 of its first and last MiB and of four blocks of 256 KiB spread evenly
    between: 3 MiB are read of any file, so a change confined to other bytes that keeps the size goes
    unseen. Of a folder (pictures, or a zarr array) it is the SHA-256 of the names and sizes of its
    `video_file_names`; a picture replaced by one of exactly its size goes unseen.
    """

    size_bytes: int
    digest: str


def fingerprint(path: Path) -> Fingerprint:
    """Recognises the video at `path`.

    Raises:
        OSError: it cannot be read.
    """
    return _of_folder(path) if path.is_dir() else _of_file(path)


def _of_file(path: Path) -> Fingerprint:
    size = path.stat().st_size
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for start, stop in _sampled_spans(size):
            file.seek(start)
            digest.update(file.read(stop - start))
    return Fingerprint(size, digest.hexdigest())


def _sampled_spans(size: int) -> Iterator[tuple[int, int]]:
    """Byte spans `[start, stop)` of a file of `size` bytes, all of it where it is small."""
    if size < 2 * _END_BYTES + (_MIDDLE_BLOCKS + 1) * _MIDDLE_BYTES:
        yield 0, size
        return
    yield 0, _END_BYTES
    step = (size - 2 * _END_BYTES) // (_MIDDLE_BLOCKS + 1)
    for block in range(1, _MIDDLE_BLOCKS + 1):
        start = _END_BYTES + block * step
        yield start, start + _MIDDLE_BYTES
    yield size - _END_BYTES, size


def _of_folder(folder: Path) -> Fingerprint:
    sizes = {name: (folder / name).stat().st_size for name in video_file_names(folder)}
    digest = hashlib.sha256()
    for name in sorted(sizes):
        digest.update(f"{name}\0{sizes[name]}\n".encode())
    return Fingerprint(sum(sizes.values()), digest.hexdigest())


def video_file_names(folder: Path) -> Iterator[str]:
    """The files of a video that is a folder, as posix names relative to it, hidden ones left out.

    Of a folder of pictures these are the pictures right in it: other files, even a project, may come and go
    there. Of a zarr array it is the whole tree.
    """
    is_tree = is_zarr(folder)
    for path in folder.rglob("*") if is_tree else folder.iterdir():
        hidden = path.name.startswith(".") and not path.name.startswith(".z")
        wanted = is_tree or path.suffix.lower() in IMAGE_SUFFIXES
        if wanted and not hidden and path.is_file():
            yield path.relative_to(folder).as_posix()
