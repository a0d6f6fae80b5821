"""The mask-free objective: projection, pairwise and temporal (TK) losses, as pure functions on tensors.

`color` brings frames to CIE LAB on the loss grid; `matching` finds patch matches between frames, once;
`projection`, `pairwise` and `temporal` are the losses; `consistency` is the term that the last two share.
Modules ending in `_numba` are compiled CPU kernels, those in `_torch` the same for any device.
"""

from mfvis_engine.losses.color import LOSS_STRIDE, lab_on_loss_grid, pool_to_loss_grid, rgb_to_lab
from mfvis_engine.losses.consistency import consistency
from mfvis_engine.losses.errors import LossInputError
from mfvis_engine.losses.match_settings import DISC, SPARSE_GRID, MatchSettings
from mfvis_engine.losses.matches import FramePairs, PatchMatches, TubeMatches, tube_pairs
from mfvis_engine.losses.matching import match_pair, match_tube
from mfvis_engine.losses.matching_torch import patch_similarity
from mfvis_engine.losses.pairwise import color_similarity, pairwise_loss
from mfvis_engine.losses.projection import Shadows, projection_loss, shadow_loss
from mfvis_engine.losses.temporal import tk_loss

__all__ = [
    "DISC",
    "LOSS_STRIDE",
    "SPARSE_GRID",
    "FramePairs",
    "LossInputError",
    "MatchSettings",
    "PatchMatches",
    "Shadows",
    "TubeMatches",
    "color_similarity",
    "consistency",
    "lab_on_loss_grid",
    "match_pair",
    "match_tube",
    "pairwise_loss",
    "patch_similarity",
    "pool_to_loss_grid",
    "projection_loss",
    "rgb_to_lab",
    "shadow_loss",
    "tk_loss",
    "tube_pairs",
]
