"""Actions that go to another frame."""

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from mfvis_engine.annotation import VERIFIED_BIT, MaskCode
from mfvis_napari.actions.action import ActionRefusedError, open_session, selected_track
from mfvis_napari.session import Session

if TYPE_CHECKING:
    from mfvis_napari.workspace import Workspace


def step(workspace: "Workspace", frames: int) -> None:
    """Goes some frames forward, or back."""
    session = open_session(workspace)
    session.view.frame_index += frames


def to_first(workspace: "Workspace") -> None:
    """Goes to the first frame."""
    open_session(workspace).view.frame_index = 0


def to_last(workspace: "Workspace") -> None:
    """Goes to the last frame."""
    session = open_session(workspace)
    session.view.frame_index = session.view.length - 1


def to_keyframe(workspace: "Workspace", direction: int) -> None:
    """Goes to the next keyframe of the selected track, or of any where none is selected; back with direction -1."""
    session = open_session(workspace)
    chosen = set(session.view.track_ids)
    tracks = (track for track in session.annotations.tracks if not chosen or track.track_id in chosen)
    frames = (keyframe.frame_index for track in tracks for keyframe in track.keyframes)
    _to_nearest(session, frames, direction, "keyframe")


def to_unverified(workspace: "Workspace", direction: int) -> None:
    """Goes to the next frame where the selected track has a mask that nobody approved, or any track has."""
    session = open_session(workspace)
    codes = [session.masks.codes(track_id) for track_id in session.view.track_ids or session.masks.track_ids]
    unverified = [(of_track != MaskCode.NONE) & ~(of_track & VERIFIED_BIT).astype(bool) for of_track in codes]
    frames = np.flatnonzero(np.any(unverified, axis=0)).tolist() if unverified else []
    _to_nearest(session, frames, direction, "unverified mask")


def to_begin_of_track(workspace: "Workspace") -> None:
    """Goes to the first keyframe of the selected track."""
    session = open_session(workspace)
    track = session.annotations.track(selected_track(session))
    if track.keyframes:
        session.view.frame_index = track.keyframes[0].frame_index


next_frame, previous_frame = partial(step, frames=1), partial(step, frames=-1)
next_ten, previous_ten = partial(step, frames=10), partial(step, frames=-10)
next_keyframe, previous_keyframe = partial(to_keyframe, direction=1), partial(to_keyframe, direction=-1)
next_unverified, previous_unverified = partial(to_unverified, direction=1), partial(to_unverified, direction=-1)


def _to_nearest(session: Session, frames: Iterable[int], direction: int, what: str) -> None:
    here = session.view.frame_index
    ahead = [frame_index for frame_index in frames if (frame_index - here) * direction > 0]
    if not ahead:
        raise ActionRefusedError(f"There is no {what} {'after' if direction > 0 else 'before'} frame {here}.")
    session.view.frame_index = min(ahead, key=lambda frame_index: abs(frame_index - here))
