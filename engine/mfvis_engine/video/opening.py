"""Opening whatever a path points at."""

from pathlib import Path

from mfvis_engine.video.array import is_zarr, open_npy, open_zarr
from mfvis_engine.video.cached_video import DEFAULT_CACHE_BYTES, CachedVideo
from mfvis_engine.video.container import ContainerVideo
from mfvis_engine.video.image_file import TIFF_SUFFIXES
from mfvis_engine.video.image_folder import ImageFolder
from mfvis_engine.video.normalization import Normalization
from mfvis_engine.video.source import VideoError
from mfvis_engine.video.tiff_stack import TiffStackVideo


def open_video(
    path: Path | str,
    *,
    cache_bytes: int = DEFAULT_CACHE_BYTES,
    normalization: Normalization | None = None,
) -> CachedVideo:
    """Open a video file, a folder of pictures, a TIFF stack, a zarr array or group, or a .npy file.

    Args:
        path: what to open.
        cache_bytes: bound on the memory for cached frames.
        normalization: how values became 8-bit when the video was first opened (its `normalization`), so that
            it looks the same again. Ignored where values are 8-bit already.

    Returns:
        A `VideoSource`.

    Raises:
        VideoError: nothing there, nothing that can be read, or not the shape of a video; says what to do.

    Warns:
        TruncatedVideoWarning: the file is cut off, so only its first part can be read.
    """
    path = Path(path)
    if not path.exists():
        raise VideoError(f"There is no file or folder {path}.")
    suffix = path.suffix.lower()
    if is_zarr(path):
        return open_zarr(path, cache_bytes=cache_bytes, normalization=normalization)
    if path.is_dir():
        return ImageFolder(path, cache_bytes=cache_bytes, normalization=normalization)
    if suffix in TIFF_SUFFIXES:
        return TiffStackVideo(path, cache_bytes=cache_bytes, normalization=normalization)
    if suffix == ".npy":
        return open_npy(path, cache_bytes=cache_bytes, normalization=normalization)
    return ContainerVideo(path, cache_bytes=cache_bytes)
