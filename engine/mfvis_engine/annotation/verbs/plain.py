"""The arguments of verbs as plain JSON values, and back."""

import base64
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, TypeAlias

import numpy as np

from mfvis_engine.annotation.mask_patch import Labels, pack, unpack
from mfvis_engine.annotation.tracks import Annotations, Keyframe, Track

Plain: TypeAlias = "str | int | float | bool | Sequence[Plain] | Mapping[str, Plain] | None"
"""What JSON can hold."""


def to_plain(value: object) -> Plain:
    """An argument of a verb as JSON values.

    Raises:
        TypeError: No verb takes such a value.
    """
    match value:
        case Enum():
            return to_plain(value.value)
        case None | str() | bool() | int() | float():
            return value
        case Keyframe():
            return _keyframe_to_plain(value)
        case Track():
            return {
                "track_id": value.track_id,
                "category": value.category,
                "keyframes": to_plain(value.keyframes),
                "attributes": dict(value.attributes),
            }
        case Annotations():
            return to_plain(value.tracks)
        case np.ndarray():
            return {"shape": list(value.shape), "zstd": base64.b64encode(pack(value)).decode("ascii")}
        case tuple():
            return [to_plain(one) for one in value]
        case _:
            raise TypeError(f"{value!r} is no argument of a verb")


def keyframe_of(plain: Mapping[str, Any]) -> Keyframe:
    """A keyframe out of JSON values."""
    fields = dict(plain)
    attributes = fields.pop("attributes")
    return Keyframe(**fields, attributes=tuple(attributes.items()))


def track_of(plain: Mapping[str, Any]) -> Track:
    """A track out of JSON values."""
    fields = dict(plain)
    attributes, keyframes = fields.pop("attributes"), fields.pop("keyframes")
    return Track(**fields, keyframes=tuple(map(keyframe_of, keyframes)), attributes=tuple(attributes.items()))


def labels_of(plain: Mapping[str, Any]) -> Labels:
    """Labels (H, W) out of JSON values."""
    height, width = plain["shape"]
    return unpack(base64.b64decode(plain["zstd"]), (height, width))


def _keyframe_to_plain(keyframe: Keyframe) -> Plain:
    return {
        "frame_index": keyframe.frame_index,
        "box_xyxy": list(keyframe.box_xyxy),
        "outside": keyframe.outside,
        "occluded": keyframe.occluded,
        "origin": keyframe.origin.value,
        "attributes": dict(keyframe.attributes),
    }
