"""The boxes of one frame, straight from the keyframes."""

from dataclasses import dataclass

from mfvis_engine.annotation import Annotations, BoxXyxy, KeyframeOrigin
from mfvis_engine.annotation.presence import standing_keyframe


@dataclass(frozen=True, slots=True)
class FrameBox:
    """The box of a track in a frame.

    Attributes:
        track_id: The track.
        category: What it is.
        box_xyxy: In pixel edges; it may reach over the picture's border.
        is_given: Whether it is a keyframe's that somebody drew, imported or predicted, not one on the line between two.
        occluded: Whether the object is hidden.
    """

    track_id: int
    category: str
    box_xyxy: BoxXyxy
    is_given: bool
    occluded: bool


def frame_boxes(annotations: Annotations, frame_index: int) -> tuple[FrameBox, ...]:
    """The boxes of the tracks that are there in a frame, by track id."""
    found = ((track, standing_keyframe(track.keyframes, frame_index)) for track in annotations.tracks)
    return tuple(
        FrameBox(
            track.track_id,
            track.category,
            keyframe.box_xyxy,
            keyframe.origin is not KeyframeOrigin.INTERPOLATED,
            keyframe.occluded,
        )
        for track, keyframe in found
        if keyframe is not None
    )
