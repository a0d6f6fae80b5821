"""A box-prompted network over a pretrained picture backbone, in place of the warm start.

The backbone comes from transformers' `AutoBackbone`: a name on the hub, or a folder with its files. Its decoder
starts from random weights, so it wants the centre prior in fine-tuning, and a GPU.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mfvis_engine.errors import MfvisError
from mfvis_engine.models.box_prompted import FRAMES_SEEN, PROMPT_CHANNELS, PromptedNet, ResidualBlock

if TYPE_CHECKING:
    from collections.abc import Sequence

_INPUT_CHANNELS = 3 * FRAMES_SEEN + PROMPT_CHANNELS
_MIDDLE_FRAME = slice(3, 6)
_STAGES = (1, 2, 3, 4)  # strides 4 to 32


class PretrainedError(MfvisError):
    """A pretrained backbone cannot be had."""


class BackboneNet(PromptedNet):
    """Features of the middle frame from a backbone; every level of the decoder also sees the whole input."""

    def __init__(self, backbone: nn.Module, channels: Sequence[int], crop_size: int = 128, width: int = 96) -> None:
        """Adds a decoder.

        Args:
            backbone: Gives `.feature_maps` for (B, 3, S, S), finest first.
            channels: Of the feature maps.
            crop_size: Side of the crops in pixels.
            width: Channels of the decoder.
        """
        super().__init__()
        self.crop_size = crop_size
        self.backbone = backbone
        self.lateral = nn.ModuleList(nn.Conv2d(c + _INPUT_CHANNELS, width, 1) for c in channels)
        self.decoder = nn.ModuleList(ResidualBlock(width) for _ in channels)
        self.fine = nn.Conv2d(_INPUT_CHANNELS, width, 5, stride=2, padding=2)
        self.last = ResidualBlock(width)
        self.head = nn.Conv2d(width, 4, 3, padding=1)

    def forward(self, inputs: Tensor) -> Tensor:
        """(B, 12, S, S) -> (B, S, S)."""
        maps = self.backbone(inputs[:, _MIDDLE_FRAME]).feature_maps
        x: Tensor | None = None
        for features, lateral, block in reversed(list(zip(maps, self.lateral, self.decoder, strict=True))):
            seen = F.interpolate(inputs, size=features.shape[-2:], mode="area")
            y = lateral(torch.cat([features, seen], dim=1))
            x = block(y if x is None else y + F.interpolate(x, size=y.shape[-2:], mode="nearest"))
        fine = F.relu(self.fine(inputs))
        if x is not None:
            fine = fine + F.interpolate(x, size=fine.shape[-2:], mode="nearest")
        return F.pixel_shuffle(self.head(self.last(fine)), 2)[:, 0]


def load_backbone_net(name_or_folder: str) -> BackboneNet:
    """A network over a pretrained backbone, for instance "microsoft/resnet-50" or a folder with its files.

    Raises:
        PretrainedError: The weights cannot be had.
    """
    from transformers import AutoBackbone, AutoConfig  # slow to load

    try:
        config = AutoConfig.from_pretrained(name_or_folder)
        # AutoBackbone.from_pretrained takes names only; the class that it would choose takes folders too.
        backbone_class = type(AutoBackbone.from_config(config))  # type: ignore[no-untyped-call]
        backbone = backbone_class.from_pretrained(name_or_folder, out_indices=_STAGES, use_safetensors=True)
    except (OSError, ValueError) as error:
        raise PretrainedError(
            f"The backbone {name_or_folder!r} cannot be loaded: {str(error).splitlines()[0]} "
            "Without a connection, fetch its files elsewhere (config.json and model.safetensors) and give the folder "
            "that holds them; or leave the option out to use the warm start that is shipped."
        ) from error
    return BackboneNet(backbone.eval(), backbone.channels)
