"""Verbs that say who is who: boxes, masks and what is recorded of them change their track together.

The boxes of every frame stay exactly what they were, under another track's id.
"""

from dataclasses import dataclass, replace
from typing import ClassVar

from mfvis_engine.annotation.errors import VerbRefusedError
from mfvis_engine.annotation.presence import head, interleaved, join, shared_frames, tail
from mfvis_engine.annotation.tracks import parse_track_id
from mfvis_engine.annotation.verbs.tracks import relabelled_frames
from mfvis_engine.annotation.verbs.verb import Effect, Scene, Verb, check_frame, listed


@dataclass(frozen=True)
class MergeTracks(Verb):
    """Says that two tracks are one object; a gap between them stays a gap.

    Attributes:
        track_id: The track that goes.
        into_track_id: The track that takes its boxes and masks, and keeps its own category and attributes.
    """

    name: ClassVar[str] = "merge_tracks"
    says_who: ClassVar[bool] = True
    track_id: int
    into_track_id: int

    @property
    def summary(self) -> str:
        """See `Verb`."""
        return f"merge track {self.track_id} into {self.into_track_id}"

    def effect(self, scene: Scene) -> Effect:
        """See `Verb`."""
        gone, kept = scene.annotations.track(self.track_id), scene.annotations.track(self.into_track_id)
        if gone is kept:
            raise VerbRefusedError(f"Track {self.track_id} cannot be merged into itself. Give two tracks.")
        shared = shared_frames(gone, kept)
        if shared:
            raise VerbRefusedError(
                f"Tracks {self.track_id} and {self.into_track_id} both have a box in frames {listed(shared)}, so they"
                " are two objects there. End or split one of them first."
            )
        merged = replace(kept, keyframes=interleaved(kept.keyframes, gone.keyframes))
        frames = scene.frames_with([self.track_id])
        return Effect(
            scene.annotations.without_track(self.track_id).with_track(merged),
            relabelled_frames(scene, frames, {self.track_id: self.into_track_id}),
        )


@dataclass(frozen=True)
class SplitTrack(Verb):
    """Says that a track is another object from a frame on.

    Attributes:
        track_id: The track, which keeps the frames before.
        frame_index: The first frame of the new track, from 0.
        new_track_id: An id that no track and no mask has; the new track gets category and attributes of the old.
    """

    name: ClassVar[str] = "split_track"
    says_who: ClassVar[bool] = True
    track_id: int
    frame_index: int
    new_track_id: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "new_track_id", parse_track_id(self.new_track_id))

    @property
    def summary(self) -> str:
        """See `Verb`."""
        return f"split track {self.track_id} at frame {self.frame_index} into {self.new_track_id}"

    def effect(self, scene: Scene) -> Effect:
        """See `Verb`."""
        check_frame(scene, self.frame_index)
        track = scene.annotations.track(self.track_id)
        if self.new_track_id in scene.annotations.track_ids or scene.frames_with([self.new_track_id]):
            raise VerbRefusedError(
                f"There is a track or mask with the id {self.new_track_id} already. Give the new track another id."
            )
        earlier, later = head(track.keyframes, self.frame_index), tail(track.keyframes, self.frame_index)
        before = scene.frames_with([self.track_id], 0, self.frame_index)
        after = scene.frames_with([self.track_id], self.frame_index)
        for side, keyframes, frames in (("before", earlier, before), ("from", later, after)):
            if not keyframes and not frames:
                raise VerbRefusedError(
                    f"Track {self.track_id} has no box and no mask {side} frame {self.frame_index}, so there is nothing"
                    " to split. Choose a frame within the track."
                )
        return Effect(
            scene.annotations.with_track(replace(track, keyframes=earlier)).with_track(
                replace(track, track_id=self.new_track_id, keyframes=later)
            ),
            relabelled_frames(scene, after, {self.track_id: self.new_track_id}),
        )


@dataclass(frozen=True)
class SwapTracks(Verb):
    """Says that two tracks were taken for each other from a frame on. Their categories stay.

    Attributes:
        track_id: One track.
        other_track_id: The other.
        frame_index: The first frame in which they change places, from 0.
    """

    name: ClassVar[str] = "swap_tracks"
    says_who: ClassVar[bool] = True
    track_id: int
    other_track_id: int
    frame_index: int

    @property
    def summary(self) -> str:
        """See `Verb`."""
        return f"swap tracks {self.track_id} and {self.other_track_id} from frame {self.frame_index}"

    def effect(self, scene: Scene) -> Effect:
        """See `Verb`."""
        check_frame(scene, self.frame_index)
        one, other = scene.annotations.track(self.track_id), scene.annotations.track(self.other_track_id)
        if one is other:
            raise VerbRefusedError(f"Track {self.track_id} cannot be swapped with itself. Give two tracks.")
        of_one, of_other = tail(one.keyframes, self.frame_index), tail(other.keyframes, self.frame_index)
        frames = scene.frames_with([self.track_id, self.other_track_id], self.frame_index)
        if not (of_one or of_other or frames):
            raise VerbRefusedError(
                f"Neither track {self.track_id} nor {self.other_track_id} has a box or mask from frame"
                f" {self.frame_index} on, so there is nothing to swap. Choose an earlier frame."
            )
        swapped = (
            replace(one, keyframes=join(head(one.keyframes, self.frame_index), of_other)),
            replace(other, keyframes=join(head(other.keyframes, self.frame_index), of_one)),
        )
        return Effect(
            scene.annotations.with_track(swapped[0]).with_track(swapped[1]),
            relabelled_frames(
                scene,
                frames,
                {self.track_id: self.other_track_id, self.other_track_id: self.track_id},
            ),
        )
