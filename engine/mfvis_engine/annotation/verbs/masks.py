"""Verbs on masks: what a person paints, clears and approves."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from mfvis_engine.annotation.errors import InvalidFrameError, InvalidLabelsError, UnknownTrackError
from mfvis_engine.annotation.mask_frame import FrameChange, MaskFrame
from mfvis_engine.annotation.mask_patch import Labels, label_table, labels_in
from mfvis_engine.annotation.mask_state import MaskOrigin, MaskState
from mfvis_engine.annotation.verbs.plain import labels_of
from mfvis_engine.annotation.verbs.verb import Effect, Scene, Verb, check_frame, listed


@dataclass(frozen=True, eq=False)
class EditMask(Verb):
    """Paints and erases: new labels for a rectangle of one frame.

    A track that gains a pixel, or loses one to the background, is edited by it. One that only loses pixels to another
    is not: they are the other's now, and so protected.

    Attributes:
        frame_index: From 0.
        top: First row of the rectangle.
        left: Its first column.
        labels: (H, W) uint16, the rectangle's labels afterwards: track ids, 0 for background.
    """

    name: ClassVar[str] = "edit_mask"
    frame_index: int
    top: int
    left: int
    labels: Labels

    def __post_init__(self) -> None:
        given = labels_of(self.labels) if isinstance(self.labels, dict) else np.asarray(self.labels)
        labels = given.astype(np.uint16)
        if labels.ndim != 2 or given.dtype.kind not in "ui" or not np.array_equal(labels, given):
            raise InvalidLabelsError(
                f"The labels are {given.dtype} {given.shape}. Give (height, width) of whole numbers, 0 to 65535."
            )
        labels.setflags(write=False)
        object.__setattr__(self, "labels", labels)

    @property
    def summary(self) -> str:
        """See `Verb`."""
        return f"edit masks of frame {self.frame_index}"

    def effect(self, scene: Scene) -> Effect:
        """See `Verb`."""
        check_frame(scene, self.frame_index)
        height, width = self.labels.shape
        if self.top < 0 or self.left < 0 or self.top + height > scene.height or self.left + width > scene.width:
            raise InvalidLabelsError(
                f"The rectangle of {height} rows from {self.top} and {width} columns from {self.left} reaches over the"
                f" frame of {scene.height} x {scene.width} (height x width)."
            )
        frame = scene.frame(self.frame_index)
        after = frame.labels.copy()
        after[self.top : self.top + height, self.left : self.left + width] = self.labels
        changed = after != frame.labels
        painted = set(labels_in(after[changed]))
        unknown = sorted(painted - set(scene.annotations.track_ids))
        if unknown:
            raise UnknownTrackError(f"No track has the ids {listed(unknown)} that were painted. Make the tracks first.")
        erased = set(labels_in(frame.labels[changed & (after == 0)]))
        edited = {i: MaskState(i, self.frame_index, MaskOrigin.EDITED) for i in painted | erased}
        return Effect(scene.annotations, [frame.changed(_recorded(frame, edited), after)])


@dataclass(frozen=True)
class ClearMask(Verb):
    """Takes the masks of tracks away in a range of frames.

    Attributes:
        track_ids: The tracks.
        first_frame: From 0.
        last_frame: Included.
        hand_back: False: the emptiness is a person's work, and no machine fills it. True: the frames are given back to
            the machine, as if nobody had worked on them.
    """

    name: ClassVar[str] = "clear_mask"
    track_ids: tuple[int, ...]
    first_frame: int
    last_frame: int
    hand_back: bool = False

    def __post_init__(self) -> None:
        _parse_range(self)

    @property
    def summary(self) -> str:
        """See `Verb`."""
        return f"clear masks of {_tracks(self.track_ids)} in {_frames(self.first_frame, self.last_frame)}"

    def effect(self, scene: Scene) -> Effect:
        """See `Verb`."""
        _check_range(scene, self.track_ids, self.first_frame, self.last_frame)
        frames = scene.frames_with(self.track_ids, self.first_frame, self.last_frame + 1)
        return Effect(scene.annotations, (self._cleared(scene.frame(frame_index)) for frame_index in frames))

    def _cleared(self, frame: MaskFrame) -> FrameChange:
        gone = [track_id for track_id in self.track_ids if track_id in frame.states]
        states = {i: state for i, state in frame.states.items() if i not in gone}
        if not self.hand_back:
            states |= {i: MaskState(i, frame.frame_index, MaskOrigin.EDITED) for i in gone}
        return frame.changed(states, np.where(label_table(gone)[frame.labels], np.uint16(0), frame.labels))


@dataclass(frozen=True)
class Verify(Verb):
    """Approves the masks of tracks in a range of frames; where there is none, that there is none.

    Attributes:
        track_ids: The tracks.
        first_frame: From 0.
        last_frame: Included.
    """

    name: ClassVar[str] = "verify"
    track_ids: tuple[int, ...]
    first_frame: int
    last_frame: int

    def __post_init__(self) -> None:
        _parse_range(self)

    @property
    def summary(self) -> str:
        """See `Verb`."""
        return f"verify {_tracks(self.track_ids)} in {_frames(self.first_frame, self.last_frame)}"

    def effect(self, scene: Scene) -> Effect:
        """See `Verb`."""
        _check_range(scene, self.track_ids, self.first_frame, self.last_frame)
        return Effect(scene.annotations, self._changes(scene))

    def _changes(self, scene: Scene) -> Iterator[FrameChange]:
        for frame_index in range(self.first_frame, self.last_frame + 1):
            frame = scene.frame(frame_index)
            nothing = (MaskState(track_id, frame_index, MaskOrigin.NONE) for track_id in self.track_ids)
            states = (frame.states.get(state.track_id, state) for state in nothing)
            verified = {state.track_id: replace(state, verified=True) for state in states}
            yield frame.changed({**frame.states, **verified})


@dataclass(frozen=True)
class Unverify(Verb):
    """Takes approval back; what lies below returns: predicted, edited, imported, or nothing.

    Attributes:
        track_ids: The tracks.
        first_frame: From 0.
        last_frame: Included.
    """

    name: ClassVar[str] = "unverify"
    track_ids: tuple[int, ...]
    first_frame: int
    last_frame: int

    def __post_init__(self) -> None:
        _parse_range(self)

    @property
    def summary(self) -> str:
        """See `Verb`."""
        return f"unverify {_tracks(self.track_ids)} in {_frames(self.first_frame, self.last_frame)}"

    def effect(self, scene: Scene) -> Effect:
        """See `Verb`."""
        _check_range(scene, self.track_ids, self.first_frame, self.last_frame)
        frames = scene.frames_with(self.track_ids, self.first_frame, self.last_frame + 1)
        return Effect(scene.annotations, (self._unverified(scene.frame(frame_index)) for frame_index in frames))

    def _unverified(self, frame: MaskFrame) -> FrameChange:
        states = {
            i: replace(state, verified=False) if i in self.track_ids else state for i, state in frame.states.items()
        }
        return frame.changed({i: state for i, state in states.items() if not _says_nothing(state)})


def _says_nothing(state: MaskState) -> bool:
    return state.origin is MaskOrigin.NONE and not state.verified


def _recorded(frame: MaskFrame, edited: dict[int, MaskState]) -> dict[int, MaskState]:
    """The frame's states with the edited ones put in; approval is a flag of its own and stays."""
    kept = {i: state.verified for i, state in frame.states.items()}
    return {**frame.states, **{i: replace(state, verified=kept.get(i, False)) for i, state in edited.items()}}


def _parse_range(verb: ClearMask | Verify | Unverify) -> None:
    object.__setattr__(verb, "track_ids", tuple(sorted(set(verb.track_ids))))


def _check_range(scene: Scene, track_ids: tuple[int, ...], first_frame: int, last_frame: int) -> None:
    check_frame(scene, first_frame)
    check_frame(scene, last_frame)
    if last_frame < first_frame:
        raise InvalidFrameError(f"The last frame {last_frame} lies before the first, {first_frame}. Swap them.")
    for track_id in track_ids:
        scene.annotations.track(track_id)


def _tracks(track_ids: tuple[int, ...]) -> str:
    return f"{'track' if len(track_ids) == 1 else 'tracks'} {listed(track_ids)}"


def _frames(first_frame: int, last_frame: int) -> str:
    return f"frame {first_frame}" if first_frame == last_frame else f"frames {first_frame} to {last_frame}"
