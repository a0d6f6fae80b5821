"""A frame of a row in words."""

from mfvis_engine.annotation import VERIFIED_BIT, KeyframeOrigin, MaskCode, Track
from mfvis_engine.annotation.presence import standing_keyframe
from mfvis_napari.session import Session
from mfvis_napari.widgets.timeline.ruler import time_text

_MASKS = {
    MaskCode.NONE: "no mask",
    MaskCode.PREDICTED: "mask predicted",
    MaskCode.EDITED: "mask edited",
    MaskCode.IMPORTED: "mask imported",
}


def describe_frame(frame_index: int, frames_per_second: float | None) -> str:
    """A frame: "frame 120 (0:04.80)"."""
    if frames_per_second is None:
        return f"frame {frame_index}"
    return f"frame {frame_index} ({time_text(frame_index, frames_per_second, digits=2)})"


def describe(session: Session, track_id: int, frame_index: int) -> str:
    """A track in a frame: "track 3 fish · frame 120 (0:04.80) · keyframe · mask predicted, verified"."""
    track = session.annotations.track(track_id)
    return " · ".join(
        (
            f"track {track_id} {track.category}",
            describe_frame(frame_index, session.project.frame_rate),
            _box(track, frame_index),
            _mask(int(session.masks.codes(track_id)[frame_index])),
        )
    )


def _box(track: Track, frame_index: int) -> str:
    keyframe = track.keyframe(frame_index)
    if keyframe is not None and keyframe.outside:
        return "leaves here"
    standing = standing_keyframe(track.keyframes, frame_index)
    if standing is None:
        return "not here"
    if keyframe is None:
        where = "between keyframes"
    elif keyframe.origin is KeyframeOrigin.INTERPOLATED:
        where = "keyframe nobody drew"
    else:
        where = "keyframe"
    return f"{where}, hidden" if standing.occluded else where


def _mask(code: int) -> str:
    origin = _MASKS[MaskCode(code & ~VERIFIED_BIT)]
    return f"{origin}, verified" if code & VERIFIED_BIT else origin
