"""Cutting and joining keyframes so that the boxes of the remaining frames stay what they were.

A track's boxes between two keyframes lie on a line. Where a cut falls between two, the box at the cut is written down
as a keyframe of origin `INTERPOLATED`, and the line goes on as before (see `interpolate`) but for the last digit of a
float32.
"""

from bisect import bisect_right
from dataclasses import replace
from functools import reduce
from typing import TypeAlias

import numpy as np

from mfvis_engine.annotation.interpolation import interpolate
from mfvis_engine.annotation.tracks import Annotations, Keyframe, KeyframeOrigin, Track

Keyframes: TypeAlias = tuple[Keyframe, ...]
"""Keyframes of one track, by frame."""


def standing_keyframe(keyframes: Keyframes, frame_index: int) -> Keyframe | None:
    """The box of a frame as a keyframe: the given one, or one on the line; None where the track is absent."""
    position = bisect_right(keyframes, frame_index, key=lambda keyframe: keyframe.frame_index)
    if position == 0 or keyframes[position - 1].outside:
        return None
    before = keyframes[position - 1]
    if before.frame_index == frame_index:
        return before
    if position == len(keyframes):
        return None
    after = keyframes[position]
    gap = after.frame_index - before.frame_index
    since = frame_index - before.frame_index
    x0, y0, x1, y1 = (
        start + (end - start) / gap * since for start, end in zip(before.box_xyxy, after.box_xyxy, strict=True)
    )
    return replace(before, frame_index=frame_index, box_xyxy=(x0, y0, x1, y1), origin=KeyframeOrigin.INTERPOLATED)


def head(keyframes: Keyframes, frame_index: int) -> Keyframes:
    """Keyframes with the same boxes before `frame_index`, and none from there on."""
    kept = tuple(keyframe for keyframe in keyframes if keyframe.frame_index < frame_index)
    last = standing_keyframe(keyframes, frame_index - 1)
    if last is None or last in kept:
        return kept
    return (*kept, last)


def tail(keyframes: Keyframes, frame_index: int) -> Keyframes:
    """Keyframes with the same boxes from `frame_index` on, and none before."""
    kept = tuple(keyframe for keyframe in keyframes if keyframe.frame_index > frame_index)
    first = standing_keyframe(keyframes, frame_index)
    return kept if first is None else (first, *kept)


def join(earlier: Keyframes, later: Keyframes) -> Keyframes:
    """Both after each other; what lies between them stays a gap.

    Args:
        earlier: With no box in or after the frame of the first keyframe of `later`.
        later: What follows.
    """
    if not earlier or not later:
        return earlier + later
    start = later[0].frame_index
    earlier = head(earlier, start)
    last = earlier[-1]
    if last.outside or last.frame_index + 1 == start:
        return earlier + later
    gap = replace(last, frame_index=last.frame_index + 1, outside=True, origin=KeyframeOrigin.INTERPOLATED)
    return (*earlier, gap, *later)


def without_frame(keyframes: Keyframes, frame_index: int) -> Keyframes:
    """Keyframes with the same boxes in every frame but one, and none in that."""
    return join(head(keyframes, frame_index), tail(keyframes, frame_index + 1))


def interleaved(keyframes: Keyframes, others: Keyframes) -> Keyframes:
    """The boxes of both, which must never have one in the same frame."""
    pieces = sorted(_pieces(keyframes) + _pieces(others), key=lambda piece: piece[0].frame_index)
    return reduce(join, pieces, ())


def shared_frames(track: Track, other: Track) -> tuple[int, ...]:
    """The frames in which both tracks have a box."""
    ends = [keyframe.frame_index + 1 for keyframe in (*track.keyframes[-1:], *other.keyframes[-1:])]
    pair = replace(track, track_id=1), replace(other, track_id=2)
    present = interpolate(Annotations(pair), max(ends, default=0)).present
    return tuple(np.flatnonzero(present.all(axis=0)).tolist())


def _pieces(keyframes: Keyframes) -> list[Keyframes]:
    """The stretches in which the track is there, each with the keyframe that ends it, if one does."""
    pieces: list[Keyframes] = []
    piece: Keyframes = ()
    for keyframe in keyframes:
        if piece or not keyframe.outside:
            piece = (*piece, keyframe)
        if piece and keyframe.outside:
            pieces.append(piece)
            piece = ()
    return [*pieces, piece] if piece else pieces
