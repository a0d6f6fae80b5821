"""What a track looks like in every frame of a timeline."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.annotation import VERIFIED_BIT, Keyframe, KeyframeOrigin, MaskCode, Track


class BoxLook(IntEnum):
    """What is shown of a box. Where one column of pixels stands for several frames, the highest is shown."""

    ABSENT = 0
    THERE = 1
    HIDDEN = 2


class MaskLook(IntEnum):
    """What is shown of a mask. Where one column of pixels stands for several frames, the highest, most in need, is."""

    NONE_DUE = 0
    """There is neither a box nor a mask."""
    VERIFIED = 1
    EDITED = 2
    """Painted or imported, and not yet verified."""
    PREDICTED = 3
    MISSING = 4
    """There is a box, but no mask."""


class KeyLook(IntEnum):
    """What is shown of a keyframe; where several fall together, the highest lies on top."""

    LEAVES = 0
    """The object is outside from here on."""
    NOTED = 1
    """On the line between two others: nobody drew it."""
    GIVEN = 2


def _mask_look_table() -> NDArray[np.uint8]:
    table = np.full(256, MaskLook.NONE_DUE, np.uint8)
    table[MaskCode.PREDICTED] = MaskLook.PREDICTED
    table[[MaskCode.EDITED, MaskCode.IMPORTED]] = MaskLook.EDITED
    table[VERIFIED_BIT:] = MaskLook.VERIFIED
    return table


_MASK_LOOKS = _mask_look_table()


@dataclass(frozen=True, eq=False)
class TrackBoxes:
    """The boxes of a track over the whole video.

    Attributes:
        looks: (T,) uint8 of `BoxLook`.
        key_frames: (K,) int64, the frames of its keyframes, ascending.
        key_looks: (K,) uint8 of `KeyLook`.
    """

    looks: NDArray[np.uint8]
    key_frames: NDArray[np.int64]
    key_looks: NDArray[np.uint8]

    @classmethod
    def of(cls, track: Track, length: int) -> "TrackBoxes":
        """Of a track in a video of `length` frames, by the rules of `interpolate`."""
        count = len(track.keyframes)
        key_frames = np.fromiter((keyframe.frame_index for keyframe in track.keyframes), np.int64, count)
        key_looks = np.fromiter(map(_key_look, track.keyframes), np.uint8, count)
        from_here_on = np.fromiter(map(_look_from, track.keyframes), np.uint8, count)
        looks = np.zeros(length, np.uint8)
        if count:
            first, end = int(key_frames[0]), int(key_frames[-1]) + 1
            looks[first:end] = np.repeat(from_here_on, np.diff(key_frames, append=end))
        return cls(looks, key_frames, key_looks)

    def nearest_keyframe(self, frame_index: float) -> int | None:
        """The frame of the keyframe nearest to a place in time; None where there are none."""
        if not self.key_frames.size:
            return None
        return int(self.key_frames[np.abs(self.key_frames - frame_index).argmin()])


def mask_looks(codes: NDArray[np.uint8], boxes: TrackBoxes) -> NDArray[np.uint8]:
    """(T,) uint8 of `MaskLook`.

    Args:
        codes: (T,) of `MaskCode`, `VERIFIED_BIT` added where a person approved it.
        boxes: Of the same track.
    """
    looks = _MASK_LOOKS.take(codes)
    np.putmask(looks, (looks == MaskLook.NONE_DUE) & (boxes.looks != BoxLook.ABSENT), MaskLook.MISSING)
    return looks


def _key_look(keyframe: Keyframe) -> KeyLook:
    if keyframe.outside:
        return KeyLook.LEAVES
    return KeyLook.NOTED if keyframe.origin is KeyframeOrigin.INTERPOLATED else KeyLook.GIVEN


def _look_from(keyframe: Keyframe) -> BoxLook:
    if keyframe.outside:
        return BoxLook.ABSENT
    return BoxLook.HIDDEN if keyframe.occluded else BoxLook.THERE
