"""Which clips are learned from: frames near each other, drawn at random from videos drawn at random."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import torch
from numpy.typing import NDArray

from mfvis_engine.errors import MfvisError
from mfvis_engine.training.vis.clips import Clip, ClipTargets
from mfvis_engine.training.vis.labelled_video import LabelledSet, LabelledVideo
from mfvis_engine.training.vis.resizing import Resizing

_ATTEMPTS = 10
"""Clips drawn until one shows an object; after that, one without is learned from."""


class NoClipsError(MfvisError):
    """There are no frames to make clips of."""


class ClipSettingsError(MfvisError):
    """Clips cannot be made like this."""


class FrameOrder(StrEnum):
    """The order of a clip's frames: as they were filmed, or any."""

    ORDERED = "ordered"
    SHUFFLED = "shuffled"


@dataclass(frozen=True)
class ClipSettings:
    """How clips are made.

    Attributes:
        frames: T, in a clip.
        frame_range: How far from the frame drawn first the others lie, at the most.
        order: Of the frames.
        repeat_frames: Draw the frames besides the first with replacement, as the released code does. Otherwise one is
            only there twice where there are too few.
        short_sides: In pixels; one of them is drawn for each clip.
        max_long_side: In pixels; None for no limit. Clips that would be longer become smaller.
        flip_probability: Of a clip to be mirrored, all frames alike.
        objects_at_most: Kept of a clip, drawn at random; the others count as background. None for all.

    Raises:
        ClipSettingsError: A number is out of range.
    """

    frames: int = 5
    frame_range: int = 20
    order: FrameOrder = FrameOrder.ORDERED
    repeat_frames: bool = False
    short_sides: tuple[int, ...] = (360, 480)
    max_long_side: int | None = 1333
    flip_probability: float = 0.5
    objects_at_most: int | None = None

    def __post_init__(self) -> None:
        at_least = (("frames", self.frames, 1), ("frame_range", self.frame_range, 0))
        limits = (("max_long_side", self.max_long_side), ("objects_at_most", self.objects_at_most))
        for name, value, least in (*at_least, *((name, value, 1) for name, value in limits if value is not None)):
            if value < least:
                raise ClipSettingsError(f"{name} of a clip must be at least {least}. Got {value}.")
        if not self.short_sides or min(self.short_sides) < 1:
            raise ClipSettingsError(
                f"short_sides of clips must be one or more, of 1 px or more. Got {self.short_sides}."
            )
        if not 0 <= self.flip_probability <= 1:
            raise ClipSettingsError(f"flip_probability must lie in 0..1. Got {self.flip_probability}.")


@dataclass(frozen=True)
class ClipPlan:
    """What a clip is made of.

    Attributes:
        video_index: In the set.
        frame_indices: T of the video, in the order of the clip.
        rows: Objects of the video that have a box in one of them.
        resizing: To the size of the clip.
    """

    video_index: int
    frame_indices: tuple[int, ...]
    rows: tuple[int, ...]
    resizing: Resizing


