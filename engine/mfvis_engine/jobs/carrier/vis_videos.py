"""The clips of a job as videos to train a model for many videos from."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from mfvis_engine.formats.rle import Rle
from mfvis_engine.jobs.clip import ClipReference
from mfvis_engine.jobs.errors import ClipError
from mfvis_engine.jobs.job import LabelledClip
from mfvis_engine.jobs.proposals import FrameProposals
from mfvis_engine.training.vis.labelled_video import LabelledSet, LabelledVideo
from mfvis_engine.video import VideoSource

MOST_OPEN = 16
_ReadFrame = Callable[[int], NDArray[np.uint8]]


class OpenClips:
    """Clips that are opened when they are read; the most recently used stay open. Threads wait for one another."""

    def __init__(self, most_open: int = MOST_OPEN) -> None:
        self._most_open = most_open
        self._open: OrderedDict[Path, VideoSource] = OrderedDict()
        self._lock = threading.Lock()

    def reader(self, clip: ClipReference, path: Path) -> _ReadFrame:
        """What reads the frames (H, W, 3) of the clip that lies at `path`."""

        def read_frame(frame_index: int) -> NDArray[np.uint8]:
            with self._lock:
                if path not in self._open:
                    self._close_but(self._most_open - 1)
                    self._open[path] = clip.open(path)
                self._open.move_to_end(path)
                return self._open[path].frame(frame_index)

        return read_frame

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        with self._lock:
            self._close_but(0)

    def _close_but(self, count: int) -> None:
        while len(self._open) > count:
            self._open.popitem(last=False)[1].close()


def class_names_of(videos: Iterable[LabelledClip]) -> tuple[str, ...]:
    """The classes of all objects, sorted."""
    return tuple(sorted({category for video in videos for category in video.categories}))


def labelled_set(
    videos: Sequence[LabelledClip],
    class_names: tuple[str, ...],
    locate: Callable[[ClipReference], Path],
    opened: OpenClips,
) -> LabelledSet:
    """The clips of a job as videos to train from.

    Args:
        videos: As the job has them.
        class_names: Of the model, which knows all of theirs.
        locate: Where a clip lies on this machine.
        opened: Who opens them.

    Raises:
        ClipError: A clip cannot be had, or what is said of it does not fit it.
    """
    return LabelledSet(
        class_names,
        tuple(_labelled(video, class_names, opened.reader(video.clip, locate(video.clip))) for video in videos),
    )


def _labelled(video: LabelledClip, class_names: tuple[str, ...], read_frame: _ReadFrame) -> LabelledVideo:
    _check(video)
    count, length = len(video.categories), video.clip.length
    return LabelledVideo(
        name=video.name,
        size_hw=(video.clip.height, video.clip.width),
        read_frame=read_frame,
        class_index=np.array([class_names.index(name) for name in video.categories], np.int64),
        boxes_xyxy=np.frombuffer(video.boxes_xyxy, "<f4").reshape(count, length, 4).astype(np.float32),
        annotated=np.frombuffer(video.annotated, np.uint8) > 0,
        read_masks=_mask_reader(video.masks),
    )


def _check(video: LabelledClip) -> None:
    clip, count = video.clip, len(video.categories)
    if (len(video.boxes_xyxy), len(video.annotated)) != (16 * count * clip.length, clip.length):
        raise ClipError(
            f"{video.name} has {len(video.boxes_xyxy)} bytes of boxes and {len(video.annotated)} of annotated frames;"
            f" {count} objects in {clip.length} frames have {16 * count * clip.length} and {clip.length}. Submit again."
        )
    for masks in video.masks:
        fits = masks.frame_index in range(clip.length) and (masks.height, masks.width) == (clip.height, clip.width)
        if not fits or not all(1 <= row <= count for row in masks.track_ids):
            raise ClipError(
                f"{video.name} has masks of frame {masks.frame_index}, {masks.height} x {masks.width} pixels (height x"
                f" width), of the objects {list(masks.track_ids)}; it has {clip.length} frames of {clip.height} x"
                f" {clip.width} and {count} objects. Leave them out."
            )


def _mask_reader(frames: Iterable[FrameProposals]) -> Callable[[int], Mapping[int, NDArray[np.bool_]]]:
    by_frame = {masks.frame_index: masks for masks in frames}

    def read_masks(frame_index: int) -> Mapping[int, NDArray[np.bool_]]:
        masks = by_frame.get(frame_index)
        if masks is None:
            return {}
        return {
            row - 1: Rle.from_compressed(masks.height, masks.width, code).decode()
            for row, code in zip(masks.track_ids, masks.codes, strict=True)
        }

    return read_masks
