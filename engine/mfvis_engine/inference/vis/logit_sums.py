"""What windows said of a track's mask in the frames that a later window may have too."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True)
class LogitSums:
    """Sums over windows, for F frames in a row.

    Attributes:
        total: (F, h, w) sum of the mask logits.
        count: (F,) int64 on the CPU, windows in the sum.
    """

    total: Tensor
    count: Tensor

    @classmethod
    def empty(cls, frame_count: int, like: Tensor) -> LogitSums:
        """No window's, of the size (h, w) and on the device of logits (..., h, w)."""
        return cls(like.new_zeros(frame_count, *like.shape[-2:]), torch.zeros(frame_count, dtype=torch.int64))

    @property
    def any(self) -> bool:
        """Some window said something."""
        return bool(self.count.any())

    def longer(self, frame_count: int) -> LogitSums:
        """With frames after the last that nobody has spoken of."""
        total = functional.pad(self.total, (0, 0, 0, 0, 0, frame_count))
        return LogitSums(total, functional.pad(self.count, (0, frame_count)))

    def without(self, frame_count: int) -> LogitSums:
        """Without the first frames; their memory is free afterwards."""
        return LogitSums(self.total[frame_count:].clone(), self.count[frame_count:].clone())

    def plus(self, logits: Tensor) -> LogitSums:
        """With a window's logits (T, h, w) of the last T frames."""
        before = len(self.count) - len(logits)
        count = self.count + (torch.arange(len(self.count)) >= before)
        return LogitSums(self.total + functional.pad(logits, (0, 0, 0, 0, before, 0)), count)

    def mean(self, frames: slice) -> Tensor:
        """Mean logits of some frames; 0 where no window spoke."""
        count = self.count[frames].clamp(min=1).to(self.total)
        return self.total[frames] / count[:, None, None]
