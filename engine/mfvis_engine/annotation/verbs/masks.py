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
class _RangeVerb(Verb):
    """Something about the masks of tracks in a range of frames.

    Attributes:
        track_ids: The tracks.
        first_frame: From 0.
        last_frame: Included.
    """

    track_ids: tuple[int, ...]
    first_frame: int
    last_frame: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "track_ids", tuple(sorted(set(self.track_ids))))

    @property
    def _range(self) -> str:
        """For summaries: "tracks 1, 2 in frames 0 to 3"."""
        tracks = f"{'track' if len(self.track_ids) == 1 else 'tracks'} {listed(self.track_ids)}"
        if self.first_frame == self.last_frame:
            return f"{tracks} in frame {self.first_frame}"
        return f"{tracks} in frames {self.first_frame} to {self.last_frame}"

    def _check_range(self, scene: Scene) -> None:
        check_frame(scene, self.first_frame)
        check_frame(scene, self.last_frame)
        if self.last_frame < self.first_frame:
            raise InvalidFrameError(
                f"The last frame {self.last_frame} lies before the first, {self.first_frame}. Swap them."
            )
        for track_id in self.track_ids:
            scene.annotations.track(track_id)

    def _recorded_frames(self, scene: Scene) -> Iterator[MaskFrame]:
        """The frames of the range that hold a mask or state of one of the tracks."""
        self._check_range(scene)
        frames = scene.frames_with(self.track_ids, self.first_frame, self.last_frame + 1)
        return (scene.frame(frame_index) for frame_index in frames)


@dataclass(frozen=True)
class ClearMask(_RangeVerb):
    """Takes the masks of tracks away in a range of frames.

    Attributes:
        hand_back: False: the emptiness is a person's work, and no machine fills it. True: the frames are given back to
            the machine, as if nobody had worked on them.
    """

    name: ClassVar[str] = "clear_mask"
    hand_back: bool = False

    @property
    def summary(self) -> str:
        """See `Verb`."""
        return f"clear masks of {self._range}"

    def effect(self, scene: Scene) -> Effect:
        """See `Verb`."""
        return Effect(scene.annotations, map(self._cleared, self._recorded_frames(scene)))

    def _cleared(self, frame: MaskFrame) -> FrameChange:
        gone = [track_id for track_id in self.track_ids if track_id in frame.states]
        states = {i: state for i, state in frame.states.items() if i not in gone}
        if not self.hand_back:
            states |= {i: MaskState(i, frame.frame_index, MaskOrigin.EDITED) for i in gone}
        return frame.changed(states, np.where(label_table(gone)[frame.labels], np.uint16(0), frame.labels))


@dataclass(frozen=True)
class Verify(_RangeVerb):
    """Approves the masks of tracks in a range of frames; where there is none, that there is none."""

    name: ClassVar[str] = "verify"

    @property
    def summary(self) -> str:
        """See `Verb`."""
        return f"verify {self._range}"

    def effect(self, scene: Scene) -> Effect:
        """See `Verb`."""
        self._check_range(scene)
        frames = (scene.frame(frame_index) for frame_index in range(self.first_frame, self.last_frame + 1))
        return Effect(scene.annotations, map(self._verified, frames))

    def _verified(self, frame: MaskFrame) -> FrameChange:
        nothing = (MaskState(track_id, frame.frame_index, MaskOrigin.NONE) for track_id in self.track_ids)
        states = (frame.states.get(state.track_id, state) for state in nothing)
        verified = {state.track_id: replace(state, verified=True) for state in states}
        return frame.changed({**frame.states, **verified})


@dataclass(frozen=True)
class Unverify(_RangeVerb):
    """Takes approval back; what lies below returns: predicted, edited, imported, or nothing."""

    name: ClassVar[str] = "unverify"

    @property
    def summary(self) -> str:
        """See `Verb`."""
        return f"unverify {self._range}"

    def effect(self, scene: Scene) -> Effect:
        """See `Verb`."""
        return Effect(scene.annotations, map(self._unverified, self._recorded_frames(scene)))

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
