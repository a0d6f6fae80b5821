"""From the video's pixels to the model's, and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from mfvis_engine.errors import MfvisError
from mfvis_engine.models.video_mask2former.config import MASK_STRIDE, SIZE_DIVISOR
from mfvis_engine.video import VideoSource


class LogitGridError(MfvisError):
    """A model's mask logits are not on the grid that they should be on."""


@dataclass(frozen=True)
class FrameGrid:
    """The sizes that a frame has on its way, each (height, width).

    Attributes:
        video_hw: As it comes.
        resized_hw: As the model gets it.
        padded_hw: As the model pads it, at the right and below.
    """

    video_hw: tuple[int, int]
    resized_hw: tuple[int, int]
    padded_hw: tuple[int, int]

    @classmethod
    def of(cls, video: VideoSource, short_side: int | None) -> FrameGrid:
        """The grid of a video whose frames are resized so that their short side is `short_side`."""
        video_hw = video.height, video.width
        scale = 1.0 if short_side is None else short_side / min(video_hw)
        resized = tuple(max(1, int(side * scale + 0.5)) for side in video_hw)
        padded = tuple(-(-side // SIZE_DIVISOR) * SIZE_DIVISOR for side in resized)
        return cls(video_hw, (resized[0], resized[1]), (padded[0], padded[1]))

    @property
    def logits_hw(self) -> tuple[int, int]:
        """Of the mask logits."""
        return self.padded_hw[0] // MASK_STRIDE, self.padded_hw[1] // MASK_STRIDE

    def resize(self, frame_rgb: NDArray[np.uint8]) -> Tensor:
        """A frame (H, W, 3) of the video to (3, h, w) uint8, smoothed where it becomes smaller."""
        pixels = torch.from_numpy(np.array(frame_rgb)).permute(2, 0, 1)
        if self.resized_hw == self.video_hw:
            return pixels.contiguous()
        resized = functional.interpolate(pixels[None].float(), self.resized_hw, mode="bilinear", antialias=True)[0]
        return resized.round().clamp(0, 255).to(torch.uint8)

    def upsample(self, logits: Tensor) -> Tensor:
        """Mask logits (M, h, w) to the video's size (M, H, W), without the padding."""
        height, width = self.resized_hw
        padded = functional.interpolate(logits[:, None], self.padded_hw, mode="bilinear")
        resized = padded[..., :height, :width]
        if self.resized_hw != self.video_hw:
            resized = functional.interpolate(resized, self.video_hw, mode="bilinear")
        return resized[:, 0]

    def check(self, mask_logits: Tensor) -> None:
        """Raises `LogitGridError` where mask logits (..., h, w) are of another size."""
        if tuple(mask_logits.shape[-2:]) != self.logits_hw:
            raise LogitGridError(
                f"The model gave mask logits of {tuple(mask_logits.shape[-2:])} (height, width) for frames of "
                f"{self.resized_hw}; {self.logits_hw} were expected, a quarter of {self.padded_hw}. "
                f"It must pad frames to multiples of {SIZE_DIVISOR} and answer at stride {MASK_STRIDE}."
            )
