import torch

from mfvis_engine.inference.vis.candidates import distinct_masks, pick_candidates
from mfvis_engine.inference.vis.settings import VisInferenceSettings
from mfvis_engine.models.video_mask2former.predictions import ClipPrediction, HeadPrediction


def prediction(best, masks):
    """Queries with a best class probability each, of class 1 of 2, and masks of one row of pixels in one frame."""
    probability = torch.tensor([[0.01, score, 0.99 - score] for score in best])
    logits = torch.tensor([[[[8.0 if pixel == "1" else -8.0 for pixel in mask]]] for mask in masks])
    head = HeadPrediction(probability.log()[None], logits[None])
    return ClipPrediction((head,), 3 * torch.eye(len(best))[None])


def settings(**some):
    return VisInferenceSettings(**{"candidate_count": 3, "min_candidate_score": 0.1, "suppress_mask_iou": 0.6, **some})


def test_the_surest_come_first_and_the_unsure_not_at_all():
    found = prediction([0.3, 0.05, 0.8, 0.2, 0.5], ["1"] * 5)
    candidates = pick_candidates(found, settings(suppress_mask_iou=None))
    torch.testing.assert_close(candidates.scores, torch.tensor([0.8, 0.5, 0.3]))
    torch.testing.assert_close(candidates.embeddings, torch.eye(5)[[2, 4, 0]])
    assert len(pick_candidates(prediction([0.05, 0.02], ["1", "1"]), settings())) == 0


def test_of_two_alike_the_surer_one_stays():
    alike = prediction([0.4, 0.8, 0.6], ["1110", "1111", "0001"])
    torch.testing.assert_close(pick_candidates(alike, settings()).scores, torch.tensor([0.8, 0.6]))
    assert len(pick_candidates(alike, settings(suppress_mask_iou=0.8))) == 3


def test_empty_masks_are_not_alike():
    assert distinct_masks(torch.zeros(3, 1, 1, 4, dtype=torch.bool), 0.5).tolist() == [0, 1, 2]


def test_what_resembles_only_a_suppressed_one_stays():
    masks = torch.tensor([[1, 1, 1, 1, 0, 0], [0, 1, 1, 1, 1, 0], [0, 0, 0, 1, 1, 1]]).bool()[:, None, None]
    assert distinct_masks(masks, 0.5).tolist() == [0, 2]
