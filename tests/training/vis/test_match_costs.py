import pytest
import torch
from torch.nn import functional as F

from mfvis_engine.losses import Shadows, projection_loss
from mfvis_engine.training.vis.box_rasters import BoxRasters
from mfvis_engine.training.vis.match_costs import class_cost, mask_costs, projection_cost, rectangle_cost
from tests.training.vis.scenes import GRID_HW, box_filled_masks, generator, random_targets

QUERIES, OBJECTS, FRAMES = 4, 3, 2


@pytest.fixture
def objects():
    return random_targets(OBJECTS, FRAMES, present=[[True, True], [True, False], [False, True]])


@pytest.fixture
def boxes(objects):
    return BoxRasters.of_boxes(objects.boxes_xyxy, objects.present, GRID_HW)


@pytest.fixture
def logits():
    return 2 * torch.randn((QUERIES, FRAMES, *GRID_HW), generator=generator(3)) - 4


def _dense(rasters):
    return rasters.rows[..., :, None] * rasters.columns[..., None, :]


def _filled_rectangle(mask):
    filled = torch.zeros(mask.shape)
    if mask.any():
        rows, columns = mask.nonzero().T
        filled[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1] = 1
    return filled


def _plain_dice(p, g):
    return 1 - (2 * (p * g).sum() + 1) / (p.sum() + g.sum() + 1)


def test_class_cost_is_minus_the_probability():
    logits = torch.tensor([[0.5, 0.25, 0.25], [0.1, 0.8, 0.1]]).log()
    expected = torch.tensor([[-0.25, -0.5, -0.25], [-0.8, -0.1, -0.8]])
    torch.testing.assert_close(class_cost(logits, torch.tensor([1, 0, 1])), expected)


@pytest.mark.parametrize("point_count", [None, 50])
def test_rectangle_cost_is_the_dice_of_drawn_rectangles(logits, boxes, point_count):
    points = None if point_count is None else torch.rand(point_count, 2, generator=generator(5))
    cost = rectangle_cost(BoxRasters.around_masks(Shadows.of(logits)), boxes, points)
    predicted = torch.stack([torch.stack([_filled_rectangle(frame > 0) for frame in query]) for query in logits])
    annotated = _dense(boxes)
    if points is not None:
        where = (2 * points - 1)[None, None]
        predicted, annotated = (
            F.grid_sample(maps, where.expand(len(maps), -1, -1, -1), align_corners=False)
            for maps in (predicted, annotated)
        )
    expected = torch.tensor([[_plain_dice(p, g) for g in annotated] for p in predicted])
    assert expected.std() > 0.02
    torch.testing.assert_close(cost, expected)


def test_projection_cost_is_the_projection_loss_of_the_frames_with_the_object(logits, boxes, objects):
    cost = projection_cost(Shadows.of(logits), boxes, objects.present)
    for q in range(QUERIES):
        for n in range(OBJECTS):
            here = objects.present[n]
            torch.testing.assert_close(cost[q, n], projection_loss(logits[q, here], _dense(boxes)[n, here]))


@pytest.mark.parametrize("point_count", [None, 50])
def test_mask_costs_are_those_of_the_frames_with_a_mask(logits, objects, point_count):
    points = None if point_count is None else torch.rand(point_count, 2, generator=generator(5))
    has_mask = torch.tensor([[True, True], [True, False], [False, False]])
    masks = box_filled_masks(objects.boxes_xyxy) * has_mask[..., None, None]
    grid = F.avg_pool2d(masks.float(), 4)
    entropy, dice = mask_costs(logits, grid, has_mask, points)
    if points is not None:
        where = (2 * points - 1)[None, None]
        logits, grid = (
            F.grid_sample(maps, where.expand(len(maps), -1, -1, -1), align_corners=False) for maps in (logits, grid)
        )
    for q in range(QUERIES):
        for n in range(2):
            x, t = logits[q, has_mask[n]], grid[n, has_mask[n]]
            torch.testing.assert_close(entropy[q, n], F.binary_cross_entropy_with_logits(x, t))
            torch.testing.assert_close(dice[q, n], _plain_dice(x.sigmoid(), t))
    assert entropy[:, 2].isfinite().all()


def test_heads_may_lead(logits, boxes, objects):
    both = torch.stack((logits, -logits))
    rectangles = rectangle_cost(BoxRasters.around_masks(Shadows.of(both)), boxes)
    projections = projection_cost(Shadows.of(both), boxes, objects.present)
    assert rectangles.shape == projections.shape == (2, QUERIES, OBJECTS)
    torch.testing.assert_close(rectangles[1], rectangle_cost(BoxRasters.around_masks(Shadows.of(-logits)), boxes))
    torch.testing.assert_close(projections[1], projection_cost(Shadows.of(-logits), boxes, objects.present))
