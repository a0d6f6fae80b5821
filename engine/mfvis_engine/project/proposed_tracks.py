"""Proposed tracks as a run records them."""

from collections.abc import Mapping, Sequence
from typing import Any

from mfvis_engine.annotation import Keyframe, KeyframeOrigin, ProposedTrack
from mfvis_engine.project.values import JsonValue


def proposed_to_json(track: ProposedTrack) -> JsonValue:
    """A proposed track as JSON values; a keyframe is one row, for there may be thousands."""
    rows = [(one.frame_index, *one.box_xyxy, int(one.outside), int(one.occluded)) for one in track.keyframes]
    return {
        "track_id": track.track_id,
        "category": track.category,
        "score": track.score,
        "keyframes": [list(row) for row in rows],
    }


def proposed_of_json(fields: Mapping[str, Any]) -> ProposedTrack:
    """Reads what `proposed_to_json` made; raises anything where it is something else."""
    return ProposedTrack(
        fields["track_id"], str(fields["category"]), fields["score"], tuple(map(_keyframe, fields["keyframes"]))
    )


def _keyframe(row: Sequence[Any]) -> Keyframe:
    frame_index, x0, y0, x1, y1, outside, occluded = row
    return Keyframe(frame_index, (x0, y0, x1, y1), bool(outside), bool(occluded), KeyframeOrigin.PREDICTED)
