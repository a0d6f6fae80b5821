"""Verbs on the keyframes of a track."""

from dataclasses import dataclass, replace
from typing import ClassVar

from mfvis_engine.annotation.errors import VerbRefusedError
from mfvis_engine.annotation.presence import standing_keyframe
from mfvis_engine.annotation.tracks import BoxXyxy, Keyframe, KeyframeOrigin, Track, parse_box_xyxy
from mfvis_engine.annotation.verbs.verb import Effect, Scene, Verb, check_frame


@dataclass(frozen=True)
class AddKeyframe(Verb):
    """Makes a keyframe where a track has none.

    Attributes:
        track_id: The track.
        frame_index: From 0.
        box_xyxy: The box; None for the interpolated one as it stands, which the person so approves.
    """

    name: ClassVar[str] = "add_keyframe"
    track_id: int
    frame_index: int
    box_xyxy: BoxXyxy | None = None

    def __post_init__(self) -> None:
        if self.box_xyxy is not None:
            object.__setattr__(self, "box_xyxy", parse_box_xyxy(self.box_xyxy))

    @property
    def summary(self) -> str:
        """See `Verb`."""
        return f"add keyframe of track {self.track_id} in frame {self.frame_index}"

    def effect(self, scene: Scene) -> Effect:
        """See `Verb`."""
        track = _track(scene, self.track_id, self.frame_index)
        if track.keyframe(self.frame_index) is not None:
            raise VerbRefusedError(
                f"Track {self.track_id} has a keyframe in frame {self.frame_index} already. Set its box instead."
            )
        keyframe = standing_keyframe(track.keyframes, self.frame_index)
        if self.box_xyxy is not None:
            keyframe = replace(keyframe or Keyframe(self.frame_index, self.box_xyxy), box_xyxy=self.box_xyxy)
        if keyframe is None:
            raise _absent(self.track_id, self.frame_index, "Give the keyframe a box.")
        drawn = replace(keyframe, origin=KeyframeOrigin.DRAWN)
        return Effect(scene.annotations.with_track(track.with_keyframe(drawn)))


@dataclass(frozen=True)
class SetBox(Verb):
    """Moves or resizes the box of a track in a frame; makes a keyframe there if there was none.

    Attributes:
        track_id: The track.
        frame_index: From 0.
        box_xyxy: The box; the object is there.
    """

    name: ClassVar[str] = "set_box"
    track_id: int
    frame_index: int
    box_xyxy: BoxXyxy

    def __post_init__(self) -> None:
        object.__setattr__(self, "box_xyxy", parse_box_xyxy(self.box_xyxy))

    @property
    def summary(self) -> str:
        """See `Verb`."""
        return f"set box of track {self.track_id} in frame {self.frame_index}"

    def effect(self, scene: Scene) -> Effect:
        """See `Verb`."""
        track = _track(scene, self.track_id, self.frame_index)
        keyframe = track.keyframe(self.frame_index) or standing_keyframe(track.keyframes, self.frame_index)
        keyframe = keyframe or Keyframe(self.frame_index, self.box_xyxy)
        drawn = replace(keyframe, box_xyxy=self.box_xyxy, outside=False, origin=KeyframeOrigin.DRAWN)
        return Effect(scene.annotations.with_track(track.with_keyframe(drawn)))


@dataclass(frozen=True)
class DeleteKeyframe(Verb):
    """Takes a keyframe away; the boxes around it follow from those that remain.

    Attributes:
        track_id: The track.
        frame_index: From 0.
    """

    name: ClassVar[str] = "delete_keyframe"
    track_id: int
    frame_index: int

    @property
    def summary(self) -> str:
        """See `Verb`."""
        return f"delete keyframe of track {self.track_id} in frame {self.frame_index}"

    def effect(self, scene: Scene) -> Effect:
        """See `Verb`."""
        track = _track(scene, self.track_id, self.frame_index)
        if track.keyframe(self.frame_index) is None:
            raise VerbRefusedError(
                f"Track {self.track_id} has no keyframe in frame {self.frame_index}. To take an interpolated box"
                " away, delete the track here or set it outside."
            )
        return Effect(scene.annotations.with_track(track.without_keyframe(self.frame_index)))


@dataclass(frozen=True)
class SetOutside(Verb):
    """Says that the object is gone from a frame until the next keyframe, or that it is there after all.

    Makes a keyframe there if there was none; after the last box too, so that no line leads from that to a later one.

    Attributes:
        track_id: The track.
        frame_index: From 0.
        outside: Whether it is gone.
    """

    name: ClassVar[str] = "set_outside"
    track_id: int
    frame_index: int
    outside: bool = True

    @property
    def summary(self) -> str:
        """See `Verb`."""
        return f"set track {self.track_id} {'outside' if self.outside else 'inside'} from frame {self.frame_index}"

    def effect(self, scene: Scene) -> Effect:
        """See `Verb`."""
        track = _track(scene, self.track_id, self.frame_index)
        keyframe = track.keyframe(self.frame_index) or standing_keyframe(track.keyframes, self.frame_index)
        if keyframe is None and self.outside:
            keyframe = _continued(track, self.frame_index)
        if keyframe is None:
            raise _absent(self.track_id, self.frame_index, "Set a box there to say that it is there.")
        changed = replace(keyframe, outside=self.outside)
        return Effect(scene.annotations.with_track(track.with_keyframe(changed)))


@dataclass(frozen=True)
class SetOccluded(Verb):
    """Says that the object is hidden from a frame until the next keyframe, or that it can be seen.

    Makes a keyframe there if there was none.

    Attributes:
        track_id: The track.
        frame_index: From 0.
        occluded: Whether it is hidden.
    """

    name: ClassVar[str] = "set_occluded"
    track_id: int
    frame_index: int
    occluded: bool = True

    @property
    def summary(self) -> str:
        """See `Verb`."""
        return f"set track {self.track_id} {'occluded' if self.occluded else 'visible'} from frame {self.frame_index}"

    def effect(self, scene: Scene) -> Effect:
        """See `Verb`."""
        track = _track(scene, self.track_id, self.frame_index)
        keyframe = standing_keyframe(track.keyframes, self.frame_index)
        if keyframe is None:
            raise _absent(self.track_id, self.frame_index, "Only an object that is there can be occluded.")
        changed = replace(keyframe, occluded=self.occluded)
        return Effect(scene.annotations.with_track(track.with_keyframe(changed)))


def _track(scene: Scene, track_id: int, frame_index: int) -> Track:
    check_frame(scene, frame_index)
    return scene.annotations.track(track_id)


def _continued(track: Track, frame_index: int) -> Keyframe | None:
    """The last box as it would stand after its frame; None where the track has left, or goes on."""
    last = track.keyframes[-1] if track.keyframes else None
    if last is None or last.outside or last.frame_index > frame_index:
        return None
    return replace(last, frame_index=frame_index, origin=KeyframeOrigin.INTERPOLATED)


def _absent(track_id: int, frame_index: int, remedy: str) -> VerbRefusedError:
    return VerbRefusedError(f"Track {track_id} has no box in frame {frame_index}. {remedy}")
