"""Crops to mask logits: the network in two passes, the second with the colours that the first found, and mirrored."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import expit
from torch import Tensor

from mfvis_engine.models.box_prompted import PromptedNet
from mfvis_engine.models.device import Device
from mfvis_engine.models.prompt import network_input
from mfvis_engine.models.prompted import PromptedCrops


def segment_crops(
    net: PromptedNet, crops: PromptedCrops, device: Device, *, passes: int = 2, batch: int = 32
) -> NDArray[np.float32]:
    """Mask logits (B, S, S) of the middle frames, averaged over passes, the crop and its mirror image.

    Args:
        net: On `device`.
        crops: What to segment; B may be 0.
        device: Where the network is.
        passes: The first takes the colour prior from the box; each further one from the mask found so far.
        batch: Crops in one forward pass.
    """
    parts = [np.empty((0, *crops.inside.shape[1:]), np.float32)]
    for start in range(0, len(crops), batch):
        part = crops[start : start + batch]
        weight, total = part.inside, np.zeros(part.inside.shape, np.float32)
        for done in range(1, passes + 1):
            total += mirrored_logits(net, part.crops_rgb, part.prompts(weight), device)
            weight = np.asarray(part.inside * expit(total / done), np.float32)
        parts.append(total / passes)
    return np.concatenate(parts)


@torch.no_grad()
def mirrored_logits(
    net: PromptedNet, crops_rgb: NDArray[np.uint8], prompts: NDArray[np.float32], device: Device
) -> NDArray[np.float32]:
    """Logits (B, S, S), the mean over the picture as it is and mirrored left to right."""
    rgb = torch.from_numpy(crops_rgb).to(device.torch_device)
    inputs = network_input(rgb, torch.from_numpy(prompts).to(device.torch_device))
    with device.autocast():
        logits: Tensor = net(inputs).float() + net(inputs.flip(-1)).float().flip(-1)
    return np.asarray((logits / 2).cpu().numpy())
