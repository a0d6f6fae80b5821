"""The tubes that fine-tuning learns from: a track through three frames and one fixed window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.annotation import DenseBoxes
from mfvis_engine.models.crops import CropWindow, box_coverage, mask_limit
from mfvis_engine.models.prompted import FrameBoxes, PromptedCrops
from mfvis_engine.training.known_masks import NO_MASKS, KnownMasks
from mfvis_engine.video import VideoSource

#: Frames of a tube that are supervised; one more on either side is only seen.
SUPERVISED = 3
SEEN = SUPERVISED + 2


@dataclass(frozen=True)
class TubeSpec:
    """One track around one frame.

    Attributes:
        row: The track's row in the dense boxes.
        frame_indices: The five frames seen; the middle three are supervised.
    """

    row: int
    frame_indices: tuple[int, ...]

    @property
    def supervised(self) -> tuple[int, ...]:
        """The frames in which the mask is learned."""
        return self.frame_indices[1:-1]


@dataclass(frozen=True)
class TubeSet:
    """M tubes in memory, T = 3 supervised frames each.

    Attributes:
        crops_rgb: (M, 5, S, S, 3) uint8.
        inside: (M, 3, S, S) float32, coverage of the box.
        beside: (M, 3, S, S) float32, coverage of other tracks' boxes.
        allowed: (M, 3, S, S) bool, where the mask may be: the box, or a little more where it is a guess, and where a
            person's mask is.
        drawn: (M, 3) bool.
        masks: (M, 3, S, S) uint8, how much of a pixel a person's mask covers, of 255; 0 where there is none.
        known: (M, 3) bool, whether there is one.
    """

    crops_rgb: NDArray[np.uint8]
    inside: NDArray[np.float32]
    beside: NDArray[np.float32]
    allowed: NDArray[np.bool_]
    drawn: NDArray[np.bool_]
    masks: NDArray[np.uint8]
    known: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.crops_rgb)

    def frame(self, tubes: NDArray[np.int64], k: int) -> PromptedCrops:
        """Supervised frame k of some tubes (B,), as the network sees it."""
        return PromptedCrops(
            self.crops_rgb[tubes, k : k + SUPERVISED],
            self.inside[tubes, k],
            self.beside[tubes, k],
            self.drawn[tubes, k],
        )


def choose_tubes(
    boxes: DenseBoxes, most: int, rng: np.random.Generator, known: NDArray[np.bool_] | None = None
) -> tuple[TubeSpec, ...]:
    """At most about `most` tubes, an equal share for each track.

    Frames whose mask is `known` (N, T) come first, then drawn ones, then others; each kind is spread evenly.
    """
    share = max(1, most // max(1, len(boxes.track_ids)))
    masked = np.zeros(boxes.present.shape, np.bool_) if known is None else known & boxes.present
    specs = []
    for row, present in enumerate(boxes.present):
        kinds = (masked[row], boxes.given[row] & ~masked[row], present & ~boxes.given[row] & ~masked[row])
        chosen = np.empty(0, np.int64)
        for kind in kinds:
            chosen = np.concatenate([chosen, _spread(np.flatnonzero(kind), share - len(chosen))])
        specs += [_tube(row, int(t), present) for t in chosen]
    rng.shuffle(specs)
    return tuple(specs)


def read_tubes(
    video: VideoSource, boxes: DenseBoxes, specs: tuple[TubeSpec, ...], size: int, known: KnownMasks = NO_MASKS
) -> TubeSet:
    """Reads the tubes' crops, each frame of the video once and in order."""
    windows = [CropWindow.around(boxes.boxes_xyxy[s.row, list(s.supervised)]) for s in specs]
    crops = np.empty((len(specs), SEEN, size, size, 3), np.uint8)
    wanted: dict[int, list[tuple[int, int]]] = {}
    for m, spec in enumerate(specs):
        for k, frame_index in enumerate(spec.frame_indices):
            wanted.setdefault(frame_index, []).append((m, k))
    for frame_index in sorted(wanted):
        frame = video.frame(frame_index)
        for m, k in wanted[frame_index]:
            crops[m, k] = windows[m].read(frame, size)
    prompted = _prompted(boxes, specs, windows, crops, size)
    _put_masks(prompted, boxes, specs, windows, known)
    return prompted


def _prompted(
    boxes: DenseBoxes,
    specs: tuple[TubeSpec, ...],
    windows: list[CropWindow],
    crops: NDArray[np.uint8],
    size: int,
) -> TubeSet:
    inside = np.empty((len(specs), SUPERVISED, size, size), np.float32)
    beside, allowed = np.empty_like(inside), np.empty(inside.shape, np.bool_)
    drawn = np.empty(inside.shape[:2], np.bool_)
    for m, (spec, window) in enumerate(zip(specs, windows, strict=True)):
        for k, t in enumerate(spec.supervised):
            frame_boxes = FrameBoxes(boxes.boxes_xyxy[:, t], boxes.given[:, t])
            inside[m, k], beside[m, k] = frame_boxes.coverage(spec.row, window, size)
            drawn[m, k] = frame_boxes.drawn[spec.row]
            limit = mask_limit(frame_boxes.boxes_xyxy[spec.row], exact=bool(drawn[m, k]))
            allowed[m, k] = box_coverage(window.box_to_crop(limit[None], size), size)[0] > 0
    return TubeSet(
        crops, inside, beside, allowed, drawn, np.zeros(inside.shape, np.uint8), np.zeros(drawn.shape, np.bool_)
    )


def _put_masks(
    tubes: TubeSet, boxes: DenseBoxes, specs: tuple[TubeSpec, ...], windows: list[CropWindow], known: KnownMasks
) -> None:
    """Reads the known masks into the tubes; the mask may be where they are, even outside the box."""
    for m, (spec, window) in enumerate(zip(specs, windows, strict=True)):
        for k, t in enumerate(spec.supervised):
            mask = known.at(int(boxes.track_ids[spec.row]), t)
            if mask is not None:
                tubes.masks[m, k] = mask.crop(window, tubes.masks.shape[-1])
                tubes.known[m, k] = True
                tubes.allowed[m, k] |= tubes.masks[m, k] > 0


def _spread(frames: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    if count <= 0 or not len(frames):
        return frames[:0]
    positions = np.linspace(0, len(frames) - 1, min(count, len(frames))).round().astype(int)
    return np.asarray(frames[np.unique(positions)], np.int64)


def _tube(row: int, t: int, present: NDArray[np.bool_]) -> TubeSpec:
    """A tube near frame t whose supervised frames all have a box; one frame repeated where there are no three."""
    last = len(present) - 1
    for centre in (t, t + 1, t - 1):
        if 0 < centre < last and present[centre - 1 : centre + 2].all():
            return TubeSpec(row, tuple(int(i) for i in np.clip(np.arange(centre - 2, centre + 3), 0, last)))
    return TubeSpec(row, (t,) * SEEN)
