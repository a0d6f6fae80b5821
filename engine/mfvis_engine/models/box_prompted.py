"""The box-prompted network: which pixels of this crop are the object in this box?

A residual U-Net without normalisation layers, so that fine-tuning on a handful of crops behaves as the warm start
did. It sees three neighbouring frames through one fixed crop window and three prompt channels, and answers with mask
logits of the middle frame at full crop resolution.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor, nn

#: Frames seen at once: the previous, the one to segment, the next.
FRAMES_SEEN = 3
#: Box, boxes of other tracks, colour prior: see `models.prompt`.
PROMPT_CHANNELS = 3


@dataclass(frozen=True)
class BoxPromptedConfig:
    """Shape of the network.

    Attributes:
        widths: Channels at strides 2, 4, 8, ... of the crop.
        crop_size: Side in pixels of the square crops that it was trained on; a multiple of the largest stride.
    """

    widths: tuple[int, ...] = (32, 64, 96, 160, 192)
    crop_size: int = 128

    def __post_init__(self) -> None:
        stride = 2 ** len(self.widths)
        if self.crop_size % stride:
            raise ValueError(f"crop_size must be a multiple of {stride}, the largest stride. Got {self.crop_size}.")


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions around a skip; the second starts at zero, so that the block starts as the identity."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1)
        nn.init.kaiming_normal_(self.conv1.weight, nonlinearity="relu")
        nn.init.zeros_(self.conv2.weight)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, H, W)."""
        return F.relu(x + self.conv2(F.relu(self.conv1(x))))


class PromptedNet(nn.Module):
    """What fine-tuning and prediction need of a network.

    Attributes:
        crop_size: Side in pixels of the crops that it takes.
    """

    crop_size: int

    def forward(self, inputs: Tensor) -> Tensor:
        """Mask logits.

        Args:
            inputs: (B, 12, S, S) from `models.prompt.network_input`.

        Returns:
            (B, S, S) logits of the middle frame.
        """
        raise NotImplementedError


class BoxPromptedNet(PromptedNet):
    """See the module's description."""

    def __init__(self, config: BoxPromptedConfig | None = None) -> None:
        super().__init__()
        self.config = config or BoxPromptedConfig()
        self.crop_size = self.config.crop_size
        widths = self.config.widths
        steps = list(itertools.pairwise(widths))
        self.stem = nn.Conv2d(3 * FRAMES_SEEN + PROMPT_CHANNELS, widths[0], 5, stride=2, padding=2)
        self.encoder = nn.ModuleList(ResidualBlock(width) for width in widths)
        self.down = nn.ModuleList(nn.Conv2d(a, b, 3, stride=2, padding=1) for a, b in steps)
        self.lateral = nn.ModuleList(nn.Conv2d(b, a, 1) for a, b in steps)
        self.decoder = nn.ModuleList(ResidualBlock(a) for a, _ in steps)
        self.head = nn.Conv2d(widths[0], 4, 3, padding=1)

    def forward(self, inputs: Tensor) -> Tensor:
        """(B, 12, S, S) -> (B, S, S)."""
        x = F.relu(self.stem(inputs))
        skips = []
        for level, block in enumerate(self.encoder):
            x = block(x)
            if level < len(self.down):
                skips.append(x)
                x = F.relu(self.down[level](x))
        for level in reversed(range(len(self.decoder))):
            up = F.interpolate(self.lateral[level](x), scale_factor=2.0, mode="nearest")
            x = self.decoder[level](skips[level] + up)
        return F.pixel_shuffle(self.head(x), 2)[:, 0]
