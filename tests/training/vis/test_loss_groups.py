import torch

from mfvis_engine.training.vis.loss_groups import LossGroups
from mfvis_engine.training.vis.objective_settings import LossMean

VALUES = torch.tensor([[1.0, 2.0, 6.0], [10.0, 20.0, 60.0]])  # two heads, objects of clips 0, 2 and 2
COUNTS = (1, 0, 2)


def test_each_clip_by_itself():
    groups = LossGroups.of(LossMean.CLIP, COUNTS)
    assert groups.objects == (slice(0, 1), slice(1, 1), slice(1, 3))
    expected = torch.tensor((1 + 0 + 4) / 3 + (10 + 0 + 40) / 3)
    torch.testing.assert_close(groups.mean_over_objects(VALUES, torch.ones(3)), expected)


def test_all_clips_together():
    groups = LossGroups.of(LossMean.BATCH, COUNTS)
    assert groups.objects == (slice(0, 3),)
    assert groups.mean_over_objects(VALUES, torch.ones(3)) == 3 + 30


def test_weights_and_groups_without_any():
    groups = LossGroups.of(LossMean.CLIP, COUNTS)
    values = VALUES.clone().requires_grad_()
    loss = groups.mean_over_objects(values, torch.tensor([0.0, 0.1, 0.3]))
    torch.testing.assert_close(loss, torch.tensor((0.2 + 1.8) / 0.4 / 3 + (2 + 18) / 0.4 / 3))
    loss.backward()
    torch.testing.assert_close(values.grad, torch.tensor([[0, 0.25, 0.75]] * 2) / 3)


def test_clips():
    values = torch.tensor([[[1.0, 3.0], [5.0, 9.0], [0.0, 0.0]]])
    assert LossGroups.of(LossMean.CLIP, COUNTS).mean_over_clips(values, torch.ones(3, 2)) == 3
    weights = torch.tensor([[1.0, 1.0], [1.0, 0.0], [0.0, 0.0]])
    assert LossGroups.of(LossMean.CLIP, COUNTS).mean_over_clips(values, weights) == (2 + 5 + 0) / 3
    assert LossGroups.of(LossMean.BATCH, COUNTS).mean_over_clips(values, weights) == 3
