import torch

from mfvis_engine.training.vis.batch_objects import BatchObjects
from tests.training.vis.scenes import batch, box_filled_masks, random_targets, targets


def _masked(objects, seed):
    boxed = random_targets(objects, 2, seed=seed)
    has_mask = torch.arange(2 * objects).view(objects, 2) % 2 == 0
    masks = box_filled_masks(boxed.boxes_xyxy) * has_mask[..., None, None]
    return targets(boxed.boxes_xyxy, masks=masks, has_mask=has_mask)


def test_objects_follow_each_other_in_the_order_of_their_clips():
    clips = [random_targets(2, 2, seed=1), random_targets(0, 2), _masked(3, seed=2)]
    objects = BatchObjects.of(batch(*clips))
    assert objects.counts == (2, 0, 3)
    assert objects.clip_index.tolist() == [0, 0, 2, 2, 2]
    assert objects.clips == (slice(0, 2), slice(2, 2), slice(2, 5))
    assert objects.class_index.tolist() == [0, 1, 0, 1, 2]
    assert objects.boxes.columns.shape == (5, 2, 12)
    assert objects.boxed.tolist() == [[True, True]] * 2 + [[False, True]] * 3
    assert not objects.masks[:2].any()
    assert torch.equal(objects.masks[2:], clips[2].masks)


def test_masks_on_the_grid_are_shares_of_its_pixels():
    masks = torch.zeros(1, 1, 32, 48, dtype=torch.uint8)
    masks[..., :4, :2] = 1
    known = targets([[[0, 0, 2, 4]]], masks=masks, has_mask=[[True]])
    grid = BatchObjects.of(batch(known)).grid_masks
    assert grid.shape == (1, 1, 8, 12)
    assert grid[0, 0, 0, 0] == 0.5
    assert grid.sum() == 0.5


def test_where_nobody_made_masks_there_are_none():
    objects = BatchObjects.of(batch(random_targets(2, 2)))
    assert objects.masks is None
    assert objects.grid_masks is None


def test_some_of_the_objects():
    objects = BatchObjects.of(batch(_masked(3, seed=1), random_targets(1, 2), _masked(2, seed=3)))
    some = objects.select([[0, 2], [], [1]])
    assert some.counts == (2, 0, 1)
    for name in ("clip_index", "class_index", "present", "has_mask", "masks"):
        assert torch.equal(getattr(some, name), getattr(objects, name)[[0, 2, 5]])
    assert torch.equal(some.boxes.rows, objects.boxes.rows[[0, 2, 5]])


def test_no_objects():
    objects = BatchObjects.of(batch(random_targets(0, 2), random_targets(0, 2)))
    assert objects.counts == (0, 0)
    assert objects.clip_index.dtype == torch.int64
    assert objects.present.shape == (0, 2)
