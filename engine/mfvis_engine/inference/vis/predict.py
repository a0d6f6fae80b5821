"""Finds, tracks and segments the objects of a video of any length."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch

from mfvis_engine.errors import MfvisError
from mfvis_engine.inference.vis.candidates import pick_candidates
from mfvis_engine.inference.vis.clip_model import ClipModel
from mfvis_engine.inference.vis.found import FoundTrack, VisFrame
from mfvis_engine.inference.vis.frame_features import FeatureReader
from mfvis_engine.inference.vis.frame_grid import FrameGrid
from mfvis_engine.inference.vis.joining import FrameLogits, TrackJoiner, TrackScores
from mfvis_engine.inference.vis.settings import VisInferenceSettings
from mfvis_engine.inference.vis.windows import plan_windows
from mfvis_engine.models.crops import tight_box
from mfvis_engine.models.device import Device
from mfvis_engine.models.video_mask2former.pixel_decoder import FrameFeatures
from mfvis_engine.models.video_mask2former.predictions import ClipPrediction
from mfvis_engine.training.steering import Steering
from mfvis_engine.video import VideoSource

_MASKS_AT_ONCE = 4
"""Masks upsampled together, at the size of the video."""


class TracksNotKnownError(MfvisError):
    """The tracks of a prediction were asked for before its last frame."""


@dataclass
class _Presence:
    """In which frames a track was seen."""

    first_frame: int
    last_frame: int
    frame_count: int


class TrackPrediction(Iterator[VisFrame]):
    """The frames of a video in order, each once; after the last one, `tracks`."""

    def __init__(self, frames: Iterator[FrameLogits], joiner: TrackJoiner, grid: FrameGrid) -> None:
        self._frames, self._joiner, self._grid = frames, joiner, grid
        self._presence: dict[int, _Presence] = {}
        self._tracks: tuple[FoundTrack, ...] | None = None

    def __next__(self) -> VisFrame:
        try:
            frame = _seen(next(self._frames), self._grid, self._joiner.mask_logit)
        except StopIteration:
            self._tracks = tuple(self._found())
            raise
        for number in frame.track_numbers.tolist():
            presence = self._presence.setdefault(number, _Presence(frame.frame_index, 0, 0))
            presence.last_frame = frame.frame_index
            presence.frame_count += 1
        return frame

    @property
    def tracks(self) -> tuple[FoundTrack, ...]:
        """The tracks that are seen in some frame, by number.

        Raises:
            TracksNotKnownError: Not all frames were taken yet; scores are means over the whole video.
        """
        if self._tracks is None:
            raise TracksNotKnownError(
                "The tracks of a video are known after its last frame: take all frames first, into a MaskSpool where "
                "they are needed again."
            )
        return self._tracks

    def _found(self) -> Iterator[FoundTrack]:
        for scores in self._joiner.track_scores():
            if scores.track_number in self._presence:
                yield _found_track(scores, self._presence[scores.track_number])


def predict_tracks(
    model: ClipModel,
    video: VideoSource,
    settings: VisInferenceSettings,
    device: Device,
    *,
    steering: Steering | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> TrackPrediction:
    """Finds the objects of a video; memory does not grow with its length unless the settings say so.

    Args:
        model: On `device`, ready for inference.
        video: T frames.
        settings: How it is asked.
        device: Where the model is.
        steering: Its `heed` is called before each forward pass and each frame.
        on_progress: Called after each window with the number of frames looked at, and T.

    Raises:
        LogitGridError: While frames are taken: the model's logits are not at stride 4 of the padded frames.
        VideoError: The same: a frame cannot be read.
    """
    grid = FrameGrid.of(video, settings.short_side)
    joiner = TrackJoiner(settings.join, settings.mask_logit)
    windows = plan_windows(video.length, settings.window_frames, settings.overlap_frames)
    heed = (steering or Steering()).heed
    reader = FeatureReader(model, video, grid, device, settings.frames_at_once, heed)

    def frames() -> Iterator[FrameLogits]:
        for number, window in enumerate(windows, start=1):
            prediction = _look(model, reader.read(window), len(window), device)
            grid.check(prediction.final.mask_logits)
            joiner.join(window, pick_candidates(prediction, settings))
            del prediction
            if on_progress:
                on_progress(window.stop, video.length)
            for frame in joiner.release(windows[number].start if number < len(windows) else window.stop):
                heed()
                yield frame

    return TrackPrediction(frames(), joiner, grid)


@torch.inference_mode()
def _look(model: ClipModel, features: FrameFeatures, frame_count: int, device: Device) -> ClipPrediction:
    with device.autocast():
        return model.decode(features, 1, frame_count, deep_supervision=False)


@torch.inference_mode()
def _seen(frame: FrameLogits, grid: FrameGrid, mask_logit: float) -> VisFrame:
    """The masks of a frame at the video's size; of tracks that have one."""
    above = (frame.mask_logits > mask_logit).flatten(1).any(1).nonzero()[:, 0].tolist()
    numbers = np.asarray(frame.track_numbers, np.int64)[above]
    masks = np.zeros((len(above), *grid.video_hw), np.bool_)
    scores, boxes = np.zeros(len(above), np.float32), np.zeros((len(above), 4), np.float32)
    for start in range(0, len(above), _MASKS_AT_ONCE):
        rows = slice(start, start + _MASKS_AT_ONCE)
        logits = grid.upsample(frame.mask_logits[above[rows]])
        inside = logits > mask_logit
        area = inside.flatten(1).sum(1).clamp(min=1)
        scores[rows] = ((logits.sigmoid() * inside).flatten(1).sum(1) / area).cpu().numpy()
        masks[rows] = inside.cpu().numpy()
    tight = [tight_box(mask) for mask in masks]
    seen = [row for row, box in enumerate(tight) if box is not None]
    for row in seen:
        boxes[row] = tight[row]
    return VisFrame(frame.frame_index, numbers[seen], masks[seen], scores[seen], boxes[seen])


def _found_track(scores: TrackScores, presence: _Presence) -> FoundTrack:
    best = int(scores.class_scores.argmax())
    return FoundTrack(
        track_number=scores.track_number,
        class_index=best,
        score=float(scores.class_scores[best]),
        class_scores=scores.class_scores,
        first_frame=presence.first_frame,
        last_frame=presence.last_frame,
        frame_count=presence.frame_count,
    )
