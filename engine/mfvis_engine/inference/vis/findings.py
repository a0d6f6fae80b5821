"""What is found in a video, beside the tracks that are known in it: a label a pixel, new tracks with keyframes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.annotation import DenseBoxes, ProposedTrack, keyframes_of_boxes
from mfvis_engine.errors import MfvisError
from mfvis_engine.inference.vis.found import FoundTrack
from mfvis_engine.inference.vis.known_tracks import KnownMatches, apply_known, match_known
from mfvis_engine.inference.vis.label_image import KeptTrack, label_image
from mfvis_engine.inference.vis.predict import predict_tracks
from mfvis_engine.inference.vis.settings import VisInferenceSettings
from mfvis_engine.inference.vis.spool import MaskSpool
from mfvis_engine.models.crops import tight_box
from mfvis_engine.models.device import Device
from mfvis_engine.models.video_mask2former import VideoMask2Former
from mfvis_engine.training.steering import Steering
from mfvis_engine.video import VideoSource

_KEYFRAME_TOLERANCE_PX, _KEYFRAME_TOLERANCE_OF_SIDE = 1.0, 0.04
"""How far the box between two keyframes of a found track may lie from its mask's."""


class NothingFoundError(MfvisError):
    """A model found no object."""


@dataclass(frozen=True, eq=False)
class FoundLabels:
    """One frame of what was found.

    Attributes:
        frame_index: From 0.
        labels: (H, W) uint16 of track ids, 0 background.
        scores: (N,) float32, how sure the mask of each track is, in the order of `Findings.track_ids`; 0 without one.
    """

    frame_index: int
    labels: NDArray[np.uint16]
    scores: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Findings:
    """The objects of a video that are seen in some frame.

    Attributes:
        known_ids: Annotated tracks among them, ascending.
        proposed: New ones, under ids that no annotated track has.
    """

    known_ids: tuple[int, ...]
    proposed: tuple[ProposedTrack, ...]
    _spool: MaskSpool
    _matches: KnownMatches
    _kept: tuple[KeptTrack, ...]

    @property
    def track_ids(self) -> NDArray[np.int64]:
        """(N,) all of them, ascending."""
        return np.array(sorted((*self.known_ids, *(track.track_id for track in self.proposed))), np.int64)

    def frames(self, heed: Callable[[], None] = lambda: None) -> Iterator[FoundLabels]:
        """All frames in order, while the spool is open; `heed` is called before each."""
        ids = self.track_ids
        for frame_index, labels, score_of in _labelled(self._spool, self._matches, self._kept, heed):
            seen = set(np.unique(labels).tolist())
            scores = [score_of[track_id] if track_id in seen else 0.0 for track_id in ids.tolist()]
            yield FoundLabels(frame_index, labels, np.asarray(scores, np.float32))


def find_objects(
    model: VideoMask2Former,
    video: VideoSource,
    known: DenseBoxes,
    settings: VisInferenceSettings,
    device: Device,
    spool: MaskSpool,
    *,
    min_score: float,
    steering: Steering | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Findings:
    """Finds the objects of a video; memory does not grow with its length.

    Objects that lie on known tracks are these, their masks clipped to the boxes.

    Args:
        model: On `device`, ready for inference.
        video: T frames.
        known: The boxes of the tracks that are known in it.
        settings: How it is looked at.
        device: Where the model is.
        spool: Keeps the masks; empty, and open for as long as frames are wanted.
        min_score: Of a new object, at the least.
        steering: Its `heed` is called before each forward pass and each frame.
        on_progress: Told of frames looked at, and of all.

    Raises:
        NothingFoundError: There is no object that is sure enough.
        MfvisError: As `predict_tracks` and `MaskSpool`.
    """
    heed = (steering or Steering()).heed
    prediction = predict_tracks(model, video, settings, device, steering=steering, on_progress=on_progress)
    for frame in prediction:
        spool.append(frame)
    class_names = model.config.class_names
    matches = match_known(spool, prediction.tracks, known, class_names)
    kept = matches.kept(prediction.tracks, min_score)
    boxes = _boxes(spool, matches, kept, video.length, heed)
    new_ids = {matches.new_id(number) for number in matches.new_numbers}
    known_ids = tuple(sorted(label for label in boxes if label not in new_ids))
    proposed = tuple(_proposed(prediction.tracks, matches, boxes, class_names))
    if not (known_ids or proposed):
        raise NothingFoundError(_why_nothing(prediction.tracks, min_score))
    return Findings(known_ids, proposed, spool, matches, kept)


def _why_nothing(tracks: Sequence[FoundTrack], min_score: float) -> str:
    longer = "train the model longer or with more videos"
    if not tracks:
        return f"No object is seen in any frame. Look whether the model knows what is shown, or {longer}."
    best = max(track.score for track in tracks)
    return (
        f"No object scores {min_score:g} or more; the best of {len(tracks)} has {best:.3f}. Ask for a lower score, or"
        f" {longer}."
    )


def _labelled(
    spool: MaskSpool, matches: KnownMatches, kept: tuple[KeptTrack, ...], heed: Callable[[], None]
) -> Iterator[tuple[int, NDArray[np.uint16], dict[int, float]]]:
    """Index, labels, and how sure each mask is, of all frames."""
    for spooled in spool:
        heed()
        frame = apply_known(spooled.decode(), matches)
        scores = dict(zip(frame.track_numbers.tolist(), frame.scores.tolist(), strict=True))
        yield frame.frame_index, label_image(frame, kept), scores


def _boxes(
    spool: MaskSpool, matches: KnownMatches, kept: tuple[KeptTrack, ...], length: int, heed: Callable[[], None]
) -> dict[int, NDArray[np.float32]]:
    """The boxes (T, 4) around the masks by label, of those seen; NaN where there is none."""
    boxes: dict[int, NDArray[np.float32]] = {}
    for frame_index, labels, _ in _labelled(spool, matches, kept, heed):
        for label in np.unique(labels[labels > 0]).tolist():
            of_label = boxes.setdefault(label, np.full((length, 4), np.nan, np.float32))
            of_label[frame_index] = tight_box(labels == label)
    return boxes


def _proposed(
    tracks: tuple[FoundTrack, ...],
    matches: KnownMatches,
    boxes: dict[int, NDArray[np.float32]],
    class_names: tuple[str, ...],
) -> Iterator[ProposedTrack]:
    """The new tracks, with their boxes thinned to keyframes."""
    by_number = {track.track_number: track for track in tracks}
    for number in matches.new_numbers:
        label, track = matches.new_id(number), by_number[number]
        if label in boxes:
            keyframes = keyframes_of_boxes(
                boxes[label], _KEYFRAME_TOLERANCE_PX, tolerance_of_side=_KEYFRAME_TOLERANCE_OF_SIDE
            )
            yield ProposedTrack(label, class_names[track.class_index], min(1.0, max(0.0, track.score)), keyframes)
