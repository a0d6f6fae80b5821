"""Synthetic videos for whole training sets: textured objects of several classes that move, turn and hide each other.

Evidence that a model learns from boxes needs masks that are known exactly, and videos that it never saw. Here a class
is a silhouette and nothing else: every texture occurs with every class.

- `silhouettes`: the classes.  `materials`: textures, some kept for held-out videos.  `motion`: where things are.
- `video`: a video.  `labelled`: videos to train from in memory.  `files`: the same on disk, with COCO-VIS files.
"""

from mfvis_engine.training.synthetic_videos.files import write_dataset
from mfvis_engine.training.synthetic_videos.labelled import labelled_set, labelled_video
from mfvis_engine.training.synthetic_videos.materials import Split, Textures
from mfvis_engine.training.synthetic_videos.silhouettes import CLASS_NAMES
from mfvis_engine.training.synthetic_videos.video import SyntheticVideo, SyntheticVideoSettings, make_video

__all__ = [
    "CLASS_NAMES",
    "Split",
    "SyntheticVideo",
    "SyntheticVideoSettings",
    "Textures",
    "labelled_set",
    "labelled_video",
    "make_video",
    "write_dataset",
]
