import numpy as np
import pytest
import torch

from mfvis_engine.inference.vis.settings import JoinSettings
from mfvis_engine.inference.vis.similarity import (
    assign,
    class_similarity,
    embedding_similarity,
    joint_similarity,
    mask_similarity,
)

BIG = 50.0


def logits(rows):
    """Masks of one row of pixels, "10" -> object, background."""
    return torch.tensor([[[[BIG if pixel == "1" else -BIG for pixel in frame]] for frame in row] for row in rows])


def test_cosines():
    similarity = embedding_similarity(torch.tensor([[3.0, 4.0]]), torch.tensor([[4.0, 3.0], [-3.0, -4.0]]))
    torch.testing.assert_close(similarity, torch.tensor([[24 / 25, -1.0]]))


def test_shares_of_classes():
    similarity = class_similarity(torch.tensor([[0.6, 0.2]]), torch.tensor([[0.3, 0.1], [0.0, 0.5], [0.4, 0.4]]))
    torch.testing.assert_close(similarity, torch.tensor([[1.0, 0.25, 0.75]]))


def test_masks_that_are_certain_have_their_iou():
    tracks, candidates = logits([["1100", "0000"]]), logits([["0110", "0000"], ["1100", "1100"], ["1100", "0000"]])
    known = torch.tensor([[True, True]])
    torch.testing.assert_close(mask_similarity(tracks, candidates, known), torch.tensor([[1 / 3, 1 / 2, 1.0]]))


def test_masks_that_are_unsure():
    tracks, candidates = torch.zeros(1, 1, 1, 2), logits([["10"]])
    shared, areas = 0.5, 0.25 + 0.25 + 1.0
    similarity = mask_similarity(tracks, candidates, torch.tensor([[True]]))
    assert float(similarity) == pytest.approx(shared / (areas - shared))


def test_frames_that_a_track_knows_nothing_of_do_not_count():
    tracks, candidates = logits([["11", "11"]]), logits([["11", "00"]])
    assert float(mask_similarity(tracks, candidates, torch.tensor([[True, False]]))) == pytest.approx(1)
    assert float(mask_similarity(tracks, candidates, torch.tensor([[True, True]]))) == pytest.approx(0.5)


def test_two_unseen_masks_tell_nothing():
    tracks, candidates = logits([["00"], ["10"]]), logits([["00"], ["10"]])
    similarity = mask_similarity(tracks, candidates, torch.ones(2, 1, dtype=torch.bool))
    assert similarity.isnan().tolist() == [[True, False], [False, False]]
    assert similarity[1].tolist() == pytest.approx([0.0, 1.0])


def test_terms_that_are_missing_have_no_weight():
    settings = JoinSettings(embedding_weight=1, mask_weight=2, class_weight=1)
    embeddings, classes = torch.tensor([[0.8, 0.8]]), torch.tensor([[0.4, 0.4]])
    joint = joint_similarity(embeddings, torch.tensor([[0.5, torch.nan]]), classes, settings)
    torch.testing.assert_close(joint, torch.tensor([[2.2 / 4, 1.2 / 2]]))
    torch.testing.assert_close(joint_similarity(embeddings, None, classes, settings), torch.full((1, 2), 0.6))


def test_the_best_sum_is_assigned_not_the_best_pair():
    similarity = np.array([[0.9, 0.8], [0.8, 0.1]])
    assert assign(similarity, 0.0) == [(0, 1), (1, 0)]


def test_pairs_below_the_least_are_none():
    similarity = np.array([[0.9, 0.8], [0.8, 0.1]])
    assert assign(similarity, 0.85) == [(0, 0)]
    assert assign(similarity, np.array([[0.95, 0.75], [0.7, 0.0]])) == [(0, 1), (1, 0)]
    assert assign(np.zeros((0, 3)), 0.5) == []
