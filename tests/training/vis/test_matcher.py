import math

import pytest
import torch

from mfvis_engine.models.video_mask2former.predictions import ClipPrediction, HeadPrediction
from mfvis_engine.training.vis.batch_objects import BatchObjects
from mfvis_engine.training.vis.matcher import NotFiniteError, match_costs, match_objects
from mfvis_engine.training.vis.objective_settings import MaskCost, MatcherSettings
from tests.training.vis.scenes import batch, box_filled_masks, random_prediction, random_targets, targets

FIRST, SECOND = [0, 0, 8, 8], [8, 8, 16, 16]


@pytest.fixture
def by_hand():
    """One frame on a grid of 4 x 4; masks of probability 3/4 inside and 1/4 outside; two objects, three queries."""
    logits = torch.full((1, 3, 1, 4, 4), -math.log(3))
    logits[0, 0, 0, :2, :2] = math.log(3)  # the first object's box
    logits[0, 1, 0, 0, 0] = logits[0, 1, 0, 3, 3] = math.log(3)  # two corners: everything is the rectangle
    classes = torch.tensor([[[0.5, 0.25, 0.25], [0.25, 0.25, 0.5], [0.1, 0.8, 0.1]]]).log()
    objects = BatchObjects.of(batch(targets([[FIRST], [SECOND]], class_index=[0, 1]), size_hw=(16, 16)))
    return ClipPrediction((HeadPrediction(classes, logits),), torch.zeros(1, 3, 1)), objects


def test_costs_with_rectangles(by_hand):
    expected = [
        [2 * -0.5 + 5 * 0, 2 * -0.25 + 5 * (1 - 1 / 9)],
        [2 * -0.25 + 5 * (1 - 9 / 21), 2 * -0.25 + 5 * (1 - 9 / 21)],
        [2 * -0.1 + 5 * (1 - 1 / 5), 2 * -0.8 + 5 * (1 - 1 / 5)],
    ]
    torch.testing.assert_close(match_costs(*by_hand, MatcherSettings()), torch.tensor([expected]))
    assert match_objects(*by_hand, MatcherSettings()).query_index.tolist() == [[0, 1]]


def test_costs_with_projections(by_hand):
    def axis(overlap, squares):
        return 1 - 2 * overlap / (squares + 2 + 1e-5)

    expected = [
        [2 * -0.5 + 5 * 2 * axis(1.5, 1.25), 2 * -0.25 + 5 * 2 * axis(0.5, 1.25)],
        [2 * -0.25 + 5 * 2 * axis(1, 1.25), 2 * -0.25 + 5 * 2 * axis(1, 1.25)],
        [2 * -0.1 + 5 * 2 * axis(0.5, 0.25), 2 * -0.8 + 5 * 2 * axis(0.5, 0.25)],
    ]
    settings = MatcherSettings(box_cost=MaskCost.PROJECTION)
    torch.testing.assert_close(match_costs(*by_hand, settings), torch.tensor([expected]))
    assert match_objects(*by_hand, settings).query_index.tolist() == [[0, 1]]


def test_the_class_decides_where_it_weighs_more(by_hand):
    match = match_objects(*by_hand, MatcherSettings(mask_weight=0.1))
    assert match.query_index.tolist() == [[0, 2]]


def test_random_points(by_hand):
    torch.manual_seed(0)
    settings = MatcherSettings(point_count=20_000)
    costs = match_costs(*by_hand, settings)
    # Of an empty mask Dice is 1 but for the smoothing, which is small beside so many points.
    torch.testing.assert_close(costs[0, 2], torch.tensor([2 * -0.1 + 5, 2 * -0.8 + 5]), rtol=0, atol=0.01)
    assert costs[0, 0, 0] < costs[0, 1, 0] < costs[0, 2, 0]
    assert match_objects(*by_hand, settings).query_index[0, 0] == 0


