"""Tracks, their box keyframes, the boxes of every frame that follow from them, and what a person does to all of it.

- `tracks`: what a person drew (`Keyframe`, `Track`, `Annotations`), checked at construction.
- `interpolation`: `interpolate` turns keyframes into a box per track and frame.
- `dense`: `DenseBoxes`, those boxes with their origin, and a pandas view of them.
- `presence`: cutting and joining keyframes so that the boxes of the remaining frames stay what they were.
- `mask_state`, `mask_patch`, `mask_frame`: where masks are from, how they differ, and a frame of them.
- `thinning`: the few keyframes that say the same as a box in every frame.
- `proposed_tracks`: what a model found and nobody has judged yet (`ProposedTrack`), and what was said of it.
- `merging`: masks taken over from a run or file, never over a person's work.
- `verbs`: what a person can do; each checks its preconditions and says its effect.
- `palette`: one colour a track, the same everywhere.
- `activity`: how long a person worked, pauses cut off.
- `errors`: what may be wrong with an annotation, or with a verb.
"""

from mfvis_engine.annotation.activity import ActivityClock, Work, WorkKind
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
    InvalidLabelsError,
    InvalidScoreError,
    InvalidTrackIdError,
    InvalidWorkError,
    UnknownTrackError,
    UnknownVerbError,
    VerbRefusedError,
)
from mfvis_engine.annotation.interpolation import interpolate
from mfvis_engine.annotation.mask_state import VERIFIED_BIT, MaskCode, MaskOrigin, MaskState
from mfvis_engine.annotation.proposed_tracks import ProposedTrack
from mfvis_engine.annotation.thinning import keyframes_of_boxes
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
    "VERIFIED_BIT",
    "ActivityClock",
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
    "InvalidLabelsError",
    "InvalidScoreError",
    "InvalidTrackIdError",
    "InvalidWorkError",
    "Keyframe",
    "KeyframeOrigin",
    "MaskCode",
    "MaskOrigin",
    "MaskState",
    "ProposedTrack",
    "Track",
    "UnknownTrackError",
    "UnknownVerbError",
    "VerbRefusedError",
    "Work",
    "WorkKind",
    "interpolate",
    "keyframes_of_boxes",
]
