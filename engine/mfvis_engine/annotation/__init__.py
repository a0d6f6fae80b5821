"""Tracks, their box keyframes, and the boxes of every frame that follow from them.

- `tracks`: what a person drew (`Keyframe`, `Track`, `Annotations`), checked at construction.
- `interpolation`: `interpolate` turns keyframes into a box per track and frame.
- `dense`: `DenseBoxes`, those boxes with their origin, and a pandas view of them.
- `errors`: what may be wrong with an annotation.
"""

from mfvis_engine.annotation.dense import BoxOrigin, DenseBoxes
from mfvis_engine.annotation.errors import (
    AnnotationError,
    DuplicateKeyframeError,
    DuplicateTrackError,
    InvalidAttributeError,
    InvalidBoxError,
    InvalidCategoryError,
    InvalidDenseBoxesError,
    InvalidFrameError,
    InvalidTrackIdError,
    UnknownTrackError,
)
from mfvis_engine.annotation.interpolation import interpolate
from mfvis_engine.annotation.tracks import (
    MAX_TRACK_ID,
    Annotations,
    Attributes,
    BoxXyxy,
    Keyframe,
    KeyframeOrigin,
    Track,
)

__all__ = [
    "MAX_TRACK_ID",
    "AnnotationError",
    "Annotations",
    "Attributes",
    "BoxOrigin",
    "BoxXyxy",
    "DenseBoxes",
    "DuplicateKeyframeError",
    "DuplicateTrackError",
    "InvalidAttributeError",
    "InvalidBoxError",
    "InvalidCategoryError",
    "InvalidDenseBoxesError",
    "InvalidFrameError",
    "InvalidTrackIdError",
    "Keyframe",
    "KeyframeOrigin",
    "Track",
    "UnknownTrackError",
    "interpolate",
]
