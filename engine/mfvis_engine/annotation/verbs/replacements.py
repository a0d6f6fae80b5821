"""Verbs that bring annotations and masks in from elsewhere."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from mfvis_engine.annotation.errors import InvalidFrameError, InvalidLabelsError, UnknownTrackError, VerbRefusedError
from mfvis_engine.annotation.mask_frame import FrameChange, MaskFrame
from mfvis_engine.annotation.mask_patch import Labels, labels_in
from mfvis_engine.annotation.mask_state import MaskOrigin, MaskState
from mfvis_engine.annotation.merging import merged_frame
from mfvis_engine.annotation.tracks import Annotations
from mfvis_engine.annotation.verbs.plain import track_of
from mfvis_engine.annotation.verbs.verb import (
    NOT_AN_ARGUMENT,
    Effect,
    Scene,
    Verb,
    check_frame,
    check_keyframes_fit,
    listed,
)


@dataclass(frozen=True)
class ReplaceAnnotations(Verb):
    """Puts other tracks in the place of all there are; masks stay.

    Attributes:
        annotations: The tracks.
        source: Where they are from, such as the name of a file; empty where nobody said.
    """

    name: ClassVar[str] = "replace_annotations"
    says_who: ClassVar[bool] = True
    annotations: Annotations
    source: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.annotations, Annotations):
            object.__setattr__(self, "annotations", Annotations(tuple(map(track_of, self.annotations))))

    @property
    def summary(self) -> str:
        """See `Verb`."""
        return f"import {self.source}" if self.source else "replace all tracks"

    def effect(self, scene: Scene) -> Effect:
        """See `Verb`."""
        check_keyframes_fit(scene, self.annotations)
        return Effect(self.annotations)


@dataclass(frozen=True)
class ImportMasks(Verb):
    """Takes masks over from a file; from then on they are a person's work, which no machine writes over.

    Of each frame only the tracks that occur in it are taken over. What a person edited or verified is kept, unless
    `replace` says otherwise.

    Attributes:
        source: Where they are from, such as the name of a file.
        replace: Put them also in the place of what a person did.
        frames: Pairs of frame index and labels (H, W), ascending, walked through once. Not recorded with the verb: the
            pixels are in the log as the changes they made.
    """

    name: ClassVar[str] = "import_masks"
    source: str
    replace: bool = False
    frames: Iterable[tuple[int, Labels]] | None = field(default=None, compare=False, metadata=NOT_AN_ARGUMENT)

    @property
    def summary(self) -> str:
        """See `Verb`."""
        return f"import masks of {self.source}"

    def effect(self, scene: Scene) -> Effect:
        """See `Verb`."""
        return Effect(scene.annotations, self._changes(scene, self._given_frames(), scene.annotations))

    def _given_frames(self) -> Iterable[tuple[int, Labels]]:
        if self.frames is None:
            raise VerbRefusedError(f"The masks of {self.source} are not recorded with the verb. Read the file again.")
        return self.frames

    def _changes(
        self, scene: Scene, frames: Iterable[tuple[int, Labels]], annotations: Annotations
    ) -> Iterator[FrameChange]:
        last = -1
        for frame_index, labels in frames:
            check_frame(scene, frame_index)
            if frame_index <= last:
                raise InvalidFrameError(
                    f"{self.source} gives frame {frame_index} after frame {last}. Give each once, in order."
                )
            last = frame_index
            if labels.shape != (scene.height, scene.width):
                raise InvalidLabelsError(
                    f"The masks of frame {frame_index} in {self.source} have shape {labels.shape}; the video's frames"
                    f" are {scene.height} x {scene.width} (height x width)."
                )
            found = labels_in(labels)
            unknown = sorted(set(found) - set(annotations.track_ids))
            if unknown:
                raise UnknownTrackError(
                    f"Frame {frame_index} of {self.source} has masks of {listed(unknown)}, which are no tracks here."
                    " Make the tracks first."
                )
            yield self._imported(scene.frame(frame_index), labels, found)

    def _imported(self, frame: MaskFrame, labels: Labels, found: Sequence[int]) -> FrameChange:
        if self.replace:
            states = {**frame.states, **{i: MaskState(i, frame.frame_index, MaskOrigin.IMPORTED) for i in found}}
            cleared = frame.labels.copy()
            for track_id in found:
                cleared[cleared == track_id] = 0
            cleared[labels > 0] = labels[labels > 0]
            return frame.changed(states, cleared, written_ids=tuple(found))
        return merged_frame(frame, labels, tuple(found), origin=MaskOrigin.IMPORTED)


@dataclass(frozen=True)
class ImportFile(ImportMasks):
    """Takes tracks and masks over from a file as one change; of the masks, see `ImportMasks`.

    Attributes:
        annotations: All tracks there are to be afterwards.
    """

    name: ClassVar[str] = "import_file"
    says_who: ClassVar[bool] = True
    annotations: Annotations = field(default_factory=Annotations)

    def __post_init__(self) -> None:
        if not isinstance(self.annotations, Annotations):
            object.__setattr__(self, "annotations", Annotations(tuple(map(track_of, self.annotations))))

    @property
    def summary(self) -> str:
        """See `Verb`."""
        return f"import {self.source}"

    def effect(self, scene: Scene) -> Effect:
        """See `Verb`."""
        check_keyframes_fit(scene, self.annotations)
        return Effect(self.annotations, self._changes(scene, self._given_frames(), self.annotations))
