"""The patch matcher in torch, for any device."""

import torch
from torch import Tensor
from torch.nn import functional as F

from mfvis_engine.losses.match_settings import MatchSettings
from mfvis_engine.losses.matches import NO_MATCH


def squared_patch_distances(source_lab: Tensor, target_lab: Tensor, settings: MatchSettings) -> Tensor:
    """Squared distance of each target pixel's patch to each candidate's patch in the source frame.

    For one offset it is the pixels' squared colour difference, summed over the patch's window. Pixels outside
    the image are zero in both patches.

    Args:
        source_lab: (3, H, W).
        target_lab: (3, H, W).
        settings: Candidate offsets and patch size.

    Returns:
        (O, H, W), O the number of offsets; also for candidates whose centre is outside the image.
    """
    height, width = target_lab.shape[-2:]
    half, reach = settings.patch_size // 2, settings.reach
    source = F.pad(source_lab, [half + reach] * 4)
    target = F.pad(target_lab, [half] * 4)
    distances = target_lab.new_empty((len(settings.offsets_yx), height, width))
    for offset, (dy, dx) in enumerate(settings.offsets_yx):
        top, left = reach + dy, reach + dx
        shifted = source[:, top : top + height + 2 * half, left : left + width + 2 * half]
        difference = (shifted - target).square().sum(0, keepdim=True)
        distances[offset] = F.avg_pool2d(difference, settings.patch_size, stride=1, divisor_override=1)[0]
    return distances


def patch_similarity(source_lab: Tensor, target_lab: Tensor, settings: MatchSettings) -> Tensor:
    """Similarity exp(-||distance|| / 2) of all candidates (MaskFreeVIS, Algorithm 1): (O, H, W) in 0..1."""
    return torch.exp(-0.5 * squared_patch_distances(source_lab, target_lab, settings).sqrt())


def best_offsets(source_lab: Tensor, target_lab: Tensor, settings: MatchSettings) -> Tensor:
    """Find each target pixel's matches: `PatchMatches.offset_index`, (K, H, W) int16.

    Args:
        source_lab: (3, H, W), any device.
        target_lab: (3, H, W), same device.
        settings: Candidates and what to keep of them.
    """
    distances = squared_patch_distances(source_lab, target_lab, settings)
    distances.masked_fill_(~_centre_inside(distances, settings), float("inf"))
    # A stable sort leaves ties in the order of the offsets.
    ordered, index = distances.sort(dim=0, stable=True)
    kept = ordered[: settings.top_k] <= settings.max_squared_distance
    return index[: settings.top_k].masked_fill_(~kept, NO_MATCH).to(torch.int16)


def _centre_inside(distances: Tensor, settings: MatchSettings) -> Tensor:
    """(O, H, W) bool: whether the candidate's centre lies in the image."""
    height, width = distances.shape[-2:]
    dy, dx = torch.tensor(settings.offsets_yx, device=distances.device).T[:, :, None]
    rows = torch.arange(height, device=distances.device) + dy
    columns = torch.arange(width, device=distances.device) + dx
    rows_inside = (rows >= 0) & (rows < height)
    columns_inside = (columns >= 0) & (columns < width)
    inside: Tensor = rows_inside[:, :, None] & columns_inside[:, None, :]
    return inside
