"""The terms of the objective that masks have: each is the sum over heads and the mean over groups of clips."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from mfvis_engine.losses import Shadows, TubeMatches, pairwise_loss, shadow_loss, tk_loss
from mfvis_engine.losses.inputs import at_least_float32
from mfvis_engine.models.video_mask2former.predictions import ClipPrediction
from mfvis_engine.training.vis.batch_objects import BatchObjects
from mfvis_engine.training.vis.clip_colours import ClipColours
from mfvis_engine.training.vis.loss_groups import LossGroups
from mfvis_engine.training.vis.mask_losses import mask_losses
from mfvis_engine.training.vis.matcher import ObjectMatch
from mfvis_engine.training.vis.objective_settings import LossMean


@dataclass(frozen=True)
class MatchedMasks:
    """What all heads say of M objects of B clips of T frames.

    In a frame an object is known by its mask, by its box alone, or known to be absent; each term is of frames of one
    such kind. Only the temporal one is of whole clips.

    Attributes:
        logits: (heads, M, T, h, w), at least float32.
        objects: The objects.
        groups: Of the clips.
    """

    logits: Tensor
    objects: BatchObjects
    groups: LossGroups

    @classmethod
    def of(cls, prediction: ClipPrediction, match: ObjectMatch, mean: LossMean) -> MatchedMasks:
        """Takes the masks of the matched queries."""
        objects = match.objects
        flat_index = match.query_index + objects.clip_index * prediction.final.mask_logits.shape[1]
        heads = zip(prediction.heads, flat_index, strict=True)
        logits = torch.stack([head.mask_logits.flatten(0, 1).index_select(0, index) for head, index in heads])
        return cls(at_least_float32(logits), objects, LossGroups.of(mean, objects.counts))

    def projection(self, shadows: Shadows, *, absent_too: bool) -> Tensor:
        """Of masks and boxes, over the frames with a box alone.

        Args:
            shadows: Of the logits.
            absent_too: Whether frames where the object is absent are part of the mean, each with its 2 that nothing can
                change: so they are in the released code.
        """
        boxes, boxed = self.objects.boxes, self.objects.boxed
        counted = boxed | ~self.objects.present if absent_too else boxed
        return self.groups.mean_over_objects(shadow_loss(shadows, boxes.columns, boxes.rows), counted)

    def absence(self, shadows: Shadows) -> Tensor:
        """Cross-entropy of the shadows with nothing, over the frames where the object is absent.

        A mask's strongest pixel of each column and row is pressed down, however small the mask.
        """
        entropy = (F.softplus(shadows.columns).mean(-1) + F.softplus(shadows.rows).mean(-1)) / 2
        return self.groups.mean_over_objects(entropy, ~self.objects.present)

    def pairwise(self, colours: ClipColours, min_similarity: float) -> Tensor:
        """Of neighbours of one colour in the box, over the frames with a box alone."""
        similarity = colours.similarity
        if similarity is None or self._all_masked:
            return self._nothing()
        region = self.objects.boxes.covers & self.objects.boxed[..., None, None]

        def loss(group: slice) -> Tensor:
            clip = self._only_clip(group)
            alike = similarity[self.objects.clip_index[group] if clip is None else clip]
            return pairwise_loss(self.logits[:, group], alike, region[group], min_similarity=min_similarity)

        return self._mean_over_groups(loss)

    def temporal(self, colours: ClipColours) -> Tensor:
        """TK-Loss in the union of an object's boxes, of the objects that some frame has a box alone of."""
        matches = colours.matches
        if matches is None or self.logits.shape[2] == 1 or self._all_masked:
            return self._nothing()
        region = self.objects.boxes.covers.any(1) & self.objects.boxed.any(1)[:, None, None]
        clips = [clip for clip, count in enumerate(self.objects.counts) for _ in range(count)]

        def loss(group: slice) -> Tensor:
            clip = self._only_clip(group)
            own = TubeMatches.stack([matches[index] for index in clips[group]]) if clip is None else matches[clip]
            return tk_loss(self.logits[:, group], own, region[group])

        return self._mean_over_groups(loss)

    def masks(self, point_count: int | None) -> tuple[Tensor, Tensor]:
        """Cross-entropy and Dice with masks, over the frames with one."""
        if self.objects.masks is None:
            return self._nothing(), self._nothing()
        index, frame = self.objects.has_mask.nonzero(as_tuple=True)
        if not len(index):
            return self._nothing(), self._nothing()
        known = self.objects.masks[index, frame]
        both = mask_losses(self.logits[:, index, frame], known, point_count)
        # Back to objects and frames, to be averaged as the other terms are.
        heads = torch.arange(len(self.logits), device=index.device)[:, None]
        empty = self.logits.new_zeros(self.logits.shape[:3])
        spread = (empty.index_put((heads, index, frame), values) for values in both)
        entropy, dice = (self.groups.mean_over_objects(values, self.objects.has_mask) for values in spread)
        return entropy, dice

    @property
    def _all_masked(self) -> bool:
        """Whether no box is left to learn from; a GPU is waited for only where there are masks."""
        return self.objects.masks is not None and not bool(self.objects.boxed.any())

    def _only_clip(self, group: slice) -> int | None:
        """The clip that a group of objects is of, unless there are several."""
        inside = [index for index, clip in enumerate(self.objects.clips) if clip == group]
        return inside[0] if inside else None

    def _mean_over_groups(self, loss: Callable[[slice], Tensor]) -> Tensor:
        """Of a loss that is a mean over heads already."""
        losses = [loss(group) for group in self.groups.objects if group.stop > group.start]
        heads, count = len(self.logits), len(self.groups.objects)
        return torch.stack(losses).sum() * (heads / count) if losses else self._nothing()

    def _nothing(self) -> Tensor:
        return self.logits.new_zeros(())
