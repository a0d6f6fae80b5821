"""Patch matching between the frames of a tube."""

import torch
from torch import Tensor

from mfvis_engine.losses import matching_numba, matching_torch
from mfvis_engine.losses.compiled import HAS_COMPILER
from mfvis_engine.losses.errors import LossInputError
from mfvis_engine.losses.match_settings import DISC, MatchSettings
from mfvis_engine.losses.matches import FramePairs, PatchMatches, TubeMatches, tube_pairs


@torch.no_grad()
def match_pair(source_lab: Tensor, target_lab: Tensor, settings: MatchSettings = DISC) -> PatchMatches:
    """Find, for each pixel of a target frame, the pixels of a source frame with the most similar patches.

    MaskFreeVIS, Algorithm 1 (the distance is Eq. 1): a pixel's descriptor is the CIE LAB patch around it,
    zero outside the image; the similarity of two is exp(-||difference|| / 2); of the candidates whose centre
    lies in the image and that are at least `min_similarity` similar, the `top_k` most similar are kept. Ties
    go to the earlier offset.

    Args:
        source_lab: (3, H, W) frame on the loss grid, where the matches lie.
        target_lab: (3, H, W) frame on the loss grid, whose pixels are matched; on the same device.
        settings: Candidates and what to keep of them.

    Returns:
        The matches, on the frames' device. A compiled kernel finds them on the CPU, torch elsewhere.

    Raises:
        LossInputError: If the frames are not both (3, H, W) of one size.
    """
    if source_lab.shape != target_lab.shape or source_lab.ndim != 3 or len(source_lab) != 3:
        raise LossInputError(
            f"Both frames must have one shape (3, H, W). Got {tuple(source_lab.shape)} and {tuple(target_lab.shape)}."
        )
    on_cpu = source_lab.device.type == "cpu"
    matcher = matching_numba if HAS_COMPILER and on_cpu else matching_torch
    return PatchMatches(matcher.best_offsets(source_lab, target_lab, settings), settings)


def match_tube(lab: Tensor, settings: MatchSettings = DISC, pairs: FramePairs | None = None) -> TubeMatches:
    """Match the frame pairs of a tube.

    Args:
        lab: (T, 3, H, W) frames on the loss grid.
        settings: Candidates and what to keep of them.
        pairs: Ordered pairs (source frame, target frame); those of `tube_pairs` if not given.

    Returns:
        The matches of all pairs, on the frames' device.

    Raises:
        LossInputError: If the frames are not (T, 3, H, W).
    """
    if lab.ndim != 4 or lab.shape[1] != 3:
        raise LossInputError(f"A tube of frames must have shape (T, 3, H, W). Got {tuple(lab.shape)}.")
    pairs = tube_pairs(len(lab)) if pairs is None else pairs
    shape = (len(pairs), settings.top_k, *lab.shape[-2:])
    offset_index = torch.empty(shape, dtype=torch.int16, device=lab.device)
    for row, (source, target) in enumerate(pairs):
        offset_index[row] = match_pair(lab[source], lab[target], settings).offset_index
    return TubeMatches(offset_index, pairs, settings)
