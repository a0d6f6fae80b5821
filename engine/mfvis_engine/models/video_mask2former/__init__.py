"""Video Mask2Former: finds, tracks and segments in videos that nobody has annotated.

- `config`, `sizes`: its shape, and the shapes that have a name; `predictions`: what it answers; `classes`: others.
- `model`: the network; `backbone`, then `head`: `pixel_decoder`, then `decoder` of `layers` with `position`.
- `checkpoint`: its files; `released`: those that others released, with `released_keys` and `released_shape`.

transformers, where backbone and pixel decoder are from, is imported when a model is built and not before.
"""

from mfvis_engine.models.video_mask2former.checkpoint import load_video_model, save_video_model
from mfvis_engine.models.video_mask2former.config import ModelConfigError, VideoMask2FormerConfig
from mfvis_engine.models.video_mask2former.model import VideoMask2Former
from mfvis_engine.models.video_mask2former.predictions import ClipPrediction, HeadPrediction
from mfvis_engine.models.video_mask2former.released import LoadReport, load_released, write_released
from mfvis_engine.models.video_mask2former.sizes import SIZES, config_of_size

__all__ = [
    "SIZES",
    "ClipPrediction",
    "HeadPrediction",
    "LoadReport",
    "ModelConfigError",
    "VideoMask2Former",
    "VideoMask2FormerConfig",
    "config_of_size",
    "load_released",
    "load_video_model",
    "save_video_model",
    "write_released",
]