class ClipSampler:
    """Clips of a set by their number: the same number gives the same clip, in any process. Threads may share it.

    Each video with an annotated frame is equally likely, as is each annotated frame of it to be the first drawn.
    """

    def __init__(self, labelled: LabelledSet, settings: ClipSettings, seed: int) -> None:
        """Takes the videos that can be used.

        Args:
            labelled: The videos.
            settings: How clips are made.
            seed: From 0; of all that is drawn.

        Raises:
            NoClipsError: No video has an annotated frame.
        """
        self.labelled, self.settings, self.seed = labelled, settings, seed
        self._usable = tuple(i for i, video in enumerate(labelled.videos) if video.annotated.any())
        self._locks = tuple(threading.Lock() for _ in labelled.videos)
        if not self._usable:
            raise NoClipsError(
                f"None of {len(labelled.videos)} videos has an annotated frame. Draw or import boxes, then train."
            )

    def clip(self, index: int) -> Clip:
        """Clip `index`, from 0.

        Raises:
            MfvisError: A frame of the video cannot be read.
        """
        plan = self.plan(index)
        video = self.labelled.videos[plan.video_index]
        with self._locks[plan.video_index]:
            frames = {t: video.read_frame(t) for t in sorted(set(plan.frame_indices))}
            masks = {t: video.read_masks(t) for t in frames}
        frames_rgb = plan.resizing.frames(np.stack([frames[t] for t in plan.frame_indices]))
        return Clip(frames_rgb, _targets(video, plan, masks))

    def plan(self, index: int) -> ClipPlan:
        """What clip `index` is made of; no frame is read."""
        rng = np.random.default_rng((self.seed, index))
        for _ in range(_ATTEMPTS):
            plan = self._drawn(rng)
            if plan.rows:
                break
        return plan

    def _drawn(self, rng: np.random.Generator) -> ClipPlan:
        settings = self.settings
        video_index = self._usable[int(rng.integers(len(self._usable)))]
        video = self.labelled.videos[video_index]
        frame_indices = _drawn_frames(video.annotated, settings, rng)
        short_side = int(rng.choice(settings.short_sides))
        flipped = bool(rng.random() < settings.flip_probability)
        resizing = Resizing.to_short_side(video.size_hw, short_side, settings.max_long_side, flipped=flipped)
        _, present = resizing.boxes(video.boxes_xyxy[:, list(frame_indices)])
        rows = np.flatnonzero(present.any(1))
        if settings.objects_at_most is not None and len(rows) > settings.objects_at_most:
            rows = np.sort(rng.choice(rows, settings.objects_at_most, replace=False))
        return ClipPlan(video_index, frame_indices, tuple(rows.tolist()), resizing)


def _drawn_frames(annotated: NDArray[np.bool_], settings: ClipSettings, rng: np.random.Generator) -> tuple[int, ...]:
    """A reference frame and others near it."""
    known = np.flatnonzero(annotated)
    reference = int(rng.choice(known))
    near = known[(np.abs(known - reference) <= settings.frame_range) & (known != reference)]
    count = settings.frames - 1
    if not len(near):
        others = np.full(count, reference)
    elif settings.repeat_frames:
        others = rng.choice(near, count)
    else:
        every = np.append(near, reference)  # again and again where there are too few
        rounds = [rng.permutation(near), *(rng.permutation(every) for _ in range(count // len(every) + 1))]
        others = np.concatenate(rounds)[:count]
    chosen = np.sort(np.append(others, reference))
    if settings.order is FrameOrder.SHUFFLED:
        rng.shuffle(chosen)
    return tuple(chosen.tolist())


def _targets(video: LabelledVideo, plan: ClipPlan, masks: Mapping[int, Mapping[int, NDArray[np.bool_]]]) -> ClipTargets:
    """The objects of a clip; one whose mask is known to be empty is absent."""
    rows = list(plan.rows)
    boxes_xyxy, present = plan.resizing.boxes(video.boxes_xyxy[rows][:, list(plan.frame_indices)])
    known: dict[tuple[int, int], NDArray[np.bool_]] = {}
    for n, k in np.argwhere(present).tolist():
        mask = masks[plan.frame_indices[k]].get(rows[n])
        if mask is None:
            continue
        if mask.any():
            known[n, k] = mask
        else:
            boxes_xyxy[n, k], present[n, k] = 0, False
    size_hw = plan.resizing.to_hw if known else (0, 0)
    placed = torch.zeros((len(rows), len(plan.frame_indices), *size_hw), dtype=torch.uint8)
    has_mask = torch.zeros(placed.shape[:2], dtype=torch.bool)
    for (n, k), mask in known.items():
        placed[n, k] = plan.resizing.mask(mask)
        has_mask[n, k] = placed[n, k].any()  # which the smallest do not survive
    targets = ClipTargets(
        torch.from_numpy(video.class_index[rows].astype(np.int64)),
        torch.from_numpy(boxes_xyxy),
        torch.from_numpy(present),
        placed,
        has_mask,
    )
    return _without_absent(targets)


def _without_absent(targets: ClipTargets) -> ClipTargets:
    seen = targets.present.any(1)
    return targets if seen.all() else ClipTargets(*(value[seen] for value in vars(targets).values()))
