"""The queries of one window that may be objects, chosen before anything is upsampled."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from mfvis_engine.inference.vis.settings import VisInferenceSettings
from mfvis_engine.models.video_mask2former.predictions import ClipPrediction


@dataclass(frozen=True)
class Candidates:
    """C queries of a window of T frames, the surest first.

    Attributes:
        class_scores: (C, K) float32 probabilities, without "no object".
        embeddings: (C, D) float32, of length 1.
        mask_logits: (C, T, h, w) float32.
    """

    class_scores: Tensor
    embeddings: Tensor
    mask_logits: Tensor

    @property
    def scores(self) -> Tensor:
        """(C,) the best class's probability."""
        return self.class_scores.amax(1)

    def __len__(self) -> int:
        return len(self.class_scores)

    def __getitem__(self, some: Tensor) -> Candidates:
        return Candidates(self.class_scores[some], self.embeddings[some], self.mask_logits[some])


@torch.inference_mode()
def pick_candidates(prediction: ClipPrediction, settings: VisInferenceSettings) -> Candidates:
    """The surest queries of the first clip of a prediction, each object once where the settings say so."""
    class_scores = prediction.final.class_logits[0].float().softmax(-1)[:, :-1]
    best = class_scores.amax(1)
    order = best.argsort(descending=True, stable=True)[: settings.candidate_count]
    order = order[best[order] >= settings.min_candidate_score]
    embeddings = functional.normalize(prediction.query_embeddings[0, order].float(), dim=1)
    candidates = Candidates(class_scores[order], embeddings, prediction.final.mask_logits[0, order].float())
    if settings.suppress_mask_iou is None:
        return candidates
    return candidates[distinct_masks(candidates.mask_logits > settings.mask_logit, settings.suppress_mask_iou)]


def distinct_masks(masks: Tensor, max_iou: float) -> Tensor:
    """Indices of the masks whose IoU with each kept one before them is below `max_iou`.

    Args:
        masks: (C, T, h, w) bool, the surest first.
        max_iou: In 0..1.
    """
    flat = masks.flatten(1).float()
    shared = flat @ flat.T
    area = shared.diagonal()
    iou = (shared / (area[:, None] + area - shared).clamp(min=1)).cpu()
    kept: list[int] = []
    for row in range(len(iou)):
        if not kept or float(iou[row, kept].amax()) < max_iou:
            kept.append(row)
    return torch.tensor(kept, dtype=torch.int64, device=masks.device)
