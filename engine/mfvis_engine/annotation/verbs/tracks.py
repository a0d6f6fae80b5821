"""Verbs on one track as a whole, or on its presence."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from mfvis_engine.annotation.errors import VerbRefusedError
from mfvis_engine.annotation.mask_frame import FrameChange
from mfvis_engine.annotation.presence import head, without_frame
from mfvis_engine.annotation.tracks import Annotations, Keyframe, Track, parse_category
from mfvis_engine.annotation.verbs.plain import keyframe_of
from mfvis_engine.annotation.verbs.verb import Effect, Scene, Verb, check_frame, check_keyframes_fit


@dataclass(frozen=True)
class NewTrack(Verb):
    """Makes a track; masks that bear its id already become its own.

    Attributes:
        track_id: An id that no track has.
        category: What the object is.
        keyframes: Its first boxes, if any.
    """

    name: ClassVar[str] = "new_track"
    says_who: ClassVar[bool] = True
    track_id: int
    category: str
    keyframes: tuple[Keyframe, ...] = ()

    def __post_init__(self) -> None:
        given = (one if isinstance(one, Keyframe) else keyframe_of(one) for one in self.keyframes)
        object.__setattr__(self, "keyframes", tuple(given))

    @property
    def summary(self) -> str:
        """See `Verb`."""
        return f"new track {self.track_id} ({self.category})"

    def effect(self, scene: Scene) -> Effect:
        """See `Verb`."""
        track = Track(self.track_id, self.category, self.keyframes)
        if track.track_id in scene.annotations.track_ids:
            raise VerbRefusedError(f"There is a track {track.track_id} already. Give the new one another id.")
        check_keyframes_fit(scene, Annotations((track,)))
        return Effect(scene.annotations.with_track(track))


@dataclass(frozen=True)
class DeleteTrack(Verb):
    """Deletes a whole track: its boxes and masks in every frame.

    Attributes:
        track_id: The track.
    """

    name: ClassVar[str] = "delete_track"
    says_who: ClassVar[bool] = True
    track_id: int

    @property
    def summary(self) -> str:
        """See `Verb`."""
        return f"delete track {self.track_id}"

    def effect(self, scene: Scene) -> Effect:
        """See `Verb`."""
        remaining = scene.annotations.without_track(self.track_id)
        frames = scene.frames_with([self.track_id])
        return Effect(remaining, relabelled_frames(scene, frames, {self.track_id: 0}))


@dataclass(frozen=True)
class EndTrack(Verb):
    """Ends a track here: no box and no mask after this frame.

    Attributes:
        track_id: The track.
        frame_index: The last frame that may hold it, from 0.
    """

    name: ClassVar[str] = "end_track"
    track_id: int
    frame_index: int

    @property
    def summary(self) -> str:
        """See `Verb`."""
        return f"end track {self.track_id} after frame {self.frame_index}"

    def effect(self, scene: Scene) -> Effect:
        """See `Verb`."""
        check_frame(scene, self.frame_index)
        track = scene.annotations.track(self.track_id)
        ended = replace(track, keyframes=head(track.keyframes, self.frame_index + 1))
        frames = scene.frames_with([self.track_id], self.frame_index + 1)
        if ended == track and not frames:
            raise VerbRefusedError(f"Track {self.track_id} has no box and no mask after frame {self.frame_index}.")
        return Effect(scene.annotations.with_track(ended), relabelled_frames(scene, frames, {self.track_id: 0}))


@dataclass(frozen=True)
class DeleteHere(Verb):
    """Deletes a track in one frame only: no box and no mask there, every other box as it was.

    Attributes:
        track_id: The track.
        frame_index: From 0.
    """

    name: ClassVar[str] = "delete_here"
    track_id: int
    frame_index: int

    @property
    def summary(self) -> str:
        """See `Verb`."""
        return f"delete track {self.track_id} in frame {self.frame_index}"

    def effect(self, scene: Scene) -> Effect:
        """See `Verb`."""
        check_frame(scene, self.frame_index)
        track = scene.annotations.track(self.track_id)
        remaining = replace(track, keyframes=without_frame(track.keyframes, self.frame_index))
        frames = scene.frames_with([self.track_id], self.frame_index, self.frame_index + 1)
        if remaining == track and not frames:
            raise VerbRefusedError(f"Track {self.track_id} has no box and no mask in frame {self.frame_index}.")
        return Effect(scene.annotations.with_track(remaining), relabelled_frames(scene, frames, {self.track_id: 0}))


@dataclass(frozen=True)
class RenameCategory(Verb):
    """Says that a track is something else.

    Attributes:
        track_id: The track.
        category: What it is.
    """

    name: ClassVar[str] = "rename_category"
    track_id: int
    category: str

    def __post_init__(self) -> None:
        parse_category(self.category)

    @property
    def summary(self) -> str:
        """See `Verb`."""
        return f"rename category of track {self.track_id} to {self.category}"

    def effect(self, scene: Scene) -> Effect:
        """See `Verb`."""
        track = scene.annotations.track(self.track_id)
        return Effect(scene.annotations.with_track(replace(track, category=self.category)))


def relabelled_frames(scene: Scene, frames: Iterable[int], new_ids: Mapping[int, int]) -> Iterator[FrameChange]:
    """The changes in which labels become others in some frames; see `MaskFrame.relabelled`."""
    for frame_index in frames:
        yield scene.frame(frame_index).relabelled(new_ids)
