"""Clips as batches, prepared while the network learns from those before."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Self

import torch
import torch.nn.functional as F
from torch import Tensor

from mfvis_engine.errors import MfvisError
from mfvis_engine.models.video_mask2former.config import SIZE_DIVISOR
from mfvis_engine.training.vis.clips import Clip, ClipBatch, ClipTargets
from mfvis_engine.training.vis.sampling import ClipSampler


class CollateError(MfvisError):
    """Clips do not fit into one batch."""


def collate(clips: Sequence[Clip]) -> ClipBatch:
    """Clips as one batch, padded with zeros at the right and below.

    Raises:
        CollateError: There is no clip, or they differ in their number of frames.
    """
    lengths = sorted({len(clip.frames_rgb) for clip in clips})
    if len(lengths) != 1:
        raise CollateError(f"A batch needs clips of one number of frames. Got {len(clips)} clips of {lengths} frames.")
    sizes_hw = tuple(clip.size_hw for clip in clips)
    height, width = (-(-max(sides) // SIZE_DIVISOR) * SIZE_DIVISOR for sides in zip(*sizes_hw, strict=True))
    frames_rgb = torch.stack([_padded(clip.frames_rgb, height, width) for clip in clips])
    return ClipBatch(frames_rgb, sizes_hw, tuple(_padded_targets(clip.targets, height, width) for clip in clips))


def _padded_targets(targets: ClipTargets, height: int, width: int) -> ClipTargets:
    masks = _padded(targets.masks, height, width) if targets.masks.shape[-1] else targets.masks
    return ClipTargets(targets.class_index, targets.boxes_xyxy, targets.present, masks, targets.has_mask)


def _padded(pictures: Tensor, height: int, width: int) -> Tensor:
    return F.pad(pictures, (0, width - pictures.shape[-1], 0, height - pictures.shape[-2]))


class ClipLoader(Iterator[ClipBatch]):
    """Batches in the order asked for, the next ones being prepared in the background.

    Close it, or use it as a context manager; what is being prepared is then waited for, the rest forgotten. What
    goes wrong with a batch is raised where that batch would have come, and ends the loader.
    """

    def __init__(
        self, sampler: ClipSampler, batches: Iterable[Sequence[int]], *, workers: int = 1, ahead: int = 2
    ) -> None:
        """Begins with the first batches.

        Args:
            sampler: Where clips are from.
            batches: Numbers of the clips of each batch; may be endless, as it is only taken from as needed.
            workers: Threads.
            ahead: Batches prepared before they are asked for, at the most.
        """
        self._sampler, self._batches, self._ahead = sampler, iter(batches), max(1, ahead)
        self._threads = ThreadPoolExecutor(max(1, workers), thread_name_prefix="clips")
        self._prepared: deque[Future[ClipBatch]] = deque()
        self._closed = False
        self._order()

    def __next__(self) -> ClipBatch:
        if not self._prepared:
            self.close()
            raise StopIteration
        try:
            batch = self._prepared.popleft().result()
            self._order()
        except BaseException:
            self.close()
            raise
        return batch

    def close(self) -> None:
        """Ends the threads. Closing twice does no harm."""
        self._closed = True
        self._prepared.clear()
        self._threads.shutdown(wait=True, cancel_futures=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def _order(self) -> None:
        while not self._closed and len(self._prepared) < self._ahead:
            indices = next(self._batches, None)
            if indices is None:
                return
            self._prepared.append(self._threads.submit(self._batch, tuple(indices)))

    def _batch(self, indices: tuple[int, ...]) -> ClipBatch:
        return collate([self._sampler.clip(index) for index in indices])