def test_objects_with_masks_are_matched_by_them():
    """Two masks with one box between them: only their pixels tell which is which."""
    box = [[[0, 0, 32, 32]]]
    both = torch.zeros((2, 1, 32, 48), dtype=torch.uint8)
    both[0, 0, torch.arange(32), torch.arange(32)] = 1
    both[1, 0] = 1 - both[0, 0]
    both[..., 32:] = 0
    known = targets(box * 2, class_index=[0, 0], masks=both, has_mask=[[True], [True]])
    logits = torch.full((1, 2, 1, 8, 12), -5.0)
    diagonal = torch.eye(8, dtype=torch.bool)
    logits[0, 0, 0, :, :8] = torch.where(diagonal, -1.0, 5.0)
    logits[0, 1, 0, :, :8] = torch.where(diagonal, 5.0, -5.0)
    prediction = ClipPrediction((HeadPrediction(torch.zeros(1, 2, 4), logits),), torch.zeros(1, 2, 1))
    match = match_objects(prediction, BatchObjects.of(batch(known)), MatcherSettings())
    assert match.query_index.tolist() == [[1, 0]]


def test_each_object_of_a_batch_is_as_matched_by_its_cost():
    boxed = random_targets(2, 2, seed=1)
    full = box_filled_masks(boxed.boxes_xyxy)
    has_mask = torch.tensor([[True, False], [False, False]])
    mixed = targets(boxed.boxes_xyxy, masks=full * has_mask[..., None, None], has_mask=has_mask)
    prediction = random_prediction(2, 5, 2, heads=2)
    clips = BatchObjects.of(batch(random_targets(3, 2, seed=2), mixed))
    costs = match_costs(prediction, clips, MatcherSettings())
    without = match_costs(prediction, BatchObjects.of(batch(random_targets(3, 2, seed=2), boxed)), MatcherSettings())
    same = [0, 1, 2, 4]
    torch.testing.assert_close(costs[..., same], without[..., same])
    assert (costs[..., 3] - without[..., 3]).abs().min() > 1e-3


def test_heads_and_clips_are_matched_apart():
    prediction = random_prediction(3, 6, 2, heads=3)
    clips = [random_targets(2, 2, seed=1), random_targets(0, 2), random_targets(4, 2, seed=2)]
    match = match_objects(prediction, BatchObjects.of(batch(*clips)), MatcherSettings())
    assert match.query_index.shape == (3, 6)
    assert match.surplus_count == 0
    for h, head in enumerate(prediction.heads):
        for clip, span in ((0, slice(0, 2)), (2, slice(2, 6))):
            alone = ClipPrediction(
                (HeadPrediction(head.class_logits[clip : clip + 1], head.mask_logits[clip : clip + 1]),),
                prediction.query_embeddings,
            )
            own = match_objects(alone, BatchObjects.of(batch(clips[clip])), MatcherSettings())
            assert own.query_index[0].tolist() == match.query_index[h, span].tolist()
            assert len(set(own.query_index[0].tolist())) == len(own.query_index[0])


def test_more_objects_than_queries():
    prediction = random_prediction(2, 2, 1, heads=3)
    clips = BatchObjects.of(batch(random_targets(5, 1, seed=3), random_targets(1, 1, seed=4)))
    match = match_objects(prediction, clips, MatcherSettings())
    assert match.surplus_count == 3
    assert match.objects.counts == (2, 1)
    assert match.query_index.shape == (3, 3)
    assert all(sorted(row[:2].tolist()) == [0, 1] for row in match.query_index)
    costs = match_costs(prediction, clips, MatcherSettings())
    # The last head takes the cheapest two of the five.
    chosen = match_costs(prediction, match.objects, MatcherSettings())[-1, :, :2]
    taken = chosen[match.query_index[-1, :2], torch.arange(2)].sum()
    cheapest = min(costs[-1, 0, a] + costs[-1, 1, b] for a in range(5) for b in range(5) if a != b)
    torch.testing.assert_close(taken, cheapest)


def test_no_objects_at_all():
    match = match_objects(
        random_prediction(2, 3, 1, heads=2), BatchObjects.of(batch(*[random_targets(0, 1)] * 2)), MatcherSettings()
    )
    assert match.query_index.shape == (2, 0)


@pytest.mark.parametrize("what", ["mask_logits", "class_logits"])
@pytest.mark.parametrize("box_cost", MaskCost)
def test_logits_that_are_no_numbers_are_refused(what, box_cost):
    prediction = random_prediction(1, 3, 1)
    with torch.no_grad():
        getattr(prediction.final, what).view(-1)[0] = torch.nan
    clips = BatchObjects.of(batch(random_targets(2, 1)))
    with pytest.raises(NotFiniteError, match="lower learning rate"):
        match_objects(prediction, clips, MatcherSettings(box_cost=box_cost))
