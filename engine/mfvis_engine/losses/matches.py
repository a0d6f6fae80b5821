"""Patch matches between frames: found from the images alone, reused by every step, instance and head."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mfvis_engine.losses.errors import LossInputError
from mfvis_engine.losses.match_settings import MatchSettings

NO_MATCH = -1
FramePairs = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class PatchMatches:
    """For each pixel of a target frame, its best matches in a source frame.

    Attributes:
        offset_index: (K, H, W) int16. Entry k is the k-th best match's index into `settings.offsets_yx`, or
            -1 where there is none. Matches come first, best first, and never lie outside the image.
        settings: How they were found.
    """

    offset_index: Tensor
    settings: MatchSettings

    def __post_init__(self) -> None:
        _check_index(self.offset_index, self.settings, ndims=(3,))

    @property
    def valid(self) -> Tensor:
        """(K, H, W) bool: whether there is a match."""
        return self.offset_index != NO_MATCH

    def offsets_yx(self) -> Tensor:
        """(K, H, W, 2) int64: (dy, dx) from the target pixel to its match; 0 where there is none."""
        table = torch.tensor(self.settings.offsets_yx, device=self.offset_index.device)
        return table[self.offset_index.long().clamp(min=0)] * self.valid[..., None]


@dataclass(frozen=True)
class TubeMatches:
    """The matches of every frame pair of a tube, or of a stack of tubes of one size.

    Attributes:
        offset_index: (P, K, H, W) int16 for one tube, (N, P, K, H, W) for N tubes; as in `PatchMatches`.
        pairs: P ordered pairs (source frame, target frame) within the tube, from 0.
        settings: How they were found.
    """

    offset_index: Tensor
    pairs: FramePairs
    settings: MatchSettings

    def __post_init__(self) -> None:
        _check_index(self.offset_index, self.settings, ndims=(4, 5))
        if self.offset_index.shape[-4] != len(self.pairs):
            raise LossInputError(
                f"There are {len(self.pairs)} frame pairs but matches for {self.offset_index.shape[-4]}."
            )

    @classmethod
    def stack(cls, tubes: Sequence["TubeMatches"]) -> "TubeMatches":
        """Join tubes of one size, pairs and settings, so that one call of the loss serves them all.

        Args:
            tubes: N >= 1 single tubes; tube n goes with index n of the logits' last leading dimension.

        Raises:
            LossInputError: If there is none, or if they differ in size, pairs or settings.
        """
        kinds = {(tuple(tube.offset_index.shape), tube.pairs, tube.settings) for tube in tubes}
        if len(kinds) != 1 or tubes[0].offset_index.ndim != 4:
            shapes = sorted({tuple(tube.offset_index.shape) for tube in tubes})
            raise LossInputError(
                "Only single tubes of one size, with the same frame pairs and settings, can be stacked. "
                f"Got {len(tubes)} tubes of shapes {shapes}."
            )
        return replace(tubes[0], offset_index=torch.stack([tube.offset_index for tube in tubes]))

    @property
    def valid(self) -> Tensor:
        """(..., P, K, H, W) bool: whether there is a match."""
        return self.offset_index != NO_MATCH

    def pair(self, pair_index: int) -> PatchMatches:
        """The matches of one frame pair of a single tube."""
        return PatchMatches(self.offset_index[pair_index], self.settings)

    def to(self, device: torch.device | str) -> "TubeMatches":
        """The same matches on another device."""
        return replace(self, offset_index=self.offset_index.to(device))


def tube_pairs(length: int) -> FramePairs:
    """The frame pairs of a tube of `length` frames.

    Three frames are all paired forwards, (0,1)(0,2)(1,2); other lengths form the cycle (0,1)(1,2)...(T-1,0)
    (L_temp of MaskFreeVIS, Sec. 3.2). A single frame has no pair.
    """
    if length < 1:
        raise LossInputError(f"A tube has at least one frame. Got {length}.")
    if length == 1:
        return ()
    if length == 3:
        return ((0, 1), (0, 2), (1, 2))
    return tuple((frame, (frame + 1) % length) for frame in range(length))


def _check_index(offset_index: Tensor, settings: MatchSettings, ndims: tuple[int, ...]) -> None:
    shape = tuple(offset_index.shape)
    if offset_index.dtype != torch.int16 or offset_index.ndim not in ndims:
        raise LossInputError(
            f"Match indices must be int16 with {' or '.join(map(str, ndims))} dimensions. "
            f"Got {offset_index.dtype} of shape {shape}."
        )
    if shape[-3] != settings.top_k:
        raise LossInputError(f"The settings keep {settings.top_k} matches a pixel. Got indices of shape {shape}.")
