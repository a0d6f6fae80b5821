"""The objective that a Video Mask2Former is trained with: from boxes, and from masks where there are some."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor
from torch.nn import functional as F

from mfvis_engine.errors import MfvisError
from mfvis_engine.losses import LOSS_STRIDE, Shadows
from mfvis_engine.models.video_mask2former.predictions import ClipPrediction
from mfvis_engine.training.vis.batch_objects import BatchObjects
from mfvis_engine.training.vis.clip_colours import ClipColours
from mfvis_engine.training.vis.clips import ClipBatch
from mfvis_engine.training.vis.loss_groups import LossGroups
from mfvis_engine.training.vis.matched_masks import MatchedMasks
from mfvis_engine.training.vis.matcher import NotFiniteError, ObjectMatch, match_objects
from mfvis_engine.training.vis.objective_settings import LossMean, ObjectiveSettings
from mfvis_engine.training.vis.progress import Stopwatch
from mfvis_engine.training.vis.vis_losses import LossSeconds, VisLosses, VisTerms, weights_at

__all__ = ["NotFiniteError", "ObjectiveInputError", "VisCriterion", "VisLosses"]


class ObjectiveInputError(MfvisError, ValueError):
    """Answers and clips that do not belong together."""


class VisCriterion:
    """Set prediction with the mask-free objective, at every prediction head (Mask2Former; MaskFreeVIS, Sec. 3).

    Each object of a clip gets one query; that query's class is the object's and its masks are held against what is
    known of the object in each frame: its mask, its box, or that it is absent. Other queries are to say "no object".
    """

    def __init__(self, settings: ObjectiveSettings, class_count: int, *, exact_seconds: bool = False) -> None:
        """Of a model of K classes; `exact_seconds` waits for CUDA at the end of each part, to tell what each took."""
        self._settings, self._class_count, self._exact = settings, class_count, exact_seconds

    def __call__(self, prediction: ClipPrediction, batch: ClipBatch, step: int) -> VisLosses:
        """The loss of a batch.

        Args:
            prediction: What the model says of the batch's clips.
            batch: The clips, on the device of the prediction.
            step: Of the training, from 0: for the warm-ups.

        Raises:
            NotFiniteError: Logits are not finite.
            ObjectiveInputError: The prediction is of other clips, frames or classes.
        """
        self._check(prediction, batch)
        device = prediction.final.mask_logits.device
        watch, weights = Stopwatch(device, self._exact), weights_at(self._settings, step)
        with torch.autocast(device.type, enabled=False):
            with watch.part("colours"):
                colours = ClipColours.of(batch.frames_rgb, replace(self._settings, weights=weights))
                objects = BatchObjects.of(batch)
            with watch.part("matching"):
                match = match_objects(prediction, objects, self._settings.matcher)
                matched = MatchedMasks.of(prediction, match, self._settings.mean)
            terms = self._terms(prediction, match, matched, colours, watch)
        return VisLosses(terms, weights, LossSeconds(**watch.seconds), match.surplus_count)

    def _terms(
        self,
        prediction: ClipPrediction,
        match: ObjectMatch,
        matched: MatchedMasks,
        colours: ClipColours,
        watch: Stopwatch,
    ) -> VisTerms:
        settings = self._settings
        with watch.part("classes"):
            classes = self._classes(prediction, match, matched.groups)
        with watch.part("projection"):
            shadows = Shadows.of(matched.logits)
            projection = matched.projection(shadows, absent_too=settings.mean is LossMean.BATCH)
        with watch.part("absence"):
            absence = matched.absence(shadows)
        with watch.part("pairwise"):
            pairwise = matched.pairwise(colours, settings.pairwise_min_similarity)
        with watch.part("temporal"):
            temporal = matched.temporal(colours)
        with watch.part("masks"):
            entropy, dice = matched.masks(settings.mask_point_count)
        return VisTerms(classes, projection, pairwise, temporal, absence, entropy, dice)

    def _classes(self, prediction: ClipPrediction, match: ObjectMatch, groups: LossGroups) -> Tensor:
        """Cross-entropy of the queries' classes, the mean weighted by `no_object` where that is the answer."""
        logits = torch.stack([head.class_logits for head in prediction.heads]).float()
        target = torch.full(logits.shape[:-1], self._class_count, device=logits.device)
        heads = torch.arange(len(logits), device=logits.device)[:, None]
        target[heads, match.objects.clip_index, match.query_index] = match.objects.class_index
        entropy = F.cross_entropy(logits.flatten(0, 2), target.flatten(), reduction="none").view(target.shape)
        weights = torch.where(target == self._class_count, self._settings.weights.no_object, 1.0)
        return groups.mean_over_clips(entropy, weights)

    def _check(self, prediction: ClipPrediction, batch: ClipBatch) -> None:
        clips, frames, _, height, width = batch.frames_rgb.shape
        masks, classes = prediction.final.mask_logits.shape, prediction.final.class_logits.shape
        expected = (clips, masks[1], frames, height // LOSS_STRIDE, width // LOSS_STRIDE)
        if tuple(masks) != expected or classes[-1] != self._class_count + 1:
            raise ObjectiveInputError(
                f"For {clips} clips of {frames} frames of {height} x {width} pixels and {self._class_count} classes "
                f"the mask logits must be {expected} and the class logits end in {self._class_count + 1}. "
                f"Got {tuple(masks)} and {tuple(classes)}; predict this batch with the model that is trained."
            )
