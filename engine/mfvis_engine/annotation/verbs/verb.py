"""What a verb is, what it may look at, and what it says."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import ClassVar, Protocol

from mfvis_engine.annotation.errors import InvalidFrameError
from mfvis_engine.annotation.mask_frame import FrameChange, MaskFrame
from mfvis_engine.annotation.mask_patch import Labels
from mfvis_engine.annotation.proposed_tracks import ProposedTrack, Verdicts
from mfvis_engine.annotation.tracks import Annotations
from mfvis_engine.annotation.verbs.plain import Plain, to_plain

NOT_AN_ARGUMENT = {"argument": False}
"""Metadata of a field that is not recorded with the verb."""


class Proposals(Protocol):
    """Masks of a run, frame by frame."""

    @property
    def track_ids(self) -> tuple[int, ...]:
        """The tracks that masks are proposed for, ascending."""

    @property
    def proposed_tracks(self) -> tuple[ProposedTrack, ...]:
        """Those among them that are no tracks of a person's, by id."""

    def done(self) -> Sequence[int]:
        """The frames whose proposals are there, ascending."""

    def read_masks(self, frame_index: int) -> Labels:
        """The proposals of a frame, (H, W) track ids."""


class Scene(Protocol):
    """A video's annotations and masks as they stand, before a verb."""

    @property
    def length(self) -> int:
        """Number of frames."""

    @property
    def height(self) -> int:
        """Of a frame, in pixels."""

    @property
    def width(self) -> int:
        """Of a frame, in pixels."""

    @property
    def annotations(self) -> Annotations:
        """The tracks."""

    def frame(self, frame_index: int) -> MaskFrame:
        """The masks of a frame."""

    def frames_with(self, track_ids: Iterable[int], start: int = 0, stop: int | None = None) -> Sequence[int]:
        """The frames from `start` up to `stop` that hold a mask or state of one of the tracks, ascending."""

    def frames_of_run(self, run_id: str) -> Sequence[int]:
        """The frames that hold a mask predicted by a run, ascending."""

    def proposals(self, run_id: str) -> Proposals:
        """The masks a run proposes; raises where there is no such run."""

    def verdicts(self, run_id: str) -> Verdicts:
        """What a person said of the tracks that a run proposes."""

    def reidentified(self, run_id: str) -> Mapping[int, str]:
        """The tracks of a run whose id was another object's when it was made, each with what changed that, in words.

        Of a proposal that was adopted, it is the track it became, and whether that is still the same object.
        """


@dataclass(frozen=True)
class Effect:
    """What a verb does.

    Attributes:
        annotations: The tracks afterwards.
        frames: The changes of masks, at most one a frame; made while they are walked through, so that only one frame
            is in memory.
    """

    annotations: Annotations
    frames: Iterable[FrameChange] = ()


class Verb(ABC):
    """One thing a person does to a project: a frozen dataclass of plain values.

    Attributes:
        name: What the log calls it.
        says_who: Whether it says who a track is, so that what was proposed for its id before is not for it any more.
        only_says: Whether it is logged although it changes neither tracks nor masks.
    """

    name: ClassVar[str]
    says_who: ClassVar[bool] = False
    only_says: ClassVar[bool] = False

    @property
    @abstractmethod
    def summary(self) -> str:
        """One line for the log and for menus: "merge track 5 into 3"."""

    @abstractmethod
    def effect(self, scene: Scene) -> Effect:
        """What the verb does as things stand; changes nothing.

        Raises:
            AnnotationError: It cannot be done; every precondition is checked before this returns.
        """

    def arguments(self) -> Mapping[str, Plain]:
        """The verb's fields as JSON values; `verb_of` makes an equal verb of them."""
        recorded = (one for one in fields(self) if one.metadata != NOT_AN_ARGUMENT)  # type: ignore[arg-type]
        return {one.name: to_plain(getattr(self, one.name)) for one in recorded}


def check_frame(scene: Scene, frame_index: int) -> None:
    """Raises InvalidFrameError where the video has no such frame."""
    if not 0 <= frame_index < scene.length:
        raise InvalidFrameError(f"Frame {frame_index} is outside the video's frames 0 to {scene.length - 1}.")


def check_keyframes_fit(scene: Scene, annotations: Annotations) -> None:
    """Raises InvalidFrameError where a keyframe lies past the end of the video."""
    for track in annotations.tracks:
        last = track.keyframes[-1].frame_index if track.keyframes else 0
        if last >= scene.length:
            raise InvalidFrameError(
                f"Track {track.track_id} has a keyframe in frame {last}; the last frame of the video is"
                f" {scene.length - 1}. Were the boxes drawn in another video?"
            )


def listed(numbers: Sequence[int]) -> str:
    """Numbers for a message: "1, 2, 3 and 7 more"."""
    shown = ", ".join(map(str, numbers[:10]))
    return shown + (f" and {len(numbers) - 10} more" if len(numbers) > 10 else "")
