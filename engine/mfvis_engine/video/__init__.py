"""Video in and out: sources that are exact for every frame, and a writer for previews.

`open_video` opens a path, `ArrayVideo` wraps an array. `source.py` holds the protocol and the errors,
`cached_video.py` what all sources share, `pixel_video.py` what those share whose
pixels may be deeper than 8 bit. Video files: `container.py` decodes, `packet_index.py` lists the
frames.
"""

from mfvis_engine.video.array import ArrayVideo, open_npy, open_zarr
from mfvis_engine.video.cache import FrameCache
from mfvis_engine.video.cached_video import DEFAULT_CACHE_BYTES, CachedVideo, Truncation
from mfvis_engine.video.container import ContainerVideo
from mfvis_engine.video.image_folder import ImageFolder
from mfvis_engine.video.normalization import Normalization
from mfvis_engine.video.opening import open_video
from mfvis_engine.video.source import (
    FrameIndexError,
    TruncatedVideoError,
    TruncatedVideoWarning,
    UnreadableFrameError,
    VideoError,
    VideoSource,
)
from mfvis_engine.video.tiff_stack import TiffStackVideo
from mfvis_engine.video.writer import write_video

__all__ = [
    "DEFAULT_CACHE_BYTES",
    "ArrayVideo",
    "CachedVideo",
    "ContainerVideo",
    "FrameCache",
    "FrameIndexError",
    "ImageFolder",
    "Normalization",
    "TiffStackVideo",
    "TruncatedVideoError",
    "TruncatedVideoWarning",
    "Truncation",
    "UnreadableFrameError",
    "VideoError",
    "VideoSource",
    "open_npy",
    "open_video",
    "open_zarr",
    "write_video",
]
